"""Insights: what all posts together answer to the creator's questions. Pure; `insight_reports` reads the data and keeps them.

One module a question. Each gives an answer from whatever there is, also from nothing: then the answer says what is missing.
"""

from shortlinks.insights import bystanders, later, month, normal, path, support, takes
from shortlinks.insights.insight import Data as Data
from shortlinks.insights.insight import Insight as Insight
from shortlinks.insights.insight import Picture as Picture
from shortlinks.insights.insight import Point as Point
from shortlinks.insights.insight import Sure as Sure

_QUESTIONS = (month, path, later, support, bystanders, normal, takes)


def all_(data: Data, *, now: int) -> list[Insight]:
    """The answer to each question at `now` (milliseconds), in the order in which they are shown."""
    return [question.answer(data, now=now) for question in _QUESTIONS]
