"""Experiments: one thing tried on half of the next posts, and chance says on which.

While an experiment runs, each new post of its platform and kind is given an arm, *yes* or *no*, in the transaction that makes
the post: nobody can make posts until the coin lies right, and a repeated request finds the arm it had. Arms are drawn in
permuted blocks of trial_power.BLOCK, from the system's own source of chance. A post that was out before gets none: nobody can do
on it any more what the arm says. The draw is kept with the experiment and with the post, whose tags repeat it; other tags
change nothing about it, nor does it matter whether the post is archived or edited later: what was drawn counts (the
intention to treat; else posts that did badly could be left out). A post that is erased leaves its place in its block empty.
"""

import re
from dataclasses import replace
from typing import Any

from shortlinks import ids, keys
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.experiments import experiment_records, trial_power
from shortlinks.experiments.experiment_records import RUNNING, STOPPED, Experiment, decode, state_at
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.records import nouns, pages, versions
from shortlinks.store import Store
from shortlinks.words.language import _

FEWEST_PER_ARM = 2
LONGEST_DAYS = 366
USUAL_DAYS = 28
_FIELDS = ("question", "platform", "kind", "placement", "per_arm", "days")
_LONGEST_QUESTION = 120
_LONGEST_TAG = 24
_SMALL_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)


def plan(fields: Any, *, now: int) -> Experiment:
    """The experiment that `create` would start, if no other one runs there. Raises Invalid."""
    asked = nouns.Fields(fields, _FIELDS, "experiment")
    platform = asked.need("platform", post_fields.platform, "")
    question = asked.need("question", nouns.text(_LONGEST_QUESTION), "")
    found = Experiment(
        id=ids.new(),
        question=question,
        tag=tag_of(question),
        platform=platform,
        kind=asked.need("kind", post_fields.kind, ""),
        placement=asked.take("placement", spot(platform), None) if platform else None,
        per_arm=asked.need("per_arm", nouns.whole(FEWEST_PER_ARM, trial_power.MOST_PER_ARM), 0),
        days=asked.take("days", nouns.whole(1, LONGEST_DAYS), USUAL_DAYS),
        started_at=now,
        ended_at=None,
        state=RUNNING,
    )
    asked.raise_errors()
    return found


def create(store: Store, fields: Any, *, now: int) -> Experiment:
    """Start an experiment: question, platform, kind, per_arm, and if need be placement and days (28).

    Raises Invalid, and Conflict("kind") while another one runs on the same platform and kind.
    """
    started = plan(fields, now=now)
    key = keys.experiment(started.id)

    def change(pipe: Any) -> Experiment:
        if raw := pipe.get(key):  # an earlier run got through, and its answer was lost
            return decode(raw)
        other = experiment_records.drawing(pipe, started.platform, started.kind)
        if other is not None and state_at(other, now) == RUNNING:
            raise Conflict("kind", _("has an experiment that still runs: “{question}”", question=other.question))
        earlier = {experiment.tag for experiment in experiment_records.every(pipe)}
        named = replace(started, tag=_free_tag(started.tag, earlier))
        pipe.multi()
        experiment_records.stage(pipe, named)
        pipe.hset(keys.RUNNING, experiment_records.place(named.platform, named.kind), named.id)
        return named

    return nouns.commit(store, change, key, keys.EXPERIMENTS)


def get(store: Store, experiment_id: str) -> Experiment:
    """The experiment with this id. Raises NotFound."""
    raw = store.redis.get(keys.experiment(experiment_id))
    if raw is None:
        raise NotFound("experiment", experiment_id)
    return decode(raw)


def running(store: Store, *, now: int) -> list[Experiment]:
    """The experiments that new posts take part in now, at most one a platform and kind, oldest first."""
    names = [name.decode() for name in store.redis.hvals(keys.RUNNING)]
    raws = store.redis.mget([keys.experiment(name) for name in names]) if names else []
    found = [decode(raw) for raw in raws if raw is not None]
    return sorted((each for each in found if state_at(each, now) == RUNNING), key=lambda each: each.started_at)


def list_(store: Store, *, limit: int, cursor: str | None = None) -> tuple[list[Experiment], str | None]:
    """Experiments, newest first, and the cursor of the next page."""
    return pages.page(store, keys.EXPERIMENTS, keys.experiment, decode, limit=limit, cursor=cursor)


def update(
    store: Store, experiment_id: str, changes: Any, *, now: int, only_if: versions.Condition | None = None
) -> Experiment:
    """Stop an experiment early: `{"state": "stopped"}`. It then has no verdict, whatever it found.

    Raises NotFound, Invalid, Conflict("state") when it has ended by itself, and Stale unless it is, its draws aside, as
    `only_if` wants it.
    """
    asked = nouns.Fields(changes, ("state",), "experiment change")
    asked.need("state", nouns.one_of(STOPPED), "")
    asked.raise_errors()
    key = keys.experiment(experiment_id)

    def change(pipe: Any) -> Experiment:
        raw = pipe.get(key)
        if raw is None:
            raise NotFound("experiment", experiment_id)
        present = decode(raw)
        versions.check(only_if, pipe, undrawn(present))
        match state_at(present, now):
            case "stopped":
                return present
            case "ended":
                raise Conflict("state", _("cannot be changed: the experiment has ended"))
        stopped = replace(present, state=STOPPED, ended_at=now)
        pipe.multi()
        versions.stage(only_if, pipe)
        experiment_records.stage(pipe, stopped)
        pipe.hdel(keys.RUNNING, experiment_records.place(stopped.platform, stopped.kind))
        return stopped

    return nouns.commit(store, change, key)


def undrawn(experiment: Experiment) -> Experiment:
    """What was decided of an experiment, without the arms that were drawn since."""
    return replace(experiment, draws=())


def tag_of(question: str) -> str:
    """The first words of a question as a tag: `say-the-address` of “Say the address in the first 3 seconds”."""
    words = re.findall(r"\w+", question.casefold())
    while len(words) > 1 and (len("-".join(words)) > _LONGEST_TAG or words[-1] in _SMALL_WORDS):
        words.pop()
    return "-".join(words)[:_LONGEST_TAG] or "test"


def spot(platform: str) -> nouns.Check[str]:
    """A check for the placement whose clicks alone an experiment reads; gives its whole id."""

    def check(value: Any, field: str) -> str:
        found = placements.get(platform, value, field=field)
        if found.audience == "outside":
            raise Invalid.field(field, _("is seen by people who need not have viewed the post: no rate on its views"))
        return found.id

    return check


def _free_tag(tag: str, taken: set[str]) -> str:
    number = 1
    while (found := tag if number == 1 else f"{tag}-{number}") in taken:
        number += 1
    return found
