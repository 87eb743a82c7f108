"""Bio pages: what they are called, their rows, and how opens and taps are counted."""

import itertools
from pathlib import Path

import pytest
from clicking import OWN_HOSTS, PHONE, PREVIEW, make_config, make_post, make_shipper, roll_up_all
from werkzeug.test import TestResponse

from shortlinks import keys, times, web
from shortlinks.backups import export
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.bio_pages.bio_pages import BioPage
from shortlinks.clicks import neighbours
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.funnels import bio_credit
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.rollups import kept_clicks, recounting, retention, rollups
from shortlinks.store import Store

SHOP = "https://shop.example/mug"


def a_page(store: Store, now: int, name: str = "ada", **fields: object) -> BioPage:
    post, _ = make_post(store, "bio_link", now=now)
    return bio_pages.put(store, post.profile_id, {"name": name, **fields}, now=now)


def put_on(store: Store, page: BioPage, now: int, *spots: str, **fields: object) -> tuple[BioPage, links.Link]:
    """A further post of the page's profile, put on it."""
    post, _ = make_post(store, *spots, now=now, profile_id=page.profile_id)
    return bio_page_rows.add(store, page.profile_id, {"post_id": post.id} | fields, now=now, own_hosts=OWN_HOSTS)


class TestThePage:
    def test_a_page_is_called_as_its_profile_is(self, store: Store, now: int) -> None:
        profile = profiles.create(store, platform="tiktok", handle="@Ada.Shop_", now=now)
        page = bio_pages.put(store, profile.id, {}, now=now)
        assert (page.name, page.title, page.theme, page.accent) == ("ada.shop_", "@Ada.Shop_", "device", "ink")
        assert bio_pages.get(store, profile.id) == page

    def test_without_a_handle_that_could_be_a_name_one_has_to_be_given(self, store: Store, now: int) -> None:
        post, _ = make_post(store, now=now)
        with pytest.raises(Invalid) as refused:
            bio_pages.put(store, post.profile_id, {}, now=now)
        assert refused.value.errors == [("name", "is required")]
        assert bio_pages.find(store, post.profile_id) is None

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("name", bad) for bad in ("", "a b", "/", "-a", ".a", "ä", "x" * 65, 7)),
            *(("theme", bad) for bad in ("", "pink", 1)),
            *(("accent", "beige"), ("title", ""), ("title", "x" * 81), ("about", "x" * 161), ("online", "yes")),
            ("strange", 1),
        ],
    )
    def test_what_is_wrong_is_said_of_its_field_and_nothing_is_written(
        self, store: Store, now: int, field: str, value: object
    ) -> None:
        page = a_page(store, now)
        with pytest.raises(Invalid) as refused:
            bio_pages.put(store, page.profile_id, {"title": "New", field: value}, now=now)
        assert [name for name, _ in refused.value.errors] == [field]
        assert bio_pages.get(store, page.profile_id) == page

    def test_what_is_not_given_stays(self, store: Store, now: int) -> None:
        page = a_page(store, now, about="Mugs", theme="dark", accent="plum")
        changed = bio_pages.put(store, page.profile_id, {"title": "Ada"}, now=now + 1)
        assert (changed.name, changed.about, changed.theme, changed.accent) == ("ada", "Mugs", "dark", "plum")
        assert changed.created_at == page.created_at

    def test_two_pages_never_have_one_name_and_a_name_given_up_is_free(self, store: Store, now: int) -> None:
        page = a_page(store, now)
        other = profiles.create(store, platform="x", handle="ada", now=now)
        with pytest.raises(Conflict) as refused:
            bio_pages.put(store, other.id, {"name": "@ADA"}, now=now)
        assert refused.value.field == "name"
        bio_pages.put(store, page.profile_id, {"name": "ada.mugs"}, now=now)
        assert bio_pages.shown(store, "ada", now=now) is None
        assert bio_pages.put(store, other.id, {"name": "ada"}, now=now).name == "ada"

    def test_there_is_none_of_no_profile(self, store: Store, now: int) -> None:
        with pytest.raises(NotFound):
            bio_pages.put(store, "nobody", {"name": "ada"}, now=now)
        assert store.redis.exists(keys.BIO_PAGES, keys.BIO_NAMES) == 0


class TestRows:
    def test_a_post_gets_a_link_of_its_own_that_leads_where_its_newest_does(self, store: Store, now: int) -> None:
        page, link = put_on(store, a_page(store, now), now, "story_link_sticker")
        assert (link.placement, link.target) == ("instagram/bio_page", SHOP)
        assert links.get(store, link.slug) == link
        assert [(row.slug, row.title) for row in page.rows] == [(link.slug, "The blue mug")]

    def test_the_newest_is_on_top_and_rows_move(self, store: Store, now: int) -> None:
        page = a_page(store, now)
        slugs = [put_on(store, page, now + number, "bio_link")[1].slug for number in range(3)]
        first, second, third = slugs
        page = bio_pages.get(store, page.profile_id)
        assert page.slugs == [third, second, first]
        assert bio_page_rows.edit(store, page.profile_id, first, {"position": 1}).slugs == [first, third, second]
        assert bio_page_rows.edit(store, page.profile_id, first, {"position": "2"}).slugs == [third, first, second]
        assert bio_page_rows.edit(store, page.profile_id, third, {"position": 24}).slugs == [first, second, third]
        named = bio_page_rows.edit(store, page.profile_id, second, {"title": "Mugs"})
        assert [row.title for row in named.rows] == ["The blue mug", "Mugs", "The blue mug"]

    def test_every_change_of_a_row_is_checked(self, store: Store, now: int) -> None:
        page, link = put_on(store, a_page(store, now), now, "bio_link")
        for changes in ({"title": ""}, {"title": "x" * 81}, {"position": 0}, {"position": 25}, {"slug": "other"}):
            with pytest.raises(Invalid) as refused:
                bio_page_rows.edit(store, page.profile_id, link.slug, changes)
            assert [name for name, _ in refused.value.errors] == list(changes)
        for slug in ("nothing", ""):
            with pytest.raises(NotFound):
                bio_page_rows.edit(store, page.profile_id, slug, {"title": "A"})
            with pytest.raises(NotFound):
                bio_page_rows.remove(store, page.profile_id, slug)
        assert bio_pages.get(store, page.profile_id) == page

    def test_one_row_a_post_of_its_profile_with_a_target(self, store: Store, now: int) -> None:
        page, link = put_on(store, a_page(store, now), now, "bio_link")
        stranger, _ = make_post(store, now=now, platform="tiktok")
        bare, _ = make_post(store, now=now, profile_id=page.profile_id)
        for asked, field in (
            ({"post_id": link.post_id}, "post_id"),
            ({"post_id": stranger.id}, "post_id"),
            ({"post_id": "nothere"}, "post_id"),
            ({}, "post_id"),
            ({"post_id": bare.id}, "target"),
            ({"post_id": bare.id, "target": "javascript:alert(1)"}, "target"),
            ({"post_id": bare.id, "target": SHOP, "slug": "admin"}, "slug"),
            ({"post_id": bare.id, "target": SHOP, "placement": "bio_link"}, "placement"),
        ):
            with pytest.raises(Invalid) as refused:
                bio_page_rows.add(store, page.profile_id, asked, now=now, own_hosts=OWN_HOSTS)
            assert [name for name, _ in refused.value.errors] == [field], asked
        wish = {"post_id": bare.id, "target": SHOP, "slug": link.slug}
        with pytest.raises(Conflict):
            bio_page_rows.add(store, page.profile_id, wish, now=now, own_hosts=OWN_HOSTS)
        assert links.ever_of_post(store, bare.id) == []
        assert bio_pages.get(store, page.profile_id) == page

    def test_a_post_that_comes_back_gets_its_link_back(self, store: Store, now: int) -> None:
        page, link = put_on(store, a_page(store, now), now, "bio_link")
        off = bio_page_rows.remove(store, page.profile_id, link.slug)
        assert (off.rows, off.ever) == ((), (link.slug,))
        assert links.get(store, link.slug).state == "active"
        for again in ({"post_id": link.post_id}, {"post_id": link.post_id, "target": "shop.example/mug"}):
            page, same = bio_page_rows.add(store, page.profile_id, again, now=now + 5, own_hosts=OWN_HOSTS)
            assert (same, page.ever) == (link, (link.slug,))
            bio_page_rows.remove(store, page.profile_id, link.slug)
        wish = {"post_id": link.post_id, "target": "https://shop.example/other"}
        _, other = bio_page_rows.add(store, page.profile_id, wish, now=now + 9, own_hosts=OWN_HOSTS)
        assert other.slug != link.slug

    def test_a_page_has_an_end(self, store: Store, now: int) -> None:
        page = a_page(store, now)
        for number in range(24):
            put_on(store, page, now + number, "bio_link")
        with pytest.raises(Invalid, match="24 rows at most"):
            put_on(store, page, now + 30, "bio_link")

    def test_an_erased_post_leaves_nothing_on_the_page(self, store: Store, now: int) -> None:
        page, link = put_on(store, a_page(store, now), now, "bio_link", title="A secret")
        posts.purge(store, link.post_id)
        assert bio_pages.get(store, page.profile_id).rows == ()
        assert b"secret" not in store.redis.get(keys.bio_page(page.profile_id))

    def test_visitors_see_what_leads_somewhere(self, store: Store, now: int) -> None:
        page = a_page(store, now)
        slugs = [put_on(store, page, now + number, "bio_link")[1].slug for number in range(3)]
        links.update(store, slugs[0], {"state": "disabled"}, now=now, own_hosts=OWN_HOSTS)
        links.update(store, slugs[1], {"expires_at": now + 1_000}, now=now, own_hosts=OWN_HOSTS)

        def seen(at: int) -> list[str]:
            found = bio_pages.shown(store, "@Ada.", now=at)
            return [row.slug for row in found.rows] if found else []

        assert seen(now) == [slugs[2], slugs[1]]
        assert seen(now + 1_000) == [slugs[2]]
        bio_pages.put(store, page.profile_id, {"online": False}, now=now)
        assert bio_pages.shown(store, "ada", now=now) is None


class TestCounting:
    """Through the web, the journal and the roll-up."""

    @pytest.fixture
    def page(self, store: Store) -> BioPage:
        now = times.now()
        put_on(store, a_page(store, now), now, "bio_link")
        put_on(store, bio_pages.get(store, posts.list_(store, limit=1)[0][0].profile_id), now + 1, "bio_link")
        return bio_pages.get(store, posts.list_(store, limit=1)[0][0].profile_id)

    @pytest.fixture
    def counted(self, store: Store, tmp_path: Path, page: BioPage) -> BioPage:
        """Three visitors open the page, one of them twice, and a preview does; one taps both rows, one nothing."""
        app = web.create_app(make_config(tmp_path, trusted_proxies=1), store=store)
        names = itertools.cycle(["/@ada", "/@Ada.", "/@ada/"])

        def get(path: str, address: str, agent: str = PHONE) -> TestResponse:
            answer = app.test_client().get(path, headers={"User-Agent": agent, "X-Forwarded-For": address})
            assert answer.status_code in (200, 302)
            return answer

        for address in ("10.1.0.1", "10.2.0.1", "10.3.0.1", "10.1.0.1"):
            get(next(names), address)
        get("/@ada", "10.4.0.1", PREVIEW)
        for row in page.rows:
            get(f"/{row.slug}", "10.1.0.1")
        app.extensions["shortlinks"].follower.stop()
        shipper = make_shipper(store, tmp_path / "journal")
        while shipper.step():
            pass
        roll_up_all(store)
        return page

    def test_an_open_is_counted_once_and_is_no_click_of_a_post(self, store: Store, counted: BioPage) -> None:
        ledger = bio_pages.opens(store, counted)
        assert {name: many for name, many in ledger.items() if many} == {
            **{"hits": 5, "human": 3, "preview": 1, "repeat": 1}
        }
        assert ledger["hits"] == sum(many for name, many in ledger.items() if name not in ("hits", "lost"))
        every = [post.id for post in posts.list_(store, limit=9)[0]]
        assert sorted(rollups.hits(total) for total in rollups.totals(store, every)) == [0, 1, 1]
        assert all(number == 0 for name, number in rollups.progress(store).items() if name in ("dropped", "rejected"))

    def test_opens_and_taps_are_read_for_any_span(self, store: Store, counted: BioPage) -> None:
        now = times.now()
        around, before = (now - times.HOUR, now + times.HOUR), (now - times.DAY, now - times.HOUR)
        assert bio_pages.opens_between(store, counted.profile_id, [around, before]) == [3, 0]
        hung = bio_pages.ever_on(store, counted)
        assert list(bio_pages.taps_between(store, hung, *around).values()) == [1, 1]
        assert list(bio_pages.taps_between(store, hung, *before).values()) == [0, 0]

    def test_a_tap_is_its_posts_and_needs_no_range(self, store: Store, counted: BioPage) -> None:
        after = times.now() + times.HOUR
        first, second = bio_pages.ever_on(store, counted).values()
        # Also of a link that went on to the other post.
        turned = links.update(store, first.slug, {"post_id": second.post_id}, now=times.now(), own_hosts=OWN_HOSTS)
        for name in (first.post_id, second.post_id):
            assert bio_credit.of_post(store, posts.get(store, name), [turned], [], after) == (0, 0)

    def test_opens_are_counted_again_and_forgotten_as_clicks_are(self, store: Store, counted: BioPage) -> None:
        profile_id = counted.profile_id
        assert len(list(kept_clicks.stream(store, profile_id))) == 5
        found = recounting.recount(store, profile_id, neighbours.LIMITS, now=times.now())
        assert found.clicks == 5
        assert bio_pages.opens(store, counted)["human"] == 3
        retention.trim(store, before=times.now() + times.DAY)
        assert list(kept_clicks.stream(store, profile_id)) == []
        assert bio_pages.opens(store, counted)["hits"] == 5

    def test_a_backup_has_the_page_with_its_opens(self, store: Store, counted: BioPage, tmp_path: Path) -> None:
        file = tmp_path / "backup"
        export.write(store, file)
        before = bio_pages.opens(store, counted)
        store.redis.flushall()
        export.read(store, file)
        assert bio_pages.get(store, counted.profile_id) == counted
        assert bio_pages.opens(store, counted) == before
        shown = bio_pages.shown(store, "ada", now=times.now())
        assert shown is not None
        assert [row.slug for row in shown.rows] == counted.slugs
