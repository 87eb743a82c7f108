import bad_moments
import pytest

from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles

HOSTS = frozenset({"sl.example"})


def _profile(store, now, **fields):
    return profiles.create(store, **{"platform": "instagram", "handle": "anna", **fields}, now=now)


def test_it_makes_a_profile(fake, now):
    profile = _profile(
        fake, now, handle=" @Anna.Shop", kind="business", followers="12.4K", shop="https://Shop.example:444/a"
    )
    assert profile == profiles.Profile(
        profile.id, "instagram", "Anna.Shop", "business", 12_400, None, "shop.example", now, {"followers": 50}
    )
    assert profiles.update(fake, profile.id, {"kind": "creator"}).precision == {"followers": 50}
    assert profiles.update(fake, profile.id, {"kind": "business", "followers": 12_400}).precision == {}
    profile = profiles.update(fake, profile.id, {"followers": "12.4K"})
    assert profiles.get(fake, profile.id) == profile


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"platform": "myspace", "handle": ""}, ["platform", "handle"]),
        ({"handle": None}, ["handle"]),
        ({"handle": "@"}, ["handle"]),
        ({"handle": "a\nb"}, ["handle"]),
        ({"handle": "x" * 101}, ["handle"]),
        ({"kind": "royal"}, ["kind"]),
        ({"followers": "lots"}, ["followers"]),
        ({"shop": "not a host"}, ["shop"]),
        ({"shop": "javascript:alert(1)"}, ["shop"]),
    ],
)
def test_bad_input_names_its_fields_and_writes_nothing(fake, now, fields, named):
    with pytest.raises(Invalid) as caught:
        _profile(fake, now, **fields)
    assert [field for field, _ in caught.value.errors] == named
    assert fake.redis.keys() == []


@pytest.mark.parametrize(
    ("given", "handle"),
    [
        ("@anna", "anna"),
        ("https://www.tiktok.com/@anna?lang=en", "anna"),
        ("HTTPS://instagram.com/anna.shop/?igsh=x", "anna.shop"),
        ("www.youtube.com/@anna/shorts", "anna"),
        ("https://bsky.app/profile/anna.bsky.social", "anna.bsky.social"),
        ("https://www.linkedin.com/in/anna#about", "anna"),
        ("@anna@mastodon.social", "anna@mastodon.social"),
        ("anna/berta", "anna/berta"),
        ("https://instagram.com/", "https://instagram.com/"),
    ],
)
def test_a_handle_may_be_given_by_the_address_of_the_profile(fake, now, given, handle):
    assert _profile(fake, now, handle=given).handle == handle


def test_a_handle_is_there_once_a_platform_in_whatever_case(fake, now):
    _profile(fake, now)
    with pytest.raises(Conflict) as caught:
        _profile(fake, now, handle="@ANNA")
    assert caught.value.field == "handle"
    _profile(fake, now, platform="tiktok")


def test_a_handle_that_is_taken_at_the_same_moment_is_a_conflict(store, now):
    first = []
    with pytest.raises(Conflict):
        _profile(bad_moments.interrupted(store, lambda: first.append(_profile(store, now))), now)
    assert profiles.list_(store, limit=9)[0] == first
    other = _profile(store, now, handle="berta")
    racing = bad_moments.interrupted(store, lambda: _profile(store, now, handle="clara"))
    with pytest.raises(Conflict):
        profiles.update(racing, other.id, {"handle": "Clara"})


def test_a_transaction_whose_answer_was_lost_makes_the_profile_once(store, server, now):
    broken, connection = bad_moments.cut_once(server)
    profile = _profile(broken, now)
    assert connection.cuts == 1
    assert profiles.list_(store, limit=9)[0] == [profile]


def test_an_update_changes_what_it_names_and_frees_the_old_handle(fake, now):
    profile = _profile(fake, now, followers=5, shop="shop.example")
    changed = profiles.update(fake, profile.id, {"handle": "@berta", "kind": "creator", "followers": None})
    assert (changed.handle, changed.kind, changed.followers, changed.shop) == ("berta", "creator", None, "shop.example")
    assert profiles.get(fake, profile.id) == changed
    assert profiles.update(fake, profile.id, {"handle": "BERTA"}).handle == "BERTA"
    other = _profile(fake, now)
    with pytest.raises(Conflict):
        profiles.update(fake, other.id, {"handle": "Berta"})
    with pytest.raises(NotFound):
        profiles.update(fake, "nothere", {})


@pytest.mark.parametrize(
    "changes", [{"platform": "tiktok"}, {"handle": None}, {"kind": None}, {"bio_slug": "nope"}, {"bio_slug": 7}]
)
def test_a_bad_update_names_its_field(fake, now, changes):
    profile = _profile(fake, now)
    with pytest.raises(Invalid) as caught:
        profiles.update(fake, profile.id, changes)
    assert [field for field, _ in caught.value.errors] == list(changes)
    assert profiles.get(fake, profile.id) == profile


def test_the_bio_link_is_a_link_that_lives(store, now):
    wanted = [{"placement": "bio_link", "target": "https://shop.example/", "slug": "bio"}]
    post, _ = posts.create(store, {"platform": "instagram", "title": "A", "links": wanted}, now=now, own_hosts=HOSTS)
    changed = profiles.update(store, post.profile_id, {"bio_slug": "BIO."})
    assert changed.bio_slug == "bio"
    assert profiles.update(store, post.profile_id, {"bio_slug": None}).bio_slug is None
    posts.purge(store, post.id)
    assert links.find(store, "bio")[0].state == "erased"
    with pytest.raises(Invalid, match="bio_slug"):
        profiles.update(store, post.profile_id, {"bio_slug": "bio"})


def test_profiles_are_listed_newest_first(fake, now):
    made = [_profile(fake, now + number, handle=f"h{number}") for number in range(3)]
    first, cursor = profiles.list_(fake, limit=2)
    assert first == [made[2], made[1]]
    assert profiles.list_(fake, limit=2, cursor=cursor) == ([made[0]], None)
    with pytest.raises(NotFound):
        profiles.get(fake, "nothere")
