"""`/profiles/{profile_id}/page`: the public page of a profile's links."""

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.links import links
from shortlinks.web.api import conditional, schemas
from shortlinks.web.api.blueprint import bp, needs, reserved
from shortlinks.web.services import services


def shape(page: bio_pages.BioPage, now: int) -> dict[str, Any]:
    """A page as the API shows it, with its rows and how often it was opened."""
    here = services()
    hung = bio_pages.hung(here.store, page)
    since = min((link.created_at for link in hung.values()), default=now)
    taps = bio_pages.taps_between(here.store, hung, since, now + times.MINUTE)
    ledger = bio_pages.opens(here.store, page)
    hits, lost = ledger.pop("hits"), ledger.pop("lost")
    record = asdict(page)
    del record["ever"]
    return record | {
        "address": f"{here.config.base_url}/@{page.name}",
        "created_at": times.rfc3339(page.created_at),
        "opens": {
            "hits": hits,
            "human": ledger.get("human", 0),
            "reasons": {reason: many for reason, many in ledger.items() if many},
            "lost": lost,
        },
        "rows": [
            {
                "slug": row.slug,
                "title": row.title,
                "post_id": hung[row.slug].post_id,
                "target": hung[row.slug].target,
                "state": links.state_at(hung[row.slug], now),
                "taps": taps[row.slug],
            }
            for row in page.rows
            if row.slug in hung
        ],
    }


@bp.get("/profiles/<profile_id>/page")
@needs("read")
@bp.output(schemas.BioPage)
def get_bio_page(profile_id: str) -> dict[str, Any]:
    """The profile's page of links, with its opens and taps

    404 also for a profile that has no page yet.
    """
    return shape(conditional.seen(bio_pages.get(services().store, profile_id)), times.now())


@bp.put("/profiles/<profile_id>/page")
@needs("write")
@bp.input(schemas.BioPageChanges)
@bp.output(schemas.BioPage)
@bp.doc(responses=[409])
def put_bio_page(profile_id: str, json_data: schemas.BioPageChanges) -> dict[str, Any]:
    """Make the profile's page of links, or change it

    Visitors see it at once, at `address`. A name is free again when its page took another one.
    """
    now, asked = times.now(), json_data.model_dump(exclude_unset=True)
    page = bio_pages.put(services().store, profile_id, asked, now=now, only_if=conditional.only_if())
    return shape(conditional.seen(page), now)


@bp.post("/profiles/<profile_id>/page/rows")
@needs("write")
@bp.input(schemas.NewBioRow)
@bp.output(schemas.BioPage, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def add_bio_row(profile_id: str, json_data: schemas.NewBioRow) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Put a post on top of the page

    It gets a link of its own in the placement `bio_page`.
    """
    here, now = services(), times.now()
    page, _ = bio_page_rows.add(
        here.store,
        profile_id,
        json_data.model_dump(exclude_unset=True),
        now=now,
        own_hosts=here.config.own_hosts,
        reserved=reserved(),
    )
    return shape(conditional.seen(page), now), 201, {"Location": url_for("api.get_bio_page", profile_id=profile_id)}


@bp.patch("/profiles/<profile_id>/page/rows/<slug>")
@needs("write")
@bp.input(schemas.BioRowChanges)
@bp.output(schemas.BioPage)
def update_bio_row(profile_id: str, slug: str, json_data: schemas.BioRowChanges) -> dict[str, Any]:
    """Change what is written on a row, or its place

    `position` 1 is the top; the other rows make room.
    """
    changes = json_data.model_dump(exclude_unset=True)
    page = bio_page_rows.edit(services().store, profile_id, slug, changes, only_if=conditional.only_if())
    return shape(conditional.seen(page), times.now())


@bp.delete("/profiles/<profile_id>/page/rows/<slug>")
@needs("write")
@bp.output({}, status_code=204)
def remove_bio_row(profile_id: str, slug: str) -> Response:
    """Take a row off the page

    Its link goes on working, and its clicks stay the post's.
    """
    bio_page_rows.remove(services().store, profile_id, slug, only_if=conditional.only_if())
    return Response(status=204)
