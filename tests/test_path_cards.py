"""The path of a post as a picture: whatever it is called and however much was counted, all of it is in the picture."""

import io
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from shortlinks.funnels import path_cards
from shortlinks.funnels.path_cards import BOX, Bar
from shortlinks.links import lettering

HEADLINE = "11 clicks by people from 12,400 views: about 1 per 1,100"
NOTES = ("Numbers of Sat 21 Nov 2026, 22:46, clicks up to then.", "Each light line is ten times as many.")
BESIDE: dict[str, Any] = {"beside": True, "aside": "for comparison"}
VIEWS, LIKES = Bar("Views", "12,400 ±50", 100.0), Bar("Likes", "931", 73.0, **BESIDE)
GAP, CLICKS = Bar("Profile visits", "not noted", None), Bar("Clicks", "11", 26.0)
PAPER = (lettering.PAPER,) * 3
MOST = "1,000,000,000,000"
WORST = (
    f"{MOST} clicks by people (at least {MOST}, at most {MOST}) from {MOST} views: very likely fewer than 1 per {MOST}"
)
LONG = f"At least {MOST}, at most {MOST}: the bio link is shared by posts, and its visitors may have come from another one."
ALL = [
    Bar(
        "Profile visits",
        f"{MOST} ±50,000,000,000",
        50.0,
        50.0,
        note=LONG if number == 5 else "",
        aside="for comparison",
    )
    for number in range(9)
]
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


def card(
    title: str = "The blue mug", headline: str = HEADLINE, bars: tuple[Bar, ...] = (VIEWS, LIKES, GAP, CLICKS)
) -> Image.Image:
    drawn = path_cards.draw(title, headline, bars, ticks=(7.0, 25.0, 49.0, 73.0), notes=NOTES)
    return Image.open(io.BytesIO(drawn))


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """The box that holds all that is drawn."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, PAPER)).getbbox()
    assert box
    return box


def within(box: tuple[int, int, int, int], *, above: int = 0) -> bool:
    left, top, right, bottom = box
    return left >= BOX.left and top >= BOX.top - above and right <= BOX.right and bottom <= BOX.bottom


def test_without_a_font_for_them_our_own_words_lose_their_accents_and_no_box_stands_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lettering, "installed", lambda: ())
    accents = card(headline="Für später: „año“\u00a05–6 日", bars=(Bar("Größe", "±5", 50.0, aside="über", note="Más"),))
    assert accents == card(
        headline="Fur spater: “ano“ 5-6 ", bars=(Bar("Grosse", "±5", 50.0, aside="uber", note="Mas"),)
    )


def test_it_has_the_size_of_a_story_and_nothing_where_apps_cover_it() -> None:
    image = card()
    assert (image.format, image.size) == ("PNG", (1080, 1920))
    left, top, right, bottom = inked(image)
    assert within((left, top, right, bottom))
    assert right - left > 850
    assert bottom - top > 700


@settings(max_examples=5, deadline=None)
@given(title=TITLES)
@example("W" * 200)
@example("Z" + "\u0321\u0338\u0322\u031b" * 40)
@example("\u202e" + "כוסות " * 30)
@example("🏺" * 100)
@example("ﷺ" * 60)
def test_whatever_a_post_is_called_stays_in_the_picture(title: str) -> None:
    # Marks upon a letter of the first line may rise above it.
    assert within(inked(card(title)), above=24)


def test_the_longest_numbers_and_every_step_stay_in_the_picture() -> None:
    assert within(inked(card("W" * 200, WORST, tuple(ALL))))
    # With few steps all letters are larger.
    assert within(inked(card(bars=(Bar("Views", f"{MOST} ±50,000,000,000", 100.0),))))


def test_a_long_title_is_cut_after_two_lines_and_piles_of_marks_after_two() -> None:
    assert card("The blue mug " * 15).tobytes() == card("The blue mug " * 10).tobytes()
    assert card("Q" + "\u0301" * 99).tobytes() == card("Q" + "\u0301" * 2).tobytes()


def test_a_bar_is_as_long_as_it_says_and_a_gap_is_an_outline() -> None:
    accent, ranged = (138, 180, 248), (65, 96, 143)

    def row(bar: Bar) -> list[Any]:
        image = card("", "1 click by a person", (bar,))
        edge = [image.getpixel((BOX.left, y)) for y in range(BOX.bottom)]
        first = next(y for y, pixel in enumerate(edge) if pixel in (accent, (52, 56, 64)))
        return [image.getpixel((x, first + 9)) for x in range(BOX.left, BOX.right)]

    half = row(Bar("Clicks", "11", 50.0, 25.0))
    assert abs(half.count(accent) - 450) < 20
    assert abs(half.count(ranged) - 225) < 20
    none = row(Bar("Clicks", "0", 0.0))
    assert none.count(accent) == 0
    assert none.count(PAPER) == 0
    image = card("", "1 click by a person", (Bar("Clicks", "not noted", None),))
    colours = {colour for _, colour in image.getcolors(1 << 20) or ()}
    assert not colours & {accent, ranged}


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "The red mug"},
        {"headline": "0 clicks by people"},
        {"bars": (VIEWS, LIKES, CLICKS)},
        {"bars": (VIEWS, LIKES, GAP, Bar("Clicks", "11", 26.0, note="At least 1, at most 14"))},
    ],
)
def test_each_part_is_drawn(changed: dict[str, Any]) -> None:
    assert card(**changed).tobytes() != card().tobytes()


def test_letters_that_no_font_has_are_named_and_left_out() -> None:
    assert path_cards.undrawn("Mug \U000f0000") == "\U000f0000"
    assert path_cards.undrawn("The blue mug") == ""
    assert card("Mug \U000f0000").tobytes() == card("Mug").tobytes()
    assert card("\U000f0000").tobytes() == card("").tobytes()


def test_without_other_fonts_what_the_own_one_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "installed", lambda: ())
    assert path_cards.undrawn("Für Ömer") == "üÖ"
    assert within(inked(card("Für Ömer")))


def test_letters_that_run_to_the_left_stand_at_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    if path_cards.undrawn("כוס"):
        pytest.skip("no font here has them")
    image = card("כוס")
    top = inked(image)[1]
    assert inked(image.crop((0, top, 1080, top + 30)))[0] > 540
    monkeypatch.setattr(lettering, "_SHAPES", False)
    assert set(path_cards.undrawn("כוס")) == set("כוס")


def test_signs_that_are_not_seen_do_not_turn_a_title_round() -> None:
    assert card("\u202eThe blue\u200b mug").tobytes() == card().tobytes()


def test_the_same_path_is_the_same_file() -> None:
    assert card().tobytes() == card().tobytes()
