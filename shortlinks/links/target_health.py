"""Whether a link's target works: what our server saw when it visited, and what follows from that.

One bad visit is a blip; two that are some minutes apart are a verdict. A site that turns robots away, or that we may not
visit, gets none: it may work for everybody else.
"""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from zlib import crc32

from shortlinks import times
from shortlinks.words.language import N_, _, decimals, spoken

SLOW_SECONDS = 3.0
APART = 3 * times.MINUTE
"""How far apart the two visits of a verdict are at least."""
STALE = times.DAY
"""How old a visit may be and still say how a target is."""
USUAL, OFTEN = 6 * times.HOUR, times.HOUR
YOUNG_POST = 2 * times.DAY
MOST_SPANS = 20

ROBOTS, OFFLINE = "robots", "offline"
UNCLEAR = frozenset({ROBOTS, OFFLINE, "refused", "redirects"})
"""Errors that a visitor's browser may not meet; the others are `status` and those of `connecting`."""
_GONE = (404, 410)
_CHALLENGES = ("cf-mitigated", "x-datadome", "x-amzn-waf-action")
_CHALLENGE_WORDS = ("captcha", "challenge", "robot", "automated")

_BROKEN = {
    "status": N_("The target has answered {status} since {since}."),
    "dns": N_("The target’s host name has been unknown since {since}."),
    "connect": N_("The target has taken no connections since {since}."),
    "tls": N_("The target has offered no secure connection that browsers trust since {since}."),
    "protocol": N_("The target has not answered as a web server does since {since}."),
    "timeout": N_("The target has not answered in time since {since}."),
    "circle": N_("The target has sent its visitors round in a circle since {since}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit saw. `seconds` are until the first byte; `error` is None where the target works."""

    at: int
    status: int | None = None
    seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known of a target: the last visit, and since when it has been as it is.

    `failing_since` and `dragging_since` are the first of the bad or slow visits in a row; `broken_since` and `slow_since`
    are the same instants, once another visit has confirmed them. `spans` are the times, over by now, in which the target
    was broken, each from its first bad visit to the one that saw it mended; the newest MOST_SPANS of them, oldest first.
    """

    target: str
    checked_at: int
    status: int | None = None
    seconds: float | None = None
    error: str | None = None
    last_ok_at: int | None = None
    failing_since: int | None = None
    broken_since: int | None = None
    dragging_since: int | None = None
    slow_since: int | None = None
    spans: tuple[tuple[int, int], ...] = ()


def error_of(status: int, headers: dict[str, str], body: str) -> str | None:
    """What an answer with this status says of the target: None (it works), `status` (it does not) or ROBOTS.

    A shop may answer its visitors and refuse us: that is all that 401, 403, 429 and other odd answers tell.
    """
    if status < 400:
        return None
    if status in _GONE or (500 <= status < 600 and not (status == 503 and _is_challenge(headers, body))):
        return "status"
    return ROBOTS


def _is_challenge(headers: dict[str, str], body: str) -> bool:
    return any(name in headers for name in _CHALLENGES) or any(word in body.lower() for word in _CHALLENGE_WORDS)


def after(before: Health | None, target: str, visit: Visit) -> Health:
    """What is known of a target once it was visited again."""
    known = before or Health(target=target, checked_at=visit.at)
    if visit.at - known.checked_at > STALE:  # nobody knows what was in between
        known = _ended(known, known.checked_at)
    known = replace(known, status=visit.status, seconds=visit.seconds, error=visit.error, checked_at=visit.at)
    if visit.error == OFFLINE:  # says nothing of the target, which may go on as it was
        return known
    if visit.error in UNCLEAR:
        return _ended(known, before.checked_at if before else visit.at)
    if visit.error is not None:
        first = known.failing_since if known.failing_since is not None else visit.at
        confirmed = known.broken_since is not None or visit.at - first >= APART
        return replace(
            known,
            failing_since=first,
            broken_since=first if confirmed else None,
            dragging_since=None,
            slow_since=None,
        )
    fine = replace(_ended(known, visit.at), last_ok_at=visit.at)
    if visit.seconds is None or visit.seconds <= SLOW_SECONDS:
        return fine
    first = known.dragging_since if known.dragging_since is not None else visit.at
    confirmed = known.slow_since is not None or visit.at - first >= APART
    return replace(fine, dragging_since=first, slow_since=first if confirmed else None)


def _ended(health: Health, at: int) -> Health:
    """The same, neither broken nor slow from the instant `at` on."""
    spans = health.spans
    if health.broken_since is not None and at > health.broken_since:
        spans = (*spans, (health.broken_since, at))[-MOST_SPANS:]
    return replace(health, failing_since=None, broken_since=None, dragging_since=None, slow_since=None, spans=spans)


def state(health: Health, now: int) -> str:
    """ok, broken or slow; unknown where we cannot tell, where nobody looked for long, and after a first bad visit."""
    if now - health.checked_at > STALE or health.error in UNCLEAR:
        return "unknown"
    if health.broken_since is not None:
        return "broken"
    if health.error is not None:
        return "unknown"
    return "ok" if health.slow_since is None else "slow"


def since(health: Health, now: int) -> int | None:
    """From when on it has been broken or slow, if it is."""
    return {"broken": health.broken_since, "slow": health.slow_since}.get(state(health, now))


def broken_spans(health: Health) -> list[tuple[int, int]]:
    """The times in which the target is known to have been broken, oldest first, up to the last visit: nobody knows more.

    Between two visits it counts as what the earlier one saw.
    """
    lasting = [] if health.broken_since is None else [(health.broken_since, health.checked_at)]
    return [*health.spans, *lasting]


def due_at(health: Health | None, published_at: int) -> int:
    """When to visit next a target that a post of `published_at` leads to, the newest such post; 0: at once.

    What is not confirmed yet is looked at again within minutes, what is broken or of a young post every hour, and the
    rest every six. Up to a quarter earlier, by chance, so that visits which began together drift apart.
    """
    if health is None:
        return 0
    bad = health.failing_since is not None and health.broken_since is None
    if bad or (health.dragging_since is not None and health.slow_since is None):
        return health.checked_at + APART
    young = health.checked_at < published_at + YOUNG_POST
    interval = OFTEN if young or health.broken_since is not None or health.error == OFFLINE else USUAL
    chance = crc32(f"{health.target} {health.checked_at}".encode()) / 2**32
    return health.checked_at + interval - int(chance * interval / 4)


def warnings(health: Health | None, now: int, tz: tzinfo) -> list[tuple[str, str]]:
    """What to tell whoever hangs a link to this target, as (code, message), with times in a zone."""
    if health is None:
        return []
    match state(health, now):
        case "broken":
            began = _moment(health.broken_since or 0, tz)
            return [("target_broken", _(_BROKEN[health.error or "status"], status=str(health.status), since=began))]
        case "slow":
            seconds = decimals(f"{health.seconds:.1f}")
            took = _("From our server the target took {seconds} s to answer; phones may be slower.", seconds=seconds)
            return [("target_slow", took)]
    return []


def _moment(at: int, tz: tzinfo) -> str:
    local = datetime.fromtimestamp(at / times.SECOND, tz)
    month, time = spoken().months[local.month - 1], f"{local:%H:%M %Z}"
    return _("{day} {month}, {time}", day=local.day, month=month, time=time)
