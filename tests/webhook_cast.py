"""A webhook and its receiver: a real server on this machine, which the service is allowed to reach."""

import base64
import hashlib
import hmac
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import far_side
from clicking import NOW, make_config, pour, record, roll_up_all
from far_side import FarSide, Reply

from shortlinks.config import Config
from shortlinks.fetching import fetching
from shortlinks.fetching.fetching import Fetcher
from shortlinks.links.links import Link
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, delivering, webhooks
from shortlinks.webhooks.deliveries import Delivery
from shortlinks.webhooks.webhooks import Webhook

PATH = "/hook"


def config_of(folder: Any, *allowed: str) -> Config:
    return make_config(folder, allow_fetch=allowed or ("127.0.0.0/8",))


def verified(secret: str, headers: dict[str, str], body: bytes) -> Any:
    """The message, if one of its signatures is by this secret; written from the specification alone."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{right}" in headers["webhook-signature"].split(" ")
    return json.loads(body)


@dataclass
class Hooked:
    """A webhook, with the time that its deliveries go by."""

    store: Store
    config: Config
    side: FarSide
    webhook: Webhook
    now: int = NOW
    fetcher: Fetcher = field(init=False)

    def __post_init__(self) -> None:
        self.fetcher = fetching.of_service(self.config)

    def run(self, after: int = 0) -> delivering.Ran:
        """Deliver what is due, so many milliseconds later."""
        self.now += after
        address = webhooks.address(self.config)
        return delivering.run(self.store, self.fetcher, address, clock=lambda: self.now, linger=0)

    def until_done(self, seconds_apart: int = 3_600, most: int = 400) -> None:
        """Deliver at each of many later moments, until nothing waits."""
        for _number in range(most):
            self.run(seconds_apart * 1_000)
            if not self.waiting():
                return
        raise AssertionError(f"still waiting: {self.waiting()}")

    def waiting(self) -> list[Delivery]:
        return [each for each, _at in self.all() if each.state == deliveries.WAITING]

    def all(self) -> list[tuple[Delivery, int | None]]:
        return deliveries.of_webhook(self.store, self.webhook.id)

    def only(self) -> Delivery:
        ((delivery, _at),) = self.all()
        return delivery

    def next_in(self) -> int:
        """Milliseconds until the only delivery is tried next."""
        ((_delivery, at),) = self.all()
        assert at is not None
        return at - self.now

    def standing(self) -> deliveries.Standing:
        return deliveries.standings(self.store, [self.webhook])[0]

    def known(self) -> Webhook:
        return webhooks.get(self.store, self.webhook.id)

    def says(self, *replies: Reply) -> None:
        """What the receiver answers, one after the other, the last one for good."""
        coming = list(replies)

        def reply(method: str, path: str, connection: socket.socket) -> None:
            (coming.pop(0) if len(coming) > 1 else coming[0])(method, path, connection)

        self.side.replies[PATH] = reply

    def got(self, secret: str | None = None) -> list[dict[str, Any]]:
        """The messages that came, each with its signature verified."""
        return [
            verified(secret or self.webhook.secret, headers_of(head), body)
            for head, body in zip(self.side.seen, self.side.bodies, strict=True)
        ]

    def change(self, **changes: Any) -> Webhook:
        address = webhooks.address(self.config)
        return webhooks.update(self.store, self.webhook.id, changes, address=address, now=self.now)


def headers_of(head: str) -> dict[str, str]:
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
    return {name.lower(): value for name, value in lines}


@contextmanager
def hooked(store: Store, folder: Any, *events: str) -> Iterator[Hooked]:
    """A webhook for these events, or for all, whose receiver answers 200."""
    with far_side.running() as side:
        config = config_of(folder)
        made = hook(store, config, side.url(PATH), *events)
        yield Hooked(store, config, side, made)


def hook(store: Store, config: Config, url: str, *events: str, now: int = NOW) -> Webhook:
    given = {"url": url, "events": list(events or webhooks.EVENTS)}
    return webhooks.create(store, given, address=webhooks.address(config), now=now)


def tap(store: Store, link: Link, many: int = 1) -> None:
    """So many people click, and are counted."""
    pour(store, [record(link.post_id, link.slug) for _ in range(many)])
    roll_up_all(store)


def added_up(messages: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """What a receiver has that adds up the clicks of each message once."""
    sums: Counter[tuple[str, str]] = Counter()
    for message in {each["id"]: each for each in messages if each["type"] == webhooks.CLICKS}.values():
        data = message["data"]
        sums[data["post_id"], "human"] += data["human"]
        sums[data["post_id"], "hits"] += data["hits"]
    return sums


def resolving(hooked_: Hooked, resolve: Callable[..., Any]) -> None:
    """Let names be looked up like this."""
    hooked_.fetcher = replace(hooked_.fetcher, resolve=resolve)
