"""Other shorteners' protocols, so that tools people have already work with this service as they are.

Each is a thin layer over the same nouns as our own API, with the same tokens, scopes and limits. A link that is made by one gets
a post of its own on the platform `other` and hangs `elsewhere`, until its owner has it promote a real one. What a protocol knows
and we do not is refused in its own words, never taken and forgotten.
"""

from flask import Flask

from shortlinks.web import auth, limits
from shortlinks.web.dialects import (
    kutt,
    shlink,
    shlink_links,
    shlink_service,
    shlink_tags,
    shlink_visits,
    yourls,
)

__all__ = ["ALL", "install", "kutt", "shlink_links", "shlink_service", "shlink_tags", "shlink_visits", "yourls"]

ALL = (shlink.bp, yourls.bp, kutt.bp)

for _blueprint in ALL:
    limits.limiter.shared_limit(limits.api_rate, scope="api", key_func=auth.rate_key)(_blueprint)


def install(app: Flask) -> None:
    """Add what has to be done around requests of any address below a protocol's."""
    app.after_request(shlink.allow_other_origins)
