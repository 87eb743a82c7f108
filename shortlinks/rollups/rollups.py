"""Reading what was counted, how far the counting is, and erasing it; `rolling_up` counts.

All reading here is of counts, never of clicks, so it costs the same whatever their number. Fields and keys are described in
`keys`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from shortlinks import keys, times
from shortlinks.clicks import classify, neighbours, sources
from shortlinks.errors import Invalid
from shortlinks.rollups import tally
from shortlinks.store import Question, Store, fields_of
from shortlinks.words.language import _

BREAKDOWNS = (*keys.DIMENSIONS, "link", "placement", "reason")
VISITORS = "visitors"
LOST = "lost"


def erase(store: Store, post_id: str) -> None:
    """Erase all that was counted and kept for a post whose record is gone already. Doing it again changes nothing."""
    # From here on a roll-up under way reads again and finds the record gone, so no day appears behind our back.
    store.redis.hincrby(keys.progress(keys.shard(post_id)), "epoch", 1)
    counted = {name.decode(): 0 for name in store.redis.hkeys(keys.days(post_id))}
    days = {int(name.partition("|")[0]) for name in counted}
    for day in days:
        store.redis.delete(*(keys.recent(post_id, slot) for slot in neighbours.slots(day)))
    pipe = store.redis.pipeline(transaction=True)
    if of_links := list(tally.by_link(post_id, counted)[0]):
        pipe.hdel(keys.link_hits(keys.shard(post_id)), *of_links)
        pipe.hdel(keys.link_human(keys.shard(post_id)), *of_links)
    pipe.delete(
        *(keys.minutes(post_id, day) for day in days),
        *(keys.visitors(post_id, day) for day in days),
        *(key(post_id, day) for day in days for key in (keys.arrived, keys.arrivals, keys.arrivals_read)),
        keys.arrivals(post_id),
        *(keys.by(post_id, dimension) for dimension in keys.DIMENSIONS),
        keys.total(post_id),
        keys.days(post_id),
        keys.tail(post_id),
        keys.kept(post_id),
        keys.cuts(post_id),
    )
    pipe.execute()


def lag(store: Store) -> dict[str, float]:
    """How far the roll-up is behind: `pending_batches` in the streams and `oldest_seconds` the first of them waits."""
    pipe = store.redis.pipeline(transaction=False)
    for shard in keys.SHARDS:
        pipe.xlen(keys.clicks(shard))
        pipe.xrange(keys.clicks(shard), count=1)
    pipe.time()
    *answers, (seconds, microseconds) = pipe.execute()
    firsts = [int(entries[0][0].partition(b"-")[0]) for entries in answers[1::2] if entries]
    server_now = seconds * times.SECOND + microseconds // 1_000
    oldest = (server_now - min(firsts)) / times.SECOND if firsts else 0.0
    return {"pending_batches": sum(answers[0::2]), "oldest_seconds": max(0.0, oldest)}


def progress(store: Store) -> dict[str, int]:
    """Service-wide counters: `shipped`, `counted`, `rejected`, `dropped`, `garbled`, and `lost` of no known post."""
    pipe = store.redis.pipeline(transaction=False)
    names = ("shipped", "counted", "rejected", "dropped", "garbled", LOST)
    for shard in keys.SHARDS:
        pipe.hmget(keys.progress(shard), *names)
    rows = pipe.execute()
    return {name: sum(int(row[index] or 0) for row in rows) for index, name in enumerate(names)}


def totals(store: Store, post_ids: Sequence[str]) -> list[dict[str, int]]:
    """For each post its hits by reason over all time, with `visitors` and `lost`; `human`, `visitors`, `lost` always there."""
    return _totals(store.each("HGETALL", map(keys.total, post_ids)))


def asking_totals(post_ids: Sequence[str]) -> Question[list[dict[str, int]]]:
    """For what `totals` gives, to be asked with other questions."""
    return Question(("HGETALL", [keys.total(post_id) for post_id in post_ids]), _totals)


def _totals(answers: Iterable[Sequence[bytes]]) -> list[dict[str, int]]:
    return [_total(_counts(fields_of(row))) for row in answers]


def _counts(row: Mapping[bytes, bytes]) -> dict[str, int]:
    return {field.decode(): int(number) for field, number in row.items()}


def _total(row: Mapping[str, int]) -> dict[str, int]:
    always = {"human": 0, VISITORS: 0, LOST: 0}
    return always | {name: number for name, number in row.items() if ":" not in name}


def beside(store: Store, post_id: str) -> dict[tuple[str, str], int]:
    """What is counted beside a post's reasons: by (`version`, number of the classifier), (`preview`, app) and (`pasted`, app).

    `pasted` counts pastes of a link into a chat, `preview` the hits that previews made, `version` all hits.
    """
    return total_and_beside(store, post_id)[1]


def total_and_beside(store: Store, post_id: str) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """What `totals` and `beside` give of one post, read at once."""
    row = _counts(store.redis.hgetall(keys.total(post_id)))
    named = {field.partition(":"): number for field, number in row.items()}
    return _total(row), {(kind, name): number for (kind, colon, name), number in named.items() if colon}


def ledger(total: dict[str, int]) -> dict[str, int]:
    """One post's total as its ledger: `hits` (the sum over all reasons), the reasons, and `lost`; nothing of `beside`."""
    reasons = {name: number for name, number in total.items() if name not in (VISITORS, LOST) and ":" not in name}
    return {"hits": sum(reasons.values()), **reasons, LOST: total.get(LOST, 0)}


def hits(total: dict[str, int]) -> int:
    """The sum over all reasons of one post's total."""
    return ledger(total)["hits"]


def days(store: Store, post_id: str) -> dict[tuple[int, str, str], int]:
    """Hits by (UTC day, slug, reason). Visitors are under slug "" and reason `visitors`."""
    return rows(store.redis.hgetall(keys.days(post_id)))


def days_of_posts(store: Store, post_ids: Sequence[str]) -> list[dict[tuple[int, str, str], int]]:
    """What `days` gives, for each of these posts; read at once."""
    return [rows(row) for row in store.hashes(map(keys.days, post_ids))]


def counted_days(store: Store, post_id: str) -> set[int]:
    """The UTC days of which anything was counted."""
    return {int(field.partition(b"|")[0]) for field in store.redis.hkeys(keys.days(post_id))}


def minutes(store: Store, post_id: str, of_days: Iterable[int]) -> dict[tuple[int, str, str], int]:
    """Hits by (minute since 1970, slug, reason) of the given UTC days; visitors as in `days`."""
    wanted = sorted(set(of_days))
    by_day = store.hashes(keys.minutes(post_id, day) for day in wanted)
    return {
        (day * times.MINUTES_PER_DAY + minute, slug, reason): number
        for day, row in zip(wanted, by_day, strict=True)
        for (minute, slug, reason), number in rows(row).items()
    }


def by_minute(store: Store, post_id: str, of_days: Iterable[int], reason: str) -> dict[int, int]:
    """Hits of one reason (or `visitors`), over all links, by minute since 1970, of the given UTC days."""
    wanted = sorted(set(of_days) & counted_days(store, post_id))
    by_day = store.hashes(keys.minutes(post_id, day) for day in wanted)
    own = f"|{reason}".encode()
    sums: defaultdict[int, int] = defaultdict(int)
    for day, row in zip(wanted, by_day, strict=True):
        first = day * times.MINUTES_PER_DAY
        # A busy day has thousands of rows, most of them of other reasons.
        for name in [name for name in row if name.endswith(own)]:
            sums[first + int(name.partition(b"|")[0])] += int(row[name])
    return sums


def between(store: Store, post_id: str, intervals: Sequence[tuple[int, int]]) -> Counter[tuple[str, str]]:
    """Hits by (slug, reason) within half-open intervals (milliseconds, on whole minutes, not overlapping).

    Whole UTC days are read from the day sums, only the days at the edges minute by minute.
    """
    return between_of_posts(store, [post_id], intervals)[0]


def between_of_posts(
    store: Store, post_ids: Sequence[str], intervals: Sequence[tuple[int, int]]
) -> list[Counter[tuple[str, str]]]:
    """What `between` gives, for each of these posts; read at once."""
    return between_of_each(store, [(post_id, intervals) for post_id in post_ids])


def between_of_each(
    store: Store, wanted: Sequence[tuple[str, Sequence[tuple[int, int]]]]
) -> list[Counter[tuple[str, str]]]:
    """What `between` gives, for each of these posts within its own intervals; read at once."""
    by_day = days_of_posts(store, [post_id for post_id, _intervals in wanted])
    asked = []
    names = []
    for (post_id, intervals), counted in zip(wanted, by_day, strict=True):
        spans = [(start // times.MINUTE, -(-end // times.MINUTE)) for start, end in intervals if end > start]
        edges = {at // times.MINUTES_PER_DAY for span in spans for at in span if at % times.MINUTES_PER_DAY}
        cut = sorted(edges & {day for day, _slug, _reason in counted})
        names += [keys.minutes(post_id, day) for day in cut]
        asked.append((spans, edges, cut))
    by_minute = iter(store.hashes(names))
    found = []
    for counted, (spans, edges, cut) in zip(by_day, asked, strict=True):
        sums = _whole_days(counted, edges, spans)
        sums.update(_minutes_inside((_inside(day, spans), next(by_minute)) for day in cut))
        found.append(sums)
    return found


def _whole_days(
    by_day: Mapping[tuple[int, str, str], int], edges: set[int], spans: Sequence[tuple[int, int]]
) -> Counter[tuple[str, str]]:
    """The hits of the days that lie in one of the spans (minutes since 1970) as a whole."""
    counted: Counter[tuple[str, str]] = Counter()
    for (day, slug, reason), number in by_day.items():
        first = day * times.MINUTES_PER_DAY
        if day not in edges and any(start <= first and first + times.MINUTES_PER_DAY <= end for start, end in spans):
            counted[slug, reason] += number
    return counted


def _minutes_inside(of_days: Iterable[tuple[bytearray, Mapping[bytes, bytes]]]) -> Counter[tuple[str, str]]:
    """The hits of the minutes that are inside, of days with their minutes."""
    # A busy day has thousands of rows, and this is what a funnel's page waits for: hence no tuple and no text for each.
    sums: defaultdict[bytes, int] = defaultdict(int)
    for inside, row in of_days:
        for name, number in row.items():
            minute, _sign, of_link = name.partition(b"|")
            if inside[int(minute)]:
                sums[of_link] += int(number)
    counted: Counter[tuple[str, str]] = Counter()
    for of_link, total in sums.items():
        slug, _between, reason = of_link.decode().partition("|")
        counted[slug, reason] += total
    return counted


def _inside(day: int, spans: Iterable[tuple[int, int]]) -> bytearray:
    """For each minute of a UTC day whether it is in one of the spans (minutes since 1970)."""
    inside = bytearray(times.MINUTES_PER_DAY)
    for start, end in spans:
        low, high = (min(max(at - day * times.MINUTES_PER_DAY, 0), times.MINUTES_PER_DAY) for at in (start, end))
        inside[low:high] = b"\1" * (high - low)
    return inside


def breakdown(store: Store, post_id: str, by: str) -> list[tuple[str, int]]:
    """Human clicks by value of `by`, most first: a dimension of `keys`, or `link`; `reason` counts all hits.

    Referrers are stored by origin and grouped by name here (see `sources`).

    `placement` is not known here: it belongs to the links (see reports). Raises Invalid naming `by`.
    """
    if by in keys.DIMENSIONS:
        return breakdowns(store, post_id, [by])[0]
    counted: Counter[str] = Counter()
    if by == "reason":
        ledger_ = ledger(totals(store, [post_id])[0])
        counted = Counter(
            {reason: number for reason, number in ledger_.items() if reason not in ("hits", LOST) and number}
        )
    elif by == "link":
        for (_day, slug, reason), number in days(store, post_id).items():
            if reason == "human":
                counted[slug] += number
    else:
        raise Invalid.field("by", _("must be one of {words}", words=", ".join(BREAKDOWNS)))
    return _most_first(counted)


def breakdowns(store: Store, post_id: str, dimensions: Sequence[str]) -> list[list[tuple[str, int]]]:
    """What `breakdown` gives by each of these dimensions of `keys`; read at once."""
    counted = store.hashes(keys.by(post_id, by) for by in dimensions)
    return [
        _by_name(row, sources.name if by == "referrer" else str) for by, row in zip(dimensions, counted, strict=True)
    ]


def _by_name(row: Mapping[bytes, bytes], named: Callable[[str], str]) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for field, number in row.items():
        if int(number):
            counted[named(field.decode("utf-8", "replace"))] += int(number)
    return _most_first(counted)


def _most_first(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def known_reason(reason: str, field: str = "reason") -> str:
    """`reason` if it is one that is counted (or `visitors`). Raises Invalid naming `field` otherwise."""
    if reason != VISITORS and reason not in classify.REASONS:
        raise Invalid.field(field, _("must be one of {words}", words=", ".join(classify.REASONS)))
    return reason


def rows(row: dict[bytes, bytes]) -> dict[tuple[int, str, str], int]:
    """Hits by (day or minute, slug, reason) in a hash of days or of a day's minutes, without what is `beside`."""
    found = {}
    for field, number in row.items():
        at, slug, reason = field.decode().split("|")
        if ":" not in reason:
            found[int(at), slug, reason] = int(number)
    return found
