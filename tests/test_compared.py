"""Posts side by side: decided by the data, siblings first, many at once with care."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_cast import BIO, STICKER, outcome, post, reading
from scipy.stats import binomtest

from shortlinks import times
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import compared
from shortlinks.statistics import comparing
from shortlinks.statistics.stats import Sample


def test_few_clicks_decide_where_the_views_do() -> None:
    found = compared.of([post(40_000, 3, title="Wide"), post(3_000, 6, title="Deep")])
    (pair,) = found.pairs
    assert pair.p == pytest.approx(binomtest(3, 9, 40_000 / 43_000).pvalue, rel=1e-6)
    assert (f"{pair.p:.6f}", pair.found.verdict) == ("0.000008", "lower")
    assert pair.sentence == "“Deep” brings 27 times as many clicks per view as “Wide”."
    assert found.sentence == "The two really differ."


def test_what_cannot_be_told_is_a_line_with_what_it_takes() -> None:
    found = compared.of([post(900, 1, title="One"), post(1_000, 3, title="Other")])
    (pair,) = found.pairs
    assert pair.found.verdict == "cannot_tell_yet"
    assert pair.found.views_needed
    assert pair.sentence.startswith(
        "“One” or “Other”: cannot tell yet which brings more clicks per view; at this rate it takes about "
    )
    assert pair.sentence.endswith(" more views of both posts together.")
    assert found.sentence == "No post stands out; the differences are views and luck."


def test_the_same_thing_elsewhere_is_told_apart_by_its_platform() -> None:
    twins = post(40_000, 3, title="The mug"), post(3_000, 6, title="The mug", platform="tiktok")
    (pair,) = compared.of(twins).pairs
    assert pair.sentence.startswith(
        "“The mug” on TikTok brings 27 times as many clicks per view as “The mug” on Instagram."
    )


def test_siblings_come_first() -> None:
    twin = post(1_000, 1, post_id="twin")
    found = compared.of([post(40_000, 3), post(3_000, 60), post(1_000, 2, siblings=("twin",)), twin])
    assert [pair.siblings for pair in found.pairs] == [True] + 5 * [False]
    assert found.pairs[1].p <= found.pairs[2].p <= found.pairs[3].p


def test_one_click_of_twenty_views_does_not_win() -> None:
    lucky, good, *_ = compared.of([post(20, 1), post(9_000, 90), post(9_000, 30), post(9_000, 28)]).sides
    assert lucky.estimate
    assert good.estimate
    assert lucky.estimate.rate > good.estimate.rate
    assert (good.rank, lucky.rank) == (1, 2)


def test_a_best_guess_needs_clicks_and_no_equal() -> None:
    def best(*clicks: int) -> list[bool]:
        return [side.best for side in compared.of([post(900, number) for number in clicks]).sides]

    assert best(0, 0, 0) == [False, False, False]
    assert best(2, 2, 1) == [False, False, False]
    assert best(2, 1, 1) == [True, False, False]


def test_stories_and_reels_are_drawn_to_means_of_their_own_and_ranked_apart() -> None:
    stories = [post(150, clicks, spots=(STICKER,), kind="story") for clicks in (9, 3)]
    reels = [post(9_000, clicks) for clicks in (9, 18)]
    together, alone = compared.of([*stories, *reels]).sides, compared.of(reels).sides
    assert [side.shrunk for side in together[2:]] == [side.shrunk for side in alone]
    assert [(side.rank, side.best) for side in together] == [(1, True), (2, False), (2, False), (1, True)]
    assert not any(side.best for side in compared.of([stories[0], reels[0]]).sides), "nothing like it to be better than"


def test_of_many_equal_posts_none_is_called_different_by_luck() -> None:
    # 2 of 45 pairs would be by themselves.
    clicks = [10, 10, 9, 11, 10, 8, 12, 10, 3, 14]
    pairs = compared.of([post(10_000, number) for number in clicks]).pairs
    assert any(pair.p <= 0.05 for pair in pairs)
    assert all(pair.found.verdict == "cannot_tell_yet" for pair in pairs)


def test_different_places_are_told() -> None:
    story = outcome(reading(150, 30, spot=STICKER), spots=(STICKER,), kind="story", title="Story")
    (pair,) = compared.of([story, post(9_000, 3, title="Reel")]).pairs
    assert (pair.alike, pair.found.verdict) == (False, "higher")
    assert pair.sentence.endswith(" Their links hang in different places, which alone can make the difference.")


def test_the_first_hours_of_one_post_are_told_beside_a_difference() -> None:
    def told(*ages: int) -> bool:
        duo = [
            outcome(reading(views, clicks, age=age), title=title)
            for age, views, clicks, title in zip(ages, (40_000, 3_000), (3, 6), ("Wide", "Deep"), strict=True)
        ]
        sentence = compared.of(duo).pairs[0].sentence
        return sentence.endswith(
            " The numbers of “Deep” are of its first hours, which bring other people: note its views again."
        )

    hour, day = times.HOUR, times.DAY
    assert (told(day, hour), told(day, day), told(hour, hour)) == (True, False, False)


def test_posts_without_views_are_there_without_a_rate() -> None:
    found = compared.of([outcome(clicks={"": 3}), outcome()])
    assert found.sides[0].sentence == "3 clicks so far; its views are not noted yet."
    assert found.pairs[0].found.verdict == "cannot_tell_yet"
    assert found.sentence == "Note the views of these posts: without them their clicks cannot be compared."
    assert compared.of([post(900, 1), outcome()]).sentence == found.sentence


def test_a_post_with_more_clicks_than_views_is_neither_ranked_nor_told_to_be_better() -> None:
    slip, fine, other = post(12, 40, title="Slip"), post(9_000, 4, title="Fine"), post(8_000, 3, title="Other")
    found = compared.of([slip, fine, other])
    assert [side.rank for side in found.sides] == [None, 1, 2]
    assert found.sides[0].sentence.startswith("40 clicks from 12 views")
    told = {pair.a.title + pair.b.title: pair for pair in found.pairs}
    assert {pair.found.verdict for pair in found.pairs} == {"cannot_tell_yet"}
    assert told["SlipFine"].sentence == (
        "“Slip” or “Fine”: cannot tell yet which brings more clicks per view, because “Slip” has more clicks than views: one of "
        "the two numbers is wrong."
    )
    both = compared.of([slip, post(1, 2, title="Too")]).pairs[0].sentence
    assert both.endswith("because “Slip” and “Too” have more clicks than views: one of the two numbers is wrong.")


def test_one_more_view_is_one() -> None:
    (pair,) = compared.of([post(900, 1), post(1_000, 3)]).pairs
    one = replace(pair, found=replace(pair.found, views_needed=1))
    assert one.sentence.endswith("; at this rate it takes about 1 more view of both posts together.")


def test_what_is_missing_between_two_posts_is_said() -> None:
    one, two = post(0, 3, title="One"), outcome(title="Two")
    (pair,) = compared.of([one, two]).pairs
    assert pair.sentence.endswith("more clicks per view; note the views of “Two”.")
    (zero,) = compared.of([one, post(900, 3)]).pairs
    assert zero.sentence.endswith("more clicks per view; the views of “One” are noted as 0.")
    assert compared.of([one, two]).sides[0].sentence == "3 clicks so far; its views are noted as 0."
    letter = post(5_000, 0, title="Letter", spots=("instagram/newsletter",))
    found = compared.of([post(900, 90, title="Reel"), letter])
    assert found.pairs[0].found.verdict == "cannot_tell_yet"
    assert found.pairs[0].sentence.endswith(", because no link of “Letter” can be tapped or typed by its viewers.")
    assert found.sides[1].sentence == "0 clicks so far; it has no link that its viewers can tap or type."
    assert compared.of([letter, letter]).sentence.startswith("No link of these posts can be tapped or typed")


def test_a_caption_that_nobody_can_tap_loses_to_nobody() -> None:
    spot = "instagram/reel_caption"
    reel, dead = post(9_000, 90, title="Reel"), post(9_000, 0, title="Dead", spots=(spot,))
    found = compared.of([reel, dead])
    assert (found.pairs[0].found.verdict, found.sides[1].rank, found.sides[1].estimate) == (
        "cannot_tell_yet",
        None,
        None,
    )
    mixed = post(9_000, 0, title="Mixed", spots=(spot, BIO))
    assert compared.of([reel, mixed]).pairs[0].found.verdict == "higher"


@pytest.mark.parametrize(
    ("clicks", "changes", "verdict"),
    [
        (3, {}, "lower"),
        (3, {"elsewhere": 2}, "lower"),
        (3, {"elsewhere": 60}, "cannot_tell_yet"),
        (3, {"contested": 3}, "lower"),
        (900, {}, "higher"),
        (900, {"contested": 860}, "cannot_tell_yet"),
        (900, {"contested": 900, "elsewhere": 5}, "cannot_tell_yet"),
    ],
)
def test_no_verdict_rests_on_one_end_of_a_shared_bio_link(clicks: int, changes: dict[str, int], verdict: str) -> None:
    shared, other = post(40_000, clicks, title="Shared", **changes), post(40_000, 60, title="Other")
    for duo in ((shared, other), (other, shared)):
        (pair,) = compared.of(duo).pairs
        told = {"higher": "lower", "lower": "higher"}.get(verdict, verdict) if duo[0] is other else verdict
        assert pair.found.verdict == told
        if verdict == "cannot_tell_yet":
            assert pair.p > 0.05
            assert pair.sentence.endswith(", because some clicks may be another post’s: the bio link is shared.")
            assert compared.of(duo).sentence == (
                "No post stands out for certain: some clicks may be another post’s, because the bio link is shared."
            )
        assert pair.found.high is None or pair.found.low <= pair.found.high


def test_the_p_of_a_shared_bio_link_is_that_of_the_end_that_tells_least() -> None:
    (pair,) = compared.of([post(40_000, 3, elsewhere=20), post(40_000, 60)]).pairs
    assert pair.p == comparing.compare(Sample(23, 40_000), Sample(60, 40_000)).p


counts = st.integers(0, 10**12)
posts = st.one_of(
    st.builds(post, st.integers(0, 10**12), counts, contested=counts, elsewhere=counts), st.just(outcome())
)


@settings(deadline=None, max_examples=50)
@given(st.lists(posts, min_size=2, max_size=6))
def test_any_numbers_give_sentences_and_plain_json(found: list[Outcome]) -> None:
    whole = compared.of(found)
    json.dumps(whole.to_dict(), allow_nan=False)
    assert all(pair.sentence.endswith(".") for pair in whole.pairs)
