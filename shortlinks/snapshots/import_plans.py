"""What would become of a platform's own file with the numbers of posts: a look, before anything is written.

A snapshot's id belongs to the file and the post, and that of a post that is made of a row to the file and the row. So what a
file said before is known again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import ids, times
from shortlinks.posts import posts
from shortlinks.posts.post_records import Post
from shortlinks.records import nouns
from shortlinks.snapshots import number_labels, post_exports, post_matches, snapshots, typed
from shortlinks.snapshots.post_exports import Export, Left, Row
from shortlinks.snapshots.post_matches import Match
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.store import Store
from shortlinks.words.language import _

_SOURCE = "imported"
_MOST_POSTS = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A matched row that is to be taken. `lower` are the numbers noted before of which it says less, by name.

    `early`: it is dated before the post was out, so it is in no rate.
    """

    match: Match
    post: Post
    lower: Mapping[str, int]
    early: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of a file: the rows to take, those without a post, and those to leave.

    `posts` are all those of its platform, and `digest` is the file's own. `before` are the lines of rows that were taken in
    from this very file before, each with its post's id; they are among those to leave.
    """

    export: Export
    digest: str
    taken_at: int
    entries: tuple[Entry, ...]
    unmatched: tuple[Match, ...]
    left: tuple[Left, ...]
    posts: tuple[Post, ...]
    before: Mapping[int, str]


def read(store: Store, data: bytes, *, taken_at: Any = None, now: int, tz: ZoneInfo) -> Plan:
    """What would become of the file `data`, read off at `taken_at` (default: now). Writes nothing.

    Raises Invalid naming `file`, or `taken_at`.
    """
    asked = nouns.Fields({"taken_at": taken_at}, ("taken_at",), "file")
    at = asked.take("taken_at", nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future")), now)
    asked.raise_errors()
    found = post_exports.read(data, now=now, tz=tz)
    digest = hashlib.sha256(data).hexdigest()
    known, _cursor = posts.list_(store, limit=_MOST_POSTS, platform=found.export.platform, archived=None)
    matches = _remembered(post_matches.of_rows(found.rows, known, platform=found.export.platform, tz=tz), known, digest)
    matched = list({match.post.id for match in matches if match.post})
    before = dict(zip(matched, snapshots.of_posts(store, matched), strict=True))
    entries: dict[str, Entry] = {}
    unmatched: list[Match] = []
    left = list(found.left)
    for match in matches:
        outcome = _outcome(match, before.get(match.post.id, []) if match.post else [], digest, at)
        if isinstance(outcome, Match):
            unmatched.append(outcome)
        elif isinstance(outcome, Left):
            left.append(outcome)
        elif outcome.post.id in entries:
            other = entries[outcome.post.id].match.row.line
            why = _("is of the same post as row {row}", row=str(other))
            left.append(Left(match.row.line, why, outcome.post.title))
        else:
            entries[outcome.post.id] = outcome
    return Plan(
        export=found.export,
        digest=digest,
        taken_at=at,
        entries=tuple(entries.values()),
        unmatched=tuple(unmatched),
        left=tuple(sorted(left, key=lambda each: each.line)),
        posts=tuple(known),
        before={
            match.row.line: match.post.id
            for match in matches
            if match.post and any(noted.id == _snapshot_id(digest, match.post.id) for noted in before[match.post.id])
        },
    )


def new_id(digest: str, row: Row) -> str:
    """The id of the post that is made of a row."""
    return ids.of(digest, str(row.line))


def _snapshot_id(digest: str, post_id: str) -> str:
    return ids.of(digest, post_id)


def snapshot(row: Row, post_id: str, digest: str, at: int) -> Snapshot:
    """What a row says of a post, read off at the instant `at`."""
    counts = {name: row.counts.get(name) for name in snapshots.NUMBERS}
    return Snapshot(
        id=_snapshot_id(digest, post_id),
        post_id=post_id,
        taken_at=at,
        precision=typed.rounding(counts),
        source=_SOURCE,
        **{name: count.value if count else None for name, count in counts.items()},
    )


def _remembered(matches: Sequence[Match], known: Iterable[Post], digest: str) -> list[Match]:
    """The matches, with the posts that were made of rows of the same file before."""
    made = {post.id: post for post in known}
    return [
        replace(match, post=made[own], by="id")
        if match.post is None and (own := new_id(digest, match.row)) in made
        else match
        for match in matches
    ]


def _outcome(match: Match, before: Sequence[Snapshot], digest: str, at: int) -> Entry | Match | Left:
    """What becomes of a row, of whose post (if it has one) was noted what is in `before`."""
    row, post = match.row, match.post
    asked = nouns.Fields({}, (), "snapshot")
    counts = {name: row.counts.get(name) for name in snapshots.NUMBERS}
    snapshots.check_believable(asked, counts, lambda: snapshots.basis(before))
    if asked.errors:
        why = "; ".join(f"{number_labels.small(name)}: {message}" for name, message in asked.errors)
        return Left(row.line, why, post.title if post else row.title)
    if post is None:
        return match
    said = snapshot(row, post.id, digest, at)
    if any(noted.id == said.id for noted in before):
        return Left(row.line, _("was taken in before"), post.title)
    minute = times.minute_of(at)
    same = [noted for noted in snapshots.effective(before) if times.minute_of(noted.taken_at) == minute]
    if same and _numbers(said).items() <= _numbers(same[-1]).items():
        return Left(row.line, _("is noted already, of that minute and with these numbers"), post.title)
    return Entry(match, post, _lower(before, said), snapshots.is_early(said, post.published_at))


def _lower(before: Sequence[Snapshot], said: Snapshot) -> dict[str, int]:
    """The last numbers up to then of which `said` says less, whatever their rounding."""
    found: dict[str, int] = {}
    earlier = snapshots.effective(row for row in before if row.taken_at <= said.taken_at)
    for name, count in _numbers(said).items():
        last = next((row for row in reversed(earlier) if getattr(row, name) is not None), None)
        if last is not None:
            noted, off = getattr(last, name), last.precision.get(name, 0)
            if count + said.precision.get(name, 0) < noted - off:
                found[name] = noted
    return found


def _numbers(row: Snapshot) -> dict[str, int]:
    return {name: count for name in snapshots.NUMBERS if (count := getattr(row, name)) is not None}
