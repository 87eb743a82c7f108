"""Answers for tests of insights: all of them, over posts of one Instagram profile, two weeks after they came out."""

import json
from typing import Any

from outcome_cast import PUBLISHED, outcome, reading

from shortlinks import insights, times
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import Data, Insight

NOW = PUBLISHED + 14 * times.DAY
POSTS = "Posts on Instagram (bio link)"
STORIES = "Stories on Instagram (link sticker on a story)"
CODES = ["month", "path", "later", "support", "bystanders", "normal", "takes"]


def ask(*found: Outcome, now: int = NOW, **more: Any) -> dict[str, Insight]:
    """Every answer by its code; all of them must be JSON without NaN."""
    answers = insights.all_(Data(outcomes=found, handles={"me": "Instagram @me"}, **more), now=now)
    json.dumps([each.to_dict() for each in answers], allow_nan=False)
    return {each.code: each for each in answers}


def many(number: int, views: int, clicks: int, **counts: Any) -> list[Outcome]:
    return [outcome(reading(views, clicks, **counts)) for _ in range(number)]
