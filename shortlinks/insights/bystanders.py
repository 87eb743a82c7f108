"""Bystanders? Whether posts with more likes, at equal views, get fewer clicks: an association, never a cause.

That people help less where others could was found of backers on Kickstarter, too (Kuppuswamy and Bayus 2018); that likes draw
more people along is as well known (Muchnik, Aral and Taylor 2013, Science 341:647-651). So it is tested, not taken as given.
"""

from collections.abc import Sequence

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.insights import insight
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.statistics import association
from shortlinks.statistics.association import Association
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

QUESTION = N_("Do people leave it to others?")

_MOST = 250
"""Of more posts the newest are tested: more hardly tell more, and each is shuffled hundreds of times."""

_SETTLE = N_(
    "A coin-flip test: leave out asking for likes on half of your next posts of a kind, drawn by chance. Only chance tells "
    "cause from coincidence."
)

_Row = tuple[int, int, int]
"""Views, likes and clicks of a post."""


def answer(data: Data, *, now: int) -> Insight:
    """The largest group of posts that can be compared; from association.ENOUGH_POSTS on it is tested.

    Where posts share a bio link, what is told holds with the clicks recorded for each, with the fewest that may be its own
    and with the most.
    """
    groups = insight.grouped(insight.sound(filter(_comparable, data.outcomes)), outcomes.way)
    posts = next(iter(groups.values()), [])[:_MOST]
    readings = [(post, reading) for post in posts if (reading := post.settled)]
    ranged = sum(post.ranged for post in posts)
    rows = [_row(reading, reading.sample.count) for _, reading in readings]
    least, most = ([_row(reading, post.bounds[end]) for post, reading in readings] for end in (0, 1))
    found = _found(rows, (least, most) if ranged else ())
    return Insight(
        code="bystanders",
        question=_(QUESTION),
        answer=_(insight.NO_WAY)
        if insight.out_of_reach(data.outcomes)
        else f"{_answer(found, rows)} {_ranges(ranged)}".rstrip(),
        sure=_sure(found),
        how_sure=_how_sure(found, ranged),
        settle=_(_SETTLE),
        evidence={
            "posts": len(rows),
            "ranged": ranged,
            "posts_needed": association.ENOUGH_POSTS,
            "clicks": _clicks(rows),
            "clicks_at_least": _clicks(least),
            "clicks_at_most": _clicks(most),
            "correlation": found and found.r,
            "p": found and found.p,
            "by_luck": found and {"low": found.low, "high": found.high, "level": 0.95},
            "when_likes_double": found
            and found.effect
            and {
                "factor": found.effect.factor,
                "low": found.effect.low,
                "high": found.effect.high,
                "level": found.effect.level,
            },
            "claim": bool(found and found.claim),
            "agreed": found and found.agreed,
        },
        picture=Picture(
            kind="scatter",
            title=_("Each dot is a post, its bar goes from the fewest clicks that may be its own to the most")
            if ranged
            else _("Each dot is a post"),
            unit=_("clicks per {base} views", base=1_000),
            x_unit=_("likes per {base} views", base=100),
            points=tuple(_point(post, reading) for post, reading in readings),
        ),
    )


def _comparable(outcome: Outcome) -> bool:
    reading = outcome.settled
    return bool(reading and "likes" in reading.counts and outcomes.clickable(outcome))


def _row(reading: Reading, clicks: int) -> _Row:
    return reading.views, reading.counts["likes"], clicks


def _clicks(rows: Sequence[_Row]) -> int:
    return sum(row[2] for row in rows)


def _found(rows: Sequence[_Row], ends: Sequence[Sequence[_Row]]) -> Association | None:
    """What the test says, None where there are too few posts or no clicks; `ends` are rows with other clicks, if they may be."""
    if len(rows) < association.ENOUGH_POSTS or not any(map(_clicks, (rows, *ends))):
        return None
    return association.at_both_ends(association.bystanders(rows), [association.bystanders(each) for each in ends])


def _ranges(ranged: int) -> str:
    """Of how many posts the clicks are known only as a range, and what that is; empty where they are of none."""
    if not ranged:
        return ""
    return ngettext(
        "Of {count} post not every click is known to be its own, because the bio link is shared: it has a bar, from the fewest "
        "that may be to the most, and a dot at those recorded for it.",
        "Of {count} posts not every click is known to be its own, because the bio link is shared: each has a bar, from the "
        "fewest that may be to the most, and a dot at those recorded for it.",
        ranged,
    )


def _answer(found: Association | None, rows: Sequence[_Row]) -> str:
    if not rows:
        return _("Views and likes are missing: note both of a post a day or more after it is out.")
    if found is None:
        missing = association.ENOUGH_POSTS - len(rows)
        if missing > 0:
            return _(
                "Too few posts to say: {posts} that can be compared, and it takes {enough}, so {missing} more. Until then a line "
                "through the dots would be luck.",
                posts=wording.plural(len(rows), "post"),
                enough=association.ENOUGH_POSTS,
                missing=missing,
            )
        return _(
            "{posts} that can be compared, and no click on any of them: there is nothing that likes could keep away.",
            posts=wording.plural(len(rows), "post"),
        )
    posts = wording.plural(found.posts, "post")
    if not found.agreed:
        return _(
            "Cannot be told: whether among {posts}, those with more likes get fewer clicks at equal views depends on whose the "
            "clicks on the shared bio link were.",
            posts=posts,
        )
    if found.claim:
        told = _(
            "It looks like it: among {posts}, those with more likes get fewer clicks at equal views.",
            posts=posts,
        )
    else:
        told = _(
            "No sign of it: among {posts}, those with more likes do not get clearly fewer clicks at equal views.",
            posts=posts,
        )
    return f"{told} {_by(found)}".rstrip()


def _by(found: Association) -> str:
    if found.effect is None:
        return ""
    low, high = wording.decimal(found.effect.low), wording.decimal(found.effect.high)
    return _("Where likes double, clicks per view are between {low} and {high} times as many.", low=low, high=high)


def _sure(found: Association | None) -> Sure:
    if found is None or not found.agreed:
        return "cannot_tell_yet"
    return "likely" if found.claim and found.p <= 0.01 else "possible"


def _how_sure(found: Association | None, ranged: int) -> str:
    if found is None:
        return _("Not tested yet: with few posts such tests find what is not there.")
    if not found.agreed:
        return _(
            "Tested with the clicks recorded for each post, with the fewest and with the most: the answers differ."
        )
    cases = wording.rough(found.p * 1000)
    if ranged:
        odds = _(
            "Luck alone does as much in about {cases} of {all} cases, whether with the clicks recorded for each post, the "
            "fewest or the most.",
            cases=cases,
            all=1_000,
        )
    else:
        odds = _("Luck alone does as much in about {cases} of {all} cases.", cases=cases, all=1_000)
    cause = _("It is an association: what else differs between these posts may be the cause.")
    return f"{odds} {cause}"


def _point(post: Outcome, reading: Reading) -> Point:
    views, likes, clicks = reading.views, reading.counts["likes"], reading.sample.count
    least, most = post.bounds
    counted = wording.bounded(clicks, least, most, "click")
    return Point(
        label=post.title,
        text=", ".join((wording.plural(views, "view"), wording.plural(likes, "like"), counted)),
        value=clicks / views * 1000,
        low=least / views * 1000 if post.ranged else None,
        high=most / views * 1000 if post.ranged else None,
        x=likes / views * 100,
    )
