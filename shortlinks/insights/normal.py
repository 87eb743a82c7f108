"""Is this normal? The creator's own rates, one for each way, beside published research, its year and what it counted per.

Averages of sellers of bio pages are left out: their denominators differ tenfold, and nobody can check them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shortlinks.funnels import outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import insight, ways
from shortlinks.insights.insight import Data, Insight, Picture, Point
from shortlinks.statistics import stats
from shortlinks.statistics.stats import Sample
from shortlinks.words import wording
from shortlinks.words.language import N_, _, decimals, pgettext

QUESTION = N_("Is this normal?")

MIDDLE, LARGE = 1_000, 10_000
"""From so many views on a post is a middle, and a large one."""

_MILLIONS, _BILLIONS = "9.6", "75"
"""Clicks and potential views of GABIELKOV."""


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
    name=N_("Links to news on Twitter"),
    year=2016,
    clicks=9_600_000,
    base=75_000_000_000,
    base_name=N_("potential views: everybody who follows whoever shared it, whether they saw it or not"),
    source="Gabielkov, Ramachandran, Chaintreau and Legout, SIGMETRICS 2016",
    url="https://inria.hal.science/hal-01281190",
)


def answer(data: Data, *, now: int) -> Insight:
    """Clicks per view of each way, by size of its posts, beside GABIELKOV."""
    groups = ways.of(insight.sound(filter(outcomes.clickable, data.outcomes)), handles=data.handles)
    told = groups[0] if groups else None
    research = stats.rate(GABIELKOV.clicks, GABIELKOV.base)
    first, *others = [_evidence(group) for group in groups or [ways.Group("", ())]]
    return Insight(
        code="normal",
        question=_(QUESTION),
        answer=_answer(data, groups, research.rate),
        sure="cannot_tell_yet" if told is None else "likely" if told.total.count >= wording.FEW else "possible",
        how_sure=_(
            "Not the same thing is counted: views were shown to people, potential views mostly were not. So it says that "
            "few clicks are usual, not how many yours should be. Your own earlier posts are the better measure."
        ),
        settle=_("Your own next posts: from the third on, each shows what its views usually bring you."),
        evidence={
            **first,
            "others": others,
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
            title=_("Clicks per {base} views", base=1_000),
            unit=_("clicks per {base} views", base=1_000),
            points=(
                *(_by_size(told) if told else ()),
                *(_point(pgettext("posts", "All"), group.posts, group.name) for group in groups[1 : ways.SHOWN]),
                Point(
                    label=", ".join((_(GABIELKOV.name), str(GABIELKOV.year))),
                    text=_(
                        "{clicks} million clicks of {views} billion {what}",
                        clicks=decimals(_MILLIONS),
                        views=_BILLIONS,
                        what=_(GABIELKOV.base_name),
                    ),
                    value=research.rate * 1000,
                    group=_("Published research"),
                ),
            ),
        ),
    )


def _sizes() -> list[tuple[int, str]]:
    """From how many views on a post is of which size, in words."""
    return [
        (LARGE, _("posts of {least} views and more", least=LARGE)),
        (MIDDLE, _("posts of {least} to {most} views", least=MIDDLE, most=LARGE - 1)),
        (0, _("smaller posts")),
    ]


def _size(outcome: Outcome) -> str:
    views = outcome.settled.views if outcome.settled else 0
    return next(name for least, name in _sizes() if views >= least)


def _evidence(group: ways.Group) -> dict[str, Any]:
    sizes = insight.grouped(group.posts, _size)
    by_size = [{"size": name, **ways.numbers(posts)} for name, posts in sizes.items()]
    return {"group": group.name, **ways.numbers(group.posts), "by_size": by_size}


def _answer(data: Data, groups: Sequence[ways.Group], research: float) -> str:
    published = _(
        "Links on Twitter got {clicks} million clicks of {views} billion potential views (Gabielkov and others, {year}): "
        "{share}.",
        clicks=decimals(_MILLIONS),
        views=_BILLIONS,
        year=str(GABIELKOV.year),
        share=wording.small_percent(research),
    )
    if insight.out_of_reach(data.outcomes):
        return " ".join((_(insight.NO_WAY), published))
    if not groups:
        missing = _("Your own views are missing: note them a day or more after a post is out.")
        return " ".join((missing, published))
    others = _("Your other posts are told apart, each kind by itself.") if len(groups) > 1 else ""
    return " ".join(filter(None, (_("Few clicks are usual."), _rate(groups[0]), others, published)))


def _rate(group: ways.Group) -> str:
    """`Posts on Instagram (bio link): 22 clicks from 22,000 views, about 1 per 1,000, between 1 per 660 and 1 per 1,600.`"""
    told = f"{group.name}: {_counted(group.total)}"
    return f"{told}, {wording.one_in(group.estimate)}." if group.estimate else f"{told}."


def _by_size(group: ways.Group) -> Iterator[Point]:
    """The way as a whole, then its posts by size, where they are of several."""
    yield _point(pgettext("posts", "All"), group.posts, group.name)
    sizes = insight.grouped(group.posts, _size)
    for _least, name in reversed(_sizes()):
        if name in sizes and len(sizes) > 1:
            yield _point(wording.capital(name), sizes[name], group.name)


def _point(label: str, posts: Sequence[Outcome], group: str) -> Point:
    return insight.point(label, _counted(ways.sums(posts)), insight.pooled(insight.samples(posts)), group)


def _counted(total: Sample) -> str:
    clicks, views = wording.plural(total.count, "click"), wording.plural(total.base, "view")
    return _("{clicks} from {views}", clicks=clicks, views=views)
