"""`/profiles/{id}/snapshots`: what platforms say about a whole profile, noted or imported."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from shortlinks import times, weeks
from shortlinks.owner import settings
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.web.api import cursors, schemas, uploads
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(snapshot: profile_snapshots.ProfileSnapshot) -> dict[str, Any]:
    """A profile's snapshot as the API shows it."""
    return asdict(snapshot) | {
        "taken_at": None if snapshot.taken_at is None else times.rfc3339(snapshot.taken_at),
        "day": None if snapshot.day is None else times.day_name(snapshot.day),
    }


@bp.post("/profiles/<profile_id>/snapshots")
@needs("write")
@bp.input(schemas.NewProfileSnapshot)
@bp.output(schemas.ProfileSnapshot, status_code=201, headers=schemas.Made)
def add_profile_snapshot(
    profile_id: str, json_data: schemas.NewProfileSnapshot
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say what the platform shows of a profile, up to a moment or for a day

    Visits, taps and views are of the last `days` days: 7 as apps show them, or of one day with `day`.
    """
    fields = json_data.model_dump(exclude_unset=True)
    snapshot = profile_snapshots.add(services().store, profile_id, fields, now=times.now(), source="api")
    return shape(snapshot), 201, {"Location": url_for("api.list_profile_snapshots", profile_id=profile_id)}


@bp.get("/profiles/<profile_id>/snapshots")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ProfileSnapshotPage)
def list_profile_snapshots(profile_id: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """The snapshots of a profile, by the time they speak of

    Typed, pasted, imported and sent ones alike, as `source` says.
    """
    store = services().store
    profiles.get(store, profile_id)
    found = profile_snapshots.of_profile(store, profile_id)
    return cursors.listed(found, profile_snapshots.place, shape, query_data)


@bp.post("/profiles/<profile_id>/snapshots/import")
@needs("write")
@bp.output(schemas.ImportedDays)
@bp.doc(responses=[400, 413, 415, 422])
def import_profile_snapshots(profile_id: str) -> dict[str, Any]:
    """Take in TikTok's Overview.csv: views and profile visits, day by day

    As a `file` in a form, or as the body with `text/csv`. All of it or nothing: a row that cannot be read refuses the file. Days
    that are there already with equal numbers are left, so sending it again adds nothing.
    """
    here = services()
    tz = settings.zone(here.store, here.config.timezone)
    found = profile_snapshots.take_overview(here.store, profile_id, uploads.sent(), today=weeks.day_at(times.now(), tz))
    return {
        "taken": [
            _row(row.line, row.day) | {"views": row.views, "profile_visits": row.profile_visits} for row in found.taken
        ],
        "left": [_row(row.line, row.day) | {"why": row.why} for row in found.left],
    }


def _row(line: int, day: int) -> dict[str, Any]:
    return {"row": line, "day": times.day_name(day)}
