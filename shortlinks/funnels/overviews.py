"""What can be told over all posts at a glance: pooled rates, and which posts lie outside their usual range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shortlinks.funnels import expectation, gathered, outcomes, pools
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.store import Store
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

_MOST_PROFILES = 1_000


@dataclass(frozen=True, slots=True)
class Overview:
    """`pools` of the last 28 days, most views first, and what was to be expected of each post shown, by its id."""

    pools: tuple[pools.Pool, ...]
    expected: Mapping[str, expectation.Expected]

    @property
    def sentence(self) -> str:
        """Whether any post stands out, against how many would by luck; empty before there is a range for any."""
        verdicts = [found.verdict for found in self.expected.values() if found.verdict != "no_history"]
        outside = sum(verdict != "as_expected" for verdict in verdicts)
        if not verdicts:
            return ""
        if not outside:
            return wording.none_stands_out(shared=any(found.shared for found in self.expected.values()))
        return ngettext(
            "{count} of {posts} lies outside the usual range; by luck alone about {luck} would.",
            "{count} of {posts} lie outside the usual range; by luck alone about {luck} would.",
            outside,
            posts=wording.plural(len(verdicts), "post"),
            luck=_by_luck(len(verdicts)),
        )


def read(store: Store, shown: Sequence[Post], newest: Sequence[Post], *, now: int) -> Overview:
    """What the `newest` posts of all profiles (gathered.newest) bring together, and which of those `shown` lie outside their
    usual range."""
    unknown = [post for post in shown if post not in newest]
    known = {each.post_id: each for each in gathered.of_posts(store, [*newest, *unknown], now=now, last=True)}
    standing = {}
    for post in shown:
        own = known[post.id]
        others = outcomes.alike(own, known.values(), gathered.NEAREST)
        found = expectation.of_outcome(own, others)
        if found.verdict in ("more", "fewer") or found.overfull:
            # Only now is it worth asking whose the clicks on a shared bio link may have been.
            found = expectation.of_outcome(gathered.credited(store, post, own), others)
        standing[post.id] = found
    handles = {profile.id: profiles.called(profile) for profile in profiles.list_(store, limit=_MOST_PROFILES)[0]}
    return Overview(tuple(pools.of(known.values(), now=now, handles=handles)), standing)


def _by_luck(posts: int) -> str:
    """How many of so many posts lie outside by luck alone; of one or two less than half a post, so the share is told."""
    number = (1 - expectation.LEVEL) * posts
    return wording.rough(number) if number >= 0.5 else _("1 in {number}", number=round(1 / (1 - expectation.LEVEL)))
