"""Reads the outcomes of many posts at once: their links, their numbers, and the clicks up to each reading of those."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from shortlinks import times
from shortlinks.arrivals import measured
from shortlinks.funnels import bio_credit, bio_range, funnel, outcomes
from shortlinks.funnels.outcomes import Gain, Outcome, Reading
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import cuts
from shortlinks.sales import conversions
from shortlinks.sales.conversions import Conversion
from shortlinks.snapshots import snapshots
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store

NEAREST = 30
"""How many other posts a post is held against: the newest like it."""
SEARCHED = 120
"""How many of the newest posts are looked through for others like one."""
_AT_ONCE = 100


def of_posts(
    store: Store, found: Sequence[Post], *, now: int, by_age: bool = False, last: bool = False
) -> list[Outcome]:
    """The outcome of each of these posts, with readings up to `now` (milliseconds); clicks `by_age` and gains if asked for.

    With `last` there is none but the last reading, which is all that others look at when a post is held against them.
    """
    parts = (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))
    return [outcome for part in parts for outcome in _of_some(store, part, now=now, by_age=by_age, last=last)]


def newest(store: Store) -> list[Post]:
    """The posts among which a post is held against others, archived ones too."""
    return posts.list_(store, limit=SEARCHED, archived=None)[0]


def own(
    store: Store,
    post: Post,
    taken: Sequence[Snapshot],
    ever: Sequence[Link],
    reported: Sequence[Conversion],
    *,
    now: int,
) -> Outcome:
    """The outcome of a post that is held against others, with what arrived; of what was read of it before."""
    known = _outcomes(store, [post], [taken], [ever], [reported], now=now, by_age=False, last=False)
    return with_arrivals(store, known, now=now)[0]


def first_like(store: Store, post: Post, among: Sequence[Post], *, now: int) -> list[Outcome]:
    """The outcomes of the first posts `among` these of the profile of `post`, with what arrived; one more than NEAREST.

    Stories are held against stories, and posts against posts.
    """
    like = [each for each in among if _alike(post, each)][: NEAREST + 1]
    return with_arrivals(store, of_posts(store, like, now=now, last=True), now=now)


def with_arrivals(store: Store, found: Sequence[Outcome], *, now: int) -> list[Outcome]:
    """These outcomes, each with how many of its clicks arrived, where that was measured."""
    told = measured.up_to(store, [outcome.post_id for outcome in found], funnel.cut_end(now))
    return [
        replace(outcome, measured=seen.clicks, arrived=seen.arrived) if (seen := told.get(outcome.post_id)) else outcome
        for outcome in found
    ]


def others(post: Post, known: Iterable[tuple[Post, Outcome]]) -> list[Outcome]:
    """Of posts whose outcomes are known those that `post` is held against."""
    like = (outcome for other, outcome in known if other.id != post.id and _alike(post, other))
    return list(islice(like, NEAREST))


def _alike(post: Post, other: Post) -> bool:
    return other.profile_id == post.profile_id and (other.kind == "story") == (post.kind == "story")


def credited(store: Store, post: Post, outcome: Outcome) -> Outcome:
    """The outcome of `post`, with whose else its clicks on shared bio links may have been up to its last reading."""
    return credited_each(store, [(post, outcome)])[0]


def credited_each(store: Store, found: Sequence[tuple[Post, Outcome]]) -> list[Outcome]:
    """What `credited` gives, for each of these; snapshots and links read at once."""
    ids = [post.id for post, _outcome in found]
    read = zip(found, snapshots.of_posts(store, ids), links.ever_of_posts(store, ids), strict=True)
    return [_credited(store, post, outcome, taken, ever) for (post, outcome), taken, ever in read]


def _credited(store: Store, post: Post, outcome: Outcome, taken: Sequence[Snapshot], ever: Sequence[Link]) -> Outcome:
    if outcome.latest is None:
        return outcome
    at = outcome.latest.at
    seen = snapshots.with_views(snapshots.once_out(taken, post.published_at), at=at)
    contested, elsewhere = bio_credit.of_post(store, post, ever, seen, funnel.cut_end(at))
    return replace(outcome, contested=contested, elsewhere=elsewhere)


def all_credited(store: Store, found: Sequence[Outcome]) -> list[Outcome]:
    """Many outcomes at once, each with what `credited` gives it, or somewhat more: days are not cut in two."""
    cut = {outcome.post_id: funnel.cut_end(last.at) for outcome in found if (last := outcome.latest)}
    shared = bio_credit.of_posts(store, cut)
    return [_with_credit(outcome, *shared.get(outcome.post_id, (0, 0))) for outcome in found]


def _with_credit(outcome: Outcome, contested: int, elsewhere: int) -> Outcome:
    return replace(outcome, contested=contested, elsewhere=elsewhere) if contested or elsewhere else outcome


def _of_some(store: Store, found: Sequence[Post], *, now: int, by_age: bool, last: bool) -> list[Outcome]:
    ids = [post.id for post in found]
    rows, ever = snapshots.of_posts(store, ids), links.ever_of_posts(store, ids)
    reported = conversions.of_posts(store, ids)
    return _outcomes(store, found, rows, ever, reported, now=now, by_age=by_age, last=last)


def _outcomes(
    store: Store,
    found: Sequence[Post],
    noted: Sequence[Sequence[Snapshot]],
    ever: Sequence[Sequence[Link]],
    reported: Sequence[Sequence[Conversion]],
    *,
    now: int,
    by_age: bool,
    last: bool,
) -> list[Outcome]:
    taken = [
        snapshots.with_views(snapshots.once_out(rows, post.published_at), at=now)
        for post, rows in zip(found, noted, strict=True)
    ]
    seen = [rows[-1:] if last else _worth(post, rows) for post, rows in zip(found, taken, strict=True)]
    ages = [_ages(post, now) if by_age else {} for post in found]
    wanted = {
        post.id: [*(funnel.cut_end(row.taken_at) for row in rows), *own.values(), cuts.EVER]
        for post, rows, own in zip(found, seen, ages, strict=True)
    }
    sums = cuts.human(store, wanted)
    told = [
        _outcome(post, rows, hung, sums[post.id], reports, own)
        for post, rows, hung, reports, own in zip(found, seen, ever, reported, ages, strict=True)
    ]
    if not by_age:
        return told
    edges = [funnel.cut_end(now - weeks * times.FOUR_WEEKS) for weeks in (1, 2)]
    before = cuts.human(store, {post.id: edges for post in found}, keep=False)
    return [
        replace(
            outcome, gains=_gains(outcome, rows, [before[outcome.post_id][at].total() for at in edges], reports, edges)
        )
        for outcome, rows, reports in zip(told, taken, reported, strict=True)
    ]


def _gains(
    outcome: Outcome,
    rows: Sequence[Snapshot],
    clicks: Sequence[int],
    reports: Sequence[Conversion],
    edges: Sequence[int],
) -> tuple[Gain, Gain]:
    """What came since the first of two moments, and between the second and it; `clicks` are those before each."""
    sold = [sum(report.occurred_at < at for report in reports) for at in edges]
    spans = (edges[0], cuts.EVER), (edges[1], edges[0])
    done = _done_from(outcome, rows)
    counts = (outcome.human - clicks[0], len(reports) - sold[0]), (clicks[0] - clicks[1], sold[0] - sold[1])
    one, two = (
        Gain(
            clicks=clicked,
            conversions=bought,
            views=_grown(outcome.published_at, done, [(row.taken_at, row.views) for row in rows], *span),
            likes=_grown(outcome.published_at, done, [(row.taken_at, row.likes) for row in rows], *span),
        )
        for span, (clicked, bought) in zip(spans, counts, strict=True)
    )
    return one, two


def _done_from(outcome: Outcome, rows: Sequence[Snapshot]) -> float:
    """From when on a post gains no more: for all that is known of such posts, or because its own readings prove it."""
    quiet = outcomes.quiet_from(outcome.platform, outcome.kind, outcome.published_at)
    stopped = bio_range.gaining(outcome.published_at, rows)[1]
    return min((at for at in (quiet, stopped) if at is not None), default=math.inf)


def _grown(published_at: int, done: float, noted: Sequence[tuple[int, int | None]], start: int, end: int) -> int | None:
    """By how much a number of a post grew from reading to reading; None where it did by nobody knows how much.

    That is so, too, of a post that was not `done` by the start, and that nobody looked at from then to the end.
    """
    if published_at >= end:
        return 0
    known = [(at, number) for at, number in noted if number is not None and at < end]
    before = [0] if published_at >= start else [number for at, number in known if at < start]
    if not known or known[-1][0] < start:
        return 0 if done <= start else None
    return max(0, known[-1][1] - before[-1]) if before else None


def _ages(post: Post, now: int) -> dict[int, int]:
    """By age that the post has reached: the end of the minute at which it was so old."""
    ends = {age: funnel.cut_end(post.published_at + age) for age in outcomes.AGES}
    return {age: end for age, end in ends.items() if end <= now}


def _worth(post: Post, rows: Sequence[Snapshot]) -> list[Snapshot]:
    """Of the snapshots with views those that are worth a reading."""
    return [rows[index] for index in outcomes.thinned([row.taken_at - post.published_at for row in rows])]


def _outcome(
    post: Post,
    seen: Sequence[Snapshot],
    hung: Sequence[Link],
    sums: cuts.Sums,
    reports: Sequence[Conversion],
    ages: Mapping[int, int],
) -> Outcome:
    spots = {link.slug: link.placement for link in hung}
    return Outcome(
        post_id=post.id,
        title=post.title,
        platform=post.platform,
        profile_id=post.profile_id,
        kind=post.kind,
        published_at=post.published_at,
        spots=tuple(sorted(set(spots.values()))),
        readings=tuple(_reading(row, spots, sums, reports) for row in seen),
        clicks=_by_spot(sums[cuts.EVER], spots),
        conversions=len(reports),
        by_click=sum(report.click_id is not None for report in reports),
        tags=post.tags,
        siblings=post.siblings,
        followers=post.followers,
        precision=post.precision,
        by_age={age: outcomes.of_viewers(_by_spot(sums[end], spots)) for age, end in ages.items()},
    )


def _reading(row: Snapshot, spots: Mapping[str, str], sums: cuts.Sums, reports: Sequence[Conversion]) -> Reading:
    cut = funnel.cut_end(row.taken_at)
    return Reading(
        at=row.taken_at,
        counts={name: count for name in snapshots.NUMBERS if (count := getattr(row, name)) is not None},
        precision=row.precision,
        clicks=_by_spot(sums[cut], spots),
        conversions=sum(report.occurred_at < cut for report in reports),
    )


def _by_spot(of_link: Mapping[str, int], spots: Mapping[str, str]) -> dict[str, int]:
    """Clicks by placement; "" for links that are not known any more."""
    found: Counter[str] = Counter()
    for slug, number in of_link.items():
        found[spots.get(slug, "")] += number
    return dict(found)
