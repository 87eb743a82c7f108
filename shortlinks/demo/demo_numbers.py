"""The numbers that the potter of the demo types in: of each post, of a poll, and of her profiles and her shop week by week."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks import times, weeks
from shortlinks.demo.demo_clicks import Taps
from shortlinks.posts.posts import Post
from shortlinks.profiles import profile_snapshots
from shortlinks.sales import conversions, shops
from shortlinks.snapshots import polls, snapshots
from shortlinks.store import Store

_WEEK = weeks.DAYS * times.DAY
_LOOKS = (times.DAY, _WEEK, 2 * _WEEK)
_FIRST_LOOK = 3 * times.HOUR
_ALL_BUT_DONE = 0.998
_MORNING = 8 * times.HOUR
_LIKES_PER_COMMENT, _LIKES_PER_SAVE = 24, 9
_REACHED = 0.86
_UTC = ZoneInfo("UTC")

Row = dict[str, Any]
"""What the plan says of a post, a profile or the shop."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """Where she writes down what apps show, up to `now`; `chance` says when she looks."""

    store: Store
    chance: random.Random
    now: int

    def post(self, row: Row, post: Post) -> None:
        """What a post has after a day, a week and two; a young one after some hours. Of a poll after a day."""
        for age in [age for age in _LOOKS if post.published_at + age <= self.now] or [_FIRST_LOOK]:
            # Nobody looks on the minute.
            at = post.published_at + age + self.chance.randrange(25) * times.MINUTE
            if at <= self.now:
                snapshots.add(self.store, post, _seen(row, age), now=at)
        if "poll" in row:
            polls.add(self.store, post, {"votes": row["poll"]}, now=post.published_at + times.DAY)

    def profile(self, row: Row, profile_id: str, made: Sequence[tuple[Row, Post]], taps: Taps, bio_slug: str) -> None:
        """Every Monday morning the followers, and where `visits` says how many come anyway, the last seven days' visits."""
        mondays = self._mondays()
        for number, start in enumerate(mondays):
            end = start + _WEEK
            seen: Row = {"followers": followers(row, (number + 1) / len(mondays))}
            if "visits" in row:
                gained = [
                    each["profile_visits"]
                    * (_part(each, end - post.published_at) - _part(each, start - post.published_at))
                    for each, post in made
                    if post.profile_id == profile_id and "profile_visits" in each
                ]
                seen["profile_visits"] = row["visits"] + round(sum(gained))
            if row.get("link_taps"):
                # Some tap and leave before our server is reached.
                seen["link_taps"] = round(taps.people(start, end, bio_slug) * 1.06)
            profile_snapshots.add(self.store, profile_id, seen, now=end + _MORNING)

    def shop(self, row: Row, made: Sequence[tuple[Row, Post]], taps: Taps) -> None:
        """What the shop counted in each week: more visits and orders than came by links."""
        sales = [sale for _, post in made for sale in conversions.of_post(self.store, post.id)]
        for start in self._mondays():
            end = start + _WEEK
            reported = sum(start <= sale.occurred_at < end for sale in sales)
            counted = {
                "visits": taps.people(start, end) + self.chance.randint(*row["other_visits"]),
                "orders": reported + self.chance.randint(*row["other_orders"]),
            }
            monday, at = times.day_of(start), end + _MORNING
            shops.put(self.store, row["host"], weeks.name(monday), counted, now=at, this_week=monday + weeks.DAYS)

    def _mondays(self) -> list[int]:
        """The instants at which the weeks of the story began that are over and noted, oldest first."""
        started = [weeks.start(monday, _UTC) for monday in weeks.latest(self.now, _UTC, 8)]
        return [start for start in reversed(started) if start + _WEEK + _MORNING <= self.now]


def followers(row: Row, part: float) -> int:
    """How many follow a profile when `part` of the story is over."""
    first, last = row["followers"]
    found: int = round(first + (last - first) * part)
    return found


def _seen(row: Row, age: int) -> Row:
    part = _part(row, age)
    seen: Row = {
        "views": as_shown(row["views"] * part),
        "likes": as_shown(row["likes"] * part),
        "comments": as_shown(row["likes"] * part / _LIKES_PER_COMMENT),
    }
    if "profile_visits" in row:
        seen["reach"] = as_shown(row["views"] * part * _REACHED)
        seen["saves"] = as_shown(row["likes"] * part / _LIKES_PER_SAVE)
        seen["profile_visits"] = as_shown(row["profile_visits"] * part)
    if "non_followers" in row:
        seen["non_followers"] = row["non_followers"]
    return seen


def _part(row: Row, age: int) -> float:
    """How much of what a post gets in the end it has at an age in milliseconds."""
    if age <= 0:
        return 0.0
    part = 1 - 2.0 ** (-age / (row["half_hours"] * times.HOUR))
    return 1.0 if part > _ALL_BUT_DONE else part


def as_shown(count: float) -> str:
    """A count as an app shows it: `9,412`, `12.4K`, `1.2M`."""
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if count >= 10 * size or (count >= size and letter == "M"):
            return f"{count / size:.1f}{letter}"
    return f"{round(count):,}"
