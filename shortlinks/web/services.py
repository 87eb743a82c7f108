"""What every view needs, gathered once by `create_app`: configuration, stores, and the links in memory."""

from collections import deque
from dataclasses import dataclass, field

from flask import current_app

from shortlinks.bio_pages.bio_pages import Shown
from shortlinks.config import Config
from shortlinks.funnels.company import Memory
from shortlinks.links.follow import Follower
from shortlinks.owner.tokens import Token
from shortlinks.records.outcomes import Owed
from shortlinks.store import Store


@dataclass(frozen=True)
class Services:
    """One web process's tools. `follower` holds links in memory and records clicks; `queue_store` is where RQ lives.

    `tokens` are those that were found valid here, by digest: what is known of them while Redis is away.
    `bio_pages` are those that were opened here, by name, with the moment (monotonic seconds) until which each is fresh.
    `company` is what posts are held against.
    `owed` are reports of the pixel, and `owed_arrivals` arrivals, that are counted when Redis answers again.
    """

    config: Config
    store: Store
    follower: Follower
    queue_store: Store
    tokens: dict[str, Token] = field(default_factory=dict)
    bio_pages: dict[str, tuple[float, Shown]] = field(default_factory=dict)
    company: Memory = field(default_factory=Memory)
    owed: Owed = field(default_factory=lambda: deque(maxlen=10_000))
    owed_arrivals: Owed = field(default_factory=lambda: deque(maxlen=10_000))


def services() -> Services:
    """The current app's Services."""
    found: Services = current_app.extensions["shortlinks"]
    return found
