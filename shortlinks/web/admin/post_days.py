"""The days of a post: clicks by people day by day, with the views that were noted on the same axis of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from shortlinks import times
from shortlinks.posts.posts import Post
from shortlinks.rollups import timelines
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store
from shortlinks.web.admin import charts, local
from shortlinks.words.language import _

DAYS = 14


@dataclass(frozen=True, slots=True)
class Line:
    """Views as they were noted, as an SVG path in a box of 100 by 100 whose top is `most`, with a dot at each reading."""

    path: str
    dots: str
    most: int


@dataclass(frozen=True, slots=True)
class Days:
    """The `first` or `last` DAYS days that a post was out. `has_first`: they are not the same, so both can be shown."""

    span: Literal["first", "last"]
    has_first: bool
    bars: Sequence[charts.Bar]
    views: Line | None

    @property
    def says(self) -> str:
        """What the picture shows, for those who do not see it."""
        best = max(self.bars, key=lambda bar: bar.count)
        said = _("Clicks by people a day. Best day: {day} with {clicks}.", day=best.label, clicks=best.count)
        if self.views is None:
            return said
        return " ".join([said, _("Line: views as noted, up to {most}.", most=self.views.most)])


def of_post(store: Store, post: Post, noted: Sequence[Snapshot], *, now: int, tz: ZoneInfo, first: bool) -> Days:
    """The last days of a post, or the `first` ones where there are others. `noted` are the snapshots a rate may rest on."""
    out = max(post.published_at, post.created_at)
    has_first = now >= out + DAYS * times.DAY
    if first and has_first:
        # A day more, so that the last of them is there to its end.
        start, end = out, min(now + 1, out + (DAYS + 1) * times.DAY)
    else:
        start, end = local.days_ago(DAYS - 1, now, tz), now + 1
    found = timelines.of_post(store, post.id, start=start, end=end, bucket="day", tz=tz)[:DAYS]
    begins = found[0][0]
    return Days(
        "first" if first and has_first else "last",
        has_first,
        charts.bars([(local.day(at, tz), count) for at, count in found]),
        line(snapshots.with_views(noted), post.published_at, begins, begins + len(found) * times.DAY),
    )


def line(noted: Sequence[Snapshot], published_at: int, start: int, end: int) -> Line | None:
    """The views from `start` to `end`: from none at publication over each reading; None where nothing was noted by then."""
    known = [(row.taken_at, row.views or 0) for row in noted if row.taken_at < end]
    inside = [(at, views) for at, views in known if at >= start]
    most = max((views for _, views in known), default=0)
    if not most:
        return None
    before = [(at, views) for at, views in [(published_at, 0), *known] if at < start]
    first = (start, before[-1][1]) if before else (published_at, 0)

    def place(at: int, views: int) -> str:
        return f"{100 * (at - start) / (end - start):.2f} {100 - 100 * views / most:.2f}"

    corners = [first, *inside, *([(end, known[-1][1])] if not inside else [])]
    return Line(
        "M" + " L".join(place(*corner) for corner in corners), "".join(f"M{place(*dot)}h0" for dot in inside), most
    )
