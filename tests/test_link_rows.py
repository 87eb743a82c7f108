"""Links as other services tell of them: Bitly's and Dub's tables, YOURLS's dumps, Kutt's files, and what is none of these."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.link_imports import far_answers, left_over, link_tables, rows, text_files, yourls_dumps
from shortlinks.link_imports.rows import Row

Reader = Callable[[IO[str]], Iterator[Row]]
YEAR_2020 = 1_577_836_800_000


def read(reader: Reader, data: str | bytes) -> list[Row]:
    text, _encoding = text_files.opened(io.BytesIO(data.encode() if isinstance(data, str) else data))
    return list(reader(text))


def why(reader: Reader, data: str | bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(reader, data)
    ((field, message),) = caught.value.errors
    assert field == "file"
    return message


BITLY = (
    "Link,Custom Link,Destination URL,Title,Tags,Created,Total Engagements\n"
    'bit.ly/3xYzAb,go.pots.example/Spring,https://pots.example/spring?a=1,"Spring, early","mugs,sale",'
    '2024-03-01T10:00:00+0000,"1,234"\n'
    "bit.ly/4QqQqQ,,https://pots.example/,,,2024-03-02T10:00:00+0000,0\n"
)


def test_bitly_gives_the_ending_that_people_were_given() -> None:
    own, made_up = read(link_tables.read, BITLY)
    assert own == Row(
        number=1,
        slug="Spring",
        target="https://pots.example/spring?a=1",
        title="Spring, early",
        created_at=1_709_287_200_000,
        tags=("mugs", "sale"),
        clicks=1_234,
        host="go.pots.example",
        id="go.pots.example/Spring",
    )
    assert (made_up.slug, made_up.host, made_up.clicks, made_up.title) == ("4QqQqQ", "bit.ly", 0, "")


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Bitlink,Long URL,Title,Created,Total Clicks", "https://bit.ly/abc,https://pots.example/,A,2020-01-01,12"),
        ("long_url;title;link;created_at;clicks", "https://pots.example/;A;bit.ly/abc;2020-01-01 00:00:00;12"),
        (
            "Short link\tDestination URL\tClicks\tCreated at\tTitle",
            "https://dub.sh/abc\thttps://pots.example/\t12\t2020-01-01T00:00:00.000Z\tA",
        ),
        ("slug,target,title,created_at,clicks", "abc,https://pots.example/,A,1577836800,12"),
        ("# my links\nShort code,Long URL,Title,Date created,Visits", "abc,https://pots.example/,A,1577836800000,12"),
    ],
)
def test_columns_are_known_by_their_names_in_any_order(header: str, line: str) -> None:
    (row,) = read(link_tables.read, f"{header}\n{line}\n")
    assert (row.slug, row.target, row.title, row.created_at, row.clicks) == (
        *("abc", "https://pots.example/", "A", YEAR_2020, 12),
    )


def test_dub_gives_tags_and_what_it_does_not_say_is_unknown() -> None:
    text = 'Short link,Destination URL,Tags,Archived\nhttps://dub.sh/a/b,https://pots.example/,"mugs, bowls",false\n'
    (row,) = read(link_tables.read, text)
    assert (row.slug, row.tags, row.clicks, row.created_at) == ("a/b", ("mugs", "bowls"), None, None)


def test_an_expiry_that_cannot_be_read_bars_the_link_instead_of_being_forgotten() -> None:
    (row,) = read(link_tables.read, "slug,target,expires_at\na,https://pots.example/,next week\n")
    assert (row.expires_at, row.barred) == (None, "expiry")


def test_a_quotation_mark_that_is_not_closed_is_told_by_its_line_instead_of_swallowing_the_rest() -> None:
    head = "My links\r\n\r\nslug,target,title\r\n"
    row, after = '{},pots.example,"two\r\nlines"\r\n', "x,pots.example,X\r\n"
    for cell in ('"X', '"X ""', '"'):
        for rest in ("", "\r\n", f"\r\n{after}"):
            assert why(link_tables.read, f"{head}{row}k,pots.example,{cell}{rest}") == (
                "has a quotation mark that is not closed, in the row of line 6"
            )
    # Far from the end a cell, or a row, gets too long first.
    for rest, most in ((after * 9_000, "131,072"), ('",",\r\n' * 200_000, "1,048,576")):
        assert why(link_tables.read, f'{head}{row}k,pots.example,"X\r\n{rest}') == (
            f"has a row of more than {most} characters in line 6 and those below: perhaps a quotation mark is not closed there"
        )


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ('"a"b', "ab"),
        ('a"b', 'a"b'),
        ('5" pot', '5" pot'),
        ('"He said ""a"""', 'He said "a"'),
        ('"a\nb"', "a b"),
        ('""', ""),
        ('"a" ', "a"),
        ("'a", "'a"),
    ],
)
def test_other_quotation_marks_are_taken_as_spreadsheets_do(cell: str, title: str) -> None:
    for end in ("", "\n", "\r\n", "\n\n"):
        (row,) = read(link_tables.read, f"slug,target,title\nk,pots.example,{cell}{end}")
        assert (row.slug, row.title) == ("k", title)


MYSQLDUMP = r"""-- MySQL dump 10.13  Distrib 8.0.36
/*!40103 SET TIME_ZONE='+00:00' */;
DROP TABLE IF EXISTS `go_log`;
CREATE TABLE `go_log` (`click_id` int(11), `shorturl` varchar(200), KEY `url` (`shorturl`)) ENGINE=MyISAM;
INSERT INTO `go_log` VALUES (1,'abc; INSERT INTO `go_url` VALUES (\'evil\',\'https://evil.example/\')');
CREATE TABLE `go_options` (`option_id` bigint, `option_value` longtext);
INSERT INTO `go_options` VALUES (1,'secret');
CREATE TABLE `go_url` (
  `keyword` varchar(200) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  `url` text NOT NULL,
  `clicks` int(10) unsigned NOT NULL,
  `title` text, -- a title; or none
  `timestamp` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `ip` varchar(41) NOT NULL,
  PRIMARY KEY (`keyword`), KEY `timestamp` (`timestamp`), KEY `ip` (`ip`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
/*!40000 ALTER TABLE `go_url` DISABLE KEYS */;
INSERT INTO `go_url` VALUES ('abc','https://pots.example/?q=\'x\'',12,'It''s; (a) \"mug\" \\ é\nnew','2020-01-01 00:00:00','::1'),
('Xyz','https://pots.example/b',0,NULL,'2020-01-01 00:00:01','10.0.0.1');
INSERT INTO `go_url` VALUES (_binary 'bin','https://pots.example/c',3,'C','2020-01-01 00:00:02',''),
(0x6865780A,'https://pots.example/d',4,'D','0000-00-00 00:00:00','');
/*!40000 ALTER TABLE `go_url` ENABLE KEYS */;
"""
PHPMYADMIN = """-- phpMyAdmin SQL Dump
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
SET time_zone = "+00:00";
/* Made by hand; INSERT INTO `yourls_url` (`keyword`, `url`) VALUES ('no', 'https://pots.example/no'); */
CREATE TABLE `yourls_url` (`keyword` varchar(100) NOT NULL, `url` text NOT NULL) ENGINE=InnoDB;
INSERT INTO `yourls_url` (`ip`, `url`, `keyword`, `clicks`, `timestamp`, `title`) VALUES
('::1', 'https://pots.example/', 'abc', 12, '2020-01-01 00:00:00', 'A'),
('::1', 'https://pots.example/b', 'b', 7, '2020-01-01 00:00:00', '');
ALTER TABLE `yourls_url` ADD PRIMARY KEY (`keyword`);
"""


def test_a_dump_by_mysqldump_has_its_columns_in_the_order_of_the_table() -> None:
    found = read(yourls_dumps.read, MYSQLDUMP)
    assert [(row.slug, row.target, row.clicks) for row in found] == [
        ("abc", "https://pots.example/?q='x'", 12),
        ("Xyz", "https://pots.example/b", 0),
        ("bin", "https://pots.example/c", 3),
        ("hex", "https://pots.example/d", 4),
    ]
    assert found[0].title == 'It\'s; (a) "mug" \\ é new'
    assert [row.created_at for row in found] == [YEAR_2020, YEAR_2020 + 1_000, YEAR_2020 + 2_000, None]


def test_a_dump_by_phpmyadmin_names_its_columns() -> None:
    found = read(yourls_dumps.read, PHPMYADMIN)
    assert [(row.slug, row.target, row.clicks, row.title) for row in found] == [
        ("abc", "https://pots.example/", 12, "A"),
        ("b", "https://pots.example/b", 7, ""),
    ]


def test_a_dump_reads_the_same_in_whatever_pieces_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    for dump in (MYSQLDUMP, PHPMYADMIN):
        monkeypatch.undo()
        whole = read(yourls_dumps.read, dump)
        for size in (1, 2, 3, 7, 64):
            monkeypatch.setattr(yourls_dumps, "_PIECE", size)
            assert read(yourls_dumps.read, dump) == whole, size


@pytest.mark.parametrize(
    "text",
    [
        MYSQLDUMP.partition("`go_url`")[0],
        "CREATE TABLE `x_url` (`a` int); INSERT INTO `x_url` VALUES (1);",
        "slug,target\na,https://pots.example/\n",
        MYSQLDUMP[: MYSQLDUMP.index("new','2020")],
        "INSERT INTO `y_url` (`keyword`, `url`) VALUES ('" + "x" * 1_200_000,
    ],
)
def test_what_is_no_dump_of_links_or_was_cut_off_is_refused(text: str) -> None:
    assert why(yourls_dumps.read, text) in (
        "has no table of links of YOURLS, with the columns keyword and url",
        "is no SQL dump, or was cut off",
    )


def kutt_link(address: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{address}",
        "address": address,
        "link": f"https://kutt.example/{address}",
        "target": "https://pots.example/",
        "description": None,
        "visit_count": 5,
        "created_at": "2020-01-01T00:00:00.000Z",
        "expire_in": None,
        "password": False,
        "banned": False,
        **more,
    }


@pytest.mark.parametrize(
    "wrap", [lambda found: {"total": 3, "limit": 10, "skip": 0, "data": found}, lambda found: found]
)
def test_kutts_answer_is_read_from_a_file_and_protected_links_stay_there(
    wrap: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps(wrap([kutt_link("a"), kutt_link("b", password=True), kutt_link("c", banned=True)]), indent=1)
    for size in (1 << 16, 5):
        monkeypatch.setattr(far_answers, "_PIECE", size)
        found = read(far_answers.kutt_file, data)
        assert [(row.slug, row.barred, row.clicks, row.host) for row in found] == [
            ("a", "", 5, "kutt.example"),
            ("b", "password", 5, "kutt.example"),
            ("c", "banned", 5, "kutt.example"),
        ]
    assert why(far_answers.kutt_file, data[:-30]) == "is no list of links of Kutt, or was cut off"
    assert why(far_answers.kutt_file, '{"error": "Unauthorized"}') == "is no list of links of Kutt, or was cut off"
    assert why(far_answers.kutt_file, "[" * 100_000) == "is no list of links of Kutt, or was cut off"


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (link_tables.read, BITLY + "\n,,\nbit.ly/x,,https://pots.example/x,,,,\n"),
        (yourls_dumps.read, MYSQLDUMP),
        (far_answers.kutt_file, json.dumps([kutt_link("a"), kutt_link("b"), kutt_link("c")])),
    ],
)
def test_what_was_read_before_is_passed_over(reader: Callable[..., Iterator[Row]], data: str) -> None:
    every = read(reader, data)
    assert len(every) > 2
    for skip in range(len(every) + 2):
        assert list(reader(io.StringIO(data), skip)) == every[skip:]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encoding_it_has(encoding: str) -> None:
    data = "slug,target,title\na,https://pots.example/,Früh – „Blau“\n".encode(encoding)
    text, told = text_files.opened(io.BytesIO(data))
    assert [row.title for row in link_tables.read(text)] == ["Früh – „Blau“"]
    assert told == {"utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(encoding, "UTF-8")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"\0" * 50, "is a zip archive or a spreadsheet"),
        (gzip.compress(BITLY.encode()), "is compressed with gzip"),
        (b"\xd0\xcf\x11\xe0rest", "is a spreadsheet"),
        ("slug,target".encode("utf-32"), "is written in UTF-32"),
        ("slug,target\n".encode("utf-16-le"), "it has zero bytes in it"),
        (b"\xff\xfea", "says that it is UTF-16, and is not"),
        (b"slug,target\n\x81\x8d\n", "is neither UTF-8, UTF-16 nor Windows-1252"),
        (b"name,surname\nAda,Lovelace\n", "it has name, surname"),
        (b'slug,target\n"a,https://pots.example/\n' + b"x\n" * 100_000, "more than 131,072 characters in line 2"),
        (b"slug,target\n" + b"a" * 200_000, "has a line of more than 131,072 characters"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, told: str) -> None:
    assert told in why(link_tables.read, data)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "LARGEST", 1 << 17)
    assert "is larger than" in why(link_tables.read, BITLY + "x,y\n" * (1 << 15))


def test_hostile_text_comes_through_as_text_or_not_at_all() -> None:
    row = rows.made(
        1,
        slug="a\ud800",
        target="https://pots.example/" + "x" * 10_000,
        title="<script>\x1b[31m\u202e\ud800 " + "é" * 999,
        tags=["#a,b", "", "A B", "x" * 99, None, *map(str, range(99))],
        clicks="lots",
        created_at="0000-00-00",
        id_={"not": "text"},
    )
    assert row.slug == "a?"
    assert len(row.target) == urls.LONGEST + 1
    assert row.title.startswith("<script> [31m? é")
    assert (len(row.title), row.tags[:2], len(row.tags)) == (200, ("a b", "x" * 40), 19)
    assert (row.clicks, row.created_at, row.id) == (None, None, "")
    assert rows.load(json.loads(json.dumps(rows.dump(row)))) == row


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_is_in_no_year_of_utc_is_none_and_what_is_left_over_is_written(text: str) -> None:
    row = rows.made(1, slug="a", target="https://pots.example/", created_at=text, expires_at=text)
    assert (row.created_at, row.expires_at, row.barred) == (None, None, "expiry")
    assert "a,https://pots.example/,,,,,,1,refused" in "".join(left_over.lines([(row, "refused", "")]))


def test_what_is_left_over_is_a_table_that_can_be_brought_again_and_runs_nothing() -> None:
    row = Row(7, "=1+1", "https://pots.example/", "@title", YEAR_2020, ("a", "b"), YEAR_2020 + times.DAY, 12)
    text = "".join(left_over.lines([(row, "conflict", "is taken")]))
    assert "'=1+1,https://pots.example/,'@title,2020-01-01T00:00:00Z,\"a,b\",2020-01-02T00:00:00Z,12,7,conflict" in text
    (again,) = read(link_tables.read, text)
    assert (again.target, again.created_at, again.tags, again.expires_at, again.clicks) == (
        *(row.target, row.created_at, row.tags, row.expires_at, row.clicks),
    )
