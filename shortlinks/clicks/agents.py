"""What a user agent is: a person's browser, in which app, or which kind of program. Pure.

First our own rules (`agents.toml`), which tell the kinds apart and know the apps' own browsers. Then the maintained lists
(`agent_lists`), asked for a robot's name in what is left of the agent without the parts known to be harmless. Last its shape:
every browser since 1994 begins with "Mozilla/", or it is an old phone's and says so; whatever else calls is a program.

Losing a person weighs more than counting a bot: an app's own browser is a person's unless it owns up to being a robot.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shortlinks.clicks import agent_lists, parsed_agents
from shortlinks.clicks.parsed_agents import ParsedAgent

PARSED_CHARACTERS = 1_024
"""Longer agents are cut before they are parsed: the cost grows with the length, and browsers' stay below 700."""


@dataclass(frozen=True, slots=True)
class Agent:
    """`reason` is `human` or a reason of `classify.REASONS` that an agent can give.

    `app` is whose in-app browser it was, or whose preview; "" for neither. `device` is phone, tablet, desktop or other;
    `os` and `browser` are family names as ua-parser has them ("Other"). `rule` tells the service's owner what decided:
    `own rule: Instagram 4`, `is-bot: crawl`, `shape: no browser's`; "" where nothing spoke against a person.
    """

    reason: str
    app: str
    device: str
    os: str
    browser: str
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `agents.toml`: agents that the pattern is found in have this reason, and this app.

    `called` says it in words where what the pattern finds would not; "" elsewhere.
    """

    reason: str
    app: str
    called: str
    pattern: re.Pattern[str]


def _read_rules() -> tuple[tuple[Rule, ...], tuple[re.Pattern[str], ...]]:
    rows = tomllib.loads(Path(__file__).with_name("agents.toml").read_text("utf-8"))
    rules = (
        Rule(
            row["reason"],
            row.get("app", ""),
            row.get("called", ""),
            re.compile(row["pattern"], re.I if row["reason"] != "human" else 0),
        )
        for row in rows["rule"]
    )
    return tuple(rules), tuple(re.compile(row["pattern"]) for row in rows["harmless"])


RULES, HARMLESS = _read_rules()


def read(agent: str) -> Agent:
    """What the agent of a request is."""
    return _read(agent[:PARSED_CHARACTERS].strip())


@lru_cache(maxsize=8_192)
def _read(agent: str) -> Agent:
    if not agent:
        return Agent("empty_agent", "", "other", "Other", "Other", "")
    parsed = parsed_agents.read(agent)
    rest = _without_harmless(agent)
    reason, app, rule = _own(agent, rest) or _by_lists(agent, rest) or _by_shape(agent)
    return Agent(reason, app, _device(agent, parsed), parsed.os.family, parsed.browser.family, rule)


def load() -> None:
    """Load the parser of agents now, rather than with the first one that is read."""
    parsed_agents.read("")


def _without_harmless(agent: str) -> str:
    for pattern in HARMLESS:
        agent = pattern.sub("", agent)
    return agent


def _own(agent: str, rest: str) -> tuple[str, str, str] | None:
    decided = first_rule(agent, rest)
    if decided is None:
        return None
    rule, found = decided
    return rule.reason, rule.app, f"own rule: {rule.called or found[:40]}"


def first_rule(agent: str, rest: str) -> tuple[Rule, str] | None:
    """The row of `agents.toml` that decides, and what it found.

    An app's own browser is known by the whole agent, all else by the `rest`.
    """
    in_an_app = _BROWSER.match(agent) and not _OWNS_UP.search(rest) and not _named(agent)
    for rule in RULES:
        whole = rule.reason == "human"
        if whole and not in_an_app:
            continue
        if found := rule.pattern.search(agent if whole else rest):
            return rule, found[0]
    return None


_BROWSER = re.compile(r"Mozilla/|Opera/|\[FBAN/|\(null\) \[FBAN/")
_OTHER_BROWSER = re.compile(
    r"MIDP|CLDC|Opera[ /]|UCWEB|UCBrowser|UP\.(?:Browser|Link)|NetFront|Obigo|MAUI|WAP|Browser[/ ]|\.browser\b|Teleca|Openwave"
    r"|Mozilla ?/ ?\d|AppleWebKit|HbbTV|^(?:Nokia|SAMSUNG|SEC-|SonyEricsson|BlackBerry|MOT-|LG[-/]|Alcatel|HTC|Links|ELinks"
    r"|Lynx|w3m|Dillo|NetSurf|IBrowse|iCab|NCSA|AmigaVoyager)",
    re.I,
)
_OWNS_UP = re.compile(r"https?://|\bcompatible; ?[\w.-]*(?:bot|spider|crawler)\b", re.I)
# What is compatible and has a name is a robot, but for Internet Explorer, Konqueror, and whose system stands there.
_NAMED = re.compile(
    r"[(;,] ?(compatible; (?!(?:MSIE|IE|Konqueror|KHTML|AppleWebKit|Firefox|Opera|Windows|X11|Linux|Macintosh|Android|U)\b)"
    r"[\w!][\w! .-]{0,60}(?:/v?\d|\)))",
    re.I,
)
_A_ROBOT = re.compile(r"bot\b|crawl|spider|https?:|www\.|@", re.I)


def _named(agent: str) -> re.Match[str] | None:
    return _NAMED.search(agent) if agent.startswith("Mozilla/5.0") else None


def _by_lists(agent: str, rest: str) -> tuple[str, str, str] | None:
    """What the lists say. Only the first of them tells the kinds apart; the others know that it is a robot."""
    if (row := agent_lists.row(rest)) is not None:
        return agent_lists.kind(row), "", f"crawler-user-agents: {row['pattern']}"
    if agent_lists.listed(rest):
        return "crawler", "", "crawlerdetect"
    if _BROWSER.match(agent) or not _OTHER_BROWSER.search(agent) or _A_ROBOT.search(rest):
        word = agent_lists.word(rest)
        if word is not None:
            return _kind(rest), "", f"is-bot: {word[:40]}"
    return None


def _kind(agent: str) -> str:
    """A robot gives its name or somebody's address; a program that does neither only uses what it was built with."""
    return "crawler" if _BROWSER.match(agent) or _A_ROBOT.search(agent) else "library"


def _by_shape(agent: str) -> tuple[str, str, str]:
    if named := _named(agent):
        return "crawler", "", f"shape: {named[1][:40]}"
    if _BROWSER.match(agent) or _OTHER_BROWSER.search(agent):
        return "human", "", ""
    return _kind(agent), "", "shape: no browser's"


def _device(agent: str, parsed: ParsedAgent) -> str:
    # Android's browsers say "Mobile" on phones and not on tablets; `user-agents` looks for "Mobile Safari" only.
    if parsed.os.family == "Android" and re.search(r"\bMobile\b", agent):
        return "phone"
    if parsed.is_tablet:
        return "tablet"
    if parsed.is_mobile:
        return "phone"
    return "desktop" if parsed.is_pc else "other"
