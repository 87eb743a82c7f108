"""Reads what a profile's weeks need and builds them. Everything is read at once, however many posts the profile has."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import times, weeks
from shortlinks.bio_pages import bio_pages
from shortlinks.findings import case_reports, findings_links
from shortlinks.funnels import bio_range, funnel, outcomes
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_snapshots, profile_spans, profile_weeks, profile_words, profiles
from shortlinks.profiles.profile_snapshots import ProfileSnapshot
from shortlinks.profiles.profile_spans import Span
from shortlinks.profiles.profile_weeks import BioLink, Calendar, Timeline, Week
from shortlinks.profiles.profiles import Profile
from shortlinks.rollups import tap_counts
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.words.language import _

USUAL_WEEKS = 8
MOST_WEEKS = 53

_ALL = 1 << 30
_HALF_A_DAY = 12 * times.HOUR


@dataclass(frozen=True, slots=True)
class ProfileFunnel:
    """A profile's weeks, newest first, with the one under way. `gaps` and `sentences` are of the newest that is over."""

    profile_id: str
    weeks: tuple[Week, ...]
    gaps: tuple[funnel.Gap, ...]
    sentences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {
            "profile_id": self.profile_id,
            "weeks": [week.to_dict() for week in self.weeks],
            "gaps": [asdict(gap) for gap in self.gaps],
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, slots=True)
class _All:
    """What the weeks of every profile are read from: all profiles, all posts by id, all links.

    `no_spot` says by id, of the profiles that are told, why the platform gives them no spot for a link; "" where it does, or
    where nobody can know.
    """

    profiles: Sequence[Profile]
    posts: Mapping[str, Post]
    links: Sequence[Link]
    no_spot: Mapping[str, str]


def of_profile(store: Store, profile_id: str, *, now: int, tz: ZoneInfo, number: int = USUAL_WEEKS) -> ProfileFunnel:
    """The last `number` weeks of a profile by the calendar in `tz`, the one under way among them. Raises NotFound."""
    return of_profiles(store, [profiles.get(store, profile_id)], now=now, tz=tz, number=number)[0]


def of_profiles(
    store: Store, found: Sequence[Profile], *, now: int, tz: ZoneInfo, number: int = USUAL_WEEKS
) -> list[ProfileFunnel]:
    """The same of several profiles; posts and links are read once for all of them."""
    if not found:
        return []
    known = _All(
        profiles=profiles.list_(store, limit=_ALL)[0],
        posts={post.id: post for post in posts.list_(store, limit=_ALL, archived=None)[0]},
        links=links.all_(store),
        no_spot=_no_spot(store, found),
    )
    calendar = [profile_weeks.calendar_of(monday, tz) for monday in weeks.latest(now, tz, number)]
    return [_of_profile(store, profile, known, calendar, now, tz) for profile in found]


def _of_profile(
    store: Store, profile: Profile, known: _All, calendar: Sequence[Calendar], now: int, tz: ZoneInfo
) -> ProfileFunnel:
    hung = _bio_links(profile, known)
    clicks = _clicks(store, hung, calendar)
    no_spot = known.no_spot[profile.id]
    found = profile_weeks.build(
        calendar,
        now=now,
        timelines=_timelines(store, [post for post in known.posts.values() if post.profile_id == profile.id]),
        spans=[_span(row, tz) for row in profile_snapshots.of_profile(store, profile.id)],
        bio_links=_tappable(hung, calendar, clicks, withheld=bool(no_spot)),
        bio_clicks=clicks,
        pages=_pages(store, profile, calendar),
        conversions=_conversions(store, hung, calendar),
    )
    told = next((week for week in found if week.over), found[0])
    gaps = _gaps(profile, told)
    sentences = (*profile_words.week(told, no_spot), *(profile_words.gap(gap) for gap in gaps))
    return ProfileFunnel(profile.id, tuple(found), gaps, sentences)


def _bio_links(profile: Profile, known: _All) -> list[Link]:
    """The links in the profile's bio, or on the page of links that its bio leads to, now or at any time before.

    A link whose profile nobody named hangs in that of the first post of the platform that it promoted.
    """
    same = [each for each in known.profiles if each.platform == profile.platform]

    def home(link: Link) -> str:
        named = (each.id for each in same if each.bio_slug == link.slug)
        promoted = (known.posts[turn.post_id] for turn in link.history if turn.post_id in known.posts)
        first = (post.profile_id for post in promoted if post.platform == profile.platform)
        return next(named, None) or next(first, same[-1].id)

    return [link for link in known.links if _in_a_bio(link, profile.platform) and home(link) == profile.id]


def _no_spot(store: Store, found: Sequence[Profile]) -> dict[str, str]:
    accounts = case_reports.accounts(store, [(profile, None) for profile in found])
    return {
        profile.id: " ".join(said for _code, said in findings_links.account_warnings(profile.platform, account))
        for profile, account in zip(found, accounts, strict=True)
    }


def _tappable(
    hung: Sequence[Link], calendar: Sequence[Calendar], clicks: Sequence[int], *, withheld: bool
) -> list[BioLink]:
    """Whether a link in the bio could be tapped in each week. A click in it is the proof that one could."""
    since = min((link.created_at for link in hung if not placements.by_id(link.placement).dead), default=None)

    def told(week: Calendar, number: int) -> BioLink:
        if number:
            return "tappable"
        if withheld and not any(clicks):
            return "withheld"
        return "none" if since is None or week.end <= since else "tappable"

    return [told(*each) for each in zip(calendar, clicks, strict=True)]


def _in_a_bio(link: Link, platform: str) -> bool:
    placement = placements.by_id(link.placement)
    return placement.platform == platform and placement.audience == "profile"


def _timelines(store: Store, own: Sequence[Post]) -> list[Timeline]:
    found = []
    for post, rows in zip(own, snapshots.of_posts(store, [post.id for post in own]), strict=True):
        seen = snapshots.with_views(snapshots.once_out(rows, post.published_at))
        stopped = bio_range.gaining(post.published_at, seen)[1] is not None
        readings = tuple((row.taken_at, row.views) for row in seen if row.views is not None)
        rounding = max((row.precision.get("views", 0) for row in seen), default=0)
        quiet_from = outcomes.quiet_from(post.platform, post.kind, post.published_at)
        found.append(Timeline(post.published_at, readings, stopped, rounding, quiet_from))
    return found


def _span(row: ProfileSnapshot, tz: ZoneInfo) -> Span:
    """The days of a snapshot. Apps show whole days: who looks in the morning is shown those up to yesterday."""
    last = row.day if row.taken_at is None else weeks.day_at(row.taken_at - _HALF_A_DAY, tz)
    assert last is not None
    rounding = max((row.precision.get(name, 0) for name in profile_snapshots.SPANS), default=0)
    return Span(last - row.days + 1, last, row.views, row.profile_visits, row.link_taps, rounding)


def _clicks(store: Store, hung: Sequence[Link], calendar: Sequence[Calendar]) -> list[int]:
    """The clicks by people on these links in each week."""
    spans = [(index, span) for index, week in enumerate(calendar) for link in hung for span in _when(link, week)]
    found = [0] * len(calendar)
    for (index, _each), number in zip(spans, tap_counts.human(store, [span for _index, span in spans]), strict=True):
        found[index] += number
    return found


def _when(link: Link, week: Calendar) -> list[tap_counts.Span]:
    return list(tap_counts.spans(link, week.start, week.end))


def _pages(store: Store, profile: Profile, calendar: Sequence[Calendar]) -> list[profile_weeks.Page | None]:
    """How often the profile's bio page was opened, and its links tapped, in each week in which there was one."""
    page = bio_pages.find(store, profile.id)
    if page is None:
        return [None] * len(calendar)
    opens = bio_pages.opens_between(store, profile.id, [(week.start, week.end) for week in calendar])
    taps = _clicks(store, list(bio_pages.ever_on(store, page).values()), calendar)
    return [
        profile_weeks.Page(*counts) if page.created_at < week.end else None
        for week, *counts in zip(calendar, opens, taps, strict=True)
    ]


def _conversions(store: Store, hung: Sequence[Link], calendar: Sequence[Calendar]) -> list[int]:
    """The conversions through these links that occurred in each week."""
    slugs = {link.slug for link in hung}
    promoted = sorted({turn.post_id for link in hung for turn in link.history})
    at = [
        each.occurred_at
        for reported in conversions.of_posts(store, promoted)
        for each in reported
        if each.slug in slugs
    ]
    return [sum(week.start <= moment < week.end for moment in at) for week in calendar]


def _gaps(profile: Profile, week: Week) -> tuple[funnel.Gap, ...]:
    """What is not measured of a week, and where the platform shows it: views once a post was out, link taps where it does."""
    label = placements.platform_label(profile.platform)
    places = {
        "views": _("{platform}: the views of each post, noted on its page", platform=label),
        "profile_visits": _("{platform}: the analytics of your profile, where there are any", platform=label),
    }
    names: tuple[tuple[str, profile_spans.Number, int | None], ...] = (
        ("views_gained", "views", week.views_gained),
        ("profile_visits", "profile_visits", week.profile_visits),
        ("link_taps", "link_taps", week.link_taps),
    )
    return tuple(
        funnel.Gap(name, where)
        for name, number, count in names
        if count is None
        and (name != "views_gained" or week.posts)
        and (where := placements.where_of_profile(profile.platform, number) or places.get(number))
    )
