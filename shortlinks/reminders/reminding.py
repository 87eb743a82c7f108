"""Sends reminders, and writes the calendar of them: readings that are due, and on Mondays how things stand.

Both are in the creator's language, whoever asks for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from shortlinks import times, weeks
from shortlinks.fetching.connecting import FetchError, TooSlow
from shortlinks.fetching.fetching import Fetcher
from shortlinks.funnels import gathered, overviews
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.reminders import calendar_feed, channels, digest, reminders
from shortlinks.reminders.calendar_feed import Event
from shortlinks.reminders.channels import Message
from shortlinks.snapshots import asking
from shortlinks.store import Store
from shortlinks.words import language
from shortlinks.words.language import _

WAKING_HOURS = range(8, 21)
"""The hours of the creator's day in which anything is sent."""
_MONDAYS = (0, 1)
"""Monday's message is sent on Monday, or on Tuesday where the machine was off."""
_SHOWN = 30
_MINUTES = 5
# Whatever a gateway says that waited for an answer in vain.
_NOBODY_KNOWS = (502, 504)


def send(store: Store, fetcher: Fetcher, *, now: int, tz: ZoneInfo, base_url: str) -> int:
    """Send what is to be sent now to each channel that is set up. Returns how many messages were sent.

    Harmless when repeated: nothing is sent twice (see `reminders`).
    """
    reminders.forget(store, before=now - reminders.KEPT)
    with language.speaking(settings.voice(store)):
        return sum(
            _send_to(store, fetcher, channel.name, to, now, tz, base_url.rstrip("/"))
            for channel in channels.ALL
            if (to := reminders.address(store, channel.name))
        )


def calendar(store: Store, *, now: int, tz: ZoneInfo, base_url: str) -> str:
    """The calendar: an event for each reading that is still to be noted, and Monday's with how things stand, and the next."""
    with language.speaking(settings.voice(store)):
        return _calendar(store, now, tz, base_url.rstrip("/"))


def _calendar(store: Store, now: int, tz: ZoneInfo, home: str) -> str:
    readings = [
        Event(
            name=f"{post.id}-{each.asked.name}",
            title=_("Note the numbers: {title}", title=post.title),
            text=_("Its reading at {reading}.", reading=each.asked.label),
            link=f"{home}/admin/posts/{post.id}#numbers",
            start=each.at,
            minutes=_MINUTES,
            changed_at=post.created_at,
        )
        for post, stands in asking.standings(store, now=now)
        for each in stands
        if each.state in ("later", "due", "overdue")
    ]
    monday = weeks.latest(now, tz, 1)[0]
    told = weekly(store, now=now, home=home)
    # The next one, too, because phones look here but now and then; its text comes on its day.
    coming = replace(told, lines=[_("How they went, and which numbers to note.")])
    mondays = [_monday(monday, told, tz), _monday(monday + weeks.DAYS, coming, tz)]
    return calendar_feed.text(_("Numbers to note"), [*readings, *mondays])


def _monday(week: int, told: Message, tz: ZoneInfo) -> Event:
    begins = weeks.start(week, tz) + (WAKING_HOURS.start + 1) * times.HOUR
    return Event(
        name=f"week-{weeks.name(week)}",
        title=told.title,
        text="\n".join(told.lines),
        link=told.link,
        start=begins,
        minutes=_MINUTES,
        changed_at=begins - weeks.DAYS * times.DAY,
    )


def weekly(store: Store, *, now: int, home: str) -> Message:
    """Monday's message, as things stand now."""
    shown, _cursor = posts.list_(store, limit=_SHOWN)
    overview = overviews.read(store, shown, gathered.newest(store), now=now)
    outside = [
        (post.title, overview.expected[post.id].verdict == "more")
        for post in shown
        if now - post.published_at <= weeks.DAYS * times.DAY and overview.expected[post.id].verdict in ("more", "fewer")
    ]
    titles = [each.post.title for each in asking.wanted(store, now=now)]
    return digest.weekly(overview.pools, outside, overview.sentence, titles, f"{home}/admin/numbers")


def _send_to(store: Store, fetcher: Fetcher, channel: str, to: str, now: int, tz: ZoneInfo, home: str) -> int:
    sent = 0

    def deliver(names: Sequence[str], compose: Callable[[Sequence[str]], Message]) -> None:
        nonlocal sent
        mine = reminders.claim(store, channel, names, now=now)
        if mine:
            outcome, error = _post(fetcher, channel, to, compose(mine))
            reminders.record(store, channel, mine, outcome, error, now=now)
            sent += outcome == "sent"

    if test := reminders.asked_test(store, channel):
        deliver([test], lambda _names: digest.test(f"{home}/admin/settings/reminders"))
        reminders.tested(store, channel)
    local = datetime.fromtimestamp(now / times.SECOND, tz)
    if local.hour not in WAKING_HOURS:
        return sent
    due = {
        f"due-{post.id}-{one.asked.name}": (post.title, one.asked.label)
        for post, one in asking.open_ones(store, now=now)
    }
    deliver(list(due), lambda mine: digest.due([due[name] for name in mine], f"{home}/admin/numbers"))
    if local.weekday() in _MONDAYS:
        week = weeks.name(weeks.latest(now, tz, 1)[0])
        deliver([f"week-{week}"], lambda _names: weekly(store, now=now, home=home))
    return sent


def _post(fetcher: Fetcher, channel: str, to: str, message: Message) -> tuple[reminders.Outcome, str]:
    url, body = channels.request(channel, to, message)
    try:
        status = fetcher.post(url, body, kind=channels.KIND).status
    except FetchError as error:
        unknown = isinstance(error, TooSlow) or error.word == "protocol"
        return "unknown" if unknown else "failed", str(error)
    if 200 <= status < 300:
        return "sent", ""
    return "unknown" if status in _NOBODY_KNOWS else "failed", _(
        "It answered with status {status}.", status=str(status)
    )
