"""What a measurement hands back: tables to print, charts to draw, and the unit costs that the plan is made of."""

from dataclasses import dataclass, field

from bench.plot import Chart
from bench.table import Table


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything is measured. Each list rises.

    `clicks` come on one post at the same moments, `spread` in all minutes; `a_year` are clicks of each of `family` posts in a
    year, `clicks_a_year` those of each of `posts`; `travelled` clicks go all the way; `agents` are distinct ones; `repeats`
    is for what takes moments.
    """

    links: tuple[int, ...]
    clicks: tuple[int, ...]
    spread: tuple[int, ...]
    posts: tuple[int, ...]
    a_year: tuple[int, ...]
    family: int
    clicks_a_year: int
    travelled: int
    agents: int
    repeats: int


FULL = Sizes(
    links=(1_000, 10_000, 100_000, 1_000_000),
    clicks=(1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    spread=(1_000, 10_000, 100_000, 1_000_000),
    posts=(10, 100, 1_000, 10_000),
    a_year=(10, 100, 1_000, 10_000),
    family=100,
    clicks_a_year=100,
    travelled=200_000,
    agents=1_000,
    repeats=30,
)
QUICK = Sizes(
    links=(1_000, 10_000),
    clicks=(1_000, 10_000, 100_000),
    spread=(1_000, 10_000),
    posts=(10, 100, 1_000),
    a_year=(10, 100, 1_000),
    family=10,
    clicks_a_year=10,
    travelled=20_000,
    agents=1_000,
    repeats=10,
)


@dataclass(slots=True)
class Found:
    """What one part found out; `units` are costs of one click, link or post by name."""

    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    units: dict[str, float] = field(default_factory=dict)
