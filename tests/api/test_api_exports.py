"""/export: everything as NDJSON, and tables of posts, funnels and clicks as CSV and as workbooks."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from api_cast import Person, assert_problem, click, new_post
from apiflask import APIFlask
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.backups import export
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.rollups import rollups
from shortlinks.store import Store
from shortlinks.web import downloads
from tests.clicking import own_server

AT = 1_795_300_000_123  # 2026-11-21T22:26:40.123Z
HOSTILE = "=1+1"
TABLES = [f"/export/{name}" for name in downloads.TABLES]


def rows(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode(), newline="")))


def cells(person: Person, path: str) -> list[dict[str, Any]]:
    answer = person.get(path, headers={"Accept": downloads.XLSX})
    assert answer.status_code == 200
    assert answer.mimetype == downloads.XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    head, *found = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in found]


def published(person: Person, title: str, **fields: Any) -> dict[str, Any]:
    return new_post(person, title=title, published_at=times.rfc3339(AT - times.DAY), **fields)


@pytest.mark.parametrize("path", ["/export", *TABLES])
def test_a_stranger_gets_nothing(eve: Person, path: str) -> None:
    assert_problem(eve.get(path), 401)


def test_who_may_read_gets_tables_and_not_the_hashes_in_everything(ben: Person) -> None:
    assert_problem(ben.get("/export"), 403)
    assert [rows(ben.get(path)) for path in TABLES] == [[], [], []]


def test_everything_can_be_read_into_an_empty_service(ada: Person, store: Store, tmp_path: Path) -> None:
    post = published(ada, HOSTILE)
    click(store, post["links"][0]["slug"], AT, count=3)
    answer = ada.get("/export")
    assert answer.mimetype == "application/x-ndjson"
    assert answer.headers[downloads.UNSHIPPED] == "0"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="shortlinks-20')
    path = tmp_path / "all.ndjson"
    path.write_bytes(answer.get_data())
    with own_server() as server:
        other = server.store
        export.read(other, path)
        assert posts.get(other, post["id"]) == posts.get(store, post["id"])
        assert rollups.totals(other, [post["id"]]) == rollups.totals(store, [post["id"]])


def test_everything_is_what_the_command_writes(ada: Person, store: Store, tmp_path: Path) -> None:
    click(store, published(ada, "Mugs")["links"][0]["slug"], AT, count=3)
    export.write(store, tmp_path / "all.ndjson")
    written = (tmp_path / "all.ndjson").read_bytes().splitlines()
    said = ada.get("/export").get_data().splitlines()
    assert said[1:-1] == written[1:-1]
    assert json.loads(said[-1])["lines"] == len(said) - 1


def test_half_an_import_is_not_given_out_as_everything(ada: Person, store: Store) -> None:
    settings.put(store, nouns.IMPORTING, "counts abc")
    assert "import" in assert_problem(ada.get("/export"), 503)["detail"].lower()


def test_posts_are_rows_with_what_they_brought(ada: Person, store: Store) -> None:
    first = published(
        ada, HOSTILE, tags=["+sale", "mugs"], notes='a\n"b",c', permalink="https://www.instagram.com/reel/A1/"
    )
    second = published(ada, "Plain")
    ada.delete(f"/posts/{second['id']}")
    click(store, first["links"][0]["slug"], AT, count=2)
    new, old = rows(ada.get("/export/posts"))
    assert (new["post_id"], new["archived"]) == (second["id"], "true")
    assert old["post_id"] == first["id"]
    assert (old["title"], old["tags"], old["notes"]) == (HOSTILE, "+sale, mugs", 'a\n"b",c')
    assert (old["clicks"], old["hits"], old["conversions"]) == ("2", "2", "0")
    assert old["links"] == first["links"][0]["slug"]
    assert old["published_at"] == times.rfc3339(AT - times.DAY)
    assert (old["followers"], old["handle"]) == ("", "")


def test_a_workbook_has_numbers_and_dates_in_the_creators_time_and_no_formula(ada: Person, store: Store) -> None:
    settings.put(store, settings.TIMEZONE, "Europe/Berlin")
    post = published(ada, HOSTILE)
    click(store, post["links"][0]["slug"], AT, agent="@SUM(1)", count=2)
    (row,) = cells(ada, "/export/posts")
    assert row["title"] == HOSTILE
    assert row["hits"] == 2
    assert row["published_at (Europe/Berlin)"] == datetime(2026, 11, 20, 23, 26, 40, 123000)
    (seen, _) = cells(ada, "/export/clicks")
    assert seen["user_agent"] == "@SUM(1)"
    assert seen["at (Europe/Berlin)"] == datetime(2026, 11, 21, 23, 26, 40, 123000)


def test_clicks_are_those_of_the_list_of_clicks(ada: Person, store: Store) -> None:
    first, second = published(ada, "A"), published(ada, "B")
    click(store, first["links"][0]["slug"], AT, count=40, agent=HOSTILE)
    ada.patch(f"/links/{second['links'][0]['slug']}", {"target": "https://shop.example/2"})
    click(store, second["links"][0]["slug"], AT, count=2, referrer="https://t.co")
    listed = [
        {name: "" if value is None else value for name, value in item.items()}
        for post in (second, first)
        for item in ada.get(f"/clicks?post={post['id']}&limit=200").get_json()["items"]
    ]
    assert len(listed) == 42
    assert rows(ada.get("/export/clicks")) == listed


def _funnel(person: Person, post_id: str) -> dict[str, Any]:
    return person.get(f"/posts/{post_id}/funnel").get_json()


def test_a_funnels_row_is_the_funnel(ada: Person, store: Store) -> None:
    made = []
    for number in range(6):
        post = published(ada, f"Reel {number}")
        slug = post["links"][0]["slug"]
        click(store, slug, AT - number * times.HOUR, count=30 + number)
        click(store, slug, AT + 3 * times.HOUR, count=5)
        noted = {"views": "1.2K", "likes": 90 + number, "taken_at": times.rfc3339(AT + times.HOUR)}
        assert ada.post(f"/posts/{post['id']}/snapshots", noted).status_code == 201
        made.append(post)
    slug = made[0]["links"][0]["slug"]
    for number, (amount, code) in enumerate([(1_999, "EUR"), (500, "JPY"), (1, "EUR"), (None, None)]):
        sale = {"external_id": f"o{number}", "kind": "sale", "slug": slug, "occurred_at": times.rfc3339(AT)}
        sale |= {} if code is None else {"amount_minor": amount, "currency": code}
        assert ada.post("/conversions", sale).status_code == 201
    back = {"external_id": "r0", "kind": "refund", "refunds": "o0", "amount_minor": -999, "currency": "EUR"}
    assert ada.post("/conversions", back).status_code == 201
    found = {row["post_id"]: row for row in rows(ada.get("/export/funnels"))}
    assert found.keys() == {post["id"] for post in made}
    for post in made:
        row, funnel = found[post["id"]], _funnel(ada, post["id"])
        steps = {step["name"]: step for step in funnel["steps"]}
        assert row["snapshot_at"] == funnel["snapshot_at"]
        assert {name: int(row[name]) for name in steps} == {name: step["count"] for name, step in steps.items()}
        assert int(row["clicks_at_least"]) == steps["clicks"]["at_least"]
        assert int(row["clicks_at_most"]) == steps["clicks"]["at_most"]
        assert (row["clicks_after_snapshot"], row["hits"]) == ("5", str(funnel["ledger"]["hits"]))
        rates = {rate["name"]: rate for rate in funnel["rates"]}
        assert {name for name in rates if row[name]} == rates.keys()
        for name, rate in rates.items():
            assert [float(row[f"{name}{end}"]) for end in ("", "_low", "_high")] == [
                rate["rate"],
                rate["low"],
                rate["high"],
            ]
        expected = funnel["expected"]
        assert expected["clicks"] is not None
        assert row["verdict"] == expected["verdict"]
        assert [int(row[f"expected_{end}"]) for end in ("low", "high")] == [
            expected["clicks"][end] for end in ("low", "high")
        ]
    sold, other = found[made[0]["id"]], found[made[1]["id"]]
    assert (sold["conversions"], sold["refunded"]) == ("4", "1")
    assert (sold["amount_EUR"], sold["refunded_EUR"], sold["amount_JPY"], sold["refunded_JPY"]) == (
        "20.00",
        "9.99",
        "500",
        "0",
    )
    assert other["amount_EUR"] == other["amount_JPY"] == ""
    assert cells(ada, "/export/funnels")[-1]["amount_EUR"] == 20


def test_the_bounds_of_a_shared_bio_link_are_in_its_row(ada: Person, store: Store) -> None:
    first = published(ada, "First")
    slug = first["links"][0]["slug"]
    second = new_post(ada, title="Second", published_at=times.rfc3339(AT - times.HOUR), links=[])
    click(store, slug, AT, count=4)
    assert ada.patch(f"/links/{slug}", {"post_id": second["id"]}).status_code == 200
    click(store, slug, AT + times.HOUR, count=3)
    found = {row["post_id"]: row for row in rows(ada.get("/export/funnels"))}
    for post in (first, second):
        clicks = next(step for step in _funnel(ada, post["id"])["steps"] if step["name"] == "clicks")
        assert clicks["at_least"] < clicks["count"] < clicks["at_most"]
        row = found[post["id"]]
        assert int(row["clicks_at_least"]) <= clicks["at_least"]
        assert int(row["clicks_at_most"]) >= clicks["at_most"]


def test_more_posts_than_are_read_at_once_are_all_there_once(app: APIFlask, ada: Person) -> None:
    made = [new_post(ada, title=f"Post {number}", links=[])["id"] for number in range(101)]
    assert [row["post_id"] for row in rows(ada.get("/export/posts"))] == sorted(
        made, key=lambda id_: (times.parse(ada.get(f"/posts/{id_}").get_json()["created_at"], ""), id_), reverse=True
    )
    assert len(rows(ada.get("/export/funnels"))) == 101
