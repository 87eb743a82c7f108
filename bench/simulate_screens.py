"""Does any screen say nothing but that nothing can be told? Small creators of four weeks with 15 posts, as they are shown."""

import re
from collections import defaultdict
from dataclasses import replace

import numpy as np

from bench import simulated
from bench.simulated import Creator, Found, share
from shortlinks import insights, times
from shortlinks.funnels import expectation, outcomes, pools
from shortlinks.funnels.outcomes import Outcome

POSTS = 15
_WORLD = simulated.SMALL._replace(posts=(POSTS, POSTS))
_NOW = times.FOUR_WEEKS
_LIKES = 0.06
_TELLS_NOTHING = re.compile(r"\b(cannot|can't|not) (be told|tell|say)\b|\btoo early\b|\bno history\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def check(creators: int, seed: int) -> list[Found]:
    """The share of screens of each kind on which every sentence says that something cannot be told, or none is there."""
    draw = simulated.generator(seed)
    found = defaultdict[str, list[bool]](list)
    for creator in simulated.creators(_WORLD, max(20, creators // 10), seed):
        for name, text in _screens(_posts(creator, draw)):
            found[name].append(empty(text))
    return [share(f"only “cannot tell” on {name}", hits, high=0.0) for name, hits in found.items()]


def empty(text: str) -> bool:
    """Whether nothing is told: no sentence, or each says that something cannot be."""
    sentences = [sentence for sentence in _SENTENCES.split(text.strip()) if sentence]
    return all(_TELLS_NOTHING.search(sentence) for sentence in sentences)


def _screens(found: list[Outcome]) -> list[tuple[str, str]]:
    """What stands on the page of answers, each answer, the pooled rates above the list of posts, and each post's range."""
    answers = insights.all_(insights.Data(outcomes=found, handles={"me": "Instagram @me"}), now=_NOW)
    ranges = [expectation.of_outcome(post, outcomes.alike(post, found)).sentence for post in found]
    return [
        ("the page of answers", " ".join(each.answer for each in answers)),
        *(("an answer", each.answer) for each in answers),
        ("the list of posts", " ".join(pool.sentence for pool in pools.of(found, now=_NOW))),
        *(("the page of a post", text) for text in ranges),
    ]


def _posts(creator: Creator, draw: np.random.Generator) -> list[Outcome]:
    """A post about every other day, newest first, each read at a day, or at a week where it is old enough."""
    found = []
    for place, sample in enumerate(creator.samples):
        published = _NOW - int((place + 1) * _NOW / (POSTS + 1))
        likes = int(draw.poisson(_LIKES * sample.base))
        made = simulated.post(str(place), {"views": sample.base, "likes": likes}, sample.count)
        age = min(7 * times.DAY, _NOW - published)
        readings = tuple(replace(reading, at=published + age) for reading in made.readings)
        found.append(replace(made, published_at=published, readings=readings))
    return found
