"""Is this normal? The creator's own pooled rates beside published research, with its year and what it counted per.

Averages of sellers of bio pages are left out: their denominators differ tenfold, and nobody can check them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks import outcomes, stats, wording
from shortlinks.insights import insight
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.outcomes import Outcome
from shortlinks.stats import Estimate, Sample

QUESTION = "Is this normal?"

MIDDLE, LARGE = 1_000, 10_000
"""From so many views on a post is a middle, and a large one."""

_SIZES = ((LARGE, "posts of 10,000 views and more"), (MIDDLE, "posts of 1,000 to 9,999 views"), (0, "smaller posts"))


@dataclass(frozen=True, slots=True)
class Published:
    """What research found: `clicks` per `base`, and what that base is."""

    name: str
    year: int
    clicks: int
    base: int
    base_name: str
    source: str
    url: str


GABIELKOV = Published(
    name="Links to news on Twitter",
    year=2016,
    clicks=9_600_000,
    base=75_000_000_000,
    base_name="potential views: everybody who follows whoever shared it, whether they saw it or not",
    source="Gabielkov, Ramachandran, Chaintreau and Legout, SIGMETRICS 2016",
    url="https://inria.hal.science/hal-01281190",
)


def answer(data: Data, *, now: int) -> Insight:
    """Clicks per view of all posts, by size, beside GABIELKOV."""
    found = [outcome for outcome in data.outcomes if outcome.settled and outcomes.clickable(outcome)]
    own = insight.pooled(insight.samples(found))
    sizes = insight.grouped(found, _size)
    research = stats.rate(GABIELKOV.clicks, GABIELKOV.base)
    total = Sample(*_sums(found))
    points = [_point("All your posts", total, own)] if own else []
    for _, name in reversed(_SIZES):
        if posts := sizes.get(name):
            points.append(_point(wording.capital(name), Sample(*_sums(posts)), insight.pooled(insight.samples(posts))))
    return Insight(
        code="normal",
        question=QUESTION,
        answer=_answer(total, own, research.rate),
        sure="likely" if own and total.count >= wording.FEW else "possible" if own else "cannot_tell_yet",
        how_sure=(
            "Not the same thing is counted: views were shown to people, potential views mostly were not. So it says that "
            "few clicks are usual, not how many yours should be. Your own earlier posts are the better measure."
        ),
        settle="Your own next posts: from the third on, each shows what its views usually bring you.",
        evidence={
            "posts": len(found),
            "clicks": total.count,
            "views": total.base,
            **insight.numbers(own),
            "by_size": [
                {
                    "size": name,
                    "posts": len(posts),
                    "clicks": _sums(posts)[0],
                    "views": _sums(posts)[1],
                    **insight.numbers(insight.pooled(insight.samples(posts))),
                }
                for name, posts in sizes.items()
            ],
            "published": {
                "name": GABIELKOV.name,
                "year": GABIELKOV.year,
                "clicks": GABIELKOV.clicks,
                "base": GABIELKOV.base,
                "base_name": GABIELKOV.base_name,
                "rate": research.rate,
                "source": GABIELKOV.source,
                "url": GABIELKOV.url,
            },
        },
        picture=Picture(
            kind="bars",
            title="Clicks per 1,000 views",
            unit="clicks per 1,000 views",
            points=(
                *points,
                Point(
                    label=f"{GABIELKOV.name}, {GABIELKOV.year}",
                    text=f"9.6 million clicks of 75 billion {GABIELKOV.base_name}",
                    value=research.rate * 1000,
                ),
            ),
        ),
    )


def _size(outcome: Outcome) -> str:
    views = outcome.settled.views if outcome.settled else 0
    return next(name for least, name in _SIZES if views >= least)


def _sums(posts: Sequence[Outcome]) -> tuple[int, int]:
    found = insight.samples(posts)
    return sum(each.count for each in found), sum(each.base for each in found)


def _answer(total: Sample, own: Estimate | None, research: float) -> str:
    published = (
        f"Links on Twitter got 9.6 million clicks of 75 billion potential views (Gabielkov and others, {GABIELKOV.year}): "
        f"{wording.small_percent(research)}."
    )
    if own is None:
        return f"Your own views are missing: note them a day or more after a post is out. {published}"
    counts = f"{wording.plural(total.count, 'click')} from {wording.plural(total.base, 'view')}"
    return f"Few clicks are usual. Yours: {counts}, {wording.one_in(own)}. {published}"


def _point(label: str, sample: Sample, estimate: Estimate | None) -> Point:
    text = f"{wording.plural(sample.count, 'click')} from {wording.plural(sample.base, 'view')}"
    if estimate is None:
        return Point(label=label, text=text)
    return Point(label=label, text=text, value=estimate.rate * 1000, low=estimate.low * 1000, high=estimate.high * 1000)
