"""Counting a batch of clicks: from what was recorded to what is added where. Pure.

`count` classifies clicks and adds them up per post; `steps` turns the sums into the steps that
`lua/commit_rollup.lua` applies. How clicks are split into batches changes nothing: every sum is additive.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shortlinks import classify, clicks, keys, times

SEAL_AT = 32
CHUNK = 256
VALUES_LIMIT = 200
UNKNOWN = "(unknown)"
_SEE_AT_ONCE = 1_000
_FIRST_ARGUMENT = 9


@dataclass(slots=True)
class PostTally:
    """What one batch adds to one post. Days are UTC days, minutes minutes of their day.

    `seen` holds each day's visitors in stream order, in runs of the same minute: whoever comes twice counts in the
    minute that was read first, and batches may end anywhere.
    """

    total: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    minutes: dict[int, Counter[str]] = field(default_factory=dict)
    by: dict[str, Counter[str]] = field(default_factory=lambda: {dimension: Counter() for dimension in keys.DIMENSIONS})
    seen: dict[int, list[tuple[int, list[str]]]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What one batch adds to a shard: sums by post id, and how many lines were `rejected` (garbled) or `dropped`."""

    posts: dict[str, PostTally] = field(default_factory=dict)
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


def count(recorded: Iterable[clicks.Click], alive: frozenset[str]) -> Tally:
    """Add up clicks in stream order. Those of posts not in `alive` (purged meanwhile) are only counted as dropped."""
    tally = Tally()
    posts = tally.posts
    for click in recorded:
        post_id = click.post_id
        if post_id not in alive:
            tally.dropped += 1
            continue
        post = posts.get(post_id)
        if post is None:
            post = posts[post_id] = PostTally()
        verdict = classify.classify(click.method, click.signals, click.agent, click.origin)
        reason = verdict.reason
        day, within = divmod(click.at, times.DAY)
        minute = within // times.MINUTE
        post.total[reason] += 1
        post.days[f"{day}|{click.slug}|{reason}"] += 1
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
        post.lines.append(
            clicks.kept_line(click, reason, classify.VERSION, verdict.app, verdict.device, verdict.os, verdict.browser)
        )
        tally.counted += 1
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


def steps(tally: Tally, tails: Mapping[str, list[str]], *, now: int) -> tuple[list[str], str, list[Any]]:
    """The tally as a script's keys (from KEYS[3] on), its JSON steps, and its lines and chunks (from ARGV[9] on).

    `tails` gives the unsealed kept lines of those posts whose tail is due to be sealed with this batch.
    """
    plan = _Plan(now)
    for post_id, post in tally.posts.items():
        plan.add(keys.total(post_id), post.total)
        plan.add(keys.days(post_id), post.days)
        for day, minutes in post.minutes.items():
            plan.add(keys.minutes(post_id, day), minutes)
        for dimension, values in post.by.items():
            if values:
                plan.steps.append(["cap", plan.key(keys.by(post_id, dimension)), VALUES_LIMIT, _flat(values)])
        for day, seen in post.seen.items():
            plan.see(post_id, day, seen)
        plan.keep(post_id, post.lines, tails.get(post_id))
    return plan.keys, json.dumps(plan.steps, separators=(",", ":")), plan.arguments


class _Plan:
    """Steps under construction, with each key and argument numbered as the script will see it."""

    def __init__(self, now: int) -> None:
        self.keys: list[str] = []
        self.steps: list[list[Any]] = []
        self.arguments: list[Any] = []
        self._now = now
        self._numbers: dict[str, int] = {}

    def key(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            self.keys.append(name)
            number = self._numbers[name] = len(self.keys) + 2
        return number

    def add(self, name: str, sums: Counter[str]) -> None:
        self.steps.append(["add", self.key(name), _flat(sums)])

    def see(self, post_id: str, day: int, seen: list[tuple[int, list[str]]]) -> None:
        groups = [
            [f"{minute}||visitors", *visitors[start : start + _SEE_AT_ONCE]]
            for minute, visitors in seen
            for start in range(0, len(visitors), _SEE_AT_ONCE)
        ]
        names = (keys.visitors(post_id, day), keys.total(post_id), keys.days(post_id), keys.minutes(post_id, day))
        self.steps.append(["see", *map(self.key, names), f"{day}||visitors", groups])

    def keep(self, post_id: str, lines: list[str], tail: list[str] | None) -> None:
        sealed, rest = ([], lines) if tail is None else chunks(tail + lines)
        for chunk in sealed:
            name = str(named(chunk, self._now))
            self.steps.append(["seal", self.key(keys.kept(post_id)), name, self._argument(clicks.pack(chunk))])
        if rest or tail:
            first_line = _FIRST_ARGUMENT + len(self.arguments)
            self.arguments.extend(rest)
            fresh = 0 if tail is None else 1
            self.steps.append(["tail", self.key(keys.tail(post_id)), fresh, first_line, first_line + len(rest) - 1])

    def _argument(self, value: Any) -> int:
        self.arguments.append(value)
        return _FIRST_ARGUMENT + len(self.arguments) - 1


def _flat(sums: Counter[str]) -> list[Any]:
    return [part for pair in sums.items() for part in pair]
