"""The file that holds everything of a service: what `export` writes and `restore` reads.

The file is NDJSON, one JSON object with a `kind` a line:

    header      format, id and time of the store it came from, how much there is
    setting, token, shop_totals, misses, uncounted       what belongs to the service as a whole
    webhook     with its secret, and the counts of posts that arrived there last
    waiting     a refund whose sale was not reported yet
    health      what visits to one target saw
    measured    since when arrivals are told at a host that links lead to
    self        the marks of one visitor or network on one day: whose clicks are the creator's own, from when to when
    post, then of this post: shown (the token of its secret address), snapshots, polls, conversions, conversions_beside
                (refunds, and what else is not among them), counts (total, days, minutes, by,
                arrivals), arrived (the ids of a day's clicks that did), click (a kept one a line)
    bio_page, then counts and click of its opens, as a post's
    pending     clicks that were still on their way to the roll-up, after the posts of their shard
    link        with its history; a tombstone too.  profile, profile_snapshots, experiment
    footer      number of lines before it and their SHA-256, so that a file that was cut or changed is refused

Records are the JSON that the store keeps, with their own format `v`. The file holds the hashes of password and tokens, secret
addresses, what proves the webhooks of shops and signs ours, so it is as secret as the service itself. It does not hold the salts
and sketches by which visitors are told apart, nor what tells repeated taps (they live for days and for an hour): who clicks on
the day of an import, before and after, is counted as two visitors, and a tap that waits is none that repeats one from before. Nor
which reminders were sent, what waits for our webhooks, which go on with what happens next, how many reports and arrivals pages
told, which orders of shops no link brought, an import of links that is under way and its key, the one-time code of the first
sign-in, nor the store's id: the new store has its own, so journals of the old one are set aside by the ship process and not
counted again on top of what is here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from shortlinks import keys
from shortlinks.errors import ShortlinksError
from shortlinks.rollups import rollups

FORMAT = 1
STANDARD = "-"
"""The path that means standard output or input."""

UNCOUNTED = ("rejected", "dropped", "garbled", rollups.LOST)
"""Service-wide counts of clicks that are in no post's counts."""

LISTS = {
    "snapshots": keys.snapshots,
    "polls": keys.polls,
    "conversions": keys.post_conversions,
    "conversions_beside": keys.post_beside,
}
"""What lists a post has, by kind, and the keys of them."""

Record = dict[str, Any]
_FIELDS = 2_000


class ExportError(ShortlinksError):
    """A file cannot be written or read in. The text says what to do."""


def places(days: Iterable[int]) -> Iterator[Record]:
    """Where a post's counts are, given its UTC days: what `counts_key` makes keys of. The day sums come second."""
    yield from ({"of": "total"}, {"of": "days"})
    yield from ({"of": "by", "dimension": dimension} for dimension in keys.DIMENSIONS)
    yield from ({"of": "minutes", "day": day} for day in sorted(days))
    yield {"of": "arrivals"}
    yield from ({"of": "arrivals", "day": day} for day in sorted(days))


def parts(row: dict[bytes, bytes]) -> Iterator[dict[str, int]]:
    """The counts of one place, so many at a time that a line stays readable."""
    fields = list(row.items())
    for start in range(0, len(fields), _FIELDS):
        part = fields[start : start + _FIELDS]
        yield {field.decode("utf-8", "surrogateescape"): int(number) for field, number in part}


def counts_key(post_id: str, place: Record) -> str:
    """The key of a post's counts. Raises ValueError for a place there is not."""
    match place["of"]:
        case "total":
            return keys.total(post_id)
        case "days":
            return keys.days(post_id)
        case "minutes":
            return keys.minutes(post_id, int(place["day"]))
        case "arrivals":
            return keys.arrivals(post_id, int(place["day"]) if "day" in place else None)
        case "by" if place["dimension"] in keys.DIMENSIONS:
            return keys.by(post_id, place["dimension"])
    raise ValueError("unknown counts")
