"""What every view needs, gathered once by `create_app`: configuration, store, and the links in memory."""

from dataclasses import dataclass

from flask import current_app

from shortlinks.config import Config
from shortlinks.follow import Follower
from shortlinks.store import Store


@dataclass(frozen=True)
class Services:
    """One web process's tools. `follower` holds links in memory and records clicks."""

    config: Config
    store: Store
    follower: Follower


def services() -> Services:
    """The current app's Services."""
    found: Services = current_app.extensions["shortlinks"]
    return found
