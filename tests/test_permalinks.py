import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.placements import placements
from shortlinks.posts import permalinks, post_fields

REEL = "https://www.instagram.com/reel/C1aB_-x/"
TOK = "https://www.tiktok.com/@al.ice/video/7123456789012345678"
SHORT = "https://www.youtube.com/shorts/dQw4w9WgXcQ"
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    ("text", "platform", "called", "post_id", "handle", "permalink"),
    [
        ("https://www.instagram.com/reel/C1aB_-x/?igsh=MzRlODBi", "instagram", "reel", "C1aB_-x", None, REEL),
        ("https://instagram.com/reels/C1aB_-x", "instagram", "reel", "C1aB_-x", None, REEL),
        ("https://www.instagram.com/alice/reel/C1aB_-x/", "instagram", "reel", "C1aB_-x", "alice", REEL),
        ("instagr.am/reel/C1aB_-x", "instagram", "reel", "C1aB_-x", None, REEL),
        (
            *("https://www.instagram.com/p/C1aB_-x/?img_index=2#x", "instagram", "photo", "C1aB_-x", None),
            "https://www.instagram.com/p/C1aB_-x/",
        ),
        (
            *("https://instagram.com/stories/alice/3123456/?utm_source=ig_story_item_share", "instagram", "story"),
            *("3123456", "alice", "https://www.instagram.com/stories/alice/3123456/"),
        ),
        (
            *("instagram.com/stories/highlights/179/", "instagram", "story", "179", None),
            "https://www.instagram.com/stories/highlights/179/",
        ),
        (f"{TOK}?_r=1&_t=8abc&is_from_webapp=1", "tiktok", "video", "7123456789012345678", "al.ice", TOK),
        (f"http{TOK.removeprefix('https')}#comments", "tiktok", "video", "7123456789012345678", "al.ice", TOK),
        (
            *("https://m.tiktok.com/@al.ice/photo/71?lang=de", "tiktok", "photo", "71", "al.ice"),
            "https://www.tiktok.com/@al.ice/photo/71",
        ),
        ("https://m.tiktok.com/v/71.html?u_code=1", "tiktok", "video", "71", None, "https://m.tiktok.com/v/71.html"),
        (f"{SHORT}?si=Zx&feature=share", "youtube", "short", "dQw4w9WgXcQ", None, SHORT),
        ("m.youtube.com/shorts/dQw4w9WgXcQ", "youtube", "short", "dQw4w9WgXcQ", None, SHORT),
        (
            *("https://www.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=42s&list=PL1&v=other", "youtube", "video"),
            *("dQw4w9WgXcQ", None, VIDEO),
        ),
        ("youtu.be/dQw4w9WgXcQ?si=Zx", "youtube", "video", "dQw4w9WgXcQ", None, VIDEO),
        ("https://youtube-nocookie.com/embed/dQw4w9WgXcQ", "youtube", "video", "dQw4w9WgXcQ", None, VIDEO),
        (
            *("https://youtube.com/live/dQw4w9WgXcQ?si=Zx", "youtube", "live", "dQw4w9WgXcQ", None),
            "https://www.youtube.com/live/dQw4w9WgXcQ",
        ),
        ("https://x.com/alice/status/17?s=20&t=abc", "x", "post", "17", "alice", "https://x.com/alice/status/17"),
        ("https://mobile.twitter.com/alice/status/17", "x", "post", "17", "alice", "https://x.com/alice/status/17"),
        ("twitter.com/alice/status/17/video/1", "x", "video", "17", "alice", "https://x.com/alice/status/17"),
        ("https://x.com/alice/status/17/photo/2", "x", "photo", "17", "alice", "https://x.com/alice/status/17"),
        ("https://x.com/i/web/status/17", "x", "post", "17", None, "https://x.com/i/status/17"),
        (
            *("https://www.threads.net/@alice/post/C1aB?xmt=AQ", "threads", "post", "C1aB", "alice"),
            "https://www.threads.com/@alice/post/C1aB",
        ),
        ("threads.com/t/C1aB", "threads", "post", "C1aB", None, "https://www.threads.com/t/C1aB"),
        (
            *("https://bsky.app/profile/alice.bsky.social/post/3kabc?ref_src=embed", "bluesky", "post", "3kabc"),
            *("alice.bsky.social", "https://bsky.app/profile/alice.bsky.social/post/3kabc"),
        ),
        (
            *("https://bsky.app/profile/did:plc:z72i/post/3kabc", "bluesky", "post", "3kabc", None),
            "https://bsky.app/profile/did:plc:z72i/post/3kabc",
        ),
        (
            *("https://mastodon.example/@alice/1123", "mastodon", "post", "1123", "alice@mastodon.example"),
            "https://mastodon.example/@alice/1123",
        ),
        (
            *("social.example/web/@bob@other.example/77", "mastodon", "post", "77", "bob@other.example"),
            "https://social.example/@bob@other.example/77",
        ),
        (
            *("https://social.example/users/bob/statuses/77", "mastodon", "post", "77", "bob@social.example"),
            "https://social.example/@bob/77",
        ),
        (
            *("https://de.pinterest.com/pin/123/?utm_source=x", "pinterest", "pin", "123", None),
            "https://www.pinterest.com/pin/123/",
        ),
        (
            *("https://www.pinterest.co.uk/pin/red-shoes--123/sent/", "pinterest", "pin", "123", None),
            "https://www.pinterest.com/pin/123/",
        ),
        ("pinterest.at/pin/123", "pinterest", "pin", "123", None, "https://www.pinterest.com/pin/123/"),
        ("pinterest.com.mx/pin/123", "pinterest", "pin", "123", None, "https://www.pinterest.com/pin/123/"),
        (
            *("https://de.linkedin.com/posts/j%C3%BCrgen-x_my_new_shop-activity-7123-AbC_?utm_source=share&rcm=A",),
            *("linkedin", "post", "7123", "jürgen-x", "https://www.linkedin.com/feed/update/urn:li:activity:7123/"),
        ),
        (
            *("https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7123?trk=x", "linkedin", "post", "7123", None),
            "https://www.linkedin.com/feed/update/urn:li:share:7123/",
        ),
        (
            *("https://www.linkedin.com/embed/feed/update/urn:li:ugcPost:7123", "linkedin", "post", "7123", None),
            "https://www.linkedin.com/feed/update/urn:li:ugcPost:7123/",
        ),
        (
            *("https://m.facebook.com/reel/123/?mibextid=x&fbclid=y", "facebook", "reel", "123", None),
            "https://www.facebook.com/reel/123/",
        ),
        (
            *("https://www.facebook.com/alice.shop/posts/pfbid02ab?__cft__=x", "facebook", "post", "pfbid02ab"),
            *("alice.shop", "https://www.facebook.com/alice.shop/posts/pfbid02ab"),
        ),
        (
            *("https://de-de.facebook.com/alice/posts/my-shop-opens/123/", "facebook", "post", "123", "alice"),
            "https://www.facebook.com/alice/posts/123",
        ),
        (
            *(
                "https://web.facebook.com/permalink.php?id=10&story_fbid=pfbid02&__tn__=R",
                "facebook",
                "post",
                "pfbid02",
            ),
            *(None, "https://www.facebook.com/permalink.php?story_fbid=pfbid02&id=10"),
        ),
        (
            *("https://m.facebook.com/story.php?story_fbid=9&id=10", "facebook", "post", "9", None),
            "https://www.facebook.com/permalink.php?story_fbid=9&id=10",
        ),
        (
            *("https://www.facebook.com/watch/?ref=saved&v=123", "facebook", "video", "123", None),
            "https://www.facebook.com/watch/?v=123",
        ),
        (
            *("https://www.facebook.com/alice/videos/a-title/123/", "facebook", "video", "123", "alice"),
            "https://www.facebook.com/alice/videos/123/",
        ),
        (
            *("https://www.facebook.com/groups/knitting/permalink/123/", "facebook", "post", "123", None),
            "https://www.facebook.com/groups/knitting/posts/123/",
        ),
        (
            *("https://old.reddit.com/r/knitting/comments/1abcde/my_shop/?rdt=1", "reddit", "post", "1abcde", None),
            "https://www.reddit.com/r/knitting/comments/1abcde/",
        ),
        (
            *("https://www.reddit.com/user/alice/comments/1abcde/x/", "reddit", "post", "1abcde", "alice"),
            "https://www.reddit.com/user/alice/comments/1abcde/",
        ),
        ("redd.it/1abcde", "reddit", "post", "1abcde", None, "https://www.reddit.com/comments/1abcde/"),
        ("https://alice.tumblr.com/post/71/x", "tumblr", "post", "71", "alice", "https://www.tumblr.com/alice/71"),
        ("https://www.tumblr.com/alice/71/my-shop", "tumblr", "post", "71", "alice", "https://www.tumblr.com/alice/71"),
        ("https://m.twitch.tv/videos/71?t=1h", "twitch", "video", "71", None, "https://www.twitch.tv/videos/71"),
        (
            *("https://www.twitch.tv/alice/clip/Funny-a1", "twitch", "clip", "Funny-a1", "alice"),
            "https://www.twitch.tv/alice/clip/Funny-a1",
        ),
        ("https://twitch.tv/alice", "twitch", "live", None, "alice", "https://www.twitch.tv/alice"),
        (
            *("https://www.snapchat.com/spotlight/W7_a?share_id=x", "snapchat", "video", "W7_a", None),
            "https://www.snapchat.com/spotlight/W7_a",
        ),
        (
            *("https://www.snapchat.com/@alice/spotlight/W7_a", "snapchat", "video", "W7_a", "alice"),
            "https://www.snapchat.com/@alice/spotlight/W7_a",
        ),
    ],
)
def test_an_address_tells_its_post(text, platform, called, post_id, handle, permalink):
    found = permalinks.recognise(text)
    assert found is not None
    assert (found.platform, found.format, found.post_id, found.handle) == (platform, called, post_id, handle)
    assert found.permalink == permalink
    again = permalinks.recognise(found.permalink)
    assert again is not None
    assert (again.permalink, again.key) == (found.permalink, found.key)


@pytest.mark.parametrize(
    ("text", "platform", "permalink"),
    [
        ("vm.tiktok.com/ZMabc/", "tiktok", "https://vm.tiktok.com/ZMabc/"),
        ("https://www.tiktok.com/t/ZTabc/?_t=1", "tiktok", "https://www.tiktok.com/t/ZTabc/"),
        ("http://pin.it/4abc?utm_source=x", "pinterest", "https://pin.it/4abc"),
        ("https://fb.watch/aB_c/?mibextid=x", "facebook", "https://fb.watch/aB_c/"),
        ("https://www.facebook.com/share/r/1abc/?mibextid=x", "facebook", "https://www.facebook.com/share/r/1abc/"),
        ("https://www.instagram.com/share/reel/Bxy", "instagram", "https://www.instagram.com/share/reel/Bxy"),
        ("https://www.instagram.com/reels/audio/123/", "instagram", "https://www.instagram.com/reels/audio/123/"),
        ("https://www.reddit.com/r/a/s/AbC?share_id=x", "reddit", "https://www.reddit.com/r/a/s/AbC"),
        ("https://v.redd.it/abc", "reddit", "https://v.redd.it/abc"),
        ("https://lnkd.in/p/eabc", "linkedin", "https://lnkd.in/p/eabc"),
        ("https://x.com/alice?lang=de&ref_src=y", "x", "https://x.com/alice?lang=de"),
        ("https://www.twitch.tv/directory", "twitch", "https://www.twitch.tv/directory"),
    ],
)
def test_a_short_address_tells_the_platform_only(text, platform, permalink):
    found = permalinks.recognise(text)
    assert found == permalinks.Address(platform, None, None, None, permalink)
    assert found.kind is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://www.instagram.com/al.ice?igsh=x",
            "instagram.com/alice/profilecard/?igsh=x",
            "tiktok.com/@al.ice?_t=1",
        ),
        *("https://youtube.com/@alice?si=x", "https://www.youtube.com/@alice/shorts", "youtube.com/channel/UC-x_1"),
        *("https://x.com/alice?lang=de&ref_src=y", "twitter.com/alice", "https://www.threads.net/@alice"),
        *("bsky.app/profile/alice.bsky.social", "bsky.app/profile/did:plc:z72i", "facebook.com/profile.php?id=1"),
        *("de.pinterest.com/alice/_created/", "linkedin.com/in/j%C3%BCrgen-x/?utm_source=share", "reddit.com/u/alice"),
        *("https://alice.tumblr.com/", "https://www.snapchat.com/add/alice?share_id=x"),
    ],
)
def test_the_address_of_a_profile_is_told_from_a_posts(text):
    found = permalinks.recognise(text)
    assert found is not None
    assert (found.is_profile, found.kind) == (True, None)


@pytest.mark.parametrize(
    "text",
    [
        *(
            REEL,
            TOK,
            VIDEO,
            "vm.tiktok.com/ZMabc/",
            "instagram.com/stories/alice/",
            "https://www.youtube.com/@alice/live",
        ),
        *(
            "https://www.twitch.tv/alice",
            "instagram.com/explore/",
            "instagram.com/share/reel/Bxy",
            "x.com/home",
            "pin.it/4a",
        ),
        *("https://fb.watch/aB_c/", "https://www.facebook.com/share/r/1abc/", "facebook.com/alice", "reddit.com/r/a"),
        *("linkedin.com/posts/alice_x-activity-7", "https://www.tumblr.com/", "https://www.instagram.com/"),
    ],
)
def test_no_post_and_no_address_that_may_be_one_is_taken_for_a_profile(text):
    found = permalinks.recognise(text)
    assert found is not None
    assert not found.is_profile


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "alice", "12.4K views", None, 7, b"https://youtu.be/dQw4w9WgXcQ"),
        *(
            "https://shop.example/reel/C1",
            "https://notyoutube.com/shorts/abc",
            "https://youtube.com.shop.example/shorts/a",
        ),
        *("https://shop.example/?u=https://youtu.be/abc", "https://shop.example/?u=youtu.be/abc"),
        *("https://medium.com/@alice/a-story-1", "javascript:alert(1)"),
        *("https://user:pass@youtu.be/abc", "https://youtu.be:8443/abc", "https://shop.example:8443/@alice/1"),
        "a\x00b",
    ],
)
def test_anything_else_is_no_post(text):
    assert permalinks.recognise(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"Check this out {TOK}?_t=1 via @app",
        f"Schau mal: {TOK}.",
        f"({TOK})",
        f"“{TOK}”",
        f"看看{TOK}，很好",
        f"My new video\n{TOK}\n#shop #new",
        f"https://vm.tiktok.com/ZMabc/ is {TOK}",
        f"https://alice.example/ {TOK}",
        "I posted tiktok.com/@al.ice/video/7123456789012345678!",
    ],
)
def test_an_address_is_found_in_what_an_app_shares(text):
    found = permalinks.recognise(text)
    assert found is not None
    assert found.permalink == TOK


def test_of_short_addresses_the_first_counts():
    text = "https://vm.tiktok.com/ZMabc/ shared via TikTok Lite: https://www.tiktok.com/tiktoklite"
    assert permalinks.recognise(text) == permalinks.recognise("https://vm.tiktok.com/ZMabc/")


def test_all_addresses_of_a_text_can_be_had():
    assert permalinks.found("see blog.example/x and HTTPS://Shop.Example/a.") == [
        "https://shop.example/a",
        "https://blog.example/x",
    ]
    assert permalinks.found("shop.example") == ["https://shop.example/"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.instagram.com/p/C1aB/", "https://www.instagram.com/alice/reel/C1aB/"),
        ("youtu.be/dQw4w9WgXcQ", SHORT),
        ("https://x.com/i/status/17", "https://twitter.com/alice/status/17/photo/1"),
        ("https://www.facebook.com/watch/?v=12", "https://www.facebook.com/reel/12"),
        ("https://redd.it/1abc", "https://www.reddit.com/r/a/comments/1abc/b/"),
        ("vm.tiktok.com/ZMabc/?_t=1", "https://vm.tiktok.com/ZMabc/"),
    ],
)
def test_several_addresses_of_a_post_have_one_key(one, other):
    first, second = permalinks.recognise(one), permalinks.recognise(other)
    assert first is not None
    assert second is not None
    assert first.key == second.key is not None


def test_keys_of_different_posts_differ():
    texts = ["https://a.example/@al/7", "https://b.example/@al/7", "https://x.com/al/status/7", "tumblr.com/al/7"]
    assert len({found.key for text in texts if (found := permalinks.recognise(text))}) == len(texts)


def test_an_address_that_leads_elsewhere_tomorrow_has_no_key():
    for text in ("https://www.twitch.tv/alice", "https://www.tiktok.com/@alice/live", "instagram.com/stories/alice/"):
        found = permalinks.recognise(text)
        assert found is not None
        assert (found.handle, found.key) == ("alice", None)


@pytest.mark.parametrize("platform", [name for name in placements.platforms() if name not in ("mastodon", "other")])
def test_every_platform_has_hosts(platform):
    assert permalinks._tables()["hosts"][platform]


def test_the_rows_use_platforms_and_formats_that_there_are():
    for pattern in permalinks._patterns():
        assert pattern.shape.platform in placements.platforms()
        assert post_fields.kind(pattern.shape.format, "kind") in post_fields.KINDS
    for pattern in permalinks._profiles():
        assert pattern.shape.platform in placements.platforms()


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    permalinks.recognise(text)


@given(
    st.sampled_from(
        sorted(host for hosts in permalinks._tables()["hosts"].values() for host in hosts if "*" not in host)
    ),
    st.lists(
        st.sampled_from(["reel", "@alice", "status", "123", "ä", "%2F", "%00", "..", "posts", "p", "video", "C1"])
    ),
    st.text(max_size=40),
)
def test_no_address_breaks_it_and_what_it_gives_it_understands(host, path, query):
    found = permalinks.recognise(f"https://{host}/{'/'.join(path)}?{query}")
    if found is not None:
        again = permalinks.recognise(found.permalink)
        assert again is not None
        assert (again.key, again.permalink) == (found.key, found.permalink)
