"""A file that somebody chose, as text that is read on the go: in which encoding, or what it is instead. Pure."""

import codecs
import io
from typing import IO

from shortlinks.errors import Invalid
from shortlinks.words.language import N_, _

FIELD = "file"
LARGEST = 50 * 1024 * 1024
"""Bytes of a file: room for some 250,000 links."""
_PIECE = 1 << 16
_OTHERS = (
    (b"PK\x03\x04", N_("is a zip archive or a spreadsheet: take the file out of it, or save the sheet as CSV")),
    (b"\xd0\xcf\x11\xe0", N_("is a spreadsheet: open it, save the sheet with the links as CSV, and choose that file")),
    (b"\x1f\x8b", N_("is compressed with gzip: unpack it first")),
    (b"BZh", N_("is compressed with bzip2: unpack it first")),
    (b"\xfd7zXZ", N_("is compressed with xz: unpack it first")),
    (b"7z\xbc\xaf", N_("is a 7z archive: take the file out of it")),
    (b"%PDF", N_("is a PDF: choose the file with the links itself")),
    (b"SQLite format 3", N_("is a database of SQLite: export its table of links as CSV")),
    (codecs.BOM_UTF32_LE, N_("is written in UTF-32: save it as UTF-8")),
    (codecs.BOM_UTF32_BE, N_("is written in UTF-32: save it as UTF-8")),
)
_CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "Windows-1252": "cp1252"}


def opened(file: IO[bytes]) -> tuple[io.TextIOWrapper, str]:
    """The text of a file, and what it is written in: UTF-8, UTF-16 or Windows-1252.

    It is read through once for that, a piece at a time. Whoever opened the file closes it, once the text is detached.
    Raises Invalid naming `file` for what is no such text, or too large.
    """
    file.seek(0)
    head = file.read(32)
    for mark, why in _OTHERS:
        if head.startswith(mark):
            raise Invalid.field(FIELD, _(why))
    if not head:
        raise Invalid.field(FIELD, _("is empty"))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _readable(file, "utf-16", _("says that it is UTF-16, and is not"))
        encoding = "UTF-16"
    elif _is_utf8(file):
        encoding = "UTF-8"
    else:
        encoding = "Windows-1252"
        _readable(
            file,
            _CODECS[encoding],
            _("is neither UTF-8, UTF-16 nor Windows-1252: open it with an editor, and save it as UTF-8"),
        )
    file.seek(0)
    return text(file, encoding), encoding


def text(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """What stands in a file from where it is now on, when it is written as `opened` has told."""
    return io.TextIOWrapper(file, _CODECS[encoding], newline="")


def _is_utf8(file: IO[bytes]) -> bool:
    try:
        _decode(file, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _readable(file: IO[bytes], encoding: str, why: str) -> None:
    try:
        _decode(file, encoding)
    except UnicodeDecodeError as error:
        raise Invalid.field(FIELD, why) from error


def _decode(file: IO[bytes], encoding: str) -> None:
    decoder, size = codecs.getincrementaldecoder(encoding)(), 0
    file.seek(0)
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > LARGEST:
            raise Invalid.field(FIELD, _("is larger than {most} MiB: split it", most=LARGEST >> 20))
        if "\0" in decoder.decode(piece):
            raise Invalid.field(FIELD, _("is no text: it has zero bytes in it"))
    decoder.decode(b"", final=True)
