"""What a funnel is made of: its steps, the rates between them, and the gaps where a step was not measured. Pure."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from shortlinks.sales.revenue import Shown
from shortlinks.words import wording


@dataclass(frozen=True, slots=True)
class Step:
    """A number of the funnel. `role`: `path` (people pass through it) or `beside`; `source`: `snapshot` or `log`.

    `at_least` and `at_most` belong to the step `clicks` and differ from `count` where posts share a bio link. `revenue` belongs
    to `conversions`: what they brought, and what is not among them. `measured` and `apart` belong to `arrivals`: of how many
    of the clicks they are, and arrivals of what was no click by a person.
    """

    name: str
    role: str
    count: int
    source: str
    at_least: int | None = None
    at_most: int | None = None
    revenue: Shown | None = None
    measured: int | None = None
    apart: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The step's JSON, which has only the bounds that there are."""
        told = asdict(replace(self, revenue=None)) | (self.revenue.beside() if self.revenue else {})
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Rate:
    """`numerator` per `denominator`, by name ("clicks_per_view"), with its interval as in stats.Estimate."""

    name: str
    numerator: int
    denominator: int
    rate: float
    low: float
    high: float
    level: float
    method: str

    def to_dict(self) -> dict[str, Any]:
        """The rate's JSON, with what it says in words."""
        return {**asdict(self), "sentence": wording.rate(self)}


@dataclass(frozen=True, slots=True)
class Gap:
    """A step that was not measured, and where its number is found."""

    name: str
    where: str
