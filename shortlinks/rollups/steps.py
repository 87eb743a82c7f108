"""What a tally is to Redis: the steps that `lua/commit_rollup.lua` applies. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from shortlinks import keys
from shortlinks.clicks import clicks, neighbours
from shortlinks.rollups import tally
from shortlinks.rollups.tally import Tally

NOTED = 200
_SEE_AT_ONCE = 1_000


def of_batch(
    batch: Tally, tails: Mapping[str, list[str]], *, now: int, posts: Collection[str]
) -> tuple[list[str], str, list[Any]]:
    """A batch's tally as the script's keys (from KEYS[3] on), its JSON steps, and its lines and chunks (from ARGV[9] on).

    `tails` gives the unsealed kept lines of those posts whose tail is due to be sealed with this batch. `posts` are those that
    are posts, and no bio pages: there are events of them.
    """
    plan = _BatchPlan(own_keys=2, own_arguments=8)
    plan.count(batch, posts)
    for post_id, post in batch.posts.items():
        plan.keep(post_id, post.lines, tails.get(post_id), now)
    for post_id, line in batch.noted[-NOTED:]:
        plan.note(post_id, line)
    for post_id in batch.posts:
        if post_id in posts:
            plan.tell(post_id)
    return plan.keys, json.dumps(plan.steps, separators=(",", ":")), plan.arguments


class Plan:
    """Steps under construction, with each key and argument numbered as the script will see it.

    The script's own keys and arguments stand before them: `own_keys` and `own_arguments` of them.
    """

    def __init__(self, *, own_keys: int, own_arguments: int) -> None:
        self.keys: list[str] = []
        self.steps: list[list[Any]] = []
        self.arguments: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._own_keys = own_keys
        self._own_arguments = own_arguments

    def key(self, name: str) -> int:
        """The number of a key in KEYS."""
        number = self._numbers.get(name)
        if number is None:
            self.keys.append(name)
            number = self._numbers[name] = self._own_keys + len(self.keys)
        return number

    def argument(self, *values: Any) -> int:
        """The number of the first of these in ARGV."""
        self.arguments.extend(values)
        return self._own_arguments + len(self.arguments) - len(values) + 1

    def tell(self, post_id: str) -> None:
        """An event with the post's counts after the steps before this one."""
        shard = keys.shard(post_id)
        names = (keys.events(shard), keys.told(shard), keys.total(post_id))
        self.steps.append(["tell", *map(self.key, names), post_id])


class _BatchPlan(Plan):
    """What `commit_rollup.lua` does."""

    def count(self, batch: Tally, posts: Collection[str]) -> None:
        for post_id, post in batch.posts.items():
            self.add(keys.total(post_id), post.total)
            self.add(keys.days(post_id), post.days)
            if post_id in posts:
                hits, human = tally.by_link(post_id, post.days)
                self.add(keys.link_hits(keys.shard(post_id)), hits)
                self.add(keys.link_human(keys.shard(post_id)), human)
            for day, minutes in post.minutes.items():
                self.add(keys.minutes(post_id, day), minutes)
            for dimension, values in post.by.items():
                if values:
                    key = self.key(keys.by(post_id, dimension))
                    self.steps.append(["cap", key, tally.VALUES_LIMIT, flat(values)])
            for day, seen in post.seen.items():
                self.see(post_id, day, seen)
        for (post_id, slot), fields in batch.recent.items():
            key = self.key(keys.recent(post_id, slot))
            self.steps.append(["remember", key, neighbours.REMEMBERED_SECONDS, flat(fields)])

    def add(self, name: str, sums: Counter[str]) -> None:
        self.steps.append(["add", self.key(name), flat(sums)])

    def see(self, post_id: str, day: int, seen: list[tuple[int, list[str]]]) -> None:
        groups = [
            [f"{minute}||visitors", *visitors[start : start + _SEE_AT_ONCE]]
            for minute, visitors in seen
            for start in range(0, len(visitors), _SEE_AT_ONCE)
        ]
        names = (
            keys.visitors(post_id, day),
            keys.total(post_id),
            keys.days(post_id),
            keys.minutes(post_id, day),
        )
        self.steps.append(["see", *map(self.key, names), f"{day}||visitors", groups])

    def keep(self, post_id: str, lines: list[str], tail: list[str] | None, now: int) -> None:
        sealed, rest = ([], lines) if tail is None else tally.chunks(tail + lines)
        for chunk in sealed:
            name = str(tally.named(chunk, now))
            self.steps.append(["seal", self.key(keys.kept(post_id)), name, self.argument(clicks.pack(chunk))])
        if rest or tail:
            first_line = self.argument(*rest)
            fresh = 0 if tail is None else 1
            self.steps.append(["tail", self.key(keys.tail(post_id)), fresh, first_line, first_line + len(rest) - 1])

    def note(self, post_id: str, line: str) -> None:
        argument = self.argument(f"{post_id}\t{line}")
        self.steps.append(["note", self.key(keys.tests(keys.shard(post_id))), NOTED, argument])


def flat(sums: Mapping[str, int] | Mapping[str, str]) -> list[Any]:
    """Names and values in turn, as commands take them."""
    return [part for pair in sums.items() for part in pair]
