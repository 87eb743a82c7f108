import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.placements import captions, placements

URL = "https://go.example/mug"
TITLE = "The blue mug, glazed twice"
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"


def caption(placement, **given):
    return captions.of_link(placements.by_id(placement), **{"short_url": URL, "title": TITLE} | given)


@pytest.mark.parametrize(
    ("placement", "given", "purpose", "text"),
    [
        ("x/post", {}, "Text to paste", f"{TITLE}\n{URL}"),
        ("x/post", {"coupon": "MUG10"}, "Text to paste", f"{TITLE}\n{URL}\nCode: MUG10"),
        ("instagram/reel_caption", {"in_bio": True}, "Text to paste", f"{TITLE}\nLink in bio"),
        ("youtube/shorts_description", {"in_bio": True}, "Text to paste", f"{TITLE}\nLink on my channel"),
        ("instagram/comment", {"typed": "go.example/cats"}, "Text to paste", f"{TITLE}\nType go.example/cats into your browser"),
        ("tiktok/video_caption", {}, "Text to paste", f"{TITLE}\nType go.example/mug into your browser"),
        ("tiktok/bio_text", {"in_bio": True}, "Text to paste", "Type go.example/mug into your browser"),
        ("instagram/bio_link", {}, "Text for the post’s caption", "Link in bio"),
        ("linkedin/profile_website", {"coupon": "MUG10"}, "Text for the post’s caption", "Link in my profile\nCode: MUG10"),
        ("instagram/story_link_sticker", {}, "", ""),
        ("instagram/story_link_sticker", {"coupon": "MUG10"}, "Text beside it", "Code: MUG10"),
        ("tiktok/on_screen", {"coupon": "MUG10"}, "What to show", "go.example/mug\nCode: MUG10"),
        ("tiktok/spoken", {}, "What to say", "Go to go dot example slash mug"),
        ("x/spoken", {"coupon": "MUG10"}, "What to say", "Go to go dot example slash mug and use the code MUG10."),
        ("x/post", {"title": HOSTILE}, "Text to paste", f"{HOSTILE}\n{URL}"),
        ("x/post", {"title": "Mug"}, "Text to paste", f"Mug\n{URL}"),
    ],
)  # fmt: skip
def test_the_text_is_what_one_pastes_shows_or_says_there(placement, given, purpose, text):
    found = caption(placement, **given)
    assert (found.purpose, found.text) == (purpose, text)


@pytest.mark.parametrize(
    ("placement", "said"),
    [
        ("x/post", "A tap on the address opens it."),
        ("instagram/reel_caption", "Nobody can tap an address here: it is mere text."),
        ("tiktok/on_screen", "Nobody can tap it: people see it and type it."),
        ("tiktok/spoken", "Nobody can tap it: people hear it and type it."),
    ],
)
def test_it_says_what_can_be_tapped(placement, said):
    assert caption(placement).tap == said


def test_each_spot_says_its_limit():
    assert caption("instagram/reel_caption").limit == "What fits: 2,200 characters."
    assert caption("instagram/dm").limit == ""


def test_linkedin_leaves_addresses_up_to_26_characters_as_they_are():
    assert caption("linkedin/comment").limit.endswith("Yours has 22 characters, so it stays as it is.")
    assert "so it stays" in caption("linkedin/comment", short_url="https://go.example/12345ab").limit
    longer = caption("linkedin/comment", short_url="https://go.example/12345abc")
    assert longer.limit.endswith("Yours has 27 characters, so LinkedIn shows one of its own.")


def test_on_x_every_address_counts_as_23_and_wide_letters_twice():
    post = placements.by_id("x/post")
    assert captions.counted(f"Mug\n{URL}", post, URL) == 4 + 23
    assert captions.counted(f"Mug\n{URL}x", post, f"{URL}x") == 4 + 23
    assert captions.counted("né Кот –“” 猫🎉", post, URL) == 11 + 4
    assert captions.counted("猫", placements.by_id("threads/post"), URL) == 1
    assert caption("x/post").takes == f"It takes {len(TITLE) + 24} of 280 characters; the address counts as 23."


def test_a_title_is_cut_to_the_room_there_is():
    found = caption("x/post", title="a" * 300)
    assert found.text == f"{'a' * 254}…\n{URL}"
    assert found.takes.startswith("It takes 280 of 280 characters")
    kept = 280 - 23 - 1 - 2  # … counts as two: it lies beyond the narrow punctuation
    assert len(found.text.partition("…")[0]) == kept


def test_where_there_is_no_room_for_a_title_it_is_left_out_and_too_long_is_said():
    long = f"https://{'long.' * 20}example/mug"
    found = caption("instagram/bio_text", short_url=long)
    assert found.text == f"Type {long.removeprefix('https://')} into your browser"
    assert found.takes.startswith("It takes 134 of 150")
    assert caption("tiktok/bio_text", short_url=long).takes == "It takes 134 of 80 characters: too many."
    assert caption("discord/about_me", short_url=long).text == "Link in my profile"


@given(
    placement=st.sampled_from([row for row in placements.all_() if row.chars]),
    title=st.text(max_size=400),
    coupon=st.sampled_from(["", "MUG10"]),
)
def test_what_is_offered_fits_whatever_the_title(placement, title, coupon):
    found = captions.of_link(placement, URL, title=title, coupon=coupon)
    assert captions.counted(found.text, placement, URL) <= placement.chars
    assert "too many" not in found.takes


def test_an_address_is_said_as_one_says_it():
    assert captions.spoken("https://my-shop.example/cats") == "my dash shop dot example slash cats"
    assert captions.spoken("http://localhost:8000/a") == "localhost colon 8000 slash a"
