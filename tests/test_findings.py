import ast
import inspect
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks import findings, times

PUBLISHED = 1_795_000_000_000
DAY = times.DAY
INSTEAD = "the bio link, or a link sticker on a story"


def spot(name: str = "reel_caption", label: str = "Caption of a reel", **changes: Any) -> Any:
    """A row of the placement catalogue, by default one that nobody can tap."""
    row = {
        "id": f"instagram/{name}",
        "platform": "instagram",
        "name": name,
        "label": label,
        "clickable": False,
        "typed": False,
        "source": "https://example.org",
        "confidence": "corroborated",
        "checked_on": "2026-11",
    } | changes
    return SimpleNamespace(**row, dead=not row["clickable"] and not row["typed"])


BIO = spot("bio_link", "Bio link", clickable=True)
ON_SCREEN = spot("on_screen", "Shown on screen", typed=True)


def find(**changes: Any) -> list[findings.Finding]:
    """What is said of a ten-day-old reel with plenty of clicks from its bio link."""
    arguments: dict[str, Any] = {
        "hung": [("k7m2p", BIO)],
        "human": 60,
        "views": 12_400,
        "published_at": PUBLISHED,
        "as_of": PUBLISHED + 10 * DAY,
        "snapshot_at": PUBLISHED + 9 * DAY,
    }
    return findings.find(**(arguments | changes))


def codes(found: list[findings.Finding]) -> list[str]:
    return [finding.code for finding in found]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert find() == []


def test_a_link_that_nobody_can_tap_is_found_for_certain() -> None:
    (finding,) = find(hung=[("k7m2p", spot()), ("b2c3d", BIO)])
    assert finding.to_dict() == {
        "code": "dead_placement",
        "severity": "high",
        "title": "Nobody can tap this link on Instagram: Caption of a reel",
        "evidence": {
            "links": [
                {
                    "slug": "k7m2p",
                    "placement": "instagram/reel_caption",
                    "source": "https://example.org",
                    "source_confidence": "corroborated",
                    "checked_on": "2026-11",
                }
            ]
        },
        "next_step": "Hang it where a tap opens it: the bio link, or a link sticker on a story.",
        "confidence": "certain",
    }


def test_several_dead_links_are_one_finding() -> None:
    (finding,) = find(hung=[("k7m2p", spot()), ("b2c3d", spot("comment", "Comment")), ("f4g5h", spot())])
    assert finding.title == "Nobody can tap 3 links on Instagram: Caption of a reel, Comment"
    assert [link["slug"] for link in finding.evidence["links"]] == ["k7m2p", "b2c3d", "f4g5h"]


def test_an_address_to_be_typed_is_not_dead() -> None:
    assert find(hung=[("k7m2p", ON_SCREEN)]) == []
    assert findings.warnings(ON_SCREEN) == []


def test_a_post_without_links_has_none_that_is_dead() -> None:
    assert find(hung=[]) == []


@pytest.mark.parametrize(
    ("confidence", "sure"),
    [("official", "certain"), ("corroborated", "certain"), ("single-source", "likely"), ("unsourced", "likely")],
)
def test_a_finding_is_no_surer_than_its_source(confidence: str, sure: str) -> None:
    (finding,) = find(hung=[("k7m2p", spot(confidence=confidence))])
    assert finding.confidence == sure


def test_where_no_spot_can_be_tapped_it_says_to_show_a_short_one() -> None:
    (finding,) = find(hung=[("k7m2p", spot(platform="other"))])
    assert finding.next_step == "Hang it where a tap opens it, or show a short one on screen for people to type."


def test_a_dead_link_is_told_of_the_platform_on_which_it_hangs() -> None:
    youtube = spot("comment", "Comment", id="youtube/comment", platform="youtube")
    (finding,) = find(hung=[("k7m2p", youtube)])
    assert finding.title == "Nobody can tap this link on YouTube: Comment"
    assert INSTEAD not in finding.next_step
    assert "the description of a long video" in finding.next_step
    (both,) = find(hung=[("k7m2p", spot()), ("b2c3d", youtube)])
    assert both.title == "Nobody can tap 2 links on Instagram: Caption of a reel; on YouTube: Comment"
    assert both.next_step.startswith(f"Instagram: Hang it where a tap opens it: {INSTEAD}. YouTube: Hang it where ")


def test_making_a_dead_link_gives_the_warning_that_the_finding_will_repeat() -> None:
    message = (
        "Nobody can tap a link there (Caption of a reel): it is mere text. "
        "Hang it where a tap opens it: the bio link, or a link sticker on a story."
    )
    assert findings.warnings(spot()) == [("dead_placement", message)]
    assert findings.warnings(BIO) == []


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"snapshot_at": PUBLISHED + 5 * times.HOUR}, "the numbers cover its first 5 hours"),
        ({"snapshot_at": PUBLISHED + DAY - 1}, "the numbers cover its first 23 hours"),
        ({"snapshot_at": None, "as_of": PUBLISHED + 40 * times.MINUTE}, "the post is 40 minutes old"),
        ({"snapshot_at": None, "as_of": PUBLISHED + 20}, "the post is less than a minute old"),
        ({"snapshot_at": PUBLISHED, "as_of": PUBLISHED + 20}, "the numbers cover its first minute"),
        ({"snapshot_at": PUBLISHED - DAY}, "the numbers cover its first minute"),
        ({"snapshot_at": PUBLISHED - 2 * DAY, "as_of": PUBLISHED - DAY}, "the post is not out yet"),
        ({"snapshot_at": None, "as_of": PUBLISHED - DAY, "human": 0, "views": None}, "the post is not out yet"),
    ],
)
def test_it_is_too_early_to_tell(changes: dict[str, Any], title: str) -> None:
    (finding,) = find(**changes)
    assert (finding.code, finding.severity, finding.confidence) == ("too_early_to_tell", "low", "certain")
    assert finding.title == f"Too early to tell: {title}"


@pytest.mark.parametrize(
    ("changes", "clicks"),
    [
        ({"human": 9}, "9 clicks"),
        ({"human": 1, "views": 300}, "1 click"),
        ({"human": 0, "views": 1_000}, "0 clicks"),
        ({"human": 0, "views": None, "snapshot_at": None}, "0 clicks"),
        ({"human": 19, "views": 0}, "19 clicks"),
        ({"human": 19, "views": 3}, "19 clicks"),
    ],
)
def test_an_older_post_has_too_few_clicks_to_tell(changes: dict[str, Any], clicks: str) -> None:
    (finding,) = find(**changes)
    assert (finding.code, finding.severity, finding.confidence) == ("too_early_to_tell", "low", "certain")
    assert finding.title == f"Too few clicks to tell: {clicks} so far"


def test_without_a_snapshot_no_numbers_are_spoken_of() -> None:
    (bare,) = find(snapshot_at=None, views=None, as_of=PUBLISHED + 5 * times.HOUR)
    assert "numbers" not in bare.title
    assert "note the views again" not in bare.next_step
    assert "There are no views yet" in bare.next_step
    (noted,) = find(snapshot_at=PUBLISHED + 5 * times.HOUR)
    assert noted.next_step == "Clicks keep coming for days: note the views again."


@pytest.mark.parametrize(
    "changes",
    [
        {"snapshot_at": PUBLISHED + DAY},
        {"snapshot_at": None, "as_of": PUBLISHED + DAY},
        {"human": 20},
        {"human": 20, "views": None, "snapshot_at": None},
        {"human": 0, "views": 1_000_000},
        {"human": 2, "views": 12_000},
    ],
)
def test_it_is_not_too_early_once_something_can_be_said(changes: dict[str, Any]) -> None:
    assert find(**changes) == []


def test_too_early_shows_what_the_numbers_leave_open() -> None:
    (finding,) = find(human=9)
    assert finding.evidence == {
        "clicks": 9,
        "clicks_needed": 20,
        "age_seconds": 9 * 86_400,
        "views": 12_400,
        "low": pytest.approx(0.000382, abs=1e-6),
        "high": pytest.approx(0.001379, abs=1e-6),
        "level": 0.95,
    }
    assert "luck and a real difference look the same" in finding.next_step


def test_too_early_asks_for_views_that_were_not_noted() -> None:
    (without,) = find(human=9, views=None)
    assert "There are no views yet" in without.next_step
    (with_views,) = find(human=9, views=0)
    assert "no views" not in with_views.next_step


def test_the_gravest_finding_comes_first() -> None:
    assert codes(find(hung=[("k7m2p", spot())], human=9)) == ["dead_placement", "too_early_to_tell"]


count = st.integers(0, 10**12)


@settings(deadline=None)
@given(count, st.none() | count, st.integers(-(10**12), 10**13), st.none() | st.integers(-(10**12), 10**13))
def test_any_counts_and_times_give_sentences_and_json_without_nan(
    human: int, views: int | None, as_of: int, snapshot_at: int | None
) -> None:
    for finding in find(human=human, views=views, as_of=as_of, snapshot_at=snapshot_at, hung=[("k7m2p", spot())]):
        text = json.dumps(finding.to_dict(), allow_nan=False)
        assert "None" not in text
        assert finding.next_step.endswith(".")


def test_every_code_is_in_the_catalogue_and_every_row_of_it_can_be_found() -> None:
    tree = ast.parse(inspect.getsource(findings))
    made = {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert made == set(findings.CODES)
    assert codes(find(hung=[("k7m2p", spot())], human=9)) == list(findings.CODES)
    assert all(row.trigger.endswith(".") and row.source for row in findings.CODES.values())
