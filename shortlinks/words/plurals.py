"""Counts with their nouns, in the language that is spoken. Pure."""

from collections.abc import Callable

from shortlinks.words.language import ngettext, number

NOUNS: dict[str, Callable[[int], str]] = {
    "click": lambda count: ngettext("{count} click", "{count} clicks", count),
    "view": lambda count: ngettext("{count} view", "{count} views", count),
    "like": lambda count: ngettext("{count} like", "{count} likes", count),
    "visit": lambda count: ngettext("{count} visit", "{count} visits", count),
    "visitor": lambda count: ngettext("{count} visitor", "{count} visitors", count),
    "conversion": lambda count: ngettext("{count} conversion", "{count} conversions", count),
    "follower": lambda count: ngettext("{count} follower", "{count} followers", count),
    "preview": lambda count: ngettext("{count} preview", "{count} previews", count),
    "hit": lambda count: ngettext("{count} hit", "{count} hits", count),
    "hour": lambda count: ngettext("{count} hour", "{count} hours", count),
    "minute": lambda count: ngettext("{count} minute", "{count} minutes", count),
    "second": lambda count: ngettext("{count} second", "{count} seconds", count),
    "day": lambda count: ngettext("{count} day", "{count} days", count),
    "week": lambda count: ngettext("{count} week", "{count} weeks", count),
    "month": lambda count: ngettext("{count} month", "{count} months", count),
    "year": lambda count: ngettext("{count} year", "{count} years", count),
    "post": lambda count: ngettext("{count} post", "{count} posts", count),
    "tap": lambda count: ngettext("{count} tap", "{count} taps", count),
    "save": lambda count: ngettext("{count} save", "{count} saves", count),
    "share": lambda count: ngettext("{count} share", "{count} shares", count),
    "comment": lambda count: ngettext("{count} comment", "{count} comments", count),
    "chat": lambda count: ngettext("{count} chat", "{count} chats", count),
    "row": lambda count: ngettext("{count} row", "{count} rows", count),
    "link": lambda count: ngettext("{count} link", "{count} links", count),
    "character": lambda count: ngettext("{count} character", "{count} characters", count),
    "arrival": lambda count: ngettext("{count} arrival", "{count} arrivals", count),
    "order": lambda count: ngettext("{count} order", "{count} orders", count),
    "time": lambda count: ngettext("{count} time", "{count} times", count),
    "viewer": lambda count: ngettext("{count} viewer", "{count} viewers", count),
    "sale": lambda count: ngettext("{count} sale", "{count} sales", count),
    "pair": lambda count: ngettext("{count} pair", "{count} pairs", count),
    "new view": lambda count: ngettext("{count} new view", "{count} new views", count),
    "more view": lambda count: ngettext("{count} more view", "{count} more views", count),
    "profile visit": lambda count: ngettext("{count} profile visit", "{count} profile visits", count),
    "link tap": lambda count: ngettext("{count} link tap", "{count} link taps", count),
    "bio click": lambda count: ngettext("{count} bio click", "{count} bio clicks", count),
    "page tap": lambda count: ngettext("{count} page tap", "{count} page taps", count),
    "page open": lambda count: ngettext("{count} page open", "{count} page opens", count),
    "reach": lambda count: ngettext("{count} person reached", "{count} people reached", count),
    "person": lambda count: ngettext("{count} person", "{count} people", count),
}


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 click`, `12,400 views`, `0 likes`. `noun` is the singular in English, one of NOUNS."""
    counted = NOUNS.get(noun)
    # What only those who run the service read, such as "archive", is not translated.
    return counted(count) if counted else f"{number(count)} {noun if count == 1 else f'{noun}s'}"
