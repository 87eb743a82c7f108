"""Cursors: a list that is walked while others change it misses and repeats nothing that was there all the time."""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import ids, times
from shortlinks.errors import Conflict
from shortlinks.experiments import experiments
from shortlinks.links import links
from shortlinks.owner import tokens
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

LISTS = (
    *("/posts", "/posts?platform=instagram", "/posts?archived=true", "/links", "/links?post={post}", "/profiles"),
    *("/experiments", "/tokens", "/clicks?post={post}", "/posts/{post}/snapshots", "/posts/{post}/polls"),
    *("/profiles/{profile}/snapshots", "/shops/shop.example/totals", "/conversions", "/conversions?post={post}"),
)
OTHERS = (
    *("/posts?platform=tiktok", "/posts?q=a", "/links?post={other}", "/clicks?post={other}"),
    *("/clicks?post={post}&from=2026-01-01T00:00:00Z", "/posts/{other}/snapshots", "/posts/{other}/polls"),
    *("/profiles/{another}/snapshots", "/shops/other.example/totals", "/conversions?post={other}"),
)


@pytest.fixture
def names(ada: Person, store: Store) -> dict[str, str]:
    """Three of everything, and two in other lists."""
    now, made = times.now(), []
    for number in range(3):
        post = new_post(ada, title=f"Autumn {number}")
        made.append(post)
        archived = new_post(ada, title="Old")
        ada.patch(f"/posts/{archived['id']}", {"archived": True})
        profile = ada.post("/profiles", {"platform": "tiktok", "handle": f"ada{number}"}).get_json()
        tried = {
            "question": f"Try {number}",
            "platform": "tiktok",
            "kind": ("video", "story", "live")[number],
            "per_arm": 8,
        }
        assert ada.post("/experiments", tried).status_code == 201
        tokens.create(store, f"token {number}", ["read"], now=now)
    post, other = made[0], made[1]
    for number in range(3):
        for each in (post, other):
            link = {"placement": "story_link_sticker", "target": f"https://shop.example/{number}"}
            assert ada.post(f"/posts/{each['id']}/links", link).status_code == 201
            assert ada.post(f"/posts/{each['id']}/snapshots", {"views": 400 + number}).status_code == 201
            assert ada.post(f"/posts/{each['id']}/polls", {"votes": {"later": number}}).status_code == 201
            sale = {"external_id": f"{each['id']}-{number}", "kind": "sale", "slug": each["links"][0]["slug"]}
            assert ada.post("/conversions", sale).status_code == 201
            click(store, each["links"][0]["slug"], now - times.HOUR + number * times.MINUTE)
        for owner in (post["profile_id"], profile["id"]):
            assert ada.post(f"/profiles/{owner}/snapshots", {"followers": number}).status_code == 201
        for shop in ("shop.example", "other.example"):
            assert ada.call("PUT", f"/shops/{shop}/totals/2026-W0{number + 1}", json={"visits": 60}).status_code == 200
    return {"post": post["id"], "other": other["id"], "profile": post["profile_id"], "another": profile["id"]}


def page(person: Person, path: str, limit: int, cursor: str | None = None) -> dict[str, Any]:
    sign = "&" if "?" in path else "?"
    answer = person.get(f"{path}{sign}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def walk(person: Person, path: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        found = page(person, path, limit, cursor)
        yield from found["items"]
        cursor = found["next_cursor"]
        if cursor is None:
            return


def test_every_list_is_walked_to_its_end_and_takes_no_cursor_but_its_own(ada: Person, names: dict[str, str]) -> None:
    cursors = {}
    for each in LISTS:
        path = each.format_map(names)
        whole = page(ada, path, 200)["items"]
        assert len(whole) >= 3, path
        assert list(walk(ada, path, 1)) == list(walk(ada, path, 2)) == whole, path
        cursors[path] = page(ada, path, 1)["next_cursor"]
        assert len(cursors[path]) < 120
        assert cursors[path].replace("-", "").replace("_", "").isalnum(), "it needs no coding in an address"
    for path in (*cursors, *(each.format_map(names) for each in OTHERS)):
        sign = "&" if "?" in path else "?"
        for own, cursor in cursors.items():
            answer = ada.get(f"{path}{sign}cursor={cursor}")
            if own == path:
                assert answer.status_code == 200, path
            else:
                assert_problem(answer, 422, "cursor")
        for forged in forgeries(cursors[path]) if path in cursors else ():
            assert_problem(ada.get(f"{path}{sign}cursor={forged}"), 422, "cursor")


def forgeries(cursor: str) -> list[str]:
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    moved = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode().rstrip("=")
    return [moved, cursor[1:], f"{cursor}A", f"{cursor[:4]}.{cursor[4:]}", f"{cursor}%3D", "x", "%C3%A9", "1:a", ""]


@pytest.mark.parametrize("path", ["/posts", "/tokens", "/links"])
def test_a_cursor_whose_item_is_gone_goes_on_behind_its_place(
    ada: Person, store: Store, names: dict[str, str], path: str
) -> None:
    whole = page(ada, path, 200)["items"]
    cursor = page(ada, path, 2)["next_cursor"]
    for item in whole[:2]:
        match path:
            case "/posts":
                posts.purge(store, item["id"])
            case "/tokens":
                tokens.delete(store, item["id"])
            case "/links":
                posts.purge(store, item["post_id"])
    rest = page(ada, path, 200, cursor)["items"]
    assert rest == [item for item in page(ada, path, 200)["items"] if item in whole[2:]]
    assert rest


def test_what_is_added_to_a_list_of_numbers_shifts_nothing(ada: Person, names: dict[str, str]) -> None:
    path = f"/posts/{names['post']}/snapshots"
    whole = page(ada, path, 200)["items"]
    cursor = page(ada, path, 2)["next_cursor"]
    early, same = times.rfc3339(times.now() - times.DAY), whole[0]["taken_at"]
    for at in (early, same):
        assert ada.post(path, {"views": 500, "taken_at": at}).status_code == 201
    rest = page(ada, path, 200, cursor)["items"]
    assert rest[0]["id"] == whole[2]["id"]
    assert whole[0]["id"] not in {each["id"] for each in rest}


@pytest.mark.parametrize("path", ["/posts", "/posts?tag=kept", "/links", "/profiles", "/experiments", "/tokens"])
def test_walked_while_others_change_it_a_list_misses_and_repeats_nothing(ada: Person, store: Store, path: str) -> None:
    now = times.now()
    kept, doomed = fill(store, path, now)
    name = "slug" if path == "/links" else "id"

    def others(number: int) -> None:
        mine = doomed[number::2]
        for _ in range(25):
            if mine:
                drop(store, path, mine.pop())
            with suppress(Conflict):  # an experiment of the other's is about to be stopped
                add(store, path, times.now())

    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(others, number) for number in range(2)]
        over = False
        while not over:
            over = all(each.done() for each in busy)
            seen = [item[name] for item in walk(ada, path, 5)]
            assert [each for each in seen if each in kept] == kept
            assert len(set(seen)) == len(seen)
    for each in busy:
        each.result()


def fill(store: Store, path: str, now: int) -> tuple[list[str], list[str]]:
    """Items of a list, in its order, of which every other one will be removed. Many came in the same millisecond."""
    made = [add(store, path, now - 1_000 + number // 4) for number in range(24)]
    match path.partition("?")[0]:
        case "/posts":
            order = [post.id for post in posts.list_(store, limit=200)[0]]
        case "/links":
            order = [link.slug for link in links.list_(store, limit=200)[0]]
        case "/profiles":
            order = [profile.id for profile in profiles.list_(store, limit=200)[0]]
        case "/experiments":
            order = [each.id for each in experiments.list_(store, limit=200)[0]]
        case _:
            order = [token.id for token in tokens.list_(store)]
    order = [each for each in order if each in made]
    return order[::2], order[1::2]


def add(store: Store, path: str, at: int) -> str:
    """One more, made at this moment."""
    match path.partition("?")[0]:
        case "/posts":
            wish = {"platform": "instagram", "title": "x", "tags": ["kept"]}
            return posts.create(store, wish, now=at, own_hosts=frozenset())[0].id
        case "/links":
            hung = [{"placement": "bio_link", "target": "https://shop.example"}]
            wish = {"platform": "instagram", "title": "x", "links": hung}
            return posts.create(store, wish, now=at, own_hosts=frozenset())[1][0].slug
        case "/profiles":
            return profiles.create(store, platform="instagram", handle=ids.new(), now=at).id
        case "/experiments":
            # Stopped at once, so that the next may begin.
            tried = {"question": "x", "platform": "instagram", "kind": "video", "per_arm": 8}
            made = experiments.create(store, tried, now=at)
            experiments.update(store, made.id, {"state": "stopped"}, now=at)
            return made.id
        case _:
            return tokens.create(store, "x", ["read"], now=at)[0].id


def drop(store: Store, path: str, name: str) -> None:
    """Remove one where something can be removed; of posts half are only archived, or lose their tag."""
    match path.partition("?")[0]:
        case "/posts":
            if name < "h":
                posts.purge(store, name)
            else:
                posts.update(store, name, {"archived": True, "tags": None}, now=times.now())
        case "/links":
            posts.purge(store, links.get(store, name).post_id)
        case "/tokens":
            tokens.delete(store, name)


def test_of_the_rows_of_a_minute_none_is_missed(ada: Person, store: Store) -> None:
    post = posts.get(store, new_post(ada)["id"])
    at = times.now() - times.HOUR
    made = [snapshots.add(store, post, {"views": 100 + n, "taken_at": at}, now=times.now()).id for n in range(7)]
    path = f"/posts/{post.id}/snapshots"
    assert [each["id"] for each in walk(ada, path, 2)] == made
