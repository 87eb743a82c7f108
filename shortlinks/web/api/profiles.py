"""`/profiles`: the creator's accounts, and their weeks."""

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.owner import settings
from shortlinks.profiles import profile_reports, profiles
from shortlinks.records import changes
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import answer, bp, needs
from shortlinks.web.services import services


def shape(profile: profiles.Profile) -> dict[str, Any]:
    """A profile as the API shows it."""
    return asdict(profile) | {"created_at": times.rfc3339(profile.created_at)}


@bp.post("/profiles")
@needs("write")
@bp.input(schemas.NewProfile)
@bp.output(schemas.Profile, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_profile(json_data: schemas.NewProfile) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a profile

    An account on a platform. Its kind and followers decide where on it a link can be tapped.
    """
    fields = json_data.model_dump(exclude_unset=True)
    profile = profiles.create(services().store, **fields, now=times.now())
    return shape(conditional.seen(profile)), 201, {"Location": url_for("api.get_profile", profile_id=profile.id)}


@bp.get("/profiles")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ProfilePage)
def list_profiles(query_data: schemas.ListQuery) -> dict[str, Any]:
    """All profiles, newest first

    Those that were made with a post are among them.
    """
    found, following = profiles.list_(services().store, limit=query_data.limit, cursor=cursors.opened(query_data))
    return {"items": [shape(profile) for profile in found], "next_cursor": cursors.sealed(query_data, following)}


@bp.get("/profiles/<profile_id>")
@needs("read")
@bp.output(schemas.Profile)
def get_profile(profile_id: str) -> dict[str, Any]:
    """One profile

    Its `followers` are those of its newest snapshot that has any, or as they were set since.
    """
    return shape(conditional.seen(profiles.get(services().store, profile_id)))


@bp.patch("/profiles/<profile_id>")
@needs("write")
@bp.input(schemas.ProfileChanges)
@bp.output(schemas.Profile)
@bp.doc(responses=[409])
def update_profile(profile_id: str, json_data: schemas.ProfileChanges) -> dict[str, Any]:
    """Change a profile

    `bio_slug` says which link stands in its bio now.
    """
    asked = json_data.model_dump(exclude_unset=True)
    profile = profiles.update(services().store, profile_id, asked, only_if=conditional.only_if())
    return shape(conditional.seen(profile))


@bp.get("/profiles/<profile_id>/funnel")
@needs("read")
@bp.input(schemas.ProfileFunnelQuery, location="query")
@bp.output(schemas.ProfileFunnel)
def get_profile_funnel(profile_id: str, query_data: schemas.ProfileFunnelQuery) -> Response:
    """A profile week by week: views gained, profile visits, clicks on the bio link, conversions

    Newest first, by the calendar of the time zone in the settings; weeks begin on Monday, and the first is under way.
    """
    here = services()
    tz = settings.zone(here.store, here.config.timezone)
    now = conditional.this_minute()
    if same := conditional.unchanged(changes.mark(here.store, now=now)):
        return same
    found = profile_reports.of_profile(here.store, profile_id, now=now, tz=tz, number=query_data.weeks)
    return answer(found.to_dict())
