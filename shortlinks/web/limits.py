"""Rate limits: how often a token may call the API, an address may try to sign in or have a user agent read, and pages may tell
of orders by the pixel and of arrivals, and shop systems by their webhooks.

They are counted in Redis under `LIMITS:`, shared by all web processes, and in this process's memory while Redis is
away. Raw addresses are never a key: an address is hashed with the secret key first.
"""

import hmac
import math
import time
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from limits import RateLimitItem, WindowStats
from limits.strategies import STRATEGIES, FixedWindowRateLimiter
from redis.exceptions import RedisError

from shortlinks.clicks import visitors
from shortlinks.config import Config
from shortlinks.store import Store
from shortlinks.web import services

API = "1200 per minute"
SIGN_IN = "10 per 5 minutes"
CHECK = "60 per minute"
"""Looks at `/how-we-count`: each reads an agent or two, which takes milliseconds."""
PIXEL = "60 per minute"
PIXEL_TOKEN = "600 per minute;20000 per day"
"""Reports of the pixel, from an address and all together: what nobody verified is kept for good."""
ARRIVAL = "300 per minute"
ARRIVALS = "6000 per minute"
"""Arrivals, from an address (many phones share a carrier's) and all together: each waits until its click is found."""
HOOK = "600 per minute"
"""Webhooks from an address: a shop system sends from few, and again later what was refused for this."""

_TIMEOUT_SECONDS = 2.0
_STRATEGY = "fixed-window-remembered"
_MOST_REMEMBERED = 10_000


class _Remembered(FixedWindowRateLimiter):
    """Fixed windows, of which what is told to the client is known from counting its request: nothing is asked once more."""

    def __init__(self, storage: Any) -> None:
        super().__init__(storage)
        self._ends: dict[str, float] = {}

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        key = item.key_for(*identifiers)
        count = int(self.storage.incr(key, item.get_expiry(), amount=cost))
        if count == cost:
            self._until(key, time.time() + item.get_expiry())
        counts = g.setdefault("limit_counts", {})
        counts[key] = count
        return count <= item.amount

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        key = item.key_for(*identifiers)
        count = g.get("limit_counts", {}).get(key)
        if count is None:
            return super().get_window_stats(item, *identifiers)
        end = self._ends.get(key, 0.0)
        if end <= time.time():
            end = self._until(key, self.storage.get_expiry(key))
        return WindowStats(end, max(0, item.amount - count))

    def _until(self, key: str, end: float) -> float:
        if len(self._ends) >= _MOST_REMEMBERED:
            self._ends.clear()
        self._ends[key] = end
        return end


STRATEGIES[_STRATEGY] = _Remembered


def address() -> str:
    """The client's address as a keyed hash, the same as long as the secret key is. Of IPv6 the /64 counts as one."""
    config = services.services().config
    octets = visitors.packed(visitors.client_address(request.environ, config.trusted_proxies))
    network = octets[:8] if len(octets) == 16 else octets
    return "address:" + hmac.digest(config.secret_key.encode(), network, "sha256").hex()[:24]


limiter = Limiter(key_func=address, in_memory_fallback_enabled=True, strategy=_STRATEGY)


def api_rate() -> str:
    """The API's limit; `API_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("API_RATE", API))


def sign_in_rate() -> str:
    """The limit of sign-ins; `SIGN_IN_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("SIGN_IN_RATE", SIGN_IN))


def check_rate() -> str:
    """The limit of looks at how an agent would count; `CHECK_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("CHECK_RATE", CHECK))


def pixel_rate() -> str:
    """The limit of reports of the pixel from one address; `PIXEL_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("PIXEL_RATE", PIXEL))


def pixel_token_rate() -> str:
    """The limit of reports by the pixel's token; `PIXEL_TOKEN_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("PIXEL_TOKEN_RATE", PIXEL_TOKEN))


def arrival_rate() -> str:
    """The limit of arrivals from one address; `ARRIVAL_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("ARRIVAL_RATE", ARRIVAL))


def arrivals_rate() -> str:
    """The limit of arrivals by the beacon's token; `ARRIVALS_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("ARRIVALS_RATE", ARRIVALS))


def hook_rate() -> str:
    """The limit of webhooks from one address; `HOOK_RATE` in the app's configuration overrides it."""
    return str(current_app.config.get("HOOK_RATE", HOOK))


def install(app: Flask, config: Config, store: Store) -> None:
    """Count on the Redis of `config`; in memory where there is none (an embedded server is named by its starter).

    Where that is silent, one time-out of it or of `store` is enough for both.
    """
    app.config["RATELIMIT_STORAGE_URI"] = _storage(config.redis_url)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = (
        {
            "socket_timeout": _TIMEOUT_SECONDS,
            "socket_connect_timeout": _TIMEOUT_SECONDS,
            "retry": store.patience,
        }
        if config.redis_url
        else {}
    )
    limiter.init_app(app)
    app.after_request(_tell)


def _storage(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    if redis_url.startswith("redis+sentinel://"):
        # The extension takes everything behind the hosts for the master's name, also our "/db".
        return "/".join(redis_url.split("/")[:4])
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url


def _tell(response: Response) -> Response:
    # Not the extension's own headers: those put Retry-After on answers that were not refused.
    limit = limiter.current_limit
    if limit is None:
        return response
    try:
        remaining, reset_at = limit.remaining, limit.reset_at
    except RedisError:
        return response
    # The end of the window comes rounded up to a whole second.
    seconds = min(max(1, math.ceil(reset_at - time.time())), limit.limit.get_expiry())
    response.headers["RateLimit-Limit"] = str(limit.limit.amount)
    response.headers["RateLimit-Remaining"] = str(remaining)
    response.headers["RateLimit-Reset"] = str(seconds)
    if limit.breached:
        response.headers["Retry-After"] = str(seconds)
    return response
