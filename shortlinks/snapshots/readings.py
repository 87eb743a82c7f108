"""Which readings of a post's numbers are asked for, and how each stands. Pure.

Two a post: the first day, which every rate rests on, and the week, by when most of it is over; of a story one, before it
is gone. A post whose numbers are old while people still click is stale: its rates miss what they came from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shortlinks import times
from shortlinks.funnels import outcomes
from shortlinks.words import wording

State = Literal["later", "due", "overdue", "done", "missed"]

STALE_AFTER = 7 * times.DAY
STALE_CLICKS = 3
"""So many clicks by people since numbers so old make it worth noting them again."""


class Asked(NamedTuple):
    """A reading that is asked for. Its times are ages of the post, in milliseconds.

    It is due at `due` and overdue from `overdue` on; from `until` on it cannot be had any more. A reading of the views from
    `counts` on is this one.
    """

    name: str
    counts: int
    due: int
    overdue: int
    until: int

    @property
    def label(self) -> str:
        """`24 hours`, `7 days`."""
        return wording.duration(self.due) if self.due > times.DAY else wording.plural(self.due // times.HOUR, "hour")


OF_STORY = (Asked("22h", outcomes.SETTLED, 22 * times.HOUR, 24 * times.HOUR, 3 * times.DAY),)
OF_POST = (
    Asked("24h", outcomes.SETTLED, times.DAY, 2 * times.DAY, 4 * times.DAY),
    Asked("7d", 6 * times.DAY, 7 * times.DAY, 9 * times.DAY, 28 * times.DAY),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One reading of one post: when it is due (an instant), and how it stands."""

    asked: Asked
    at: int
    state: State

    @property
    def is_open(self) -> bool:
        """Whether it is to be noted now."""
        return self.state in ("due", "overdue")


def of_kind(kind: str) -> tuple[Asked, ...]:
    """What is asked for of such a post."""
    return OF_STORY if kind == "story" else OF_POST


def of_post(kind: str, published_at: int, taken: Iterable[int], *, now: int) -> list[Standing]:
    """How each reading of a post stands at `now`, the earliest first. `taken` are the instants at which views were read off."""
    ages = [at - published_at for at in taken]
    return [
        Standing(asked, published_at + asked.due, _state(asked, ages, now - published_at)) for asked in of_kind(kind)
    ]


def open_one(standings: Sequence[Standing]) -> Standing | None:
    """The one of a post that is to be noted now, if there is one: never are there two."""
    return next((each for each in standings if each.is_open), None)


def is_stale(old: int, clicks_since: int) -> bool:
    """Whether numbers that are so old (milliseconds) are worth noting again, with so many clicks by people since."""
    return old >= STALE_AFTER and clicks_since >= STALE_CLICKS


def _state(asked: Asked, ages: Sequence[int], age: int) -> State:
    # To the minute, as people type times.
    if any(asked.counts - times.MINUTE < taken < asked.until for taken in ages):
        return "done"
    if age >= asked.until:
        return "missed"
    if age >= asked.overdue:
        return "overdue"
    return "due" if age >= asked.due else "later"
