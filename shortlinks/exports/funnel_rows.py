"""Funnels as a table: a row a post with its steps, its rates and their bounds, and what was to be expected of it.

The numbers are those of `reports.funnel`, read for many posts at once. Only the bounds of clicks on a bio link that posts
share may be wider here: days are not cut in two (see `bio_credit.of_posts`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shortlinks.arrivals import measured
from shortlinks.clicks import previews
from shortlinks.exports import post_rows
from shortlinks.exports.tables import Column, Row, Table
from shortlinks.funnels import bio_credit, expectation, gathered, outcomes, reports
from shortlinks.funnels import funnel as funnels
from shortlinks.funnels.outcomes import Outcome
from shortlinks.links import links
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.sales import conversions, money, revenue
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store

_NOTED = ("views", "reach", "likes", "profile_visits", "link_taps")
_COLUMNS = (
    *post_rows.ABOUT,
    Column("snapshot_at", "instant"),
    *(Column(name, "number") for name in _NOTED),
    *(Column(name, "number") for name in ("clicks", "clicks_at_least", "clicks_at_most", "visitors")),
    *(Column(name, "number") for name in ("arrivals", "arrivals_measured", "conversions")),
    *(Column(name, "number") for name in ("clicks_after_snapshot", "conversions_after_snapshot", "hits", "lost")),
    *(Column(f"{name}{end}", "share") for name in funnels.RATES for end in ("", "_low", "_high")),
    Column("verdict"),
    Column("undecided", "flag"),
    *(Column(f"expected_{name}", "number") for name in ("low", "high", "posts")),
    Column("refunded", "number"),
)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all rows rest on besides their own post."""

    newest: Sequence[tuple[Post, Outcome]]
    credit: Mapping[str, tuple[int, int]]
    reporting: bool
    currencies: Sequence[str]


def table(store: Store, *, now: int) -> Table:
    """The funnels of all posts as of `now` (milliseconds), and what conversions brought: columns of their own a currency.

    `amount_EUR` is what was sold, `refunded_EUR` what of it went back, both in whole euros and their fractions.
    """
    cuts: dict[str, int] = {}
    used: set[str] = set()
    for found in post_rows.each(store):
        post_ids = [post.id for post in found]
        for post, taken in zip(found, snapshots.of_posts(store, post_ids), strict=True):
            cuts[post.id] = reports.cut_of(_basis(post, taken), None)
        for reported in conversions.of_posts(store, post_ids):
            used.update(each.currency for each in reported if each.currency is not None)
    newest = gathered.newest(store)
    shared = _Shared(
        newest=list(zip(newest, gathered.of_posts(store, newest, now=now, last=True), strict=True)),
        credit=bio_credit.of_posts(store, cuts),
        reporting=conversions.any_reported(store, [post.id for post in newest]),
        currencies=sorted(used),
    )
    sums = [Column(f"{name}_{code}", "amount") for code in shared.currencies for name in ("amount", "refunded")]
    return Table("funnels", [*_COLUMNS, *sums], _rows(store, shared, now))


def _rows(store: Store, shared: _Shared, now: int) -> Iterator[Row]:
    for found in post_rows.each(store):
        handles = post_rows.handles(store, found)
        for post, funnel in zip(found, _funnels(store, found, shared, now), strict=True):
            yield (*post_rows.about(post, handles.get(post.profile_id)), *_cells(funnel, shared.currencies))


def _funnels(store: Store, found: Sequence[Post], shared: _Shared, now: int) -> Iterator[funnels.Funnel]:
    """The funnels of these posts, without what is said of them in words."""
    post_ids = [post.id for post in found]
    bases = [_basis(post, rows) for post, rows in zip(found, snapshots.of_posts(store, post_ids), strict=True)]
    cuts = [reports.cut_of(basis, None) for basis in bases]
    own = gathered.of_posts(store, found, now=now)
    hung = links.ever_of_posts(store, post_ids)
    told = measured.of_posts(
        store,
        {
            post_id: (ever, min(cut, funnels.cut_end(now)))
            for post_id, ever, cut in zip(post_ids, hung, cuts, strict=True)
        },
    )
    for post, snapshot, cut, outcome, counted, ledger, ever, (reported, apart) in zip(
        found,
        bases,
        cuts,
        own,
        rollups.between_of_each(store, [(post_id, [(0, cut)]) for post_id, cut in zip(post_ids, cuts, strict=True)]),
        rollups.totals(store, post_ids),
        hung,
        conversions.both_of_posts(store, post_ids),
        strict=True,
    ):
        # What is reported while the file is written may be in a currency that it has no column for.
        there = [each for each in (*reported, *apart) if each.created_at <= now]
        all_ = sum(each.counts for each in there)
        sold = revenue.shown([each for each in there if each.occurred_at < cut or each.refunds is not None])
        contested, elsewhere = shared.credit.get(post.id, (0, 0))
        credited = replace(outcome, contested=contested, elsewhere=elsewhere)
        human = sum(number for (_slug, reason), number in counted.items() if reason == "human")
        yield funnels.build(
            post_id=post.id,
            as_of=now,
            snapshot=snapshot,
            ledger=ledger,
            previews=previews.of({}),
            clicks=reports.by_audience(ever, counted),
            tapped=reports.tapped(ever, counted),
            visitors=counted["", rollups.VISITORS],
            conversions=sold.counted.count,
            conversions_after=all_ - sold.counted.count,
            at_least=human - contested,
            at_most=human + elsewhere,
            findings=(),
            gap_places={} if reported or shared.reporting else {"conversions": ""},
            expected=expectation.of_outcome(credited, outcomes.alike(credited, gathered.others(post, shared.newest))),
            leak=None,
            windows=(),
            brought=sold,
            arrived=told.get(post.id),
        )


def _cells(funnel: funnels.Funnel, currencies: Sequence[str]) -> Iterator[object]:
    steps = {step.name: step for step in funnel.steps}
    rates = {rate.name: rate for rate in funnel.rates}
    clicks, bought, expected = steps["clicks"], steps["conversions"], funnel.expected
    yield funnel.snapshot_at
    yield from (steps[name].count if name in steps else None for name in _NOTED)
    yield from (clicks.count, clicks.at_least, clicks.at_most, steps["visitors"].count)
    arrived = steps.get("arrivals")
    yield from (None, None) if arrived is None else (arrived.count, arrived.measured)
    yield bought.count
    yield from (funnel.clicks_after_snapshot, funnel.conversions_after_snapshot)
    yield from (funnel.ledger["hits"], funnel.ledger["lost"])
    for name in funnels.RATES:
        rate = rates.get(name)
        yield from (None, None, None) if rate is None else (rate.rate, rate.low, rate.high)
    yield from (expected.verdict, expected.undecided)
    held = expected.range
    yield from (None, None, expected.posts) if held is None else (held.low, held.high, held.posts)
    counted = bought.revenue.counted if bought.revenue else revenue.Revenue(0, 0, ())
    yield counted.refunded
    sums = {each.currency: each for each in counted.sums}
    for code in currencies:
        places = money.decimals(code)
        each = sums.get(code)
        for minor in (None, None) if each is None else (each.amount_minor, each.refunded_minor):
            yield None if minor is None else Decimal(minor).scaleb(-places)


def _basis(post: Post, taken: Sequence[Snapshot]) -> Snapshot | None:
    return snapshots.basis(snapshots.once_out(taken, post.published_at))
