"""Findings: explanations of where a post's count drops off, each with its evidence and what to do next.

Pure. CODES is the catalogue. A finding claims no more than its confidence: `certain` follows from the numbers or from
what platforms document, `likely` rests on one source, `possible` is one explanation among others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shortlinks import placements, stats, times, wording
from shortlinks.placements import Placement

Severity = Literal["high", "medium", "low"]
Confidence = Literal["certain", "likely", "possible"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")

YOUNG = times.DAY
ENOUGH_CLICKS = 20
CLEARLY_FEW = 0.001


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the catalogue: what makes the finding appear, and the source of that rule."""

    trigger: str
    source: str


CODES = {
    "dead_placement": Code(
        "A link hangs where the platform shows it as mere text and nobody is expected to type it.",
        "placements.toml, with a source in each row",
    ),
    "too_early_to_tell": Code(
        "The numbers end within the first 24 hours of the post; or there are under 20 clicks, unless there are so many "
        "views that fewer than 1 click per 1,000 is certain all the same.",
        "Links on Facebook and Twitter have half of their clicks about 3 hours after the peak, on YouTube 7, and keep "
        "getting them for days (Bitly 2011; Gabielkov et al. 2016). Of two posts, one twice as good as the other, the "
        "exact test tells the better one 37 times in 100 at 10 against 20 clicks, 69 times at 20 against 40. Sellers "
        "of bio pages quote 1 to 3 clicks per 100 viewers: a tenth of that is few, however rough those figures.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One explanation. `evidence` holds the numbers it rests on, ready for JSON."""

    code: str
    severity: Severity
    title: str
    evidence: dict[str, Any]
    next_step: str
    confidence: Confidence

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def find(
    *,
    hung: Sequence[tuple[str, Placement]],
    human: int,
    views: int | None,
    published_at: int,
    as_of: int,
    snapshot_at: int | None,
) -> list[Finding]:
    """Everything to be said about a post, the gravest first.

    `hung` is its links that work, as (slug, placement); `human` the clicks by people up to the snapshot (all without
    one), `views` those of the snapshot, None where there are none that the clicks can be measured against. Times in
    milliseconds.
    """
    # A snapshot may be dated before the post, whose time can be changed; it is no less out for that.
    covered = as_of if snapshot_at is None else max(snapshot_at, min(as_of, published_at))
    found = [
        too_early_to_tell(human, views, age=covered - published_at, noted=snapshot_at is not None),
        dead_placement(hung),
    ]
    return sorted((finding for finding in found if finding), key=lambda finding: SEVERITIES.index(finding.severity))


def dead_placement(hung: Iterable[tuple[str, Placement]]) -> Finding | None:
    """Links that hang where nobody can tap them."""
    dead = [(slug, placement) for slug, placement in hung if placement.dead]
    if not dead:
        return None
    spots: dict[str, dict[str, None]] = {}
    for _, placement in dead:
        spots.setdefault(placement.platform, {})[placement.label] = None
    where = "; ".join(f"on {placements.platform_label(name)}: {', '.join(labels)}" for name, labels in spots.items())
    instead = [(f"{placements.platform_label(name)}: " if len(spots) > 1 else "") + _instead(name) for name in spots]
    documented = all(placement.confidence in ("official", "corroborated") for _, placement in dead)
    return Finding(
        code="dead_placement",
        severity="high",
        title=f"Nobody can tap {'this link' if len(dead) == 1 else f'{len(dead)} links'} {where}",
        evidence={
            "links": [
                {
                    "slug": slug,
                    "placement": placement.id,
                    "source": placement.source,
                    "source_confidence": placement.confidence,
                    "checked_on": placement.checked_on,
                }
                for slug, placement in dead
            ]
        },
        next_step=" ".join(instead),
        confidence="certain" if documented else "likely",
    )


def warnings(placement: Placement) -> list[tuple[str, str]]:
    """What to tell whoever hangs a link there, as (code, message): that nobody can tap it, and where they could."""
    if not placement.dead:
        return []
    message = f"Nobody can tap a link there ({placement.label}): it is mere text. {_instead(placement.platform)}"
    return [("dead_placement", message)]


def too_early_to_tell(human: int, views: int | None, *, age: int, noted: bool) -> Finding | None:
    """The post is too young, or its clicks too few, to call it good or bad.

    `age` is how old the post was (in milliseconds) when its numbers end: at the snapshot, or now without one (`noted`).
    """
    young = age < YOUNG
    interval = stats.rate(human, views) if views else None
    if not young and (human >= ENOUGH_CLICKS or (interval and interval.high < CLEARLY_FEW)):
        return None
    why = "Too early to tell"
    if age < 0:
        so_far, next_step = "the post is not out yet", "Its clicks count from now on; note its views once it is out."
    elif young:
        span = wording.duration(age) if age >= 2 * times.MINUTE else "minute"
        so_far = f"the numbers cover its first {span}" if noted else f"the post is {wording.age(age)}"
        next_step = (
            "Clicks keep coming for days." if views is None else "Clicks keep coming for days: note the views again."
        )
    else:
        why = "Too few clicks to tell"
        so_far, next_step = (
            f"{wording.plural(human, 'click')} so far",
            (
                f"Below about {ENOUGH_CLICKS} clicks, luck and a real difference look the same: judge it by the range, not "
                "by the number, and together with your other posts."
            ),
        )
    if views is None and age >= 0:
        next_step += " There are no views yet to measure the clicks against."
    evidence: dict[str, Any] = {"clicks": human, "clicks_needed": ENOUGH_CLICKS, "age_seconds": age // times.SECOND}
    if interval:
        evidence |= {"views": views, "low": interval.low, "high": interval.high, "level": interval.level}
    return Finding(
        code="too_early_to_tell",
        severity="low",
        title=f"{why}: {so_far}",
        evidence=evidence,
        next_step=next_step,
        confidence="certain",
    )


def _instead(platform: str) -> str:
    alternative = placements.alternative(platform)
    if alternative is None:
        return "Hang it where a tap opens it, or show a short one on screen for people to type."
    return f"Hang it where a tap opens it: {alternative}."
