"""Reading the links of a file: the beginning at once, to tell whether it is one at all, and all of it step by step."""

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from shortlinks import keys
from shortlinks.errors import Invalid
from shortlinks.link_imports import far_answers, import_records, kept_files, link_tables, text_files, yourls_dumps
from shortlinks.link_imports.import_records import Fields, LinkImport
from shortlinks.link_imports.rows import Row
from shortlinks.store import Store
from shortlinks.words.language import _

_READERS: dict[str, Callable[[IO[str], int], Iterator[Row]]] = {
    "yourls": yourls_dumps.read,
    "kutt": far_answers.kutt_file,
}
_BEGINNING = 1 << 19
"""Characters that are looked at at once."""
_FIRST_ROWS = 1_000
"""So many of their links, which takes some tenths of a second."""


class _Cut(Exception):
    """The text goes on, but not here."""


class _Beginning(io.StringIO):
    """The beginning of a text that goes on: where it is cut off, `_Cut` is raised instead of an end that it does not have."""

    def __init__(self, text: str) -> None:
        super().__init__(text, newline="")
        self._length = len(text)

    def read(self, size: int | None = -1, /) -> str:
        """Raises _Cut behind the last of it."""
        found = super().read(size)
        if not found:
            raise _Cut
        return found

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Raises _Cut for the last line, of which the rest may be missing."""
        found = super().readline(size)
        if self.tell() == self._length:
            raise _Cut
        return found


def check_beginning(source: str, text: IO[str]) -> None:
    """Tell what can be told at once: all of a small file, the first links of a large one.

    Raises Invalid naming `file` where it holds no links of this source, or does not hold them to its end.
    """
    start = text.read(_BEGINNING)
    beginning = _Beginning(start) if len(start) == _BEGINNING else io.StringIO(start, newline="")
    try:
        count = sum(1 for _row in itertools.islice(_reader(source)(beginning, 0), _FIRST_ROWS))
    except _Cut:
        return
    if not count:
        raise Invalid.field(text_files.FIELD, _("holds no links"))


class Reading:
    """The file of an import as one process reads it; `rows` of its links were read."""

    def __init__(self, store: Store, found: LinkImport) -> None:
        self.import_id, self.rows = found.id, found.rows
        self._file = kept_files.KeptFile(store.redis, found.id, found.size)
        text = text_files.text(io.BufferedReader(self._file), found.encoding)
        self._left = _reader(found.source)(text, found.rows)

    @property
    def bytes(self) -> int:
        """How many bytes of the file were read."""
        return self._file.at

    def is_before(self, found: LinkImport) -> bool:
        """Whether it can read on where an import is: another process may be further on, or Redis have lost its last second."""
        return self.import_id == found.id and self.rows <= found.rows

    def piece(self, behind: int) -> list[Row]:
        """The next links, the last of them if they are fewer than PIECE. Raises Invalid naming `file`, and kept_files.Gone."""
        rows = list(itertools.islice(self._left, behind - self.rows, behind - self.rows + import_records.PIECE))
        self.rows = behind + len(rows)
        if self.rows > import_records.MOST_ROWS:
            most = import_records.MOST_ROWS
            raise Invalid.field(text_files.FIELD, _("holds more than {most} links: split it", most=most))
        if not self.rows:
            raise Invalid.field(text_files.FIELD, _("holds no links"))
        return rows


def step(store: Store, found: LinkImport, reading: Reading | None) -> Reading:
    """Read the next piece of the file of an import. Returns what can read on, to be handed in with the next one.

    Another process reads the file from its beginning, and passes over the links that are there already.
    """
    if reading is None or not reading.is_before(found):
        reading = Reading(store, found)
    piece, why = list[Row](), ""
    try:
        piece = reading.piece(found.rows)
    except Invalid as invalid:
        why = _("The file {problem}.", problem=invalid.errors[0][1])
    except kept_files.Gone:
        why = import_records.left_too_long()
    told = _told(found, piece, reading.bytes)

    def change(pipe: Any) -> None:
        if not import_records.is_still(pipe, found):
            return
        slugs = import_records.seen_slugs(pipe, found.id, piece)
        pipe.multi()
        if why:
            import_records.stage_failed(pipe, found, why)
            return
        if piece:
            import_records.stage_rows(pipe, found.id, piece, slugs)
        pipe.hset(keys.LINK_IMPORT, mapping=told)
        if told["stage"] != found.stage:
            pipe.unlink(keys.link_import(found.id, "file"))

    store.transact(change, keys.LINK_IMPORT)
    return reading


def _told(found: LinkImport, piece: Sequence[Row], read_bytes: int) -> Fields:
    """How far an import is with a piece. As long as it is read, as many links are expected as its bytes so far make likely."""
    count, ended = found.rows + len(piece), len(piece) < import_records.PIECE
    expected = count if ended else max(count, count * found.size // max(1, read_bytes))
    return {
        "stage": "looking" if ended else "reading",
        "rows": count,
        "total": expected,
        "pages": found.pages + 1,
        "host": found.host or (piece[0].host if piece else ""),
    }


def _reader(source: str) -> Callable[[IO[str], int], Iterator[Row]]:
    return _READERS.get(source, link_tables.read)
