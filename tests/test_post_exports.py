import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.posts import post_fields
from shortlinks.snapshots import post_exports, snapshots
from tests.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")
INSTAGRAM = (
    "Post ID,Account ID,Account username,Account name,Description,Duration (sec),Publish time,Permalink,Post type,"
    "Data comment,Date,Views,Reach,Likes,Shares,Follows,Comments,Saves"
)
REEL = {
    **{"Post ID": "17900000000000001", "Account ID": "1", "Description": "Bag", "Publish time": "09/15/2026 18:00"},
    **{"Permalink": "https://www.instagram.com/reel/DAbc-1/", "Date": "Lifetime", "Views": "15,000", "Likes": "931"},
    **{"Reach": "9000", "Shares": "7", "Comments": "14", "Saves": "--"},
}
YOUTUBE = (
    "Content,Video title,Video publish time,Duration,Likes,Dislikes,Views,Watch time (hours),Thumbnail impressions"
)


def table(header: str, *rows: Mapping[str, str], separator: str = ",") -> str:
    """A file with this header, a row for each mapping of names to cells."""
    out = io.StringIO()
    names = next(csv.reader([header]))
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def read(data: str | bytes) -> post_exports.Found:
    return post_exports.read(data.encode() if isinstance(data, str) else data, now=NOW, tz=BERLIN)


def numbers(row: post_exports.Row) -> dict[str, int]:
    return {name: count.value for name, count in row.counts.items()}


def refused(data: str | bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(data)
    ((field, message),) = caught.value.errors
    assert field == "file"
    return message


def test_a_row_of_instagrams_file_becomes_a_post_with_its_numbers():
    found = read(b"\xef\xbb\xbf" + table(INSTAGRAM, REEL).encode())
    (row,) = found.rows
    assert (found.export.platform, found.left) == ("instagram", ())
    assert (row.line, row.native_id, row.title) == (2, "17900000000000001", "Bag")
    assert row.permalink == "https://www.instagram.com/reel/DAbc-1/"
    assert row.published_at is not None
    assert times.rfc3339(row.published_at) == "2026-09-15T16:00:00Z"
    assert numbers(row) == {"views": 15_000, "likes": 931, "reach": 9_000, "comments": 14, "shares": 7}


@pytest.mark.parametrize(
    ("header", "cells", "platform", "expected"),
    [
        (YOUTUBE, ("dQw4w9WgXcQ", "A", "Sep 1, 2026", "60", "5", "1", "100", "2", "900"), "youtube", {"views": 100, "likes": 5}),
        (
            "Videos,Videotitel,Veröffentlichungszeitpunkt des Videos,Dauer,Aufrufe,Wiedergabezeit (Stunden),Impressionen",
            ("dQw4w9WgXcQ", "A", "01.09.2026", "60", "1.500", "2,5", "900"),
            "youtube",
            {"views": 1_500},
        ),
        (
            "Contenido,Título del video,Hora de publicación del video,Vistas,Impresiones",
            ("dQw4w9WgXcQ", "A", "1 sept 2026", "1.500", "900"),
            "youtube",
            {"views": 1_500},
        ),
        (
            "Video title,Video link,Post time,Total likes,Total comments,Total shares,Total views,Add to favorites",
            ("A", "https://www.tiktok.com/@me/video/7300000000000000001", "August 31", "1.2K", "3", "4", "undefined", "6"),
            "tiktok",
            {"likes": 1_200, "comments": 3, "shares": 4, "saves": 6},
        ),
        (
            "Título del video,Hora de publicación,Enlace del video,Visualizaciones totales,Me gusta totales,Veces compartido",
            ("A", "10 de febrero", "https://www.tiktok.com/@me/video/7300000000000000001", "100", "3", "4"),
            "tiktok",
            {"views": 100, "likes": 3, "shares": 4},
        ),
        (
            "Beitrags-ID,Konto-ID,Beschreibung,Veröffentlichungszeit,Permalink,Datum,Aufrufe,Reichweite,Kommentare",
            ("1", "2", "A", "15.09.2026 18:00", "https://www.instagram.com/p/X/", "Gesamt", "1.500", "900", "3"),
            "instagram",
            {"views": 1_500, "reach": 900, "comments": 3},
        ),
        (
            'Post ID,Page ID,Page name,Title,Description,Publish time,Permalink,Views,Reach,"Reactions, Comments and Shares",'
            "Reactions,Comments,Shares,Total clicks,Link clicks",
            ("1", "2", "P", "A", "", "09/15/2026", "https://www.facebook.com/reel/5", "9", "8", "7", "6", "5", "4", "3", "2"),
            "facebook",
            {"views": 9, "reach": 8, "likes": 6, "comments": 5, "shares": 4, "link_taps": 2},
        ),
        (
            "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,Replies,Reposts,Profile visits,"
            "URL Clicks,Permalink Clicks",
            ("5", "Tue, Jul 14, 2026", "A", "https://x.com/me/status/5", "900", "8", "7", "6", "5", "4", "3", "2", "1", "0"),
            "x",
            {"views": 900, "likes": 8, "saves": 6, "shares": 5, "comments": 4, "profile_visits": 2, "link_taps": 1},
        ),
        (
            "Tweet id,Tweet permalink,Tweet text,time,impressions,retweets,replies,likes,url clicks",
            ("5", "https://twitter.com/me/status/5", "A", "2026-08-15 13:12:39 +0000", "900", "8", "7", "6", "5"),
            "x",
            {"views": 900, "shares": 8, "comments": 7, "likes": 6, "link_taps": 5},
        ),
        (
            "Post title,Post link,Post type,Created date,Impressions,Views,Clicks,Likes,Comments,Reposts",
            ("A", "https://www.linkedin.com/feed/update/urn:li:activity:5", "", "09/15/2026", "9", "8", "7", "6", "5", "4"),
            "linkedin",
            {"views": 9, "likes": 6, "comments": 5, "shares": 4},
        ),
        (
            "Post URL,Post Publish Date,Engagements,,Post URL,Post Publish Date,Impressions",
            ("https://www.linkedin.com/x/1", "9/1/2026", "7", "", "https://www.linkedin.com/x/2", "9/2/2026", "900"),
            "linkedin",
            {"views": 900},
        ),
        (
            "Pin URL,Pin title,Impressions,Engagements,Pin clicks,Outbound clicks,Saves",
            ("https://www.pinterest.com/pin/5/", "A", "900", "8", "7", "6", "5"),
            "pinterest",
            {"views": 900, "link_taps": 6, "saves": 5},
        ),
    ],
)  # fmt: skip
def test_each_platforms_file_is_told_by_some_of_its_columns(header: str, cells: Sequence[str], platform, expected):
    data = table(header) + table(
        ",".join(map(str, range(len(cells)))), dict(zip(map(str, range(99)), cells, strict=False))
    )
    kept = data.replace("\r\n", "\n").split("\n")
    found = read("\n".join((kept[0], kept[2])))
    (row,) = found.rows
    assert (found.export.platform, numbers(row)) == (platform, expected)
    assert row.published_at is not None or platform == "pinterest"
    assert row.permalink


def test_of_two_tables_side_by_side_each_number_stays_with_its_own_post():
    header = "Post URL,Post publish date,Engagements,,Post URL,Post publish date,Impressions\n"
    above = "Maximum of 50 posts available to include in this list\n\n"
    found = read(above + header + "https://li.example/1,9/1/2026,7,,https://li.example/2,9/2/2026,900\n")
    assert [(row.line, row.permalink, numbers(row)) for row in found.rows] == [
        (4, "https://li.example/2", {"views": 900})
    ]


def test_a_video_without_an_address_gets_one_from_its_id():
    (row,) = read(table(YOUTUBE, {"Content": "dQw4w9WgXcQ", "Views": "5"})).rows
    assert row.permalink == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Post ID": "Total", "Permalink": ""}, "is the sum of all"),
        ({"Date": "2026-09-15"}, "is of one day, not of all the time since it was published"),
        ({"Post ID": "", "Permalink": "", "Description": ""}, "names no post"),
        (dict.fromkeys(("Views", "Likes", "Reach", "Shares", "Comments"), "undefined"), "holds no numbers"),
        ({"Likes": "many"}, "has 'many' for its likes, which is no count"),
        ({"Views": "-5"}, "has '-5' for its views, which is no count"),
    ],
)
def test_a_row_that_cannot_be_taken_is_left_with_the_reason_and_the_others_stay(changed, why):
    found = read(table(INSTAGRAM, REEL | changed, REEL | {"Permalink": "https://www.instagram.com/p/B/"}))
    assert [(left.line, left.why) for left in found.left] == [(2, why)]
    assert [row.line for row in found.rows] == [3]


def test_of_two_rows_of_one_post_the_first_is_taken():
    found = read(table(INSTAGRAM, REEL, REEL | {"Views": "1"}))
    assert [(left.line, left.why) for left in found.left] == [(3, "is of the same post as row 2")]


def test_an_id_that_a_spreadsheet_has_rounded_is_no_id():
    (row,) = read(table(INSTAGRAM, REEL | {"Post ID": "1.79E+16"})).rows
    assert row.native_id == ""


def test_the_longest_of_several_titles_is_taken_and_cut_to_one_line():
    header = "Post ID,Page ID,Title,Description,Permalink,Views"
    row = {"Post ID": "1", "Page ID": "2", "Title": "Bag", "Description": "Bag\nof\x07  " + "x" * 500, "Views": "5"}
    (read_row,) = read(table(header, row)).rows
    assert read_row.title.startswith("Bag of xxx")
    assert post_fields.title(read_row.title, "title") == read_row.title


def test_a_file_of_days_is_told_apart():
    assert "profile's page" in refused("Date,Video Views,Profile Views,Likes,Comments,Shares\nMay 1,1,1,1,1,1\n")
    days = "Date,Content,Video title,Video publish time,Duration,Views\n2026-09-01,dQw4w9WgXcQ,A,,60,5\n"
    assert "it seems to hold days: its columns are Date, Content" in refused(days)
    assert "it seems to hold days" in refused('sep=,\n"Views"\n"Date","Primary"\n"2025-08-01","5"\n'.encode("utf-16"))


def test_an_unknown_file_is_told_what_was_looked_for_and_what_it_has():
    said = refused("Name,Amount\na,5\n")
    assert "Instagram's posts from Meta Business Suite (Post ID, Account ID, Permalink)" in said
    assert said.endswith("Its columns are Name, Amount")
    assert all(export.name in said for export in post_exports.all_())


def test_of_an_unknown_file_no_more_is_read_for_each_separator_than_where_a_header_stands(monkeypatch):
    read_rows = Counter[str]()
    whole = csv.reader

    def counting(source: Iterable[str], delimiter: str) -> Iterator[list[str]]:
        for cells in whole(source, delimiter=delimiter):
            read_rows[delimiter] += 1
            yield cells

    monkeypatch.setattr(csv, "reader", counting)
    assert "Its columns are Name, Amount" in refused("Name,Amount\n" + "a,5\n" * 1_000)
    assert read_rows[","] < 1_100
    assert max(read_rows[";"], read_rows["\t"]) < 100


def test_columns_are_looked_for_among_the_first_thousand():
    assert read(YOUTUBE + "," * 900 + "\nabc,A,,60,3,,5,,\n").rows
    assert "Its columns are" in refused("x," * 1_000 + YOUTUBE + "\n" + "," * 1_000 + "abc,A,,60,3,,5,,\n")


@pytest.mark.parametrize("data", ["", "\n\n", YOUTUBE, f"{YOUTUBE}\n{'a,b,c,d,1,1,1,1,1' * 1}\n" * 3_002])
def test_a_file_without_posts_or_with_too_many_rows_is_refused(data):
    assert refused(data)


def test_every_number_of_a_snapshot_may_stand_in_a_file_and_no_other():
    assert post_exports.NUMBERS == snapshots.NUMBERS
    assert {number for export in post_exports.all_() for number in export.columns} >= set(snapshots.NUMBERS)


CELLS = st.sampled_from(
    ["", "Total", "undefined", "--", "5", "1.500", "1,2", "-1", "9" * 30, "08/09/2026", "May 1"]
) | st.text(max_size=12)


@given(
    st.sampled_from(post_exports.all_()),
    st.lists(st.lists(CELLS, min_size=1, max_size=12), max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(",;\t"),
    st.data(),
)
def test_whatever_stands_below_a_header_each_row_is_taken_or_left(export, rows, encoding, separator, data):
    names = [name for column in export.columns.values() for name in column[:1]]
    names = data.draw(st.permutations(names))
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([names, *rows])
    try:
        found = read(out.getvalue().encode(encoding))
    except Invalid as invalid:
        assert all(field == "file" for field, _ in invalid.errors)  # noqa: PT017 - either outcome is fine
        return
    taken = [each.line for each in (*found.rows, *found.left)]
    assert len(set(taken)) == len(taken)
    for row in found.rows:
        assert row.counts
        assert row.permalink or row.native_id or row.title
        assert not row.title or post_fields.title(row.title, "title") == row.title


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_spoilt_file_is_read_or_refused(noise, at):
    data = table(INSTAGRAM, REEL).encode()
    try:
        read(data[:at] + noise + data[at:])
    except Invalid as invalid:
        assert all(field == "file" for field, _ in invalid.errors)  # noqa: PT017 - either outcome is fine
