import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.errors import Invalid
from shortlinks.snapshots import pasted, typed
from shortlinks.words import language, voices
from shortlinks.words.language import _


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (12_400, 12_400),
        (0, 0),
        (12_400.0, 12_400),
        ("12400", 12_400),
        (" 12400 ", 12_400),
        ("12,400", 12_400),
        ("12.400", 12_400),
        ("1 234", 1_234),
        ("1\u00a0234\u00a0567", 1_234_567),
        ("1\u202f234", 1_234),
        ("12’400", 12_400),
        ("1'234'567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("12,34,567", 1_234_567),
        ("12,400.00", 12_400),
        ("12.400,00", 12_400),
        ("１２４００", 12_400),
        ("\u200e12,400\u200f", 12_400),
        ("\u2066 12,400\u2069", 12_400),
        ("\ufeff12400", 12_400),
        ("007", 7),
        (10**12, 10**12),
    ],
)
def test_a_number_written_out_is_exact(text, value):
    assert typed.count(text, "views") == typed.Count(value, 0)


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("12.4K", 12_400, 50),
        ("12.4k", 12_400, 50),
        ("12.4 K", 12_400, 50),
        ("12,4 mil", 12_400, 50),
        ("12,4\u00a0mil", 12_400, 50),
        ("12K", 12_000, 500),
        ("12.45K", 12_450, 5),
        ("1.2M", 1_200_000, 50_000),
        ("0.123M", 123_000, 500),
        ("1,234.5K", 1_234_500, 50),
        ("2,3 Mio", 2_300_000, 50_000),
        ("2,3 Mio.", 2_300_000, 50_000),
        ("1.2 Tsd", 1_200, 50),
        ("3 mln", 3_000_000, 500_000),
        ("1,2 млн", 1_200_000, 50_000),
        ("1B", 1_000_000_000, 500_000_000),
        ("1,1 Mrd.", 1_100_000_000, 50_000_000),
        ("12.4万", 124_000, 500),
        ("1.5 lakh", 150_000, 5_000),
        ("12 400 K", 12_400_000, 500),
    ],
)
def test_a_short_form_keeps_its_rounding(text, value, precision):
    assert typed.count(text, "views") == typed.Count(value, precision)


@pytest.mark.parametrize("text", [-1, "-1", "-12.4K", "−5", -1.0])
def test_it_refuses_what_is_negative(text):
    with pytest.raises(Invalid, match="negative"):
        typed.count(text, "views")


@pytest.mark.parametrize("text", [10**12 + 1, "1000.1B", "9" * 40, 1e300, "2000 Mrd"])
def test_it_refuses_what_nobody_believes(text):
    with pytest.raises(Invalid, match="believable"):
        typed.count(text, "likes")


@pytest.mark.parametrize("text", ["1,234K", "1.234M", "12,400K", "1.234 Mio"])
def test_it_refuses_what_can_be_read_in_two_ways(text):
    with pytest.raises(Invalid, match="two ways"):
        typed.count(text, "views")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "many",
        "K",
        "12X",
        "1T",
        "1e5",
        "12K views",
        "~12",
        "1,2,3",
        "1,23,4",
        "5k5",
        "1 2",
        ".5K",
        "5.K",
        "0x10",
        "٣",
        "1.2.3K",
        "12--",
        "1,234.567,8",
        "<b>",
        "1,2345,678",
        "12²",
        "1①",
        "1½",
        "12Ⅿ",
        "\u202e123",
    ],
)
def test_it_refuses_nonsense(text):
    with pytest.raises(Invalid):
        typed.count(text, "views")


@pytest.mark.parametrize("text", ["1.5", "12,4", "1.23456K", 12.5, float("inf"), "0,400"])
def test_it_refuses_fractions(text):
    with pytest.raises(Invalid, match="whole"):
        typed.count(text, "views")


@pytest.mark.parametrize("value", [True, False, None, [], {}, float("nan"), b"12"])
def test_it_refuses_what_is_no_number(value):
    with pytest.raises(Invalid):
        typed.count(value, "views")


def test_it_names_the_field():
    with pytest.raises(Invalid) as caught:
        typed.count("many", "likes")
    assert [field for field, _ in caught.value.errors] == ["likes"]


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", ""]))
def test_every_way_to_group_the_digits_gives_the_number(number, separator):
    assert typed.count(f"{number:,}".replace(",", separator), "views") == typed.Count(number, 0)


@given(st.integers(0, 999_999), st.sampled_from("KM"))
def test_the_true_count_lies_within_the_rounding(number, suffix):
    factor = {"K": 1_000, "M": 1_000_000}[suffix]
    found = typed.count(f"{number / factor:.1f}{suffix}", "views")
    assert abs(found.value - number) <= found.precision


@given(st.text(max_size=60))
def test_any_text_is_a_count_or_refused(text):
    try:
        found = typed.count(text, "views")
    except Invalid:
        return
    assert 0 <= found.value <= typed.LARGEST
    assert found.precision >= 0


def test_a_very_long_text_is_refused_without_being_read():
    with pytest.raises(Invalid):
        typed.count("9" * 1_000_000, "views")


@pytest.mark.parametrize(
    ("typed_text", "meant"),
    [
        ("84.2 %", 84.2),
        ("84,2", 84.2),
        (84, 84.0),
        (84.2, 84.2),
        ("0", 0.0),
        ("100%", 100.0),
        (100.0, 100.0),
        (" 84.2\u202f% ", 84.2),
        ("８４", 84.0),
        ("\u200f84.2\u00a0%\u200e", 84.2),
    ],
)
def test_a_share_is_read_as_apps_show_it(typed_text, meant):
    assert typed.share(typed_text, "non_followers") == meant


@pytest.mark.parametrize(
    "typed_text",
    [
        "84.25",
        84.25,
        "100.1",
        101,
        "-1",
        -1,
        "",
        "%",
        "84 of 100",
        "1e1",
        "1K",
        True,
        None,
        [],
        float("nan"),
        float("inf"),
        1e-7,
        "9" * 5_000,
        "8 4",
        "84 %%",
        ".5",
        "½",
        "8²",
        10**400,
    ],
)
def test_what_is_no_share_is_refused(typed_text):
    with pytest.raises(Invalid) as caught:
        typed.share(typed_text, "non_followers")
    assert [field for field, _ in caught.value.errors] == ["non_followers"]


@pytest.mark.parametrize("tag", ["de", "de-CH", "es", "es-MX"])
def test_what_a_form_gives_as_examples_is_understood(tag: str) -> None:
    with language.speaking(voices.of(tag)):
        assert typed.count(_("12.4K"), "views") == typed.Count(12_400, 50)
        assert typed.share(_("84.2 %"), "non_followers") == 84.2
        found = pasted.read(_("12.4K views 931 likes 14 comments"), platform="instagram")
    counts = {"views": typed.Count(12_400, 50), "likes": typed.Count(931, 0), "comments": typed.Count(14, 0)}
    assert (found.counts, found.doubts, found.unread) == (counts, (), ())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12.400", typed.Count(12_400, 0)),
        ("12,4 Tsd.", typed.Count(12_400, 50)),
        ("12,4 Tsd", typed.Count(12_400, 50)),
        ("12,4K", typed.Count(12_400, 50)),
        ("1,2\u00a0Mio.", typed.Count(1_200_000, 50_000)),
    ],
)
def test_numbers_are_typed_in_german_as_apps_write_them_there(text: str, count: typed.Count) -> None:
    with language.speaking(voices.of("de")):
        assert typed.count(text, "views") == count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("viele", "views: muss eine Zahl sein, wie 12400, 12.400 oder 12,4 Tsd"),
        ("12 Stück", "views: endet auf 'stück', eine Kurzform, die hier nicht bekannt ist"),
        ("1.234 Tsd.", "views: lässt sich auf zwei Weisen lesen: Schreib die Zahl ganz aus"),
    ],
)
def test_what_is_no_count_is_told_in_german_with_examples_of_there(text: str, said: str) -> None:
    with language.speaking(voices.of("de")), pytest.raises(Invalid) as refused:
        typed.count(text, "views")
    assert str(refused.value).startswith(said)
