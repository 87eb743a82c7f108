"""A profile's weeks: views gained over all its posts, visits to the profile, clicks on its bio link, what came of them. Pure.

profile_reports.py reads the numbers and hands them in. Views and visits are what the platform shows, noted now and then, so
for each week it has to be found out what of them belongs to it, and whether all of it is known.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from shortlinks import times, weeks
from shortlinks.funnels.funnel import Rate
from shortlinks.profiles import profile_spans
from shortlinks.profiles.profile_spans import Span
from shortlinks.statistics import stats

UNSURE = 0.1
"""The share of a week's views that may lie on either side of its ends for a rate on them: views come early, not evenly."""

GOING_ON = 0.01
"""The share of a week's views from which on an old post counts, if it gained so many a week when it was noted last."""

BioLink = Literal["tappable", "withheld", "none"]
"""Whether anybody could tap a link in the bio: where the platform gives the profile no spot for one, or none hung, not."""

# Both sides are of people on the same way: a story's sticker is tapped by people who need not have been to the profile.
_RATES = (
    ("profile_visits_per_view", "profile_visits", "views_gained"),
    ("link_taps_per_profile_visit", "link_taps", "profile_visits"),
    ("bio_clicks_per_view", "bio_clicks", "views_gained"),
    ("bio_clicks_per_profile_visit", "bio_clicks", "profile_visits"),
    ("page_taps_per_page_open", "page_taps", "page_opens"),
    ("conversions_per_bio_click", "conversions", "bio_clicks"),
)
_TAPPED = frozenset({"link_taps", "bio_clicks"})


@dataclass(frozen=True, slots=True)
class Calendar:
    """A week with its instants where the creator is: it begins on the day `monday`, at `start`, and ends before `end`."""

    monday: int
    start: int
    end: int


class Page(NamedTuple):
    """How often people opened the profile's bio page in a week, and how often they tapped a link on it."""

    opens: int
    taps: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A post's views over time: (instant, views), oldest first, each off by `rounding` at most.

    `stopped`: they prove that it gains no more after the last. From `quiet_from` on, an instant, that is taken for granted
    unless they show that it goes on.
    """

    published_at: int
    readings: tuple[tuple[int, int], ...]
    stopped: bool = False
    rounding: int = 0
    quiet_from: int | None = None


class _Gained(NamedTuple):
    """The views gained in a week by the `posts` that were out, at least, None when no post's are known; off by `rounding`.

    Of `unread` posts more may have been; `quiet` ones are taken to have gained no more. `spread`: too many lie between
    readings on both sides of the week's ends, and were shared out in a straight line.
    """

    views: int | None
    unread: int
    rounding: int
    spread: bool
    quiet: int = 0
    posts: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a profile. None where something is not measured.

    `posts` were out before its end; where none was, no views are known. `open`: more views may have been gained, because
    the week is not over, or because those of `unread` posts were not noted since. Those of `quiet` posts were not, either,
    but they are so old that they are taken to have gained none. `spread` names numbers as in profile_spans, which are about
    right, and neither the least nor the most. `page_opens` and `page_taps` are of the profile's bio page, None where it had
    none yet; the taps are among the `bio_clicks`. A rate is there where both its sides are measured in this very week, its base
    is not 0, and somebody could tap what it is about.
    """

    monday: int
    over: bool
    posts: int
    views_gained: int | None
    open: bool
    unread: int
    quiet: int
    profile_visits: int | None
    link_taps: int | None
    bio_link: BioLink
    bio_clicks: int
    page_opens: int | None
    page_taps: int | None
    conversions: int
    spread: tuple[str, ...]
    rates: tuple[Rate, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        record = asdict(self) | {"rates": [rate.to_dict() for rate in self.rates]}
        monday = record.pop("monday")
        return {"week": weeks.name(monday), "starts_on": times.day_name(monday), **record}


def calendar_of(monday: int, tz: ZoneInfo) -> Calendar:
    """The week that begins on the day `monday`, in `tz`."""
    return Calendar(monday, weeks.start(monday, tz), weeks.start(monday + weeks.DAYS, tz))


def build(
    calendar: Sequence[Calendar],
    *,
    now: int,
    timelines: Sequence[Timeline],
    spans: Sequence[Span],
    bio_links: Sequence[BioLink],
    bio_clicks: Sequence[int],
    pages: Sequence[Page | None],
    conversions: Sequence[int],
) -> list[Week]:
    """A Week for each of `calendar`, in its order, which is that of `bio_links`, `bio_clicks`, `pages` and `conversions`.

    `timelines` are those of all posts of the profile; of `spans` that say the same days, the later one counts.
    """
    grown = [(timeline, _curve(timeline)) for timeline in timelines]
    return [
        _week(each, now, grown, spans, hung, clicks, page, sales)
        for each, hung, clicks, page, sales in zip(calendar, bio_links, bio_clicks, pages, conversions, strict=True)
    ]


def views_at(curve: Sequence[tuple[int, int]], at: int) -> float:
    """The views of a post at the instant `at`: straight lines between readings, the last one after it, 0 before the first."""
    after = bisect_right(curve, at, key=lambda point: point[0])
    if after == 0:
        return 0
    if after == len(curve):
        return curve[-1][1]
    (start, low), (end, high) = curve[after - 1], curve[after]
    return low + (high - low) * (at - start) / (end - start)


def _week(
    each: Calendar,
    now: int,
    grown: Sequence[tuple[Timeline, Sequence[tuple[int, int]]]],
    spans: Sequence[Span],
    hung: BioLink,
    clicks: int,
    page: Page | None,
    sales: int,
) -> Week:
    over = each.end <= now
    gained = _gained(each, now, grown)
    found = {name: profile_spans.measured(spans, each.monday, name) for name in profile_spans.NUMBERS}
    own = found["views"]
    if own is not None and not own.spread:
        gained = _Gained(own.count, 0, own.rounding, spread=False, posts=gained.posts)
    visits, taps = found["profile_visits"], found["link_taps"]
    spread = {name for name in ("profile_visits", "link_taps") if (one := found[name]) and one.spread}
    spread |= {"views_gained"} if gained.spread else set()
    week = Week(
        monday=each.monday,
        over=over,
        posts=gained.posts,
        views_gained=gained.views,
        open=gained.views is not None and (gained.unread > 0 or not over),
        unread=gained.unread,
        quiet=gained.quiet,
        profile_visits=visits.count if visits else None,
        link_taps=taps.count if taps else None,
        bio_link=hung,
        bio_clicks=clicks,
        page_opens=page.opens if page else None,
        page_taps=page.taps if page else None,
        conversions=sales,
        spread=tuple(sorted(spread)),
        rates=(),
    )
    # Before the week is over its sides are counted up to different moments.
    offs = {name: one.rounding for name, one in found.items() if one} | {"views_gained": gained.rounding}
    return replace(week, rates=tuple(_rates(week, offs))) if over else week


def _gained(each: Calendar, now: int, grown: Sequence[tuple[Timeline, Sequence[tuple[int, int]]]]) -> _Gained:
    out = [(timeline, curve) for timeline, curve in grown if timeline.published_at < min(each.end, now)]
    seen = [curve for _, curve in out if curve]
    unread = [
        (timeline, curve)
        for timeline, curve in out
        if each.end <= now and not timeline.stopped and (not curve or curve[-1][0] < each.end)
    ]
    if not seen:
        return _Gained(None, len(unread), 0, spread=False, posts=len(out))
    gained = round(sum(views_at(curve, each.end) - views_at(curve, each.start) for curve in seen))
    quiet = sum(_is_quiet(timeline, curve, each, gained) for timeline, curve in unread)
    # Each end of the week rests on readings of its own, unless all were made before it.
    ends = (
        timeline.rounding * ((views_at(curve, each.end) > 0) + (views_at(curve, each.start) > 0))
        for timeline, curve in out
        if curve and curve[-1][0] > each.start
    )
    between = sum(_unread(curve, at) for curve in seen for at in (each.start, each.end))
    spread = between > UNSURE * gained
    return _Gained(gained, len(unread) - quiet, sum(ends), spread=spread, quiet=quiet, posts=len(out))


def _is_quiet(timeline: Timeline, curve: Sequence[tuple[int, int]], each: Calendar, gained: int) -> bool:
    """Whether a post is too old to gain views in a week, for all that its readings say; `gained` are those of all posts."""
    if timeline.quiet_from is None or timeline.quiet_from > each.start:
        return False
    if not curve or curve[-1][0] < timeline.quiet_from:
        return True
    last, views = curve[-1]
    return 7 * times.DAY / times.FOUR_WEEKS * (views - views_at(curve, last - times.FOUR_WEEKS)) <= GOING_ON * gained


def _unread(curve: Sequence[tuple[int, int]], at: int) -> int:
    """How many views came between the readings around `at`, none of them within a day of it: before or after, who knows."""
    after = bisect_right(curve, at, key=lambda point: point[0])
    if after in (0, len(curve)):
        return 0
    (start, low), (end, high) = curve[after - 1], curve[after]
    return high - low if min(at - start, end - at) > times.DAY else 0


def _curve(timeline: Timeline) -> list[tuple[int, int]]:
    """Instants with views that never fall, from 0 when it was published.

    Where a later reading says less, the earlier one was wrong, or the platform took views back: the later one stands.
    """
    if not timeline.readings:
        return []
    least = timeline.readings[-1][1]
    points = []
    for at, views in reversed(timeline.readings):
        least = min(least, views)
        points.append((at, least))
    first = points[-1][0]
    return [(min(timeline.published_at, first - 1), 0), *reversed(points)]


def _rates(week: Week, offs: Mapping[str, int]) -> Iterator[Rate]:
    unsure = {*week.spread, *(["views_gained"] if week.open else [])}
    for name, above, below in _RATES:
        if above in _TAPPED and week.bio_link != "tappable":
            continue
        count, base = getattr(week, above), getattr(week, below)
        if count is not None and base and not {above, below} & unsure:
            found = stats.rate(count, base, count_off=offs.get(above, 0), base_off=offs.get(below, 0))
            yield Rate(name, count, base, **asdict(found))
