"""The list of posts; making, editing, archiving and erasing one."""

import re

import pytest
from admin_cast import Browser, count, wrong
from clicking import asked
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.errors import NotFound
from shortlinks.insights import insight_reports
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts import post_fields, posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import words

NEW = "/admin/posts/new?platform=instagram"


def _only_post(store: Store) -> Post:
    (post,), _ = posts.list_(store, limit=10, archived=None)
    return post


def test_a_reel_with_a_bio_link_is_made_in_one_form(owner: Browser, store: Store) -> None:
    assert 'href="/admin/posts/new?platform=instagram"' in owner.get("/admin/posts/new").text
    answer = owner.send(NEW, {"kind": "reel", "target": "shop.example/mug", "placement": "instagram/bio_link"})
    post = _only_post(store)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/posts/{post.id}")
    assert (post.platform, post.kind) == ("instagram", "video")
    assert post.title.startswith("Instagram ")
    (link,) = links.of_post(store, post.id)
    assert link.target == "https://shop.example/mug"
    page = owner.get(answer.headers["Location"]).text
    assert f'value="http://go.example/{link.slug}"' in page
    assert f'data-copy="short-{link.slug}"' in page


def test_each_spot_that_is_ticked_gets_a_link_of_its_own(owner: Browser, store: Store) -> None:
    ticked = ["instagram/bio_link", "instagram/story_link_sticker", "instagram/reel_caption"]
    answer = owner.send(NEW, {"title": "Mug", "target": "https://shop.example/", "placement": ticked})
    found = links.of_post(store, _only_post(store).id)
    assert {link.placement for link in found} == set(ticked)
    assert "Nobody can tap a link there" in owner.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": "javascript:alert(1)"}, "Address you promote must begin with"),
        ({"target": ""}, "Address you promote is required."),
        ({"target": "http://go.example/x"}, "Address you promote "),
        ({"target": "https://a:b@shop.example/"}, "Address you promote "),
        ({"placement": []}, "Tick at least one spot for the link."),
        ({"placement": ["instagram/moon"]}, "Where it hangs "),
        ({"kind": "poem"}, "What is it? must be one of"),
        ({"title": "x" * 201}, "Title is longer than 200 characters."),
        ({"published_at": "2999-01-01T10:00"}, "Published is more than a year ahead."),
        ({"published_at": "yesterday"}, "Published must be a date and time"),
        ({"permalink": "nonsense"}, "Link to the post itself "),
        ({"tags": "x" * 41}, "Tags "),
        ({"part_of": "unknown"}, "Promotes another post "),
    ],
)
def test_a_form_with_a_mistake_comes_back_with_what_was_typed(
    owner: Browser, store: Store, fields: dict[str, object], message: str
) -> None:
    sent = {"title": "My <b>mug</b>", "target": "https://shop.example/", "placement": ["instagram/bio_link"]} | fields
    answer = owner.send(NEW, sent)
    assert answer.status_code == 422
    found = wrong(answer)
    assert len(found) == 1
    assert found[0].replace("&#39;", "'").startswith(message)
    assert answer.text.count('aria-invalid="true"') == (0 if message.startswith(("Where", "Tick")) else 1)
    if "title" not in fields:
        assert 'value="My &lt;b&gt;mug&lt;/b&gt;"' in answer.text
    if "placement" not in fields:
        assert re.search(r'value="instagram/bio_link" checked', answer.text)
    assert posts.list_(store, limit=10) == ([], None)
    assert links.list_(store, limit=10) == ([], None)


def test_everything_that_is_wrong_with_a_form_is_told_at_once(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    fields = {
        "title": "x" * 201,
        "published_at": "yesterday",
        "tags": "x" * 41,
        "target": "shop.example",
        "placement": [],
    }
    told = [text.split(" must")[0].split(" is ")[0] for text in wrong(owner.send(NEW, fields))]
    assert told == ["Title", "Tick at least one spot for the link.", "Published", "Tags"]
    edit = {"title": "", "published_at": "yesterday", "permalink": "nonsense"}
    told = [text.split(" ")[0] for text in wrong(owner.send(f"/admin/posts/{reel[0].id}/edit", edit))]
    assert told == ["Title", "Link", "Published"]
    assert _only_post(store) == reel[0]


def test_a_refused_edit_leaves_unticked_what_was_unticked(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    own = frozenset({"go.example"})
    first, _ = posts.create(store, {"platform": "tiktok", "title": "First"}, now=times.now(), own_hosts=own)
    other, _ = posts.create(store, {"platform": "x", "title": "Other"}, now=times.now(), own_hosts=own)
    posts.update(store, reel[0].id, {"siblings": [first.id, other.id]}, now=times.now())
    path = f"/admin/posts/{reel[0].id}/edit"

    def ticked(page: str) -> set[str]:
        return set(re.findall(r'name="siblings" value="([^"]+)" checked', page))

    assert ticked(owner.get(path).text) == {first.id, other.id}
    assert ticked(owner.send(path, {"title": "", "siblings": [other.id]}).text) == {other.id}
    assert ticked(owner.send(path, {"title": ""}).text) == set()


def test_a_form_is_refused_for_its_size_only_above_the_limit_that_is_told(
    owner: Browser, reel: tuple[Post, Link]
) -> None:
    path = f"/admin/posts/{reel[0].id}/edit"

    def send(notes: str) -> TestResponse:
        fields = {"csrf_token": owner.token(path), "title": "Mug", "notes": notes}
        parts = [
            f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
        ]
        return owner.client.post(
            path, data="".join(parts) + "--cut--", content_type="multipart/form-data; boundary=cut"
        )

    assert wrong(send("n" * 1_000_000))[-1] == "Notes is longer than 5,000 characters."
    too_large = send("n" * 1_100_000)
    assert too_large.status_code == 413
    assert "larger than 1 MiB" in too_large.text


def test_a_time_is_read_in_the_zone_of_the_settings(owner: Browser, store: Store) -> None:
    settings.set_timezone(store, "Europe/Berlin")
    owner.send(NEW, {"title": "Mug", "published_at": "2026-07-01T12:30"})
    assert times.rfc3339(_only_post(store).published_at) == "2026-07-01T10:30:00Z"
    settings.set_timezone(store, "America/New_York")
    assert 'value="2026-07-01T06:30"' in owner.get(f"/admin/posts/{_only_post(store).id}/edit").text


def test_a_story_that_promotes_a_reel_is_a_post_of_its_own(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    whole, _ = reel
    form = f"{NEW}&part_of={whole.id}"
    assert '<option value="story" selected' in owner.get(form).text
    fields = {"kind": "story", "title": "Look", "target": "shop.example", "placement": "instagram/story_link_sticker"}
    made = owner.send(form, fields | {"part_of": whole.id}).headers["Location"]
    (story,) = posts.parts(store, whole.id)
    assert made == f"/admin/posts/{story.id}"
    assert f"href='/admin/posts/{whole.id}'>{whole.title}<" in owner.get(made).text
    assert f'href="{made}"' in owner.get(f"/admin/posts/{whole.id}").text


def test_editing_changes_what_was_changed_and_nothing_else(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, _ = reel
    twin, _ = posts.create(
        store, {"platform": "tiktok", "title": "Twin"}, now=times.now(), own_hosts=frozenset({"go.example"})
    )
    path = f"/admin/posts/{post.id}/edit"
    shown = re.search(r'name="published_at" value="([^"]+)"', owner.get(path).text)
    assert shown
    fields = {
        "title": "The green mug",
        "kind": "video",
        "published_at": shown.group(1),
        "tags": "mugs, #glaze",
        "sibling": twin.id,
        "notes": "Two\r\nlines",
    }
    assert owner.send(path, fields).status_code == 303
    changed = posts.get(store, post.id)
    assert (changed.title, changed.tags, changed.siblings) == ("The green mug", ("mugs", "glaze"), (twin.id,))
    assert changed.published_at == post.published_at
    assert changed.notes == "Two\nlines"
    assert owner.send(path, fields | {"sibling": "", "published_at": "2026-01-02T03:04"}).status_code == 303
    assert posts.get(store, post.id).siblings == ()
    assert times.rfc3339(posts.get(store, post.id).published_at) == "2026-01-02T03:04:00Z"


def _chosen(page: str, name: str) -> list[str]:
    """What the select `name` of a page has chosen."""
    return re.findall(r'value="([^"]+)" selected', page.partition(f'name="{name}"')[2].partition("</select>")[0])


@pytest.mark.parametrize("how", ["archived", "older than the 50 newest"])
def test_saving_a_story_keeps_the_reel_it_promotes_however_old_or_archived(
    owner: Browser, store: Store, reel: tuple[Post, Link], how: str
) -> None:
    whole, _ = reel
    now, own = times.now(), frozenset({"go.example"})
    fields = {"platform": "instagram", "kind": "story", "title": "Look", "part_of": whole.id}
    story, _ = posts.create(store, fields, now=now, own_hosts=own)
    if how == "archived":
        posts.update(store, whole.id, {"archived": True}, now=now)
    else:
        for number in range(51):
            posts.create(store, {"platform": "x", "title": "Filler"}, now=now + number, own_hosts=own)
    path = f"/admin/posts/{story.id}/edit"
    chosen = _chosen(owner.get(path).text, "part_of")
    sent = {"title": "Renamed", "kind": "story", "published_at": "2026-01-02T03:04", "part_of": "".join(chosen)}
    assert owner.send(path, sent).status_code == 303
    assert (posts.get(store, story.id).title, posts.get(store, story.id).part_of) == ("Renamed", whole.id)
    assert _chosen(owner.get(f"{NEW}&part_of={whole.id}").text, "part_of") == [whole.id]


def test_a_mistake_in_editing_changes_nothing(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, _ = reel
    answer = owner.send(f"/admin/posts/{post.id}/edit", {"title": "", "published_at": "2026-01-02T03:04"})
    assert answer.status_code == 422
    assert wrong(answer) == ["Title must not be empty."]
    assert posts.get(store, post.id) == post


def test_an_archived_post_leaves_the_list_and_comes_back(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    page = f"/admin/posts/{post.id}"
    owner.send(f"{page}/archive", {"archived": "1"}, seen=page)
    owner.get(page)  # shows the message that names the post's new state
    assert post.title not in owner.get("/admin/").text
    assert post.title in owner.get("/admin/?archived=1").text
    assert owner.get(f"/{link.slug}").status_code == 302
    owner.send(f"{page}/archive", {"archived": "0"}, seen=page)
    assert post.title in owner.get("/admin/").text


def test_erasing_asks_first(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    count(store, link, 3, at=times.now())
    path = f"/admin/posts/{post.id}/purge"
    assert "Its 3 hits" in owner.get(path).text
    assert owner.send(path).status_code == 422
    assert posts.get(store, post.id) == post
    assert owner.send(path, {"sure": "1"}).headers["Location"] == "/admin/"
    with pytest.raises(NotFound):
        posts.get(store, post.id)
    assert owner.get(f"/admin/posts/{post.id}").status_code == 404
    assert owner.get(f"/{link.slug}").status_code == 410


def test_erasing_names_the_links_that_stop_and_those_that_go_on(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    other, _ = posts.create(store, {"platform": "instagram", "title": "Bowl"}, now=times.now(), own_hosts=frozenset())
    path = f"/admin/posts/{post.id}/purge"
    assert f"<code>/{link.slug}</code> (Bio link) stops working." in owner.get(path).text
    links.update(store, link.slug, {"post_id": other.id}, now=times.now(), own_hosts=frozenset())
    text = owner.get(path).text
    assert "stops working" not in text
    assert f"<code>/{link.slug}</code> goes on: it promotes" in text
    assert ">Bowl</a> now." in text
    owner.send(path, {"sure": "1"})
    assert owner.get(f"/{link.slug}").status_code == 302


def _shown(page: str) -> list[str]:
    """The titles of the cards, in order."""
    return re.findall(r"<h2>([^<]*)</h2>\s*<p class=\"flow\"", page)


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_card_leads_from_the_latest_views_to_the_clicks(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    assert "views not noted → 0 clicks" in _words(owner.get("/admin/").text)
    count(store, link, 2, at=times.now(), agent="curl/8.1")
    assert "0 clicks 2 hits, none by a person" in _words(owner.get("/admin/").text)
    count(store, link, 1_234, at=times.now())
    snapshots.add(store, post, {"views": "12.4K"}, now=times.now() - times.HOUR)
    snapshots.add(store, post, {"likes": "931"}, now=times.now())
    assert "The blue mug 12,400 views → 0 clicks 1,234 by now" in _words(owner.get("/admin/").text)
    snapshots.add(store, post, {"views": "12.4K"}, now=times.now())
    assert "12,400 views → 1,234 clicks" in _words(owner.get("/admin/").text)


def test_a_card_shows_the_usual_range_once_there_is_one(owner: Browser, store: Store) -> None:
    now = times.now()
    for number, clicks in enumerate([3, 2, 4, 30]):
        post, link = _a_story(store, f"Story {number}", now - 3 * times.DAY)
        count(store, link, clicks, at=now - 2 * times.DAY)
        snapshots.add(store, post, {"views": 1_000}, now=now - times.DAY)
        if number < 2:
            assert "whisker" not in owner.get("/admin/").text
    page = owner.get("/admin/").text
    cards = page.split('class="card post-card"')[1:]
    assert [card.count("whisker") for card in cards] == [1, 1, 1, 1]
    assert re.search(r"usually [\d–]+ clicks", _words(cards[0]))
    assert re.findall(r'<circle class="(\w+)"', page) == ["more", "within", "within", "within"]
    assert ["than usual" in card or "Clearly" in card for card in cards] == [True, False, False, False]


def test_a_card_takes_no_side_where_none_can_be_told(owner: Browser, store: Store) -> None:
    """More clicks than views: they lie outside the usual range, and nothing is said of them."""
    now = times.now()
    for number, (clicks, views) in enumerate([(3, 1_000), (2, 1_000), (4, 1_000), (30, 20)]):
        post, link = _a_story(store, f"Story {number}", now - 3 * times.DAY)
        count(store, link, clicks, at=now - 2 * times.DAY)
        snapshots.add(store, post, {"views": views}, now=now - times.DAY)
    page = owner.get("/admin/").text
    assert re.findall(r'<circle class="(\w+)"', page) == ["within"] * 4
    assert _words(page).count("Cannot tell") == 1


def _a_story(store: Store, title: str, published_at: int, **fields: object) -> tuple[Post, Link]:
    hung = {"placement": "story_link_sticker", "target": "https://shop.example/"}
    asked_for = {
        "platform": "instagram",
        "kind": "story",
        "title": title,
        "published_at": published_at,
        "links": [hung],
    }
    post, (link,) = posts.create(store, asked_for | fields, now=times.now(), own_hosts=frozenset())
    return post, link


def test_a_card_tells_the_gravest_finding_and_what_is_to_be_noted(owner: Browser, store: Store) -> None:
    now = times.now()
    dead = {"placement": "reel_caption", "target": "https://shop.example/"}
    _a_story(store, "Nobody can tap this", now - 4 * times.DAY, links=[dead])
    assert "Its reading at" not in owner.get("/admin/").text
    fine, link = _a_story(store, "Tapped", now - 23 * times.HOUR)
    count(store, link, 3, at=now - times.HOUR)
    insight_reports.refresh(store, now=now)
    first, second = owner.get("/admin/").text.split('class="card post-card"')[1:]
    assert "Its reading at 22 hours is due" in first
    assert "Nobody can tap" not in first
    assert "Nobody can tap" in second.split("</h2>")[1]
    snapshots.add(store, fine, {"views": 100}, now=now)
    assert "is due" not in owner.get("/admin/").text


def test_the_list_can_be_narrowed_to_a_tag_or_a_profile_and_put_in_order(owner: Browser, store: Store) -> None:
    now = times.now()
    profiles.create(store, platform="instagram", handle="first", now=now - times.DAY)
    other = profiles.create(store, platform="instagram", handle="second", now=now)
    for title, clicks, views, fields in (
        ("Few", 1, 900, {"tags": ["kiln"]}),
        ("Most", 5, 100, {"tags": ["Kiln", "sale"]}),
        ("Elsewhere", 3, None, {"profile_id": other.id}),
    ):
        post, link = _a_story(store, title, now - times.DAY, **fields)
        count(store, link, clicks, at=now - times.HOUR)
        if views:
            snapshots.add(store, post, {"views": views}, now=now)
    assert _shown(owner.get("/admin/").text) == ["Elsewhere", "Most", "Few"]
    assert _shown(owner.get("/admin/?tag=kiln").text) == ["Most", "Few"]
    assert _shown(owner.get(f"/admin/?profile={other.id}").text) == ["Elsewhere"]
    assert _shown(owner.get("/admin/?sort=clicks").text) == ["Most", "Elsewhere", "Few"]
    by_views = owner.get("/admin/?sort=views&tag=KILN").text
    assert _shown(by_views) == ["Few", "Most"]
    assert "Of the newest 2 posts that fit." in by_views
    assert '<option value="views" selected>' in by_views
    assert _shown(owner.get("/admin/?sort=nonsense").text) == ["Elsewhere", "Most", "Few"]


def test_a_long_list_asks_the_store_as_often_as_a_short_one(
    owner: Browser, store: Store, reel: tuple[Post, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    def often() -> int:
        owner.get("/admin/")
        with asked(monkeypatch) as sent:
            assert owner.get("/admin/").status_code == 200
        return len(sent)

    alone = often()
    for number in range(12):
        fields = {"platform": "instagram", "title": f"Post {number}"}
        posts.create(store, fields, now=reel[0].created_at + number, own_hosts=frozenset())
    assert often() == alone


def test_the_list_goes_on_to_older_posts_and_finds_words(owner: Browser, store: Store) -> None:
    for number in range(35):
        fields = {"platform": "tiktok" if number % 2 else "x", "title": f"Post {number:02d}"}
        posts.create(store, fields, now=times.now() + number, own_hosts=frozenset({"go.example"}))
    first = owner.get("/admin/").text
    older = re.search(r'href="(/admin/\?[^"]*cursor[^"]*)"', first)
    assert older
    second = owner.get(older.group(1).replace("&amp;", "&")).text
    seen = re.findall(r"Post \d\d", first) + re.findall(r"Post \d\d", second)
    assert seen == [f"Post {number:02d}" for number in reversed(range(35))]
    assert re.findall(r"Post \d\d", owner.get("/admin/?q=post+07").text) == ["Post 07"]
    assert len(re.findall(r"Post \d\d", owner.get("/admin/?platform=x").text)) == 18
    assert "No post fits" in owner.get("/admin/?q=nothing").text


def test_every_platform_offers_kinds_and_placements_that_posts_take() -> None:
    for platform, _ in words.platforms():
        assert {kind for kind, _ in words.kinds(platform)} <= set(post_fields.KINDS)
        groups = words.placement_groups(platform)
        assert groups[0]["rows"]


def test_a_post_of_a_kind_that_is_not_usual_on_its_platform_keeps_it_when_edited(owner: Browser, store: Store) -> None:
    asked_for = {"platform": "pinterest", "title": "Mug", "kind": "live"}
    post, _ = posts.create(store, asked_for, now=times.now(), own_hosts=frozenset())
    edit = owner.get(f"/admin/posts/{post.id}/edit").text
    assert '<option value="live" selected>Live</option>' in edit


def test_a_tiktok_account_that_is_too_small_for_a_link_is_told_before_the_post_is_made(
    owner: Browser, store: Store
) -> None:
    page, warning = "/admin/posts/new?platform=tiktok", "Nobody can tap a link of yours on TikTok"
    assert warning not in owner.get(page).text
    owner.send(
        page, {"title": "One", "target": "shop.example/mug", "placement": ["tiktok/bio_website_field", "tiktok/spoken"]}
    )
    post = _only_post(store)
    assert warning not in owner.get(f"/admin/posts/{post.id}").text
    profiles.update(store, post.profile_id, {"followers": 600})
    assert owner.get(page).text.count(warning) == 1
    assert warning not in owner.get(NEW).text
    shown = owner.get(f"/admin/posts/{post.id}").text
    assert shown.count(warning) == shown.count(f"<h3>{warning}") == 1, "as a finding, and not again beside the link"


TIKTOK = "/admin/posts/new?platform=tiktok"
SAID = {"title": "Three cats, one kiln", "target": "shop.example/bowls", "placement": ["tiktok/spoken"]}


def _value(page: str, name: str) -> str:
    """What stands in the field `name` of a page."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


def test_a_link_that_is_said_gets_the_word_that_was_typed_for_it(owner: Browser, store: Store) -> None:
    ticked = ["tiktok/spoken", "tiktok/on_screen", "tiktok/text_on_video"]
    answer = owner.send(
        TIKTOK,
        SAID | {"placement": ticked, "ending-spoken": " Cats ", "ending-on_screen": "kiln", "ending-print": "no"},
    )
    assert answer.status_code == 303
    found = {link.placement: link.slug for link in links.of_post(store, _only_post(store).id)}
    assert (found["tiktok/spoken"], found["tiktok/on_screen"]) == ("cats", "kiln")
    assert re.fullmatch("(?:[bdmnrtv][aeio]){3}", found["tiktok/text_on_video"])
    assert len(found) == 3, "a word for a spot that is not ticked makes no link"


@pytest.mark.parametrize(
    ("words_", "wrong_ones"),
    [
        ({"ending-spoken": "mug"}, {"spoken": "Your own ending &#39;mug&#39; is taken."}),
        ({"ending-on_screen": "mug"}, {"on_screen": "Your own ending &#39;mug&#39; is taken."}),
        ({"ending-on_screen": "Admin"}, {"on_screen": "Your own ending is reserved for this service."}),
        ({"ending-spoken": "cat", "ending-on_screen": "CAT"}, {"on_screen": "Your own ending is asked for twice."}),
        (
            {"ending-spoken": "two cats", "ending-on_screen": "/cat"},
            dict.fromkeys(("spoken", "on_screen"), "Your own ending may hold the letters a-z, digits and hyphens"),
        ),
    ],
)
def test_a_word_that_cannot_be_is_told_at_its_field_and_nothing_is_made(
    owner: Browser, store: Store, reel: tuple[Post, Link], words_: dict[str, str], wrong_ones: dict[str, str]
) -> None:
    links.create(
        store,
        reel[0].id,
        {"slug": "mug", "target": "https://shop.example/", "placement": "bio_link"},
        now=times.now(),
        own_hosts=frozenset(),
    )
    before = links.list_(store, limit=10)
    answer = owner.send(TIKTOK, SAID | {"placement": ["tiktok/spoken", "tiktok/on_screen"], "profile_id": ""} | words_)
    assert answer.status_code == 422
    told = dict(re.findall(r'<p class="wrong" id="new-ending-(\w+)-wrong">([^<]+)</p>', answer.text))
    assert told.keys() == wrong_ones.keys()
    assert all(told[name].startswith(message) for name, message in wrong_ones.items())
    for name in wrong_ones:
        field = re.search(rf'<input id="new-ending-{name}"[^>]*>', answer.text)
        assert field
        assert f'aria-invalid="true" aria-describedby="new-ending-{name}-wrong"' in field[0]
    assert all(_value(answer.text, name) == typed for name, typed in words_.items())
    assert _only_post(store) == reel[0]
    assert links.list_(store, limit=10) == before
    assert profiles.of_platform(store, "tiktok") == []


def test_free_words_of_the_title_are_proposed_and_nothing_is_made(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    taken = {"slug": "cats", "target": "https://shop.example/", "placement": "bio_link"}
    links.create(store, reel[0].id, taken, now=times.now(), own_hosts=frozenset())
    ticked = ["tiktok/spoken", "tiktok/on_screen", "tiktok/print"]
    answer = owner.send(TIKTOK, SAID | {"placement": ticked, "ending-on_screen": "Kiln", "tags": "a", "propose": "1"})
    assert answer.status_code == 200
    assert wrong(answer) == []
    assert "Still free: bowls, cats2, cats3, cats4." in answer.text
    typed = {name: _value(answer.text, f"ending-{name}") for name in ("spoken", "on_screen", "print", "text_on_video")}
    assert typed == {"spoken": "bowls", "on_screen": "Kiln", "print": "cats2", "text_on_video": ""}
    assert (_value(answer.text, "title"), _value(answer.text, "tags")) == (SAID["title"], "a")
    assert _only_post(store) == reel[0]
    nothing = owner.send(TIKTOK, {"propose": "1"})
    assert "No word to propose." in nothing.text
    reserved = owner.send(TIKTOK, {"title": "Admin", "propose": "1"})
    assert "Still free: admin2, admin3, admin4, admin5." in reserved.text


def test_return_in_a_field_makes_the_post(owner: Browser) -> None:
    form = owner.get(TIKTOK).text.partition("platform=tiktok")[2]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert "propose" not in first[0], "a browser sends the first button of a form"


def test_whoever_cannot_hang_a_link_has_the_words_open(owner: Browser, store: Store) -> None:
    closed, opened = '<details id="endings">', '<details id="endings" open>'
    profile = profiles.create(store, platform="tiktok", handle="ada", followers=1_200, now=times.now())
    assert closed in owner.get(TIKTOK).text
    profiles.update(store, profile.id, {"followers": 600})
    assert opened in owner.get(TIKTOK).text


def test_with_several_profiles_a_post_is_asked_which_it_is_on(owner: Browser, store: Store) -> None:
    def handle() -> str:
        post = posts.list_(store, limit=1)[0][0]
        return profiles.get(store, post.profile_id).handle

    first = profiles.create(store, platform="tiktok", handle="ada", followers=600, now=times.now())
    assert "On which profile?" not in owner.get(TIKTOK).text
    second = profiles.create(store, platform="tiktok", handle="ada.shop", followers=900, now=times.now() + 1)
    form = owner.get(TIKTOK).text
    assert re.findall(r'value="(\w+)"[^>]*>@([\w.]+)<', form) == [(first.id, "ada"), (second.id, "ada.shop")]
    assert [re.search(rf"@{name}: Nobody can tap", form) is None for name in ("ada", r"ada\.shop", "me")] == [
        False,
        False,
        True,
    ]
    assert "On which profile?" not in owner.get(NEW).text
    made = owner.send(TIKTOK, {"title": "A", "profile_id": second.id}).headers["Location"]
    assert handle() == "ada.shop"
    assert f'href="/admin/profiles/{second.id}">@ada.shop</a>' in owner.get(made).text
    again = owner.send(TIKTOK, {"title": "x" * 201, "profile_id": second.id})
    assert f'value="{second.id}" selected' in again.text
    assert wrong(owner.send(TIKTOK, {"profile_id": "gone"})) == ["On which profile? is no profile."]
    owner.send(TIKTOK, {"title": "B"})
    assert handle() == "ada"
