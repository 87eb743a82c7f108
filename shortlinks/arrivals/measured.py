"""How many clicks of a post arrived, of those that were made while arrivals were told where its links lead."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shortlinks import keys, times
from shortlinks.arrivals import arrival_counts, spans
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.rollups import rollups
from shortlinks.store import Store

LATE = 2 * times.MINUTE
"""So long after a click its arrival may not be counted yet, so the newest clicks are not looked at."""

_Spans = Sequence[tuple[int, int]]


class Measured(NamedTuple):
    """Of `clicks` by people, `arrived` did. `apart` are arrivals of clicks that are no person's, within the same times."""

    clicks: int
    arrived: int
    apart: int


def of_posts(store: Store, wanted: Mapping[str, tuple[Sequence[Link], int]]) -> dict[str, Measured]:
    """Of each post (by its id, with its links and the moment up to which its clicks count) what was measured.

    A post is missing where nothing was: its links carry no click ids, or no click ever arrived where they lead.
    """
    known = spans.read(store)
    looked_at = {
        post_id: found
        for post_id, (ever, end) in wanted.items()
        if (found := _times(post_id, ever, known, min(end, known.until - LATE)))
    }
    return _summed(store, looked_at) if looked_at else {}


def up_to(store: Store, post_ids: Sequence[str], end: int) -> dict[str, Measured]:
    """What `of_posts` gives, of clicks up to `end`; costs next to nothing where no arrival was ever told."""
    if not spans.read(store).of:
        return {}
    ever = links.ever_of_posts(store, post_ids)
    return of_posts(store, {post_id: (hung, end) for post_id, hung in zip(post_ids, ever, strict=True)})


def apps(store: Store, post_id: str) -> list[tuple[str, int, int]]:
    """The apps in which people clicked while arrivals were told: name, clicks and arrivals, most clicks first.

    Of each day up to its last arrival.
    """
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for field, number in store.redis.hgetall(keys.arrivals(post_id)).items():
        name = field.decode().partition("||")[2]
        for place, prefix in enumerate((arrival_counts.OF, arrival_counts.APP)):
            if name.startswith(prefix):
                found[name.removeprefix(prefix)][place] += int(number)
    rows = ((name, clicks, arrived) for name, (clicks, arrived) in found.items() if clicks)
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _times(post_id: str, ever: Iterable[Link], known: spans.Known, end: int) -> dict[str, _Spans]:
    """By slug: from when to when, in whole minutes since 1970, arrivals of its clicks for this post were told."""
    found: dict[str, _Spans] = {}
    for link in ever:
        ends = [*(turn.from_ for turn in link.history[1:]), end]
        told = [
            (max(turn.from_, start, link.ids_since or 0), min(turn_end, end, end if stop is None else stop))
            for turn, turn_end in zip(link.history, ends, strict=True)
            if turn.post_id == post_id
            for start, stop in known.at(link, turn)
        ]
        whole = [(start // times.MINUTE, last // times.MINUTE) for start, last in told]
        if kept := [(start, last) for start, last in whole if start < last]:
            found[link.slug] = kept
    return found


def _summed(store: Store, looked_at: Mapping[str, dict[str, _Spans]]) -> dict[str, Measured]:
    both = keys.days, keys.arrivals
    rows = list(map(rollups.rows, store.hashes(key_of(post_id) for post_id in looked_at for key_of in both)))
    cut = {post_id: sorted(_edges(of_link)) for post_id, of_link in looked_at.items()}
    edges = [(post_id, day) for post_id, days in cut.items() for day in days]
    of_day = keys.minutes, keys.arrivals
    minutes = map(rollups.rows, store.hashes(key_of(*edge) for edge in edges for key_of in of_day))
    found = {}
    for (post_id, of_link), all_, arrived in zip(looked_at.items(), rows[0::2], rows[1::2], strict=True):
        clicks, arrivals = _whole(all_, of_link, cut[post_id]), _whole(arrived, of_link, cut[post_id])
        for day in cut[post_id]:
            clicks += _part(next(minutes), of_link, day)
            arrivals += _part(next(minutes), of_link, day)
        people = arrivals.pop("human", 0)
        # Both are read a moment apart, and a re-count moves arrivals up to a minute after their clicks.
        found[post_id] = Measured(clicks["human"], min(people, clicks["human"]), arrivals.total())
    return found


def _edges(of_link: Mapping[str, _Spans]) -> set[int]:
    """The UTC days of which only some minutes count, for one link at least."""
    return {at // times.MINUTES_PER_DAY for known in of_link.values() for span in known for at in span}


def _whole(rows: Mapping[tuple[int, str, str], int], of_link: Mapping[str, _Spans], cut: Sequence[int]) -> Counter[str]:
    """By reason, of the days of which all minutes count."""
    found: Counter[str] = Counter()
    for (day, slug, reason), number in rows.items():
        minute = day * times.MINUTES_PER_DAY
        if day not in cut and any(start <= minute < end for start, end in of_link.get(slug, ())):
            found[reason] += number
    return found


def _part(rows: Mapping[tuple[int, str, str], int], of_link: Mapping[str, _Spans], day: int) -> Counter[str]:
    """By reason, of the minutes of a day that count."""
    found: Counter[str] = Counter()
    for (minute, slug, reason), number in rows.items():
        at = day * times.MINUTES_PER_DAY + minute
        if any(start <= at < end for start, end in of_link.get(slug, ())):
            found[reason] += number
    return found
