"""What tests of `Idempotency-Key` share: what is made, and how it is asked for."""

import json
from collections.abc import Callable
from typing import Any

from api_cast import Person
from werkzeug.test import TestResponse

from shortlinks import keys
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

POST = {
    "platform": "instagram",
    "title": "Autumn drop",
    "links": [{"placement": "bio_link", "target": "https://shop.example/new"}],
}


def send(person: Person, path: str, body: Any, key: str = "k-1") -> TestResponse:
    return person.post(path, body, headers={"Idempotency-Key": key})


def replayed(answer: TestResponse) -> bool:
    return answer.headers.get("Idempotent-Replay") == "true"


def assert_same(first: TestResponse, again: TestResponse) -> None:
    assert (again.status_code, again.data) == (first.status_code, first.data)
    for name in ("Location", "Content-Type", "Cache-Control"):
        assert again.headers.get(name) == first.headers.get(name), name


def all_posts(person: Person) -> list[Any]:
    found: list[Any] = person.get("/posts?limit=200").get_json()["items"]
    return found


def kept(store: Store) -> bytes:
    """The one key that is kept."""
    (name,) = store.redis.scan_iter("sl:{n}:idempotent:*")
    found: bytes = name
    return found


class Case:
    """A POST that makes something: where, what, and how many of it there are."""

    def __init__(self, path: str, body: dict[str, Any], count: Callable[[Store, dict[str, Any]], int]) -> None:
        self.path, self.body, self.count = path, body, count

    def filled(self, post: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Path and body, for this post."""
        text = json.dumps([self.path, self.body])
        text = text.replace("{post}", post["id"]).replace("{slug}", post["links"][0]["slug"])
        path, body = json.loads(text)
        return path, body


CASES = {
    "posts": Case("/posts", POST, lambda store, _: len(posts.list_(store, limit=200)[0]) - 1),
    "links": Case(
        "/posts/{post}/links",
        {"placement": "story_link_sticker", "target": "https://shop.example/mug"},
        lambda store, post: len(links.of_post(store, post["id"])) - 1,
    ),
    "snapshots": Case(
        "/posts/{post}/snapshots", {"views": "12.4K"}, lambda store, post: len(snapshots.of_post(store, post["id"]))
    ),
    "conversions": Case(
        "/conversions",
        {"external_id": "order-1", "kind": "sale", "slug": "{slug}"},
        lambda store, post: len(conversions.of_post(store, post["id"])),
    ),
    "tokens": Case(
        "/tokens", {"name": "sheet", "scopes": ["read"]}, lambda store, _: store.redis.hlen(keys.TOKENS) - 1
    ),
    "webhooks": Case(
        "/webhooks",
        {"url": "https://shop.example/hook", "events": ["post.clicks"]},
        lambda store, _: store.redis.hlen(keys.WEBHOOKS),
    ),
    "experiments": Case(
        "/experiments",
        {"question": "Say it first", "platform": "tiktok", "kind": "video", "per_arm": 8},
        lambda store, _: store.redis.zcard(keys.EXPERIMENTS),
    ),
}
