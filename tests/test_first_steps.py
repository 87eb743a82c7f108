"""What one can do today on a platform."""

import pytest

from shortlinks.findings.cases import Account
from shortlinks.placements import first_steps, placements


def told(platform: str, account: Account) -> str:
    steps = first_steps.of_account(platform, account)
    return " ".join((steps.title, *steps.says))


def test_a_small_personal_tiktok_has_nothing_to_tap_and_hears_of_both_ways_out() -> None:
    steps = first_steps.of_account("tiktok", Account("personal", 600))
    assert steps.title == (
        "With 600 followers, a personal TikTok has no tappable spot: business account, or a spoken word"
    )
    assert not steps.tappable
    said = " ".join(steps.says)
    assert "given the Website field of the bio whatever its followers, a personal one from about 1,000 on" in said
    assert "make a link whose ending is a word" in said
    assert first_steps.of_account("tiktok", Account("personal", 1)).title.startswith("With 1 follower,")


@pytest.mark.parametrize(
    "account",
    [
        Account("personal", 1_000),
        Account("business", 600),
        Account("creator", 600),
        Account("personal", 600, proven=True),
        Account("personal", 950, followers_off=50),
        Account("personal"),
    ],
)
def test_others_on_tiktok_hear_where_to_hang_their_link(account: Account) -> None:
    steps = first_steps.of_account("tiktok", account)
    assert steps.tappable
    assert steps.title.startswith("On TikTok, hang links where a tap opens them: the Website field")
    assert "TikTok’s link may take 24–72 h to show." in steps.says
    assert any("caption of a video" in said for said in steps.says)


def test_who_did_not_say_how_many_followers_there_are_is_asked() -> None:
    assert "say how many you have" in told("tiktok", Account("personal"))
    assert "say how many you have" not in told("tiktok", Account("business"))
    assert "say how many you have" not in told("instagram", Account("personal"))


@pytest.mark.parametrize("platform", placements.platforms())
def test_every_platform_has_something_to_say(platform: str) -> None:
    steps = first_steps.of_account(platform, Account("business", 10))
    assert steps.tappable
    assert placements.tappable(platform) in steps.title
    assert all(said.endswith(".") for said in steps.says)


def test_a_delay_is_only_told_where_there_is_one() -> None:
    delays = {row.id: said for row in placements.all_() if (said := first_steps.delay(row.platform, row))}
    assert delays == {"tiktok/bio_website_field": "TikTok’s link may take 24–72 h to show."}
