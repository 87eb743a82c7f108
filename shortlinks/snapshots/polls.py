"""Polls: what viewers answered when a story asked what held them back. The only source of motives there is.

Clicks tell who came, and nothing of those who did not: "cannot afford it" and "forgot" look the same from here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.errors import Invalid
from shortlinks.posts.posts import Post
from shortlinks.records import nouns
from shortlinks.snapshots import entries, typed
from shortlinks.store import Store
from shortlinks.words.language import N_, _

EARLY = times.DAY
"""How long before a story is out its poll may be dated: a time typed in the wrong zone is off by up to 14 hours."""

QUESTION = N_("What held you back?")
MOTIVES = {
    "later": N_("I’ll come back later"),
    "support": N_("I just wanted to show support"),
    "money": N_("Can’t afford it now"),
    "forgot": N_("I forgot"),
    "no_need": N_("Not for me"),
    "no_link": N_("Couldn’t find the link"),
    "other": N_("Something else"),
}
"""Each motive that is known, and how to offer it as an answer: see `motives`."""


@dataclass(frozen=True, slots=True)
class Poll:
    """The votes for each motive that was offered, as the platform showed them at `taken_at`.

    `precision` says by how much a count may be off through rounding; counts not in it are exact. `source` is one of
    nouns.SOURCES.
    """

    id: str
    post_id: str
    taken_at: int
    votes: dict[str, int]
    precision: dict[str, int]
    source: str


def motives() -> dict[str, str]:
    """MOTIVES in the language that is spoken."""
    return {motive: _(answer) for motive, answer in MOTIVES.items()}


def add(store: Store, post: Post, fields: Any, *, now: int, source: str = "typed") -> Poll:
    """Keep the results of a post's poll: `votes`, counts as people type them by motive, and `taken_at` (now).

    Raises Invalid, and NotFound when the post was erased meanwhile.
    """
    asked = nouns.Fields(fields, ("votes", "taken_at"), "poll")
    taken_at = _moment(asked, post, now)
    counts = asked.need("votes", _votes, {})
    if source not in nouns.SOURCES:
        asked.fail("source", _("must be one of {names}", names=", ".join(nouns.SOURCES)))
    asked.raise_errors()
    poll = Poll(
        id=ids.new(),
        post_id=post.id,
        taken_at=taken_at,
        votes={motive: count.value for motive, count in counts.items()},
        precision=typed.rounding(counts),
        source=source,
    )
    entries.append(store, keys.polls(post.id), post.id, asdict(poll))
    return poll


def of_post(store: Store, post_id: str) -> list[Poll]:
    """A post's results by the minute in which they were read; of two of the same minute the later entry comes later."""
    return of_posts(store, [post_id])[0]


def of_posts(store: Store, post_ids: Sequence[str]) -> list[list[Poll]]:
    """What `of_post` gives, for each of these posts; read at once."""
    return [
        sorted((Poll(**nouns.load(raw)) for raw in raws), key=place)
        for raws in nouns.read_lists(store, map(keys.polls, post_ids))
    ]


def place(poll: Poll) -> tuple[int]:
    """By what `of_post` is in order."""
    return (times.minute_of(poll.taken_at),)


def newest(rows: Iterable[Poll]) -> Poll | None:
    """The result that counts, of `of_post`'s rows: votes only add up, so the last one holds all before it."""
    return next(reversed(list(rows)), None)


def _moment(asked: nouns.Fields, post: Post, now: int) -> int:
    """`taken_at` of a poll (now unless given): neither in the future nor before its post is out."""
    at = asked.take("taken_at", nouns.instant(latest=now + nouns.SKEW, beyond=_("is in the future")), now)
    # Whoever made a post without saying when it is out may note results from before that.
    if at < post.published_at - EARLY and post.published_at != post.created_at:
        out = times.rfc3339(post.published_at)
        asked.fail("taken_at", _("is before the post is out ({time}): one of the two times is wrong", time=out))
    return at


def _votes(value: Any, field: str) -> dict[str, typed.Count]:
    if not isinstance(value, Mapping):
        raise Invalid.field(field, _("must be an object with a count for each motive"))
    asked = nouns.Fields(value, MOTIVES, "poll", f"{field}.")
    counts = {motive: count for motive in MOTIVES if (count := asked.take(motive, typed.count, None)) is not None}
    if not counts and not asked.errors:
        asked.fail(next(iter(MOTIVES)), _("is required, or a count of another motive"))
    asked.raise_errors()
    return counts
