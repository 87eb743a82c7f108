"""Reads what a funnel needs and builds it. The one place that brings posts, links, snapshots and counts together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from shortlinks import keys
from shortlinks.arrivals import measured
from shortlinks.clicks import previews
from shortlinks.errors import Invalid
from shortlinks.findings import case_reports, findings
from shortlinks.funnels import bio_credit, company, expectation, gathered, leaks, outcomes, windows
from shortlinks.funnels import funnel as funnels
from shortlinks.insights import compared
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.records import changes
from shortlinks.rollups import rollups, tally
from shortlinks.sales import conversions, revenue
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store
from shortlinks.words.language import N_, _

MOST_COMPARED = 20
_FOREVER = 1 << 62


def funnel(store: Store, post_id: str, *, now: int, at: int | None = None, base_url: str = "") -> funnels.Funnel:
    """The funnel of a post as of `at` (default `now`), both milliseconds. Raises NotFound.

    Clicks, visitors and conversions go up to the snapshot it rests on (`snapshots.basis`); without one, up to `at` or all
    of them. `base_url` is what short links begin with, for what findings say of their length.
    """
    return of_known(store, known(store, posts.get(store, post_id)), now=now, at=at, base_url=base_url)


@dataclass(frozen=True, slots=True)
class Known:
    """A post with all its snapshots, and with every link that promotes or ever promoted it."""

    post: Post
    taken: Sequence[Snapshot]
    ever: Sequence[links.Link]

    @property
    def noted(self) -> list[Snapshot]:
        """The snapshots that a rate may rest on."""
        return snapshots.once_out(self.taken, self.post.published_at)


def known(store: Store, post: Post) -> Known:
    """What is known of a post besides its clicks, for `of_known`."""
    return Known(post, snapshots.of_post(store, post.id), links.ever_of_post(store, post.id))


def of_known(
    store: Store,
    of: Known,
    *,
    now: int,
    at: int | None = None,
    base_url: str = "",
    held: company.Company | None = None,
) -> funnels.Funnel:
    """What `funnel` gives, for a post that was read before; `held` is its company as of `at`, which is read here if not given."""
    post, noted, ever = of.post, of.noted, of.ever
    post_id = post.id
    snapshot = snapshots.basis(noted, at=at)
    as_of = now if at is None else at
    cut = cut_of(snapshot, at)
    counted = rollups.between(store, post_id, [(0, cut)])
    human = sum(number for (_, reason), number in counted.items() if reason == "human")
    contested, elsewhere = bio_credit.of_post(store, post, ever, snapshots.with_views(noted, at=at), cut)
    arrived = measured.of_posts(store, {post_id: (ever, min(cut, funnels.cut_end(as_of)))}).get(post_id)
    reported, apart = conversions.both(store, post_id)
    # Refunds belong to their sale, whenever they came.
    until = [each for each in (*reported, *apart) if each.occurred_at < cut or each.refunds is not None]
    sold = revenue.shown(until)
    held = held or company.read(store, post, now=as_of)
    own = gathered.own(store, post, of.taken, ever, reported, now=as_of)
    own = replace(own, contested=contested, elsewhere=elsewhere)
    others = outcomes.alike(own, held.others)
    clicks = by_audience(ever, counted)
    leak = leaks.biggest(own, others)
    expected = replace(expectation.of_outcome(own, others), leaking=leak is not None)
    ledger, sent = rollups.total_and_beside(store, post_id)
    case = case_reports.read(
        store,
        post,
        as_of=as_of,
        snapshot=snapshot,
        ever=ever,
        ledger=ledger,
        clicks=human,
        viewers=funnels.viewers_clicks(clicks),
        noted_early=[
            row.taken_at
            for row in snapshots.effective(of.taken)
            if snapshots.is_early(row, post.published_at) and row.taken_at <= as_of
        ],
        visitors=counted["", rollups.VISITORS],
        conversions=len(reported),
        own=own,
        others=others,
        expected=expected,
        base_url=base_url,
    )
    found = findings.find(case)
    return funnels.build(
        post_id=post_id,
        as_of=as_of,
        snapshot=snapshot,
        ledger=ledger,
        previews=previews.of(sent),
        clicks=clicks,
        tapped=tapped(ever, counted),
        visitors=counted["", rollups.VISITORS],
        conversions=sold.counted.count,
        conversions_after=len(reported) - sold.counted.count,
        at_least=human - contested,
        at_most=human + elsewhere,
        findings=found,
        gap_places=_gap_places(
            post.platform,
            sales=bool(reported) or held.sold,
            told=any(link.click_id_param for link in ever),
            arrived=arrived is not None,
        ),
        expected=replace(expected, blamed=any(finding.severity == "high" for finding in found)),
        leak=leak,
        windows=windows.of(own),
        brought=sold,
        arrived=arrived,
    )


class Look(NamedTuple):
    """`mark` differs whenever the answer of `of_known` does, for a `now` on a whole minute; `seen` is what has changed."""

    mark: str
    seen: changes.Changes


def look(store: Store, post_id: str, *, now: int) -> Look:
    """Whether anything has changed that the funnel of a post rests on. One round trip.

    Look before the answer is read: what comes in between then only makes it differ for nothing. It rests on the service as a
    whole, because a post is held against others. What a restart changes, the code and the settings, is not in it.
    """
    pipe = store.redis.pipeline(transaction=False)
    pipe.hget(keys.total(post_id), rollups.LOST)
    pipe.xlen(keys.kept(post_id))
    changes.stage(pipe)
    lost, chunks, *answers = pipe.execute()
    seen = changes.read(answers)
    return Look(changes.marked(seen, now, int(lost or 0), chunks), seen)


def compare(store: Store, post_ids: Sequence[str], *, now: int) -> compared.Compared:
    """These posts side by side, MOST_COMPARED at most. Raises Invalid naming `posts` for what cannot be compared."""
    if len(set(post_ids)) < len(post_ids) or not 2 <= len(post_ids) <= MOST_COMPARED:
        raise Invalid.field("posts", _("must be 2 to {most} different posts", most=MOST_COMPARED))
    by_id = posts.find_all(store, post_ids)
    if missing := [name for name in post_ids if name not in by_id]:
        raise Invalid.field("posts", _("{posts}: no such post", posts=", ".join(missing)))
    found = list(by_id.values())
    seen = list(zip(found, gathered.of_posts(store, found, now=now), strict=True))
    return compared.of(gathered.credited_each(store, seen))


def breakdown(store: Store, post_id: str, by: str) -> list[tuple[str, int]]:
    """Human clicks of a post by value of `by`, most first (`reason`: all hits). Raises NotFound, Invalid naming `by`."""
    posts.get(store, post_id)
    if by != "placement":
        return rollups.breakdown(store, post_id, by)
    return by_placement(store, post_id, links.ever_of_post(store, post_id))


def by_placement(store: Store, post_id: str, ever: Sequence[links.Link]) -> list[tuple[str, int]]:
    """Human clicks of a post by where the link hangs, most first; `ever` are all its links, past ones too."""
    where = {link.slug: link.placement for link in ever}
    counted: Counter[str] = Counter()
    for slug, number in rollups.breakdown(store, post_id, "link"):
        counted[where.get(slug, tally.UNKNOWN)] += number
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


_GAPS = ("reach", "profile_visits", "link_taps")
_ARRIVALS = N_(
    "Not measured: a line of code on your shop’s pages tells which clicks arrive there, under “Settings”, “Sales”, “Arrivals”"
)

_SALES = N_(
    "Your shop’s own orders; none was ever reported here. It can report each one with its click id "
    "(POST /api/v1/conversions)"
)


_NO_CLICK_IDS = N_("No link of this post carries click ids yet: switch them on under “Change”, below the link.")


def _gap_places(platform: str, *, sales: bool, told: bool, arrived: bool) -> dict[str, str]:
    """Where the numbers are found that may be missing; those of sales only where none was ever reported, and of arrivals where
    none was measured.

    `told`: a link of the post adds its click ids to the address.
    """
    places = {name: where for name in _GAPS if (where := placements.where(platform, name))}
    of_shop = {} if arrived else {"arrivals": _(_ARRIVALS)}
    if not sales:
        of_shop["conversions"] = _(_SALES)
    return places | {name: where if told else ". ".join((where, _(_NO_CLICK_IDS))) for name, where in of_shop.items()}


def cut_of(snapshot: Snapshot | None, at: int | None) -> int:
    """Up to when clicks belong to the funnel that rests on `snapshot`, as of `at`."""
    if snapshot is not None:
        return funnels.cut_end(snapshot.taken_at)
    return _FOREVER if at is None else funnels.cut_end(at)


def by_audience(ever: Sequence[links.Link], counted: Mapping[tuple[str, str], int]) -> dict[placements.Audience, int]:
    """Human clicks by who can see the link's placement, 0 where one can be used and was not.

    A slug whose link is unknown is taken for the viewers'.
    """
    spots = {link.slug: placements.by_id(link.placement) for link in ever}
    audiences = {slug: spot.audience for slug, spot in spots.items()}
    clicks = dict.fromkeys((spot.audience for spot in spots.values() if not spot.dead), 0)
    for (slug, reason), number in counted.items():
        if reason == "human":
            audience = audiences.get(slug, "viewers")
            clicks[audience] = clicks.get(audience, 0) + number
    return clicks


def tapped(ever: Sequence[links.Link], counted: Mapping[tuple[str, str], int]) -> int | None:
    """Human clicks on links before viewers, or in the profile, that can be tapped; None where there never was one."""
    spots = {link.slug: placements.by_id(link.placement) for link in ever}
    found = [slug for slug, spot in spots.items() if spot.clickable and spot.audience != "outside"]
    return sum(counted.get((slug, "human"), 0) for slug in found) if found else None
