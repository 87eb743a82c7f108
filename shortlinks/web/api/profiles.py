"""`/profiles`: the creator's accounts, and what platforms say about them."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from shortlinks import profiles, times
from shortlinks.web.api import schemas
from shortlinks.web.api.blueprint import bp, needs, page_of
from shortlinks.web.services import services


def shape(profile: profiles.Profile) -> dict[str, Any]:
    """A profile as the API shows it."""
    return asdict(profile) | {"created_at": times.rfc3339(profile.created_at)}


def shape_snapshot(snapshot: profiles.ProfileSnapshot) -> dict[str, Any]:
    """A profile's snapshot as the API shows it."""
    return asdict(snapshot) | {
        "taken_at": None if snapshot.taken_at is None else times.rfc3339(snapshot.taken_at),
        "day": None if snapshot.day is None else times.day_name(snapshot.day),
    }


@bp.post("/profiles")
@needs("write")
@bp.input(schemas.NewProfile)
@bp.output(schemas.Profile, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_profile(json_data: schemas.NewProfile) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a profile"""
    fields = json_data.model_dump(exclude_unset=True)
    profile = profiles.create(services().store, **fields, now=times.now())
    return shape(profile), 201, {"Location": url_for("api.get_profile", profile_id=profile.id)}


@bp.get("/profiles")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ProfilePage)
def list_profiles(query_data: schemas.ListQuery) -> dict[str, Any]:
    """All profiles, newest first"""
    found, following = profiles.list_(services().store, limit=query_data.limit, cursor=query_data.cursor)
    return {"items": [shape(profile) for profile in found], "next_cursor": following}


@bp.get("/profiles/<profile_id>")
@needs("read")
@bp.output(schemas.Profile)
def get_profile(profile_id: str) -> dict[str, Any]:
    """One profile"""
    return shape(profiles.get(services().store, profile_id))


@bp.patch("/profiles/<profile_id>")
@needs("write")
@bp.input(schemas.ProfileChanges)
@bp.output(schemas.Profile)
@bp.doc(responses=[409])
def update_profile(profile_id: str, json_data: schemas.ProfileChanges) -> dict[str, Any]:
    """Change a profile"""
    changes = json_data.model_dump(exclude_unset=True)
    return shape(profiles.update(services().store, profile_id, changes))


@bp.post("/profiles/<profile_id>/snapshots")
@needs("write")
@bp.input(schemas.NewProfileSnapshot)
@bp.output(schemas.ProfileSnapshot, status_code=201, headers=schemas.Made)
def add_profile_snapshot(
    profile_id: str, json_data: schemas.NewProfileSnapshot
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say what the platform shows of a profile, at a moment or for a whole day"""
    fields = json_data.model_dump(exclude_unset=True)
    snapshot = profiles.add_snapshot(services().store, profile_id, fields, now=times.now(), source="api")
    return shape_snapshot(snapshot), 201, {"Location": url_for("api.list_profile_snapshots", profile_id=profile_id)}


@bp.get("/profiles/<profile_id>/snapshots")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ProfileSnapshotPage)
def list_profile_snapshots(profile_id: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """The snapshots of a profile, by the time they speak of"""
    store = services().store
    profiles.get(store, profile_id)
    rows = profiles.snapshots(store, profile_id)
    found, following = page_of(rows, lambda row: row.id, query_data.limit, query_data.cursor)
    return {"items": [shape_snapshot(snapshot) for snapshot in found], "next_cursor": following}
