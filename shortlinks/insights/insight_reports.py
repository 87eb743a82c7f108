"""The insights over all posts: reads what they rest on, keeps the answers, and knows when they are out of date.

They are computed in the worker, because hundreds of posts take a second, and so are the gravest findings of the newest posts,
for their cards. What is kept carries a mark of all that it was computed from: how often nouns were changed and targets found
broken, slow or mended, how much was counted, the day, because "the last 28 days" move on, the time zone of its weeks, and the
program. Answers are sentences, so they are kept once for each language in which somebody reads them.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import insights, keys, times
from shortlinks.errors import NotFound
from shortlinks.experiments import experiment_records, experiment_reports, experiments, trials
from shortlinks.funnels import company, gathered, reports
from shortlinks.funnels.funnel import Rate
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_reports, profile_snapshots, profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.records import changes, program
from shortlinks.sales import shops
from shortlinks.snapshots import polls
from shortlinks.statistics.stats import Sample
from shortlinks.store import Store
from shortlinks.words import language, wording
from shortlinks.words.language import Voice

NEWEST = 1_000
"""How many posts are read: the newest."""

_FORMAT = 6
_MOST_PROFILES = 1_000
_SHOWN = 30
"""Of so many posts, the newest, a finding is kept: those of the list's first page."""
_SHOP_WEEKS = 53
_MOST_EXPERIMENTS = 20
_LATELY = 2 * times.FOUR_WEEKS


@dataclass(frozen=True, slots=True)
class Report:
    """The answers as of `as_of` (milliseconds), from the newest `posts`; `older` so many were left out."""

    as_of: int
    up_to_date: bool
    posts: int
    older: int
    items: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {
            "as_of": times.rfc3339(self.as_of),
            "up_to_date": self.up_to_date,
            "posts": self.posts,
            "older": self.older,
            "items": list(self.items),
        }


def read(store: Store, *, now: int, timezone: str = "UTC") -> Report:
    """What is kept, or, where nothing is, what is computed there and then. `timezone` is as in `gather`."""
    mark, record = _mark(store, now, timezone), _kept(store)
    if record is None:
        record = _compute(store, mark, now, timezone)
    return Report(
        as_of=record["as_of"],
        up_to_date=record["mark"] == mark.text,
        posts=record["posts"],
        older=record["older"],
        items=tuple(record["items"]),
    )


def gravest(store: Store) -> dict[str, str]:
    """The title of the gravest finding of each of the newest posts that has one, by post id, as last computed."""
    record = _kept(store)
    found: dict[str, str] = record["findings"] if record else {}
    return found


def refresh(store: Store, *, now: int, timezone: str = "UTC") -> bool:
    """Compute the answers again if anything has changed that they rest on, and return whether it has. As `read`.

    In the creator's language, and in English once somebody has read them through the API.
    """
    own, kept = settings.voice(store), {tag.decode() for tag in store.redis.hkeys(keys.INSIGHTS)}
    if former := kept - {own.tag, language.ENGLISH.tag}:
        store.redis.hdel(keys.INSIGHTS, *former)
    read_too = [language.ENGLISH] if language.ENGLISH.tag in kept and own != language.ENGLISH else []
    refreshed = [_refreshed(store, now, timezone, voice) for voice in (own, *read_too)]
    return any(refreshed)


def _refreshed(store: Store, now: int, timezone: str, voice: Voice) -> bool:
    with language.speaking(voice):
        mark, record = _mark(store, now, timezone), _kept(store)
        if record is not None and record["mark"] == mark.text:
            return False
        _compute(store, mark, now, timezone)
        return True


@dataclass(frozen=True, slots=True)
class _Mark:
    """Of all that answers rest on. It is read before them, so what changes in between makes them out of date."""

    text: str
    seen: changes.Changes


def _mark(store: Store, now: int, timezone: str) -> _Mark:
    seen = changes.seen(store)
    tz = settings.zone(store, timezone)
    parts = times.day_of(now), *seen, tz.key, program.fingerprint()
    return _Mark(".".join(map(str, parts)), seen)


def _kept(store: Store) -> dict[str, Any] | None:
    raw = store.redis.hget(keys.INSIGHTS, language.spoken().tag)
    record: dict[str, Any] | None = json.loads(raw) if raw else None
    return record if record and record["format"] == _FORMAT else None


def _compute(store: Store, mark: _Mark, now: int, timezone: str) -> dict[str, Any]:
    data = gather(store, now=now, timezone=timezone)
    record = {
        "format": _FORMAT,
        "mark": mark.text,
        "as_of": now,
        "posts": len(data.outcomes),
        "older": data.older,
        "items": [item.to_dict() for item in insights.all_(data, now=now)],
        "findings": _gravest(store, mark.seen, now),
    }
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    _keep(store, text, mark.seen.revision)
    found: dict[str, Any] = json.loads(text)
    return found


def _gravest(store: Store, seen: changes.Changes, now: int) -> dict[str, str]:
    found: dict[str, str] = {}
    memory = company.Memory()
    for post in posts.list_(store, limit=_SHOWN)[0]:
        with suppress(NotFound):  # erased meanwhile
            held = memory.of(store, post, now=now, seen=seen)
            findings = reports.of_known(store, reports.known(store, post), now=now, held=held).findings
            grave = [each.title for each in findings if each.severity in ("high", "medium")]
            found |= {post.id: grave[0]} if grave else {}
    return found


def _keep(store: Store, text: str, revision: int) -> None:
    """Keep the answers unless a noun was changed meanwhile: of one that was erased, nothing may come back."""

    def change(pipe: Any) -> None:
        same = int(pipe.get(keys.REVISION) or 0) == revision
        pipe.multi()
        if same:
            pipe.hset(keys.INSIGHTS, language.spoken().tag, text)

    store.transact(change, keys.REVISION)


def gather(store: Store, *, now: int, timezone: str = "UTC") -> insights.Data:
    """All that the answers rest on: the newest posts, those that came out last first, and what profiles are called.

    Weeks are those in the creator's time zone, which is `timezone` until one is set.
    """
    found, _ = posts.list_(store, limit=NEWEST, archived=None)
    found.sort(key=lambda post: -post.published_at)
    known = profiles.list_(store, limit=_MOST_PROFILES)[0]
    found_out = _found_out(store, now)
    return insights.Data(
        outcomes=tuple(gathered.all_credited(store, gathered.of_posts(store, found, now=now, by_age=True))),
        handles={profile.id: profiles.called(profile) for profile in known},
        older=max(0, store.redis.zcard(keys.POSTS) - len(found)),
        weeks=_weeks(store, known, now, settings.zone(store, timezone)),
        votes=_votes(store, found),
        orders=[
            Sample(row.orders, row.visits, row.precision.get("orders", 0), row.precision.get("visits", 0))
            for row in shops.all_(store)[:_SHOP_WEEKS]
            if row.orders is not None and row.visits
        ],
        running=[
            f"{wording.quoted(each.question)}. {experiment_reports.progress(each, now)}"
            for each in experiments.running(store, now=now)
        ],
        better=[question for question, verdict in found_out if verdict == "yes_higher"],
        worse=[question for question, verdict in found_out if verdict == "yes_lower"],
    )


def _weeks(store: Store, known: Sequence[Profile], now: int, tz: ZoneInfo) -> dict[str, list[Rate]]:
    """By profile the rates of its last weeks, of those of which somebody noted a number of the profile."""
    noted = [profile for profile in known if profile_snapshots.of_profile(store, profile.id)]
    told = profile_reports.of_profiles(store, noted, now=now, tz=tz)
    rates = {each.profile_id: [rate for week in each.weeks for rate in week.rates] for each in told}
    return {profile_id: found for profile_id, found in rates.items() if found}


def _found_out(store: Store, now: int) -> list[tuple[str, trials.Verdict]]:
    """What was asked in the experiments that ended lately, the newest first, and what each says."""
    newest, _ = experiments.list_(store, limit=_MOST_EXPERIMENTS)
    ended = [each for each in newest if experiment_records.state_at(each, now) == experiment_records.ENDED]
    late = [each for each in ended if experiment_records.ends_at(each) >= now - _LATELY]
    told = [experiment_reports.read(store, each, now=now) for each in late]
    return [(report.experiment.question, report.trial.verdict) for report in told if report.trial]


def _votes(store: Store, found: Sequence[Post]) -> Counter[str]:
    """The votes of all polls together, by what people answered."""
    votes: Counter[str] = Counter()
    answers = polls.motives()
    for rows in polls.of_posts(store, [post.id for post in found]):
        if poll := polls.newest(rows):
            votes.update({answers[motive]: count for motive, count in poll.votes.items()})
    return votes
