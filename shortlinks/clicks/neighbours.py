"""What the clicks next to a click make of it: `repeat` and `burst`, and which previews belong to one paste. Pure.

A tap is a `repeat` when the same visitor tapped the same link less than the window before or after it, and that tap was
counted already (it stood earlier in the stream). So the first of a chain counts, and no click that was counted is ever
taken back. 30 seconds are COUNTER's (Code of Practice 5, R5.1, double-click filtering).

A tap is a `burst` from the 11th of one visitor within a minute of the clock on, and from the 101st counted one of a network.
Visitors and networks are known by hashes that change at midnight UTC, so no click has neighbours on another day.

What must be remembered of earlier clicks is kept in a hash for each post and ten minutes of the clicks' own time
(`keys.recent`). Taps go by buckets as long as the window: those within one bucket are always close enough, and of the next
ones only the first and last matter. So it is exact whatever order clicks come in, and at most three fields are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shortlinks import times
from shortlinks.clicks.clicks import Click

SLOT = 10 * times.MINUTE
"""Milliseconds of clicks that share a hash."""
REMEMBERED_SECONDS = 3600
"""How long a hash outlives the last write to it: clicks that come later than this after their neighbours stand alone."""
PASTE = 10 * times.MINUTE
"""A preview fetched by the same device within this time (milliseconds) of another one is of the same paste."""
SENDERS_OWN = ("iMessage", "WhatsApp")
"""Apps whose previews are fetched by the sender's own device, once a paste (Upfold 2019; WhatsApp's agent names the phone)."""

_TAP, _PASTE = "", "p"

Place = tuple[str, int]
"""A hash: post id and number of its slot."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`repeat` is the window in milliseconds (0: repeats count), at most SLOT. `visitor` and `network` are taps a minute."""

    repeat: int = 30 * times.SECOND
    visitor: int = 10
    network: int = 100


LIMITS = Limits()


def limits(repeat_seconds: int) -> Limits:
    """The limits with the window that the service was told."""
    return Limits(repeat=repeat_seconds * times.SECOND)


def taps(click: Click, limits: Limits) -> list[tuple[Place, str]]:
    """What has to be known before `Recent.tap`."""
    found = [_minute(click, click.visitor), _minute(click, click.net)]
    if limits.repeat:
        bucket = click.at // limits.repeat
        found += [_bucket(click, each, limits.repeat, _TAP) for each in (bucket - 1, bucket, bucket + 1)]
    return found


def pastes(click: Click) -> list[tuple[Place, str]]:
    """What has to be known before `Recent.paste`."""
    bucket = click.at // PASTE
    return [_bucket(click, each, PASTE, _PASTE) for each in (bucket - 1, bucket, bucket + 1)]


class Recent:
    """What is remembered while a batch is counted: `known` as it was read, and what the batch adds to it."""

    def __init__(self, known: Mapping[Place, Mapping[str, str]], limits: Limits = LIMITS) -> None:
        self._known = {place: dict(fields) for place, fields in known.items()}
        self._limits = limits
        self.changed: dict[Place, dict[str, str]] = {}

    def tap(self, click: Click) -> str:
        """The reason of a click that would be a person's by itself: human, repeat or burst. Remembers it."""
        limits = self._limits
        close = bool(limits.repeat) and self._close(click, limits.repeat, _TAP)
        if self._more(*_minute(click, click.visitor)) > limits.visitor:
            return "burst"
        if close:
            return "repeat"
        # A visitor who taps on and on uses up nothing of what the network's others may.
        return "burst" if self._more(*_minute(click, click.net)) > limits.network else "human"

    def paste(self, click: Click) -> bool:
        """Whether a preview is the first of its paste. Remembers it."""
        return not self._close(click, PASTE, _PASTE)

    def drain(self, post_id: str, slots: Iterable[int]) -> dict[int, dict[str, str]]:
        """What was added in these slots of a post since this was asked last, by slot."""
        return {slot: self.changed.pop((post_id, slot)) for slot in slots if (post_id, slot) in self.changed}

    def forget(self, slots: Iterable[int]) -> None:
        """Remember nothing more of these slots: their clicks are over."""
        gone = set(slots)
        for places in (self._known, self.changed):
            for place in [place for place in places if place[1] in gone]:
                del places[place]

    def _close(self, click: Click, window: int, kind: str) -> bool:
        bucket, offset = divmod(click.at, window)
        before, here, after = (
            self._span(*_bucket(click, each, window, kind)) for each in (bucket - 1, bucket, bucket + 1)
        )
        place, field = _bucket(click, bucket, window, kind)
        low, high = here or (offset, offset)
        if here is None or not low <= offset <= high:
            self._set(place, field, f"{min(low, offset)}-{max(high, offset)}")
        return (
            here is not None
            or (before is not None and offset + window - before[1] < window)
            or (after is not None and after[0] + window - offset < window)
        )

    def _span(self, place: Place, field: str) -> tuple[int, int] | None:
        text = self._known.get(place, {}).get(field)
        if text is None:
            return None
        low, _, high = text.partition("-")
        return int(low), int(high)

    def _more(self, place: Place, field: str) -> int:
        number = int(self._known.get(place, {}).get(field, "0")) + 1
        self._set(place, field, str(number))
        return number

    def _set(self, place: Place, field: str, text: str) -> None:
        self._known.setdefault(place, {})[field] = text
        self.changed.setdefault(place, {})[field] = text


def slots(day: int) -> range:
    """The slots that hold what is remembered of a UTC day's clicks."""
    return range(day * times.DAY // SLOT, (day + 1) * times.DAY // SLOT)


def by_place(wanted: Iterable[tuple[Place, str]]) -> dict[Place, list[str]]:
    """Fields by the hash they are in, each once."""
    found: dict[Place, dict[str, None]] = {}
    for place, field in wanted:
        found.setdefault(place, {})[field] = None
    return {place: list(fields) for place, fields in found.items()}


def _minute(click: Click, who: str) -> tuple[Place, str]:
    minute = click.at // times.MINUTE
    return (click.post_id, minute * times.MINUTE // SLOT), f"{who}|{minute % 10}"


def _bucket(click: Click, bucket: int, window: int, kind: str) -> tuple[Place, str]:
    # The visitor's hash tells the day, so a bucket's number needs to be unique only within its slot. The window is named,
    # so that the buckets of one that was set before are not taken for those of today's. One message may hold two links.
    link = "" if kind == _PASTE else click.slug
    field = f"{click.visitor}|{link}|{kind}{window // times.SECOND}|{bucket % 1_000}"
    # One that reaches over midnight is its click's day's.
    midnight = click.at // times.DAY * times.DAY
    within = min(max(bucket * window, midnight), midnight + times.DAY - 1)
    return (click.post_id, within // SLOT), field
