"""The table of links in an SQL dump of YOURLS, by mysqldump or phpMyAdmin. Pure.

The table is YOURLS_DB_PREFIX + `url` with the columns keyword, url, title, timestamp, ip, clicks (YOURLS,
includes/functions-install.php, `yourls_create_sql_tables`, 2025; a dump of one with the prefix `your_`:
prisma/database-schema-examples, mysql/yourls/schema.sql). mysqldump writes many rows an INSERT and no names of columns, so
that their order is that of CREATE TABLE; phpMyAdmin, and `--complete-insert`, write the names. Strings are escaped with \\
(https://dev.mysql.com/doc/refman/8.4/en/string-literals.html, 2025), or have their quotes doubled; `--hex-blob` writes 0x….
Timestamps are in UTC in both, which begin with `SET TIME_ZONE='+00:00'`. Other tables, of which one holds secrets, are passed
over unread. Both, and HeidiSQL, end an INSERT with `;`: without that, rows may be missing.
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
"""Characters of one token, and of one row; no link is as long."""
_MOST_COLUMNS = 4_096
"""Of a table in MySQL."""
_MOST_TABLES = 100
_LONGEST_NAME = 1_000
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
_LITERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|0x([0-9a-f]{2})*|NULL|TRUE|FALSE", re.IGNORECASE)

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
            if _is_links(table, names):
                order[table], found = names, True
            if len(order) > _MOST_TABLES:
                raise _too_much()
        elif word in ("INSERT", "REPLACE"):
            table, names, begun = _inserted(tokens)
            names = names or order.get(table, [])
            if not begun:
                continue
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
            _add(names, said.lower())
        begins = False
    return table, names


def _inserted(tokens: Iterator[Token]) -> tuple[str, list[str], bool]:
    """The table that rows are put into, the columns that are named, and whether VALUES stand there.

    Stops behind that, or behind the statement. Raises Invalid where the statement does not end.
    """
    table, names, inside = "", list[str](), False
    for kind, said in tokens:
        if kind == "mark":
            inside = said == "(" or (inside and said == ",")
            if said == ";":
                return table, names, False
        elif inside:
            _add(names, said.lower())
        elif kind == "word" and said.upper() in ("VALUES", "VALUE"):
            return table, names, True
        elif kind == "name" or said.upper() not in ("INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"):
            table = _last(said)
    raise _cut_off()


def _values(tokens: Iterator[Token]) -> Iterator[list[str | None]]:
    """The rows behind VALUES; passes over what follows them in the statement.

    Raises Invalid where the statement does not end, and for a row with anything but plain values, such as a function.
    """
    values: list[str | None] = []
    inside, wanted, length = False, False, 0
    for kind, said in tokens:
        length += len(said)
        if not inside:
            if kind == "mark" and said == ";":
                return
            if kind == "mark" and said == "(":
                inside, wanted, values, length = True, True, [], 0
            elif kind != "mark":  # ON DUPLICATE KEY UPDATE …
                _skip(tokens)
                return
        elif length > _LONGEST or len(values) > _MOST_COLUMNS:
            raise _too_much()
        elif kind == "mark" and said in ",)" and not wanted:
            wanted, inside = said == ",", said == ","
            if not inside:
                yield values
        elif wanted and (kind == "string" or (kind == "word" and _LITERAL.fullmatch(said))):
            values.append(said if kind == "string" else _plain(said))
            wanted = False
        elif not (wanted and kind == "word" and _INTRODUCER.fullmatch(said)):
            if next(tokens, None) is None:  # half a word
                raise _cut_off()
            raise Invalid.field(
                FIELD,
                _("has a row with something else than plain values: have mysqldump or phpMyAdmin write the dump"),
            )
    raise _cut_off()


def _add(names: list[str], name: str) -> None:
    names.append(name)
    if len(names) > _MOST_COLUMNS or len(name) > _LONGEST_NAME:
        raise _too_much()


def _plain(word: str) -> str | None:
    if word.upper() == "NULL":
        return None
    return bytes.fromhex(word[2:]).decode("utf-8", "replace") if word[:2].lower() == "0x" else word


def _skip(tokens: Iterator[Token]) -> None:
    """Pass over the rest of a statement."""
    for kind, said in tokens:
        if kind == "mark" and said == ";":
            return


def _cut_off() -> Invalid:
    return Invalid.field(FIELD, _("is no SQL dump, or was cut off"))


def _too_much() -> Invalid:
    return Invalid.field(FIELD, _("has more in one row, or more columns, than a table of links has"))


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
                raise _cut_off()
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
            raise _cut_off()


def _unquoted(literal: str) -> str:
    quote, inner = literal[0], literal[1:-1]
    if "\\" not in inner:
        return inner.replace(2 * quote, quote)
    # Doubled quotes first: \' followed by ' is none.
    parts = re.split(r"(\\.)", inner, flags=re.DOTALL)
    return "".join(
        _ESCAPES.get(part[1], part[1]) if part[:1] == "\\" else part.replace(2 * quote, quote) for part in parts
    )
