"""Experiments in sentences: what to do on a post, how likely an experiment finds something, what it found."""

import math

from shortlinks import outcomes, trial_power, wording
from shortlinks.trials import ArmTotal, Trial

_POSTS = {
    ("video", 1): "video",
    ("video", 2): "videos",
    ("image", 1): "photo",
    ("image", 2): "photos",
    ("story", 1): "story",
    ("story", 2): "stories",
    ("text", 1): "text post",
    ("text", 2): "text posts",
    ("live", 1): "live stream",
    ("live", 2): "live streams",
    ("pin", 1): "pin",
    ("pin", 2): "pins",
}
_REELS = {1: "reel", 2: "reels"}
_GOOD, _FAIR = 0.8, 0.5
_YEAR = 52


def posts(count: int, platform: str, kind: str) -> str:
    """What a platform's posts of a kind are called: `reels`, `story`."""
    number = 1 if count == 1 else 2
    return _REELS[number] if (platform, kind) == ("instagram", "video") else _POSTS[kind, number]


def per_views(rate: float) -> str:
    """A rate in whole people: `about 3 clicks per 100 views`, `about 1 click per 1,000 views`."""
    if rate <= 0:
        return "no clicks"
    base = 100
    while round(rate * base, 6) < 1:
        if base == 1_000_000:
            return "hardly any clicks"
        base *= 10
    # One digit behind the point is all that such a rate knows.
    clicks = round(rate * base, 1 if rate * base < 10 else None)
    return f"about {clicks:,g} {'click' if clicks == 1 else 'clicks'} per {wording.number(base)} views"


def instruction(question: str, arm: str) -> str:
    """What to do on a post that has just been given its arm."""
    return f"This post: {'YES – ' if arm == 'yes' else 'NO – this time do not: '}{_within(question)}."


def progress(*, day: int, days: int, yes: int, no: int) -> str:
    """How far a running experiment is: `Day 9 of 28; 5 posts with, 4 without.`"""
    return f"Day {day} of {days}; {wording.plural(yes, 'post')} with, {no} without."


def chance(*, per_arm: int, platform: str, kind: str, views: float, rate: float, power: float) -> str:
    """What an experiment can see: `8 + 8 reels of 1,000 views at about 1 click per 1,000 views see a doubling 19 % …`."""
    what = f"{per_arm} + {per_arm} {posts(2 * per_arm, platform, kind)}"
    if per_arm < trial_power.FEWEST:
        fewest = f"{trial_power.FEWEST} + {trial_power.FEWEST}"
        return f"{what} cannot find anything, whatever they bring: at least {fewest} can."
    return f"{what} of {wording.plural(round(views), 'view')} at {per_views(rate)} see a doubling {_share(power)} of the time."


def advice(*, per_arm: int, power: float) -> str:
    """What to make of such a chance."""
    if per_arm < trial_power.FEWEST:
        return f"Plan at least {trial_power.FEWEST} posts with it and {trial_power.FEWEST} without."
    if power >= _GOOD:
        return "A good chance: if it really doubles your clicks, you will most likely know."
    if power >= _FAIR:
        return "A fair chance. More posts, or a place where more people tap, would make it better."
    return (
        "A poor chance: even if it doubles your clicks, you will most likely not know afterwards. "
        "More posts, or a place where more people tap, make it better."
    )


def pace(count: int, *, planned: int, days: int) -> str:
    """How long so many posts take at `count` in so many days; "" where these are enough."""
    if count >= planned:
        return ""
    if not count:
        return f"None came out in the last {days} days."
    weeks = math.ceil(days * planned / (7 * count))
    takes = "more than a year" if weeks > _YEAR else f"about {weeks} weeks: give it as many"
    return f"At your pace, {wording.number(count)} in the last {days} days, that takes {takes}."


def waiting(count: int) -> str:
    """What to do for posts whose views are not known yet; "" for none."""
    if not count:
        return ""
    return f"Note the views of {wording.plural(count, 'post')}, {outcomes.ENOUGH}."


def left_out(*, erased: int, unlinked: int, unseen: int, spot: str = "") -> str:
    """Which of the drawn posts are not in the result, and why; "" when all are. `spot` is the only one that counts."""
    link = f"no link in the spot that counts ({spot})" if spot else "no link that {} viewers can tap"
    reasons = (
        (erased, "was erased", "were erased"),
        (unlinked, f"has {link.format('its')}", f"have {link.format('their')}"),
        (unseen, "has no views noted", "have no views noted"),
    )
    parts = [f"{wording.plural(count, 'post')} {one if count == 1 else many}" for count, one, many in reasons if count]
    return f"Not in the result: {', '.join(parts)}." if parts else ""


def verdict(trial: Trial) -> str:
    """What a finished experiment says."""
    arms = f"With it: {_arm(trial.yes)}; without: {_arm(trial.no)}."
    if trial.verdict == "cannot_tell_yet":
        return f"{arms} {short(trial)} {_range(trial)}".rstrip()
    return f"{arms} {short(trial)} {_range(trial)} Luck alone would show this in {_odds(trial.p)}."


def short(trial: Trial) -> str:
    """Whether what was tried makes a difference, without the numbers."""
    if trial.verdict == "cannot_tell_yet":
        return _cannot_tell(trial)
    return f"It brings {'more' if trial.verdict == 'yes_higher' else 'fewer'} clicks per view."


def _cannot_tell(trial: Trial) -> str:
    if missing := [name for name, arm in (("with it", trial.yes), ("without", trial.no)) if not arm.views]:
        return f"Cannot tell: the views of no post {wording.either(missing)} are known."
    if not trial.yes.clicks + trial.no.clicks:
        return "Cannot tell: nobody has clicked, with it or without."
    return "Cannot tell: luck alone makes differences like this."


def stopped() -> str:
    """Why an experiment that was stopped says nothing."""
    return "Stopped early, so there is no verdict: whoever stops when it looks good, or bad, mostly sees luck."


def _range(trial: Trial) -> str:
    if trial.p is None:
        return ""
    if trial.high is None:
        return f"The true rate with it is at least {_ratio(trial.low)} times the one without." if trial.low else ""
    low, high = _ratio(trial.low), _ratio(trial.high)
    return f"The true rate with it is likely between {low} and {high} times the one without."


def _ratio(value: float) -> str:
    return wording.decimal(value) if value < 10 else wording.rough(value)


def _arm(arm: ArmTotal) -> str:
    return f"{wording.plural(arm.clicks, 'click')} in {wording.plural(arm.views, 'view')} of {wording.plural(arm.posts, 'post')}"


def _odds(p: float | None) -> str:
    return f"about {max(1, round(1000 * (p or 0)))} of 1,000 such experiments"


def _share(power: float) -> str:
    return "over 99\u00a0%" if power > 0.99 else "less than 1\u00a0%" if power < 0.01 else f"{100 * power:.0f}\u00a0%"


def _within(question: str) -> str:
    """A question as part of a sentence: a small letter first, unless it begins with a name or an abbreviation."""
    text = question.rstrip(".!?… ")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
