"""`/links` and `/posts/{id}/links`."""

from typing import Any

from flask import url_for

from shortlinks import findings, links, placements, posts, times
from shortlinks.web.api import schemas
from shortlinks.web.api.blueprint import bp, needs, reserved
from shortlinks.web.services import services


def shape(link: links.Link, now: int) -> dict[str, Any]:
    """A link as the API shows it."""
    return {
        "slug": link.slug,
        "short_url": f"{services().config.base_url}/{link.slug}",
        "target": link.target,
        "placement": link.placement,
        "post_id": link.post_id,
        "state": links.state_at(link, now),
        "expires_at": None if link.expires_at is None else times.rfc3339(link.expires_at),
        "forward_query": link.forward_query,
        "utm": link.utm,
        "click_id_param": link.click_id_param,
        "created_at": times.rfc3339(link.created_at),
        "history": [
            {"from": times.rfc3339(turn.from_), "post_id": turn.post_id, "target": turn.target} for turn in link.history
        ],
        "warnings": [
            {"code": code, "message": message} for code, message in findings.warnings(placements.by_id(link.placement))
        ],
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
    return shape(link, now), 201, {"Location": url_for("api.get_link", slug=link.slug)}


@bp.get("/links")
@needs("read")
@bp.input(schemas.LinksQuery, location="query")
@bp.output(schemas.LinkPage)
@bp.doc(responses=[404])
def list_links(query_data: schemas.LinksQuery) -> dict[str, Any]:
    """All links, newest first"""
    here, now = services(), times.now()
    if query_data.post is not None:
        posts.get(here.store, query_data.post)
    found, following = links.list_(here.store, limit=query_data.limit, cursor=query_data.cursor, post=query_data.post)
    return {"items": [shape(link, now) for link in found], "next_cursor": following}


@bp.get("/links/<slug>")
@needs("read")
@bp.output(schemas.Link)
def get_link(slug: str) -> dict[str, Any]:
    """One link"""
    return shape(links.get(services().store, slug), times.now())


@bp.patch("/links/<slug>")
@needs("write")
@bp.input(schemas.LinkChanges)
@bp.output(schemas.Link)
def update_link(slug: str, json_data: schemas.LinkChanges) -> dict[str, Any]:
    """Change a link

    In effect within a second. With another `target` or `post_id` its history grows; earlier clicks stay with the post and
    target they went to.
    """
    here, now = services(), times.now()
    changes = json_data.model_dump(exclude_unset=True)
    return shape(links.update(here.store, slug, changes, now=now, own_hosts=here.config.own_hosts), now)
