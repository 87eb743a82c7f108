"""Counting a batch of clicks: from what was recorded to what is added where. Pure.

`judge` classifies clicks, each by itself; `count` looks at their neighbours too and adds them up per post. How clicks are
split into batches changes nothing: every sum is additive, and what is remembered of neighbours moves with them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shortlinks import keys, times
from shortlinks.clicks import classify, clicks, neighbours, selves
from shortlinks.clicks.classify import Verdict
from shortlinks.clicks.clicks import Click
from shortlinks.clicks.neighbours import Recent
from shortlinks.clicks.selves import Selves

SEAL_AT = 32
CHUNK = 256
VALUES_LIMIT = 200
UNKNOWN = "(unknown)"
VERSION = f"version:{classify.VERSION}"


@dataclass(slots=True)
class PostTally:
    """What one batch adds to one post. Days are UTC days, minutes minutes of their day.

    `total` and `days` also hold what is no reason but counted beside: `version:<n>`, `preview:<app>`, `pasted:<app>`.
    `seen` holds each day's visitors in stream order, in runs of the same minute: whoever comes twice counts in the
    minute that was read first, and batches may end anywhere.
    """

    total: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    minutes: dict[int, Counter[str]] = field(default_factory=dict)
    by: dict[str, Counter[str]] = field(default_factory=lambda: {dimension: Counter() for dimension in keys.DIMENSIONS})
    seen: dict[int, list[tuple[int, list[str]]]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def beside(self, day: int, name: str, by: int = 1) -> None:
        """Count something that is no reason."""
        self.total[name] += by
        self.days[f"{day}||{name}"] += by


@dataclass(slots=True)
class Tally:
    """What one batch adds to a shard: sums by post id, and how many lines were `rejected` (garbled) or `dropped`.

    `recent` is what is remembered of the batch's clicks for later ones; `noted` are the creator's own and all that came
    during a test, as post id and kept line.
    """

    posts: dict[str, PostTally] = field(default_factory=dict)
    recent: dict[neighbours.Place, dict[str, str]] = field(default_factory=dict)
    noted: list[tuple[str, str]] = field(default_factory=list)
    counted: int = 0
    rejected: int = 0
    dropped: int = 0


def parse(batch: bytes) -> tuple[list[clicks.Click], int]:
    """The clicks in one stream entry and how many of its lines were no clicks."""
    found, rejected = [], 0
    for record in batch.split(b"\n"):
        try:
            found.append(clicks.parse(record))
        except ValueError:
            rejected += 1
    return found, rejected


def judge(recorded: Iterable[Click], mine: Selves = selves.NOBODY) -> list[tuple[Click, Verdict]]:
    """Each click with the verdict on it by itself. Taps by those in `mine` are the creator's own."""
    judged = []
    for click in recorded:
        verdict = classify.classify(click.method, click.signals, click.agent, click.origin)
        if mine and verdict.reason == "human" and mine.claim(click.visitor, click.net, click.at):
            verdict = replace(verdict, reason=classify.SELF)
        judged.append((click, verdict))
    return judged


def wanted(judged: Iterable[tuple[Click, Verdict]], limits: neighbours.Limits) -> dict[neighbours.Place, list[str]]:
    """What has to be known of earlier clicks to count these."""
    fields: list[tuple[neighbours.Place, str]] = []
    for click, verdict in judged:
        if verdict.reason == "human":
            fields += neighbours.taps(click, limits)
        elif verdict.reason == "preview" and verdict.app in neighbours.SENDERS_OWN:
            fields += neighbours.pastes(click)
    return neighbours.by_place(fields)


def count(judged: Sequence[tuple[Click, Verdict]], recent: Recent, mine: Selves = selves.NOBODY) -> Tally:
    """Add up clicks in stream order. `recent` holds what is `wanted` of earlier ones."""
    tally = Tally(recent=recent.changed)
    posts = tally.posts
    hits: Counter[tuple[str, int]] = Counter()
    for click, verdict in judged:
        post_id = click.post_id
        post = posts.get(post_id)
        if post is None:
            post = posts[post_id] = PostTally()
        day, within = divmod(click.at, times.DAY)
        minute = within // times.MINUTE
        reason = verdict.reason
        tested = bool(mine) and mine.tested(click.net, click.at)
        if reason == "human":
            reason = recent.tap(click)
        elif reason == "preview" and verdict.app:
            post.beside(day, f"preview:{verdict.app}")
            if verdict.app in neighbours.SENDERS_OWN and not tested and recent.paste(click):
                post.beside(day, f"pasted:{verdict.app}")
        post.total[reason] += 1
        post.days[f"{day}|{click.slug}|{reason}"] += 1
        hits[post_id, day] += 1
        minutes = post.minutes.get(day)
        if minutes is None:
            minutes = post.minutes[day] = Counter()
        minutes[f"{minute}|{click.slug}|{reason}"] += 1
        if reason == "human":
            by = post.by
            by["app"][verdict.app or UNKNOWN] += 1
            by["device"][verdict.device or UNKNOWN] += 1
            by["os"][verdict.os or UNKNOWN] += 1
            by["browser"][verdict.browser or UNKNOWN] += 1
            by["country"][click.country or UNKNOWN] += 1
            by["referrer"][click.origin or UNKNOWN] += 1
            runs = post.seen.setdefault(day, [])
            if not runs or runs[-1][0] != minute:
                runs.append((minute, []))
            runs[-1][1].append(click.visitor)
        line = clicks.kept_line(
            click, reason, classify.VERSION, verdict.app, verdict.device, verdict.os, verdict.browser
        )
        post.lines.append(line)
        if tested or reason == classify.SELF or (click.signals and classify.marked(click.signals)):
            tally.noted.append((post_id, line))
        tally.counted += 1
    for (post_id, day), number in hits.items():
        posts[post_id].beside(day, VERSION, number)
    return tally


def chunks(lines: list[str]) -> tuple[list[list[str]], list[str]]:
    """Kept lines as chunks, and the last of them, if they are too few for one.

    A chunk has at most CHUNK clicks, all within a day of its first: it is forgotten as a whole, when its newest click is due.
    """
    runs: list[list[str]] = []
    first = 0
    for line in lines:
        at = clicks.kept_at(line)
        if not runs or len(runs[-1]) == CHUNK or abs(at - first) >= times.DAY:
            runs.append([])
            first = at
        runs[-1].append(line)
    rest = runs.pop() if runs and len(runs[-1]) < SEAL_AT else []
    return runs, rest


def named(chunk: list[str], now: int) -> int:
    """The time that a chunk is named by: that of its newest click, so that it is forgotten when that is due.

    Not later than `now`: a clock that was ahead for a while must not keep all chunks behind it for as long.
    """
    return min(now, max(map(clicks.kept_at, chunk)))


def by_link(post_id: str, days: Mapping[str, int]) -> tuple[Counter[str], Counter[str]]:
    """Of a post's day sums all hits and those by people of each of its links, as `<slug>|<post id>`."""
    hits: Counter[str] = Counter()
    human: Counter[str] = Counter()
    for name, number in days.items():
        _day, slug, reason = name.split("|")
        if slug:  # what is counted beside has none
            field = f"{slug}|{post_id}"
            hits[field] += number
            if reason == "human":
                human[field] += number
    return hits, human
