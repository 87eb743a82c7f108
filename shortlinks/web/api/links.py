"""`/links` and `/posts/{id}/links`."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.links import link_warnings, links, target_health, target_visits
from shortlinks.links.target_health import Health
from shortlinks.posts import posts
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import answer, bp, needs, reserved
from shortlinks.web.services import services


def shape(link: links.Link, now: int) -> dict[str, Any]:
    """A link as the API shows it."""
    return shapes([link], now)[0]


def shapes(found: Sequence[links.Link], now: int) -> list[dict[str, Any]]:
    """Links as the API shows them."""
    here = services()
    known = target_visits.of_targets(here.store, [link.target for link in found])
    said = link_warnings.of_links(here.store, found, base_url=here.config.base_url)
    return [_shape(link, here.config.base_url, known.get(link.target), said[link.slug], now) for link in found]


def _shape(
    link: links.Link, base_url: str, health: Health | None, said: link_warnings.Warnings, now: int
) -> dict[str, Any]:
    warnings = said + target_health.warnings(health, now, UTC)
    return {
        "slug": link.slug,
        "short_url": f"{base_url}/{link.slug}",
        "target": link.target,
        "placement": link.placement,
        "post_id": link.post_id,
        "state": links.state_at(link, now),
        "expires_at": None if link.expires_at is None else times.rfc3339(link.expires_at),
        "forward_query": link.forward_query,
        "utm": link.utm,
        "click_id_param": link.click_id_param,
        "coupon": link.coupon,
        "before": None if link.before is None else _before(link.before),
        "created_at": times.rfc3339(link.created_at),
        "history": [
            {"from": times.rfc3339(turn.from_), "post_id": turn.post_id, "target": turn.target} for turn in link.history
        ],
        "warnings": [{"code": code, "message": message} for code, message in warnings],
        "health": None if health is None else _health(health, now),
    }


def _before(had: links.Before) -> dict[str, Any]:
    return {"source": had.source, "clicks": had.clicks, "at": times.rfc3339(had.at)}


def _health(health: Health, now: int) -> dict[str, Any]:
    since = target_health.since(health, now)
    return {
        "checked_at": times.rfc3339(health.checked_at),
        "status": health.status,
        "seconds": health.seconds,
        "state": target_health.state(health, now),
        "since": None if since is None else times.rfc3339(since),
    }


@bp.post("/posts/<post_id>/links")
@needs("write")
@bp.input(schemas.NewLink)
@bp.output(schemas.Link, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_link(post_id: str, json_data: schemas.NewLink) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a link for a post

    The slug is drawn unless you choose one. A link that hangs where nobody can tap it is made, with a warning.
    """
    here, now = services(), times.now()
    fields = json_data.model_dump(exclude_unset=True)
    link = links.create(here.store, post_id, fields, now=now, own_hosts=here.config.own_hosts, reserved=reserved())
    return shape(conditional.seen(link), now), 201, {"Location": url_for("api.get_link", slug=link.slug)}


@bp.get("/links")
@needs("read")
@bp.input(schemas.LinksQuery, location="query")
@bp.output(schemas.LinkPage)
@bp.doc(responses=[404])
def list_links(query_data: schemas.LinksQuery) -> Response:
    """All links, newest first

    Also those that are expired or disabled; with `post`, only those that promote this post now.
    """
    here, now = services(), times.now()
    if query_data.post is not None:
        posts.get(here.store, query_data.post)
    found, following = links.list_(
        here.store, limit=query_data.limit, cursor=cursors.opened(query_data), post=query_data.post
    )
    return answer({"items": shapes(found, now), "next_cursor": cursors.sealed(query_data, following)})


@bp.get("/links/<slug>")
@needs("read")
@bp.output(schemas.Link)
def get_link(slug: str) -> dict[str, Any]:
    """One link

    With its `history`, what does not work as hoped (`warnings`), and what our last visit to its target saw (`health`).
    """
    return shape(conditional.seen(links.get(services().store, slug)), times.now())


@bp.patch("/links/<slug>")
@needs("write")
@bp.input(schemas.LinkChanges)
@bp.output(schemas.Link)
@bp.doc(responses=[409])
def update_link(slug: str, json_data: schemas.LinkChanges) -> dict[str, Any]:
    """Change a link

    In effect within a second. With another `target` or `post_id` its history grows; earlier clicks stay with the post and
    target they went to.
    """
    here, now = services(), times.now()
    changes = json_data.model_dump(exclude_unset=True)
    link = links.update(
        here.store, slug, changes, now=now, own_hosts=here.config.own_hosts, only_if=conditional.only_if()
    )
    return shape(conditional.seen(link), now)
