"""`/events`: what changed, told to who polls."""

import base64
from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from clicking import asked

from shortlinks import keys, times
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.records import events
from shortlinks.store import Store
from tests.api.test_api_cursors import forgeries


def page(person: Person, after: str | None = None, limit: int = 200) -> dict[str, Any]:
    answer = person.get(f"/events?limit={limit}" + (f"&after={after}" if after else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def post(ada: Person, store: Store) -> dict[str, Any]:
    """A post with two events of its own, a snapshot, a sale and three clicks."""
    made = new_post(ada)
    assert ada.post(f"/posts/{made['id']}/snapshots", {"views": 400}).status_code == 201
    sale = {"external_id": "order-1", "kind": "sale", "slug": made["links"][0]["slug"]}
    assert ada.post("/conversions", sale).status_code == 201
    click(store, made["links"][0]["slug"], times.now(), count=3)
    return made


def test_each_event_says_what_became_of_what(ben: Person, ada: Person, post: dict[str, Any]) -> None:
    slug = post["links"][0]["slug"]
    snapshot = ada.get(f"/posts/{post['id']}/snapshots").get_json()["items"][0]["id"]
    nothing = {"human": None, "hits": None, "slug": None, "snapshot_id": None, "external_id": None}
    found = page(ben)
    told = [{name: value for name, value in item.items() if name not in ("id", "at")} for item in found["items"]]
    assert told == [
        {**nothing, "type": type_, "change": change, "post_id": post["id"], **more}
        for type_, change, more in (
            ("post", "made", {}),
            ("link", "made", {"slug": slug}),
            ("snapshot", "added", {"snapshot_id": snapshot}),
            ("conversion", "created", {"external_id": "order-1"}),
            ("rollup", "counted", {"human": 3, "hits": 3}),
        )
    ]
    assert [item["at"] for item in found["items"]] == sorted(item["at"] for item in found["items"])
    assert found["next"] == found["items"][-1]["id"]
    for number, item in enumerate(found["items"]):
        assert page(ben, item["id"])["items"] == found["items"][number + 1 :]
        assert item["id"].replace("-", "").replace("_", "").isalnum()
        assert len(item["id"]) < 200


def test_next_is_always_there_and_latest_begins_with_what_comes(ben: Person, ada: Person, post: dict[str, Any]) -> None:
    latest = page(ben, "latest")
    assert latest == {"items": [], "next": page(ben)["next"]}
    assert page(ben, latest["next"]) == latest
    ada.patch(f"/posts/{post['id']}", {"title": "Other"})
    assert [item["change"] for item in page(ben, latest["next"])["items"]] == ["changed"]
    assert len(page(ben, limit=2)["items"]) == 2
    assert [item["change"] for item in page(ben, page(ben, limit=5)["next"], limit=1)["items"]] == ["changed"]


def test_where_nothing_ever_happened_there_is_a_place_to_go_on_from(ben: Person, ada: Person) -> None:
    empty = page(ben)
    assert empty == {"items": [], "next": page(ben, "latest")["next"]}
    new_post(ada)
    assert [item["type"] for item in page(ben, empty["next"])["items"]] == ["post", "link"]


def test_a_poll_is_304_until_something_happens_and_reads_once(
    ben: Person, ada: Person, store: Store, post: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/events?after={page(ben)['next']}"
    first = ben.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    ben.get("/placements")
    with asked(monkeypatch) as sent:
        ben.get("/placements")
    others = len(sent)
    with asked(monkeypatch) as sent:
        again = ben.get(path, headers=tag)
    assert (again.status_code, again.data, len(sent) - others) == (304, b"", 1)
    later = times.now() + 2 * times.HOUR
    monkeypatch.setattr(times, "now", lambda: later)
    assert ben.get(path, headers=tag).status_code == 304
    click(store, post["links"][0]["slug"], times.now())
    changed = ben.get(path, headers=tag)
    assert (changed.status_code, [item["human"] for item in changed.get_json()["items"]]) == (200, [4])


def test_a_place_of_something_else_is_refused(ben: Person, ada: Person, store: Store, post: dict[str, Any]) -> None:
    new_post(ada)
    own = page(ben)["next"]
    cursor = ben.get("/posts?limit=1").get_json()["next_cursor"]
    for after in (*forgeries(own), cursor, own.upper()):
        assert_problem(ben.get(f"/events?after={after}"), 422, "after")
    assert_problem(ben.get(f"/posts?cursor={own}"), 422, "cursor")
    raw = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4))
    assert page(ben, base64.urlsafe_b64encode(raw).decode().rstrip("="))["items"] == []
    store.redis.set(keys.STORE, "of another service")
    assert_problem(ben.get(f"/events?after={own}"), 422, "after")
    for limit in (0, 201, "x"):
        assert_problem(ben.get(f"/events?limit={limit}"), 422, "limit")


def test_who_was_away_for_too_long_is_told_that_events_were_missed(
    ben: Person, ada: Person, store: Store, post: dict[str, Any]
) -> None:
    place, whole = page(ben, limit=1)["next"], page(ben)["next"]
    events.forget(store, before=times.now() + times.MINUTE)
    gone = assert_problem(ben.get(f"/events?after={place}"), 410)
    assert gone["type"] == "urn:shortlinks:missed"
    assert page(ben, whole) == page(ben) == {"items": [], "next": whole}
    new_post(ada)
    assert len(page(ben, whole)["items"]) == 2


def test_an_erased_post_leaves_only_its_id(ben: Person, store: Store, post: dict[str, Any]) -> None:
    posts.purge(store, post["id"])
    (item,) = page(ben)["items"]
    assert (item["type"], item["change"], item["post_id"]) == ("post", "erased", post["id"])
    assert {item[name] for name in ("human", "hits", "slug", "snapshot_id", "external_id")} == {None}
    assert links.find(store, post["links"][0]["slug"])[0] is not None, "the slug stays taken"
