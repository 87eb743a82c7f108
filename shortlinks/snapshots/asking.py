"""Reads which posts want their numbers noted: a reading that is due, or numbers that have become old. See `readings`."""

from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks.funnels import gathered, outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.posts.posts import Post
from shortlinks.snapshots import readings, snapshots
from shortlinks.snapshots.readings import Standing
from shortlinks.store import Store
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post and why its numbers are to be noted: for the reading `standing`, or, where that is None, because they are old.

    The last ones are `old` (milliseconds) and say so many `views`; `since` clicks by people came after them.
    """

    post: Post
    standing: Standing | None
    old: int | None = None
    views: int | None = None
    since: int = 0

    @property
    def is_now(self) -> bool:
        """Whether they are to be noted now."""
        return self.standing is not None or readings.is_stale(self.old or 0, self.since)

    @property
    def why(self) -> str:
        """`Its reading at 24 hours is due`, `Its numbers are 12 days old, and 5 clicks came since`."""
        if self.standing is not None:
            reading = self.standing.asked.label
            if self.standing.state == "overdue":
                return _("Its reading at {reading} is overdue", reading=reading)
            return _("Its reading at {reading} is due", reading=reading)
        return ngettext(
            "Its numbers are {age}, and {count} click came since",
            "Its numbers are {age}, and {count} clicks came since",
            self.since,
            age=wording.age(self.old or 0),
        )

    @property
    def last(self) -> str:
        """What was noted last: `12,400 views, 3 days ago`; empty where nothing was."""
        if self.views is None or self.old is None:
            return ""
        return _(
            "{views}, {duration} ago", views=wording.plural(self.views, "view"), duration=wording.duration(self.old)
        )


def standings(store: Store, *, now: int) -> list[tuple[Post, list[Standing]]]:
    """How the readings stand that are asked of the newest posts; archived ones are asked nothing."""
    found = _newest(store)
    taken = snapshots.of_posts(store, [post.id for post in found])
    return [(post, of_rows(post, rows, now=now)) for post, rows in zip(found, taken, strict=True)]


def of_rows(post: Post, rows: Sequence[snapshots.Snapshot], *, now: int) -> list[Standing]:
    """How the readings of a post stand with these snapshots of it."""
    return readings.of_post(post.kind, post.published_at, [row.taken_at for row in _seen(post, rows, now)], now=now)


def open_ones(store: Store, *, now: int) -> list[tuple[Post, Standing]]:
    """The readings that are to be noted now, the one that has waited longest first."""
    found = [(post, readings.open_one(stands)) for post, stands in standings(store, now=now)]
    return sorted(((post, one) for post, one in found if one), key=lambda pair: (pair[1].at, pair[0].id))


def wanted(store: Store, *, now: int) -> list[Wanted]:
    """The newest posts that want their numbers noted: due readings first, those that have waited longest before others."""
    found = of_posts(store, _newest(store), now=now)
    return sorted((each for each in found if each.is_now), key=_urgency)


def of_posts(store: Store, found: Sequence[Post], *, now: int) -> list[Wanted]:
    """The same of each of these posts, whether it wants anything or not."""
    outs = gathered.of_posts(store, found, now=now, last=True)
    return [_of_outcome(post, out, now) for post, out in zip(found, outs, strict=True)]


def of_noted(post: Post, rows: Sequence[snapshots.Snapshot], *, since: int, now: int) -> Wanted:
    """The same of a post with these snapshots, and so many clicks by people since the last of its views."""
    seen = _seen(post, rows, now)
    one = readings.open_one(readings.of_post(post.kind, post.published_at, [row.taken_at for row in seen], now=now))
    return Wanted(post, one, now - seen[-1].taken_at, seen[-1].views, since) if seen else Wanted(post, one)


def _newest(store: Store) -> list[Post]:
    return [post for post in gathered.newest(store) if not post.archived]


def _seen(post: Post, rows: Sequence[snapshots.Snapshot], now: int) -> list[snapshots.Snapshot]:
    """Those of its snapshots so far that say how many views, taken when it was out."""
    return snapshots.with_views(snapshots.once_out(rows, post.published_at), at=now)


def _of_outcome(post: Post, out: Outcome, now: int) -> Wanted:
    # Whether a reading is to be noted now hangs on the last one alone: each has to be had before the next is due.
    last = out.latest
    stands = readings.of_post(post.kind, post.published_at, [last.at] if last else [], now=now)
    if last is None:
        return Wanted(post, readings.open_one(stands))
    since = outcomes.of_viewers(out.clicks) - outcomes.of_viewers(last.clicks)
    return Wanted(post, readings.open_one(stands), now - last.at, last.views, since)


def _urgency(each: Wanted) -> tuple[bool, int, str]:
    return each.standing is None, each.standing.at if each.standing else -each.since, each.post.id
