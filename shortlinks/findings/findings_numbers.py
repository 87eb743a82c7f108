"""Findings on the numbers themselves: too early, too old, impossible, or telling that clicks came late. Pure."""

from itertools import takewhile
from typing import Any

from shortlinks import times
from shortlinks.findings.cases import Case
from shortlinks.findings.finding import Finding
from shortlinks.statistics import comparing, stats
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

YOUNG = times.DAY
ENOUGH_CLICKS = 20
CLEARLY_FEW = 0.001
OLD = 7 * times.DAY
LATE = 3 * times.DAY
FEWEST_LATE = 3


def too_early_to_tell(case: Case) -> Finding | None:
    """The post is too young, or its clicks too few, to call it good or bad, and no other posts say what is usual."""
    if case.expected.range is not None or not case.in_reach:
        return None
    human = case.clicks if case.viewers is None else case.viewers
    views = case.reading.views if case.reading and case.viewers is not None else None
    # A snapshot may be dated before the post, whose time can be changed; it is no less out for that.
    noted = case.snapshot is not None
    age = case.as_of - case.published_at
    if case.snapshot is not None and age >= 0:
        age = max(0, case.snapshot.taken_at - case.published_at)
    interval = stats.rate(human, views) if views else None
    if age >= YOUNG and (human >= ENOUGH_CLICKS or (interval and interval.high < CLEARLY_FEW)):
        return None
    title, next_step = _young(age, noted, views) if age < YOUNG else _few(human)
    if case.reading is None and age >= 0:
        no_views = _("There are no views yet to measure the clicks against.")
        next_step = f"{next_step} {no_views}"
    evidence: dict[str, Any] = {"clicks": human, "clicks_needed": ENOUGH_CLICKS, "age_seconds": age // times.SECOND}
    if interval:
        evidence |= {"views": views, "low": interval.low, "high": interval.high, "level": interval.level}
    return Finding(
        code="too_early_to_tell",
        severity="low",
        title=title,
        evidence=evidence,
        next_step=next_step,
        confidence="certain",
    )


def _young(age: int, noted: bool, views: int | None) -> tuple[str, str]:
    if age < 0:
        return (
            _("Too early to tell: the post is not out yet"),
            _("Its clicks count from now on; note its views once it is out."),
        )
    if not noted:
        title = _("Too early to tell: the post is {age}", age=wording.age(age))
    elif age < 2 * times.MINUTE:
        title = _("Too early to tell: the numbers cover its first minute")
    else:
        title = _("Too early to tell: the numbers cover its first {duration}", duration=wording.duration(age))
    if views is None:
        return title, _("Clicks keep coming for days.")
    return title, _("Clicks keep coming for days: note the views again.")


def _few(human: int) -> tuple[str, str]:
    return (
        _("Too few clicks to tell: {clicks} so far", clicks=wording.plural(human, "click")),
        _(
            "Below about {number} clicks, luck and a real difference look the same: judge it by the range, not by the number, "
            "and together with your other posts.",
            number=ENOUGH_CLICKS,
        ),
    )


def snapshot_stale(case: Case) -> Finding | None:
    """Clicks came since the views were noted, long ago or when the post was much younger."""
    if case.snapshot is None or not case.clicks_after or not case.in_reach:
        return None
    since = case.as_of - case.snapshot.taken_at
    if since < times.DAY or (since < OLD and since <= (case.snapshot_age or 0)):
        return None
    return Finding(
        code="snapshot_stale",
        severity="low",
        title=ngettext(
            "The numbers are {age}, and {count} click came since",
            "The numbers are {age}, and {count} clicks came since",
            case.clicks_after,
            age=wording.age(since),
        ),
        evidence={
            "snapshot_at": times.rfc3339(case.snapshot.taken_at),
            "stale_seconds": since // times.SECOND,
            "clicks_after_snapshot": case.clicks_after,
            "clicks": case.clicks,
        },
        next_step=_("Note the views again: until then newer clicks are in no rate and in no range."),
        confidence="certain",
    )


def noted_before_publish(case: Case) -> Finding | None:
    """Numbers that are dated before the post was out, and therefore in no rate."""
    early = case.noted_early
    if not early:
        return None
    if case.as_of >= case.published_at:
        title = ngettext(
            "Numbers noted once are dated before the post was out, so they are in no rate",
            "Numbers noted {count} times are dated before the post was out, so they are in no rate",
            len(early),
        )
    else:
        title = ngettext(
            "Numbers noted once are dated before the post is out, so they are in no rate",
            "Numbers noted {count} times are dated before the post is out, so they are in no rate",
            len(early),
        )
    return Finding(
        code="noted_before_publish",
        severity="medium",
        title=title,
        evidence={
            "snapshots": len(early),
            "latest_taken_at": times.rfc3339(max(early)),
            "published_at": times.rfc3339(case.published_at),
        },
        next_step=_(
            "One of the two times is wrong. If the post was out by then, correct its time of publication; if not, note the "
            "numbers again with the time at which you read them off."
        ),
        confidence="certain",
    )


def more_clicks_than_views(case: Case) -> Finding | None:
    """More clicks by viewers than views: one of the two is not what it seems."""
    views = case.noted("views")
    if views is None or case.viewers is None or case.viewers - case.own.contested <= sum(views):
        return None
    return Finding(
        code="more_clicks_than_views",
        severity="medium",
        title=_(
            "More clicks than views: {clicks} and {views}",
            clicks=wording.plural(case.viewers, "click"),
            views=wording.plural(views[0], "view"),
        ),
        evidence={
            "clicks": case.viewers,
            "clicks_at_least": case.viewers - case.own.contested,
            "views": views[0],
            "views_off": views[1],
        },
        next_step=_(
            "Were the views typed right, and after the app had counted them? If they were, people came another way: is the "
            "same link in a newsletter, in a chat or in another post? A link of its own for each spot tells."
        ),
        confidence="certain",
    )


def late_clicks(case: Case) -> Finding | None:
    """After the third day clicks came that its new views do not explain: more per view than before."""
    seen = case.own.readings
    early = list(takewhile(lambda reading: reading.at - case.published_at < LATE, seen))
    if len(seen) < len(early) + 2 or case.viewers is None or case.expected.barred:
        return None
    middle, last = seen[len(early)].sample, seen[-1].sample
    if last.base < middle.base:
        return None  # one of the two was wrong, and there is no telling how many views were new
    # Clicks of the bio link that may be another post's are taken to be the late ones.
    late = last.count - middle.count - case.own.contested
    off = middle.base_off + last.base_off
    after = Sample(max(0, late), max(1, last.base - middle.base), 0, off)
    found = comparing.compare(after, middle)
    if late < FEWEST_LATE or found.verdict != "higher":
        return None
    span = seen[len(early)].at - case.published_at
    return Finding(
        code="late_clicks",
        severity="low",
        title=_(
            "People came late: {late} of {clicks}, but only {new} of {views}, came after its first {duration}",
            late=late,
            clicks=wording.plural(last.count - case.own.contested, "click"),
            new=max(0, last.base - middle.base),
            views=wording.plural(last.base, "view"),
            duration=wording.rounded(span),
        ),
        evidence={
            "clicks_before": middle.count,
            "clicks_after": late,
            "views_before": middle.base,
            "views_after": max(0, last.base - middle.base),
            "after_seconds": span // times.SECOND,
            "p": found.p,
        },
        next_step=_(
            "Some may have meant to come back later, though we do not know anybody again the next day. Make it easy: leave "
            "its link in place for longer, and remind people some days after with a story or a comment."
        ),
        confidence="likely",
    )
