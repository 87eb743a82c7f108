"""The pages of answers."""

import re

from admin_cast import Browser, count
from clicking import make_post
from rq import Queue

from shortlinks import times
from shortlinks.insights import insight_reports
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.running import wake
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import pictures


def read(store: Store, reel: tuple[Post, Link]) -> None:
    """Views and clicks of a post that is two days old."""
    post, link = reel
    now = times.now()
    posts.update(store, post.id, {"published_at": times.rfc3339(now - 2 * times.DAY)}, now=now)
    count(store, link, 3, at=now - times.DAY)
    snapshots.add(store, posts.get(store, post.id), {"views": 1_000, "likes": 90}, now=now)
    insight_reports.refresh(store, now=now)


def test_without_posts_each_question_stands_there_with_what_is_missing(owner: Browser) -> None:
    page = owner.get("/admin/insights/").text
    assert page.count("What would settle it?") == 7
    assert "There are no posts yet." in page
    assert 'href="/admin/insights/"' in owner.get("/admin/").text


def test_each_answer_has_a_drawn_picture_and_a_table_of_its_numbers(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    read(store, reel)
    page = owner.get("/admin/insights/").text
    assert "1,000 views brought 3 clicks" in page
    pictures = re.findall(r'<svg class="(bar|scatter)"[^>]*role="img" aria-label="([^"]+)"', page)
    assert ("bar", "Views: 1,000 of 1,000 views") in pictures
    assert any(kind == "scatter" and label.startswith("1 dot") for kind, label in pictures)
    assert ">3 clicks per 1,000 views</p>" in page
    assert ">9 likes per 100 views</span>" in page
    assert page.count("<table>") >= 6
    assert page.count("where the number may lie if the guess is not far off") == 1
    assert "style=" not in page


def test_the_coin_flip_test_of_bystanders_is_one_tap_away(owner: Browser) -> None:
    (path,) = re.findall(r'href="([^"]+)">Set up this test', owner.get("/admin/insights/").text)
    assert 'value="Leave out asking for likes"' in owner.get(path).text


def test_the_page_of_four_weeks_names_one_thing_to_repeat_one_to_stop_and_one_to_test(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    for _ in range(2):
        page = owner.get("/admin/insights/four-weeks").text
        for name in ("repeat", "stop", "test"):
            (text,) = re.findall(rf'<h2 id="{name}">\w+</h2><p>([^<]+)</p>', page)
            assert len(text) > 20
        read(store, reel)
    assert "3 clicks, 0 before" in page


def test_the_page_of_four_weeks_names_what_has_changed_and_what_came_altogether(owner: Browser, store: Store) -> None:
    now = times.now()
    for ago, clicks in (*((40 - number, 1) for number in range(6)), *((12 - number, 30) for number in range(6))):
        at = now - ago * times.DAY
        post, (link,) = make_post(store, "bio_link", now=at)
        count(store, link, clicks, at=at + times.HOUR)
        snapshots.add(store, post, {"views": 1_000, "taken_at": times.rfc3339(at + times.DAY)}, now=now)
    insight_reports.refresh(store, now=now)
    page = re.sub(r"<[^>]+>", "", owner.get("/admin/insights/four-weeks").text)
    assert "Are we getting anywhere?Likely: Instagram, bio link" in page
    assert (
        "More clicks per view through Instagram, bio link. Altogether more clicks came: 180, after 6 in the 28" in page
    )
    assert "Clicks and conversions are those that came within each 28 days, also on older posts" in page


def test_the_page_of_four_weeks_without_a_new_post_says_nothing_twice(owner: Browser, store: Store) -> None:
    now = times.now()
    at = now - 40 * times.DAY
    post, (link,) = make_post(store, "bio_link", now=at)
    count(store, link, 2, at=at + times.HOUR)
    count(store, link, 1, at=now - times.DAY)
    snapshots.add(store, post, {"views": 1_000, "taken_at": times.rfc3339(at + times.DAY)}, now=now)
    insight_reports.refresh(store, now=now)
    page = owner.get("/admin/insights/four-weeks").text
    assert page.count("Altogether fewer clicks came: 1, after 2 in the 28 days before.") == 1
    assert "The last four weeks: 1 click; 0 posts came out. Without a new post there is no rate to tell.</p>" in page
    assert "Repeat: " not in page


def test_answers_out_of_date_say_so_and_the_worker_is_asked(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    read(store, reel)
    assert "Something has changed" not in owner.get("/admin/insights/").text
    posts.update(store, reel[0].id, {"title": "Another"}, now=times.now())
    assert "Something has changed" in owner.get("/admin/insights/").text
    waiting = Queue(wake.OTHER_QUEUE, connection=store.redis).jobs
    assert [job.func_name for job in waiting] == [wake.INSIGHTS_JOB]


def test_strangers_see_none_of_it(stranger: Browser) -> None:
    for path in ("/admin/insights/", "/admin/insights/four-weeks"):
        assert stranger.get(path).status_code in (302, 303)


def test_brackets_are_explained_only_under_tables_that_have_some(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    read(store, reel)
    tables = re.findall(r"<table>(.*?)</details>", owner.get("/admin/insights/").text, re.DOTALL)
    bracketed = [
        bool(re.search(r"<td>[^<]*\([^<]* to [^<]*\)</td>|<td>[^<]*or more\)</td>", table)) for table in tables
    ]
    assert [("In brackets" in table) for table in tables] == bracketed
    assert set(bracketed) == {True, False}


def test_a_guess_is_not_called_sure(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    read(store, reel)
    page = owner.get("/admin/insights/").text
    takes = page[page.index('id="takes"') :]
    assert "if the guess is not far off" in takes
    assert "95&nbsp;% sure" not in takes


def test_a_post_that_shares_its_bio_link_is_drawn_with_a_bar_and_told_in_the_table(
    owner: Browser, store: Store
) -> None:
    now = times.now()
    older, (link,) = make_post(store, "bio_link", now=now - 5 * times.DAY)
    newer, _ = make_post(store, now=now - 4 * times.DAY)
    links.update(store, link.slug, {"post_id": newer.id}, now=now - 4 * times.DAY, own_hosts=frozenset())
    count(store, links.get(store, link.slug), 3, at=now - 3 * times.DAY)
    for post in (older, newer):
        snapshots.add(store, post, {"views": 1_000, "likes": 90}, now=now - times.DAY)
    insight_reports.refresh(store, now=now)
    card = owner.get("/admin/insights/").text.partition('id="bystanders"')[2].partition('id="normal"')[0]
    bars = re.findall(r'<line class="reach" x1="97.00%" x2="97.00%" y1="([^"]+)" y2="([^"]+)"/>', card)
    assert bars == [("5.00%", "95.00%")] * 2
    assert "1,000 views, 90 likes, 3 clicks (at least 0, at most 3)" in card
    assert "by the fewest clicks that may be the post’s own and by the most" in card
    assert "Of 2 posts not every click is known to be its own" in card


def test_where_one_way_has_sold_and_another_is_guessed_the_brackets_mean_both(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    other, (link,) = make_post(store, "post", platform="threads")
    read(store, (other, link))
    sale = {"external_id": "A1", "kind": "sale", "slug": link.slug}
    conversions.report(store, sale, now=times.now())
    read(store, reel)
    page = owner.get("/admin/insights/").text
    takes = page[page.index('id="takes"') :]
    assert "Visits (a guess)" in takes
    assert "95&nbsp;% sure that the true number lies there; with a guess, it may" in takes


def test_one_click_is_one() -> None:
    assert (
        pictures.scatter(
            {
                "points": [{"x": 1.0, "value": 1.0, "low": None, "high": None, "label": "A", "text": "B"}],
                "unit": "clicks per 1,000 views",
                "x_unit": "likes per 100 views",
            }
        ).top
        == "1 click per 1,000 views"
    )
