"""Conditional requests: 304 for who has the answer already, 412 for who changes what he has not seen."""

import brotli
import pytest
from api_cast import Person, assert_problem, click, new_post
from apiflask import APIFlask
from clicking import asked
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.experiments import experiments
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.api import conditional

READS = (
    *("/posts", "/posts/{post}", "/links", "/links?post={post}", "/links/{slug}", "/profiles", "/profiles/{profile}"),
    *("/profiles/{profile}/snapshots", "/profiles/{profile}/funnel", "/profiles/{profile}/page", "/experiments"),
    *("/experiments/{experiment}", "/posts/{post}/funnel", "/posts/{post}/timeline", "/posts/{post}/breakdown?by=app"),
    *("/posts/{post}/snapshots", "/posts/{post}/polls", "/insights", "/compare?posts={post},{other}", "/placements"),
    *("/shops/shop.example/totals", "/shops/shop.example/totals/2026-W01", "/clicks?post={post}", "/tokens"),
    *("/webhooks", "/webhooks/{webhook}", "/webhooks/{webhook}/deliveries"),
    "/openapi.json",
)
MARKED = (
    *("/posts/{post}/funnel", "/posts/{post}/timeline", "/posts/{post}/breakdown?by=app", "/profiles/{profile}/funnel"),
    "/compare?posts={post},{other}",
)
NOUNS = (
    *("/posts/{post}", "/links/{slug}", "/profiles/{profile}", "/profiles/{profile}/page", "/experiments/{experiment}"),
    *("/shops/shop.example/totals/2026-W01", "/webhooks/{webhook}"),
)


@pytest.fixture
def names(ada: Person, store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """One of everything, at a moment that stands still."""
    stand_still(monkeypatch, times.now() // times.MINUTE * times.MINUTE + 10_000)
    now = times.now()
    post, other = new_post(ada), new_post(ada, title="Winter")
    for each in (post, other):
        ada.post(f"/posts/{each['id']}/snapshots", {"views": 400})
    click(store, post["links"][0]["slug"], now - times.HOUR)
    bio_pages.put(store, post["profile_id"], {"name": "ada"}, now=now)
    _, row = bio_page_rows.add(store, post["profile_id"], {"post_id": post["id"]}, now=now, own_hosts=frozenset())
    tried = {"question": "Say it first", "platform": "instagram", "kind": "story", "per_arm": 8}
    experiment = experiments.create(store, tried, now=now)
    ada.call("PUT", "/shops/shop.example/totals/2026-W01", json={"visits": 60})
    hook = ada.post("/webhooks", {"url": "https://shop.example/", "events": ["post.clicks"]}).get_json()["id"]
    return {
        "webhook": hook,
        **{"post": post["id"], "other": other["id"], "slug": post["links"][0]["slug"], "profile": post["profile_id"]},
        **{"experiment": experiment.id, "row": row.slug},
    }


def stand_still(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(times, "now", lambda: at)


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    stand_still(monkeypatch, times.now() + seconds * times.SECOND)


def fill(path: str, names: dict[str, str]) -> str:
    return path.format_map(names)


def known(person: Person, path: str, tag: str, **headers: str) -> TestResponse:
    return person.get(path, headers={"If-None-Match": tag, **headers})


@pytest.mark.parametrize("read", READS)
def test_who_has_the_answer_gets_304_and_no_byte_of_it(
    ada: Person, names: dict[str, str], monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    path = fill(read, names)
    ada.get(path)  # the insights are made at the first look
    first = ada.get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["ETag"].startswith("W/") == (read not in NOUNS)
    later(monkeypatch, 5)
    for tag in (first.headers["ETag"], f'"x", {first.headers["ETag"]}, W/"y"', "*"):
        again = known(ada, path, tag)
        assert (again.status_code, again.data) == (304, b""), tag
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert "Accept-Encoding" in again.headers["Vary"]
        assert "Content-Type" not in again.headers
        assert "RateLimit-Limit" in again.headers or read == "/openapi.json"
    for tag in ('"x"', 'W/"x-y"', "", '""', 'W/""'):
        whole = known(ada, path, tag)
        assert (whole.status_code, whole.headers["ETag"]) == (200, first.headers["ETag"])
    assert ada.call("HEAD", path).headers["ETag"] == first.headers["ETag"]
    assert ada.call("HEAD", path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("read", [*NOUNS, *MARKED, "/posts", "/openapi.json"])
def test_a_compressed_answer_is_known_again_too(ada: Person, names: dict[str, str], read: str) -> None:
    path, wants = fill(read, names), {"Accept-Encoding": "br"}
    first, plain = ada.get(path, headers=wants), ada.get(path)
    if first.headers.get("Content-Encoding") == "br":
        assert brotli.decompress(first.data) == plain.data
        # Other bytes, so another tag, where the tag says that it is the same to the byte.
        assert (first.headers["ETag"] == plain.headers["ETag"]) == first.headers["ETag"].startswith("W/")
    for tag in (first.headers["ETag"], plain.headers["ETag"]):
        again = known(ada, path, tag, **wants)
        assert (again.status_code, again.data) == (304, b"")


def test_what_only_says_when_it_was_asked_changes_no_tag(
    ada: Person, names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill("/posts/{post}/funnel", names)
    first = ada.get(path)
    later(monkeypatch, 7)
    again = ada.get(path)
    assert again.get_json()["as_of"] != first.get_json()["as_of"]
    assert again.get_json()["stale_seconds"] == first.get_json()["stale_seconds"] + 7
    assert again.headers["ETag"] == first.headers["ETag"]
    later(monkeypatch, 60)
    minute = ada.get(path)
    assert minute.headers["ETag"] != first.headers["ETag"], "it rests on another minute"
    assert known(ada, path, first.headers["ETag"]).status_code == 304, "and looks the same"
    assert known(ada, path, first.headers["ETag"]).headers["ETag"] == minute.headers["ETag"]


@pytest.mark.parametrize("read", MARKED)
def test_where_nothing_has_changed_nothing_is_computed(
    ada: Person, names: dict[str, str], monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    path = fill(read, names)
    with asked(monkeypatch) as all_of_it:
        first = ada.get(path)
    with asked(monkeypatch) as little:
        assert known(ada, path, first.headers["ETag"]).status_code == 304
    # The token and the mark; of the profile also the time zone.
    assert len(little) == (3 if "profiles" in read else 2) < len(all_of_it)


CHANGES = {
    "a click": (
        "/posts/{post}",
        "/posts",
        "/posts/{post}/funnel",
        "/posts/{post}/timeline",
        "/posts/{post}/breakdown?by=app",
    ),
    "numbers": ("/posts/{post}", "/posts/{post}/funnel", "/posts/{post}/snapshots", "/compare?posts={post},{other}"),
    "a title": ("/posts/{post}", "/posts"),
    "a target": ("/links/{slug}", "/links", "/posts/{post}"),
    "a handle": ("/profiles/{profile}", "/profiles"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_that_became_another_is_given(ada: Person, store: Store, names: dict[str, str], name: str) -> None:
    """At one and the same moment, so that the clock alone changes nothing."""
    before = {path: ada.get(fill(path, names)) for path in CHANGES[name]}
    match name:
        case "a click":
            click(store, names["slug"], times.now())
        case "numbers":
            snapshots.add(store, posts.get(store, names["post"]), {"views": 500}, now=times.now())
        case "a title":
            ada.patch(f"/posts/{names['post']}", {"title": "Spring drop"})
        case "a target":
            ada.patch(f"/links/{names['slug']}", {"target": "https://shop.example/other"})
        case "a handle":
            ada.patch(f"/profiles/{names['profile']}", {"handle": "ada.pots"})
    for path, answer in before.items():
        again = known(ada, fill(path, names), answer.headers["ETag"])
        assert again.status_code == 200, path
        assert again.headers["ETag"] != answer.headers["ETag"], path
        assert again.data != answer.data, path


def test_a_tag_is_of_one_address(ada: Person, names: dict[str, str]) -> None:
    tag = ada.get(f"/posts/{names['post']}/funnel").headers["ETag"]
    for path in ("/posts/{other}/funnel", "/posts/{post}/funnel?at=2026-01-01T00:00:00Z", "/posts/{post}/timeline"):
        assert known(ada, fill(path, names), tag).status_code == 200
    assert_problem(known(ada, "/posts/nobody/funnel", tag), 404)


def test_an_erased_post_is_no_more_the_same(ada: Person, names: dict[str, str]) -> None:
    paths = [f"/posts/{names['post']}", f"/posts/{names['post']}/funnel", f"/posts/{names['post']}/timeline"]
    tags = {path: ada.get(path).headers["ETag"] for path in paths}
    ada.delete(f"/posts/{names['post']}?purge=true")
    for path, tag in tags.items():
        assert_problem(known(ada, path, tag), 404)


def test_the_zone_of_the_settings_changes_what_rests_on_it(ada: Person, store: Store, names: dict[str, str]) -> None:
    path = fill("/posts/{post}/timeline?bucket=day", names)
    tag = ada.get(path).headers["ETag"]
    settings.set_timezone(store, "Asia/Tokyo")
    assert known(ada, path, tag).status_code == 200


def test_what_is_marked_with_a_minute_is_computed_for_one_moment_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a link that expires within the minute, say, would make another answer of the same tag."""
    start = times.now() // times.MINUTE * times.MINUTE
    moments = []
    for second in (0, 20, 59, 60):
        stand_still(monkeypatch, start + second * times.SECOND)
        moments.append(conditional.this_minute())
    assert moments[0] == moments[1] == moments[2] == moments[3] - times.MINUTE
    assert start + 59 * times.SECOND <= moments[0] < start + times.MINUTE


def test_strangers_and_errors_get_no_tag(app: APIFlask, ada: Person, eve: Person) -> None:
    for answer in (eve.get("/posts", headers={"If-None-Match": "*"}), ada.get("/posts/nobody")):
        assert answer.status_code in (401, 404)
        assert "ETag" not in answer.headers


def test_a_stream_has_no_tag_and_says_what_chose_its_form(ada: Person, names: dict[str, str]) -> None:
    path = f"/clicks?post={names['post']}"
    answer = ada.get(path, headers={"Accept": "text/csv", "If-None-Match": "*"})
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert "Accept" in answer.headers["Vary"]
    assert "Accept" in {part.strip() for part in ada.get(path).headers["Vary"].split(",")}
