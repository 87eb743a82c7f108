"""One thing to repeat, one to stop and one test to start, from the posts of the last weeks. Each is always there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shortlinks import chances, comparing, expectation, outcomes, placements, spread, times, trial_words, wording
from shortlinks.insights import insight
from shortlinks.outcomes import Outcome

_LOOK_BACK = 2 * times.FOUR_WEEKS
_TESTS = {
    True: "on half of your next stories, drawn by chance, say in words what is behind the sticker, and on the others do not",
    False: "on half of your next posts, drawn by chance, say the address in the first 3 seconds, and on the others do not",
}

_UNNAMED: Mapping[str, str] = MappingProxyType({})
_OTHER_PLACES = " Their links hang in different places, which alone can make the difference."
_OTHER_PEOPLE = " Stories are shown to other people than posts, which alone can make the difference."
_JUDGED = 30
_TRIED = 3
_HELD_AGAINST = 40
_BY_LUCK = 0.05
"""Of the posts that are called outside so many at most are by luck."""


@dataclass(frozen=True, slots=True)
class _Side:
    """The posts on one way, called `name`, against those on the way that most posts take, called `usual`.

    `unlike` says what else differs between them: empty, or a sentence with a space before it.
    """

    name: str
    usual: str
    unlike: str
    found: comparing.Comparison

    @property
    def sentence(self) -> str:
        ratio = wording.times_as(self.found.ratio or 0.0)
        return f"{self.name}: they bring {ratio} many clicks per view as {wording.small(self.usual)}.{self.unlike}"


def repeat(
    found: Sequence[Outcome], better: Sequence[str] = (), *, now: int, handles: Mapping[str, str] = _UNNAMED
) -> str:
    """What an experiment showed to be `better`, or else did better than the rest, or else the best guess.

    `handles` are the profiles' as in insight.Data.
    """
    if better:
        return f"“{better[0]}”. Your experiment found that it brings more clicks per view."
    posts = _recent(found, now)
    if not posts:
        return _nothing(found)
    if side := next(
        (side for side in _sides(posts, handles) if side.found.verdict == "higher" and side.found.ratio), None
    ):
        return side.sentence
    if best := next((post for post, verdict in outside(found, now=now) if verdict == "more"), None):
        return f"what you did in “{best.title}”: it brought more clicks than its views usually bring you."
    clicked = [post for post in posts if post.settled and post.settled.sample.count]
    if clicked:
        rates = spread.shrunk([post.settled.sample for post in clicked if post.settled])
        title = clicked[max(range(len(rates)), key=rates.__getitem__)].title
        return f"“{title}” has the best rate so far. That may be luck; a second one like it would show."
    title = max(posts, key=lambda post: post.settled.views if post.settled else 0).title
    return f"“{title}” was seen most. Make another one like it, with a link where people can tap it."


def stop(
    found: Sequence[Outcome], worse: Sequence[str] = (), *, now: int, handles: Mapping[str, str] = _UNNAMED
) -> str:
    """What an experiment showed to be `worse`, is in vain, did worse than the rest, or else not to do with such numbers."""
    if worse:
        return f"“{worse[0]}”. Your experiment found that it brings fewer clicks per view."
    late = [post for post in found if now - _LOOK_BACK <= post.published_at < now]
    dead = [placements.by_id(spot) for post in late for spot in post.spots if spot and placements.by_id(spot).dead]
    if dead:
        spot = max(dead, key=lambda row: sum(row is other for other in dead))
        where = f"{placements.platform_label(spot.platform)}: {wording.small(spot.label)}"
        return f"hanging links where nobody can tap them ({where})."
    if bare := [post for post in late if not outcomes.clickable(post)]:
        what = "a post" if len(bare) == 1 else f"posts ({len(bare)} of {len(late)})"
        return f"publishing {what} without a link that viewers can tap or type."
    posts = _recent(found, now)
    if not posts:
        return "posting without noting the views a day later: without them nothing can be learned from a post."
    if side := next((side for side in _sides(posts, handles) if side.found.verdict == "lower"), None):
        return f"counting on {wording.small(side.sentence)}"
    if worst := next((post for post, verdict in outside(found, now=now) if verdict == "fewer"), None):
        return (
            f"what was different in “{worst.title}”: it brought clearly fewer clicks than its views usually bring you."
        )
    return "judging single posts by their clicks: none stands out, and the differences are views and luck."


def test(found: Sequence[Outcome], running: Sequence[str], *, now: int) -> str:
    """What is tried already, or else the test that is most likely to find a doubling, with that chance."""
    if running:
        return f"go on with what you are trying: {' '.join(running)}"
    posts = _recent(found, now)
    if not posts:
        return f"{_TESTS[False]}. Note the views of all of them."
    kinds = insight.grouped(posts, lambda post: (post.platform, post.kind))
    promising = sorted(kinds, key=lambda kind: -_clicks(kinds[kind]))[:_TRIED]
    best = max((_chance(*kind, kinds[kind], now) for kind in promising), key=lambda chance: chance.power)
    return f"{_TESTS[best.kind == 'story']}. {best.sentence} {trial_words.advice(best.power)}"


def _chance(platform: str, kind: str, group: Sequence[Outcome], now: int) -> chances.Chance:
    """How likely a test on a kind of post sees a doubling."""
    pace = sum(now - times.FOUR_WEEKS <= post.published_at for post in group)
    return chances.of([chances.usual(platform, kind, insight.samples(group), pace=pace)], platform, kind)


def _recent(found: Sequence[Outcome], now: int) -> list[Outcome]:
    settled = [post for post in found if post.settled and outcomes.clickable(post)]
    return [post for post in settled if now - _LOOK_BACK <= post.published_at < now] or settled


def _nothing(found: Sequence[Outcome]) -> str:
    if not found:
        return "nothing yet: make a first post with a link where people can tap it."
    return "posting: from the first views that you note on, the best post stands here."


def _sides(posts: Sequence[Outcome], handles: Mapping[str, str]) -> list[_Side]:
    """Each way against the one that most posts take, the surest first, by p-values adjusted for their number.

    Who sees a story is not who sees a reel, so this says where people tap, not which audience is better.
    """
    usual, *others = insight.grouped(posts, outcomes.way).values()
    compared = comparing.together([comparing.periods(insight.samples(own), insight.samples(usual)) for own in others])
    profiles = {(post.platform, post.profile_id) for post in posts}
    several = {platform for platform, number in Counter(platform for platform, _ in profiles).items() if number > 1}
    called = {id_: handles.get(id_, "") for platform, id_ in profiles if platform in several}
    sides = [
        _Side(_name(own[0], called), _name(usual[0], called), _unlike(own[0], usual[0]), each)
        for own, each in zip(others, compared, strict=True)
    ]
    return sorted(sides, key=lambda side: side.found.p)


def _name(post: Outcome, called: Mapping[str, str]) -> str:
    """What the posts on the way of this one are called: `Stories on Instagram (link sticker)`."""
    spots = [placements.by_id(spot) for spot in outcomes.way(post)[2] if spot]
    kind = "Stories" if post.kind == "story" else "Posts"
    where = wording.listed([wording.small(spot.label) for spot in spots])
    profile = called.get(post.profile_id) or placements.platform_label(post.platform)
    return f"{kind} on {profile}" + (f" ({where})" if where else "")


def _unlike(own: Outcome, usual: Outcome) -> str:
    if outcomes.way(own)[2] != outcomes.way(usual)[2]:
        return _OTHER_PLACES
    return _OTHER_PEOPLE if (own.kind == "story") != (usual.kind == "story") else ""


def outside(found: Sequence[Outcome], *, now: int) -> list[tuple[Outcome, expectation.Verdict]]:
    """Of the newest posts those that are clearly outside of what their views usually bring, and on which side.

    So many are judged at once that by luck one of them often is: the chances are adjusted for their number.
    """
    posts = _recent(found, now)
    judged = [(post, outcomes.alike(post, posts)[:_HELD_AGAINST]) for post in posts[:_JUDGED]]
    chance = comparing.adjusted([expectation.luck(post, others) for post, others in judged])
    verdicts = [
        (post, expectation.of_outcome(post, others))
        for (post, others), p in zip(judged, chance, strict=True)
        if p <= _BY_LUCK
    ]
    return [(post, each.verdict) for post, each in verdicts if each.clear]


def _clicks(group: Sequence[Outcome]) -> int:
    return sum(sample.count for sample in insight.samples(group))
