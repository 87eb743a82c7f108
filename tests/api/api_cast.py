"""Who calls the API in these tests, and what they often do."""

import secrets
from dataclasses import dataclass
from typing import Any

from apiflask import APIFlask
from werkzeug.test import TestResponse

from shortlinks import keys
from shortlinks.clicks import clicks
from shortlinks.links import links
from shortlinks.rollups import rolling_up
from shortlinks.store import Store
from tests.api import documented

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 "
    "Instagram 360.0.0.28.100 (iPhone15,2; iOS 18_1; en_US; en; scale=3.00; 1179x2556; 663310313)"
)
OWN_TOKEN = "token-of-the-environment"


@dataclass
class Person:
    """Someone who calls the API with their token, if they have one. What it answers has to be documented."""

    app: APIFlask
    token: str | None

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if path.startswith("/") and not path.startswith("/api/"):
            path = f"/api/v1{path}"
        answer = self.app.test_client().open(path, method=method, headers=headers, **options)
        documented.hold(self.app, answer)
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.call("DELETE", path, **options)


def new_post(person: Person, **fields: Any) -> dict[str, Any]:
    """A post made by `person`: on Instagram, with a bio link unless told otherwise."""
    body = {
        "platform": "instagram",
        "title": "Autumn drop",
        "links": [{"placement": "bio_link", "target": "https://shop.example/new"}],
    }
    made = person.post("/posts", body | fields)
    assert made.status_code == 201, made.json
    return made.get_json()


def click(
    store: Store, slug: str, at: int, *, visitor: str = "", agent: str = IPHONE, referrer: str = "", count: int = 1
) -> None:
    """Record and roll up clicks on a link, as journal and worker would; without `visitor`, each of somebody new."""
    link = links.get(store, slug)
    lines = [
        clicks.line(
            f"{link.post_id}\t{slug}\t{link.rev}",
            at + number,
            f"{number:012x}",
            "GET",
            "",
            f"{visitor or secrets.token_hex(6)}\t{secrets.token_hex(4)}\tDE",
            referrer,
            agent,
        )
        for number in range(count)
    ]
    shard = keys.shard(link.post_id)
    store.redis.xadd(keys.clicks(shard), {"b": b"\n".join(lines)})
    rolling_up.roll_up(store, shard)


def assert_problem(answer: TestResponse, status: int, *fields: str) -> dict[str, Any]:
    """`answer` is a problem with this status that names exactly these fields."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in answer.get_data(as_text=True)
    if fields:
        assert {error["field"] for error in body["errors"]} == set(fields)
    return body
