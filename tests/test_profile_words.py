import pytest

from shortlinks.funnels.funnel import Gap
from shortlinks.profiles import profile_weeks, profile_words
from shortlinks.profiles.profile_weeks import Week

NOTHING = Week(
    monday=20_408,
    over=True,
    posts=1,
    views_gained=None,
    open=False,
    unread=0,
    quiet=0,
    profile_visits=None,
    link_taps=None,
    bio_link="tappable",
    bio_clicks=0,
    page_opens=None,
    page_taps=None,
    conversions=0,
    spread=(),
    rates=(),
)


def told(**known) -> list[str]:
    week = profile_weeks.replace(NOTHING, **known)
    rated = profile_weeks.replace(week, rates=tuple(profile_weeks._rates(week, {})))
    return profile_words.week(rated, "You have 600.")


@pytest.mark.parametrize(
    ("known", "sentences"),
    [
        ({}, ["0 clicks on the bio link."]),
        (
            {"views_gained": 0, "profile_visits": 0, "link_taps": 0},
            [
                "Your posts gained 0 views in the week from 16 November 2025.",
                "0 profile visits.",
                "0 link taps.",
                "0 clicks on the bio link.",
            ],
        ),
        (
            {"views_gained": 1, "open": True, "unread": 1, "profile_visits": 1, "spread": ("profile_visits",)}
            | {"bio_clicks": 1},
            [
                "Your posts gained at least 1 view in the week from 16 November 2025.",
                "It may be more: the views of 1 post were not noted since, so nothing is said per view of this week.",
                "About 1 profile visit.",
                "1 click on the bio link.",
                "0 conversions in 1 bio click: very likely under 79 %.",
            ],
        ),
        (
            {"views_gained": 700, "open": True, "unread": 2, "quiet": 1},
            [
                "Your posts gained at least 700 views in the week from 16 November 2025.",
                "It may be more: the views of 2 posts were not noted since, so nothing is said per view of this week.",
                "What 1 older post may still have gained is not counted: so late it is little, and nobody noted it.",
                "0 clicks on the bio link.",
            ],
        ),
        (
            {"views_gained": 500, "spread": ("link_taps", "views_gained"), "link_taps": 3},
            [
                "Your posts gained about 500 views in the week from 16 November 2025.",
                "How many came in that very week is not known, because the views were noted too long before or after its "
                "ends: so nothing is said per view of it.",
                "About 3 link taps.",
                "0 clicks on the bio link.",
            ],
        ),
        (
            {"views_gained": 500, "spread": ("views_gained",), "open": True, "unread": 1, "bio_link": "none"},
            [
                "Your posts gained about 500 views in the week from 16 November 2025.",
                "How many came in that very week is not known, because the views were noted too long before or after its "
                "ends: so nothing is said per view of it.",
                "It may be more: the views of 1 post were not noted since.",
                "No link that can be tapped was in the bio.",
            ],
        ),
        (
            {"posts": 0, "profile_visits": 35, "bio_link": "withheld"},
            [
                "None of your posts here was out yet in the week from 16 November 2025: of its views nothing is known.",
                "35 profile visits.",
                "You have 600.",
            ],
        ),
        (
            {"views_gained": 700, "quiet": 12},
            [
                "Your posts gained 700 views in the week from 16 November 2025.",
                "What 12 older posts may still have gained is not counted: so late it is little, and nobody noted it.",
                "0 bio clicks in 700 views: very likely under 0.55 %.",
            ],
        ),
        (
            {"views_gained": 12_400, "bio_clicks": 9, "conversions": 1},
            [
                "Your posts gained 12,400 views in the week from 16 November 2025.",
                "9 clicks on the bio link: 9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %.",
                "1 conversion through the bio link: 1 of 9 bio clicks, between 2 % and 43 %.",
            ],
        ),
    ],
)
def test_a_week_is_told_step_by_step(known, sentences):
    assert [sentence.replace("\u00a0", " ") for sentence in told(**known)] == sentences


def test_a_gap_says_where_to_find_the_number():
    gap = Gap("profile_visits", "Instagram: Insights")
    assert (
        profile_words.gap(gap) == "Profile visits are not noted for that week. Where to find them: Instagram: Insights."
    )


@pytest.mark.parametrize(
    ("visits", "orders", "clicks", "exact", "sentence"),
    [
        (60, None, 9, True, "The shop had 60 visits; 9 came through your links, 51 another way."),
        (60, 1, 0, True, "The shop had 60 visits and 1 order; 0 came through your links, 60 another way."),
        (1, 0, 1, True, "The shop had 1 visit and 0 orders; 1 came through your links, 0 another way."),
        (0, None, 0, True, "The shop had 0 visits."),
        (1_200, None, 9, False, "The shop had about 1,200 visits; 9 came through your links, about 1,191 another way."),
        (
            *(5, None, 9, True),
            "The shop had 5 visits, fewer than the 9 clicks on your links: shops leave out visitors who refuse to be "
            "counted, and take two taps for one visit.",
        ),
        (None, 12, 1, True, "The shop had 12 orders; its visits are not noted. 1 visit came through your links."),
        (None, 1, 0, True, "The shop had 1 order; its visits are not noted. Nobody came through your links."),
        (None, 0, 2, True, "The shop had 0 orders; its visits are not noted. 2 visits came through your links."),
    ],
)
def test_a_shops_week_is_told_in_a_sentence(visits, orders, clicks, exact, sentence):
    assert profile_words.shop(visits, orders, clicks, exact=exact) == sentence
