"""Bystanders? Whether posts with more likes, at equal views, get fewer clicks: an association, never a cause.

That people help less where others could was found of backers on Kickstarter, too (Kuppuswamy and Bayus 2018); that likes draw
more people along is as well known (Muchnik, Aral and Taylor 2013, Science 341:647-651). So it is tested, not taken as given.
"""

from collections.abc import Sequence

from shortlinks import association, outcomes, wording
from shortlinks.association import Association
from shortlinks.insights import insight
from shortlinks.insights.insight import Data, Insight, Picture, Point, Sure
from shortlinks.outcomes import Outcome, Reading

QUESTION = "Do people leave it to others?"

_MOST = 250
"""Of more posts the newest are tested: more hardly tell more, and each is shuffled hundreds of times."""

_SETTLE = (
    "A coin-flip test: leave out asking for likes on half of your next posts of a kind, drawn by chance. Only chance tells "
    "cause from coincidence."
)


def answer(data: Data, *, now: int) -> Insight:
    """The largest group of posts that can be compared; from association.ENOUGH_POSTS on it is tested.

    Posts whose clicks are known only as a range are left out: which of those that share a bio link brought a click is
    what this rests on.
    """
    groups = insight.grouped(insight.sound(filter(_comparable, data.outcomes)), outcomes.way).values()
    group = max(groups, key=lambda posts: (len(_exact(posts)), len(posts)), default=[])
    posts, left_out = _exact(group)[:_MOST], len(group) - len(_exact(group))
    readings = [(post, reading) for post in posts if (reading := post.settled)]
    rows = [(reading.views, reading.counts["likes"], reading.sample.count) for _, reading in readings]
    clicks = sum(row[2] for row in rows)
    found = association.bystanders(rows) if len(rows) >= association.ENOUGH_POSTS and clicks else None
    return Insight(
        code="bystanders",
        question=QUESTION,
        answer=insight.NO_WAY
        if insight.out_of_reach(data.outcomes)
        else f"{_answer(found, rows, left_out)} {_left_out(left_out)}".rstrip(),
        sure=_sure(found),
        how_sure=_how_sure(found, rows, left_out),
        settle=_SETTLE,
        evidence={
            "posts": len(rows),
            "left_out": left_out,
            "posts_needed": association.ENOUGH_POSTS,
            "clicks": clicks,
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
        },
        picture=Picture(
            kind="scatter",
            title="Each dot is a post",
            unit="clicks per 1,000 views",
            x_unit="likes per 100 views",
            points=tuple(_point(post, reading) for post, reading in readings),
        ),
    )


def _comparable(outcome: Outcome) -> bool:
    reading = outcome.settled
    return bool(reading and "likes" in reading.counts and outcomes.clickable(outcome))


def _exact(posts: Sequence[Outcome]) -> list[Outcome]:
    return [post for post in posts if not post.ranged]


def _left_out(number: int) -> str:
    """How many posts were not compared; empty where all were."""
    if not number:
        return ""
    left = f"{wording.plural(number, 'post')} {'is' if number == 1 else 'are'} left out"
    return f"{left}: the bio link is shared, and which post a click came from is not known."


def _answer(found: Association | None, rows: Sequence[tuple[int, int, int]], left_out: int) -> str:
    if not rows and left_out:
        return "No post can be compared."
    if not rows:
        return "Views and likes are missing: note both of a post a day or more after it is out."
    if found is None:
        have = f"{wording.plural(len(rows), 'post')} that can be compared"
        missing = association.ENOUGH_POSTS - len(rows)
        if missing > 0:
            need = f"it takes {association.ENOUGH_POSTS}, so {wording.number(missing)} more"
            return f"Too few posts to say: {have}, and {need}. Until then a line through the dots would be luck."
        return f"{wording.capital(have)}, and no click on any of them: there is nothing that likes could keep away."
    among = f"among {wording.plural(found.posts, 'post')}, those with more likes"
    if not found.claim:
        return f"No sign of it: {among} do not get clearly fewer clicks at equal views{_by(found)}."
    return f"It looks like it: {among} get fewer clicks at equal views{_by(found)}."


def _by(found: Association) -> str:
    if found.effect is None:
        return ""
    low, high = wording.decimal(found.effect.low), wording.decimal(found.effect.high)
    return f". Where likes double, clicks per view are between {low} and {high} times as many"


def _sure(found: Association | None) -> Sure:
    if found is None:
        return "cannot_tell_yet"
    return "likely" if found.claim and found.p <= 0.01 else "possible"


def _how_sure(found: Association | None, rows: Sequence[tuple[int, int, int]], left_out: int) -> str:
    if left_out and not rows:
        return "Not tested: it takes posts of which every click is known to be theirs."
    if found is None:
        return "Not tested yet: with few posts such tests find what is not there."
    odds = f"Luck alone does as much in about {wording.rough(found.p * 1000)} of 1,000 cases."
    return f"{odds} It is an association: what else differs between these posts may be the cause."


def _point(post: Outcome, reading: Reading) -> Point:
    views, likes, clicks = reading.views, reading.counts["likes"], reading.sample.count
    numbers = (wording.plural(views, "view"), wording.plural(likes, "like"), wording.plural(clicks, "click"))
    return Point(label=post.title, text=", ".join(numbers), value=clicks / views * 1000, x=likes / views * 100)
