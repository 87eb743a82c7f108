"""Browsers that sign in and send forms, and clicks to be counted."""

import re
import secrets
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from shortlinks import keys
from shortlinks.clicks import clicks
from shortlinks.config import Config
from shortlinks.links.links import Link
from shortlinks.rollups import rolling_up
from shortlinks.store import Store

PASSWORD = "correct horse battery"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Quick to check, as the hash itself says: that a password's is slow is tested in test_signin.py."""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 "
    "Instagram 360.0.0.28.100 (iPhone15,2; iOS 18_1; en_US; en; scale=3.00; 1179x2556; 663310313)"
)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """A person's browser: it keeps its cookie and sends the forms it was given."""

    def __init__(self, app: APIFlask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def send(self, path: str, fields: dict[str, Any] | None = None, *, seen: str | None = None) -> TestResponse:
        """POST a form to `path`, with the token of the page `seen` on which it stands (`path` itself if not given)."""
        return self.client.post(path, data={"csrf_token": self.token(seen or path), **(fields or {})})

    def token(self, page: str) -> str:
        found = _TOKEN.search(self.get(page).text)
        assert found, f"no form on {page}"
        return found.group(1)

    def sign_in(self, password: str = PASSWORD) -> TestResponse:
        return self.send("/admin/sign-in", {"password": password})


def config(folder: Path, **changes: Any) -> Config:
    return Config(**{"data_dir": folder, "secret_key": "k" * 32, "base_url": "http://go.example", **changes})


def count(store: Store, link: Link, many: int, *, at: int, agent: str = IPHONE) -> None:
    """Have `many` clicks of a link counted."""
    line = b"\n".join(
        clicks.line(
            f"{link.post_id}\t{link.slug}\t{link.rev}",
            at,
            secrets.token_hex(6),
            "GET",
            "",
            f"{secrets.token_hex(6)}\t{secrets.token_hex(4)}\tDE",
            "https://l.instagram.com",
            agent,
        )
        for _ in range(many)
    )
    shard = keys.shard(link.post_id)
    store.redis.xadd(keys.clicks(shard), {"b": line})
    rolling_up.roll_up(store, shard)


def wrong(response: TestResponse) -> list[str]:
    """What a refused form says about its fields."""
    return re.findall(r'class="wrong"[^>]*>([^<]*)', response.text)
