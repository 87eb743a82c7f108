"""Records of an export as the lines of its file, added up as they pass."""

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import islice

from shortlinks.backups.export_format import Record
from shortlinks.rollups import rollups

Told = Callable[[int, int], object]
"""Hears how many posts have passed, and of how many."""

TALLIED = ("post", "link", "click")
# One for all lines: `json.dumps` makes one a line.
_encode = json.JSONEncoder(separators=(",", ":")).encode


_CLICKS = 256


def of_clicks(post_id: str, kept: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of kept clicks, of which there may be millions: many at a time, and without a record for each."""
    kept, start = iter(kept), _encode({"kind": "click", "post": post_id})[:-1] + ',"line":'
    while lines := list(islice(kept, _CLICKS)):
        yield "".join(f"{start}{_encode(line[:-1].decode())}}}\n" for line in lines).encode()


def sealed(records: Iterable[Record | bytes]) -> Iterator[bytes]:
    """A line a record, then the footer. Whole lines are taken as they are."""
    number, digest = 0, sha256()
    for record in records:
        lines = record if isinstance(record, bytes) else _encode(record).encode() + b"\n"
        digest.update(lines)
        number += lines.count(b"\n")
        yield lines
    yield json.dumps({"kind": "footer", "lines": number, "sha256": digest.hexdigest()}).encode() + b"\n"


def tallied(records: Iterable[Record | bytes], written: dict[str, int], told: Told) -> Iterator[Record | bytes]:
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
