"""Whose a click on a shared bio link was: the range that a funnel gives, against a count by brute force."""

from clicking import NOW, OWN_HOSTS, make_post, pour, record, roll_up_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_cast import step, take, tap

from shortlinks import times
from shortlinks.funnels import funnel, reports
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import kept_clicks
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

HOUR = times.HOUR


def turned(store: Store, link: Link, at: int) -> tuple[Post, Link]:
    """A post that comes out then, and the bio link, which leads to it from then on."""
    newer, _ = make_post(store, now=at)
    return newer, links.update(store, link.slug, {"post_id": newer.id}, now=at, own_hosts=OWN_HOSTS)


class TestSharedBioLinks:
    def test_where_no_link_is_shared_the_three_are_equal(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        make_post(store, "bio_link")
        tap(store, link, NOW, NOW + 1)
        clicked = step(reports.funnel(store, post.id, now=NOW + HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (2, 2, 2)

    def test_a_link_that_was_turned_gives_a_range_to_both_posts(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        newer, link = turned(store, link, NOW + HOUR)
        tap(store, link, NOW, NOW + 1, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)
        first, second = (step(reports.funnel(store, post.id, now=NOW + 4 * HOUR), "clicks") for post in (older, newer))
        # The newer post was not published yet when the first two came.
        assert (first.at_least, first.count, first.at_most) == (2, 2, 5)
        assert (second.at_least, second.count, second.at_most) == (0, 3, 3)

    def test_a_post_that_gains_no_views_any_more_earns_none(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        for hour in (2, 26):
            take(store, older, NOW + hour * HOUR, 500)
        newer, link = turned(store, link, NOW + 28 * HOUR)
        tap(store, link, NOW, NOW + 29 * HOUR)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 30 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (1, 1, 1)

    def test_the_same_views_twice_within_an_hour_do_not_make_the_count_certain(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        for minute in (100, 130):
            take(store, older, NOW + minute * times.MINUTE, 500)
        newer, link = turned(store, link, NOW + 4 * HOUR)
        tap(store, link, NOW, NOW + 5 * HOUR)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 6 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (0, 1, 1)

    def test_a_purged_post_earns_none(self, store: Store) -> None:
        older, (link,) = make_post(store, "bio_link")
        newer, link = turned(store, link, NOW + HOUR)
        tap(store, link, NOW, NOW + 2 * HOUR)
        posts.purge(store, older.id)
        clicked = step(reports.funnel(store, newer.id, now=NOW + 4 * HOUR), "clicks")
        assert (clicked.at_least, clicked.count, clicked.at_most) == (1, 1, 1)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        begins=st.lists(st.integers(0, 40), min_size=3, max_size=3),
        turns=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 1), st.integers(0, 2)), max_size=6),
        taps=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 2)), max_size=40),
        views=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 80), st.integers(1, 2)), max_size=8),
    )
    def test_at_least_and_at_most_equal_a_brute_force_count(
        self,
        store: Store,
        begins: list[int],
        turns: list[tuple[int, int, int]],
        taps: list[tuple[int, int]],
        views: list[tuple[int, int, int]],
    ) -> None:
        """Three posts, two bio links that go from one to the other, a story sticker that does not. In half hours."""
        store.redis.flushall()
        start = NOW - NOW % times.MINUTE
        unit = 30 * times.MINUTE
        made = [
            make_post(
                store,
                *(["bio_link"] if number < 2 else ["story_link_sticker"]),
                now=start,
                published_at=times.rfc3339(start + begins[number] * unit),
            )
            for number in range(3)
        ]
        three = [post for post, _ in made]
        slugs = [own[0].slug for _, own in made]
        for at, which, to in sorted(turns):
            links.update(store, slugs[which], {"post_id": three[to].id}, now=start + at * unit, own_hosts=OWN_HOSTS)
        for which, at, count in views:
            take(store, three[which], start + at * unit, count)
        hung = [links.get(store, slug) for slug in slugs]
        for at, which in taps:
            moment = start + at * unit + 7
            pour(store, [record(links.turn_at(hung[which], moment).post_id, slugs[which], moment)])
        roll_up_all(store)
        end = start + 100 * unit
        kept = {post.id: list(kept_clicks.stream(store, post.id)) for post in three}
        taken = {
            post.id: snapshots.effective(snapshots.once_out(snapshots.of_post(store, post.id), post.published_at))
            for post in three
        }
        for post in three:
            found = step(reports.funnel(store, post.id, now=end), "clicks")
            cut = funnel.cut_end(taken[post.id][-1].taken_at) if taken[post.id] else 1 << 62
            gained = {
                other.id: range(other.published_at, _last_gain(taken[other.id], other.published_at) or 1 << 62)
                for other in three
            }
            mine = [click for click in kept[post.id] if click.at < cut]
            sharing = {
                link.slug: {turn.post_id for turn in link.history} - {post.id}
                for link in hung[:2]
                if post.id in {turn.post_id for turn in link.history}
            }
            lost = sum(any(click.at - 7 in gained[other] for other in sharing.get(click.slug, ())) for click in mine)
            won = sum(
                click.at < cut and click.at - 7 in gained[post.id]
                for other in three
                for click in kept[other.id]
                if other.id in sharing.get(click.slug, ())
            )
            assert (found.at_least, found.count, found.at_most) == (len(mine) - lost, len(mine), len(mine) + won)


def _last_gain(taken: list[snapshots.Snapshot], published_at: int) -> int | None:
    """When the views stopped: the first of the last snapshots with the same views, if those span a day."""
    first = len(taken)
    while first and taken[first - 1].views == taken[-1].views:
        first -= 1
    if not taken or taken[-1].taken_at - taken[first].taken_at < times.DAY:
        return None
    return max(published_at, taken[first].taken_at)


def test_posts_that_share_a_bio_link_are_not_called_different_by_whom_it_pointed_to(store: Store) -> None:
    older, (link,) = make_post(store, "bio_link")
    newer, link = turned(store, link, NOW + HOUR)
    tap(store, link, *(NOW + 2 * HOUR + number * times.MINUTE for number in range(30)))
    for post in (older, newer):
        take(store, post, NOW + 2 * times.DAY, 5_000)
    (pair,) = reports.compare(store, [older.id, newer.id], now=NOW + 3 * times.DAY).pairs
    assert (pair.found.verdict, pair.shared) == ("cannot_tell_yet", True)
