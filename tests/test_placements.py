import re
import tomllib
from importlib import resources

import pytest

from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.posts import permalinks
from shortlinks.words import language, voices

KINDS = {"video", "image", "story", "text", "live", "pin"}
GENERAL = {"elsewhere", "bio_page", "on_screen", "spoken", "newsletter", "chat", "website", "print"}
PLATFORMS = [
    "instagram",
    "tiktok",
    "youtube",
    "x",
    "threads",
    "bluesky",
    "mastodon",
    "facebook",
    "pinterest",
    "linkedin",
    "reddit",
    "tumblr",
    "twitch",
    "snapchat",
    "discord",
    "other",
]


def test_it_knows_the_platforms_with_other_last():
    assert placements.platforms() == tuple(PLATFORMS)
    assert placements.platform_label("youtube") == "YouTube"


def test_every_platform_has_the_general_placements_too():
    for platform in placements.platforms():
        names = [row.name for row in placements.of_platform(platform)]
        assert set(names) >= GENERAL
        assert len(names) == len(set(names))


def test_it_holds_the_57_researched_rows():
    general = {f"{platform}/{name}" for platform in PLATFORMS for name in GENERAL} - {"twitch/chat"}
    own = [row for row in placements.all_() if row.id not in general and row.platform != "other"]
    assert len(own) == 57


@pytest.mark.parametrize("row", placements.all_(), ids=lambda row: row.id)
def test_every_row_says_where_it_comes_from(row):
    assert row.id == f"{row.platform}/{row.name}"
    assert re.fullmatch(r"[a-z]+/[a-z_]+", row.id)
    assert row.label
    assert row.source
    assert row.confidence in {"official", "corroborated", "single-source", "inferred", "unsourced"}
    assert re.fullmatch(r"20\d\d-\d\d", row.checked_on)
    assert isinstance(row.clickable, bool)
    assert not (row.clickable and row.typed)
    assert (row.confidence == "unsourced") == row.source.startswith("no source found")


@pytest.mark.parametrize(
    "placement",
    [
        "instagram/feed_caption",
        "instagram/reel_caption",
        "instagram/comment",
        "instagram/live_caption",
        "tiktok/video_caption",
        "tiktok/comment",
        "tiktok/bio_text",
        "youtube/shorts_description",
        "youtube/shorts_comment",
        "snapchat/text_on_snap",
    ],
)
def test_a_link_nobody_can_tap_is_dead(placement):
    assert placements.by_id(placement).dead


@pytest.mark.parametrize(
    "placement",
    [
        "instagram/bio_link",
        "instagram/story_link_sticker",
        "tiktok/bio_website_field",
        "youtube/video_description",
        "youtube/video_comment",
        "x/post",
        "pinterest/pin_destination_url",
        "facebook/comment",
    ],
)
def test_a_link_that_can_be_tapped_is_not_dead(placement):
    assert placements.by_id(placement).clickable
    assert not placements.by_id(placement).dead


@pytest.mark.parametrize("name", ["on_screen", "spoken", "print"])
def test_what_is_shown_or_said_to_be_typed_is_not_dead(name):
    row = placements.get("tiktok", name)
    assert not row.clickable
    assert row.typed
    assert not row.dead


def test_links_on_the_profile_are_shared_by_its_posts():
    shared = {row.id for row in placements.all_() if row.bio}
    assert shared >= {"instagram/bio_link", "tiktok/bio_website_field", "youtube/channel_links", "x/bio_website"}
    assert shared >= {"mastodon/profile_fields", "twitch/panel_or_about", "discord/about_me", "other/bio_link"}
    assert not shared & {"instagram/story_link_sticker", "youtube/video_description", "x/post", "instagram/bio_page"}


def test_a_platform_has_its_own_chat_in_place_of_the_general_one():
    assert "Block Hyperlinks" in str(placements.get("twitch", "chat").note)
    assert "preview" in str(placements.get("discord", "chat").note)


@pytest.mark.parametrize("text", ["bio_link", " Bio_Link ", "instagram/bio_link", "Instagram/bio_link"])
def test_a_placement_is_found_by_its_name_and_by_its_id(text):
    assert placements.get("instagram", text) is placements.by_id("instagram/bio_link")


def test_a_whole_id_may_be_on_another_platform():
    assert placements.get("instagram", "youtube/video_description").platform == "youtube"


@pytest.mark.parametrize(
    "text", ["video_caption", "", "instagram/", "instagram/nope", "/bio_link", "x" * 5_000, None, 5, []]
)
def test_it_refuses_an_unknown_placement(text):
    with pytest.raises(Invalid) as caught:
        placements.get("instagram", text, field="links[0].placement")
    assert [field for field, _ in caught.value.errors] == ["links[0].placement"]
    assert len(str(caught.value)) < 500


def test_it_refuses_an_unknown_id():
    with pytest.raises(Invalid) as caught:
        placements.by_id("instagram/nope")
    assert [field for field, _ in caught.value.errors] == ["placement"]


@pytest.mark.parametrize("platform", ["myspace", "", "everywhere", None, [], "Instagram/bio_link"])
def test_it_refuses_an_unknown_platform(platform):
    with pytest.raises(Invalid) as caught:
        placements.of_platform(platform)
    assert [field for field, _ in caught.value.errors] == ["platform"]
    with pytest.raises(Invalid):
        placements.get(platform, "bio_link")


def test_each_platform_has_a_spot_to_tap_and_one_in_the_profile():
    for platform in placements.platforms():
        assert placements.tappable(platform)
        assert placements.of_profile(platform).audience == "profile"


def test_each_platform_with_a_dead_placement_says_where_to_hang_a_link_instead():
    for row in placements.all_():
        if row.dead:
            assert placements.alternative(row.platform), row.id


def test_each_platform_has_a_kind_of_post():
    assert {placements.default_kind(platform) for platform in placements.platforms()} <= KINDS
    assert placements.default_kind("pinterest") == "pin"


def test_it_says_where_the_platform_shows_what_only_it_can_count():
    assert placements.where("instagram", "profile_visits") == "Instagram: Insights of the post, Profile visits"
    assert placements.where("discord", "profile_visits") is None
    assert placements.where("instagram", "nothing") is None
    assert placements.where("tiktok", "non_followers") == "TikTok: Analytics of the post, Viewers, Non-followers"


@pytest.mark.parametrize(
    ("platform", "number"), [("tiktok", "profile_visits"), ("instagram", "link_taps"), ("facebook", "link_taps")]
)
def test_what_is_only_shown_of_all_posts_together_is_not_asked_for_as_one_posts(platform, number):
    assert placements.where(platform, number).endswith(" (of all posts together: note them with the profile)")


def test_it_says_where_the_platform_shows_the_numbers_of_the_whole_profile():
    assert "last 7 days" in placements.where_of_profile("instagram", "profile_visits")
    assert "Overview.csv" in placements.where_of_profile("tiktok", "views")
    assert placements.where_of_profile("tiktok", "link_taps") is None
    assert placements.where_of_profile("discord", "profile_visits") is None


def test_the_data_file_explains_each_of_its_fields():
    text = resources.files("shortlinks.placements").joinpath("placements.toml").read_text("utf-8")
    header = text.split("\n\n# ", 1)[0]
    tables = tomllib.loads(text)
    used = {field for rows in tables["placement"].values() for row in rows.values() for field in row}
    used |= {field for platform in tables["platform"].values() for field in platform}
    for field in used:
        assert re.search(rf"^# +(\[platform\.<name>\.)?{field}\b", header, re.MULTILINE), field


@pytest.mark.parametrize(
    ("name", "bio", "who"),
    [
        ("bio_link", True, "profile"),
        ("bio_page", False, "profile"),
        ("newsletter", False, "outside"),
        ("website", False, "outside"),
        ("print", False, "outside"),
        ("story_link_sticker", False, "viewers"),
        ("reel_caption", False, "viewers"),
        ("on_screen", False, "viewers"),
        ("chat", False, "viewers"),
        ("elsewhere", False, "viewers"),
    ],
)
def test_a_placement_has_an_audience(name: str, bio: bool, who: str) -> None:
    assert placements.Placement("p/" + name, "p", name, "", True, "", "", "", bio=bio).audience == who


def test_only_youtube_has_spots_by_format_and_every_format_is_one_that_an_address_tells():
    by_format = {row.id: row.formats for row in placements.all_() if row.formats}
    assert by_format == {
        "youtube/video_description": ("video", "live"),
        "youtube/video_comment": ("video", "live"),
        "youtube/shorts_description": ("short",),
        "youtube/shorts_comment": ("short",),
        "youtube/vertical_live_feed": ("live",),
    }
    addresses = ("watch?v=dQw4w9WgXcQ", "shorts/dQw4w9WgXcQ", "live/dQw4w9WgXcQ", "post/UgkxAbC")
    told = [permalinks.format_on("youtube", f"https://www.youtube.com/{path}") for path in addresses]
    assert [placements.format_label("youtube", format_) for format_ in told] == [
        *("a long video", "a Short", "a live stream", "a community post"),
    ]
    assert {name for formats in by_format.values() for name in formats} <= set(told)
    assert placements.format_label("instagram", "reel") == placements.format_label("youtube", None) == ""


def test_a_format_has_its_own_spots_and_those_of_every_post():
    every = {row.name for row in placements.of_platform("youtube") if not row.formats}
    short = {row.name for row in placements.of_platform("youtube", "short")}
    assert short - every == {"shorts_description", "shorts_comment"}
    assert {row.name for row in placements.of_platform("youtube", "post")} == every
    assert placements.of_platform("youtube", None) == placements.of_platform("youtube")
    assert placements.of_platform("instagram", "reel") == placements.of_platform("instagram")
    assert [row.name for row in placements.to_try("youtube", "short") if row.clickable] == [
        "channel_links",
        "channel_description",
    ]


def test_a_short_has_another_way_than_a_long_video():
    assert placements.alternative("youtube", "short") != placements.alternative("youtube", "video")
    assert placements.alternative("youtube", "video") == placements.alternative("youtube")
    assert "related video" in placements.tappable("youtube", "short")
    assert placements.tappable("x", "video") == "the post"


def test_a_story_has_a_spot_where_the_platform_gives_it_one():
    named = {name: spot.id for name in placements.platforms() if (spot := placements.of_story(name))}
    assert named == {
        "instagram": "instagram/story_link_sticker",
        "snapchat": "snapchat/story_or_snap_link_attachment",
    }


@pytest.mark.parametrize("platform", placements.platforms())
def test_the_spots_to_try_are_the_platforms_own_and_none_is_dead(platform):
    rows = placements.to_try(platform)
    assert rows[0].clickable
    assert not any(row.dead for row in rows)
    assert {"newsletter", "elsewhere", "bio_page"}.isdisjoint(row.name for row in rows)
    assert {f"{platform}/spoken", f"{platform}/on_screen"} <= {row.id for row in rows}


def test_what_people_read_is_in_the_language_that_is_spoken_and_what_rows_are_is_not():
    with language.speaking(voices.of("de")):
        assert placements.place("tiktok/bio_website_field") == "TikTok, Website-Feld der Bio"
        row = placements.by_id("instagram/bio_link")
        assert (row.limits, row.clickable) == ("bis zu 5 Links; Bio-Text 150 Zeichen", True)
        assert placements.alternative("instagram") == "der Bio-Link oder ein Link-Sticker in einer Story"
        assert "Profilbesuche" in placements.where("instagram", "profile_visits")
        assert "Profilaufrufe" in placements.where_of_profile("tiktok", "profile_visits")
    assert placements.place("tiktok/bio_website_field") == "TikTok, website field of the bio"
    assert "Profile visits" in placements.where("instagram", "profile_visits")


def test_a_spot_for_those_with_followers_is_called_in_each_readers_language() -> None:
    def called() -> str:
        found = placements.from_followers("tiktok")
        assert found is not None
        return found.label

    english = called()
    with language.speaking(voices.of("de")):
        assert called() != english
    assert called() == english
