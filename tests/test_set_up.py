"""The questions of the set-up are kept together or not at all."""

from typing import Any

import pytest

from shortlinks import keys
from shortlinks.errors import Conflict, Invalid
from shortlinks.owner import reached, set_up
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.store import Store

OWN = frozenset({"go.example"})
NOW = 1_795_300_000_000


def save(store: Store, answers: dict[str, dict[str, Any]], shop: str = "") -> list[Profile]:
    return set_up.save(store, answers, shop=shop, own_hosts=OWN, now=NOW)


def test_each_platform_gets_its_profile_and_the_shop_is_remembered(fake: Store) -> None:
    answers = {"tiktok": {"handle": "@cats", "followers": "12.4K", "kind": "business"}, "instagram": {}}
    tiktok, instagram = save(fake, answers, "shop.example/mug")
    assert (tiktok.handle, tiktok.followers, tiktok.precision, tiktok.kind) == (
        *("cats", 12_400, {"followers": 50}, "business"),
    )
    assert (instagram.handle, instagram.followers, instagram.kind) == (profiles.UNNAMED, None, "personal")
    assert {tiktok.shop, instagram.shop} == {"shop.example"}
    assert [profiles.get(fake, each.id) for each in (tiktok, instagram)] == [tiktok, instagram]
    assert set_up.shop(fake) == "https://shop.example/mug"


def test_a_second_time_changes_what_was_said_and_keeps_the_rest(fake: Store) -> None:
    first = save(fake, {"tiktok": {"handle": "cats", "followers": "600"}}, "shop.example")[0]
    other = profiles.create(fake, platform="tiktok", handle="dogs", now=NOW + 1)
    second = save(fake, {"tiktok": {"handle": "three.cats", "kind": "business"}})[0]
    assert (second.id, second.handle, second.kind) == (first.id, "three.cats", "business")
    assert (second.followers, second.shop) == (600, "shop.example")
    assert set_up.shop(fake) == "https://shop.example/"
    assert profiles.get(fake, other.id) == other
    assert set_up.own(fake) == [second]
    # The old handle is free.
    assert profiles.create(fake, platform="tiktok", handle="cats", now=NOW).handle == "cats"


def test_a_rounded_number_that_is_sent_back_stays_rounded(fake: Store) -> None:
    save(fake, {"tiktok": {"followers": "12.4K"}})
    assert save(fake, {"tiktok": {"followers": "12,400"}})[0].precision == {"followers": 50}
    assert save(fake, {"tiktok": {"followers": "12,401"}})[0].precision == {}


@pytest.mark.parametrize(
    ("answers", "shop", "fields"),
    [
        ({}, "shop.example", ["platforms"]),
        ({"myspace": {}}, "", ["platforms"]),
        ({"x": {}, "tiktok": {"followers": "many"}}, "", ["tiktok.followers"]),
        ({"x": {"kind": "royal"}, "tiktok": {"handle": "a" * 101}}, "no", ["shop", "x.kind", "tiktok.handle"]),
        ({"x": {}}, "https://go.example/a", ["shop"]),
        ({"x": {}}, "javascript:alert(1)", ["shop"]),
    ],
)
def test_one_wrong_answer_and_nothing_is_kept(
    fake: Store, answers: dict[str, dict[str, Any]], shop: str, fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        save(fake, answers, shop)
    assert [field for field, _ in refused.value.errors] == fields
    assert fake.redis.exists(keys.PROFILES, keys.SETTINGS, keys.HANDLES) == 0


def test_the_handle_of_another_profile_is_refused_with_its_platform(fake: Store) -> None:
    profiles.create(fake, platform="tiktok", handle="cats", now=NOW)
    profiles.create(fake, platform="tiktok", handle="dogs", now=NOW + 1)
    with pytest.raises(Conflict) as refused:
        save(fake, {"x": {"handle": "birds"}, "tiktok": {"handle": "Dogs"}})
    assert refused.value.field == "tiktok.handle"
    assert profiles.of_platform(fake, "x") == []


def test_an_arrival_is_kept_for_the_address_that_was_opened(fake: Store) -> None:
    first = reached.token(fake, "s" * 32, "https://go.example")
    assert reached.at(fake, "https://go.example") is None
    assert reached.known(fake, "s" * 32, "https://go.example", first)
    reached.keep(fake, "https://go.example", now=NOW)
    assert reached.at(fake, "https://go.example") == NOW
    assert reached.at(fake, "https://to.example") is None
    assert not reached.known(fake, "s" * 32, "https://go.example", first)
    assert not reached.known(fake, "s" * 32, "https://go.example", "é\udc80")
