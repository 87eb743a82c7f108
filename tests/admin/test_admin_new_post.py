"""A new post from its address: what that tells, what was used last, the same elsewhere in one step."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from admin_cast import Browser, wrong
from clicking import asked

from shortlinks import times
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.store import Store

NEW = "/admin/posts/new"
INSTAGRAM = f"{NEW}?platform=instagram"
REEL = "https://www.instagram.com/reel/C1aB/"
OWN = frozenset({"go.example"})


def _make(store: Store, *, at: int | None = None, **fields: object) -> Post:
    asked = {"platform": "instagram", "title": "Earlier", **fields}
    return posts.create(store, asked, now=at or times.now(), own_hosts=OWN)[0]


def _ticked(page: str, field: str = "placement") -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]+)" checked', page)


def _value(page: str, field: str) -> str:
    found = re.search(rf'<input[^>]*name="{field}"[^>]* value="([^"]*)"', page)
    assert found, field
    return found[1]


def _chosen(page: str, field: str) -> list[str]:
    return re.findall(r'value="([^"]+)" selected', page.partition(f'name="{field}"')[2].partition("</select>")[0])


def test_the_form_begins_with_the_address_and_needs_no_script(owner: Browser) -> None:
    page = owner.get(NEW).text
    form = re.search(r'<form[^>]*method="get"[^>]*action="([^"]+)".*?</form>', page, re.DOTALL)
    assert form
    assert form[1] == NEW
    assert 'name="url"' in form[0]
    assert "Paste the post’s address" in form[0]


@pytest.mark.parametrize(
    "query",
    [
        f"url={quote(REEL + '?igsh=x')}",
        f"url=&text={quote(f'Check this out {REEL}?igsh=x via @app')}&title=",
        f"title={quote(REEL)}",
    ],
)
def test_a_pasted_or_shared_address_leads_to_the_filled_form(owner: Browser, query: str) -> None:
    answer = owner.get(f"{NEW}?{query}")
    assert answer.status_code == 303
    place = urlsplit(answer.headers["Location"])
    assert place.path == NEW
    assert parse_qs(place.query) == {"platform": ["instagram"], "permalink": [REEL]}
    page = owner.get(answer.headers["Location"]).text
    assert _value(page, "permalink") == REEL
    assert _chosen(page, "kind") == ["video"]
    assert "The address says: Instagram, Reel." in page


def test_what_an_app_shares_as_the_title_becomes_the_title(owner: Browser) -> None:
    answer = owner.get(f"{NEW}?title=The+blue+mug&text=&url={quote(REEL)}")
    assert _value(owner.get(answer.headers["Location"]).text, "title") == "The blue mug"


def test_a_short_address_tells_the_platform_only(owner: Browser) -> None:
    answer = owner.get(f"{NEW}?url=vm.tiktok.com/ZMabc/")
    page = owner.get(answer.headers["Location"]).text
    assert "New TikTok post" in page
    assert "The address tells the platform only: say what it is." in page


def test_what_holds_no_address_is_told_at_the_field(owner: Browser) -> None:
    answer = owner.get(f"{NEW}?url={quote('<script>my mug')}")
    assert answer.status_code == 422
    assert wrong(answer)[0].startswith("There is no address in it.")
    assert 'value="&lt;script&gt;my mug"' in answer.text


def test_an_address_of_no_platform_comes_along_to_the_one_that_is_chosen(owner: Browser) -> None:
    answer = owner.get(f"{NEW}?url=blog.example/mug")
    assert answer.status_code == 200
    assert "No platform that we know has the address https://blog.example/mug." in answer.text
    chosen = re.search(r'href="([^"]+platform=other[^"]*)"', answer.text)
    assert chosen
    assert _value(owner.get(chosen[1].replace("&amp;", "&")).text, "permalink") == "https://blog.example/mug"


def test_a_post_that_is_there_already_is_pointed_to_rather_than_made_twice(owner: Browser, store: Store) -> None:
    there = _make(store, permalink=f"{REEL}?igsh=y")
    answer = owner.get(f"{NEW}?url={quote('instagram.com/alice/reel/C1aB')}")
    assert f'You have this post already: <a href="/admin/posts/{there.id}">Earlier</a>' in answer.text
    again = owner.send(INSTAGRAM, {"permalink": "https://instagram.com/p/C1aB/?x=1"})
    assert again.status_code == 422
    assert wrong(again) == ["Link to the post itself is that of a post you have already."]
    assert f'<a href="/admin/posts/{there.id}">Earlier</a>' in again.text
    assert len(posts.list_(store, limit=9)[0]) == 1

    anyway = re.search(r'href="([^"]+again=1[^"]*)"', answer.text)
    assert anyway
    assert re.search(r'name="again" value="1" checked', owner.get(anyway[1].replace("&amp;", "&")).text)
    assert owner.send(INSTAGRAM, {"permalink": REEL, "again": "1"}).status_code == 303
    assert len(posts.list_(store, limit=9)[0]) == 2


def test_the_address_is_kept_without_what_it_was_decorated_with(owner: Browser, store: Store) -> None:
    owner.send(INSTAGRAM, {"permalink": f"Look: {REEL}?igsh=x&utm_source=y"})
    ((post,), _) = posts.list_(store, limit=9)
    assert post.permalink == REEL


def test_an_address_on_another_platform_is_refused(owner: Browser, store: Store) -> None:
    answer = owner.send(INSTAGRAM, {"permalink": "https://youtu.be/dQw4w9WgXcQ"})
    assert wrong(answer) == ["Link to the post itself is an address on YouTube."]
    assert posts.list_(store, limit=9) == ([], None)


def test_the_address_of_a_profile_is_refused_with_what_to_paste_instead(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    profile = "https://www.instagram.com/ada.shop"
    refusal = "That is the address of a profile on Instagram. Paste the post’s: open the post in the app, then “Share”"
    post, _ = reel
    edit = f"/admin/posts/{post.id}/edit"
    kept = {"title": "B", "published_at": _value(owner.get(edit).text, "published_at")}
    answers = [
        owner.get(f"{NEW}?url={quote(profile + '?igsh=x')}"),
        owner.send(INSTAGRAM, {"permalink": profile}),
        owner.send(
            f"{NEW}?platform=tiktok", {"also": "instagram", "shown": "instagram", "on-instagram-permalink": profile}
        ),
        owner.send(edit, {**kept, "permalink": profile}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert [text.startswith(refusal) for text in wrong(answer)] == [True]
        assert answer.text.count("That is the address") == 1
        assert f'value="{profile}' in answer.text
    assert posts.list_(store, limit=9)[0] == [post]
    assert refusal in owner.get(f"{INSTAGRAM}&permalink={quote(profile)}").text

    # Who has one there from before can change the rest.
    posts.update(store, post.id, {"permalink": profile}, now=times.now())
    assert owner.send(edit, {**kept, "permalink": profile}).status_code == 303
    assert owner.send(edit, {**kept, "permalink": REEL}).status_code == 303
    assert posts.get(store, post.id).permalink == REEL


@pytest.mark.parametrize("handle", ["Ada.Shop", "ada.shop"])
def test_the_profile_that_the_address_names_is_chosen(owner: Browser, store: Store, handle: str) -> None:
    profiles.create(store, platform="tiktok", handle="ada", now=times.now())
    second = profiles.create(store, platform="tiktok", handle=handle, now=times.now() + 1)
    answer = owner.get(f"{NEW}?url=tiktok.com/@ada.shop/video/71")
    assert _chosen(owner.get(answer.headers["Location"]).text, "profile_id") == [second.id]


def test_on_mastodon_a_profile_may_be_named_with_or_without_its_host(owner: Browser, store: Store) -> None:
    profiles.create(store, platform="mastodon", handle="bob", now=times.now())
    for number, handle in enumerate(("ada", "eve@social.example")):
        made = profiles.create(store, platform="mastodon", handle=handle, now=times.now() + 1 + number)
        answer = owner.get(f"{NEW}?url=social.example/@{handle.partition('@')[0]}/12")
        assert _chosen(owner.get(answer.headers["Location"]).text, "profile_id") == [made.id]


def test_the_target_and_the_spots_that_were_used_last_are_offered(owner: Browser, store: Store) -> None:
    now = times.now()
    used = [("bio_link", "a"), ("reel_caption", "a"), ("dm", "a"), ("spoken", "b"), ("tiktok/dm", "b")]
    hung = [{"placement": spot, "target": f"https://shop.example/{path}"} for spot, path in used]
    _make(store, at=now, links=hung)
    _make(store, at=now + 1, kind="story", links=[{"placement": "story_link_sticker", "target": "https://c.example/"}])
    _make(store, at=now + 2)
    page = owner.get(INSTAGRAM).text
    assert _ticked(page) == ["instagram/dm", "instagram/spoken"]
    assert _value(page, "target") == "https://shop.example/b"
    assert "Its links hang here: Direct message, Spoken." in page
    assert re.findall(r'<option value="(https[^"]+)">', page) == [
        "https://c.example/",
        "https://shop.example/b",
        "https://shop.example/a",
    ]


def test_a_bio_link_is_not_offered_again_nor_a_target_that_would_ask_for_one(owner: Browser, store: Store) -> None:
    _make(store, links=[{"placement": "bio_link", "target": "https://shop.example/"}])
    page = owner.get(INSTAGRAM).text
    assert (_ticked(page), _value(page, "target")) == ([], "")
    assert "Make it like this" not in page
    assert '<option value="https://shop.example/">' in page


def test_a_story_for_a_reel_is_ready_from_its_page(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    post, link = reel
    tap = re.search(
        r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?Story that promotes it<', owner.get(f"/admin/posts/{post.id}").text
    )
    assert tap
    path = tap[1].replace("&amp;", "&")
    page = owner.get(path).text
    assert (_chosen(page, "kind"), _chosen(page, "part_of")) == (["story"], [post.id])
    assert (_value(page, "target"), _value(page, "title")) == (link.target, f"Story: {post.title}")
    assert _ticked(page) == ["instagram/story_link_sticker"]
    fields = {name: _value(page, name) for name in ("target", "title")}
    owner.send(path, {**fields, "kind": "story", "part_of": post.id, "placement": _ticked(page)})
    (story,) = posts.parts(store, post.id)
    assert [each.target for each in links.of_post(store, story.id)] == [link.target]


def test_where_nobody_can_tap_is_told_in_the_form_with_what_to_use_instead(owner: Browser, store: Store) -> None:
    profiles.create(store, platform="tiktok", handle="ada", kind="business", now=times.now())
    instead = "On TikTok, use the Website field of the profile"
    assert f"Nobody can tap a link there. {instead}" in owner.get(f"{NEW}?platform=tiktok").text
    assert f"Caption of a video, Comment: nobody can tap a link there. {instead}" in owner.get(INSTAGRAM).text


SHORT = "https://www.youtube.com/shorts/dQw4w9WgXcQ"
LONG = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
OF_LONG = {"youtube/video_description", "youtube/video_comment"}
OF_SHORTS = {"youtube/shorts_description", "youtube/shorts_comment"}


def _offered(page: str, field: str = "placement") -> set[str]:
    return set(re.findall(rf'name="{field}" value="(youtube/[^"]+)"', page))


@pytest.mark.parametrize(
    ("permalink", "there", "not_there"),
    [(SHORT, OF_SHORTS, OF_LONG), (LONG, OF_LONG, OF_SHORTS), ("", OF_LONG | OF_SHORTS, set())],
)
def test_only_spots_that_the_address_leaves_possible_are_offered(
    owner: Browser, store: Store, permalink: str, there: set[str], not_there: set[str]
) -> None:
    page = owner.get(f"{NEW}?platform=youtube&permalink={quote(permalink)}").text
    assert _offered(page) >= there | {"youtube/channel_links", "youtube/spoken", "youtube/newsletter"}
    assert not _offered(page) & not_there
    told = {SHORT: "The address says: YouTube, a Short.", LONG: "The address says: YouTube, a long video."}
    assert (permalink in told) == (told.get(permalink, "The address says") in page)
    own = "use the description of a long video that the Short names as its related video"
    assert (own in page.partition('id="also"')[0]) == (permalink == SHORT)
    if not permalink:  # then each says what it is of
        assert all(label in page for label in ("Description of a long video", "Description of a Short"))

    post = _make(store, platform="youtube", **({"permalink": permalink} if permalink else {}))
    page = owner.get(f"/admin/posts/{post.id}").text
    assert _offered(page) >= there
    assert not _offered(page) & not_there


def test_what_was_used_last_is_not_ticked_where_the_format_does_not_have_it(owner: Browser, store: Store) -> None:
    used = [{"placement": spot, "target": "https://shop.example/"} for spot in ("video_description", "spoken")]
    _make(store, platform="youtube", kind="video", permalink=LONG, links=used)
    form = f"{NEW}?platform=youtube&permalink={quote(SHORT)}"
    page = owner.get(form).text
    assert (_ticked(page), "Its link hangs here: Spoken." in page) == (["youtube/spoken"], True)
    longer = f"{NEW}?platform=youtube&permalink={quote(LONG[:-1])}"
    assert _ticked(owner.get(longer).text) == ["youtube/video_description", "youtube/spoken"]
    # What a Short had by mistake is not passed on.
    _make(store, at=times.now() + 1, platform="youtube", kind="video", permalink=SHORT, links=used)
    assert _ticked(owner.get(longer).text) == ["youtube/spoken"]


def test_the_same_elsewhere_has_the_spots_that_its_address_leaves_possible(owner: Browser, store: Store) -> None:
    profiles.create(store, platform="youtube", handle="ada", now=times.now())
    assert _offered(owner.get(INSTAGRAM).text, "on-youtube-placement") >= OF_LONG
    refused = ALSO | {"on-youtube-permalink": SHORT, "title": "x" * 201}
    page = owner.send(INSTAGRAM, refused).text
    assert not _offered(page, "on-youtube-placement") & OF_LONG
    assert (
        "Description of a Short, Comment under a Short: nobody can tap a link there. On YouTube, use the desc" in page
    )


def test_a_short_with_a_link_in_the_description_is_told_on_its_page(owner: Browser, store: Store) -> None:
    hung = [{"placement": "video_description", "target": "https://shop.example/"}]
    post = _make(store, platform="youtube", permalink=SHORT, links=hung)
    page = owner.get(f"/admin/posts/{post.id}").text
    assert "This link hangs in a spot that a Short does not have: Description of a long video" in page
    assert "Nobody can tap it there: below is what helps." in page


ALSO = {
    "title": "The blue mug",
    "kind": "video",
    "target": "shop.example/mug",
    "placement": "instagram/dm",
    "also": ["tiktok", "youtube"],
    "shown": ["tiktok", "youtube"],
    "on-tiktok-placement": ["tiktok/bio_website_field", "tiktok/spoken"],
    "on-youtube-placement": ["youtube/channel_links"],
    "on-youtube-permalink": "https://m.youtube.com/live/dQw4w9WgXcQ?si=x",
    "tags": "mugs",
}


def test_the_same_elsewhere_is_made_in_the_same_step(owner: Browser, store: Store) -> None:
    answer = owner.send(INSTAGRAM, ALSO)
    assert answer.status_code == 303
    made = {post.platform: post for post in posts.list_(store, limit=9)[0]}
    assert answer.headers["Location"] == f"/admin/posts/{made['instagram'].id}"
    assert {name: (post.kind, post.title, post.tags, post.permalink) for name, post in made.items()} == {
        "instagram": ("video", "The blue mug", ("mugs",), None),
        "tiktok": ("video", "The blue mug", ("mugs",), None),
        "youtube": ("live", "The blue mug", ("mugs",), "https://www.youtube.com/live/dQw4w9WgXcQ"),
    }
    assert len(made["instagram"].siblings) == 2
    hung = {name: [link.placement for link in links.of_post(store, post.id)] for name, post in made.items()}
    assert hung["tiktok"] == ["tiktok/bio_website_field", "tiktok/spoken"]
    assert hung["youtube"] == ["youtube/channel_links"]
    assert (
        "3 posts are made, each of them the same elsewhere, with 4 links." in owner.get(answer.headers["Location"]).text
    )


def test_spots_are_shown_before_a_post_elsewhere_is_made(owner: Browser, store: Store) -> None:
    first = {name: value for name, value in ALSO.items() if name not in ("shown",)}
    answer = owner.send(INSTAGRAM, first)
    assert answer.status_code == 200
    assert "Not made yet" in answer.text
    assert "on TikTok, YouTube." in re.sub("<[^>]+>", "", answer.text)
    assert 'name="on-tiktok-placement"' in answer.text
    assert _value(answer.text, "title") == "The blue mug"
    assert posts.list_(store, limit=9) == ([], None)
    asked = owner.send(INSTAGRAM, {**ALSO, "spots": "1", "also": ["tiktok", "x"]})
    assert 'name="on-x-placement"' in asked.text
    assert _ticked(asked.text, "on-tiktok-placement") == ALSO["on-tiktok-placement"]
    assert posts.list_(store, limit=9) == ([], None)


def test_platforms_with_a_profile_are_offered_first_with_what_was_used_there(owner: Browser, store: Store) -> None:
    _make(store, platform="x", kind="text", links=[{"placement": "reply", "target": "https://shop.example/"}])
    page = owner.get(INSTAGRAM).text
    assert re.findall(r'name="shown" value="(\w+)"', page) == ["x"]
    assert _ticked(page, "on-x-placement") == ["x/reply"]
    assert 'name="also" value="instagram"' not in page


def test_a_kind_that_is_not_usual_on_a_platform_stays_chosen(owner: Browser) -> None:
    page = owner.send("/admin/posts/new?platform=pinterest", {"kind": "live", "spots": "1"}).text
    assert '<option value="live" selected>Live</option>' in page


def test_the_profiles_of_all_platforms_are_read_at_once(
    owner: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, platform in enumerate(placements.platforms()):
        profiles.create(store, platform=platform, handle="ada", now=times.now() + number)
    owner.get(INSTAGRAM)
    with asked(monkeypatch) as sent:
        assert owner.get(INSTAGRAM).status_code == 200
    assert len(sent) <= 25


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        ({"on-tiktok-placement": []}, ["Tick at least one spot for the link."]),
        ({"on-tiktok-placement": ["tiktok/moon"]}, ["Where it hangs "]),
        ({"on-youtube-permalink": "tiktok.com/@a/video/71"}, ["Link to the post on YouTube is an address on TikTok."]),
        ({"on-youtube-permalink": "nonsense"}, ["Link to the post on YouTube "]),
        ({"title": "x" * 201}, ["Title is longer than 200 characters."]),
        ({"target": "javascript:alert(1)"}, ["Address you promote must begin with"]),
    ],
)
def test_a_mistake_in_one_of_them_makes_none(
    owner: Browser, store: Store, change: dict[str, object], messages: list[str]
) -> None:
    answer = owner.send(INSTAGRAM, ALSO | change)
    assert answer.status_code == 422
    found = wrong(answer)
    assert [text.startswith(message) for text, message in zip(found, messages, strict=True)] == [True] * len(messages)
    assert '<details class="card" id="also" open>' in answer.text
    assert posts.list_(store, limit=9) == ([], None)
    assert links.list_(store, limit=9) == ([], None)


def test_each_gets_a_title_of_its_own_where_none_is_typed(owner: Browser, store: Store) -> None:
    owner.send(INSTAGRAM, ALSO | {"title": ""})
    titles = [post.title.partition(",")[0] for post in posts.list_(store, limit=9)[0]]
    assert sorted(titles) == ["Instagram Reel", "TikTok Video", "YouTube Live"]


def test_a_coupon_goes_to_the_link_that_people_type_and_click_ids_to_all(owner: Browser, store: Store) -> None:
    page = f"{NEW}?platform=instagram"
    assert 'name="click_id_param" value="sl">' in owner.get(page).text
    spots = ["instagram/bio_link", "instagram/spoken"]
    sent = {"target": "https://shop.example/", "placement": spots, "coupon": "MUG10", "click_id_param": "sl"}
    assert owner.send(page, sent).status_code == 303
    (post,), _ = posts.list_(store, limit=1)
    assert {link.placement: (link.coupon, link.click_id_param) for link in links.of_post(store, post.id)} == {
        spots[0]: (None, "sl"), spots[1]: ("MUG10", "sl")
    }  # fmt: skip
    assert _ticked(owner.get(page).text, "click_id_param") == ["sl"]  # as it was used last
    alone = owner.send(page, {"title": "B", "coupon": "MUG20"})
    assert (alone.status_code, wrong(alone)) == (422, ["Coupon code needs a link: tick where it hangs."])
    again = owner.send(page, {**sent, "placement": spots[0], "coupon": "mug10"})
    assert again.status_code == 422
    assert [text.partition(" is the code of")[0] for text in wrong(again)] == ["Coupon code &#39;mug10&#39;"]
