"""/clicks"""

import csv
import io
import json

import pytest
from api_cast import IPHONE, Person, assert_problem, click, new_post

from shortlinks import store as stores
from shortlinks import times
from shortlinks.web.api import clicks

Store = stores.Store
AT = 1_795_300_000_123  # 2026-11-21T22:26:40.123Z
HOSTILE = ["=cmd()", "+1", "-1", "@SUM(A1)", "＝cmd()", "<script>alert(1)</script>", 'a"b,c\\d', "Ünï 🍂"]


def latin1(text: str) -> str:
    """`text` as WSGI hands it over."""
    return text.encode().decode("latin-1")


def test_a_click_tells_everything_but_who_it_was(ada: Person, ben: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    click(store, slug, AT, referrer="https://l.instagram.com")
    items = ben.get(f"/clicks?post={post['id']}").get_json()["items"]
    assert len(items) == 1
    found = items[0]
    assert found.pop("id").startswith(f"{slug}.")
    assert found == {
        "at": "2026-11-21T22:26:40.123Z",
        "slug": slug,
        "post_id": post["id"],
        "target": "https://shop.example/new",
        "reason": "human",
        "app": "Instagram",
        "device": "phone",
        "os": "iOS",
        "browser": found["browser"],
        "country": "DE",
        "referrer": "https://l.instagram.com",
        "user_agent": IPHONE,
        "method": "GET",
    }


def test_a_click_keeps_the_target_it_went_to(ada: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    click(store, slug, AT)
    ada.patch(f"/links/{slug}", {"target": "https://shop.example/2"})
    click(store, slug, AT + times.HOUR)
    targets = [item["target"] for item in ada.get(f"/clicks?post={post['id']}").get_json()["items"]]
    assert targets == ["https://shop.example/new", "https://shop.example/2"]


def test_pages_hold_every_click_once_while_more_come(ada: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    click(store, slug, AT, count=5)
    seen, cursor = [], ""
    while cursor is not None:
        page = ada.get(f"/clicks?post={post['id']}&limit=2" + (f"&cursor={cursor}" if cursor else "")).get_json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if len(seen) == 2:
            click(store, slug, AT + times.HOUR)
    assert len(seen) == len(set(seen)) == 6
    assert_problem(ada.get(f"/clicks?post={post['id']}&cursor=nonsense"), 422, "cursor")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from=2026-11-21T23:00:00Z", [1, 2]),
        ("to=2026-11-21T23:26:40.123Z", [0]),
        ("from=2026-11-21T23:26:40.123Z&to=2026-11-22T00:26:40.123Z", [1]),
        ("from=2026-11-22T00:00:00%2B01:00&to=2026-11-22T01:00:00+01:00", [1]),
        ("from=2027-01-01T00:00:00Z", []),
    ],
)
def test_from_is_included_and_to_is_not(ada: Person, store: Store, query: str, expected: list[int]) -> None:
    post = new_post(ada)
    for number in range(3):
        click(store, post["links"][0]["slug"], AT + number * times.HOUR)
    items = ada.get(f"/clicks?post={post['id']}&{query}").get_json()["items"]
    assert [item["at"] for item in items] == [times.rfc3339(AT + number * times.HOUR) for number in expected]


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize("value", ["yesterday", "2026-11-21", "2026-13-01T00:00:00Z", "%00", "0001-01-01T00:00:00Z"])
def test_it_names_the_time_that_is_none(ada: Person, name: str, value: str) -> None:
    post = new_post(ada)
    assert_problem(ada.get(f"/clicks?post={post['id']}&{name}={value}"), 422, name)


def test_ndjson_streams_them_all(ada: Person, store: Store) -> None:
    post = new_post(ada)
    click(store, post["links"][0]["slug"], AT, count=1_203)
    answer = ada.get(f"/clicks?post={post['id']}", headers={"Accept": "application/x-ndjson"})
    assert answer.mimetype == "application/x-ndjson"
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 1_203
    assert json.loads(lines[0]) == ada.get(f"/clicks?post={post['id']}&limit=1").get_json()["items"][0]


def test_a_line_of_ndjson_is_one_line_for_every_reader(ada: Person, store: Store) -> None:
    post = new_post(ada)
    odd = "a\u2028b\u0085c\u2029d"
    (line,) = clicks.to_ndjson([{"user_agent": odd}])
    assert line.splitlines() == [line.removesuffix("\n")]
    assert json.loads(line) == {"user_agent": odd}
    click(store, post["links"][0]["slug"], AT, agent=latin1("x\u2028y"))
    answer = ada.get(f"/clicks?post={post['id']}", headers={"Accept": "application/x-ndjson"})
    assert len(answer.get_data(as_text=True).splitlines()) == 1


def test_csv_streams_them_all_and_spreadsheets_run_nothing(ada: Person, store: Store) -> None:
    post = new_post(ada)
    for number, agent in enumerate(HOSTILE):
        click(store, post["links"][0]["slug"], AT + number, agent=latin1(agent), referrer=latin1(agent))
    answer = ada.get(f"/clicks?post={post['id']}", headers={"Accept": "text/csv"})
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="clicks-{post["id"]}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    assert [row["user_agent"] for row in rows] == [f"'{text}" if text[0] in "=+-@＝" else text for text in HOSTILE]
    assert not [cell for row in rows for cell in row.values() if cell.startswith((*"=+-@＝＋－＠", "\t", "\r"))]


def test_hostile_text_is_text_in_json(ada: Person, store: Store) -> None:
    post = new_post(ada)
    for number, agent in enumerate(HOSTILE):
        click(store, post["links"][0]["slug"], AT + number, agent=latin1(agent))
    items = ada.get(f"/clicks?post={post['id']}").get_json()["items"]
    assert [item["user_agent"] for item in items] == HOSTILE


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("image/png", "application/json"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/*", "text/csv"),
    ],
)
def test_accept_chooses_the_form(ada: Person, store: Store, accept: str, mimetype: str) -> None:
    post = new_post(ada)
    assert ada.get(f"/clicks?post={post['id']}", headers={"Accept": accept}).mimetype == mimetype


def test_an_empty_csv_still_has_its_header(ada: Person) -> None:
    post = new_post(ada)
    text = ada.get(f"/clicks?post={post['id']}", headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert text.startswith("id,at,slug,post_id,target,reason,")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    "cursor",
    [
        "%3D99999999999999999999-0.0",
        "%3E0-99999999999999999999.0",
        f"%3E{2**64 - 1}-{2**64 - 1}.-1",
        "%3D%D9%A1-%D9%A1.0",
        "%3D1-1.%D9%A1",
    ],
)
def test_a_cursor_that_no_stream_can_hold_is_named(ada: Person, cursor: str) -> None:
    assert_problem(ada.get(f"/clicks?post={new_post(ada)['id']}&cursor={cursor}"), 422, "cursor")
