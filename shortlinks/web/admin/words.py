"""What people call things. The nouns' own names stay what they are in URLs and in the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shortlinks.clicks import classify
from shortlinks.links import target_health
from shortlinks.links.target_health import Health
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.posts import permalinks
from shortlinks.snapshots import number_labels
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

# What is said of a table is looked up with `_`.
KINDS = {
    "video": N_("Video"),
    "image": N_("Photo"),
    "story": N_("Story"),
    "text": N_("Text"),
    "live": N_("Live"),
    "pin": N_("Pin"),
}
_KINDS_OF = {
    "instagram": {"video": N_("Reel"), "image": N_("Photo or carousel"), "story": N_("Story"), "live": N_("Live")},
    "tiktok": {"video": N_("Video"), "image": N_("Photos"), "story": N_("Story"), "live": N_("Live")},
    "youtube": {"video": N_("Video or Short"), "live": N_("Live"), "text": N_("Community post")},
    "facebook": {
        "text": N_("Post"),
        "image": N_("Photo"),
        "video": N_("Reel or video"),
        "story": N_("Story"),
        "live": N_("Live"),
    },
    "pinterest": {"pin": N_("Pin")},
    "twitch": {"live": N_("Stream"), "video": N_("Video or clip")},
    "snapchat": {"story": N_("Snap or story"), "video": N_("Spotlight")},
}
_POST = {"text": N_("Post"), "image": N_("Photo"), "video": N_("Video"), "live": N_("Live")}
_POSTS = ("x", "threads", "bluesky", "mastodon", "linkedin", "reddit", "tumblr", "discord")

STEPS = {
    **number_labels.LABELS,
    "clicks": N_("Clicks"),
    "arrivals": N_("Arrivals"),
    "visitors": N_("Visitors"),
    "conversions": N_("Conversions"),
}

# What one hit is called, and so many of them; see classify.REASONS for what each means.
REASONS: dict[str, tuple[str, Callable[[int], str]]] = {
    "human": (
        N_("Click by a person"),
        lambda count: ngettext("{count} click by a person", "{count} clicks by people", count),
    ),
    "repeat": (N_("Repeated tap"), lambda count: ngettext("{count} repeated tap", "{count} repeated taps", count)),
    "self": (
        N_("Tap of your own"),
        lambda count: ngettext("{count} tap of your own", "{count} taps of your own", count),
    ),
    "preview": (N_("Link preview"), lambda count: ngettext("{count} link preview", "{count} link previews", count)),
    "crawler": (N_("Crawler"), lambda count: ngettext("{count} crawler", "{count} crawlers", count)),
    "ai": (N_("AI agent"), lambda count: ngettext("{count} AI agent", "{count} AI agents", count)),
    "scanner": (N_("Security scan"), lambda count: ngettext("{count} security scan", "{count} security scans", count)),
    "library": (N_("Program"), lambda count: ngettext("{count} program", "{count} programs", count)),
    "monitor": (N_("Uptime check"), lambda count: ngettext("{count} uptime check", "{count} uptime checks", count)),
    "headless": (
        N_("Automated browser"),
        lambda count: ngettext("{count} automated browser", "{count} automated browsers", count),
    ),
    "burst": (N_("Tap in a burst"), lambda count: ngettext("{count} tap in a burst", "{count} taps in bursts", count)),
    "prefetch": (N_("Prefetch"), lambda count: ngettext("{count} prefetch", "{count} prefetches", count)),
    "head": (N_("HEAD request"), lambda count: ngettext("{count} HEAD request", "{count} HEAD requests", count)),
    "empty_agent": (
        N_("Request without a user agent"),
        lambda count: ngettext("{count} request without a user agent", "{count} requests without a user agent", count),
    ),
    "expired": (
        N_("Visit after the link had ended"),
        lambda count: ngettext(
            "{count} visit after the link had ended", "{count} visits after the link had ended", count
        ),
    ),
}

_ACCOUNTS = {"personal": N_("Personal"), "business": N_("Business"), "creator": N_("Creator")}


def accounts() -> list[tuple[str, str]]:
    """(kind, label) of every kind of account."""
    return [(name, _(label)) for name, label in _ACCOUNTS.items()]


def account(kind: str) -> str:
    """What a kind of account is called: "Business"."""
    return _(_ACCOUNTS[kind])


def platforms() -> list[tuple[str, str]]:
    """(name, label) of every platform."""
    return [(name, placements.platform_label(name)) for name in placements.platforms()]


def kinds(platform: str, *, present: str = "") -> list[tuple[str, str]]:
    """(kind, what it is called there) for a form, the likeliest first; behind them `present` where that is another kind."""
    found = _KINDS_OF.get(platform) or (_POST if platform in _POSTS else KINDS)
    likeliest = placements.default_kind(platform)
    order = sorted(found, key=lambda name: name != likeliest)
    other = [(present, _(KINDS[present]))] if present in KINDS and present not in found else []
    return [*((name, _(found[name])) for name in order), *other]


def kind(platform: str, name: str) -> str:
    """What a kind of post is called on a platform: "Reel"."""
    return dict(kinds(platform, present=name)).get(name, name)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How every hit was counted.

    `hits` (`31 hits`) is the sum of `parts`, each with what it means (`14 link previews`, `A messenger or …`); `short` says
    how many of them are no clicks by people (`31 hits: 22 left out`).
    """

    hits: str
    short: str
    parts: Sequence[tuple[str, str]]


def ledger(counted: Mapping[str, int]) -> Ledger:
    """How the hits of a post were counted, from its ledger."""
    hits, left = wording.plural(counted["hits"], "hit"), counted["hits"] - counted["human"]
    return Ledger(
        hits=hits,
        short=_("{hits}: {left} left out", hits=hits, left=left) if left else _("{hits}: none left out", hits=hits),
        parts=[
            (_counted(name, counted[name]), classify.meaning(name) if name in classify.REASONS else "")
            for name in _found(counted)
        ],
    )


def reasons(counted: Mapping[str, int], instead: Mapping[str, str] | None = None) -> list[str]:
    """The reasons that hits were given, each with its number: `14 link previews`; some called otherwise (`instead`)."""
    called = instead or {}
    return [called.get(name) or _counted(name, counted[name]) for name in _found(counted)]


def _found(counted: Mapping[str, int]) -> list[str]:
    """The reasons that any hit was given, in the order in which they are told."""
    found = {name for name, count in counted.items() if name not in ("hits", "lost") and count}
    return [*(name for name in REASONS if name in found), *sorted(found.difference(REASONS))]


def sentence(text: str, label: str) -> str:
    """What is wrong with a field, as a sentence that begins with its `label`, with people's names for fields in it.

    A `text` that begins with a capital is a sentence of its own.
    """
    for name in STEPS:
        if "_" in name:
            text = text.replace(name, wording.small(step(name)))
    whole = text if not label or text[:1].isupper() else _("{field} {error}", field=label, error=text)
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def step(name: str) -> str:
    """What a step of a funnel, or another number of a post, is called: `Profile visits`."""
    return _(STEPS[name])


def hit(reason: str) -> str:
    """What one hit of a reason is called: `Click by a person`."""
    return _(REASONS[reason][0]) if reason in REASONS else wording.capital(reason.replace("_", " "))


def opened(reason: str) -> str:
    """What one hit of a bio page is called: `Opened by a person`."""
    if reason == "human":
        return _("Opened by a person")
    return _("Opened by you") if reason == "self" else hit(reason)


def _counted(reason: str, count: int) -> str:
    if reason in REASONS:
        return REASONS[reason][1](count)
    return f"{wording.number(count)} {reason.replace('_', ' ')}"


def age(milliseconds: int) -> str:
    """How old a post is; one that is planned has no age yet."""
    return _("not out yet") if milliseconds < 0 else wording.age(milliseconds)


def instead(platform: str, format_: str | None = None) -> str:
    """What to say where a link is hung in a dead spot of a platform: that it is dead, and where it is not."""
    dead = _("Nobody can tap a link there.")
    return f"{dead} {other_way(platform, format_)}".strip()


def other_way(platform: str, format_: str | None = None) -> str:
    """Where a link can be tapped on a platform that has dead spots, as a sentence; "" where it has none."""
    spot = placements.alternative(platform, format_)
    return _("On {platform}, use {spot}.", platform=placements.platform_label(platform), spot=spot) if spot else ""


def placement_groups(platform: str, *, permalink: str | None = None, typing: bool = False) -> list[dict[str, object]]:
    """The placements of a platform for a form, in groups: to tap, elsewhere, to type, and where a link is dead.

    Where the post's address tells its format, only those that it has. The first group is open from the start, and with
    `typing` that of what people type.
    """
    format_ = permalinks.format_on(platform, permalink)
    rows = placements.of_platform(platform, format_)
    own = placements.to_try(platform, format_)
    label = placements.platform_label(platform)

    def group(title: str, kept: list[Placement], *, is_open: bool = False, warning: str = "") -> dict[str, object]:
        return {"title": title, "rows": kept, "open": is_open, "warning": warning}

    return [
        group(_("Can be tapped"), [row for row in own if row.clickable], is_open=True),
        group(_("Outside of the platform"), [row for row in rows if row.clickable and row not in own]),
        group(_("Shown or said, to be typed"), [row for row in rows if row.typed], is_open=typing),
        group(
            _("Cannot be tapped ({platform})", platform=label),
            [row for row in rows if row.dead],
            warning=instead(platform, format_),
        ),
    ]


def seen(health: Health, now: int) -> str:
    """When our server looked at a link's target, and whether it worked: `It worked 10 minutes ago.`"""
    ago = wording.duration(max(0, now - health.checked_at))
    match target_health.state(health, now):
        case "ok":
            return _("It worked {duration} ago.", duration=ago)
        case "unknown":
            return _("Our server cannot tell whether it works.")
        case _:
            return _("Our server last looked {duration} ago.", duration=ago)
