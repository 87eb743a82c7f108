"""Cases for tests of findings: a ten-day-old reel with plenty of clicks from its bio link, about which nothing is said.

Where there are clicks, one of them bought.
"""

from dataclasses import replace
from typing import Any

from outcome_cast import BIO, PUBLISHED, outcome, reading

from shortlinks import times
from shortlinks.findings import findings
from shortlinks.findings.cases import Account, Case, Hit, Hung, Target
from shortlinks.findings.finding import Finding
from shortlinks.funnels import expectation
from shortlinks.funnels.outcomes import Outcome, Reading
from shortlinks.placements import placements
from shortlinks.snapshots.snapshots import Snapshot

DAY, HOUR, MINUTE = times.DAY, times.HOUR, times.MINUTE
CAPTION = "instagram/reel_caption"
SPOKEN = "instagram/spoken"
WEBSITE_FIELD = "tiktok/bio_website_field"
LINKEDIN = "linkedin/post"


def hung(spot: str = BIO, slug: str = "k7m2p", **fields: Any) -> Hung:
    """A link made an hour before the post was out, which has hung there since."""
    made_at = fields.pop("made_at", PUBLISHED - HOUR)
    given: dict[str, Any] = {
        "slug": slug,
        "short_url": f"https://go.example/{slug}",
        "placement": placements.by_id(spot),
        "made_at": made_at,
        "stays": ((made_at, None),),
        "working": True,
    }
    return Hung(**given | fields)


def broken(state: str = "broken", **fields: Any) -> Target:
    return Target("https://shop.example/mug", state, **fields)


def snapshot(at: int = PUBLISHED + 9 * DAY, *, precision: dict[str, int] | None = None, **counts: Any) -> Snapshot:
    names = ("views", "likes", "reach", "comments", "shares", "saves", "profile_visits", "link_taps")
    numbers: dict[str, Any] = dict.fromkeys(names) | counts
    return Snapshot(id="s", post_id="p", taken_at=at, precision=precision or {}, source="typed", **numbers)


def hits(
    *reasons: str, start: int = PUBLISHED - HOUR + MINUTE, slug: str = "k7m2p", step: int = MINUTE
) -> tuple[Hit, ...]:
    """One hit a minute, from a minute after the link was made."""
    return tuple(Hit(start + number * step, slug, reason) for number, reason in enumerate(reasons))


def case(views: int | None = 12_400, clicks: int = 60, **fields: Any) -> Case:
    """The reel, as of its tenth day, noted on the ninth; `others` make its expected range, `counts` are further numbers.

    `seen` are its readings where the one of the snapshot will not do; `followers` are how many the account has, and the rounding.
    """
    counts, precision = fields.pop("counts", {}), fields.pop("precision", {})
    age = fields.pop("age", 9 * DAY)
    others: tuple[Outcome, ...] = tuple(fields.pop("others", ()))
    seen: tuple[Reading, ...] | None = fields.pop("seen", None)
    if seen is None:
        one = () if views is None else (reading(views, clicks, age=age, **counts),)
        seen = tuple(replace(each, precision=precision) for each in one)
    noted = {} if views is None else {"views": views}
    followers: tuple[int, int] | None = fields.pop("followers", None)
    own = outcome(*seen, contested=fields.pop("contested", 0), elsewhere=fields.pop("elsewhere", 0))
    given: dict[str, Any] = {
        "platform": "instagram",
        "kind": "video",
        "account": None if followers is None else Account("personal", *followers),
        "published_at": PUBLISHED,
        "created_at": PUBLISHED - HOUR,
        "as_of": PUBLISHED + 10 * DAY,
        "snapshot": snapshot(PUBLISHED + age, precision=precision, **noted | counts) if noted or counts else None,
        "links": (hung(),),
        "ledger": {"human": clicks},
        "clicks": clicks,
        "viewers": clicks,
        "visitors": clicks,
        "conversions": min(clicks, 1),
        "non_followers": None,
        "own": own,
        "others": others,
        "expected": expectation.of_outcome(own, others),
    }
    return Case(**given | fields)


def usual(clicks: int = 60, views: int = 10_000, posts: int = 8, **counts: int) -> tuple[Outcome, ...]:
    """Other posts, each with so many clicks on so many views."""
    return tuple(outcome(reading(views, clicks, **counts)) for _ in range(posts))


def codes(given: Case) -> list[str]:
    return [finding.code for finding in findings.find(given)]


def one(given: Case, code: str) -> Finding:
    (found,) = (finding for finding in findings.find(given) if finding.code == code)
    return found
