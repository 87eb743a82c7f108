"""Do people leave it to others? What is claimed of likes and clicks, and drawn where a bio link is shared."""

import random
from dataclasses import replace

from insight_cast import ask, many
from outcome_cast import outcome, post, reading

from shortlinks.funnels.outcomes import Outcome


def with_likes(number: int, slope: float) -> list[Outcome]:
    """Posts of the same views, whose clicks follow their likes with this power."""
    drawn = random.Random(7)
    found = []
    for _ in range(number):
        likes, views = round(60 * 2 ** drawn.gauss(0, 1)), drawn.randint(8_000, 12_000)
        found.append(outcome(reading(views, round(views * 0.006 * (likes / 60) ** slope), likes=likes)))
    return found


def test_bystanders_are_a_scatter_below_25_posts_and_tested_from_there() -> None:
    few = ask(*with_likes(24, -1))["bystanders"]
    assert few.answer == (
        "Too few posts to say: 24 posts that can be compared, and it takes 25, so 1 more. Until then a line through the "
        "dots would be luck."
    )
    assert (few.sure, few.evidence["correlation"], len(few.picture.points)) == ("cannot_tell_yet", None, 24)
    enough = ask(*with_likes(25, -1))["bystanders"]
    assert enough.evidence["claim"]
    assert enough.answer.startswith(
        "It looks like it: among 25 posts, those with more likes get fewer clicks at equal views"
    )
    assert "Where likes double, clicks per view are between 0.49 and 0.49 times as many." in enough.answer
    assert "association" in enough.how_sure
    assert "coin-flip" in enough.settle


def test_bystanders_are_not_claimed_where_likes_say_nothing_or_the_opposite() -> None:
    assert ask(*with_likes(40, 0))["bystanders"].answer.startswith("No sign of it")
    opposite = ask(*with_likes(40, 1))["bystanders"]
    assert opposite.answer.startswith("No sign of it")
    assert not opposite.evidence["claim"]
    assert "no click on any of them" in ask(*many(30, 1_000, 0, likes=9))["bystanders"].answer


def turned(found: list[Outcome], part: float) -> list[Outcome]:
    """The same posts with a bio link turned from one to the next: of its clicks each may have so many more, or fewer."""
    off = [round(part * post.human) for post in found]
    return [replace(post, contested=each, elsewhere=each) for post, each in zip(found, off, strict=True)]


def test_of_posts_that_share_a_bio_link_bystanders_draw_the_range() -> None:
    shared = [post(1_000, 4, readings=(reading(1_000, 4, likes=70),), contested=2, elsewhere=3)] * 15
    told = ask(*shared, outcome(reading(500, 1, likes=20)))["bystanders"]
    assert told.answer.startswith("Too few posts to say: 16 posts that can be compared, and it takes 25, so 9 more. ")
    assert told.answer.endswith(
        " Of 15 posts not every click is known to be its own, because the bio link is shared: each has a bar, from the "
        "fewest that may be to the most, and a dot at those recorded for it."
    )
    first, *_, last = told.picture.points
    assert (first.value, first.low, first.high) == (4.0, 2.0, 7.0)
    assert first.text == "1,000 views, 70 likes, 4 clicks (at least 2, at most 7)"
    assert (last.value, last.low, last.high, last.text) == (2.0, None, None, "500 views, 20 likes, 1 click")
    assert told.picture.title.endswith("its bar goes from the fewest clicks that may be its own to the most")
    counted = ("posts", "ranged", "clicks", "clicks_at_least", "clicks_at_most")
    assert [told.evidence[name] for name in counted] == [16, 15, 61, 31, 106]
    assert "bio link" not in ask(*with_likes(24, -1))["bystanders"].answer


def test_bystanders_are_claimed_only_where_it_does_not_matter_whose_the_clicks_were() -> None:
    sure = ask(*turned(with_likes(25, -1), 0.2))["bystanders"]
    assert (sure.evidence["claim"], sure.evidence["agreed"], sure.sure) == (True, True, "likely")
    assert sure.answer.startswith(
        "It looks like it: among 25 posts, those with more likes get fewer clicks at equal views"
    )
    assert "whether with the clicks recorded for each post, the fewest or the most" in sure.how_sure
    for ends in ({"contested": 10**6}, {"elsewhere": 10**6}):
        found = [replace(post, **ends) for post in with_likes(25, -1)]
        told = ask(*found)["bystanders"]
        assert (told.evidence["claim"], told.evidence["when_likes_double"], told.sure) == (
            False,
            None,
            "cannot_tell_yet",
        )
        assert told.answer.startswith("Cannot be told: whether among 25 posts, those with more likes get fewer clicks")
        assert told.how_sure.endswith("the answers differ.")
    calm = ask(*turned(with_likes(40, 0), 0.2))["bystanders"]
    assert calm.answer.startswith("No sign of it: ")


def test_an_effect_of_likes_is_as_wide_as_what_a_shared_bio_link_leaves_open() -> None:
    found = with_likes(25, -1)
    # The posts with many likes may have had more: by the most clicks, likes take less away.
    shared = [replace(post, elsewhere=post.readings[0].counts["likes"] // 20) for post in found]
    alone, wide = (ask(*posts)["bystanders"].evidence["when_likes_double"] for posts in (found, shared))
    assert (wide["factor"], wide["low"]) == (alone["factor"], alone["low"])
    assert alone["high"] + 0.02 < wide["high"] < 1


def test_an_effect_of_likes_that_could_be_anything_is_not_told() -> None:
    # The likes are a twentieth of the views, or a hair beside it: what they do apart from the views cannot be seen.
    drawn = random.Random(11)
    found = [
        outcome(reading(views := drawn.randint(1_000, 20_000), views // 900, likes=views // 20 + number % 2))
        for number in range(30)
    ]
    told = ask(*found)["bystanders"]
    assert told.evidence["when_likes_double"] is None
    assert "times as many" not in told.answer
