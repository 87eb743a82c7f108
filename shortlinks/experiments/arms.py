"""The arm of a new post, drawn and kept in the transaction that makes the post; `experiments` says why so."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shortlinks import keys, times
from shortlinks.experiments import experiment_records, trial_power
from shortlinks.experiments.experiment_records import Arm, Draw, Experiment
from shortlinks.posts.post_records import Drawn, Post

Chance = Callable[[int], int]
"""Draws a number from 0 up to, and without, the one it is given: each equally likely."""

OUT_BEFORE = times.HOUR
"""A post that was published so long before it was made here gets no arm."""


@dataclass(frozen=True, slots=True)
class Lot:
    """The arm that a post is about to get, and the experiment as it was before."""

    experiment: Experiment
    drawn: Drawn


def draw(pipe: Any, post: Post, *, now: int, chance: Chance) -> Lot | None:
    """The arm of a new post; None where no experiment is for it.

    Part of the transaction that makes the post, which from now on fails if the experiment changes; `stage_draw` writes it.
    """
    found = experiment_records.drawing(pipe, post.platform, post.kind)
    if (
        found is None
        or experiment_records.state_at(found, now) != experiment_records.RUNNING
        or post.published_at < now - OUT_BEFORE
    ):
        return None
    arm = next_arm([each.arm for each in found.draws], found.per_arm, chance)
    return Lot(found, Drawn(found.id, found.tag, arm, found.question))


def stage_draw(pipe: Any, lot: Lot, post_id: str, *, now: int) -> None:
    """Add to a transaction the post's place in its experiment, which ends with the last one planned."""
    before = lot.experiment
    grown = replace(before, draws=(*before.draws, Draw(post_id, lot.drawn.arm)))
    if len(grown.draws) == 2 * grown.per_arm:
        grown = replace(grown, state=experiment_records.ENDED, ended_at=now)
        pipe.hdel(keys.RUNNING, experiment_records.place(grown.platform, grown.kind))
    experiment_records.stage(pipe, grown)


def next_arm(drawn: Sequence[Arm], per_arm: int, chance: Chance = secrets.randbelow) -> Arm:
    """The arm after those that were drawn: chance alone, among what is left of the present block."""
    begun = drawn[len(drawn) // trial_power.BLOCK * trial_power.BLOCK :]
    size = trial_power.block_sizes(per_arm)[len(drawn) // trial_power.BLOCK]
    return "yes" if chance(size - len(begun)) < size // 2 - begun.count("yes") else "no"


def without(pipe: Any, experiment_id: str, post_id: str) -> Experiment | None:
    """The experiment without a post that is about to be erased, from now on watched; None when it is gone."""
    pipe.watch(keys.experiment(experiment_id))
    raw = pipe.get(keys.experiment(experiment_id))
    if raw is None:
        return None
    found = experiment_records.decode(raw)
    return replace(
        found, draws=tuple(Draw(None, each.arm) if each.post_id == post_id else each for each in found.draws)
    )
