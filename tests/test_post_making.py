import pytest

from shortlinks.errors import Conflict, Invalid
from shortlinks.experiments import experiments
from shortlinks.links import links
from shortlinks.posts import post_making, posts
from shortlinks.profiles import profiles

HOSTS = frozenset({"sl.example"})
SHOP = "https://shop.example/new"
REEL = {"platform": "instagram", "title": "Mug", "kind": "reel", "links": [{"placement": "dm", "target": SHOP}]}
TOK = {"platform": "tiktok", "title": "Mug", "links": [{"placement": "spoken", "target": SHOP, "slug": "mug"}]}
SHORT = {"permalink": "https://www.youtube.com/shorts/dQw4w9WgXcQ", "title": "Mug"}


def _make(store, now, *asked):
    return post_making.create(store, asked, now=now, own_hosts=HOSTS)


def _refused(store, now, *asked):
    with pytest.raises(Invalid) as caught:
        _make(store, now, *asked)
    assert posts.list_(store, limit=9) == ([], None)
    assert links.list_(store, limit=9) == ([], None)
    assert profiles.list_(store, limit=9) == ([], None)
    return caught.value.errors


def test_the_same_thing_on_several_platforms_is_made_in_one_step(fake, now):
    made = _make(fake, now, REEL, TOK, SHORT)
    ids = {post.id for post, _ in made}
    assert [post.platform for post, _ in made] == ["instagram", "tiktok", "youtube"]
    for post, hung in made:
        assert posts.get(fake, post.id) == post
        assert set(post.siblings) == ids - {post.id}
        assert links.of_post(fake, post.id) == hung
        assert profiles.get(fake, post.profile_id).platform == post.platform
    assert [[link.placement for link in hung] for _, hung in made] == [["instagram/dm"], ["tiktok/spoken"], []]


def test_they_join_the_siblings_that_the_first_one_names(fake, now):
    ((older, _),) = _make(fake, now, SHORT)
    made = _make(fake, now, REEL | {"siblings": [older.id]}, TOK)
    ids = {older.id, *(post.id for post, _ in made)}
    for post_id in ids:
        assert set(posts.get(fake, post_id).siblings) == ids - {post_id}


def test_what_is_wrong_with_any_of_them_is_told_and_nothing_is_made(fake, now):
    bad = {"platform": "tiktok", "title": "", "links": [{"placement": "moon", "target": SHOP}]}
    wrong = _refused(fake, now, REEL | {"title": "x" * 201}, bad, {"platform": "x", "title": "Mug", "part_of": "no"})
    assert [field for field, _ in wrong] == ["title", "also[0].title", "also[0].links[0].placement", "also[1].part_of"]


def test_no_platform_and_no_slug_is_asked_for_twice(fake, now):
    again = TOK | {"platform": "instagram"}
    assert _refused(fake, now, TOK, REEL, again) == [
        ("also[1].platform", "is asked for twice"),
        ("also[1].links[0].slug", "is asked for twice"),
    ]


def test_a_slug_that_is_taken_is_told_of_the_post_that_wants_it(fake, now):
    _make(fake, now, TOK)
    with pytest.raises(Conflict) as caught:
        _make(fake, now, REEL, {"platform": "x", "title": "Mug", "links": TOK["links"]})
    assert caught.value.field == "also[0].links[0].slug"
    assert len(posts.list_(fake, limit=9)[0]) == 1


def test_each_takes_part_in_the_experiment_of_its_own_platform(fake, now):
    for platform in ("tiktok", "youtube"):
        experiments.create(
            fake, {"platform": platform, "kind": "video", "question": f"Say it on {platform}", "per_arm": 6}, now=now
        )
    (reel, _), (tok, _), (short, _) = _make(fake, now, REEL, TOK, SHORT | {"experiment": False})
    assert (reel.experiment, short.experiment) == (None, None)
    assert tok.experiment is not None
    assert tok.experiment.as_tag in tok.tags


@pytest.mark.parametrize(
    ("permalink", "platform", "kind"),
    [
        ("https://www.instagram.com/p/C1/", "instagram", "image"),
        ("https://vm.tiktok.com/ZM1/", "tiktok", "video"),
        ("https://x.com/ada/status/17", "x", "text"),
    ],
)
def test_the_permalink_tells_platform_and_kind(fake, now, permalink, platform, kind):
    ((post, _),) = _make(fake, now, {"permalink": permalink, "title": "Mug"})
    assert (post.platform, post.kind, post.permalink) == (platform, kind, permalink)


def test_what_is_said_outranks_the_permalink(fake, now):
    said = {"permalink": "https://www.instagram.com/p/C1/", "title": "Mug"}
    ((post, _),) = _make(fake, now, said | {"kind": "video"})
    assert (post.platform, post.kind) == ("instagram", "video")
    ((post, _),) = _make(fake, now, said | {"platform": "facebook"})
    assert (post.platform, post.kind) == ("facebook", "text")


def test_without_a_platform_that_anything_tells_it_is_required(fake, now):
    assert _refused(fake, now, {"title": "Mug"}) == [("platform", "is required, or a permalink that tells it")]
    unknown = {"title": "Mug", "permalink": "https://blog.example/mug"}
    assert _refused(fake, now, unknown) == [("platform", "is required, the permalink does not tell it")]


@pytest.mark.parametrize("stored", ["https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", "https://youtu.be/dQw4w9WgXcQ"])
def test_a_post_is_found_by_any_address_of_it(fake, now, stored):
    ((post, _),) = _make(fake, now, SHORT | {"permalink": stored})
    for number in range(3):
        _make(
            fake, now + 1 + number, {"platform": "youtube", "title": "Later dQw4w9WgXcQ", "notes": SHORT["permalink"]}
        )
    posts.update(fake, post.id, {"archived": True}, now=now)
    assert posts.with_permalink(fake, SHORT["permalink"]).id == post.id
    assert posts.with_permalink(fake, "https://www.youtube.com/shorts/dQw4w9WgXcR") is None


def test_a_post_elsewhere_is_found_by_its_very_address(fake, now):
    address = "https://blog.example/mug?a=\\b"
    ((post, _),) = _make(fake, now, {"platform": "other", "title": "Mug", "permalink": address})
    assert posts.with_permalink(fake, address).id == post.id
    assert posts.with_permalink(fake, "https://blog.example/mug") is None


def test_two_streams_on_one_channel_are_two_posts(fake, now):
    _make(fake, now, {"title": "Stream", "permalink": "https://www.twitch.tv/ada"})
    assert posts.with_permalink(fake, "https://www.twitch.tv/ada") is None
