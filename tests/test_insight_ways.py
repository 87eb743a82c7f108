"""Posts in groups that can be told together, and what those are called."""

from outcome_cast import STICKER, outcome, post, reading

from shortlinks.insights import ways


def test_posts_with_links_in_other_places_or_on_other_profiles_are_groups_of_their_own() -> None:
    story = outcome(reading(150, 9, spot=STICKER), spots=(STICKER,), kind="story")
    threads = outcome(
        reading(300, 1, spot="threads/post"), spots=("threads/post",), platform="threads", profile_id="threads"
    )
    found = ways.of([post(1_000, 1), threads, story, post(2_000, 3)], {})
    assert [(group.name, group.total.count, group.total.base) for group in found] == [
        ("Stories on Instagram (link sticker on a story)", 9, 150),
        ("Posts on Instagram (bio link)", 4, 3_000),
        ("Posts on Threads (post)", 1, 300),
    ]


def test_profiles_are_named_where_a_platform_has_several() -> None:
    handles = {"me": "Instagram @me", "kiln": "Instagram @kiln"}
    found = ways.of([post(1_000, 3), post(500, 1, profile_id="kiln")], handles)
    assert [group.name for group in found] == [
        "Posts on Instagram @me (bio link)",
        "Posts on Instagram @kiln (bio link)",
    ]
    assert ways.of([post(1_000, 3)], handles)[0].name == "Posts on Instagram (bio link)"


def test_a_way_without_settled_numbers_has_no_rate() -> None:
    (found,) = ways.of([outcome()], {})
    assert (found.estimate, found.samples, ways.numbers(found.posts)["rate"]) == (None, [], None)
