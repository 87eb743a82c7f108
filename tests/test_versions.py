"""Versions: a change under a condition is made to what was seen, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from clicking import make_post

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.errors import NotFound, Stale
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.records import versions
from shortlinks.sales import shops
from shortlinks.store import Store
from tests.bad_moments import cut_once, interrupted


@pytest.fixture
def names(store: Store) -> dict[str, str]:
    now = times.now()
    post, (link,) = make_post(store, "bio_link", now=now)
    bio_pages.put(store, post.profile_id, {"name": "ada"}, now=now)
    _, row = bio_page_rows.add(store, post.profile_id, {"post_id": post.id}, now=now, own_hosts=frozenset())
    shops.put(store, "shop.example", "2026-W01", {"visits": 60}, now=now, this_week=30_000)
    return {"post": post.id, "slug": link.slug, "profile": post.profile_id, "row": row.slug}


Update = Callable[[Store, dict[str, str], versions.Condition | None], object]
UPDATES: dict[str, tuple[Update, Callable[[Store, dict[str, str]], Any]]] = {
    "post": (
        lambda store, its, only_if: posts.update(store, its["post"], {"title": "x"}, now=times.now(), only_if=only_if),
        lambda store, its: posts.get(store, its["post"]),
    ),
    "erased post": (
        lambda store, its, only_if: posts.purge(store, its["post"], only_if=only_if),
        lambda store, its: posts.get(store, its["post"]),
    ),
    "link": (
        lambda store, its, only_if: links.update(
            store, its["slug"], {"target": "https://x.example"}, now=times.now(), own_hosts=frozenset(), only_if=only_if
        ),
        lambda store, its: links.get(store, its["slug"]),
    ),
    "profile": (
        lambda store, its, only_if: profiles.update(store, its["profile"], {"handle": "x"}, only_if=only_if),
        lambda store, its: profiles.get(store, its["profile"]),
    ),
    "page": (
        lambda store, its, only_if: bio_pages.put(
            store, its["profile"], {"title": "x"}, now=times.now(), only_if=only_if
        ),
        lambda store, its: bio_pages.get(store, its["profile"]),
    ),
    "row": (
        lambda store, its, only_if: bio_page_rows.edit(
            store, its["profile"], its["row"], {"title": "x"}, only_if=only_if
        ),
        lambda store, its: bio_pages.get(store, its["profile"]),
    ),
    "shop": (
        lambda store, _, only_if: shops.put(
            store, "shop.example", "2026-W01", {"visits": 1}, now=times.now(), this_week=30_000, only_if=only_if
        ),
        lambda store, _: shops.get(store, "shop.example", "2026-W01"),
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_it_is_looked_at_within_the_transaction(store: Store, names: dict[str, str], name: str) -> None:
    update, get = UPDATES[name]
    seen = versions.Condition({versions.of(get(store, names))})
    during = interrupted(store, lambda: UPDATES["post" if name == "erased post" else name][0](store, names, None))
    with pytest.raises(Stale):
        update(during, names, seen)
    assert get(store, names)


@pytest.mark.parametrize("name", UPDATES)
def test_a_change_whose_answer_got_lost_on_the_way_is_no_other_ones(
    store: Store, server: str, names: dict[str, str], name: str
) -> None:
    update, get = UPDATES[name]
    seen = versions.Condition({versions.of(get(store, names))})
    broken, connection = cut_once(server)
    update(broken, names, seen)
    assert connection.cuts == 1
    with pytest.raises((Stale, NotFound)):
        update(store, names, versions.Condition(seen.seen))


def test_a_version_says_all_that_a_record_does(store: Store) -> None:
    post, _ = make_post(store)
    assert versions.of(post) == versions.of(posts.get(store, post.id))
    assert versions.of(post) != versions.of(replace(post, notes="!"))
    assert len(versions.of(post)) == 16
