"""Targets that read files and answers of other shorteners."""

import io
import json
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st

from shortlinks.errors import Invalid
from shortlinks.link_imports import far_answers, left_over, link_tables, rows, text_files, verdicts, yourls_dumps
from shortlinks.links import link_fields
from tests.fuzz import Target, words

_READERS = (link_tables.read, yourls_dumps.read, far_answers.kutt_file)
_OWN = frozenset({"go.example"})
_NOW = 1_795_300_000_000

_cells = words.slugs | words.urls | words.plain | words.counts | words.instants
_headers = st.sampled_from(
    ("slug,target,title,clicks", "Link;Custom Link;Destination URL;Tags", "short link\turl\tcreated")
)
_literals = _cells.map(lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'") | st.sampled_from(
    ("NULL", "0x41", "0xZZ", "_binary 'a'", "'a''b'", "'a", '"b"', "12", "(", ")", ";", "`url`", "--", "/*", "\\")
)
_values = st.lists(st.lists(_literals, max_size=7).map(lambda cells: f"({', '.join(cells)})"), max_size=4).map(
    ", ".join
)


@st.composite
def _files(draw: st.DrawFn) -> bytes:
    kind = draw(st.integers(0, 3))
    if kind == 0:
        lines = draw(st.lists(st.lists(_cells, max_size=6).map(",".join), max_size=5))
        text = "\n".join([draw(_headers), *lines])
    elif kind == 1:
        named = draw(st.sampled_from(("", " (`keyword`, `url`, `clicks`)")))
        table = "CREATE TABLE `a_url` (`keyword` varchar(9), `url` text, `title` text, KEY `k` (`url`));\n"
        text = f"{table}INSERT INTO `a_url`{named} VALUES {draw(_values)};\n"
    elif kind == 2:
        text = json.dumps({"data": draw(st.lists(words.json_values, max_size=4))})
    else:
        return draw(st.binary(max_size=80))
    bent = draw(words.bent(st.just(text)))
    return bent.encode(draw(st.sampled_from(("utf-8", "utf-16", "utf-8-sig", "cp1252"))), "replace")


def check_file(data: bytes) -> None:
    """Refused, or links whose every part can be kept, judged and shown; what is taken can be a link here."""
    for read in _READERS:
        try:
            text, _encoding = text_files.opened(io.BytesIO(data))
            found = list(read(text))
        except Invalid:
            continue
        for row in found:
            _check(row)
        "".join(left_over.lines((row, "refused", "x") for row in found)).encode()


def check_answer(value: Any) -> None:
    """No page, or links that can be kept."""
    for answer in (value, {"data": value}, {"shortUrls": {"data": value}}, {"links": value}, {"data": [value]}):
        for read in (
            lambda it: far_answers.shlink(it, 0, 1, now=_NOW),
            lambda it: far_answers.yourls(it, 0),
            lambda it: far_answers.kutt(it, 0),
        ):
            try:
                page = read(answer)
            except ValueError:
                continue
            for row in page.rows:
                _check(row)


def _check(row: rows.Row) -> None:
    assert rows.load(json.loads(json.dumps(rows.dump(row)))) == row
    verdict = verdicts.of(row, None, None, clashes=False, source="csv", now=_NOW, own_hosts=_OWN)
    for text in (row.slug, row.target, row.title, row.id, verdict.why, *row.tags):
        text.encode()
    assert verdict.kind in verdicts.KINDS
    if verdict.kind == "take":
        assert link_fields.SLUG.fullmatch(verdict.slug)
        assert urlsplit(verdict.target).scheme in ("http", "https")
        assert urlsplit(verdict.target).hostname not in _OWN
    else:
        assert verdict.why


TARGETS = (
    Target("files of links", _files(), check_file, 200),
    Target("answers with links", words.json_values, check_answer, 200),
)
