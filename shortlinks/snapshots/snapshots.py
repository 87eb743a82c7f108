"""Snapshots: what a platform said about a post at an instant. Only ever added; a correction is a newer entry."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.posts.posts import Post
from shortlinks.records import events, nouns
from shortlinks.snapshots import entries, typed
from shortlinks.store import Question, Store
from shortlinks.words.language import N_, _

NUMBERS = ("views", "likes", "reach", "comments", "shares", "saves", "profile_visits", "link_taps")
SHARE = "non_followers"
"""The one thing of a snapshot that is no count."""

# The most of any other number that is believed: so many times the views, and so many besides.
_BESIDE_VIEWS = 5, 100
_SINCE_VIEWS = 1_000, 1_000_000
_TAKEN_AT = re.compile(rb'"taken_at":([0-9]+)')


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counts that were given; None where the platform said nothing.

    `non_followers` is the share of the viewers who do not follow the profile, in per cent, to one decimal at most.
    `precision` says by how much a count may be off through rounding: {"views": 50}; counts not in it are exact.
    `source` is one of nouns.SOURCES.
    """

    id: str
    post_id: str
    taken_at: int
    views: int | None
    likes: int | None
    reach: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    profile_visits: int | None
    link_taps: int | None
    precision: dict[str, int]
    source: str
    non_followers: float | None = None


def add(store: Store, post: Post, fields: Any, *, now: int, source: str = "typed") -> Snapshot:
    """Keep what the platform says of `post`: some of NUMBERS and SHARE, as people type them ("12.4K"), and `taken_at` (now).

    What is dated before the post is out is kept, too, and counts once the post's time is corrected (see `once_out`).
    Raises Invalid, and NotFound when the post was erased meanwhile.
    """
    asked = nouns.Fields(fields, (*NUMBERS, SHARE, "taken_at"), "snapshot")
    in_time = nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future"))
    taken_at = asked.take("taken_at", in_time, now)
    counts = {name: asked.take(name, typed.count, None) for name in NUMBERS}
    share = asked.take(SHARE, typed.share, None)
    if not any(asked.has(name) for name in (*NUMBERS, SHARE)):
        asked.fail("views", _("is required, or one of {names}", names=", ".join((*NUMBERS[1:], SHARE))))
    check_believable(asked, counts, lambda: basis(of_post(store, post.id)))
    if source not in nouns.SOURCES:
        asked.fail("source", _("must be one of {words}", words=", ".join(nouns.SOURCES)))
    asked.raise_errors()
    snapshot = Snapshot(
        id=ids.new(),
        post_id=post.id,
        taken_at=taken_at,
        precision=typed.rounding(counts),
        source=source,
        non_followers=share,
        **{name: count.value if count else None for name, count in counts.items()},
    )
    entries.append(
        store,
        keys.snapshots(post.id),
        post.id,
        asdict(snapshot),
        also=lambda pipe: events.tell_snapshot(pipe, post.id, snapshot.id),
    )
    return snapshot


def check_believable(
    asked: nouns.Fields, counts: Mapping[str, typed.Count | None], last: Callable[[], Snapshot | None]
) -> None:
    """That no number is far beyond the views, of which nobody gives more than a few likes or shares each.

    Beside views, the two may just be swapped. Without, those noted last stand in, which may have grown since.
    """
    views, times_views, besides = counts["views"], *_BESIDE_VIEWS
    known = views.value if views else None
    if views is None and any(counts.values()) and (noted := last()) and noted.views is not None:
        known, times_views, besides = noted.views, *_SINCE_VIEWS
    if known is None:
        return
    doubt = (
        N_("{count} on {views} views cannot be: are the two swapped?")
        if views
        else N_("{count} on {views} views cannot be: note the views, too, if they have grown since")
    )
    for name in NUMBERS[1:]:
        count = counts[name]
        if count and count.value > times_views * known + besides:
            asked.fail(name, _(doubt, count=count.value, views=known))


def of_post(store: Store, post_id: str) -> list[Snapshot]:
    """Every snapshot by the minute in which it was taken; of two of the same minute the later entry comes later."""
    return of_posts(store, [post_id])[0]


def of_posts(store: Store, post_ids: Sequence[str]) -> list[list[Snapshot]]:
    """What `of_post` gives, for each of these posts; read at once."""
    lists = nouns.read_lists(store, map(keys.snapshots, post_ids))
    return [sorted(map(_decode, raws), key=place) for raws in lists]


def asking_latest(post_ids: Sequence[str]) -> Question[list[Snapshot | None]]:
    """What `latest` gives of all of each post's. Where an app is asked every hour, a post has hundreds."""
    asked = ("LRANGE", [keys.snapshots(post_id) for post_id in post_ids], 0, -1)
    return Question(asked, lambda lists: list(map(_latest_in, lists)))


def _latest_in(raws: Sequence[bytes]) -> Snapshot | None:
    # Only those of the last minute are read as a whole. No record of a snapshot holds text that somebody wrote.
    taken = [(times.minute_of(int(_TAKEN_AT.findall(raw)[0])), raw) for raw in raws]
    last = max((minute for minute, _raw in taken), default=None)
    return latest(_decode(raw) for minute, raw in taken if minute == last)


@nouns.remembered
def _decode(raw: bytes | str) -> Snapshot:
    return Snapshot(**nouns.load(raw))


def place(row: Snapshot) -> tuple[int]:
    """By what `of_post` is in order."""
    return (_minute(row),)


def effective(rows: Iterable[Snapshot]) -> list[Snapshot]:
    """Of `of_post`'s rows what counts: those taken in the same minute as one, with the last entry of each number.

    People see and type times to the minute, and clicks are cut by it. So a correction replaces what it means to, and likes
    noted beside the views of that minute join them. Such a row bears the id and the time of its last entry.
    """
    found: dict[int, Snapshot] = {}
    for row in rows:
        earlier = found.get(_minute(row))
        found[_minute(row)] = row if earlier is None else _over(earlier, row)
    return list(found.values())


def replaced(rows: Iterable[Snapshot]) -> set[str]:
    """The ids of those of `of_post`'s rows of which no number counts: later entries of the same minute say them all."""
    said: dict[int, set[str]] = {}
    gone = set()
    for row in reversed(list(rows)):
        later = said.setdefault(_minute(row), set())
        if _given(row) <= later:
            gone.add(row.id)
        later |= _given(row)
    return gone


def _over(earlier: Snapshot, row: Snapshot) -> Snapshot:
    """A row, with the numbers that only an earlier one of its minute says."""
    kept = {name: getattr(earlier, name) for name in _given(earlier) - _given(row)}
    off = {name: earlier.precision[name] for name in earlier.precision.keys() & kept.keys()}
    return replace(row, precision=off | row.precision, **kept)


def _given(row: Snapshot) -> set[str]:
    return {name for name in (*NUMBERS, SHARE) if getattr(row, name) is not None}


def is_early(row: Snapshot, published_at: int) -> bool:
    """Whether a snapshot is dated before its post was out, whose time can be changed: one of the two is wrong."""
    return _minute(row) < times.minute_of(published_at - nouns.SKEW)


def once_out(rows: Iterable[Snapshot], published_at: int) -> list[Snapshot]:
    """The ones that a rate may rest on: what an app showed before the post was out says nothing of it."""
    return [row for row in rows if not is_early(row, published_at)]


def with_views(rows: Iterable[Snapshot], *, at: int | None = None) -> list[Snapshot]:
    """The ones that count among those that say how many views, taken at or before `at` if given."""
    known = effective(row for row in rows if at is None or row.taken_at <= at)
    return [row for row in known if row.views is not None]


def latest(rows: Iterable[Snapshot], *, at: int | None = None) -> Snapshot | None:
    """The one that was taken last, at or before `at` if given; None when there is none."""
    fitting = effective(row for row in rows if at is None or row.taken_at <= at)
    return fitting[-1] if fitting else None


def fallen_from(rows: Sequence[Snapshot], row: Snapshot) -> Snapshot | None:
    """The reading of the views before that of `row`, if they have fallen since, whatever their rounding. Views do not fall."""
    if row.views is None:
        return None
    before = [seen for seen in with_views(rows, at=row.taken_at) if _minute(seen) < _minute(row)]
    if not before or before[-1].views is None:
        return None
    least = before[-1].views - before[-1].precision.get("views", 0)
    return before[-1] if row.views + row.precision.get("views", 0) < least else None


def basis(rows: Sequence[Snapshot], *, at: int | None = None) -> Snapshot | None:
    """The one that a funnel rests on: the newest with views, or else the newest, at or before `at` if given.

    All its numbers are of one moment, at which the clicks are cut, so both sides of each rate cover the same time. Likes
    that were noted later without views are in no funnel before views are noted again.
    """
    seen = with_views(rows, at=at)
    return seen[-1] if seen else latest(rows, at=at)


def _minute(row: Snapshot) -> int:
    return times.minute_of(row.taken_at)
