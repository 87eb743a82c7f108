"""What an experiment says: its posts' clicks per view, and in the end whether what was tried makes a difference.

There is a verdict only when the experiment is over as it was planned. Whoever looks day by day and stops when it looks
good calls luck a result: with five looks at data without any effect, 14 % of tests at 5 % come out (Armitage, McPherson and
Rowe 1969, Journal of the Royal Statistical Society A 132:235; Simmons, Nelson and Simonsohn 2011, Psychological Science
22:1359; Johari, Koomen, Pekelis and Walsh 2017, KDD 17:1517). So until then only the progress is told, no rate and no p,
and an experiment that was stopped early never has a verdict.

Clicks on a shared bio link count for the post it promoted then. Some were earned by other posts, but chance spreads those
over both arms alike: they make a difference smaller, never one up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

from shortlinks import times
from shortlinks.experiments import chances, experiment_records, trial_power, trial_words, trials
from shortlinks.experiments.chances import Usual
from shortlinks.experiments.experiment_records import Arm, Experiment
from shortlinks.experiments.trials import Trial
from shortlinks.funnels import funnel, outcomes
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import cuts
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.statistics.stats import Sample
from shortlinks.store import Store
from shortlinks.words.language import _

GRACE = 7 * times.DAY
"""How long after the end views can still be noted. Then there is a verdict without those posts, which says so."""

_LOOKED_AT = 100

_Missing = Literal["waiting", "unlinked"]


@dataclass(frozen=True, slots=True)
class Report:
    """An experiment as of now: `yes` and `no` posts were drawn, `waiting` are the ids of those whose views are not known.

    `erased` posts are gone, `unlinked` ones have no link that their viewers can tap, or none in the spot that counts.
    `trial` is there when there is a verdict. `sentence` says all of it.
    """

    experiment: Experiment
    state: experiment_records.State
    day: int
    yes: int
    no: int
    waiting: tuple[str, ...]
    erased: int
    unlinked: int
    trial: Trial | None
    sentence: str


@dataclass
class _Gathered:
    samples: dict[Arm, list[Sample]] = field(default_factory=lambda: {"yes": [], "no": []})
    blocks: dict[Arm, list[int]] = field(default_factory=lambda: {"yes": [], "no": []})
    waiting: list[str] = field(default_factory=list)
    erased: int = 0
    unlinked: int = 0


def read(store: Store, experiment: Experiment, *, now: int) -> Report:
    """What `experiment` says at `now`. Clicks are those of a post's viewers up to its newest views."""
    found = _gather(store, experiment)
    state = experiment_records.state_at(experiment, now)
    due = not found.waiting or now >= experiment_records.ends_at(experiment) + GRACE
    trial = None
    if state == experiment_records.ENDED and due:
        trial = trials.judge(
            found.samples["yes"],
            found.samples["no"],
            blocks=(found.blocks["yes"], found.blocks["no"]),
            seed=crc32(experiment.id.encode()),
        )
    arms = [draw.arm for draw in experiment.draws]
    return Report(
        experiment=experiment,
        state=state,
        day=day(experiment, now),
        yes=arms.count("yes"),
        no=arms.count("no"),
        waiting=tuple(found.waiting),
        erased=found.erased,
        unlinked=found.unlinked,
        trial=trial,
        sentence=_sentence(experiment, state, found, trial, now),
    )


def day(experiment: Experiment, now: int) -> int:
    """Which day of the experiment it is, from 1 to the last."""
    begun = max(0, min(now, experiment_records.ends_at(experiment)) - experiment.started_at)
    return min(experiment.days, begun // times.DAY + 1)


def progress(experiment: Experiment, now: int) -> str:
    """How far it is, in words: what the list of experiments says."""
    arms = [draw.arm for draw in experiment.draws]
    yes, no = arms.count("yes"), arms.count("no")
    return trial_words.progress(day=day(experiment, now), days=experiment.days, yes=yes, no=no)


def _samples(
    store: Store, found: Sequence[Post], ever: Sequence[Sequence[links.Link]], placement: str | None
) -> list[Sample | _Missing]:
    """For each post the clicks of its viewers up to its newest views, and those views; or why there are none.

    Clicks are those on all the links that it `ever` had or, if given, on those in `placement`. Views that were noted before
    the post was out for outcomes.SETTLED do not count, nor do zero views.
    """
    ids = [post.id for post in found]
    views = [_settled(post, rows) for post, rows in zip(found, snapshots.of_posts(store, ids), strict=True)]
    hung = [_inside(own, placement) for own in ever]
    ends = [[funnel.cut_end(seen.taken_at)] if seen and slugs else [] for seen, slugs in zip(views, hung, strict=True)]
    sums = cuts.human(store, dict(zip(ids, ends, strict=True)))
    told: list[Sample | _Missing] = []
    for name, seen, slugs in zip(ids, views, hung, strict=True):
        if not slugs:
            told.append("unlinked")
        elif seen is None or seen.views is None:
            told.append("waiting")
        else:
            clicks = sum(counted[slug] for counted in sums[name].values() for slug in slugs)
            told.append(Sample(clicks, seen.views, base_off=seen.precision.get("views", 0)))
    return told


def _settled(post: Post, taken: Sequence[Snapshot]) -> Snapshot | None:
    """The snapshot with a post's newest views, if they say anything."""
    seen = snapshots.basis(taken)
    return seen if seen and seen.views and seen.taken_at >= post.published_at + outcomes.SETTLED else None


def _inside(hung: Sequence[links.Link], placement: str | None) -> set[str]:
    """The slugs of the links that a post's viewers see, in `placement` if given; none where all these are out of reach."""
    wanted = [link for link in hung if placement in (None, link.placement)]
    if not any(outcomes.in_reach(link.placement) for link in wanted):
        return set()
    return {link.slug for link in wanted if outcomes.before_viewers(link.placement)}


def usual(store: Store, *, now: int, placement: str | None = None) -> list[Usual]:
    """What is usual for each platform and kind among the newest posts whose views are known, the most posts first.

    The rate is that of posts on one way (see outcomes.way), the one that most of them have. With `placement` (a whole id)
    they are those with a link in that spot, and clicks there alone count. The pace is that of all.
    """
    found, _ = posts.list_(store, limit=_LOOKED_AT, archived=None)
    hung = links.ever_of_posts(store, [post.id for post in found])
    numbers = _samples(store, found, hung, placement)
    groups: defaultdict[tuple[str, str], defaultdict[outcomes.Way, list[Sample]]] = defaultdict(
        lambda: defaultdict(list)
    )
    out: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for post, ever, told in zip(found, hung, numbers, strict=True):
        if placement and told == "unlinked":
            continue
        place = post.platform, post.kind
        out[place].append(post.published_at)
        if isinstance(told, Sample) and not told.overfull:
            spots = [placement] if placement else [link.placement for link in ever]
            groups[place][outcomes.way_of(post.profile_id, post.kind, spots)].append(told)
    known = [
        chances.usual(*place, max(ways.values(), key=len), pace=chances.pace(out[place], now=now))
        for place, ways in groups.items()
    ]
    return sorted(known, key=lambda each: -each.posts)


def _gather(store: Store, experiment: Experiment) -> _Gathered:
    found = _Gathered()
    there = posts.find_all(store, (draw.post_id for draw in experiment.draws if draw.post_id))
    ever = links.ever_of_posts(store, list(there))
    told = dict(zip(there, _samples(store, list(there.values()), ever, experiment.placement), strict=True))
    for place, draw in enumerate(experiment.draws):
        name = draw.post_id or ""
        match told.get(name):
            case None:
                found.erased += 1
            case "waiting":
                found.waiting.append(name)
            case "unlinked":
                found.unlinked += 1
            case Sample() as numbers:
                found.samples[draw.arm].append(numbers)
                found.blocks[draw.arm].append(place // trial_power.BLOCK)
    return found


def _sentence(
    experiment: Experiment, state: experiment_records.State, found: _Gathered, trial: Trial | None, now: int
) -> str:
    waits = trial_words.waiting(len(found.waiting))
    spot = placements.by_id(experiment.placement).label if experiment.placement else ""
    if state == experiment_records.STOPPED:
        return trial_words.stopped()
    if state == experiment_records.RUNNING:
        lost = trial_words.left_out(erased=found.erased, unlinked=found.unlinked, unseen=0, spot=spot)
        return " ".join(part for part in (progress(experiment, now), waits, lost) if part)
    if trial is None:
        return _("It has ended. {waits} Then the result is shown here.", waits=waits)
    rest = trial_words.left_out(erased=found.erased, unlinked=found.unlinked, unseen=len(found.waiting), spot=spot)
    return f"{trial_words.verdict(trial)} {rest}".rstrip()
