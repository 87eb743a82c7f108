"""Records of an export as the lines of its file, added up as they pass."""

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from shortlinks.backups.export_format import Record
from shortlinks.rollups import rollups

Told = Callable[[int, int], object]
"""Hears how many posts have passed, and of how many."""

TALLIED = ("post", "link", "click")
# One for all lines: `json.dumps` makes one a line.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def sealed(records: Iterable[Record]) -> Iterator[bytes]:
    """A line a record, then the footer."""
    number, digest = 0, sha256()
    for record in records:
        line = _encode(record).encode() + b"\n"
        digest.update(line)
        number += 1
        yield line
    yield json.dumps({"kind": "footer", "lines": number, "sha256": digest.hexdigest()}).encode() + b"\n"


def tallied(records: Iterable[Record], written: dict[str, int], told: Told) -> Iterator[Record]:
    """The same records, added up in `written` as they pass."""
    posts = 0
    for record in records:
        match record:
            case {"kind": "header", "counts": {"posts": posts}}:
                pass
            case {"kind": "post"}:
                written["post"] += 1
                told(written["post"], posts)
            case {"kind": "link", "record": {"state": state}}:
                written["link"] += state != "erased"
            case {"kind": "counts", "of": "total", "counts": counts}:
                written["click"] += rollups.hits(counts)
            case {"kind": "pending", "lines": lines}:
                written["click"] += len(lines)
        yield record
