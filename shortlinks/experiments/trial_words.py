"""Experiments in sentences: what to do on a post, how likely an experiment finds something, what it found."""

import math

from shortlinks.experiments import trial_power
from shortlinks.experiments.trials import ArmTotal, Trial
from shortlinks.funnels import outcomes
from shortlinks.words import wording
from shortlinks.words.language import N_, _, decimals, ngettext, pgettext, spoken

_POSTS = {
    "video": (N_("video"), N_("videos")),
    "image": (N_("photo"), N_("photos")),
    "story": (N_("story"), N_("stories")),
    "text": (N_("text post"), N_("text posts")),
    "live": (N_("live stream"), N_("live streams")),
    "pin": (N_("pin"), N_("pins")),
}
_REELS = N_("reel"), N_("reels")
_GOOD, _FAIR = 0.8, 0.5
_YEAR = 52


def posts(count: int, platform: str, kind: str) -> str:
    """What a platform's posts of a kind are called: `reels`, `story`."""
    one, many = _REELS if (platform, kind) == ("instagram", "video") else _POSTS[kind]
    return _(one if count == 1 else many)


def per_views(rate: float) -> str:
    """A rate in whole people: `about 3 clicks per 100 views`, `about 1 click per 1,000 views`."""
    if rate <= 0:
        return _("no clicks")
    base = 100
    while round(rate * base, 6) < 1:
        if base == 1_000_000:
            return _("hardly any clicks")
        base *= 10
    # One digit behind the point is all that such a rate knows.
    clicks = round(rate * base, 1 if rate * base < 10 else None)
    return ngettext(
        "about {clicks} click per {base} views",
        "about {clicks} clicks per {base} views",
        1 if clicks == 1 else 2,
        clicks=decimals(f"{clicks:,g}"),
        base=base,
    )


def instruction(question: str, arm: str) -> str:
    """What to do on a post that has just been given its arm."""
    if arm == "yes":
        return _("This post: YES – {what}.", what=_within(question))
    return _("This post: NO – this time do not: {what}.", what=_within(question))


def progress(*, day: int, days: int, yes: int, no: int) -> str:
    """How far a running experiment is: `Day 9 of 28; 5 posts with, 4 without.`"""
    return _(
        "Day {day} of {days}; {posts} with, {no} without.", day=day, days=days, posts=wording.plural(yes, "post"), no=no
    )


def chance(*, per_arm: int, platform: str, kind: str, views: float, rate: float, power: float) -> str:
    """What an experiment can see: `8 + 8 reels of 1,000 views at about 1 click per 1,000 views see a doubling 19 % …`."""
    what = f"{per_arm} + {per_arm} {posts(2 * per_arm, platform, kind)}"
    if per_arm < trial_power.FEWEST:
        fewest = f"{trial_power.FEWEST} + {trial_power.FEWEST}"
        return _("{posts} cannot find anything, whatever they bring: at least {fewest} can.", posts=what, fewest=fewest)
    return _(
        "{posts} of {views} at {rate} see a doubling {share} of the time.",
        posts=what,
        views=wording.plural(round(views), "view"),
        rate=per_views(rate),
        share=_share(power),
    )


def advice(*, per_arm: int, power: float) -> str:
    """What to make of such a chance."""
    if per_arm < trial_power.FEWEST:
        return _("Plan at least {fewest} posts with it and {fewest} without.", fewest=trial_power.FEWEST)
    if power >= _GOOD:
        return _("A good chance: if it really doubles your clicks, you will most likely know.")
    if power >= _FAIR:
        return _("A fair chance. More posts, or a place where more people tap, would make it better.")
    return _(
        "A poor chance: even if it doubles your clicks, you will most likely not know afterwards. "
        "More posts, or a place where more people tap, make it better."
    )


def pace(count: int, *, planned: int, days: int) -> str:
    """How long so many posts take at `count` in so many days; "" where these are enough."""
    if count >= planned:
        return ""
    if not count:
        return _("None came out in the last {days} days.", days=days)
    weeks = math.ceil(days * planned / (7 * count))
    if weeks > _YEAR:
        return _("At your pace, {count} in the last {days} days, that takes more than a year.", count=count, days=days)
    return _(
        "At your pace, {count} in the last {days} days, that takes about {weeks} weeks: give it as many.",
        count=count,
        days=days,
        weeks=weeks,
    )


def waiting(count: int) -> str:
    """What to do for posts whose views are not known yet; "" for none."""
    if not count:
        return ""
    return _("Note the views of {posts}, {enough}.", posts=wording.plural(count, "post"), enough=_(outcomes.ENOUGH))


def left_out(*, erased: int, unlinked: int, unseen: int, spot: str = "") -> str:
    """Which of the drawn posts are not in the result, and why; "" when all are. `spot` is the only one that counts."""
    parts = []
    if erased:
        parts.append(ngettext("{count} post was erased", "{count} posts were erased", erased))
    if unlinked:
        parts.append(_unlinked(unlinked, spot))
    if unseen:
        parts.append(ngettext("{count} post has no views noted", "{count} posts have no views noted", unseen))
    return _("Not in the result: {posts}.", posts=", ".join(parts)) if parts else ""


def _unlinked(count: int, spot: str) -> str:
    if spot:
        return ngettext(
            "{count} post has no link in the spot that counts ({spot})",
            "{count} posts have no link in the spot that counts ({spot})",
            count,
            spot=spot,
        )
    return ngettext(
        "{count} post has no link that its viewers can tap",
        "{count} posts have no link that their viewers can tap",
        count,
    )


def verdict(trial: Trial) -> str:
    """What a finished experiment says."""
    arms = _("With it: {yes}; without: {no}.", yes=_arm(trial.yes), no=_arm(trial.no))
    if trial.verdict == "cannot_tell_yet":
        return f"{arms} {short(trial)} {_range(trial)}".rstrip()
    return f"{arms} {short(trial)} {_range(trial)} {_odds(trial.p)}"


def short(trial: Trial) -> str:
    """Whether what was tried makes a difference, without the numbers."""
    if trial.verdict == "cannot_tell_yet":
        return _cannot_tell(trial)
    if trial.verdict == "yes_higher":
        return _("It brings more clicks per view.")
    return _("It brings fewer clicks per view.")


def _cannot_tell(trial: Trial) -> str:
    if not trial.yes.views and not trial.no.views:
        return _("Cannot tell: the views of no post with it or without are known.")
    if not trial.yes.views:
        return _("Cannot tell: the views of no post with it are known.")
    if not trial.no.views:
        return _("Cannot tell: the views of no post without are known.")
    if not trial.yes.clicks + trial.no.clicks:
        return _("Cannot tell: nobody has clicked, with it or without.")
    return _("Cannot tell: luck alone makes differences like this.")


def stopped() -> str:
    """Why an experiment that was stopped says nothing."""
    return _("Stopped early, so there is no verdict: whoever stops when it looks good, or bad, mostly sees luck.")


def _range(trial: Trial) -> str:
    if trial.p is None:
        return ""
    low = _ratio(trial.low)
    if trial.high is None:
        return _("The true rate with it is at least {low} times the one without.", low=low) if trial.low else ""
    high = _ratio(trial.high)
    return _("The true rate with it is likely between {low} and {high} times the one without.", low=low, high=high)


def _ratio(value: float) -> str:
    return wording.decimal(value) if value < 10 else wording.rough(value)


def _arm(arm: ArmTotal) -> str:
    clicks, views, posts = (
        wording.plural(arm.clicks, "click"),
        wording.plural(arm.views, "view"),
        wording.plural(arm.posts, "post"),
    )
    return _("{clicks} in {views} of {posts}", clicks=clicks, views=views, posts=posts)


def _odds(p: float | None) -> str:
    return _(
        "Luck alone would show this in about {cases} of {all} such experiments.",
        cases=max(1, round(1000 * (p or 0))),
        all=1_000,
    )


def _share(power: float) -> str:
    if power > 0.99:
        return _("over {share}", share=wording.percent(0.99))
    if power < 0.01:
        return _("less than {share}", share=wording.percent(0.01))
    share = f"{100 * power:.0f}\u00a0%"
    return pgettext("of the time", "{share}", share=share)


def _within(question: str) -> str:
    """A question as part of a sentence: a small letter first, unless it begins with a name or an abbreviation.

    In German it may begin with a noun, which stays large.
    """
    text = question.rstrip(".!?… ")
    if spoken().language == "de":
        return text
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
