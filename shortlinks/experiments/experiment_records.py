"""Experiments as they are stored. `experiments` holds the verbs, `arms` draws a post's arm when it is made."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from shortlinks import keys, times
from shortlinks.records import nouns

Arm = Literal["yes", "no"]
State = Literal["running", "ended", "stopped"]

RUNNING: State = "running"
ENDED: State = "ended"
STOPPED: State = "stopped"


@dataclass(frozen=True, slots=True)
class Draw:
    """One post's arm. `post_id` is None once the post was erased."""

    post_id: str | None
    arm: Arm


@dataclass(frozen=True, slots=True)
class Experiment:
    """`question` says what is done on the posts of the arm yes, `tag` is short for it.

    It takes up to `per_arm` posts an arm of `platform` and `kind`, for `days` days at most. With `placement` (a whole id)
    only clicks on links in that spot are read. `draws` are in the order in which they were made. `state` is as stored:
    see `state_at`.
    """

    id: str
    question: str
    tag: str
    platform: str
    kind: str
    placement: str | None
    per_arm: int
    days: int
    started_at: int
    ended_at: int | None
    state: State
    draws: tuple[Draw, ...] = ()


def state_at(experiment: Experiment, now: int) -> State:
    """running, stopped, or ended: its posts are all there or its days are over."""
    over = experiment.state == RUNNING and now >= ends_at(experiment)
    return ENDED if over else experiment.state


def ends_at(experiment: Experiment) -> int:
    """When it ended, or will end at the latest."""
    return experiment.started_at + experiment.days * times.DAY if experiment.ended_at is None else experiment.ended_at


def stage(pipe: Any, experiment: Experiment) -> None:
    """Add to a transaction all that writes `experiment`, but not that it draws arms now."""
    pipe.set(keys.experiment(experiment.id), nouns.dump(asdict(experiment)))
    pipe.zadd(keys.EXPERIMENTS, {experiment.id: experiment.started_at})


def restore(pipe: Any, raw: str) -> None:
    """Write the experiment of an export; of two that run in one place, the one that comes later draws the arms."""
    experiment = decode(raw)
    stage(pipe, experiment)
    if experiment.state == RUNNING:
        pipe.hset(keys.RUNNING, place(experiment.platform, experiment.kind), experiment.id)


def decode(raw: bytes | str) -> Experiment:
    """The experiment in a stored record."""
    record = nouns.load(raw)
    record["draws"] = tuple(Draw(**each) for each in record["draws"])
    return Experiment(**record)


def place(platform: str, kind: str) -> str:
    """The field of keys.RUNNING for posts of a kind."""
    return f"{platform}/{kind}"


def drawing(pipe: Any, platform: str, kind: str) -> Experiment | None:
    """The experiment that was started last for a place, from now on watched; its days may be over."""
    pipe.watch(keys.RUNNING)
    name = pipe.hget(keys.RUNNING, place(platform, kind))
    if name is None:
        return None
    pipe.watch(key := keys.experiment(name.decode()))
    raw = pipe.get(key)
    return None if raw is None else decode(raw)


def every(pipe: Any) -> list[Experiment]:
    """All experiments, oldest first. A transaction that rests on it watches keys.EXPERIMENTS."""
    names = [name.decode() for name in pipe.zrange(keys.EXPERIMENTS, 0, -1)]
    raws = pipe.mget([keys.experiment(name) for name in names]) if names else []
    return [decode(raw) for raw in raws if raw is not None]
