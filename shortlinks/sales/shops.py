"""Shops: what the creator's own shop says of a week, all visits and all orders. The only way to see who came without a link."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import ada_url

from shortlinks import keys, urls, weeks
from shortlinks.errors import NotFound
from shortlinks.records import nouns, versions
from shortlinks.snapshots import typed
from shortlinks.store import Store
from shortlinks.words.language import _

NUMBERS = ("visits", "orders")


@dataclass(frozen=True, slots=True)
class ShopTotals:
    """A week (its Monday, days since 1970) of the host `shop`. None where the shop said nothing.

    `precision` says by how much a count may be off through rounding; counts not in it are exact. `source` is one of
    nouns.SOURCES, `noted_at` when it was written down.
    """

    shop: str
    week: int
    visits: int | None
    orders: int | None
    precision: dict[str, int]
    source: str
    noted_at: int


def put(
    store: Store,
    shop: Any,
    week: Any,
    fields: Any,
    *,
    now: int,
    this_week: int,
    source: str = "typed",
    only_if: versions.Condition | None = None,
) -> ShopTotals:
    """Keep what a shop says of `week` ("2026-W47"): visits, orders or both. What was said of that week before is replaced.

    `this_week` is the one that is under way where the creator is; later ones cannot be known. Raises Invalid, and Stale unless
    what was said before is as `only_if` wants it.
    """
    asked = nouns.Fields(fields, NUMBERS, "shop's totals")
    whose = nouns.Fields({"shop": shop, "week": week}, ("shop", "week"), "shop's totals")
    name = whose.need("shop", host, "")
    monday = whose.need("week", weeks.parse, 0)
    if monday > this_week:
        whose.fail("week", _("is in the future"))
    counts = {name: asked.take(name, typed.count, None) for name in NUMBERS}
    if not any(asked.has(name) for name in NUMBERS):
        asked.fail(NUMBERS[0], _("is required, or orders"))
    asked.errors = whose.errors + asked.errors
    asked.raise_errors()
    totals = ShopTotals(
        shop=name,
        week=monday,
        precision=typed.rounding(counts),
        source=source,
        noted_at=now,
        **{name: count.value if count else None for name, count in counts.items()},
    )

    def change(pipe: Any) -> ShopTotals:
        if only_if is not None:
            pipe.watch(keys.SHOPS)
            raw = pipe.hget(keys.SHOPS, _field(name, monday))
            versions.check(only_if, pipe, None if raw is None else decode(raw))
        pipe.multi()
        versions.stage(only_if, pipe)
        stage(pipe, totals)
        return totals

    return nouns.commit(store, change)


def get(store: Store, shop: Any, week: Any) -> ShopTotals:
    """What a shop says of one week. Raises NotFound, and Invalid for what is no host or no week."""
    name, monday = host(shop, "shop"), weeks.parse(week)
    raw = store.redis.hget(keys.SHOPS, _field(name, monday))
    if raw is None:
        raise NotFound("shop's totals", f"{name} {weeks.name(monday)}")
    return decode(raw)


def of_shop(store: Store, shop: Any) -> list[ShopTotals]:
    """All that a shop says, newest week first. Raises Invalid for what is no host."""
    name = host(shop, "shop")
    return [totals for totals in all_(store) if totals.shop == name]


def all_(store: Store) -> list[ShopTotals]:
    """All that any shop says, newest week first."""
    found = (decode(raw) for raw in store.redis.hgetall(keys.SHOPS).values())
    return sorted(found, key=lambda totals: -totals.week)


def stage(pipe: Any, totals: ShopTotals) -> None:
    """Add to a transaction all that writes `totals`."""
    pipe.hset(keys.SHOPS, _field(totals.shop, totals.week), nouns.dump(asdict(totals)))


def decode(raw: bytes | str) -> ShopTotals:
    """The totals in a stored record."""
    return ShopTotals(**nouns.load(raw))


def host(value: Any, field: str) -> str:
    """The host in "shop.example" or in any address in it, without "www.": people mean the same shop. Raises Invalid."""
    text = f"https://{value.strip()}" if isinstance(value, str) and "://" not in value else value
    return host_of(urls.permalink(text, field))


def leads_there(target: str, shop: str) -> bool:
    """Whether a link's target, as it is stored, is a page of `shop` (a host as above)."""
    return bool(target) and host_of(target) == shop


@lru_cache(maxsize=4_096)
def host_of(target: str) -> str:
    """The host that an address leads to, without its `www.`."""
    return _bare(ada_url.URL(target).hostname)


def _bare(name: str) -> str:
    return name.removesuffix(".").removeprefix("www.")


def _field(shop: str, week: int) -> str:
    return f"{shop}|{weeks.name(week)}"
