"""Reminders as they are set up, and what was sent of them: nothing is sent before it was claimed, and claimed only once.

A message that was claimed and whose sending ended nobody knows how (the worker was killed, no answer came) is not sent again:
rather one too few than two.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shortlinks import ids, keys, times
from shortlinks.errors import Unavailable
from shortlinks.owner import settings
from shortlinks.records import nouns
from shortlinks.reminders import channels
from shortlinks.store import Store
from shortlinks.words.language import _

Outcome = Literal["sent", "failed", "unknown"]
"""`failed`: certainly not sent, so it may be tried again."""

CALENDAR = "calendar"
AGAIN_AFTER = (5 * times.MINUTE, 30 * times.MINUTE, 2 * times.HOUR, 6 * times.HOUR)
"""How long after the first, the second, … failed attempt the next may follow; after the last of them it is given up."""
KEPT = 90 * times.DAY
"""For how long it is remembered what was sent: longer than anything is asked for."""

_MESSAGE, _TEST, _ERROR = "message", "test", "error"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel stands: its address, None when it is off; messages sent, attempts that failed, and the last of those."""

    address: str | None
    sent: int
    failed: int
    error: str = ""
    error_at: int = 0
    testing: bool = False


def calendar_secret(store: Store) -> str | None:
    """What makes the address of the calendar a secret, None when there is no calendar."""
    return settings.get(store, CALENDAR)


def new_calendar(store: Store) -> None:
    """Switch the calendar on, at a new address; an earlier one is worthless from now on."""
    settings.put(store, CALENDAR, secrets.token_urlsafe(24))


def stop_calendar(store: Store) -> None:
    """Switch the calendar off."""
    settings.put(store, CALENDAR, None)


def address(store: Store, channel: str) -> str | None:
    """Where a channel sends to, None when it is off."""
    return settings.get(store, _setting(channel))


def set_address(store: Store, channel: str, value: object) -> None:
    """Have a channel send to an address from now on. Raises Invalid("address")."""
    settings.put(store, _setting(channel), channels.address(channel, value))
    store.redis.hdel(keys.REMINDERS, f"{_ERROR}|{channel}")


def stop(store: Store, channel: str) -> None:
    """Switch a channel off."""
    settings.put(store, _setting(channel), None)
    store.redis.hdel(keys.REMINDERS, f"{_ERROR}|{channel}", f"{_TEST}|{channel}")


def ask_test(store: Store, channel: str) -> None:
    """Have the worker send a message to try the channel with."""
    store.redis.hset(keys.REMINDERS, f"{_TEST}|{channel}", ids.new())


def asked_test(store: Store, channel: str) -> str | None:
    """The name of the message that was asked for to try the channel, if one was."""
    raw = store.redis.hget(keys.REMINDERS, f"{_TEST}|{channel}")
    return f"test-{raw.decode()}" if raw else None


def tested(store: Store, channel: str) -> None:
    """The message to try the channel has had its turn."""
    store.redis.hdel(keys.REMINDERS, f"{_TEST}|{channel}")


def standing(store: Store, channel: str) -> Standing:
    """How a channel stands."""
    names = [f"sent|{channel}", f"failed|{channel}", f"{_ERROR}|{channel}", f"{_TEST}|{channel}"]
    sent, failed, error, test = store.redis.hmget(keys.REMINDERS, names)
    last: dict[str, Any] = json.loads(error) if error else {}
    return Standing(
        address(store, channel), int(sent or 0), int(failed or 0), last.get("text", ""), last.get("at", 0), bool(test)
    )


def claim(store: Store, channel: str, names: Sequence[str], *, now: int) -> list[str]:
    """Of these messages those that are to be sent now, by whoever asked here. Nobody else is given them from now on.

    Raises Unavailable where it cannot be made sure that a crash does not forget it.
    """
    own = ids.new()
    fields = {name: f"{_MESSAGE}|{channel}|{name}" for name in dict.fromkeys(names)}

    def change(pipe: Any) -> list[str]:
        if not fields or pipe.hexists(keys.SETTINGS, nouns.IMPORTING):
            return []
        raws = pipe.hmget(keys.REMINDERS, list(fields.values()))
        known = {name: json.loads(raw) if raw else None for name, raw in zip(fields, raws, strict=True)}
        # A connection that broke may hide that an earlier run got through.
        mine = {name: mark for name, mark in known.items() if _is_free(mark, now) or (mark and mark["claim"] == own)}
        pipe.multi()
        for name, mark in mine.items():
            if mark is None or mark["claim"] != own:
                tries = 1 + (mark["tries"] if mark else 0)
                _mark(pipe, fields[name], {"state": "sending", "at": now, "tries": tries, "claim": own})
        return list(mine)

    taken: list[str] = store.transact(change, keys.REMINDERS, keys.SETTINGS)
    if taken and not store.settle():
        raise Unavailable(_("The disk has not confirmed in time what is about to be sent."))
    return taken


def record(store: Store, channel: str, names: Sequence[str], outcome: Outcome, error: str = "", *, now: int) -> None:
    """Note what became of messages that were claimed, and count it: as one, because they were sent as one."""
    fields = [f"{_MESSAGE}|{channel}|{name}" for name in names]
    raws = store.redis.hmget(keys.REMINDERS, fields)
    pipe = store.redis.pipeline(transaction=True)
    for field, raw in zip(fields, raws, strict=True):
        _mark(pipe, field, {**json.loads(raw), "state": outcome, "at": now})
    pipe.hincrby(keys.REMINDERS, f"{'sent' if outcome == 'sent' else 'failed'}|{channel}", 1)
    if outcome != "sent":
        _mark(pipe, f"{_ERROR}|{channel}", {"at": now, "text": error})
    pipe.execute()


def forget(store: Store, *, before: int) -> int:
    """Forget messages from before an instant. Returns how many."""
    old = [
        field
        for field, raw in store.redis.hscan_iter(keys.REMINDERS, match=f"{_MESSAGE}|*", count=500)
        if json.loads(raw)["at"] < before
    ]
    return int(store.redis.hdel(keys.REMINDERS, *old)) if old else 0


def _is_free(mark: dict[str, Any] | None, now: int) -> bool:
    if mark is None:
        return True
    tries = mark["tries"]
    if mark["state"] != "failed" or tries > len(AGAIN_AFTER):
        return False
    return bool(now - mark["at"] >= AGAIN_AFTER[tries - 1])


def _mark(pipe: Any, field: str, record: dict[str, Any]) -> None:
    pipe.hset(keys.REMINDERS, field, json.dumps(record))


def _setting(channel: str) -> str:
    return f"reminders_{channel}"
