"""Are we getting anywhere? Four weeks against the four before, one thing to repeat, one to stop, one test to start.

Never empty: where the numbers tell nothing apart, the best guess is named and called one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks import times
from shortlinks.experiments import trial_words
from shortlinks.funnels import outcomes, pools
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import advice, insight
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

QUESTION = N_("Are we getting anywhere?")


@dataclass(frozen=True, slots=True)
class _Sums:
    """What came within four weeks on posts of whatever age, of which `posts` are new; `unseen` have views nobody knows of."""

    posts: int
    views: int
    likes: int
    clicks: int
    conversions: int
    unseen: int


_NOUNS = {"posts": "post", "views": "view", "likes": "like", "clicks": "click", "conversions": "conversion"}


def answer(data: Data, *, now: int) -> Insight:
    """The four weeks up to `now`."""
    found = pools.of(data.outcomes, now=now)
    sums, before = (
        _sum(data, 0, now - times.FOUR_WEEKS, now),
        _sum(data, 1, now - 2 * times.FOUR_WEEKS, now - times.FOUR_WEEKS),
    )
    headline = _headline(data, found, sums, before)
    repeat = advice.repeat(data.outcomes, data.better, now=now, handles=data.handles)
    stop = advice.stop(data.outcomes, data.worse, now=now)
    test = advice.test(data.outcomes, data.running, now=now)
    trends = [_trend(data, pool) for pool in found]
    new = _new(data, now - times.FOUR_WEEKS, now)
    plain = f"{_counted(data, sums)} {_told(data, found, new)}"
    return Insight(
        code="month",
        question=_(QUESTION),
        answer=" ".join(filter(None, (headline, plain, _("Repeat: {what}", what=repeat)))),
        sure=_sure(found),
        how_sure=_how_sure(data, found, new),
        settle=_settle(new),
        evidence={
            "headline": headline,
            "plain": plain,
            "sure_of": [_name(data, pool) for pool in found if pool.changed],
            "four_weeks": _numbers(sums),
            "before": _numbers(before),
            "changes": _changes(sums, before),
            "counted": _counts(sums, before),
            "trends": trends,
            "repeat": repeat,
            "stop": stop,
            "test": test,
        },
        picture=Picture(
            kind="bars",
            title=_("Clicks per {base} views in the last four weeks", base=1_000),
            unit=_("clicks per {base} views", base=1_000),
            points=tuple(_point(data, pool) for pool in found[:6]),
        ),
    )


def _new(data: Data, since: int, until: int) -> list[Outcome]:
    return [post for post in data.outcomes if since <= post.published_at < until]


def _sum(data: Data, which: int, since: int, until: int) -> _Sums:
    gains = [post.gains[which] for post in data.outcomes if post.gains]
    return _Sums(
        posts=len(_new(data, since, until)),
        views=sum(gain.views or 0 for gain in gains),
        likes=sum(gain.likes or 0 for gain in gains),
        clicks=sum(gain.clicks for gain in gains),
        conversions=sum(gain.conversions for gain in gains),
        unseen=sum(gain.views is None for gain in gains),
    )


def _headline(data: Data, found: Sequence[pools.Pool], sums: _Sums, before: _Sums) -> str:
    """Where a rate has clearly changed, and, because that is of one place only, what came of clicks altogether."""
    rates = [
        _("More clicks per view through {place}.", place=_name(data, pool))
        if pool.change.verdict == "higher"
        else _("Fewer clicks per view through {place}.", place=_name(data, pool))
        for pool in found
        if pool.change and pool.changed
    ]
    if not rates and any(pool.change for pool in found):
        rates = [_("No rate has clearly changed.")]
    if before.clicks:
        how = _MORE if sums.clicks > before.clicks else _FEWER if sums.clicks < before.clicks else _AS_MANY
        rates.append(_(how, clicks=sums.clicks, before=before.clicks))
    return " ".join(rates)


_MORE = N_("Altogether more clicks came: {clicks}, after {before} in the 28 days before.")
_FEWER = N_("Altogether fewer clicks came: {clicks}, after {before} in the 28 days before.")
_AS_MANY = N_("Altogether as many clicks came: {clicks}, after {before} in the 28 days before.")


def _numbers(sums: _Sums) -> dict[str, int]:
    return {name: getattr(sums, name) for name in _NOUNS}


def _counted(data: Data, sums: _Sums) -> str:
    """What came, without what nobody noted or reported: that is unknown, and no 0."""
    if not any(_numbers(sums).values()):
        return _("No post in the last four weeks.")
    parts = [wording.plural(sums.clicks, "click")]
    if sums.views:
        views = wording.plural(sums.views, "view")
        parts.insert(0, _("at least {number}", number=views) if sums.unseen else views)
    if any(post.conversions for post in data.outcomes):
        parts.append(wording.plural(sums.conversions, "conversion"))
    return ngettext(
        "The last four weeks: {numbers}; {count} post came out.",
        "The last four weeks: {numbers}; {count} posts came out.",
        sums.posts,
        numbers=wording.listed(parts),
    )


def _counts(sums: _Sums, before: _Sums) -> str:
    """What the sums hold, and what they lack."""
    told = _(
        "Clicks and conversions are those that came within each 28 days, also on older posts; views and likes what was "
        "noted as new then."
    )
    if not sums.unseen + before.unseen:
        return told
    unseen = _(
        "Left out there, because nobody noted by how much they grew: {posts}, {before} before.",
        posts=wording.plural(sums.unseen, "post"),
        before=before.unseen,
    )
    return f"{told} {unseen}"


def _changes(sums: _Sums, before: _Sums) -> list[str]:
    """`12 posts, 8 before`, for each number that is there in either of the two spans."""
    pairs = [(noun, getattr(sums, name), getattr(before, name)) for name, noun in _NOUNS.items()]
    return [
        _("{now}, {before} before", now=wording.plural(new, noun), before=old) for noun, new, old in pairs if new or old
    ]


def _trend(data: Data, pool: pools.Pool) -> dict[str, Any]:
    """What a placement brings now, and how that compares."""
    name = _name(data, pool)
    told = {
        "sentence": f"{name}: {pool.sentence}",
        "counted": f"{name}: {pool.counted}",
        "clearly": f"{name}: {pool.clearly}",
    }
    return {**pool.to_dict(), **told, "trend": pool.trend, "changed": pool.changed}


def _told(data: Data, found: Sequence[pools.Pool], new: Sequence[Outcome]) -> str:
    """The placement that has changed, or else the one with the most views; else why there is no rate of the `new` posts."""
    if not found:
        if insight.out_of_reach(new):
            return _("No new post has a link that its viewers can tap or type, so there is no rate.")
        if data.outcomes and not new:
            return _("Without a new post there is no rate to tell.")
        return _("There is no rate yet: note the views of each post a day or more after it is out.")
    pool = next((pool for pool in found if pool.changed), found[0])
    return f"{_name(data, pool)}: {pool.sentence}"


def _name(data: Data, pool: pools.Pool) -> str:
    return f"{data.profile(pool.profile_id)}, {pool.spot}"


def _sure(found: Sequence[pools.Pool]) -> Sure:
    return "likely" if any(pool.changed for pool in found) else "cannot_tell_yet"


def _how_sure(data: Data, found: Sequence[pools.Pool], new: Sequence[Outcome]) -> str:
    if changed := [_name(data, pool) for pool in found if pool.changed]:
        return _(
            "Likely, for {places}: luck alone rarely makes such a change from four weeks to four weeks.",
            places=wording.listed(changed),
        )
    brought = _("The rate and its range are what your posts brought.")
    if any(pool.change for pool in found):
        why = _("Whether it changes cannot be told yet: luck does as much.")
        return f"{brought} {why}"
    if any(pool.estimate for pool in found):
        why = _("Whether it changes cannot be told yet: there is no rate of the 28 days before.")
        return f"{brought} {why}"
    if insight.out_of_reach(new):
        return _("The counts are certain; a rate needs people who can come.")
    return _("The counts are certain; a rate needs views noted a day or more after a post is out.")


def _settle(present: Sequence[Outcome]) -> str:
    if insight.out_of_reach(present):
        return _(insight.HANG_ONE)
    waiting = sum(post.settled is None and outcomes.clickable(post) for post in present)
    if waiting:
        return trial_words.waiting(waiting)
    return _("The next four weeks, with the views of each post noted a day or more after it is out, and one test.")


def _point(data: Data, pool: pools.Pool) -> Point:
    clicks, views = wording.plural(pool.clicks, "click"), wording.plural(pool.views, "view")
    text = _("{clicks} from {views}", clicks=clicks, views=views) if pool.estimate else _("no views yet")
    return insight.point(_name(data, pool), text, pool.estimate)
