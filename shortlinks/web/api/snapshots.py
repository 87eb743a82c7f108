"""`/posts/{id}/snapshots`: what the platform says about a post."""

from typing import Any

from flask import url_for

from shortlinks import times
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.snapshots import snapshot_warnings, snapshots
from shortlinks.web.api import cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services

_SHOWN = tuple(schemas.Snapshot.model_fields)


def shape(snapshot: snapshots.Snapshot) -> dict[str, Any]:
    """A snapshot as the API shows it."""
    shown = nouns.fields(snapshot) | {"taken_at": times.rfc3339(snapshot.taken_at)}
    return {name: shown[name] for name in _SHOWN}


@bp.post("/posts/<post_id>/snapshots")
@needs("write")
@bp.input(schemas.NewSnapshot)
@bp.output(schemas.NotedSnapshot, status_code=201, headers=schemas.Made)
def add_snapshot(post_id: str, json_data: schemas.NewSnapshot) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say what the platform shows of a post

    Counts may be sent as they are shown ("12.4K"). Nothing is overwritten: a correction is a newer snapshot of the same minute.
    What is dated before the post is out is kept, and in no rate until `published_at` is corrected.
    """
    here = services()
    store, tz = here.store, settings.zone(here.store, here.config.timezone)
    post = posts.get(store, post_id)
    snapshot = snapshots.add(store, post, json_data.model_dump(exclude_unset=True), now=times.now(), source="api")
    said = snapshot_warnings.of(store, post, snapshot, tz=tz)
    answer = shape(snapshot) | {"warnings": [{"code": code, "message": message} for code, message in said]}
    return answer, 201, {"Location": url_for("api.list_snapshots", post_id=post_id)}


@bp.get("/posts/<post_id>/snapshots")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.SnapshotPage)
def list_snapshots(post_id: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """The snapshots of a post, in the order of `taken_at`

    Nothing is overwritten: of several in the same minute, the last entry of each number counts.
    """
    store = services().store
    posts.get(store, post_id)
    return cursors.listed(snapshots.of_post(store, post_id), snapshots.place, shape, query_data)
