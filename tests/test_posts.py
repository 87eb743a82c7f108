import bad_moments
import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.errors import Conflict, Invalid, NotFound, Unavailable
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots

HOSTS = frozenset({"sl.example"})
SHOP = "https://shop.example/new"


def _create(store, now, **fields):
    return posts.create(store, {"platform": "instagram", "title": "A reel", **fields}, now=now, own_hosts=HOSTS)


def _post(store, now, **fields):
    return _create(store, now, **fields)[0]


def _refused(store, now, **fields):
    with pytest.raises(Invalid) as caught:
        _create(store, now, **fields)
    return [field for field, _ in caught.value.errors]


def test_one_call_makes_a_post_with_its_links_and_profile(fake, now):
    post, made = _create(
        fake,
        now,
        kind="Reel",
        permalink="instagram.com/p/1",
        published_at="2026-11-20T10:00:00+01:00",
        tags=["#Summer", "summer", " sale "],
        followers="12.4K",
        notes="first\r\nsecond",
        links=[{"placement": "bio_link", "target": SHOP}, {"placement": "dm", "target": SHOP, "slug": "mine"}],
    )
    assert post == posts.Post(
        id=post.id,
        platform="instagram",
        profile_id=profiles.list_(fake, limit=9)[0][0].id,
        kind="video",
        part_of=None,
        siblings=(),
        title="A reel",
        permalink="https://instagram.com/p/1",
        published_at=times.parse("2026-11-20T09:00:00Z", "x"),
        tags=("Summer", "sale"),
        followers=12_400,
        notes="first\nsecond",
        archived=False,
        created_at=now,
        precision={"followers": 50},
    )
    assert posts.get(fake, post.id) == post
    assert [link.placement for link in made] == ["instagram/bio_link", "instagram/dm"]
    assert sorted(links.of_post(fake, post.id), key=lambda link: link.placement) == made
    assert profiles.get(fake, post.profile_id).handle == "me"
    assert fake.redis.xlen(keys.FEED) == 2


def test_followers_keep_their_rounding_until_they_are_changed(fake, now):
    post = _post(fake, now, followers="12.4K")

    def changed(**fields):
        found = posts.update(fake, post.id, fields, now=now)
        return found.followers, found.precision

    assert changed(title="B") == (12_400, {"followers": 50})
    assert changed(followers=12_431) == (12_431, {})
    assert changed(followers="1.2M") == (1_200_000, {"followers": 50_000})
    assert changed(followers=None) == (None, {})


def test_what_is_left_out_has_a_default(fake, now):
    post, made = _create(fake, now, permalink=None, tags=None, links=None)
    assert (post.kind, post.published_at, post.tags, post.notes) == ("video", now, (), "")
    assert made == []


def test_a_second_post_uses_the_same_profile(fake, now):
    assert _post(fake, now).profile_id == _post(fake, now + 1).profile_id
    assert len(profiles.list_(fake, limit=9)[0]) == 1


def test_a_post_hangs_on_the_profile_it_names(fake, now):
    _post(fake, now)
    business = profiles.create(fake, platform="instagram", handle="shop", now=now + 1)
    assert _post(fake, now, profile_id=business.id).profile_id == business.id


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": None}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": "a\x00b"}, ["title"]),
        ({"title": "\ud800"}, ["title"]),
        ({"title": ["a"]}, ["title"]),
        ({"title": "x" * (1 << 20)}, ["title"]),
        ({"platform": "myspace"}, ["platform"]),
        ({"platform": None}, ["platform"]),
        ({"platform": 5}, ["platform"]),
        ({"profile_id": "nothere"}, ["profile_id"]),
        ({"profile_id": "a:b"}, ["profile_id"]),
        ({"kind": "poem"}, ["kind"]),
        ({"part_of": "nothere"}, ["part_of"]),
        ({"siblings": ["nothere"]}, ["siblings"]),
        ({"siblings": "nothere"}, ["siblings"]),
        ({"siblings": [5]}, ["siblings[0]"]),
        ({"siblings": ["a"] * 21}, ["siblings"]),
        ({"permalink": "javascript:alert(1)"}, ["permalink"]),
        ({"published_at": "2027-12-01T00:00:00Z"}, ["published_at"]),
        ({"published_at": "2004-12-31T23:59:59Z"}, ["published_at"]),
        ({"published_at": "yesterday"}, ["published_at"]),
        ({"tags": "a,b"}, ["tags"]),
        ({"tags": ["a, b"]}, ["tags[0]"]),
        ({"tags": ["ok", "x" * 41, "a\nb", 7]}, ["tags[1]", "tags[2]", "tags[3]"]),
        ({"tags": [str(number) for number in range(21)]}, ["tags"]),
        ({"followers": "many"}, ["followers"]),
        ({"followers": -1}, ["followers"]),
        ({"followers": True}, ["followers"]),
        ({"notes": "x" * 5_001}, ["notes"]),
        ({"archived": True}, ["archived"]),
        ({"links": {}}, ["links"]),
        ({"links": [5]}, ["links[0]", "links[0].target", "links[0].placement"]),
        ({"links": [{"placement": "bio_link", "target": SHOP}] * 51}, ["links"]),
        (
            {"title": "", "links": [{"placement": "bio_link", "target": SHOP}, {"target": "http://sl.example/"}]},
            ["title", "links[1].target", "links[1].placement"],
        ),
        (
            {"platform": "x?", "links": [{"placement": "anything", "target": "file:///x"}]},
            ["platform", "links[0].target"],
        ),
        (
            {"links": [{"placement": "bio_link", "target": SHOP, "slug": slug} for slug in ("mine", "MINE")]},
            ["links[1].slug"],
        ),
        ({"title": 5, "kind": 5, "profile_id": "zz"}, ["kind", "title", "profile_id"]),
    ],
)
def test_bad_input_names_every_bad_field_and_writes_nothing(fake, now, fields, named):
    assert _refused(fake, now, **fields) == named
    assert fake.redis.keys() == []


def test_an_unknown_field_is_told_in_words(fake, now):
    with pytest.raises(Invalid) as caught:
        _create(fake, now, colour="red")
    assert caught.value.errors == [("colour", "is not a field of a post")]


@pytest.mark.parametrize("fields", [None, [], "text", 5])
def test_fields_that_are_no_object_are_refused(fake, now, fields):
    with pytest.raises(Invalid):
        posts.create(fake, fields, now=now, own_hosts=HOSTS)


def test_a_profile_of_another_platform_is_refused(fake, now):
    profile = profiles.create(fake, platform="tiktok", handle="me", now=now)
    assert _refused(fake, now, profile_id=profile.id) == ["profile_id"]


def test_a_taken_slug_stops_the_whole_post(store, now):
    _create(store, now, links=[{"placement": "bio_link", "target": SHOP, "slug": "taken"}])
    before = sorted(store.redis.keys())
    with pytest.raises(Conflict) as caught:
        _create(
            store,
            now,
            platform="tiktok",
            links=[
                {"placement": "bio_page", "target": SHOP},
                {"placement": "bio_page", "target": SHOP, "slug": "taken"},
            ],
        )
    assert caught.value.field == "links[1].slug"
    assert sorted(store.redis.keys()) == before


def test_a_full_memory_leaves_nothing_half_written(store, now):
    store.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable):
            _create(store, now, links=[{"placement": "bio_link", "target": SHOP}])
    finally:
        store.redis.config_set("maxmemory", 0)
    assert store.redis.keys() == []


def test_a_transaction_whose_answer_was_lost_makes_the_post_once(store, server, now):
    broken, connection = bad_moments.cut_once(server)
    post, made = _create(broken, now, links=[{"placement": "bio_link", "target": SHOP}] * 2)
    assert connection.cuts == 1
    assert posts.list_(store, limit=9) == ([post], None)
    assert links.list_(store, limit=9)[0] == links.of_post(store, post.id)[::-1]
    assert {link.slug for link in made} == {link.slug for link in links.of_post(store, post.id)}
    assert len(made) == 2


def test_first_posts_at_the_same_moment_share_one_profile(store, now):
    first = []
    racing = bad_moments.interrupted(store, lambda: first.append(_post(store, now)))
    assert _post(racing, now).profile_id == first[0].profile_id
    assert len(profiles.list_(store, limit=9)[0]) == 1


def test_the_first_post_of_a_platform_makes_its_profile_once(store, now):
    others = []
    racing = bad_moments.interrupted(store, lambda: others.append(_post(store, now)))
    post = _post(racing, now)
    (profile,), _ = profiles.list_(store, limit=9)
    assert (profile.platform, profile.handle, profile.kind) == ("instagram", "me", "personal")
    assert {post.profile_id, *(other.profile_id for other in others)} == {profile.id}
    assert others


def test_a_profile_that_is_edited_while_a_post_is_made_keeps_the_edit(store, now):
    profile = profiles.get(store, _post(store, now).profile_id)
    racing = bad_moments.interrupted(store, lambda: profiles.update(store, profile.id, {"handle": "anna"}))
    assert _post(racing, now).profile_id == profile.id
    assert profiles.get(store, profile.id).handle == "anna"


def test_an_edit_and_a_grouping_at_the_same_moment_both_take_effect(store, now):
    one, two = _post(store, now), _post(store, now)
    racing = bad_moments.interrupted(store, lambda: posts.update(store, two.id, {"title": "B"}, now=now))
    posts.update(racing, one.id, {"siblings": [two.id]}, now=now)
    assert (posts.get(store, two.id).title, posts.get(store, two.id).siblings) == ("B", (one.id,))


@pytest.mark.parametrize("circle", [True, False])
def test_a_part_cannot_get_parts_at_the_same_moment(store, now, circle):
    one, two, three = (_post(store, now) for _ in range(3))
    story = two if circle else three
    racing = bad_moments.interrupted(store, lambda: posts.update(store, story.id, {"part_of": one.id}, now=now))
    with pytest.raises(Invalid, match="part_of"):
        posts.update(racing, one.id, {"part_of": two.id}, now=now)
    assert posts.get(store, one.id).part_of is None


def test_a_link_made_while_its_post_is_erased_goes_with_it(store, now):
    reel = _post(store, now)
    wanted = {"target": SHOP, "placement": "dm", "slug": "late"}
    racing = bad_moments.interrupted(store, lambda: links.create(store, reel.id, wanted, now=now, own_hosts=HOSTS))
    posts.purge(racing, reel.id)
    assert links.find(store, "late")[0].state == "erased"


def test_an_update_changes_what_it_names_and_nothing_else(fake, now):
    post = _post(fake, now, notes="n", tags=["a"], followers=5, permalink="https://x.example/")
    changed = posts.update(fake, post.id, {"title": "B", "kind": "story", "tags": ["b"]}, now=now + 1)
    assert (changed.title, changed.kind, changed.tags) == ("B", "story", ("b",))
    assert (changed.notes, changed.followers, changed.published_at) == ("n", 5, post.published_at)
    cleared = posts.update(
        fake, post.id, {"notes": None, "tags": None, "followers": None, "permalink": None}, now=now + 1
    )
    assert (cleared.notes, cleared.tags, cleared.followers, cleared.permalink) == ("", (), None, None)
    assert posts.get(fake, post.id) == cleared


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"title": None, "kind": None, "published_at": None, "archived": None},
            {"title", "kind", "published_at", "archived"},
        ),
        ({"platform": "tiktok", "profile_id": "x"}, {"platform", "profile_id"}),
        ({"published_at": "2029-01-01T00:00:00Z", "title": ""}, {"published_at", "title"}),
        ({"archived": "yes"}, {"archived"}),
    ],
)
def test_a_bad_update_names_its_fields_and_changes_nothing(fake, now, changes, named):
    post = _post(fake, now)
    with pytest.raises(Invalid) as caught:
        posts.update(fake, post.id, changes, now=now)
    assert {field for field, _ in caught.value.errors} == named
    assert posts.get(fake, post.id) == post


def test_an_update_of_nothing_is_not_found(fake, now):
    with pytest.raises(NotFound):
        posts.update(fake, "nothere", {"title": "B"}, now=now)
    with pytest.raises(NotFound):
        posts.get(fake, "nothere")


def test_an_archived_post_leaves_the_list_and_can_come_back(fake, now):
    post, other = _post(fake, now), _post(fake, now + 1)
    posts.update(fake, post.id, {"archived": True}, now=now)
    assert [each.id for each in posts.list_(fake, limit=9)[0]] == [other.id]
    assert [each.id for each in posts.list_(fake, limit=9, archived=True)[0]] == [post.id]
    assert [each.id for each in posts.list_(fake, limit=9, archived=None)[0]] == [other.id, post.id]
    posts.update(fake, post.id, {"archived": False}, now=now)
    assert len(posts.list_(fake, limit=9)[0]) == 2


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"platform": "tiktok"}, ["two"]),
        ({"tag": "#SALE"}, ["three", "one"]),
        ({"tag": "sal"}, []),
        ({"q": "ON"}, ["one"]),
        ({"q": "Straße"}, ["two"]),
        ({"q": "x.example/3"}, ["three"]),
        ({"q": "sale", "platform": "instagram"}, ["three", "one"]),
        ({}, ["three", "two", "one"]),
    ],
)
def test_the_list_can_be_narrowed(fake, now, wanted, titles):
    _post(fake, now, title="one", tags=["sale"])
    _post(fake, now + 1, title="two", platform="tiktok", notes="in der STRASSE")
    _post(fake, now + 2, title="three", tags=["Sale"], permalink="https://x.example/3")
    assert [post.title for post in posts.list_(fake, limit=9, **wanted)[0]] == titles


def test_a_story_is_part_of_its_reel(fake, now):
    reel = _post(fake, now)
    stories = [_post(fake, now + number, kind="story", part_of=reel.id) for number in (1, 2)]
    assert posts.parts(fake, reel.id) == stories
    alone = posts.update(fake, stories[0].id, {"part_of": None}, now=now)
    assert alone.part_of is None
    assert posts.parts(fake, reel.id) == stories[1:]


def test_nothing_is_part_of_a_part_nor_of_itself(fake, now):
    reel = _post(fake, now)
    story = _post(fake, now, part_of=reel.id)
    assert _refused(fake, now, part_of=story.id) == ["part_of"]
    for post, whole in ((reel, reel), (reel, story), (reel, _post(fake, now))):
        with pytest.raises(Invalid, match="part_of"):
            posts.update(fake, post.id, {"part_of": whole.id}, now=now)
    assert posts.update(fake, story.id, {"part_of": reel.id, "title": "S"}, now=now).part_of == reel.id


def test_siblings_are_set_on_the_whole_group(fake, now):
    a, b, c, d = (_post(fake, now + number) for number in range(4))

    def groups():
        return {frozenset({post.id, *posts.get(fake, post.id).siblings}) for post in (a, b, c, d)}

    posts.update(fake, a.id, {"siblings": [b.id]}, now=now)
    assert groups() == {frozenset({a.id, b.id}), frozenset({c.id}), frozenset({d.id})}
    posts.update(fake, c.id, {"siblings": [d.id]}, now=now)
    posts.update(fake, b.id, {"siblings": [a.id, c.id]}, now=now)  # brings d along
    assert groups() == {frozenset({a.id, b.id, c.id, d.id})}
    posts.update(fake, b.id, {"siblings": [a.id]}, now=now)  # drops c and d, who keep each other
    assert groups() == {frozenset({a.id, b.id}), frozenset({c.id, d.id})}
    posts.update(fake, c.id, {"siblings": None}, now=now)
    assert groups() == {frozenset({a.id, b.id}), frozenset({c.id}), frozenset({d.id})}
    new = _post(fake, now, siblings=[a.id])
    assert set(posts.get(fake, b.id).siblings) == {a.id, new.id}
    assert set(new.siblings) == {a.id, b.id}
    with pytest.raises(Invalid, match="siblings"):
        posts.update(fake, a.id, {"siblings": [a.id]}, now=now)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.integers(0, 4))), max_size=6))
def test_siblings_always_know_each_other(turns):
    fake = stores.on(fakeredis.FakeRedis())
    names = [_post(fake, 1_795_300_000_000 + number).id for number in range(5)]
    for number, wanted in turns:
        siblings = [names[other] for other in wanted - {number}]
        assert set(siblings) <= set(posts.update(fake, names[number], {"siblings": siblings}, now=0).siblings)
    groups = {name: {name, *posts.get(fake, name).siblings} for name in names}
    assert all(groups[other] == group for group in groups.values() for other in group)


def test_a_purge_erases_the_post_and_keeps_its_slugs_taken(store, now):
    reel, _ = _create(
        store,
        now,
        links=[
            {"placement": "bio_link", "target": SHOP, "slug": "bio"},
            {"placement": "dm", "target": SHOP + "?secret", "slug": "dm", "utm": {"source": "secret"}},
        ],
    )
    other = _post(store, now, siblings=[reel.id])
    story = _post(store, now, part_of=reel.id)
    links.update(store, "bio", {"post_id": other.id, "target": "https://other.example/"}, now=now + 1, own_hosts=HOSTS)
    snapshots.add(store, reel, {"views": 5}, now=now)
    conversions.report(store, {"external_id": "order/1", "kind": "sale", "slug": "dm"}, now=now)
    store.redis.hset(keys.total(reel.id), "human", 5)
    feed = store.redis.xlen(keys.FEED)

    profiles.update(store, reel.profile_id, {"bio_slug": "dm"})
    elsewhere = profiles.create(store, platform="instagram", handle="second", now=now)
    profiles.update(store, elsewhere.id, {"bio_slug": "bio"})

    posts.purge(store, reel.id)

    assert profiles.get(store, reel.profile_id).bio_slug is None
    assert profiles.get(store, elsewhere.id).bio_slug == "bio"
    with pytest.raises(NotFound):
        posts.get(store, reel.id)
    with pytest.raises(NotFound):
        links.get(store, "dm")
    tombstone, _ = links.find(store, "dm")
    assert (tombstone.state, tombstone.target, links.state_at(tombstone, now)) == ("erased", "", "erased")
    living = links.get(store, "bio")
    assert [turn.target for turn in living.history] == ["", "https://other.example/"]
    assert (living.state, living.target, living.rev) == ("active", "https://other.example/", 1)
    assert store.redis.xlen(keys.FEED) == feed + 2
    assert [post.id for post in posts.list_(store, limit=9)[0]] != []
    assert (posts.get(store, other.id).siblings, posts.get(store, story.id).part_of) == ((), None)
    assert [link.slug for link in links.list_(store, limit=9)[0]] == ["bio"]
    left = {key.decode() for key in store.redis.scan_iter() if reel.id in key.decode() or "order" in key.decode()}
    assert left == set()
    assert b"secret" not in b"".join(store.redis.get(key) for key in store.redis.scan_iter(keys.link("*")))
    with pytest.raises(Conflict):
        _create(store, now, links=[{"placement": "dm", "target": SHOP, "slug": "dm"}])
    with pytest.raises(NotFound):
        posts.purge(store, reel.id)


def test_a_purge_that_stopped_half_way_can_be_repeated(store, now, monkeypatch):
    reel, _ = _create(store, now, links=[{"placement": "dm", "target": SHOP, "slug": "dm"}])
    store.redis.hset(keys.total(reel.id), "human", 5)
    with monkeypatch.context() as patched:
        patched.setattr(links, "tombstone", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            posts.purge(store, reel.id)
    assert posts.get(store, reel.id) == reel
    assert links.get(store, "dm").state == "active"
    posts.purge(store, reel.id)
    assert not [key for key in store.redis.scan_iter() if reel.id.encode() in key]


def test_clicks_that_came_in_while_a_post_was_erased_go_too(store, now, monkeypatch):
    reel, _ = _create(store, now, links=[{"placement": "dm", "target": SHOP, "slug": "dm"}])
    erase = posts.rollups.erase

    def erase_and_click(*args):
        erase(*args)
        if store.redis.exists(keys.post(reel.id)):
            store.redis.hset(keys.total(reel.id), "human", 1)

    monkeypatch.setattr(posts.rollups, "erase", erase_and_click)
    posts.purge(store, reel.id)
    assert not store.redis.exists(keys.total(reel.id))
