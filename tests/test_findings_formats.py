"""Links that hang where only posts of another format have a spot: a Short has no description that anybody can tap."""

from typing import Any

import pytest
from case_cast import BIO, case, codes, hung, one

from shortlinks.findings import findings_formats, findings_links
from shortlinks.placements import placements

DESCRIPTION = "youtube/video_description"
INSTEAD = "the description of a long video that the Short names as its related video, or the channel links"


def _youtube(format_: str | None, *spots: Any) -> Any:
    return case(platform="youtube", format=format_, links=spots)


def test_a_link_of_a_short_in_the_description_of_a_long_video_is_found_with_what_helps() -> None:
    row = placements.by_id(DESCRIPTION)
    assert one(
        _youtube("short", hung(DESCRIPTION), hung("youtube/channel_links", "b2c3d")), "other_format"
    ).to_dict() == {
        "code": "other_format",
        "severity": "high",
        "title": "This link hangs in a spot that a Short does not have: Description of a long video",
        "evidence": {
            "format": "short",
            "links": [
                {
                    "slug": "k7m2p",
                    "placement": DESCRIPTION,
                    "source": row.source,
                    "source_confidence": "official",
                    "checked_on": row.checked_on,
                }
            ],
        },
        "next_step": f"Hang it where a tap opens it: {INSTEAD}.",
        "confidence": "certain",
    }


def test_several_are_one_finding() -> None:
    two = _youtube("short", hung(DESCRIPTION), hung("youtube/video_comment", "b2c3d"))
    assert one(two, "other_format").title == (
        "2 links hang in spots that a Short does not have: Description of a long video, Comment under a long video"
    )


@pytest.mark.parametrize(
    ("format_", "link"),
    [
        ("video", hung(DESCRIPTION)),
        ("live", hung(DESCRIPTION)),
        (None, hung(DESCRIPTION)),
        ("short", hung("youtube/channel_links")),
        ("short", hung("youtube/spoken")),
        ("short", hung(BIO)),
        ("short", hung(DESCRIPTION, working=False)),
        # Somebody came: from the long video that the Short names.
        ("short", hung(DESCRIPTION, clicks=1)),
    ],
)
def test_a_spot_that_the_post_has_or_may_have_is_not_told(format_: str | None, link: Any) -> None:
    assert "other_format" not in codes(_youtube(format_, link))


def test_a_spot_of_another_platform_has_nothing_to_do_with_the_format() -> None:
    assert codes(case(format="reel", links=(hung(DESCRIPTION),))) == []
    assert codes(case(platform="x", format="short", links=(hung(DESCRIPTION),))) == []


def test_what_is_dead_for_every_post_is_said_once() -> None:
    dead = hung("youtube/shorts_description")
    assert [code for code in codes(_youtube("video", dead)) if code != "too_early_to_tell"] == ["dead_placement"]
    assert findings_formats.warnings(dead.placement, "video") == []


def test_no_dead_link_of_a_short_is_sent_to_a_spot_that_it_does_not_have() -> None:
    links = (hung("youtube/shorts_description"), hung(DESCRIPTION, "b2c3d"))
    assert one(_youtube("short", *links), "dead_placement").next_step == f"Hang it where a tap opens it: {INSTEAD}."
    instead = "Say there where this post’s link can be tapped instead: the description of a long video."
    assert one(_youtube(None, *links), "dead_placement").next_step == instead


def test_whoever_hangs_a_link_there_is_told_at_once() -> None:
    row = placements.by_id(DESCRIPTION)
    assert findings_formats.warnings(row, "short") == [
        (
            "other_format",
            "By its address the post is a Short, which has no such spot (Description of a long video). "
            f"Hang it where a tap opens it: {INSTEAD}.",
        )
    ]
    assert findings_formats.warnings(row, "video") == findings_formats.warnings(row, None) == []
    ((_code, message),) = findings_links.warnings(placements.by_id("youtube/shorts_comment"), format_="short")
    assert message.endswith(f"it is mere text. Hang it where a tap opens it: {INSTEAD}.")
