"""Shlink's visits, tags and domain, and what it says of itself."""

from typing import Any

import pytest
from dialect_cast import Caller, assert_refused, click

from shortlinks import times
from shortlinks.experiments import experiments
from shortlinks.links import links, misses
from shortlinks.posts import posts
from shortlinks.store import Store
from shortlinks.web.dialects import shlink_visits
from tests.clicking import PHONE, make_post

AT = 1_795_300_000_000  # 2026-11-21T22:26:40Z


def visits(caller: Caller, path: str) -> list[dict[str, Any]]:
    answer = caller.shlink("GET", path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["visits"]["data"]
    return found


def test_visits_are_the_kept_clicks_newest_first_without_who_made_them(ada: Caller, ben: Caller, store: Store) -> None:
    ada.shorten(customSlug="mug")
    click(store, "mug", AT, people=1, programs=1, origin="https://www.instagram.com")
    links.update(store, "mug", {"target": "https://shop.example/new"}, now=times.now(), own_hosts=frozenset())
    newest, oldest = visits(ben, "/short-urls/mug/visits")
    assert oldest == {
        "referer": "https://www.instagram.com",
        "date": "2026-11-21T22:26:40+00:00",
        "userAgent": PHONE,
        "visitLocation": {
            "countryCode": "DE",
            "countryName": "DE",
            **dict.fromkeys(("regionName", "cityName", "timezone"), ""),
            **dict.fromkeys(("latitude", "longitude"), 0.0),
            "isEmpty": False,
        },
        "potentialBot": False,
        "visitedUrl": "https://go.example/mug",
        "redirectUrl": "https://shop.example/mug",
    }
    assert (newest["date"], newest["potentialBot"]) == ("2026-11-21T22:26:41+00:00", True)


def test_visits_are_filtered_and_come_in_pages(ada: Caller, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.shorten(customSlug="mug")
    click(store, "mug", AT, people=3, programs=4)
    path = "/short-urls/mug/visits"
    for query, count in (
        ("", 7),
        ("excludeBots=true", 3),
        ("excludeBots=false", 7),
        ("startDate=2026-11-21T22:26:41%2B00:00", 6),
        ("endDate=2026-11-21T23:26:41%2B01:00", 2),
        ("startDate=2026-11-21T22:26:41Z&endDate=2026-11-21T22:26:42Z", 2),
        ("startDate=2026-11-22", 0),
    ):
        assert len(visits(ada, f"{path}?{query}")) == count, query
    page = ada.shlink("GET", f"{path}?page=1&itemsPerPage=1").get_json()["visits"]["pagination"]
    assert (page["pagesCount"], page["totalItems"], page["itemsInCurrentPage"]) == (7, 7, 1)
    monkeypatch.setattr(shlink_visits, "_MOST", 3)
    pages = [ada.shlink("GET", f"{path}?itemsPerPage=5000&page={number}").get_json() for number in (1, 2, 3, 4)]
    assert [len(each["visits"]["data"]) for each in pages] == [3, 3, 1, 0]
    assert {each["visits"]["pagination"]["pagesCount"] for each in pages} == {3}
    dates = [visit["date"] for each in pages for visit in each["visits"]["data"]]
    assert dates == sorted(dates, reverse=True)
    assert len(set(dates)) == 7
    assert_refused(ada.shlink("GET", f"{path}?endDate=soon"), 400, "invalid-data", invalidElements=["endDate"])
    assert_refused(ada.shlink("GET", "/short-urls/nobody/visits"), 404, "short-url-not-found")


def test_clicks_stay_with_a_link_that_was_turned_to_another_post(ada: Caller, store: Store) -> None:
    ada.shorten(customSlug="mug")
    click(store, "mug", AT, people=1)
    post, (bio,) = make_post(store, "bio_link", now=times.now())
    links.update(store, "mug", {"post_id": post.id}, now=times.now(), own_hosts=frozenset())
    click(store, "mug", AT + times.HOUR, people=2)
    click(store, bio.slug, AT, people=5)
    assert len(visits(ada, "/short-urls/mug/visits")) == 3
    shown = ada.shlink("GET", "/short-urls/mug").get_json()
    assert shown["visitsSummary"]["nonBots"] == 3
    assert shown["title"] == post.title


def test_visits_of_a_tag_of_the_domain_and_of_all(ada: Caller, store: Store) -> None:
    ada.shorten("https://shop.example/a", customSlug="first", tags=["Autumn"])
    ada.shorten("https://shop.example/b", customSlug="second")
    click(store, "first", AT, people=2)
    click(store, "second", AT + 500, people=1, programs=1)
    assert len(visits(ada, "/tags/autumn/visits")) == 2
    assert visits(ada, "/tags/autumn/visits?domain=other.example") == []
    assert_refused(ada.shlink("GET", "/tags/nothing/visits"), 404, "tag-not-found", tag="nothing")
    for path in ("/domains/go.example/visits", "/domains/DEFAULT/visits", "/visits/non-orphan"):
        found = visits(ada, path)
        assert [visit["visitedUrl"].rpartition("/")[2] for visit in found] == ["second", "first", "second", "first"]
    assert visits(ada, "/visits/non-orphan?domain=other.example") == []
    assert_refused(ada.shlink("GET", "/domains/other.example/visits"), 404, "domain-not-found")


def test_orphans_are_counted_and_not_listed(ada: Caller, store: Store) -> None:
    ada.shorten(customSlug="mug")
    click(store, "mug", AT, people=1, programs=2)
    for _ in range(3):
        misses.record(store, "mugg", now=times.now())
    assert ada.shlink("GET", "/visits").get_json()["visits"] == {
        "nonOrphanVisits": {"total": 3, "nonBots": 1, "bots": 2},
        "orphanVisits": {"total": 3, "nonBots": 3, "bots": 0},
        "visitsCount": 3,
        "orphanVisitsCount": 3,
    }
    answer = ada.shlink("GET", "/visits/orphan?type=invalid_short_url").get_json()["visits"]
    assert (answer["data"], answer["pagination"]["totalItems"], answer["pagination"]["pagesCount"]) == ([], 0, 1)
    assert_refused(ada.shlink("GET", "/visits/orphan?type=x"), 400, "invalid-data", invalidElements=["type"])


def test_visits_cannot_be_deleted(ada: Caller) -> None:
    """Version 3.4 of Shlink cannot either, which is what we say we are."""
    ada.shorten(customSlug="mug")
    for path in ("/short-urls/mug/visits", "/visits/orphan"):
        answer = ada.shlink("DELETE", path)
        assert_refused(answer, 405, "method-not-allowed")
        assert "GET" in answer.headers["Allow"]


def test_tags_are_those_of_posts(ada: Caller, store: Store) -> None:
    ada.shorten("https://shop.example/a", customSlug="first", tags=["b", "a"])
    ada.shorten("https://shop.example/b", customSlug="second", tags=["B"])
    make_post(store, now=times.now(), tags=["c"])
    click(store, "first", AT, people=1, programs=1)
    listed = ada.shlink("GET", "/tags").get_json()["tags"]
    assert listed["data"] == ["a", "b", "c"]
    assert (listed["pagination"]["pagesCount"], listed["pagination"]["totalItems"]) == (1, 3)
    assert ada.shlink("GET", "/tags?itemsPerPage=2&page=2").get_json()["tags"]["data"] == ["c"]
    assert ada.shlink("GET", "/tags?searchTerm=B").get_json()["tags"]["data"] == ["b"]
    stats = ada.shlink("GET", "/tags/stats").get_json()["tags"]["data"]
    two, none = {"total": 2, "nonBots": 1, "bots": 1}, {"total": 0, "nonBots": 0, "bots": 0}
    assert stats == [
        {"tag": "a", "shortUrlsCount": 1, "visitsSummary": two, "visitsCount": 2},
        {"tag": "b", "shortUrlsCount": 2, "visitsSummary": two, "visitsCount": 2},
        {"tag": "c", "shortUrlsCount": 0, "visitsSummary": none, "visitsCount": 0},
    ]
    assert "stats" not in listed
    both = ada.shlink("GET", "/tags?withStats=true&itemsPerPage=2").get_json()["tags"]
    assert (both["data"], both["stats"]) == (["a", "b"], stats[:2])
    for order, names in (
        ("tag-DESC", ["c", "b", "a"]),
        ("shortUrlsCount-DESC", ["b", "a", "c"]),
        ("visits-ASC", ["c", "a", "b"]),
        ("nonBotVisits-ASC", ["c", "a", "b"]),
    ):
        found = ada.shlink("GET", f"/tags/stats?orderBy={order}").get_json()["tags"]["data"]
        assert [row["tag"] for row in found] == names, order
    answer = ada.shlink("GET", "/tags/stats?orderBy=x-ASC")
    assert_refused(answer, 400, "invalid-data", invalidElements=["orderBy"])


def test_tags_are_renamed_and_taken_off(ada: Caller, store: Store) -> None:
    ada.shorten(customSlug="mug", tags=["a", "b"])
    other, _ = make_post(store, now=times.now(), tags=["A"])
    renamed = ada.shlink("PUT", "/tags", json={"oldName": "a", "newName": "autumn"})
    assert (renamed.status_code, renamed.data) == (204, b"")
    assert posts.get(store, other.id).tags == ("autumn",)
    assert ada.shlink("GET", "/short-urls/mug").get_json()["tags"] == ["autumn", "b"]
    assert ada.shlink("PUT", "/tags", json={"oldName": "autumn", "newName": "Autumn"}).status_code == 204
    answer = ada.shlink("PUT", "/tags", json={"oldName": "b", "newName": "autumn"})
    assert_refused(answer, 409, "tag-conflict")
    answer = ada.shlink("PUT", "/tags", json={"oldName": "nothing", "newName": "x"})
    assert_refused(answer, 404, "tag-not-found")
    for wrong in ({"oldName": "b"}, {"oldName": "b", "newName": "x,y"}, {"oldName": "b", "newName": " "}):
        answer = ada.shlink("PUT", "/tags", json=wrong)
        assert_refused(answer, 400, "invalid-data", invalidElements=["newName"])
    assert ada.shlink("DELETE", "/tags?tags[0]=AUTUMN&tags[1]=unknown").status_code == 204
    assert ada.shlink("GET", "/tags").get_json()["tags"]["data"] == ["b"]


def test_the_tag_of_an_experiment_stays(ada: Caller, store: Store) -> None:
    wish = {"question": "Show it first", "platform": "instagram", "kind": "video", "per_arm": 8}
    experiments.create(store, wish, now=times.now())
    post, _ = make_post(store, now=times.now(), kind="video")
    assert post.experiment is not None
    arm = post.experiment.as_tag
    assert_refused(ada.shlink("DELETE", f"/tags?tags[]={arm}"), 403, "forbidden-tag-operation")
    answer = ada.shlink("PUT", "/tags", json={"oldName": arm, "newName": "x"})
    assert_refused(answer, 403, "forbidden-tag-operation")
    assert posts.get(store, post.id).tags == (arm,)


def test_there_is_one_domain_which_redirects_nobody(ada: Caller, ben: Caller) -> None:
    none = {"baseUrlRedirect": None, "regular404Redirect": None, "invalidShortUrlRedirect": None}
    assert ben.shlink("GET", "/domains").get_json()["domains"] == {
        "data": [{"domain": "go.example", "isDefault": True, "redirects": none}],
        "defaultRedirects": none,
    }
    same = ada.shlink("PATCH", "/domains/redirects", json={"domain": "go.example", "regular404Redirect": None})
    assert same.get_json() == none
    wrong = {"domain": "go.example", "baseUrlRedirect": "https://shop.example"}
    answer = ada.shlink("PATCH", "/domains/redirects", json=wrong)
    assert_refused(answer, 400, "invalid-data", invalidElements=["baseUrlRedirect"])
    for domain in ("other.example", "", None, 5):
        answer = ada.shlink("PATCH", "/domains/redirects", json={"domain": domain})
        assert_refused(answer, 400, "invalid-data", invalidElements=["domain"])


def test_its_health_needs_no_key_and_tells_the_version(eve: Caller, ada: Caller) -> None:
    answer = eve.shlink("GET", "/health").get_json()
    assert (answer["status"], answer["version"]) == ("pass", "3.4.0")
    assert_refused(ada.shlink("GET", "/mercure-info"), 501, "mercure-not-configured")
