"""Reads the case of a post: what its funnel has read already, and the little more that findings look at.

Of the clicks that are kept one by one no more than the first few are read, and of the sums only what a finding asks for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shortlinks import times
from shortlinks.arrivals import measured
from shortlinks.findings import findings_links
from shortlinks.findings.cases import Account, Case, Hit, Hung, Peak, Target
from shortlinks.findings.findings_hits import FEW_CLICKS
from shortlinks.funnels import bio_range
from shortlinks.funnels.expectation import Expected
from shortlinks.funnels.outcomes import Outcome
from shortlinks.links import links, target_health, target_visits
from shortlinks.links.links import Link
from shortlinks.links.target_health import Health
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.posts import permalinks, posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.rollups import cuts, kept_clicks, rollups
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store

PEAK, STORY_PEAK = 2 * times.DAY, times.DAY
"""How long after it is out a post has most of its clicks; a story is gone after a day."""
_BUSY = 5
_FIRST_HITS = 8
_MOST_BIO_LINKS = 100


def read(
    store: Store,
    post: Post,
    *,
    as_of: int,
    snapshot: Snapshot | None,
    ever: Sequence[Link],
    ledger: Mapping[str, int],
    clicks: int,
    viewers: int | None,
    noted_early: Sequence[int],
    visitors: int,
    conversions: int,
    own: Outcome,
    others: Sequence[Outcome],
    expected: Expected,
    base_url: str = "",
) -> Case:
    """The case of a post as of `as_of`. `ever` are its links, past ones too; the rest is as in Case.

    `base_url` is what short links begin with; without it nothing is said of their length.
    """
    out = times.minute_of(post.published_at) * times.MINUTE
    sums = cuts.human(store, {post.id: [out, cuts.EVER]})[post.id]
    seen = target_visits.of_targets(store, (link.target for link in ever))
    hung = [
        _hung(link, post.id, seen.get(link.target), as_of=as_of, clicks=sums[cuts.EVER][link.slug], base_url=base_url)
        for link in ever
        if link.state != "erased"
    ]
    return Case(
        platform=post.platform,
        kind=post.kind,
        format=permalinks.format_on(post.platform, post.permalink),
        account=accounts(store, [(profiles.get(store, post.profile_id), post)])[0],
        published_at=post.published_at,
        created_at=post.created_at,
        as_of=as_of,
        snapshot=snapshot,
        links=tuple(each for each in hung if each.stays),
        ledger=ledger,
        clicks=clicks,
        viewers=viewers,
        visitors=visitors,
        conversions=conversions,
        non_followers=snapshot.non_followers if snapshot else None,
        own=own,
        others=tuple(others),
        expected=expected,
        first_hits=tuple(_first_hits(store, post.id)) if 0 < ledger.get("human", 0) <= FEW_CLICKS else (),
        noted_early=tuple(noted_early),
        before_publish=sum(sums[out].values()),
        peak=_peak(store, post, hung) if ledger.get("expired") or _ever_broken(hung) else None,
        arrived_in=tuple(measured.apps(store, post.id)) if own.measured else (),
    )


def accounts(store: Store, wanted: Sequence[tuple[Profile, Post | None]]) -> list[Account]:
    """What findings and warnings look at of each profile, with the followers that it had for the post where those were noted.

    A click through the platform's spot on any of its posts is the proof that a profile has it now, but not that it had it
    when another post came out. It is only looked for where the followers speak against it.
    """
    found = [_account(profile, post) for profile, post in wanted]
    spots = {
        spot
        for (profile, _), each in zip(wanted, found, strict=True)
        if (spot := findings_links.withheld(profile.platform, each))
    }
    tapped = {post_id: home for spot in spots for post_id, home in _tapped(store, spot).items()}
    homes = set(tapped.values())
    return [
        replace(each, proven=post.id in tapped if post and each.then else profile.id in homes)
        for (profile, post), each in zip(wanted, found, strict=True)
    ]


def _tapped(store: Store, spot: Placement) -> dict[str, str]:
    """The posts on which people clicked through links in this spot of a bio, and the profile of each."""
    hung = [link for link in links.in_bios(store, spot.platform, limit=_MOST_BIO_LINKS) if link.placement == spot.id]
    promoted = posts.find_all(store, {turn.post_id for link in hung for turn in link.history})
    sums = cuts.human(store, {name: [cuts.EVER] for name in promoted})
    return {
        name: post.profile_id
        for name, post in promoted.items()
        if any(sums[name][cuts.EVER][link.slug] for link in hung)
    }


def _account(profile: Profile, post: Post | None) -> Account:
    then = post is not None and post.followers is not None
    noted = post if post is not None and then else profile
    return Account(profile.kind, noted.followers, noted.precision.get("followers", 0), then)


def _hung(link: Link, post_id: str, health: Health | None, *, as_of: int, clicks: int, base_url: str) -> Hung:
    return Hung(
        slug=link.slug,
        short_url=f"{base_url}/{link.slug}" if base_url else "",
        placement=placements.by_id(link.placement),
        made_at=link.created_at,
        stays=stays(link, post_id, as_of=as_of),
        working=links.leads_on(link, post_id, as_of),
        clicks=clicks,
        target=None if health is None else _target(health, as_of),
        tells_sales=bool(link.click_id_param or link.coupon),
    )


def _target(health: Health, as_of: int) -> Target:
    return Target(
        url=health.target,
        state=target_health.state(health, as_of),
        seconds=health.seconds,
        since=target_health.since(health, as_of),
        broken=tuple(target_health.broken_spans(health)),
    )


def stays(link: Link, post_id: str, *, as_of: int) -> tuple[tuple[int, int | None], ...]:
    """From when to when a link promoted the post, up to `as_of`; None as the end of a stay that lasts."""
    turns = [turn for turn in link.history if turn.from_ <= as_of]
    ends = [*(turn.from_ for turn in turns[1:]), None][: len(turns)]
    found: list[tuple[int, int | None]] = []
    for turn, end in zip(turns, ends, strict=True):
        if turn.post_id != post_id:
            continue
        if found and found[-1][1] == turn.from_:  # only the target changed
            found[-1] = found[-1][0], end
        else:
            found.append((turn.from_, end))
    return tuple(found)


def _first_hits(store: Store, post_id: str) -> Iterable[Hit]:
    """The oldest hits in order of time; none where the oldest were forgotten already."""
    kept = kept_clicks.oldest(store, post_id, _FIRST_HITS)
    if not kept or times.day_of(kept[0].at) > min(rollups.counted_days(store, post_id), default=0):
        return []
    return [Hit(each.at, each.slug, each.reason) for each in kept]


def _ever_broken(hung: Sequence[Hung]) -> bool:
    return any(each.target and each.target.broken for each in hung)


def _peak(store: Store, post: Post, hung: Sequence[Hung]) -> Peak:
    """The first days of the post and the busiest one, and what went wrong in them."""
    by_day: dict[int, int] = {}
    for (day, _, reason), number in rollups.days(store, post.id).items():
        if reason == "human":
            by_day[day] = by_day.get(day, 0) + number
    start = times.minute_of(post.published_at) * times.MINUTE
    spans = [(start, start + (STORY_PEAK if post.kind == "story" else PEAK))]
    if by_day and by_day[busiest := max(by_day, key=lambda day: by_day[day])] >= _BUSY:
        spans.append((busiest * times.DAY, (busiest + 1) * times.DAY))
    spans = bio_range.union(spans)
    counted = rollups.between(store, post.id, spans)
    broken, lost = _while_broken(store, post.id, hung, spans)
    return Peak(
        spans=tuple(spans),
        clicks=sum(number for (_, reason), number in counted.items() if reason == "human"),
        expired=sum(number for (_, reason), number in counted.items() if reason == "expired"),
        broken=broken,
        clicks_lost=lost,
    )


def _while_broken(
    store: Store, post_id: str, hung: Sequence[Hung], spans: Sequence[bio_range.Interval]
) -> tuple[int, int]:
    """For how long in these times the target of a link did not work, and the clicks on it meanwhile.

    Clicks are counted by whole minutes that lie within, so that none from before is taken for a lost one.
    """
    longest = lost = 0
    for each in hung:
        known = each.target.broken if each.target else ()
        down = bio_range.union(part for start, end in spans for part in bio_range.clip(known, start, end))
        if down:
            longest = max(longest, sum(end - start for start, end in down))
            whole = [(-(-start // times.MINUTE) * times.MINUTE, end - end % times.MINUTE) for start, end in down]
            lost += rollups.between(store, post_id, bio_range.union(whole))[each.slug, "human"]
    return longest, lost
