"""What a click turned out to be, from its own request alone: pure. What its neighbours add is in `neighbours`.

The reason is the first of REASONS that holds. What an agent is, `agents` says.
"""

from dataclasses import dataclass

from shortlinks import agents, sources

VERSION = 3
"""Kept with each click; raised whenever the same request would get another verdict."""

REASONS = {
    "expired": "The link had expired or was disabled, so nobody was sent on.",
    "head": "A HEAD request: it asks where the link leads without going there.",
    "prefetch": "A browser loaded the link without a tap: ahead of one that may never come, or as part of a page.",
    "empty_agent": "No user agent. Every browser sends one.",
    "preview": "A messenger or network fetched the link to show a preview of it: somebody shared it.",
    "ai": "An AI company's agent or crawler, reading for a model or for somebody who asked one.",
    "headless": "A browser driven by a program, with nobody in front of it.",
    "scanner": "A security product that looks for harm behind links, or somebody's port scan.",
    "monitor": "An uptime or performance check.",
    "library": "A program's HTTP library, such as curl.",
    "crawler": "A search engine or another robot.",
    "self": "You: a browser you marked as yours, a tap while you were testing, or one that you said was you.",
    "burst": "One visitor or one network tapped far more often within a minute than people do.",
    "repeat": "The same visitor tapped the same link again within seconds. The first tap is counted.",
    "human": "A person followed the link, as far as the request tells.",
}
"""Every reason, in order of precedence: a click has the first that holds."""

SELF = "self"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a key of REASONS. `app` is the app or network the visitor came through, or whose preview it was; "" for none.

    Of a person's browser, `app` is the app that has it built in, else the network that the referrer names, else the one
    whose click id the address bore; of a program, only what its agent names.

    `device` is phone, tablet, desktop or other; `os` and `browser` are family names as ua-parser has them ("Other").
    """

    reason: str
    app: str
    device: str
    os: str
    browser: str


def classify(method: str, signals: str, agent: str, origin: str) -> Verdict:
    """The verdict on one click by itself.

    `signals` are comma-separated tokens (see `clicks`), `origin` is the referrer's scheme and host or "".
    """
    seen = agents.read(agent)
    tokens = signals.split(",")
    if "expired" in tokens:
        reason = "expired"
    elif method == "HEAD":
        reason = "head"
    elif "prefetch" in tokens:
        reason = "prefetch"
    elif seen.reason == "human" and SELF in tokens:
        reason = SELF
    else:
        reason = seen.reason
    app = seen.app
    if not app and seen.reason == "human":
        # Whoever passes a link on adds to its end: the last click id is that of the last place.
        app = sources.network(origin) or next(filter(None, map(sources.of_click_id, reversed(tokens))), "")
    return Verdict(reason, app, seen.device, seen.os, seen.browser)
