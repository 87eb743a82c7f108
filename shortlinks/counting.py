"""How we count, as facts that anybody may read and check: pure. What `/how-we-count` shows and its JSON holds.

The reasons and their order come from the module that decides by them, so this cannot say anything else.
"""

import json
from pathlib import Path
from typing import Any

from shortlinks import agent_lists, classify, clicks, neighbours, selves, sources, times

_REFERRER_LIMIT = 2_048

ACCURACY: dict[str, Any] = json.loads(Path(__file__).with_name("accuracy.json").read_text("utf-8"))
"""What `make accuracy` found last, see `bench.accuracy`."""

APP = (
    "The app that has the browser built in, where the user agent names one",
    f"else the network that the referrer names ({len(sources.NETWORKS) - 1} are known by name)",
    f"else the click id that a network adds to the address ({', '.join(sources.CLICK_IDS)}), whose value is not kept",
)
VISITORS = (
    "A visitor is an address with a user agent, within one day.",
    "Both are hashed with a random key of that day. The address itself is never written down.",
    "The key is forgotten within 48 hours. From then on nobody can tell whose hash it was, or that two days' are the same.",
    "Of the page that a visitor came from, only the host is kept.",
    "A link can hand its click's id on to the shop, if its owner chose so. That names the click, not the visitor.",
)
_SENDERS = " or ".join(neighbours.SENDERS_OWN)
PASTES = (
    f"A preview by {_SENDERS} is fetched by the sender's own device, so it tells that somebody pasted the link into a chat. "
    f"What the same device fetches sooner than {neighbours.PASTE // times.MINUTE} minutes after another of the post's links is "
    "of the same paste, and what comes while creators test from their network is none. Previews of other apps are shown apart: "
    "they tell no number of people or chats."
)
COUNTRIES = (
    "The country is the one that an address was assigned to, by the public delegation statistics of the regional internet "
    "registries (AFRINIC, APNIC, ARIN, LACNIC, RIPE NCC). It is looked up on this machine, and nobody is asked."
)
REPEATS = (
    "A tap of the same link by the same visitor sooner than this after the last one is a repeat. The first one counts, so "
    "a repeat never takes back a click that was counted."
)
NO_REPEATS = "Repeated taps are counted here."
NOT_DONE = (
    "No cookie is set on visitors.",
    "No fingerprint is taken: nothing runs in the visitor's browser, and only what every request bears is looked at.",
    "No visitor is followed from one day to the next.",
    "Nothing is hidden: what is not a person is counted and shown with its reason, so that hits are the sum over all reasons.",
)


def facts(*, retention_days: int, limits: neighbours.Limits) -> dict[str, Any]:
    """Everything that decides how a request is counted, ready to be shown or sent as JSON.

    `retention_days` is how long single clicks are kept, `limits` what the service was told of repeats and bursts.
    """
    return {
        "classifier_version": classify.VERSION,
        "reasons": [
            {"reason": reason, "meaning": meaning, "example": _example(classify.EXAMPLES[reason])}
            for reason, meaning in classify.REASONS.items()
        ],
        "windows": _windows(limits),
        "lists": agent_lists.VERSIONS,
        "accuracy": ACCURACY,
        "app": list(APP),
        "pastes": PASTES,
        "visitors": list(VISITORS),
        "countries": COUNTRIES,
        "retention": {
            "single_clicks_days": retention_days,
            "single_clicks_days_at_most": retention_days + 2,
            "counts": "for good",
        },
        "not_done": list(NOT_DONE),
    }


def _windows(limits: neighbours.Limits) -> list[dict[str, Any]]:
    rows = (
        ("repeat", limits.repeat // times.SECOND, "seconds", REPEATS if limits.repeat else NO_REPEATS),
        (
            "burst of a visitor",
            limits.visitor,
            "taps a minute",
            "More by one visitor, on all links of a post, are a burst.",
        ),
        ("burst of a network", limits.network, "taps a minute", "More that would count from one network are a burst."),
        (
            "own test",
            selves.TEST // times.MINUTE,
            "minutes",
            "For so long after creators say that they are testing, all taps from their network are theirs.",
        ),
    )
    return [dict(zip(("name", "value", "unit", "meaning"), row, strict=True)) for row in rows]


def _example(example: classify.Example) -> dict[str, Any]:
    return {"method": example.method, "headers": dict(example.headers), "when": example.when}


def check(agent: str, referrer: str, *, method: str = "GET", signals: str = "", country: str = "") -> dict[str, str]:
    """How one request would be counted, with the meaning of its reason and a `sentence` that says all of it.

    `agent` and `referrer` are cut as those of a click are. `signals` as in `clicks`.
    """
    origin = clicks.origin(referrer[:_REFERRER_LIMIT])
    verdict = classify.classify(method, signals, clicks.clean(agent, clicks.AGENT_LIMIT), origin)
    came_from = sources.name(origin)
    facts = described(
        app=verdict.app,
        device=verdict.device,
        os=verdict.os,
        browser=verdict.browser,
        country=country,
        referrer=came_from,
    )
    return {
        "reason": verdict.reason,
        "meaning": classify.REASONS[verdict.reason],
        "app": verdict.app,
        "device": verdict.device,
        "os": verdict.os,
        "browser": verdict.browser,
        "referrer": came_from,
        "country": country,
        "sentence": ": ".join(filter(None, (verdict.reason, facts))) + ".",
    }


def described(*, app: str, device: str, os: str, browser: str, country: str, referrer: str) -> str:
    """Who made a request, in words: `Safari on iOS, a phone, from Instagram, in DE`. "" where nothing is known."""
    parts = [" on ".join(name for name in (browser, os) if name != "Other")]
    parts += [f"a {device}"] if device != "other" else []
    # The app is often the network that the referrer names.
    parts += [f"from {place}" for place in dict.fromkeys((app, referrer)) if place]
    parts += [f"in {country}"] if country else []
    return ", ".join(filter(None, parts))
