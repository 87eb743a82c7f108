"""When an attempt that failed is repeated, and when nothing more is tried. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from zlib import crc32

from shortlinks import times

AGAIN_AFTER = (
    *(5 * times.SECOND, 30 * times.SECOND, 2 * times.MINUTE, 10 * times.MINUTE),
    *(times.HOUR, 6 * times.HOUR, times.DAY, 2 * times.DAY),
)
"""How long after its first, second, … failed attempt a delivery is tried again, and up to a fifth later; then it is given up."""
LONGEST_QUIET = times.HOUR
FAILING = 5 * times.DAY
"""A webhook to which nothing got through for so long is switched off at the next failure."""
OUTAGE = 3
"""From so many failures in a row on, the first delivery that arrives has all others follow that wait."""
LONGEST_ASKED = times.DAY
"""How long a receiver may have us wait by `Retry-After`, at most."""
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended: `error` is None where it arrived, `status` where there was no answer. Times in milliseconds."""

    status: int | None = None
    error: str | None = None
    duration: int = 0
    retry_after: int = 0


def of_answer(status: int, headers: Mapping[str, str], duration: int, now: int) -> Outcome:
    """What an answer means: 2xx that it arrived, and no redirect is followed."""
    error = None if 200 <= status < 300 else "redirect" if 300 <= status < 400 else "status"
    return Outcome(
        status=status,
        error=error,
        duration=duration,
        retry_after=asked(headers.get("retry-after", ""), now) if error else 0,
    )


def asked(text: str, now: int) -> int:
    """For how long a `Retry-After` (RFC 9110, 10.2.3) asks to wait, within bounds; 0 where it says nothing to go by."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * times.SECOND, LONGEST_ASKED)
    try:
        at = parsedate_to_datetime(text)
        return max(0, min(int(at.timestamp() * times.SECOND) - now, LONGEST_ASKED))
    except (ValueError, OverflowError):
        return 0


def again_in(id_: str, attempts: int, retry_after: int) -> int | None:
    """How long to wait with the delivery `id_` after so many failed attempts; None: it is given up."""
    if attempts > len(AGAIN_AFTER):
        return None
    usual = AGAIN_AFTER[attempts - 1]
    chance = crc32(f"{id_} {attempts}".encode()) / 2**32
    return max(usual + int(chance * usual / 5), retry_after)


def quiet_for(failures: int, retry_after: int) -> int:
    """How long nothing else is sent to a webhook after so many failures in a row: a dead one is not tried with all that waits."""
    return max(min(AGAIN_AFTER[min(failures, len(AGAIN_AFTER)) - 1], LONGEST_QUIET), retry_after)


def switched_off(outcome: Outcome, failing_since: int, now: int) -> str | None:
    """Why a webhook is switched off after an attempt that failed, if it is."""
    if outcome.status == GONE:
        return "gone"
    return "failing" if now - failing_since >= FAILING else None
