"""The table of links in an SQL dump of YOURLS, by mysqldump or phpMyAdmin. Pure.

The table is YOURLS_DB_PREFIX + `url` with the columns keyword, url, title, timestamp, ip, clicks (YOURLS,
includes/functions-install.php, `yourls_create_sql_tables`, 2025; a dump of one with the prefix `your_`:
prisma/database-schema-examples, mysql/yourls/schema.sql). mysqldump writes many rows an INSERT and no names of columns, so
that their order is that of CREATE TABLE; phpMyAdmin, and `--complete-insert`, write the names. Strings are escaped with \\
(https://dev.mysql.com/doc/refman/8.4/en/string-literals.html, 2025), or have their quotes doubled; `--hex-blob` writes 0x….
Timestamps are in UTC in both, which begin with `SET TIME_ZONE='+00:00'`. Other tables, of which one holds secrets, are passed
over unread.
"""

import re
from collections.abc import Iterator, Sequence
from typing import IO

from shortlinks.errors import Invalid
from shortlinks.link_imports import rows
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.text_files import FIELD
from shortlinks.words.language import _

_PIECE = 1 << 16
_LONGEST = 1 << 20
"""Characters of one token; no link is as long."""
_TABLE = re.compile(r"\w*url", re.IGNORECASE)
_WANTED = ("keyword", "url")
_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | --(?=[\s-])[^\n]*(?:\n|\Z) | \#[^\n]*(?:\n|\Z) | /\*(?!!).*?\*/ | /\*!\d* | \*/ )
  | (?P<string> '[^'\\]*(?:(?:\\.|'')[^'\\]*)*'(?!') | "[^"\\]*(?:(?:\\.|"")[^"\\]*)*"(?!") )
  | `(?P<name> (?:[^`]|``)* )`
  | (?P<word> (?!/\*)[^\s'"`(),;]+ )
  | (?P<mark> [(),;] )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_INTRODUCER = re.compile(r"_[a-z0-9]+|N", re.IGNORECASE)

Token = tuple[str, str]
"""What it is (string, name, word or mark), and what it says."""


def read(text: IO[str], skip: int = 0) -> Iterator[Row]:
    """The links of a dump, one after the other, without the first `skip`.

    Raises Invalid naming `file`, at once or later, where it is no SQL, or holds no table of links.
    """
    tokens, order, number, found = _tokens(text), dict[str, list[str]](), 0, False
    for kind, said in tokens:
        word = said.upper() if kind == "word" else ""
        if word == "CREATE":
            table, names = _created(tokens)
            order[table] = names
            found = found or _is_links(table, names)
        elif word in ("INSERT", "REPLACE"):
            table, names = _inserted(tokens)
            names = names or order.get(table, [])
            if not _is_links(table, names):
                _skip(tokens)
                continue
            found = True
            for values in _values(tokens):
                number += 1
                if number > skip:
                    yield _row(number, dict(zip(names, values, strict=False)))
        elif (kind, said) != ("mark", ";"):
            _skip(tokens)
    if not found:
        raise Invalid.field(FIELD, _("has no table of links of YOURLS, with the columns keyword and url"))


def _is_links(table: str, names: Sequence[str]) -> bool:
    return _TABLE.fullmatch(table) is not None and all(name in names for name in _WANTED)


def _row(number: int, values: dict[str, str | None]) -> Row:
    return rows.made(
        number,
        slug=values.get("keyword"),
        target=values.get("url"),
        title=values.get("title"),
        created_at=values.get("timestamp"),
        clicks=values.get("clicks"),
        id_=values.get("keyword"),
    )


def _created(tokens: Iterator[Token]) -> tuple[str, list[str]]:
    """The name of the table that is created, and those of its columns; of anything else that is created "" and none."""
    kind, said = next(tokens, ("mark", ";"))
    if (kind, said.upper()) != ("word", "TABLE"):
        if said != ";":
            _skip(tokens)
        return "", []
    table, names, depth, begins = "", list[str](), 0, False
    for kind, said in tokens:
        if kind == "mark" and said == ";":
            break
        if kind == "mark":
            depth += {"(": 1, ")": -1}.get(said, 0)
            begins = depth == 1 and said in "(,"
            continue
        if depth == 0 and not names and (kind == "name" or said.upper() not in ("IF", "NOT", "EXISTS")):
            table = _last(said)
        elif begins and (kind == "name" or said.lower() in ("keyword", "url", "title", "timestamp", "ip", "clicks")):
            names.append(said.lower())
        begins = False
    return table, names


def _inserted(tokens: Iterator[Token]) -> tuple[str, list[str]]:
    """The table that rows are put into, and the columns that are named; stops behind VALUES, or at the end."""
    table, names, inside = "", list[str](), False
    for kind, said in tokens:
        if kind == "mark":
            inside = said == "(" or (inside and said == ",")
            if said == ";":
                break
        elif inside:
            names.append(said.lower())
        elif kind == "word" and said.upper() in ("VALUES", "VALUE"):
            break
        elif kind == "name" or said.upper() not in ("INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"):
            table = _last(said)
    return table, names


def _values(tokens: Iterator[Token]) -> Iterator[list[str | None]]:
    """The rows behind VALUES, up to the end of the statement."""
    values: list[str | None] = []
    inside = False
    for kind, said in tokens:
        if kind == "mark" and said == ";":
            return
        if kind == "mark" and said == "(":
            inside, values = True, []
        elif kind == "mark" and said == ")":
            inside = False
            yield values
        elif inside and kind == "string":
            values.append(said)
        elif inside and kind == "word" and not _INTRODUCER.fullmatch(said):
            values.append(_plain(said))


def _plain(word: str) -> str | None:
    if word.upper() == "NULL":
        return None
    if word[:2].lower() == "0x":
        try:
            return bytes.fromhex(word[2:]).decode("utf-8", "replace")
        except ValueError:
            return word
    return word


def _skip(tokens: Iterator[Token]) -> None:
    """Pass over the rest of a statement."""
    for kind, said in tokens:
        if kind == "mark" and said == ";":
            return


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _tokens(text: IO[str]) -> Iterator[Token]:
    """What a dump consists of, without comments; of `/*!40101 … */` the inside, as MySQL takes it."""
    kept, ended = "", False
    while not ended:
        piece = text.read(_PIECE)
        kept, ended, place = kept + piece, not piece, 0
        while place < len(kept):
            found = _TOKEN.match(kept, place)
            # What reaches the end may go on in the next piece.
            if not ended and (found is None or found.end() > len(kept) - 2):
                break
            if found is None:
                raise Invalid.field(FIELD, _("is no SQL dump, or was cut off"))
            place = found.end()
            if kind := found.lastgroup:
                said = found[kind]
                if kind == "string":
                    said = _unquoted(said)
                elif kind == "name":
                    said = said.replace("``", "`")
                if kind != "space":
                    yield kind, said
        kept = kept[place:]
        if len(kept) > _LONGEST:
            raise Invalid.field(FIELD, _("is no SQL dump, or was cut off"))


def _unquoted(literal: str) -> str:
    quote, inner = literal[0], literal[1:-1]
    if "\\" not in inner:
        return inner.replace(2 * quote, quote)
    # Doubled quotes first: \' followed by ' is none.
    parts = re.split(r"(\\.)", inner, flags=re.DOTALL)
    return "".join(
        _ESCAPES.get(part[1], part[1]) if part[:1] == "\\" else part.replace(2 * quote, quote) for part in parts
    )
