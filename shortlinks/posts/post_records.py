"""Posts as they are stored, and how they hang together: parts of a whole, siblings elsewhere.

`posts` holds the verbs; what is here reads and writes within its transactions.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from shortlinks import keys
from shortlinks.errors import Invalid
from shortlinks.posts import post_fields, post_index
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.records import nouns
from shortlinks.words.language import _


@dataclass(frozen=True, slots=True)
class Drawn:
    """The arm that a post was given when it was made; see experiments. `tag` is the experiment's, `question` what it tries."""

    experiment_id: str
    tag: str
    arm: Literal["yes", "no"]
    question: str

    @property
    def as_tag(self) -> str:
        """How it is told among the post's tags: `say-the-address:yes`."""
        return f"{self.tag}:{self.arm}"

    def beside(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Tags that people gave the post, and its arm behind them. None of theirs speaks for an arm."""
        arms = [f"{self.tag}:{arm}".casefold() for arm in ("yes", "no")]
        return (*(tag for tag in tags if tag.casefold() not in arms), self.as_tag)


@dataclass(frozen=True, slots=True)
class Post:
    """`kind` is one of KINDS. A story that promotes a reel is `part_of` it; `siblings` are the same thing elsewhere.

    `followers` is how many the profile had when it was published, as far as known; `precision` says by how much that may
    be off through rounding. `experiment` is the arm that was drawn for it, if one was; `tags` repeat it.
    """

    id: str
    platform: str
    profile_id: str
    kind: str
    part_of: str | None
    siblings: tuple[str, ...]
    title: str
    permalink: str | None
    published_at: int
    tags: tuple[str, ...]
    followers: int | None
    notes: str
    archived: bool
    created_at: int
    precision: dict[str, int] = field(default_factory=dict)
    experiment: Drawn | None = None


def tags_of(post: Post) -> nouns.Check[tuple[str, ...]]:
    """A check for new tags of a post, sent with or without that of its arm."""

    def check(value: Any, field: str) -> tuple[str, ...]:
        arm = post.experiment.as_tag if post.experiment else None
        others = [tag for tag in value if arm is None or tag != arm] if isinstance(value, list | tuple) else value
        return post_fields.tags(others, field)

    return check


@nouns.remembered
def decode(raw: bytes | str) -> Post:
    """The post in a stored record."""
    record = nouns.load(raw)
    record["siblings"], record["tags"] = tuple(record["siblings"]), tuple(record["tags"])
    if record.get("experiment"):
        record["experiment"] = Drawn(**record["experiment"])
    return Post(**record)


def stage(pipe: Any, post: Post) -> None:
    """Add to a transaction all that writes `post`."""
    pipe.set(keys.post(post.id), nouns.dump(asdict(post)))
    pipe.zadd(keys.POSTS, {post.id: post.created_at})
    post_index.stage(pipe, post)
    if post.part_of is not None:
        pipe.zadd(keys.post_parts(post.part_of), {post.id: post.created_at})


def watched(pipe: Any, names: Iterable[str]) -> list[bytes]:
    """The records there are, from now on watched."""
    names = list(names)
    if not names:
        return []
    pipe.watch(*names)
    return [raw for raw in pipe.mget(names) if raw is not None]


def read(pipe: Any, post_ids: Iterable[str]) -> dict[str, Post]:
    """The posts there are among these, by id, from now on watched."""
    posts = (decode(raw) for raw in watched(pipe, [keys.post(post_id) for post_id in sorted(post_ids)]))
    return {post.id: post for post in posts}


def profile_for(pipe: Any, draft: Post, fields: nouns.Fields, new: Profile) -> Profile:
    """The profile that was asked for, or else the platform's first, or else the new one."""
    if not draft.profile_id:
        pipe.watch(keys.PROFILES)
        return profiles.earliest(pipe).get(draft.platform, new)
    found = None if nouns.missing(pipe, key := keys.profile(draft.profile_id)) else profiles.decode(pipe.get(key))
    if found is None:
        fields.fail("profile_id", _("is no profile"))
    elif draft.platform and found.platform != draft.platform:
        where, posted = found.platform, draft.platform
        fields.fail("profile_id", _("is on {platform}, the post on {other}", platform=where, other=posted))
    return found or new


def check_whole(pipe: Any, draft: Post, fields: nouns.Fields) -> None:
    """That `part_of` names a post, and that nothing is part of a part: so there can be no circle."""
    if draft.part_of is None:
        return
    whole = read(pipe, [draft.part_of]).get(draft.part_of)
    pipe.watch(keys.post_parts(draft.id))
    if whole is None:
        fields.fail("part_of", _("is no post"))
    elif whole.id == draft.id:
        fields.fail("part_of", _("is the post itself"))
    elif whole.part_of is not None:
        fields.fail("part_of", _("is itself part of another post"))
    elif pipe.exists(keys.post_parts(draft.id)):
        fields.fail("part_of", _("cannot be set: other posts are part of this one"))


def with_siblings(pipe: Any, draft: Post, fields: nouns.Fields, before: tuple[str, ...] = ()) -> dict[str, Post]:
    """Every post whose siblings change when `draft` has those it names, `draft` among them.

    The group is `draft`, the named posts, and the groups that newly named ones bring along. Posts that were siblings
    before and are not named any more keep each other.
    """
    if draft.id in draft.siblings:
        fields.fail("siblings", _("must not hold the post itself"))
        return {}
    named = read(pipe, draft.siblings)
    if unknown := [name for name in draft.siblings if name not in named]:
        fields.fail("siblings", _("{posts}: no such post", posts=", ".join(unknown)))
        return {}
    brought = {name for post in named.values() if post.id not in before for name in post.siblings}
    group = {draft.id, *named, *brought}
    left = set(before) - group
    if len(group) > post_fields.MOST_SIBLINGS + 1:
        fields.fail("siblings", _too_many())
        return {}
    changed = {draft.id: draft, **named, **read(pipe, (brought | left) - {draft.id} - named.keys())}
    return {
        post.id: replace(post, siblings=tuple(sorted((group if post.id in group else left) - {post.id})))
        for post in changed.values()
    }


def together(posts: dict[str, Post], post_ids: Collection[str]) -> dict[str, Post]:
    """`posts`, where these of them, which are new, are siblings of each other and of each one's siblings.

    Raises Invalid("siblings") when that are too many.
    """
    if len(post_ids) < 2:
        return posts
    group = {*post_ids, *(name for post_id in post_ids for name in posts[post_id].siblings)}
    if len(group) > post_fields.MOST_SIBLINGS + 1:
        raise Invalid.field("siblings", _too_many())
    return {
        post.id: replace(post, siblings=tuple(sorted(group - {post.id}))) if post.id in group else post
        for post in posts.values()
    }


def _too_many() -> str:
    return _("would make a group of more than {most} posts", most=post_fields.MOST_SIBLINGS + 1)
