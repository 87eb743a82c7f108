"""Findings on where links hang, each beside a case that is nearly the same and gives none."""

from dataclasses import replace
from typing import Any

import pytest
from case_cast import BIO, CAPTION, DAY, LINKEDIN, SPOKEN, WEBSITE_FIELD, case, codes, hung, one, usual

from shortlinks.findings import findings_links
from shortlinks.findings.cases import Account
from shortlinks.placements import placements

SMALL = Account("personal", 600)
GIVEN = "account is given the Website field of the bio from about 1,000 followers on, and you have 600"
INSTEAD = "the bio link, or a link sticker on a story"


def test_a_link_that_nobody_can_tap_is_found_for_certain() -> None:
    found = one(case(links=(hung(CAPTION), hung("instagram/newsletter", "b2c3d"))), "dead_placement")
    row = placements.by_id(CAPTION)
    assert found.to_dict() == {
        "code": "dead_placement",
        "severity": "high",
        "title": "Nobody can tap this link on Instagram: Caption of a reel",
        "evidence": {
            "links": [
                {
                    "slug": "k7m2p",
                    "placement": CAPTION,
                    "source": row.source,
                    "source_confidence": "corroborated",
                    "checked_on": row.checked_on,
                }
            ]
        },
        "next_step": f"Hang it where a tap opens it: {INSTEAD}.",
        "confidence": "certain",
    }


def test_several_dead_links_are_one_finding_told_by_platform() -> None:
    links = (hung(CAPTION), hung("instagram/comment", "b2c3d"), hung("youtube/shorts_description", "f4g5h"))
    found = one(case(links=links), "dead_placement")
    assert found.title.startswith("Nobody can tap 3 links on Instagram: Caption of a reel, Comment; on YouTube: ")
    assert found.next_step.startswith(f"Instagram: Hang it where a tap opens it: {INSTEAD}. YouTube: Hang it where ")
    assert [link["slug"] for link in found.evidence["links"]] == ["k7m2p", "b2c3d", "f4g5h"]


@pytest.mark.parametrize("links", [(), (hung(BIO),), (hung(SPOKEN),), (hung(CAPTION, working=False),)])
def test_what_can_be_tapped_is_meant_to_be_typed_or_is_off_is_not_dead(links: tuple[Any, ...]) -> None:
    assert "dead_placement" not in codes(case(links=links))


@pytest.mark.parametrize(
    ("links", "next_step"),
    [
        ((hung(BIO, "b2c3d"),), "Say there where this post’s link can be tapped instead: the bio link."),
        (
            (hung(BIO, "b2c3d"), hung("instagram/story_link_sticker", "f4g5h"), hung(BIO, "g5h6j")),
            "Say there where this post’s link can be tapped instead: the bio link or the link sticker on a story.",
        ),
        ((hung(BIO, "b2c3d", working=False),), f"Hang it where a tap opens it: {INSTEAD}."),
        ((hung("instagram/elsewhere", "b2c3d"),), f"Hang it where a tap opens it: {INSTEAD}."),
        ((hung(SPOKEN, "b2c3d"),), f"Hang it where a tap opens it: {INSTEAD}."),
        ((hung(WEBSITE_FIELD, "b2c3d"),), f"Hang it where a tap opens it: {INSTEAD}."),
    ],
)
def test_a_dead_link_beside_one_that_can_be_tapped_points_to_that(links: tuple[Any, ...], next_step: str) -> None:
    assert one(case(links=(hung(CAPTION), *links)), "dead_placement").next_step == next_step


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"views": None}, True),
        ({"links": (hung(BIO),)}, False),
        ({"links": (hung(CAPTION),)}, False),
        ({"links": (hung("instagram/newsletter"),)}, False),
        # One that hung there once did promote it, and so did one that was erased since, whose clicks are left.
        ({"links": (hung(BIO, working=False, stays=((0, DAY),)),)}, False),
        ({"clicks": 3}, False),
    ],
)
def test_a_post_without_any_link_is_told(changes: dict[str, Any], found: bool) -> None:
    given = case(**{"clicks": 0, "links": ()} | changes)
    assert ("no_link" in codes(given)) is found


@pytest.mark.parametrize(
    ("platform", "where"),
    [
        ("instagram", INSTEAD),
        ("x", "the post"),
        ("reddit", "the link post"),
        ("twitch", "the panel or About"),
        ("pinterest", "the Pin's own link (destination URL)"),
    ],
)
def test_it_says_where_a_link_is_best_tapped_on_that_platform(platform: str, where: str) -> None:
    found = one(case(4_000, 0, platform=platform, links=(), counts={"profile_visits": 40}), "no_link")
    assert found.title == "No link promotes this post, so no click can be counted for it"
    assert found.next_step == f"Make one and hang it where a tap opens it: {where}."
    assert (found.evidence, found.confidence) == ({"links": 0, "views": 4_000, "profile_visits": 40}, "certain")


def test_a_post_without_any_link_is_told_once() -> None:
    given = case(4_000, 0, platform="tiktok", account=SMALL, links=(), counts={"profile_visits": 40})
    assert codes(given) == ["no_link"]
    assert one(given, "no_link").next_step.startswith(
        f"Nobody can tap a link of yours on TikTok: a personal {GIVEN}. A bu"
    )
    assert "make a link whose ending is a word" in one(given, "no_link").next_step


def test_a_dead_caption_of_a_small_account_is_told_once_with_what_it_can_do() -> None:
    def told(*links: Any, account: Account = SMALL) -> list[str]:
        return codes(case(4_000, 0, platform="tiktok", account=account, links=links))

    dead, field = hung("tiktok/video_caption"), hung(WEBSITE_FIELD, "b2c3d")
    assert told(dead) == ["dead_placement"]
    assert told(dead, field)[0] == "dead_placement"
    assert "no_tappable_spot" not in told(dead, field)
    assert told(field)[0] == "no_tappable_spot"
    assert "no_tappable_spot" in told(hung(CAPTION), field)
    step = one(case(platform="tiktok", account=SMALL, links=(dead,)), "dead_placement").next_step
    assert step.startswith(f"No other spot on TikTok helps yet: a personal {GIVEN}. A business account is given it ")
    assert "make a link whose ending is a word" in step
    doing = case(platform="tiktok", account=SMALL, links=(dead, hung("tiktok/spoken", "kiln")))
    assert "Until then go on saying the address" in one(doing, "dead_placement").next_step
    # A click through the spot is the proof that the account has it; a larger one may have it.
    for enough in (
        case(platform="tiktok", account=SMALL, links=(dead, hung(WEBSITE_FIELD, "b2c3d", clicks=1))),
        case(platform="tiktok", account=Account("personal", 1_000), links=(dead,)),
    ):
        assert "No other spot" not in one(enough, "dead_placement").next_step


def test_a_finding_is_no_surer_than_its_source() -> None:
    assert placements.by_id("instagram/live_caption").confidence == "single-source"
    assert one(case(links=(hung("instagram/live_caption"),)), "dead_placement").confidence == "likely"


def tiktok(account: Account | None, *, spot: str = "tiktok/spoken", clicks: int = 0) -> list[str]:
    return codes(case(platform="tiktok", account=account, links=(hung(spot, clicks=clicks),)))


@pytest.mark.parametrize(
    ("account", "found"),
    [
        (Account("personal", 600), True),
        (Account("personal", 0), True),
        (Account("personal", 999), True),
        (Account("personal", 1_000), False),
        (Account("personal", 960, 50), False),
        (Account("business", 600), False),
        (Account("personal", None), False),
        (None, False),
    ],
)
def test_a_personal_account_under_the_threshold_has_no_spot_to_tap(account: Account | None, found: bool) -> None:
    assert ("no_tappable_spot" in tiktok(account)) is found


def test_the_threshold_is_the_platforms_and_a_click_through_the_spot_disproves_it() -> None:
    assert "no_tappable_spot" not in codes(case(account=SMALL))
    assert "no_tappable_spot" in tiktok(SMALL, spot=WEBSITE_FIELD)
    assert "no_tappable_spot" not in tiktok(SMALL, spot=WEBSITE_FIELD, clicks=1)


def test_an_account_that_clicks_prove_to_have_the_spot_is_not_told_that_it_lacks_it() -> None:
    def told(account: Account) -> bool:
        given = case(platform="tiktok", account=account, links=(hung(WEBSITE_FIELD),))
        warned = findings_links.warnings(placements.by_id(WEBSITE_FIELD), account=account)
        dead = findings_links.warnings(placements.by_id("tiktok/video_caption"), account=account)
        found = {"no_tappable_spot" in codes(given), bool(warned), "No other spot" in dead[0][1]}
        found.add(bool(findings_links.account_warnings("tiktok", account)))
        (one,) = found
        return one

    assert (told(Account("personal", 600)), told(Account("personal", 600, proven=True))) == (True, False)


def test_it_says_what_a_small_account_can_do() -> None:
    found = one(case(platform="tiktok", account=SMALL, links=(hung(WEBSITE_FIELD),)), "no_tappable_spot")
    assert found.title == (
        "Nobody can tap a link of yours on TikTok: a personal account is given the Website field of the bio from about "
        "1,000 followers on, and you have 600"
    )
    for advice in ("business account", "a word", "on screen"):
        assert advice in found.next_step
    assert (found.confidence, found.evidence["followers_needed"]) == ("likely", 1_000)
    doing = one(
        case(platform="tiktok", account=Account("personal", 600), links=(hung("tiktok/spoken", "kiln"),)),
        "no_tappable_spot",
    )
    assert "go on saying the address" in doing.next_step


@pytest.mark.parametrize(
    ("short_url", "spot", "found"),
    [
        ("https://go.example/" + "x" * 7, LINKEDIN, False),
        ("https://go.example/" + "x" * 8, LINKEDIN, True),
        ("https://go.example/" + "x" * 8, "linkedin/comment", True),
        ("https://go.example/" + "x" * 8, "x/post", False),
        ("", LINKEDIN, False),
    ],
)
def test_a_long_address_is_rewritten_on_linkedin(short_url: str, spot: str, found: bool) -> None:
    given = case(platform="linkedin", links=(hung(spot, short_url=short_url),))
    assert ("link_shortened_by_platform" in codes(given)) is found


def test_it_says_how_short_the_ending_must_be_or_that_the_domain_is_too_long() -> None:
    room = one(case(links=(hung(LINKEDIN, short_url="https://go.example/autumn-drop"),)), "link_shortened_by_platform")
    assert room.next_step == (
        "It stays readable up to 26 characters, https:// included, and has 30. Give it an ending of at most 7 characters."
    )
    none = one(
        case(links=(hung(LINKEDIN, short_url="https://links.my-shop.example/k7m2p"),)), "link_shortened_by_platform"
    )
    assert none.next_step.endswith("That takes a shorter domain than the one your short links have.")


def test_making_a_link_gives_the_warnings_that_its_findings_will_repeat() -> None:
    caption = placements.by_id("tiktok/video_caption")
    assert findings_links.warnings(placements.by_id(BIO)) == []
    assert findings_links.warnings(placements.by_id(SPOKEN)) == []
    message = "Nobody can tap a link there (Caption of a reel): it is mere text. Hang it where a tap opens it: "
    assert findings_links.warnings(placements.by_id(CAPTION)) == [("dead_placement", f"{message}{INSTEAD}.")]
    [(code, message)] = findings_links.warnings(caption, account=SMALL)
    assert code == "dead_placement"
    assert message.startswith(
        "Nobody can tap a link there (Caption of a video): it is mere text. No other spot on TikTok "
    )
    assert message.endswith("make a link whose ending is a word, say it early in the video, and show it on screen.")
    [(_, message)] = findings_links.warnings(caption, account=Account("business", 600))
    assert "Hang it where a tap opens it: the Website field" in message
    assert [code for code, _ in findings_links.warnings(placements.by_id(WEBSITE_FIELD), account=SMALL)] == [
        "no_tappable_spot"
    ]
    assert findings_links.warnings(placements.by_id("tiktok/text_on_video"), account=SMALL) == []
    [(code, message)] = findings_links.warnings(placements.by_id(LINKEDIN), short_url="https://go.example/autumn-drop")
    assert code == "link_shortened_by_platform"
    assert message.startswith(
        "LinkedIn will show it under an address of its own. It stays readable up to 26 characters"
    )


def _reported(by_click: int) -> tuple[Any, ...]:
    """Other posts whose shop reports sales, so many of each by click id."""
    return tuple(replace(each, by_click=by_click) for each in usual(conversions=4))


@pytest.mark.parametrize(
    ("told", "by_click", "found"),
    [
        ((False,), 2, "no_click_ids"),
        ((False, True), 2, None),
        ((True,), 2, "clicks_without_conversions"),
        ((False,), 0, "clicks_without_conversions"),
    ],
)
def test_where_sales_are_reported_by_click_id_and_no_link_carries_any_that_is_told(
    told: tuple[bool, ...], by_click: int, found: str | None
) -> None:
    links = tuple(hung(slug=f"l{number}", tells_sales=tells) for number, tells in enumerate(told))
    given = case(clicks=400, conversions=0, links=links, others=_reported(by_click))
    named = {"no_click_ids", "clicks_without_conversions"} & set(codes(given))
    assert named == ({found} if found else {"clicks_without_conversions"})
    assert "no_click_ids" not in codes(case(clicks=400, conversions=1, links=links, others=_reported(by_click)))
