"""One thing to repeat, one to stop and one test to start, from the posts of the last weeks. Each is always there.

A post is held only against those on the same way (see outcomes.way): a Bluesky post is neither better nor worse than a
story, it is shown to other people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from shortlinks import times
from shortlinks.experiments import chances, trial_words
from shortlinks.funnels import expectation, outcomes
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import insight, ways
from shortlinks.placements import placements
from shortlinks.statistics import comparing, spread
from shortlinks.words import wording
from shortlinks.words.language import N_, _

_LOOK_BACK = 2 * times.FOUR_WEEKS
_SAY_EARLY = N_("say the address in the first 3 seconds")
_SAY_FIRST = N_("say in the first line what is behind the link")
_TESTS = {
    "story": N_("say in words what is behind the link"),
    "image": _SAY_FIRST,
    "text": _SAY_FIRST,
    "pin": _SAY_FIRST,
}
"""What can be tried by kind of post; of the others, which speak, _SAY_EARLY."""

_UNNAMED: Mapping[str, str] = MappingProxyType({})
_JUDGED = 30
_TRIED = 3
_HELD_AGAINST = 40
_BY_LUCK = 0.05
"""Of the posts that are called outside so many at most are by luck."""


def repeat(
    found: Sequence[Outcome], better: Sequence[str] = (), *, now: int, handles: Mapping[str, str] = _UNNAMED
) -> str:
    """What an experiment showed to be `better`, or else did better than the rest, or else the best guess.

    `handles` are the profiles' as in insight.Data.
    """
    if better:
        return _("“{what}”. Your experiment found that it brings more clicks per view.", what=better[0])
    posts = _recent(found, now)
    if not posts:
        return _nothing(found)
    if best := next((post for post, verdict in outside(found, now=now) if verdict == "more"), None):
        return _(
            "what you did in “{title}”: it brought more clicks than its views usually bring you.", title=best.title
        )
    if guess := _best(ways.of(posts, handles)):
        return guess
    title = max(posts, key=lambda post: post.settled.views if post.settled else 0).title
    return _("“{title}” was seen most. Make another one like it, with a link where people can tap it.", title=title)


def _best(groups: Sequence[ways.Group]) -> str:
    """The post with the best rate of the way with the most clicks, whoever shares its bio link; empty without a click."""
    if not groups or not groups[0].total.count:
        return ""
    told = next((group for group in groups if len(group.posts) > 1 and group.total.count), groups[0])
    if len(told.posts) == 1:
        only = told.posts[0]
        return _(
            "“{title}” brought {clicks}. A second one like it would show more.", title=only.title, clicks=_clicks(only)
        )
    group = wording.small(told.name)
    if best := _whosever(told):
        return _(
            "“{title}” has the best rate so far among {group}. That may be luck; a second one like it would show.",
            title=best.title,
            group=group,
        )
    rates = spread.shrunk(told.samples)
    best = told.posts[max(range(len(rates)), key=rates.__getitem__)]
    return _(
        "“{title}” has the best rate so far among {group} by what was recorded for it, {clicks}. Another post may have a "
        "better one, because the bio link is shared: so that is a guess.",
        title=best.title,
        group=group,
        clicks=_clicks(best),
    )


def _whosever(group: ways.Group) -> Outcome | None:
    """The post with the best rate even by the fewest clicks that may be its own, and by the most that may be another's."""
    least, most = (
        spread.shrunk(
            [replace(sample, count=post.bounds[end]) for post, sample in zip(group.posts, group.samples, strict=True)]
        )
        for end in (0, 1)
    )
    best = max(range(len(least)), key=least.__getitem__)
    for place, other in enumerate(group.posts):
        # Of two that are known neither is drawn to another mean than the other: between them the one rate decides.
        if place != best and (other.ranged or group.posts[best].ranged) and most[place] >= least[best]:
            return None
    return group.posts[best]


def _clicks(post: Outcome) -> str:
    """Its clicks, with the range where they are known only as one."""
    return wording.bounded(post.settled.sample.count if post.settled else 0, *post.bounds, "click")


def stop(found: Sequence[Outcome], worse: Sequence[str] = (), *, now: int) -> str:
    """What an experiment showed to be `worse`, is in vain, did worse than the like, or else not to do with such numbers."""
    if worse:
        return _("“{what}”. Your experiment found that it brings fewer clicks per view.", what=worse[0])
    late = [post for post in found if now - _LOOK_BACK <= post.published_at < now]
    dead = [placements.by_id(spot) for post in late for spot in post.spots if spot and placements.by_id(spot).dead]
    if dead:
        spot = max(dead, key=lambda row: sum(row is other for other in dead))
        where = f"{placements.platform_label(spot.platform)}: {wording.small(spot.label)}"
        return _("hanging links where nobody can tap them ({where}).", where=where)
    if bare := sum(not outcomes.clickable(post) for post in late):
        return _bare(bare, len(late))
    posts = _recent(found, now)
    if not posts:
        return _("posting without noting the views a day later: without them nothing can be learned from a post.")
    odd = outside(found, now=now)
    if worst := next((post for post, verdict in odd if verdict == "fewer"), None):
        return _(
            "what was different in “{title}”: it brought clearly fewer clicks than its views usually bring you.",
            title=worst.title,
        )
    but = "" if not odd else wording.quoted(odd[0][0].title) if len(odd) == 1 else wording.plural(len(odd), "post")
    none = wording.none_stands_out(shared=_withheld(found, now), but=but)
    return " ".join((_("judging single posts by their clicks."), none))


def _bare(posts: int, of: int) -> str:
    if posts == 1:
        return _("publishing a post without a link that viewers can tap or type.")
    return _("publishing posts ({bare} of {posts}) without a link that viewers can tap or type.", bare=posts, posts=of)


def test(found: Sequence[Outcome], running: Sequence[str], *, now: int) -> str:
    """What is tried already, or else the test that is most likely to find a doubling, with that chance."""
    if running:
        return _("go on with what you are trying: {experiments}", experiments=" ".join(running))
    posts = _recent(found, now)
    if not posts:
        return " ".join((_half(found[0] if found else None), _("Note the views of all of them.")))
    groups = insight.grouped(posts, lambda post: (post.platform, post.kind, outcomes.way(post)))
    promising = sorted(groups.values(), key=lambda group: -ways.sums(group).count)[:_TRIED]
    best, post = max(((_chance(group, found, now), group[0]) for group in promising), key=lambda each: each[0].power)
    return f"{_half(post)} {best.sentence} {best.advice}"


def _half(post: Outcome | None) -> str:
    """What to do on half of the next posts that are like this one."""
    what, kind = (trial_words.posts(2, post.platform, post.kind), post.kind) if post else (_("posts"), "")
    tried = _(_TESTS.get(kind, _SAY_EARLY))
    return _(
        "on half of your next {posts}, drawn by chance, {tried}, and on the others do not.", posts=what, tried=tried
    )


def _chance(group: Sequence[Outcome], found: Sequence[Outcome], now: int) -> chances.Chance:
    """How likely a test on posts of one kind and way sees a doubling; all of the kind that are `found` take part."""
    platform, kind = group[0].platform, group[0].kind
    of_kind = (post.published_at for post in found if (post.platform, post.kind) == (platform, kind))
    pace = chances.pace(of_kind, now=now)
    return chances.of([chances.usual(platform, kind, insight.samples(group), pace=pace)], platform, kind)


def _recent(found: Sequence[Outcome], now: int) -> list[Outcome]:
    settled = insight.sound(filter(outcomes.clickable, found))
    return [post for post in settled if now - _LOOK_BACK <= post.published_at < now] or settled


def _nothing(found: Sequence[Outcome]) -> str:
    if not found:
        return _("nothing yet: make a first post with a link where people can tap it.")
    if insight.out_of_reach(found):
        return _("nothing yet: no post has a link that its viewers can tap or type.")
    return _("posting: from the first views that you note on, the best post stands here.")


def outside(found: Sequence[Outcome], *, now: int) -> list[tuple[Outcome, expectation.Verdict]]:
    """Of the newest posts those that are clearly outside of what their views usually bring, and on which side.

    So many are judged at once that by luck one of them often is: the chances are adjusted for their number.
    """
    judged = _judged(found, now)
    chance = comparing.adjusted([expectation.luck(post, others) for post, others in judged])
    verdicts = [
        (post, expectation.of_outcome(post, others))
        for (post, others), p in zip(judged, chance, strict=True)
        if p <= _BY_LUCK
    ]
    return [(post, each.verdict) for post, each in verdicts if each.clear]


def _withheld(found: Sequence[Outcome], now: int) -> bool:
    """Whether of any of these posts no verdict is given because some of its clicks may be another's."""
    return any(post.ranged and expectation.of_outcome(post, others).shared for post, others in _judged(found, now))


def _judged(found: Sequence[Outcome], now: int) -> list[tuple[Outcome, list[Outcome]]]:
    """The newest posts, each with those that it is held against."""
    posts = _recent(found, now)
    return [(post, outcomes.alike(post, posts, _HELD_AGAINST)) for post in posts[:_JUDGED]]
