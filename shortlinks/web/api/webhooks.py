"""`/webhooks`: where to tell what happened, and what became of it."""

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services
from shortlinks.web.webhooks import wake
from shortlinks.webhooks import deliveries, webhooks


def shape(webhook: webhooks.Webhook, stands: deliveries.Standing) -> dict[str, Any]:
    """A webhook as the API shows it: never its secret."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "description": webhook.description,
        "state": webhook.state,
        "disabled_reason": webhook.disabled_reason,
        "disabled_at": _moment(webhook.disabled_at),
        "failures": stands.failures,
        "last_success_at": _moment(stands.last_success_at),
        "last_status": stands.last_status,
        "missed": stands.missed,
        "waiting": stands.waiting,
        "created_at": times.rfc3339(webhook.created_at),
    }


def shape_delivery(delivery: deliveries.Delivery, next_at: int | None) -> dict[str, Any]:
    """A delivery as the API shows it."""
    fields = asdict(delivery)
    names = ("id", "post_id", "state", "attempts", "status", "error", "data")
    return {name: fields[name] for name in names} | {
        "event": delivery.type,
        "duration_ms": delivery.duration,
        "tried_at": _moment(delivery.tried_at),
        "next_at": _moment(next_at),
        "created_at": times.rfc3339(delivery.created_at),
    }


def _moment(at: int | None) -> str | None:
    return None if at is None else times.rfc3339(at)


def _shown(webhook: webhooks.Webhook) -> dict[str, Any]:
    (stands,) = deliveries.standings(services().store, [webhook])
    return shape(conditional.seen(webhook), stands)


@bp.post("/webhooks")
@needs("admin")
@bp.input(schemas.NewWebhook)
@bp.output(schemas.ShownWebhook, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_webhook(json_data: schemas.NewWebhook) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Have a program be told what happens, from now on

    The answer is the only place where the secret is shown. Each delivery is a POST of `{"id", "type", "created_at", "data"}` with
    `webhook-id`, `webhook-timestamp` and `webhook-signature` as in Standard Webhooks, whose libraries verify it. Answer it with
    2xx within 10 seconds. It comes at least once, in any order: pass over an `id` that came before. There are 20 at most.
    """
    here = services()
    fields = json_data.model_dump(exclude_unset=True)
    webhook = webhooks.create(here.store, fields, address=webhooks.address(here.config), now=times.now())
    location = url_for("api.get_webhook", webhook_id=webhook.id)
    headers = {"Location": location, "Cache-Control": "no-store"}
    return _shown(webhook) | {"secret": webhook.secret}, 201, headers


@bp.get("/webhooks")
@needs("admin")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.WebhookPage)
def list_webhooks(query_data: schemas.ListQuery) -> dict[str, Any]:
    """All webhooks, newest first, without their secrets

    Each with how its deliveries go.
    """
    store = services().store
    found = webhooks.list_(store)
    stands = {each.id: how for each, how in zip(found, deliveries.standings(store, found), strict=True)}
    return cursors.listed(found, webhooks.place, lambda each: shape(each, stands[each.id]), query_data)


@bp.get("/webhooks/<webhook_id>")
@needs("admin")
@bp.output(schemas.Webhook)
def get_webhook(webhook_id: str) -> dict[str, Any]:
    """One webhook, and how its deliveries go

    `state` is `disabled` when you switched it off, its receiver is gone (410), or nothing got through for five days.
    """
    return _shown(webhooks.get(services().store, webhook_id))


@bp.patch("/webhooks/<webhook_id>")
@needs("admin")
@bp.input(schemas.WebhookChanges)
@bp.output(schemas.Webhook)
def update_webhook(webhook_id: str, json_data: schemas.WebhookChanges) -> dict[str, Any]:
    """Change where a webhook leads, what it is told, or switch it off and on

    With another `url` or `state` what waits is tried at once. One that was switched off goes on with what happened in the last
    24 hours; of clicks nothing is missing.
    """
    here = services()
    changes = json_data.model_dump(exclude_unset=True)
    webhook = webhooks.update(
        here.store,
        webhook_id,
        changes,
        address=webhooks.address(here.config),
        now=times.now(),
        only_if=conditional.only_if(),
    )
    wake()
    return _shown(webhook)


@bp.delete("/webhooks/<webhook_id>")
@needs("admin")
@bp.output({}, status_code=204)
def delete_webhook(webhook_id: str) -> Response:
    """Erase a webhook with its deliveries

    At once; what waits is never sent.
    """
    webhooks.delete(services().store, webhook_id, only_if=conditional.only_if())
    return Response(status=204)


@bp.post("/webhooks/<webhook_id>/rotate-secret")
@needs("admin")
@bp.output(schemas.ShownWebhook)
def rotate_webhook_secret(webhook_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Give a webhook another secret

    The answer is the only place where it is shown. For 24 hours the former one signs, too: `webhook-signature` then holds two.
    """
    webhook = webhooks.rotate(services().store, webhook_id, now=times.now())
    return _shown(webhook) | {"secret": webhook.secret}, 200, {"Cache-Control": "no-store"}


@bp.post("/webhooks/<webhook_id>/test")
@needs("admin")
@bp.output(schemas.Delivery, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def test_webhook(webhook_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Send a `ping`, to try a webhook

    It is on its way when this answers; what became of it is among the deliveries. One that is switched off is refused (409).
    """
    delivery = deliveries.ping(services().store, webhook_id, now=times.now())
    wake()
    location = url_for("api.list_deliveries", webhook_id=webhook_id)
    return shape_delivery(delivery, delivery.created_at), 201, {"Location": location}


@bp.get("/webhooks/<webhook_id>/deliveries")
@needs("admin")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.DeliveryPage)
def list_deliveries(webhook_id: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """What was delivered to a webhook, waits or was given up, newest first

    What fails is tried again after 5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h and 48 h, and then given up.
    """
    found = deliveries.of_webhook(services().store, webhook_id)
    return cursors.listed(found, lambda each: deliveries.place(each[0]), lambda each: shape_delivery(*each), query_data)


@bp.post("/webhooks/<webhook_id>/deliveries/<delivery_id>/replay")
@needs("admin")
@bp.output(schemas.Delivery)
@bp.doc(responses=[409])
def replay_delivery(webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Send a delivery once more, just as it was, or now if it waits

    With the same `id`: who has it passes it over. Clicks that were given up and are part of a later delivery are refused (409),
    because they would count twice.
    """
    now = times.now()
    delivery = deliveries.replay(services().store, webhook_id, delivery_id, now=now)
    wake()
    return shape_delivery(delivery, now)
