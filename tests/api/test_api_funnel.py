"""/posts/{id}/funnel, /timeline and /breakdown"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import store as stores
from shortlinks import times
from shortlinks.owner import settings

Store = stores.Store
PUBLISHED = "2026-11-10T10:00:00Z"
START = times.parse(PUBLISHED, "published")


def a_post(ada: Person, **fields: Any) -> tuple[str, str]:
    """A post published on 10 November and the slug of its link."""
    post = new_post(ada, published_at=PUBLISHED, **fields)
    return post["id"], post["links"][0]["slug"]


def step(funnel: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in funnel["steps"] if found["name"] == name)


def test_it_cuts_the_clicks_at_the_snapshot(ada: Person, ben: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, START + times.HOUR, count=9)
    click(store, slug, START + times.HOUR, agent="curl/8.5.0", count=2)
    ada.post(f"/posts/{post_id}/snapshots", {"taken_at": "2026-11-12T09:30:00Z", "views": "12.4K", "likes": 931})
    click(store, slug, times.parse("2026-11-12T09:30:59Z", "at"))
    click(store, slug, times.parse("2026-11-12T09:31:00Z", "at"), count=2)
    funnel = ben.get(f"/posts/{post_id}/funnel").get_json()
    assert funnel["post_id"] == post_id
    assert funnel["snapshot_at"] == "2026-11-12T09:30:00Z"
    assert step(funnel, "views") == {"name": "views", "role": "path", "count": 12_400, "source": "snapshot"}
    assert step(funnel, "likes")["role"] == "beside"
    clicks = step(funnel, "clicks")
    assert (clicks["count"], clicks["at_least"], clicks["at_most"]) == (10, 10, 10)
    assert funnel["clicks_after_snapshot"] == 2
    assert funnel["ledger"] == {"hits": 14, "human": 12, "library": 2, "lost": 0}
    rate = next(found for found in funnel["rates"] if found["name"] == "clicks_per_view")
    assert (rate["numerator"], rate["denominator"], rate["method"]) == (10, 12_400, "wilson")
    assert 0 < rate["low"] < rate["rate"] < rate["high"] < 0.01


def test_without_a_snapshot_there_are_no_views_and_no_rate_on_them(ada: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, START + times.HOUR)
    funnel = ada.get(f"/posts/{post_id}/funnel").get_json()
    assert funnel["snapshot_at"] is None
    assert {found["name"] for found in funnel["steps"]} == {"clicks", "visitors", "conversions"}
    assert not [rate for rate in funnel["rates"] if rate["name"].endswith("_per_view")]


def test_previews_are_told_apart_from_clicks_and_the_ledger_holds_reasons_only(ada: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, START, agent="WhatsApp/2.23.20.0 A", count=2)
    click(store, slug, START, agent="facebookexternalhit/1.1", count=5)
    funnel = ada.get(f"/posts/{post_id}/funnel").get_json()
    assert funnel["previews"] == {"pasted": {"WhatsApp": 2}, "fetched": {"Facebook": 5}}
    assert funnel["ledger"] == {"hits": 7, "human": 0, "preview": 7, "lost": 0}
    assert step(funnel, "clicks")["count"] == 0
    nothing = ada.get(f"/posts/{a_post(ada)[0]}/funnel").get_json()
    assert nothing["previews"] == {"pasted": {}, "fetched": {}}


def test_it_shows_the_funnel_as_it_stood(ada: Person, store: Store) -> None:
    post_id, _ = a_post(ada)
    for day, views in ((11, 100), (13, 900)):
        ada.post(f"/posts/{post_id}/snapshots", {"taken_at": f"2026-11-{day}T10:00:00Z", "views": views})
    then = ada.get(f"/posts/{post_id}/funnel?at=2026-11-12T00:00:00Z").get_json()
    assert (then["as_of"], step(then, "views")["count"]) == ("2026-11-12T00:00:00Z", 100)
    assert step(ada.get(f"/posts/{post_id}/funnel").get_json(), "views")["count"] == 900


def test_it_finds_a_placement_that_nobody_can_tap(ada: Person) -> None:
    post_id, _ = a_post(ada, links=[{"placement": "reel_caption", "target": "https://shop.example/new"}])
    ada.post(f"/posts/{post_id}/snapshots", {"views": 5_000})
    findings = ada.get(f"/posts/{post_id}/funnel").get_json()["findings"]
    assert "dead_placement" in [finding["code"] for finding in findings]


@pytest.mark.parametrize("at", ["now", "2026-11-12", "%00", "", "9999-12-31T23:59:59-14:00"])
def test_it_names_a_time_that_is_none(ada: Person, at: str) -> None:
    post_id, _ = a_post(ada)
    assert_problem(ada.get(f"/posts/{post_id}/funnel?at={at}"), 422, "at")


def test_the_timeline_fills_empty_buckets(ada: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, START + 5 * times.MINUTE, count=2)
    click(store, slug, START + 3 * times.HOUR)
    path = f"/posts/{post_id}/timeline?bucket=hour&tz=UTC&from=2026-11-10T10:00:00Z&to=2026-11-10T14:00:00Z"
    assert ada.get(path).get_json() == {
        "items": [
            {"start": "2026-11-10T10:00:00Z", "count": 2},
            {"start": "2026-11-10T11:00:00Z", "count": 0},
            {"start": "2026-11-10T12:00:00Z", "count": 0},
            {"start": "2026-11-10T13:00:00Z", "count": 1},
        ]
    }
    assert [row["count"] for row in ada.get(f"{path}&reason=library").get_json()["items"]] == [0, 0, 0, 0]


def test_days_are_those_of_the_time_zone(ada: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, times.parse("2026-11-10T23:30:00Z", "at"))
    settings.set_timezone(store, "Europe/Berlin")
    berlin = ada.get(f"/posts/{post_id}/timeline?to=2026-11-12T00:00:00Z").get_json()["items"]
    assert berlin[:2] == [{"start": "2026-11-09T23:00:00Z", "count": 0}, {"start": "2026-11-10T23:00:00Z", "count": 1}]
    utc = ada.get(f"/posts/{post_id}/timeline?tz=UTC&to=2026-11-12T00:00:00Z").get_json()["items"]
    assert utc[0] == {"start": "2026-11-10T00:00:00Z", "count": 1}


def test_the_timeline_of_a_post_to_come_is_short_not_wrong(ada: Person) -> None:
    post = new_post(ada, published_at=times.rfc3339(times.now() + 30 * times.DAY))
    items = ada.get(f"/posts/{post['id']}/timeline").get_json()["items"]
    assert [row["count"] for row in items] == [0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bucket=week", "bucket"),
        ("bucket=minute&from=2005-01-01T00:00:00Z", "bucket"),
        ("tz=Mars/Base", "tz"),
        ("tz=", "tz"),
        ("tz=../../etc/passwd", "tz"),
        ("tz=%00", "tz"),
        ("from=later", "from"),
        ("from=9999-12-30T00:00:00Z", "from"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("from=2026-11-12T00:00:00Z&to=2026-11-11T00:00:00Z", "to"),
        ("reason=love", "reason"),
    ],
)
def test_it_names_the_parameter_that_is_wrong(ada: Person, query: str, field: str) -> None:
    post_id, _ = a_post(ada)
    assert_problem(ada.get(f"/posts/{post_id}/timeline?{query}"), 422, field)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("app", [("Instagram", 2), ("(unknown)", 1)]),
        ("device", [("phone", 2), ("desktop", 1)]),
        ("country", [("DE", 3)]),
        ("referrer", [("Instagram", 2), ("(unknown)", 1)]),
        ("placement", [("instagram/bio_link", 3)]),
        ("reason", [("human", 3), ("library", 1)]),
    ],
)
def test_a_breakdown_counts_people_most_first(ada: Person, store: Store, by: str, expected: list[Any]) -> None:
    post_id, slug = a_post(ada)
    desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
    click(store, slug, START, referrer="https://l.instagram.com", count=2)
    click(store, slug, START, agent=desktop)
    click(store, slug, START, agent="curl/8.5.0")
    items = ada.get(f"/posts/{post_id}/breakdown?by={by}").get_json()["items"]
    assert [(item["key"], item["count"]) for item in items] == expected


def test_a_breakdown_by_link_names_the_slugs(ada: Person, store: Store) -> None:
    post_id, slug = a_post(ada)
    click(store, slug, START, count=2)
    assert ada.get(f"/posts/{post_id}/breakdown?by=link").get_json() == {"items": [{"key": slug, "count": 2}]}


@pytest.mark.parametrize("query", ["", "by=", "by=colour"])
def test_a_breakdown_says_by_what_it_can(ada: Person, query: str) -> None:
    post_id, _ = a_post(ada)
    assert_problem(ada.get(f"/posts/{post_id}/breakdown?{query}"), 422, "by")
