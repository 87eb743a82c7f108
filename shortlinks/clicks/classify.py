"""What a click turned out to be, from its own request: pure.

The reason is the first of REASONS that holds. What an agent is, `agents` says. Whether a click by a person is a `burst` or a
`repeat`, `neighbours` says, and `selves` knows the creator's own taps that the request does not tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shortlinks.clicks import sources
from shortlinks.words.language import N_, _, pgettext

if TYPE_CHECKING:
    from shortlinks.clicks.agents import Agent

VERSION = 4
"""Kept with each click; raised whenever the same request would get another verdict."""

LISTS = {
    "crawler-user-agents": "1.67.0",
    "crawlerdetect": "0.4.2",
    "is-bot": "0.3.7",
    "ua-parser-builtins": "202610",
    "user-agents": "2.2.0",
}
"""The packages whose lists decide what an agent is, as they are pinned. VERSION is raised with them.

crawler-user-agents, crawlerdetect and is-bot find robots, the first of them by kind; the other two name device, system and
browser. Their own mark for robots is not asked: of 5,800 robots it found none that the others miss (2026).
"""

REASONS = {
    "expired": N_("The link had expired or was disabled, so nobody was sent on."),
    "head": N_("A HEAD request: it asks where the link leads without going there."),
    "prefetch": N_("A browser loaded the link without a tap: ahead of one that may never come, or as part of a page."),
    "empty_agent": N_("No user agent. Every browser sends one."),
    "preview": N_("A messenger or network fetched the link to show a preview of it: somebody shared it."),
    "ai": N_("An AI company's agent or crawler, reading for a model or for somebody who asked one."),
    "headless": N_("A browser driven by a program, with nobody in front of it."),
    "scanner": N_("A security product that looks for harm behind links, or somebody's port scan."),
    "monitor": N_("An uptime or performance check."),
    "library": N_("A program's HTTP library, such as curl."),
    "crawler": N_("A search engine or another robot."),
    "self": N_("You: a browser you marked as yours, a tap while you were testing, or one that you said was you."),
    "burst": N_("One visitor or one network tapped far more often within a minute than people do."),
    "repeat": N_("The same visitor tapped the same link again within seconds. Only the first of such taps can count."),
    "human": N_("A person followed the link, as far as the request tells."),
}
"""Every reason with its `meaning`, in order of precedence: a click has the first that holds."""

SELF = "self"
"""The reason of the creator's own taps, and the signal that a click bears whose browser is marked as the creator's."""


def meaning(reason: str) -> str:
    """What one of REASONS means, in a sentence or two."""
    return _(REASONS[reason])


def meanings() -> dict[str, str]:
    """What each of REASONS means, in their order."""
    return {reason: meaning(reason) for reason in REASONS}


def name(reason: str) -> str:
    """What people call one of REASONS: `empty agent`."""
    names = {
        "expired": pgettext("reason", "expired"),
        "head": pgettext("reason", "head"),
        "prefetch": pgettext("reason", "prefetch"),
        "empty_agent": pgettext("reason", "empty agent"),
        "preview": pgettext("reason", "preview"),
        "ai": pgettext("reason", "ai"),
        "headless": pgettext("reason", "headless"),
        "scanner": pgettext("reason", "scanner"),
        "monitor": pgettext("reason", "monitor"),
        "library": pgettext("reason", "library"),
        "crawler": pgettext("reason", "crawler"),
        "self": pgettext("reason", "self"),
        "burst": pgettext("reason", "burst"),
        "repeat": pgettext("reason", "repeat"),
        "human": pgettext("reason", "human"),
    }
    return names[reason]


def marked(signals: str) -> bool:
    """Whether a click came from a browser that is marked as the creator's."""
    return SELF in signals and SELF in signals.split(",")


@dataclass(frozen=True, slots=True)
class Example:
    """A request of a link that has a certain reason: its method and the headers that matter.

    `when` says what else must have happened where the request alone does not tell, "" where it does.
    """

    headers: Mapping[str, str]
    method: str = "GET"
    when: str = ""


_BROWSER = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
}

EXAMPLES = {
    "expired": Example(_BROWSER, when=N_("The link had ended the day before.")),
    "head": Example(_BROWSER, method="HEAD"),
    "prefetch": Example(_BROWSER | {"Sec-Purpose": "prefetch"}),
    "empty_agent": Example({"User-Agent": ""}),
    "preview": Example({"User-Agent": "TelegramBot (like TwitterBot)"}),
    "ai": Example(
        {
            "User-Agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; "
            "+https://openai.com/bot"
        }
    ),
    "headless": Example(
        {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "HeadlessChrome/131.0.0.0 Safari/537.36"
        }
    ),
    "scanner": Example({"User-Agent": "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)"}),
    "monitor": Example({"User-Agent": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"}),
    "library": Example({"User-Agent": "curl/8.5.0"}),
    "crawler": Example({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}),
    "self": Example(_BROWSER, when=N_("You had said on the admin page that you were testing.")),
    "burst": Example(_BROWSER, when=N_("It was the visitor's eleventh tap in that minute.")),
    "repeat": Example(_BROWSER, when=N_("The visitor had tapped the link a moment before.")),
    "human": Example(_BROWSER),
}
"""A request for each of REASONS."""


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


def read_agent(agent: str) -> "Agent":
    """What the agent of a request is."""
    # Most processes read no agent, and loading what reads them takes as long as half of all that they load.
    from shortlinks.clicks import agents

    return agents.read(agent)


def classify(method: str, signals: str, agent: str, origin: str) -> Verdict:
    """The verdict on one click.

    `signals` are comma-separated tokens (see `clicks`), `origin` is the referrer's scheme and host or "".
    """
    seen = read_agent(agent)
    tokens = signals.split(",")
    if "expired" in tokens:
        reason = "expired"
    elif method == "HEAD":
        reason = "head"
    elif "prefetch" in tokens:
        reason = "prefetch"
    else:
        reason = seen.reason
        if reason == "human" and SELF in tokens:
            reason = SELF
    app = seen.app
    if not app and seen.reason == "human":
        # Whoever passes a link on adds to its end: the last click id is that of the last place.
        app = sources.network(origin) or next(filter(None, map(sources.of_click_id, reversed(tokens))), "")
    return Verdict(reason, app, seen.device, seen.os, seen.browser)
