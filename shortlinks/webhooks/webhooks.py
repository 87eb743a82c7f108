"""Webhooks: where the owner wants to be told what happened. At most MOST of them, all in one hash."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from shortlinks import ids, keys, times, urls
from shortlinks.config import Config
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.fetching import fetching
from shortlinks.fetching.connecting import FetchError, Refused
from shortlinks.records import events, nouns, versions
from shortlinks.store import Store
from shortlinks.webhooks import signing
from shortlinks.words.language import _

CLICKS, CONVERSION, BROKEN = "post.clicks", "conversion.created", "link.broken"
EVENTS = (CLICKS, CONVERSION, BROKEN)
PING = "ping"
ACTIVE, DISABLED = "active", "disabled"
OWNER = "owner"
"""Why a webhook is off: its OWNER did it; it answered `gone` (410); it was `failing` for days."""
MOST = 20
LONGEST_DESCRIPTION = 200
BOTH_SIGN = times.DAY
"""How long a former secret goes on to sign beside the new one."""
_FIELDS = ("url", "events", "description")

Address = nouns.Check[str]
Reason = Literal["owner", "gone", "failing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`events` is a part of EVENTS, in their order. The secret signs; the former one does, too, until `former_until`."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    secret: str
    created_at: int
    former: str | None = None
    former_until: int = 0
    state: str = ACTIVE
    disabled_reason: str | None = None
    disabled_at: int | None = None

    def secrets(self, now: int) -> list[str]:
        """What signs at an instant, the present one first."""
        return [self.secret, *([self.former] if self.former and now < self.former_until else [])]


def address(config: Config) -> Address:
    """A check for a URL that we may deliver to, as far as the address itself tells; its host is looked up at each delivery."""
    fetcher = fetching.of_service(config)

    def check(value: Any, field: str) -> str:
        found = urls.elsewhere(value, own_hosts=config.own_hosts, own_ports=config.own_ports, field=field)
        try:
            fetcher.check(found)
        except Refused as error:
            hint = _("A service in your own network has to be listed in SHORTLINKS_ALLOW_FETCH.")
            raise Invalid.field(field, f"{error} {hint}") from error
        except FetchError as error:
            raise Invalid.field(field, str(error)) from error
        return found

    return check


def create(store: Store, given: Any, *, address: Address, now: int) -> Webhook:
    """A new webhook, told of what happens from now on. Raises Invalid, and Conflict where there are MOST already."""
    fields = nouns.Fields(given, _FIELDS, "webhook")
    webhook = Webhook(
        id=ids.new(),
        url=fields.need("url", address, ""),
        events=fields.need("events", _events, ()),
        description=fields.take("description", nouns.or_empty(nouns.text(LONGEST_DESCRIPTION)), "") or None,
        secret=signing.new_secret(),
        created_at=now,
    )
    fields.raise_errors()
    place = events.newest(store).place

    def change(pipe: Any) -> Webhook:
        # A connection that broke may hide that an earlier run got through.
        if pipe.hlen(keys.WEBHOOKS) >= MOST and not pipe.hexists(keys.WEBHOOKS, webhook.id):
            raise Conflict("url", _("is one too many: there are {most} webhooks", most=MOST))
        pipe.multi()
        stage(pipe, webhook)
        pipe.hset(keys.webhook(webhook.id), "place", place)
        return webhook

    return nouns.commit(store, change, keys.WEBHOOKS)


def get(store: Store, webhook_id: str) -> Webhook:
    """The webhook with this id. Raises NotFound."""
    return read(store.redis, webhook_id)


def read(pipe: Any, webhook_id: str) -> Webhook:
    """What `get` gives, within a transaction that watches keys.WEBHOOKS."""
    raw = pipe.hget(keys.WEBHOOKS, webhook_id)
    if raw is None:
        raise NotFound("webhook", webhook_id)
    return decode(raw)


def list_(store: Store) -> list[Webhook]:
    """All webhooks, newest first."""
    return sorted(map(decode, store.redis.hvals(keys.WEBHOOKS)), key=place)


def place(webhook: Webhook) -> tuple[int, str]:
    """By what `list_` is in order."""
    return -webhook.created_at, webhook.id


def any_(store: Store) -> bool:
    """Whether there is one, be it switched off."""
    return bool(store.redis.exists(keys.WEBHOOKS))


def stopped(store: Store) -> int:
    """How many were switched off by what their receivers did, and not by the owner."""
    return sum(each.disabled_reason not in (None, OWNER) for each in list_(store))


def update(
    store: Store,
    webhook_id: str,
    changes: Any,
    *,
    address: Address,
    now: int,
    only_if: versions.Condition | None = None,
) -> Webhook:
    """Change url, events, description (null clears it) or state; with another url or state what waits is tried at once.

    Raises NotFound, Invalid, and Stale unless the webhook is as `only_if` wants it.
    """

    def changed(webhook: Webhook) -> Webhook:
        fields = nouns.Fields(changes, (*_FIELDS, "state"), "webhook")
        text = nouns.or_empty(nouns.text(LONGEST_DESCRIPTION))
        state = fields.change("state", nouns.one_of(ACTIVE, DISABLED), webhook.state)
        url = fields.change("url", address, webhook.url)
        after = replace(
            webhook if state == webhook.state else _switched(webhook, OWNER if state == DISABLED else None, now),
            url=url,
            events=fields.change("events", _events, webhook.events),
            description=fields.change_or_clear("description", text, webhook.description) or None,
        )
        fields.raise_errors()
        return after

    return _change(store, webhook_id, changed, now=now, only_if=only_if)


def rotate(store: Store, webhook_id: str, *, now: int) -> Webhook:
    """Give a webhook another secret; the former one signs, too, for BOTH_SIGN. Raises NotFound."""
    drawn = signing.new_secret()

    def changed(webhook: Webhook) -> Webhook:
        if webhook.secret == drawn:
            return webhook
        return replace(webhook, secret=drawn, former=webhook.secret, former_until=now + BOTH_SIGN)

    return _change(store, webhook_id, changed, now=now)


def delete(store: Store, webhook_id: str, *, only_if: versions.Condition | None = None) -> None:
    """Erase a webhook with its deliveries. Raises NotFound, and Stale as `update` does."""

    get(store, webhook_id)

    def change(pipe: Any) -> None:
        raw = pipe.hget(keys.WEBHOOKS, webhook_id)
        if raw is None:  # someone else erased it meanwhile, or an earlier run of ours
            return
        versions.check(only_if, pipe, decode(raw))
        pipe.multi()
        pipe.hdel(keys.WEBHOOKS, webhook_id)
        pipe.delete(
            keys.webhook(webhook_id),
            keys.webhook_posts(webhook_id),
            keys.webhook_deliveries(webhook_id),
            keys.webhook_due(webhook_id),
            keys.webhook_done(webhook_id),
            keys.webhook_lease(webhook_id),
        )

    nouns.commit(store, change, keys.WEBHOOKS)


def switch_off(pipe: Any, webhook: Webhook, reason: str, *, now: int) -> None:
    """Add to a transaction that a webhook is told nothing any more."""
    stage(pipe, _switched(webhook, reason, now))


def stage(pipe: Any, webhook: Webhook) -> None:
    """Add to a transaction what writes a webhook."""
    pipe.hset(keys.WEBHOOKS, webhook.id, nouns.dump(asdict(webhook)))


def decode(raw: bytes | str) -> Webhook:
    """The webhook in a stored record."""
    record = nouns.load(raw)
    return Webhook(**{**record, "events": tuple(record["events"])})


def _switched(webhook: Webhook, reason: str | None, now: int) -> Webhook:
    state, at = (ACTIVE, None) if reason is None else (DISABLED, now)
    return replace(webhook, state=state, disabled_reason=reason, disabled_at=at)


def _change(
    store: Store,
    webhook_id: str,
    changed: Callable[[Webhook], Webhook],
    *,
    now: int,
    only_if: versions.Condition | None = None,
) -> Webhook:
    def change(pipe: Any) -> Webhook:
        before = read(pipe, webhook_id)
        versions.check(only_if, pipe, before)
        after = changed(before)
        waiting = pipe.zrange(keys.webhook_due(webhook_id), 0, -1)
        pipe.multi()
        versions.stage(only_if, pipe)
        stage(pipe, after)
        if (after.url, after.state) != (before.url, before.state):
            pipe.hdel(keys.webhook(webhook_id), "failures", "failing_since", "quiet_until")
            if waiting:
                pipe.zadd(keys.webhook_due(webhook_id), dict.fromkeys(waiting, now), xx=True, lt=True)
        return after

    return nouns.commit(store, change, keys.WEBHOOKS)


def _events(value: Any, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Invalid.field(field, _("must be a list with some of {names}", names=", ".join(EVENTS)))
    if unknown := [str(word)[:60] for word in value if word not in EVENTS]:
        wrong = _("{words}: must be some of {names}", words=", ".join(unknown), names=", ".join(EVENTS))
        raise Invalid.field(field, wrong)
    return tuple(event for event in EVENTS if event in value)
