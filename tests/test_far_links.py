"""Asking a Shlink, YOURLS or Kutt for its links: page by page, patiently, and nobody else."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from far_side import FarSide, Reply, is_silent, pours, running, says

from shortlinks import keys
from shortlinks.errors import Conflict, Invalid
from shortlinks.fetching import addresses, fetching
from shortlinks.fetching.fetching import Fetcher
from shortlinks.link_imports import far_links, import_records, link_imports
from shortlinks.link_imports.far_links import FarError
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.links import links
from shortlinks.owner import settings
from shortlinks.store import Store

NOW = 1_795_300_000_000
KEY = "top-secret-key"
LOOPBACK = Fetcher(allowed=addresses.allowed(["127.0.0.1"]), agent="test")


@pytest.fixture
def side() -> Iterator[FarSide]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_links, "AT_ONCE", {"shlink": 2, "yourls": 2, "kutt": 2})
    monkeypatch.setattr(far_links, "PAUSES", (0.0, 0.0))


def gives(value: Any) -> Reply:
    return says("200 OK", "Content-Type: application/json", body=json.dumps(value).encode())


def shlink_link(code: str, **more: Any) -> dict[str, Any]:
    return {
        "shortCode": code,
        "shortUrl": f"https://sho.rt/{code}",
        "longUrl": f"https://pots.example/{code}",
        "dateCreated": "2024-03-01T10:00:00+01:00",
        "visitsSummary": {"total": 20, "nonBots": 12, "bots": 8},
        "tags": ["mugs"],
        "meta": {"validSince": None, "validUntil": None, "maxVisits": None},
        "domain": None,
        "title": f"Pot {code}",
        **more,
    }


def shlink_page(number: int) -> str:
    return f"/rest/v3/short-urls?page={number}&itemsPerPage=2&orderBy=dateCreated-ASC"


def shlink(side: FarSide, *codes: str, **more: Any) -> None:
    pages = (len(codes) + 1) // 2
    for number in range(1, pages + 1):
        found = [shlink_link(code, **more) for code in codes[2 * number - 2 : 2 * number]]
        paging = {"currentPage": number, "pagesCount": pages, "totalItems": len(codes)}
        side.replies[shlink_page(number)] = gives({"shortUrls": {"data": found, "pagination": paging}})


def begin(store: Store, side: FarSide, source: str = "shlink", path: str = "") -> LinkImport:
    return link_imports.from_service(store, far_links.far(source, side.url(path), KEY), now=NOW)


def go_on(store: Store, fetcher: Fetcher = LOOPBACK) -> LinkImport:
    while link_imports.step(store, fetcher, own_hosts=frozenset({"go.example"}), seconds=60):
        pass
    found = link_imports.last(store)
    assert found is not None
    return found


def error(store: Store, side: FarSide, source: str = "shlink", fetcher: Fetcher = LOOPBACK) -> str:
    begin(store, side, source)
    found = go_on(store, fetcher)
    assert found.stage == "failed"
    assert settings.get(store, import_records.KEY) is None
    return found.error


def test_shlink_is_read_to_its_last_page_and_counts_people_only(store: Store, side: FarSide) -> None:
    shlink(side, "d", "b", "X1")
    begin(store, side)
    assert settings.get(store, import_records.KEY) == KEY
    found = go_on(store)
    assert (found.stage, found.rows, found.total, found.host, found.counts["take"]) == ("looked", 3, 3, "sho.rt", 3)
    assert settings.get(store, import_records.KEY) is None
    assert side.asked() == [f"GET {shlink_page(1)}", f"GET {shlink_page(2)}"]
    assert all(f"X-Api-Key: {KEY}\r\n" in request for request in side.seen)
    link_imports.take(store, found.id)
    go_on(store)
    link = links.get(store, "x1")
    assert link.before is not None
    assert (link.before.clicks, link.before.source, link.before.id) == (12, "shlink", "https://sho.rt/X1")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"meta": {"maxVisits": 10}}, "ends there after a number of visits"),
        ({"meta": {"validSince": "2099-01-01T00:00:00Z"}}, "does not work there yet"),
        ({"hasRedirectRules": True}, "leads to several targets there"),
    ],
)
def test_what_shlink_does_and_we_do_not_stays_there(
    store: Store, side: FarSide, more: dict[str, Any], why: str
) -> None:
    shlink(side, "d", **more)
    begin(store, side)
    found = go_on(store)
    ((_row, kind, reason),) = import_records.left_over(store, found.id)
    assert (found.counts["refused"], kind) == (1, "refused")
    assert why in reason


def test_yourls_is_asked_by_post_so_that_its_secret_is_in_no_address(store: Store, side: FarSide) -> None:
    pages = [["d", "b"], ["Xy"], []]

    def reply(_method: str, _path: str, connection: socket.socket) -> None:
        found = {
            f"link_{number}": {
                "shorturl": f"https://sho.rt/go/{code}",
                "url": f"https://pots.example/{code}",
                "title": "",
                "timestamp": "2024-03-01 10:00:00",
                "ip": "10.0.0.1",
                "clicks": "12",
            }
            for number, code in enumerate(pages[len(side.seen) - 1], 1)
        }
        told = {"stats": {"total_links": "3", "total_clicks": "36"}, "statusCode": "200", "message": "success"}
        gives(told | ({"links": found} if found else {}))("POST", "", connection)

    side.replies["/go/yourls-api.php"] = reply
    begin(store, side, "yourls", "/go/")
    found = go_on(store)
    assert (found.stage, found.rows, found.counts["take"]) == ("looked", 3, 3)
    assert side.asked() == 3 * ["POST /go/yourls-api.php"]
    assert [f"start={start}&" in body.decode() for start, body in zip((0, 2, 3), side.bodies, strict=True)] == 3 * [
        True
    ]
    assert all(f"signature={KEY}".encode() in body for body in side.bodies)
    assert not any(KEY in request for request in side.seen)


def test_kutt_is_read_to_as_many_as_it_says(store: Store, side: FarSide) -> None:
    for skip, codes in ((0, "db"), (2, "x")):
        found = [
            {"id": code, "address": code, "link": f"https://kutt.example/{code}", "target": "https://pots.example/",
             "visit_count": 7, "created_at": "2024-03-01T10:00:00.000Z", "password": False, "banned": False}
            for code in codes
        ]  # fmt: skip
        side.replies[f"/api/v2/links?limit=2&skip={skip}"] = gives(
            {"total": 3, "limit": 2, "skip": skip, "data": found}
        )
    begin(store, side, "kutt")
    looked = go_on(store)
    assert (looked.stage, looked.rows, looked.counts["take"]) == ("looked", 3, 3)
    assert all(f"X-API-KEY: {KEY}\r\n" in request for request in side.seen)


def test_one_that_stumbles_at_page_3_is_asked_again_and_goes_on_there(store: Store, side: FarSide) -> None:
    shlink(side, *"abdefg")
    whole, tries = side.replies[shlink_page(3)], iter([says("503 Busy"), says("502 Bad"), is_nothing])

    def stumbles(*rest: Any) -> None:
        next(tries, whole)(*rest)

    side.replies[shlink_page(3)] = stumbles
    begin(store, side)
    assert link_imports.step(store, LOOPBACK, own_hosts=frozenset(), seconds=60) == 2
    waiting = link_imports.last(store)
    assert waiting is not None
    assert (waiting.stage, waiting.rows, waiting.tries) == ("reading", 4, 1)
    assert "Shlink" in waiting.error
    found = go_on(store)
    assert (found.stage, found.rows, found.error) == ("looked", 6, "")
    assert side.asked().count(f"GET {shlink_page(1)}") == 1


def is_nothing(_method: str, _path: str, connection: socket.socket) -> None:
    """The connection ends without an answer."""
    connection.shutdown(socket.SHUT_RDWR)


def test_one_that_never_answers_is_given_up(store: Store, side: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_links, "SECONDS", 0.05)
    monkeypatch.setattr(link_imports, "_MOST_TRIES", 2)
    side.replies[shlink_page(1)] = is_silent
    begin(store, side)
    assert link_imports.step(store, LOOPBACK, own_hosts=frozenset(), seconds=60) == 0
    assert go_on(store).stage == "failed"
    assert "Shlink cannot be reached: It did not answer in time." in go_on(store).error
    assert len(side.seen) == 2 * 3


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (says("401 Unauthorized"), "Shlink answered 401: the key is wrong."),
        (says("403 Forbidden"), "Shlink answered 403: the key is wrong."),
        (says("404 Not Found"), "Shlink answered 404: there is nothing at this address that gives its links."),
        (says("400 Bad Request"), "Shlink answered with status 400."),
        (says("302 Found", "Location: http://127.0.0.1:1/"), "Shlink sends on to http://127.0.0.1:1/"),
        (says("200 OK", body=b"<html>"), "Shlink answered something else than its links. Is the address right?"),
        (says("200 OK", body=b"[" * 100_000), "Shlink answered something else than its links. Is the address right?"),
        (
            gives({"shortUrls": {"data": [{}] * 10_001}}),
            "Shlink answered something else than its links. Is the address right?",
        ),
        (gives([1]), "Shlink answered something else than its links. Is the address right?"),
        (gives({"shortUrls": {"data": [1]}}), "Shlink answered something else than its links. Is the address right?"),
        (gives({"shortUrls": {"data": []}}), "There are no links there."),
    ],
)
def test_what_it_answers_instead_is_told_and_the_key_forgotten(
    store: Store, side: FarSide, reply: Reply, told: str
) -> None:
    side.replies[shlink_page(1)] = reply
    assert told in error(store, side)
    assert len(side.seen) == 1


def test_the_key_goes_to_no_other_place_that_a_redirect_names(store: Store, side: FarSide) -> None:
    with running() as other:
        side.replies[shlink_page(1)] = says("307 Moved", f"Location: {other.url()}")
        assert "Shlink sends on to" in error(store, side)
        assert other.seen == []


def test_of_an_answer_without_end_no_more_is_read_than_a_page_may_have(
    store: Store, side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_links, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(far_links, "SECONDS", 5.0)
    lengths, check = [], far_links._check
    monkeypatch.setattr(far_links, "_check", lambda got, label: (lengths.append(len(got.body)), check(got, label)))
    side.replies[shlink_page(1)] = pours(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n")
    assert error(store, side) == "Shlink answered more than 1 MiB for one page."
    assert lengths == [1 << 20]


def test_pages_without_end_are_no_more_than_there_is_room_for(
    store: Store, side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_records, "MOST_ROWS", 9)
    for number in range(1, 20):
        paging = {"currentPage": number, "pagesCount": 10**9}
        found = [shlink_link(f"a{number}"), shlink_link(f"b{number}")]
        side.replies[shlink_page(number)] = gives({"shortUrls": {"data": found, "pagination": paging}})
    assert "has more than 9 links" in error(store, side)


def test_a_private_address_is_not_asked_unless_it_is_listed(store: Store, side: FarSide) -> None:
    shlink(side, "a")
    nobody = Fetcher(allowed=addresses.allowed([]), agent="test")
    told = error(store, side, fetcher=nobody)
    assert "has the address 127.0.0.1, which is not a public one." in told
    assert "SHORTLINKS_ALLOW_FETCH" in told
    assert side.seen == []


def test_begun_again_it_goes_on_and_takes_the_new_key(store: Store, side: FarSide) -> None:
    shlink(side, "a", "b", "x")
    first = begin(store, side)
    link_imports.step(store, LOOPBACK, own_hosts=frozenset(), seconds=0)
    again = link_imports.from_service(store, far_links.far("shlink", side.url(), "another-key"), now=NOW + 1)
    assert (again.id, again.rows) == (first.id, 2)
    assert settings.get(store, import_records.KEY) == "another-key"
    with pytest.raises(Conflict):
        begin(store, side, "kutt")
    link_imports.discard(store, first.id)
    assert settings.get(store, import_records.KEY) is None
    assert store.redis.exists(keys.LINK_IMPORT) == 0


@pytest.mark.parametrize(
    ("source", "address", "key", "fields"),
    [
        ("bitly", "https://sho.rt", KEY, ["source"]),
        ("shlink", "not an address", "", ["address", "key"]),
        ("shlink", "https://ada:pw@sho.rt", KEY, ["address"]),
        ("shlink", "https://sho.rt", "a\r\nX-Other: b", ["key"]),
        ("shlink", "https://sho.rt", "k" * 501, ["key"]),
        (None, None, None, ["source", "address", "key"]),
    ],
)
def test_who_is_asked_has_to_be_named_whole(source: Any, address: Any, key: Any, fields: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        far_links.far(source, address, key)
    assert [field for field, _message in caught.value.errors] == fields


def test_the_key_is_in_no_text_of_it() -> None:
    asked = far_links.far("shlink", "https://sho.rt/?x#y", KEY)
    assert asked.address == "https://sho.rt"
    assert KEY not in repr(asked)
    with pytest.raises(FarError) as caught:
        far_links.page(
            Fetcher(allowed=addresses.allowed([]), agent="t"),
            far_links.Far("shlink", "http://127.0.0.1", KEY),
            1,
            0,
            now=NOW,
        )
    assert KEY not in str(caught.value)


def test_the_guarded_fetcher_takes_more_only_when_it_is_told(side: FarSide) -> None:
    side.replies["/"] = says("200 OK", body=b"x" * 100_000)
    assert len(LOOPBACK.fetch(side.url()).body) == fetching.MOST_BYTES
    assert len(LOOPBACK.ask(side.url(), headers={}, most=1 << 20).body) == 100_000
