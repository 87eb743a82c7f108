"""Outcomes for tests of what is told from them: posts of one Instagram profile with a bio link, noted a week after."""

from typing import Any

from shortlinks import times
from shortlinks.funnels.outcomes import Outcome, Reading

PUBLISHED = 1_795_000_000_000
BIO = "instagram/bio_link"
STICKER = "instagram/story_link_sticker"
_numbers = iter(range(10**9))


def reading(
    views: int, clicks: int = 0, *, age: int = 7 * times.DAY, spot: str = BIO, conversions: int = 0, **counts: int
) -> Reading:
    """A reading at `age` with clicks through one spot."""
    return Reading(
        at=PUBLISHED + age,
        counts={"views": views} | counts,
        precision={},
        clicks={spot: clicks},
        conversions=conversions,
    )


def outcome(*readings: Reading, **fields: Any) -> Outcome:
    last = readings[-1] if readings else None
    given: dict[str, Any] = {
        "post_id": f"post{next(_numbers)}",
        "title": "A reel",
        "platform": "instagram",
        "profile_id": "me",
        "kind": "video",
        "published_at": PUBLISHED,
        "spots": (BIO,),
        "readings": readings,
        "clicks": last.clicks if last else {},
        "conversions": last.conversions if last else 0,
    }
    return Outcome(**given | fields)


def post(views: int, clicks: int, **fields: Any) -> Outcome:
    """A post with one settled reading."""
    return outcome(reading(views, clicks), **fields)
