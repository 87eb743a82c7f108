"""How we count, as facts that anybody may read and check: pure. What `/how-we-count` shows and its JSON holds.

The reasons and their order come from the module that decides by them, so this cannot say anything else.
"""

import json
from pathlib import Path
from typing import Any

from shortlinks import times
from shortlinks.clicks import classify, clicks, neighbours, selves, sources
from shortlinks.words import wording
from shortlinks.words.language import N_, _, pgettext

_REFERRER_LIMIT = 2_048

ACCURACY: dict[str, Any] = json.loads(Path(__file__).with_name("accuracy.json").read_text("utf-8"))
"""What `make accuracy` found last, see `bench.accuracy`."""

_WINDOWS = ("repeat", "burst of a visitor", "burst of a network", "own test")
"""What the JSON calls what is too often; the page tells it without a name."""

_VISITORS = (
    N_("A visitor is an address with a user agent, within one day."),
    N_("Both are hashed with a random key of that day. The address itself is never written down."),
    N_(
        "The key is forgotten within 48 hours. From then on nobody can tell whose hash it was, or that two days' are the same."
    ),
    N_("Of the page that a visitor came from, only the host is kept."),
    N_("A link can hand its click's id on to the shop, if its owner chose so. That names the click, not the visitor."),
)
_NOT_DONE = (
    N_("No cookie is set on visitors."),
    N_(
        "No fingerprint is taken: nothing runs in the visitor's browser, and only what every request bears is looked at."
    ),
    N_("No visitor is followed from one day to the next."),
    N_(
        "Nothing is hidden: what is not a person is counted and shown with its reason, so that hits are the sum over all "
        "reasons."
    ),
)


def facts(*, retention_days: int, limits: neighbours.Limits) -> dict[str, Any]:
    """Everything that decides how a request is counted, ready to be shown or sent as JSON.

    `retention_days` is how long single clicks are kept, `limits` what the service was told of repeats and bursts.
    """
    return {
        "classifier_version": classify.VERSION,
        "reasons": [
            {"reason": reason, "meaning": meaning, "example": _example(classify.EXAMPLES[reason])}
            for reason, meaning in classify.meanings().items()
        ],
        "windows": _windows(limits),
        "lists": classify.LISTS,
        "accuracy": ACCURACY,
        "app": _app(),
        "pastes": _pastes(),
        "visitors": [_(sentence) for sentence in _VISITORS],
        "countries": _countries(),
        "retention": {
            "single_clicks_days": retention_days,
            "single_clicks_days_at_most": retention_days + 2,
            "counts": _("for good"),
        },
        "not_done": [_(sentence) for sentence in _NOT_DONE],
    }


def _windows(limits: neighbours.Limits) -> list[dict[str, Any]]:
    repeats = _("Repeated taps are counted here.")
    if limits.repeat:
        repeats = _(
            "A tap of the same link by the same visitor sooner than this after the last one is a repeat. The first one counts, "
            "so a repeat never takes back a click that was counted."
        )
    of_visitor = _("More by one visitor, on all links of a post, are a burst.")
    of_network = _("More that would count from one network are a burst.")
    own = _("For so long after creators say that they are testing, all taps from their network are theirs.")
    rows = (
        (limits.repeat // times.SECOND, _("seconds"), repeats),
        (limits.visitor, _("taps a minute"), of_visitor),
        (limits.network, _("taps a minute"), of_network),
        (selves.TEST // times.MINUTE, _("minutes"), own),
    )
    return [
        {"name": name, "value": value, "unit": unit, "meaning": meaning}
        for name, (value, unit, meaning) in zip(_WINDOWS, rows, strict=True)
    ]


def _app() -> list[str]:
    return [
        _("The app that has the browser built in, where the user agent names one"),
        _("else the network that the referrer names ({number} are known by name)", number=len(sources.NETWORKS) - 1),
        _(
            "else the click id that a network adds to the address ({names}), whose value is not kept",
            names=", ".join(sources.CLICK_IDS),
        ),
    ]


def _pastes() -> str:
    return _(
        "A preview by {apps} is fetched by the sender's own device, so it tells that somebody pasted the link into a chat. "
        "What the same device fetches sooner than {minutes} minutes after another of the post's links is of the same paste, "
        "and what comes while creators test from their network is none. Previews of other apps are shown apart: they tell no "
        "number of people or chats.",
        apps=wording.either(neighbours.SENDERS_OWN),
        minutes=neighbours.PASTE // times.MINUTE,
    )


def _countries() -> str:
    return _(
        "The country is the one that an address was assigned to, by the public delegation statistics of the regional internet "
        "registries (AFRINIC, APNIC, ARIN, LACNIC, RIPE NCC). It is looked up on this machine, and nobody is asked."
    )


def _example(example: classify.Example) -> dict[str, Any]:
    return {"method": example.method, "headers": dict(example.headers), "when": _(example.when) if example.when else ""}


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
        "meaning": classify.meaning(verdict.reason),
        "app": verdict.app,
        "device": verdict.device,
        "os": verdict.os,
        "browser": verdict.browser,
        "referrer": came_from,
        "country": country,
        "sentence": ": ".join(filter(None, (verdict.reason, facts))) + ".",
    }


def device(name: str) -> str:
    """What people call a device of `classify.Verdict`; any other text as it is, such as `tally.UNKNOWN`."""
    names = {
        "phone": pgettext("device", "phone"),
        "tablet": pgettext("device", "tablet"),
        "desktop": pgettext("device", "desktop"),
        "other": pgettext("device", "other"),
    }
    return names.get(name, name)


def described(*, app: str, device: str, os: str, browser: str, country: str, referrer: str) -> str:
    """Who made a request, in words: `Safari on iOS, a phone, from Instagram, in DE`. "" where nothing is known."""
    devices = {"phone": _("a phone"), "tablet": _("a tablet"), "desktop": _("a desktop")}
    known = [name for name in (browser, os) if name != "Other"]
    parts = [_("{browser} on {system}", browser=browser, system=os) if len(known) == 2 else "".join(known)]
    parts += [devices[device]] if device in devices else []
    # The app is often the network that the referrer names.
    parts += [_("from {place}", place=place) for place in dict.fromkeys((app, referrer)) if place]
    parts += [_("in {country}", country=country)] if country else []
    return ", ".join(filter(None, parts))
