"""What people call things. The nouns' own names stay what they are in URLs and in the API."""

from collections.abc import Mapping

from shortlinks import placements, target_health, wording
from shortlinks.placements import Placement
from shortlinks.target_health import Health

KINDS = {"video": "Video", "image": "Photo", "story": "Story", "text": "Text", "live": "Live", "pin": "Pin"}
_KINDS_OF = {
    "instagram": {"video": "Reel", "image": "Photo or carousel", "story": "Story", "live": "Live"},
    "tiktok": {"video": "Video", "image": "Photos", "story": "Story", "live": "Live"},
    "youtube": {"video": "Video or Short", "live": "Live", "text": "Community post"},
    "facebook": {"text": "Post", "image": "Photo", "video": "Reel or video", "story": "Story", "live": "Live"},
    "pinterest": {"pin": "Pin"},
    "twitch": {"live": "Stream", "video": "Video or clip"},
    "snapchat": {"story": "Snap or story", "video": "Spotlight"},
}
_POST = {"text": "Post", "image": "Photo", "video": "Video", "live": "Live"}
_POSTS = ("x", "threads", "bluesky", "mastodon", "linkedin", "reddit", "tumblr", "discord")

STEPS = {
    "views": "Views",
    "likes": "Likes",
    "reach": "Reach",
    "profile_visits": "Profile visits",
    "link_taps": "Link taps",
    "clicks": "Clicks",
    "arrivals": "Arrivals",
    "visitors": "Visitors",
    "conversions": "Conversions",
    "comments": "Comments",
    "shares": "Shares",
    "saves": "Saves",
    "non_followers": "Non-followers",
}

# One hit, several hits; see classify.REASONS for what each means.
REASONS = {
    "human": ("click by a person", "clicks by people"),
    "repeat": ("repeated tap", "repeated taps"),
    "self": ("tap of your own", "taps of your own"),
    "preview": ("link preview", "link previews"),
    "crawler": ("crawler", "crawlers"),
    "ai": ("AI agent", "AI agents"),
    "scanner": ("security scan", "security scans"),
    "library": ("program", "programs"),
    "monitor": ("uptime check", "uptime checks"),
    "headless": ("automated browser", "automated browsers"),
    "burst": ("tap in a burst", "taps in bursts"),
    "prefetch": ("prefetch", "prefetches"),
    "head": ("HEAD request", "HEAD requests"),
    "empty_agent": ("request without a user agent", "requests without a user agent"),
    "expired": ("visit after the link had ended", "visits after the link had ended"),
}


def platforms() -> list[tuple[str, str]]:
    """(name, label) of every platform."""
    return [(name, placements.platform_label(name)) for name in placements.platforms()]


def kinds(platform: str, *, present: str = "") -> list[tuple[str, str]]:
    """(kind, what it is called there) for a form, the likeliest first; behind them `present` where that is another kind."""
    found = _KINDS_OF.get(platform) or (_POST if platform in _POSTS else KINDS)
    likeliest = placements.default_kind(platform)
    other = {present: KINDS[present]} if present in KINDS and present not in found else {}
    return [*sorted(found.items(), key=lambda pair: pair[0] != likeliest), *other.items()]


def kind(platform: str, name: str) -> str:
    """What a kind of post is called on a platform: "Reel"."""
    return dict(kinds(platform)).get(name) or KINDS.get(name, name)


def ledger(counted: Mapping[str, int]) -> str:
    """How every hit was counted, in a sentence: `31 hits = 9 clicks by people + 14 link previews + 8 crawlers`."""
    parts = reasons(counted)
    return wording.plural(counted["hits"], "hit") + (f" = {' + '.join(parts)}" if parts else "")


def reasons(counted: Mapping[str, int], instead: Mapping[str, str] | None = None) -> list[str]:
    """The reasons that hits were given, each with its number: `14 link previews`; some called otherwise (`instead`)."""
    found = {name: count for name, count in counted.items() if name not in ("hits", "lost") and count}
    order = [*(name for name in REASONS if name in found), *sorted(name for name in found if name not in REASONS)]
    called = instead or {}
    return [called.get(name) or f"{wording.number(found[name])} {_reason(name, found[name])}" for name in order]


def sentence(text: str, label: str) -> str:
    """What is wrong with a field, as a sentence that begins with its `label`, with people's names for fields in it.

    A `text` that begins with a capital is a sentence of its own.
    """
    for name, step in STEPS.items():
        if "_" in name:
            text = text.replace(name, step.lower())
    whole = text if text[:1].isupper() else f"{label} {text}"
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def hit(reason: str) -> str:
    """What one hit of a reason is called: `Click by a person`."""
    name = _reason(reason, 1)
    return name[:1].upper() + name[1:]


def opened(reason: str) -> str:
    """What one hit of a bio page is called: `Opened by a person`."""
    return {"human": "Opened by a person", "self": "Opened by you"}.get(reason) or hit(reason)


def _reason(name: str, count: int) -> str:
    one, several = REASONS.get(name, (name.replace("_", " "),) * 2)
    return one if count == 1 else several


def age(milliseconds: int) -> str:
    """How old a post is; one that is planned has no age yet."""
    return "not out yet" if milliseconds < 0 else wording.age(milliseconds)


def instead(platform: str) -> str:
    """What to say where a link is hung in a dead spot of a platform: that it is dead, and where it is not."""
    other_way = placements.alternative(platform)
    use = f"On {placements.platform_label(platform)}, use {other_way}." if other_way else ""
    return f"Nobody can tap a link there. {use}".strip()


def placement_groups(platform: str, *, typing: bool = False) -> list[dict[str, object]]:
    """The placements of a platform for a form, in groups: to tap, elsewhere, to type, and where a link is dead.

    The first is open from the start, and with `typing` that of what people type.
    """
    rows = placements.of_platform(platform)
    own = placements.to_try(platform)
    label = placements.platform_label(platform)

    def group(title: str, kept: list[Placement], *, is_open: bool = False, warning: str = "") -> dict[str, object]:
        return {"title": title, "rows": kept, "open": is_open, "warning": warning}

    return [
        group("Can be tapped", [row for row in own if row.clickable], is_open=True),
        group("Outside of the platform", [row for row in rows if row.clickable and row not in own]),
        group("Shown or said, to be typed", [row for row in rows if row.typed], is_open=typing),
        group(f"Cannot be tapped ({label})", [row for row in rows if row.dead], warning=instead(platform)),
    ]


def seen(health: Health, now: int) -> str:
    """When our server looked at a link's target, and whether it worked: `It worked 10 minutes ago.`"""
    ago = wording.duration(max(0, now - health.checked_at))
    match target_health.state(health, now):
        case "ok":
            return f"It worked {ago} ago."
        case "unknown":
            return "Our server cannot tell whether it works."
        case _:
            return f"Our server last looked {ago} ago."
