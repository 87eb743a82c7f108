import io
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from shortlinks.errors import Invalid
from shortlinks.links import address_cards, lettering

ADDRESS = "go.example/mug"
PAPER = 17
CODE = string.ascii_letters + string.digits + "-_"
HOST = st.text(string.ascii_lowercase + string.digits + ".-", min_size=1, max_size=250)
SLUG = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=64)
LINE = st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=address_cards.LONGEST_LINE)


def card(shape="tall", address=ADDRESS, **given):
    return Image.open(io.BytesIO(address_cards.draw(address, shape, **given)))


def inked(image):
    """The box that holds all that is drawn."""
    return image.point(lambda value: 255 if value != PAPER else 0).getbbox()


@pytest.mark.parametrize(
    ("shape", "size", "free"),
    [("tall", (1080, 1920), (130, 270, 950, 1250)), ("square", (1080, 1080), (90, 90, 990, 990))],
)
def test_it_has_the_size_that_apps_want_and_nothing_where_they_cover_it(shape, size, free):
    image = card(shape, line="Type it into your browser", coupon="MUG10")
    assert (image.format, image.size, image.mode) == ("PNG", size, "L")
    assert address_cards.SIZES[shape] == size
    left, top, right, bottom = inked(image)
    assert left >= free[0]
    assert top >= free[1]
    assert right <= free[2]
    assert bottom <= free[3]


@pytest.mark.parametrize("shape", address_cards.SIZES)
def test_the_address_is_as_wide_as_there_is_room_and_light_on_dark(shape):
    image = card(shape)
    left, top, right, bottom = inked(image)
    assert right - left > 0.7 * image.width
    assert bottom - top > 90
    assert image.getextrema() == (PAPER, 255)


def test_a_short_address_is_not_blown_up_beyond_all_measure():
    _, top, _, bottom = inked(card(address="a.bc/d"))
    assert bottom - top < 250


def test_a_long_host_stands_on_a_line_of_its_own():
    one, two = inked(card()), inked(card(address="blue-bowls.example/blue-bowls"))
    assert two[3] - two[1] > 1.5 * (one[3] - one[1])


@settings(max_examples=20, deadline=None)
@given(
    shape=st.sampled_from(sorted(address_cards.SIZES)),
    host=HOST,
    slug=SLUG,
    line=LINE,
    coupon=st.text(CODE, max_size=40),
)
@example(shape="square", host="000000bbe", slug="000000000", line="", coupon="")
def test_whatever_is_written_stays_within_its_place(shape, host, slug, line, coupon):
    free = {"tall": (130, 270, 950, 1250), "square": (90, 90, 990, 990)}[shape]
    box = inked(card(shape, f"{host}/{slug}", line=line.strip(), coupon=coupon))
    assert (box[0] >= free[0], box[1] >= free[1], box[2] <= free[2], box[3] <= free[3]) == (True,) * 4, box


def test_line_and_coupon_are_drawn_and_change_only_the_rest_of_the_card():
    plain, lined, coupon = card(), card(line="Type it"), card(coupon="MUG10")
    assert inked(lined)[1] < inked(plain)[1]
    assert inked(coupon)[3] > inked(plain)[3]
    assert card(coupon="MUG10").tobytes() != card(coupon="MUG20").tobytes()
    assert card(line="<script>alert(1)</script>").tobytes() != plain.tobytes()


def test_the_same_card_is_the_same_file():
    assert address_cards.draw(ADDRESS, "tall", line="x") == address_cards.draw(ADDRESS, "tall", line="x")


def test_letters_that_no_font_has_are_named_and_nothing_is_drawn_in_their_place(monkeypatch):
    monkeypatch.setattr(lettering, "installed", lambda: ())
    with pytest.raises(Invalid) as caught:
        card(line="Für die große Tasse: für")
    assert caught.value.errors == [("line", "has letters that no font on this computer can draw: üß")]


def test_a_font_of_the_system_draws_what_the_own_one_lacks(monkeypatch):
    drawn = []

    def font(name):
        def face(size):
            drawn.append(name)
            return lettering.default(size)

        return face

    fonts = {name: font(name) for name in ("First.ttf", "Second.ttf")}
    monkeypatch.setattr(lettering, "installed", lambda: tuple(fonts))
    monkeypatch.setattr(lettering, "_of_system", fonts.get)
    monkeypatch.setattr(lettering, "_has", lambda face, letter: letter != "ü" or face is fonts["Second.ttf"])
    assert inked(card(line="für"))
    assert set(drawn) == {"Second.ttf"}
    drawn.clear()
    assert inked(card(line="fur"))
    assert drawn == []
