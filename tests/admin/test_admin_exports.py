"""Files to take along, from the settings page."""

import csv
import io
import re
from datetime import datetime

import openpyxl
import pytest
from admin_cast import Browser
from apiflask import APIFlask

from shortlinks import times
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts.posts import Post
from shortlinks.store import Store

SETTINGS = "/admin/settings/"
FILES = re.compile(r'href="(/admin/export/[^"]+)"')


def test_each_file_that_the_page_offers_is_given_with_its_day(
    owner: Browser, reel: tuple[Post, Link], store: Store
) -> None:
    settings.put(store, settings.TIMEZONE, "Pacific/Kiritimati")
    day = datetime.fromtimestamp(times.now() / 1_000, settings.zone(store)).date()
    offered = FILES.findall(owner.get(SETTINGS).text)
    assert len(offered) == 7
    names = []
    for path in offered:
        answer = owner.get(path)
        assert answer.status_code == 200, path
        (name,) = re.findall(r'^attachment; filename="([a-z]+)-', answer.headers["Content-Disposition"])
        ending = path.rpartition(".")[2]
        assert answer.headers["Content-Disposition"].endswith(f'-{day}.{ending}"')
        assert answer.headers["Cache-Control"] == "no-store"
        names.append(f"{name}.{ending}")
        if ending == "csv":
            rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
            assert len(rows) == (0 if name == "clicks" else 1)
            assert all(row["title"] == reel[0].title for row in rows)
        elif ending == "xlsx":
            assert openpyxl.load_workbook(io.BytesIO(answer.get_data())).sheetnames == [name]
        else:
            assert '"kind": "footer"' in answer.get_data(as_text=True).splitlines()[-1]
    assert names == [
        *("posts.xlsx", "posts.csv", "funnels.xlsx", "funnels.csv", "clicks.xlsx", "clicks.csv", "shortlinks.ndjson"),
    ]


@pytest.mark.parametrize("path", ["everything.ndjson", "posts.csv", "clicks.xlsx"])
def test_nobody_else_gets_them(app: APIFlask, path: str) -> None:
    answer = app.test_client().get(f"/admin/export/{path}")
    assert answer.status_code == 303
    assert "/admin/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("path", ["posts.pdf", "settings.csv", "posts", "everything.csv"])
def test_there_are_no_others(owner: Browser, path: str) -> None:
    assert owner.get(f"/admin/export/{path}").status_code == 404
