"""Do people come back later? Clicks on new views as posts get older, how fast clicks fade, and saves beside clicks.

We do not recognise a person the next day (the salt of the visitor hashes is gone by then), so returners cannot be counted;
what can be seen is whether clicks go on when views have stopped. Stories are gone after a day and left out.
"""

from collections.abc import Sequence
from typing import Any

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import ages, fading, insight, ways
from shortlinks.insights.ages import Ages
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.statistics import stats
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

QUESTION = N_("Do people come back later?")

ENOUGH_CLICKS = 20
"""From here on a post is told by itself; before, the posts on a way are told together."""

_NO_RETURNERS = N_(
    "We do not recognise a person the next day, by design, so those who come back cannot be counted; what shows is when "
    "clicks come."
)
_SETTLE = N_(
    "Note the views of a post after a day and again after a week: then clicks on late views can be told apart."
)
_OWN_POSTS = 3
_HARDLY = 0.01
_TOLD = 2


def answer(data: Data, *, now: int) -> Insight:
    """What the clicks of posts on the same way do with time, and those of the posts that have enough by themselves.

    Of all changes that are told no more than one in twenty is luck: their p-values are adjusted for their number.
    """
    noted = [outcome for outcome in data.outcomes if outcome.readings and outcomes.clickable(outcome)]
    # At any of its readings: one that was mistyped early makes all that came later look few.
    seen = [outcome for outcome in noted if not any(each.overfull for each in outcome.readings)]
    overfull = len(noted) - len(seen)
    read = [outcome for outcome in seen if outcome.kind != "story"]
    pools = [ages.of(way.name, way.posts) for way in ways.of(read, data.handles)]
    busy = sorted((o for o in read if ages.clicks(o) >= ENOUGH_CLICKS), key=ages.clicks, reverse=True)
    groups = ages.together([*pools, *(ages.of(wording.quoted(each.title), [each]) for each in busy[:_OWN_POSTS])])
    told = _told(groups, len(pools))
    saves = _saves(seen)
    said = (
        _answer(told, groups, data, seen=bool(seen), overfull=bool(overfull)),
        _unplaced(groups[: len(pools)]),
        _overfull(overfull),
        _fading(groups),
        _saved(saves),
    )
    return Insight(
        code="later",
        question=_(QUESTION),
        answer=" ".join(filter(None, (*said, _(_NO_RETURNERS)))),
        sure=_sure(told),
        how_sure=_how_sure(told),
        settle=_(insight.HANG_ONE) if insight.out_of_reach(data.outcomes) else _(_SETTLE),
        evidence={
            "groups": [_evidence(group) for group in groups],
            "stories_left_out": len(seen) - len(read),
            "overfull": overfull,
            "saves": saves,
        },
        picture=Picture(
            kind="bars",
            title=_("Clicks per {base} new views, by age of the post", base=1_000),
            unit=_("clicks per {base} new views", base=1_000),
            points=tuple(_point(group, *span) for group in groups for span in group.spans),
        ),
    )


def _told(groups: Sequence[Ages], pools: int) -> list[Ages]:
    """Whose clicks are told: those with a verdict, single posts (behind so many `pools`) where no pool has one."""
    clear = [group for group in groups[:pools] if group.clear] or [group for group in groups if group.clear]
    return clear[:_TOLD] or [group for group in groups if group.change][:1]


def _answer(told: Sequence[Ages], groups: Sequence[Ages], data: Data, *, seen: bool, overfull: bool) -> str:
    if insight.out_of_reach(data.outcomes):
        return _(insight.NO_WAY)
    if told:
        return " ".join(map(_change, told))
    if groups:
        return _(
            "Whether late views bring more clicks cannot be told yet: no post has views noted both early and late."
        )
    if seen:
        return _("Stories are gone after a day, so they cannot say: it takes posts that stay.")
    if overfull:
        return _("No post can say: one of its two numbers is wrong.")
    return _("There are no views yet: note them a day and again a week after a post is out.")


def _change(group: Ages) -> str:
    change = group.change
    if change is None or not group.clear:
        return _("{group}: no clear difference between the clicks on late views and on early ones.", group=group.name)
    if change.verdict == "lower":
        why = _("So those who come, come at once: nothing points to people who come back later.")
        return f"{_fewer(group.name, change.ratio)} {why}"
    if change.ratio is None:
        more = _("{group}: after the first day, new views bring clicks, and there was none before.", group=group.name)
    else:
        more = _(
            "{group}: after the first day, new views bring more clicks, {times} many.",
            group=group.name,
            times=wording.times_as(change.ratio),
        )
    why = _("That fits people who saw it earlier and come back later.")
    return f"{more} {why}"


def _fewer(group: str, ratio: float | None) -> str:
    if not ratio:
        return _("{group}: after the first day, new views bring no clicks any more.", group=group)
    if ratio < _HARDLY:
        return _(
            "{group}: after the first day, new views bring fewer clicks, less than a hundredth as many.", group=group
        )
    times = wording.times_as(ratio)
    return _("{group}: after the first day, new views bring fewer clicks, {times} many.", group=group, times=times)


def _unplaced(groups: Sequence[Ages]) -> str:
    views = [each for group in groups for each in group.unplaced]
    if not views:
        return ""
    return _(
        "No reading tells early from late in {views} of {posts}: they are left out.",
        views=wording.plural(sum(views), "view"),
        posts=wording.plural(len(views), "post"),
    )


def _overfull(posts: int) -> str:
    if not posts:
        return ""
    return ngettext(
        "{count} post has more clicks than views and is left out.",
        "{count} posts have more clicks than views and are left out.",
        posts,
    )


def _fading(groups: Sequence[Ages]) -> str:
    found = next((group for group in groups if group.half_life), None)
    return f"{found.name}: {fading.sentence(found.half_life)}" if found and found.half_life else ""


def _saves(read: Sequence[Outcome]) -> dict[str, int] | None:
    """Saves and clicks over the posts whose last reading has both; None where none has."""
    noted = [last for post in read if (last := post.latest) and "saves" in last.counts]
    if not noted:
        return None
    return {
        "posts": len(noted),
        "saves": sum(reading.counts["saves"] for reading in noted),
        "clicks": sum(reading.sample.count for reading in noted),
    }


def _saved(saves: dict[str, int] | None) -> str:
    if saves is None:
        return _("Saves are not noted: they are the one thing that people do who mean to come back.")
    return _(
        "{saves} beside {clicks} on {posts}.",
        saves=wording.plural(saves["saves"], "save"),
        clicks=wording.plural(saves["clicks"], "click"),
        posts=wording.plural(saves["posts"], "post"),
    )


def _sure(told: Sequence[Ages]) -> Sure:
    if not any(group.clear for group in told):
        return "cannot_tell_yet"
    return "possible" if any(group.shared for group in told) else "likely"


def _how_sure(told: Sequence[Ages]) -> str:
    if not told:
        return _("Nothing to compare yet: it takes views noted at two ages.")
    shared = any(group.shared for group in told)
    moves = _("A bio link that moves on to the next post takes late clicks along.") if shared else ""
    if not any(group.clear for group in told):
        sure = _("Cannot be told yet: luck can make a difference of this size, and can hide one.")
    elif shared:
        sure = _("Possible: luck alone rarely makes such a difference.")
    else:
        sure = _("Likely: luck alone rarely makes such a difference.")
    return f"{sure} {moves}".rstrip()


def _point(group: Ages, label: str, sample: Sample, estimate: stats.Estimate | None) -> Point:
    clicks, views = wording.plural(sample.count, "click"), wording.plural(sample.base, "new view")
    text = _("{clicks} on {views}", clicks=clicks, views=views)
    return insight.point(wording.capital(_(label)), text, estimate, group.name)


def _evidence(group: Ages) -> dict[str, Any]:
    half, change = group.half_life, group.change
    return {
        "group": group.name,
        "posts": group.posts,
        "clicks": group.clicks,
        "ages": [
            {"age": label, "clicks": sample.count, "new_views": sample.base, **insight.numbers(estimate)}
            for label, sample, estimate in group.spans
        ],
        "unplaced": {"posts": len(group.unplaced), "views": sum(group.unplaced)},
        "late_against_early": change and change.to_dict(),
        "half_life_seconds": half
        and {
            "value": round(half.value / times.SECOND),
            "low": round(half.low / times.SECOND),
            "high": half.high and round(half.high / times.SECOND),
            "of_first": round(half.until / times.SECOND),
            "clicks": half.clicks,
            "posts": half.posts,
        },
    }
