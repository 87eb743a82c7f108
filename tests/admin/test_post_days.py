"""The views that were noted, as a line over the days of a post."""

import re

import pytest

from shortlinks import times
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.web.admin import post_days

START = 1_795_300_000_000
END = START + 10 * times.DAY


def noted(*readings: tuple[float, int]) -> list[Snapshot]:
    """Snapshots so many days after START, with their views."""
    unknown: dict[str, int | None] = dict.fromkeys(snapshots.NUMBERS)
    return [
        Snapshot(
            id=f"s{number}",
            post_id="p",
            taken_at=int(START + days * times.DAY),
            precision={},
            source="typed",
            **(unknown | {"views": views}),
        )
        for number, (days, views) in enumerate(readings)
    ]


@pytest.mark.parametrize(
    ("published", "readings", "path", "dots"),
    [
        # From nothing at publication, over each reading, and no further than the last.
        (0, [(1, 500), (5, 1_000)], [(0, 100), (10, 50), (50, 0)], [(10, 50), (50, 0)]),
        (2, [(5, 800)], [(20, 100), (50, 0)], [(50, 0)]),
        # What was noted before these days is where the line begins, and goes on where nothing was noted since.
        (-5, [(-3, 200), (-1, 400), (5, 800)], [(0, 50), (50, 0)], [(50, 0)]),
        (-5, [(-1, 400)], [(0, 0), (100, 0)], []),
        # What was noted after these days is not drawn.
        (0, [(1, 500), (11, 9_000)], [(0, 100), (10, 0)], [(10, 0)]),
    ],
    ids=["from publication", "from later on", "from before", "all before", "not after"],
)
def test_views_are_drawn_from_publication_on(
    published: float,
    readings: list[tuple[float, int]],
    path: list[tuple[float, float]],
    dots: list[tuple[float, float]],
) -> None:
    found = post_days.line(noted(*readings), int(START + published * times.DAY), START, END)
    assert found is not None
    assert [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", found.path)] == path
    assert [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)h0", found.dots)] == dots


@pytest.mark.parametrize("readings", [[], [(1, 0)], [(12, 500)]], ids=["none", "no views", "too late"])
def test_without_views_there_is_no_line(readings: list[tuple[float, int]]) -> None:
    assert post_days.line(noted(*readings), START, START, END) is None
