"""What a re-count found, and the steps by which `lua/swap_recount.lua` puts it in the place of what is there. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shortlinks import keys, times
from shortlinks.clicks import clicks, neighbours
from shortlinks.clicks.clicks import Kept
from shortlinks.rollups import tally
from shortlinks.rollups.steps import Plan, flat

SKETCH_SECONDS = 3 * 24 * 3600
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`clicks` were counted again, `left` days were left as they were, `moved` says how many went from one reason to another."""

    clicks: int = 0
    left: int = 0
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class Result:
    """What the days that are counted again come to, as `tally.PostTally` has it, and what their clicks were counted as before.

    `altered` says whether a line of a chunk came out other than it was. `fresh` are the minutes' names that were added to since
    whoever writes them took them out.
    """

    by_day: Counter[int] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    minutes: dict[int, Counter[str]] = field(default_factory=dict)
    fresh: dict[int, set[str]] = field(default_factory=dict)
    by: dict[str, Counter[str]] = field(default_factory=lambda: _dimensions())
    by_before: dict[str, Counter[str]] = field(default_factory=lambda: _dimensions())
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    altered: bool = False

    def add(self, before: Sequence[Kept], post: tally.PostTally) -> None:
        """Add clicks: as they were kept, and what they come to now."""
        self.days.update(post.days)
        for day, minutes in post.minutes.items():
            self.minutes.setdefault(day, Counter()).update(minutes)
            self.fresh.setdefault(day, set()).update(minutes)
        for dimension, values in post.by.items():
            self.by[dimension].update(values)
        for kept, line in zip(before, post.lines, strict=True):
            self.by_day[kept.at // times.DAY] += 1
            reason = clicks.kept_reason(line)
            if kept.reason == "human":
                for dimension, values in self.by_before.items():
                    values[getattr(kept, dimension) or tally.UNKNOWN] += 1
            if kept.reason != reason:
                self.moved[kept.reason, reason] += 1


def _dimensions() -> dict[str, Counter[str]]:
    return {dimension: Counter() for dimension in keys.DIMENSIONS}


class SwapPlan(Plan):
    """The steps for one post, whose drafts bear the name `run`."""

    def __init__(self, post_id: str, run: str, result: Result) -> None:
        super().__init__(own_keys=5, own_arguments=11)
        self._post_id = post_id
        self._run = run
        self._result = result

    def steps_in_json(self) -> str:
        """The steps as the script takes them."""
        return _json(self.steps)

    def replace_minutes(self, day: int) -> None:
        """A day's minutes are those of the draft."""
        self._move(f"minutes:{day}", keys.minutes(self._post_id, day), 0)

    def replace_visitors(self, day: int, *, counted: bool) -> None:
        """A day's sketch is that of the draft, if it has one (`counted`)."""
        live = keys.visitors(self._post_id, day)
        if counted:
            self._move(f"visitors:{day}", live, SKETCH_SECONDS)
        else:
            self.steps.append(["drop", self.key(live)])

    def replace_days(self, days: Mapping[bytes, bytes], whole: Collection[int]) -> None:
        """The sums of the `whole` days are those counted now, and the total is other by the difference."""
        before = {name.decode(): int(number) for name, number in days.items() if int(name.partition(b"|")[0]) in whole}
        if not before:
            return
        total: Counter[str] = Counter()
        for name, number in self._result.days.items():
            total[name.rpartition("|")[2]] += number
        for name, number in before.items():
            total[name.rpartition("|")[2]] -= number
        self.steps.append(["put", self.key(keys.days(self._post_id)), list(before), flat(self._result.days)])
        changes = {name: number for name, number in total.items() if number}
        if changes:
            self.steps.append(["add", self.key(keys.total(self._post_id)), flat(changes)])

    def replace_links(self, days: Mapping[bytes, bytes], whole: Collection[int]) -> None:
        """The sums of the post's links are other by what changes in those of the `whole` days."""
        before = {name.decode(): int(number) for name, number in days.items() if int(name.partition(b"|")[0]) in whole}
        shard = keys.shard(self._post_id)
        for key, now, then in zip(
            (keys.link_hits(shard), keys.link_human(shard)),
            tally.by_link(self._post_id, self._result.days),
            tally.by_link(self._post_id, before),
            strict=True,
        ):
            now.subtract(then)
            if changes := {name: number for name, number in now.items() if number}:
                self.steps.append(["add", self.key(key), flat(changes)])

    def replace_by(self, dimension: str, row: Mapping[bytes, bytes], *, partly: bool) -> None:
        """A breakdown is what its clicks come to now; `partly`, where it has clicks of other days, too, by the difference.

        A value that has a field of its own has had it since it was first seen, so all its clicks are there; those of a value
        that has none are under "(other)". For that reason no field is given away while clicks of other days may be there.
        """
        live = {name.decode("utf-8", "replace"): int(number) for name, number in row.items()}
        found = Counter(live) if partly else Counter[str]()
        if partly:
            for value, number in self._result.by_before[dimension].items():
                found[value if value in live else OTHER] -= number
            keep = OTHER in live
            found = Counter({value: max(0, number) for value, number in found.items() if keep or number > 0})
        for value, number in self._result.by[dimension].items():
            found[value if value in found or len(found) < tally.VALUES_LIMIT else OTHER] += number
        if found != live:
            self.steps.append(["set", self.key(keys.by(self._post_id, dimension)), 0, flat(found)])

    def replace_kept(self, *, chunks: bool, tail: Sequence[str]) -> None:
        """The kept clicks are those of the draft, where it has any `chunks` that came out other than they were."""
        if chunks and self._result.altered:
            self._move("kept", keys.kept(self._post_id), 0)
        if tail:
            first = self.argument(*tail)
            self.steps.append(["lines", self.key(keys.tail(self._post_id)), first, first + len(tail) - 1])

    def replace_recent(self, slots: Iterable[int], *, written: Collection[int]) -> None:
        """What later clicks look back at in these slots is that of the draft, where something was `written`."""
        for slot in slots:
            live = keys.recent(self._post_id, slot)
            if slot in written:
                self._move(f"recent:{slot}", live, neighbours.REMEMBERED_SECONDS)
            else:
                self.steps.append(["drop", self.key(live)])

    def count_arrivals(self, days: Iterable[int]) -> None:
        """The arrivals of these days are to be counted again, too: their clicks have other reasons now."""
        due = self.key(keys.arriving(keys.shard(self._post_id)))
        self.steps.append(["add", due, [part for day in days for part in (f"{self._post_id}|{day}", 1)]])

    def _move(self, aspect: str, live: str, seconds: int) -> None:
        draft = self.key(keys.draft(self._post_id, self._run, aspect))
        self.steps.append(["move", draft, self.key(live), seconds])


def note(post_id: str, outcome: Outcome) -> tuple[str, str, str]:
    """What a re-count of everything keeps of one post: a field, its value, and what moved; see `recounts` for the reading."""
    moved = {f"{before}|{after}": number for (before, after), number in outcome.moved.items()}
    return f"post:{post_id}", _json([outcome.clicks, outcome.left]), _json(flat(moved))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
