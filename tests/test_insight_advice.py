"""One thing to repeat, one to stop, one to test: always there, and called a guess where it is one."""

from dataclasses import replace
from typing import Any

from outcome_cast import BIO, PUBLISHED, STICKER, outcome, post, reading

from shortlinks import insights, times
from shortlinks.funnels import expectation
from shortlinks.funnels.outcomes import Outcome
from shortlinks.insights import Data, advice

NOW = PUBLISHED + 14 * times.DAY
CAPTION = "instagram/reel_caption"


def stories(number: int, clicks: int) -> list[Outcome]:
    return [outcome(reading(150, clicks, spot=STICKER), spots=(STICKER,), kind="story") for _ in range(number)]


def test_stories_that_are_tapped_more_than_reels_are_not_held_against_them() -> None:
    found = [*(post(1_000, 1) for _ in range(14)), *stories(10, 5)]
    told = advice.repeat([*found, post(1_000, 2, title="The kiln")], now=NOW)
    assert told == (
        "“A reel” has the best rate so far among stories on Instagram (link sticker on a story). That may be luck; a second "
        "one like it would show."
    )
    assert advice.stop(found, now=NOW).startswith("judging single posts")
    assert advice.stop([*stories(14, 5), *(post(1_000, 1) for _ in range(10))], now=NOW).startswith("judging single")


def test_the_best_post_is_that_of_the_way_with_the_most_clicks() -> None:
    bluesky = outcome(
        reading(20, 3, spot="bluesky/post"), spots=("bluesky/post",), platform="bluesky", profile_id="sky", title="Sky"
    )
    kiln = post(1_000, 3, title="The kiln")
    told = advice.repeat([bluesky, *(post(1_000, 1) for _ in range(9)), kiln], now=NOW)
    assert told.startswith("“The kiln” has the best rate so far among posts on Instagram (bio link).")
    few = [post(1_000, 0), post(1_000, 1, title="The mug")]
    assert advice.repeat([bluesky, *few], now=NOW).startswith("“The mug” has the best rate so far among")
    assert advice.repeat([bluesky, post(1_000, 0)], now=NOW) == (
        "“Sky” brought 3 clicks. A second one like it would show more."
    )


def test_a_post_has_the_best_rate_if_it_is_the_best_whosever_the_clicks_on_a_shared_bio_link_were() -> None:
    kiln = post(1_000, 9, title="The kiln", contested=3)
    known = [post(1_000, 0), post(1_000, 1, title="The mug")]
    best = "“The kiln” has the best rate so far among posts on Instagram (bio link). That may be luck; "
    assert advice.repeat([kiln, post(1_000, 0, elsewhere=3), *known], now=NOW).startswith(best)
    guess = (
        "“The kiln” has the best rate so far among posts on Instagram (bio link) by what was recorded for it, 9 clicks (at "
        "least 6, at most 9). Another post may have a better one, because the bio link is shared: so that is a guess."
    )
    assert advice.repeat([kiln, post(1_000, 0, elsewhere=9), *known], now=NOW) == guess
    mug = [post(1_000, 0, elsewhere=3), *known]
    assert "by what was recorded for it, 1 click. Another post may" in advice.repeat(mug, now=NOW)
    alone = post(1_000, 2, title="The kiln", contested=1)
    assert advice.repeat([alone], now=NOW) == (
        "“The kiln” brought 2 clicks (at least 1, at most 2). A second one like it would show more."
    )


def test_what_an_experiment_found_comes_before_what_merely_did_well() -> None:
    found = [*(post(1_000, 1) for _ in range(14)), *stories(10, 5)]
    said = "“Name a deadline”. Your experiment found that it brings more clicks per view."
    assert advice.repeat(found, ["Name a deadline"], now=NOW) == said
    dead = [post(1_000, 1, spots=(BIO, CAPTION)), *found]
    assert advice.stop(dead, ["Name a deadline"], now=NOW) == said.replace("more", "fewer")


def test_two_profiles_of_one_platform_are_told_apart() -> None:
    found = [post(1_000, 1), *(post(1_000, 40, profile_id="kiln") for _ in range(10))]
    handles = {"me": "Instagram @me", "kiln": "Instagram @kiln"}
    told = advice.repeat(found, now=NOW, handles=handles)
    assert told.startswith("“A reel” has the best rate so far among posts on Instagram @kiln (bio link).")
    month = insights.all_(Data(outcomes=found, handles=handles), now=NOW)[0]
    assert month.evidence["repeat"] == told


def test_a_post_clearly_above_its_range_is_repeated_by_name() -> None:
    found = [*(post(1_000, 1) for _ in range(14)), post(1_000, 40, title="The kiln")]
    assert advice.repeat(found, now=NOW).startswith("what you did in “The kiln”")
    # One page names both, so the one must not deny the other.
    assert advice.stop(found, now=NOW) == (
        "judging single posts by their clicks. Apart from “The kiln” no post stands out; the differences are views and luck."
    )
    two = [*(post(10_000, 400) for _ in range(28)), post(10_000, 3_000), post(10_000, 3_000)]
    assert "Apart from 2 posts no post stands out; " in advice.stop(two, now=NOW)


def test_a_post_clearly_below_its_range_is_stopped_by_name() -> None:
    found = [*(post(10_000, 400) for _ in range(14)), post(10_000, 5, title="The kiln")]
    assert advice.stop(found, now=NOW).startswith("what was different in “The kiln”")
    assert "“The kiln”" not in advice.repeat(found, now=NOW)


def test_what_is_odd_by_itself_is_not_among_thirty_posts() -> None:
    # Beyond the range of 98 %, where one post in fifty is by luck: of thirty, so is one on many a page.
    posts = [post(1_000, 1 + number % 2) for number in range(29)]
    odd = post(1_000, 7, title="The kiln")
    assert expectation.of_outcome(odd, posts).clear
    assert advice.outside([odd, *posts], now=NOW) == []
    assert [found for found, _ in advice.outside([replace(odd, **clicks(60)), *posts], now=NOW)] != []


def clicks(number: int) -> dict[str, Any]:
    return {"readings": (reading(1_000, number),), "clicks": {BIO: number}}


def test_a_post_whose_clicks_another_may_have_earned_is_not_named() -> None:
    usual = [post(1_000, 1) for _ in range(14)]
    assert len(advice.outside([post(1_000, 40), *usual], now=NOW)) == 1
    assert advice.outside([post(1_000, 40, contested=38), *usual], now=NOW) == []
    busy = [post(10_000, 400) for _ in range(14)]
    assert len(advice.outside([post(10_000, 5), *busy], now=NOW)) == 1
    assert advice.outside([post(10_000, 5, elsewhere=380), *busy], now=NOW) == []


def test_what_a_shared_bio_link_leaves_open_is_not_called_views_and_luck() -> None:
    usual = [post(1_000, 1) for _ in range(14)]
    open_ = (
        "judging single posts by their clicks. No post stands out for certain: some clicks may be another post’s, because "
        "the bio link is shared."
    )
    assert advice.stop([post(1_000, 40, contested=40), *usual], now=NOW) == open_
    luck = "judging single posts by their clicks. No post stands out; the differences are views and luck."
    assert advice.stop([post(1_000, 1, contested=1), *usual], now=NOW) == luck
    busy = [post(10_000, 400) for _ in range(28)]
    odd = [post(10_000, 3_000, contested=3_000), post(10_000, 3_000, title="The kiln"), *busy]
    assert "Apart from “The kiln” no post stands out for certain: " in advice.stop(odd, now=NOW)


def test_the_best_guess_is_called_luck() -> None:
    found = [*(post(1_000, 0) for _ in range(4)), post(1_000, 1, title="The mug")]
    assert advice.repeat(found, now=NOW) == (
        "“The mug” has the best rate so far among posts on Instagram (bio link). That may be luck; a second one like it would "
        "show."
    )
    silent = [post(800, 0), post(900, 0, title="The bowl")]
    assert advice.repeat(silent, now=NOW).startswith("“The bowl” was seen most.")


def test_a_dead_placement_is_the_first_thing_to_stop() -> None:
    found = [post(1_000, 1, spots=(BIO, CAPTION)), *(post(1_000, 1) for _ in range(9))]
    assert advice.stop(found, now=NOW).startswith("hanging links where nobody can tap them (Instagram: ")


def test_posts_without_any_link_come_next() -> None:
    bare = outcome(reading(900, 0), spots=())
    assert (
        advice.stop([bare, post(1_000, 1)], now=NOW) == "publishing a post without a link that viewers can tap or type."
    )
    assert "posts (2 of 3)" in advice.stop([bare, bare, post(1_000, 1)], now=NOW)


def test_where_nothing_stands_out_it_is_the_judging() -> None:
    assert advice.stop([post(1_000, 1) for _ in range(9)], now=NOW).startswith("judging single posts")
    assert advice.stop([outcome()], now=NOW).startswith("posting without noting the views")


def test_the_test_goes_where_it_can_succeed() -> None:
    found = [*(post(1_000, 0) for _ in range(9)), *stories(5, 4)]
    told = advice.test(found, (), now=NOW)
    assert told.startswith("on half of your next stories")
    assert "8 + 8 stories of 150 views at about 2.7 clicks per 100 views see a doubling" in told
    assert "Note the views of all of them" in advice.test([], (), now=NOW)


def test_the_chance_of_a_test_rests_on_posts_of_one_way() -> None:
    found = [*(post(1_000, 1) for _ in range(9)), *(post(1_000, 40, profile_id="kiln") for _ in range(4))]
    assert "8 + 8 reels of 1,000 views at about 4 clicks per 100 views" in advice.test(found, (), now=NOW)


def test_what_to_try_fits_the_kind_of_post() -> None:
    def asked(platform: str, kind: str, spot: str) -> str:
        made = outcome(reading(1_000, 1, spot=spot), spots=(spot,), platform=platform, kind=kind)
        return advice.test([made], (), now=NOW)

    text = asked("threads", "text", "threads/post")
    assert text.startswith("on half of your next text posts, drawn by chance, say in the first line what is behind")
    pin = asked("pinterest", "pin", "pinterest/pin_destination_url")
    assert pin.startswith("on half of your next pins, drawn by chance, say in the first line")
    assert asked("instagram", "video", BIO).startswith(
        "on half of your next reels, drawn by chance, say the address in the first 3 seconds, and on the others do not."
    )


def test_how_long_a_test_takes_counts_all_posts_of_the_kind() -> None:
    found = [*(post(1_000, 1) for _ in range(5)), outcome(), *stories(3, 0)]
    assert "At your pace, 6 in the last 14 days, that takes about 6 weeks" in advice.test(found, (), now=NOW)
    old = post(1_000, 1, published_at=NOW - 90 * times.DAY)
    assert "At your pace, 6 in the last 28 days, that takes about 11 weeks" in advice.test([*found, old], (), now=NOW)


def test_a_test_under_way_is_gone_on_with() -> None:
    assert advice.test([], ["“Name a deadline”. Day 9 of 28; 5 posts with, 4 without."], now=NOW) == (
        "go on with what you are trying: “Name a deadline”. Day 9 of 28; 5 posts with, 4 without."
    )


def test_with_nothing_there_is_still_something_to_do() -> None:
    assert advice.repeat([], now=NOW).startswith("nothing yet")
    assert advice.repeat([outcome()], now=NOW).startswith("posting")
    assert advice.stop([], now=NOW)
    assert advice.test([], (), now=NOW)
