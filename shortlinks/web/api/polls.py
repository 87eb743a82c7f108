"""`/posts/{id}/polls`: what viewers answered when the post asked what held them back."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from shortlinks import times
from shortlinks.posts import posts
from shortlinks.snapshots import polls
from shortlinks.web.api import cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(poll: polls.Poll) -> dict[str, Any]:
    """A poll's results as the API shows them."""
    return asdict(poll) | {"taken_at": times.rfc3339(poll.taken_at)}


@bp.post("/posts/<post_id>/polls")
@needs("write")
@bp.input(schemas.NewPoll)
@bp.output(schemas.Poll, status_code=201, headers=schemas.Made)
def add_poll(post_id: str, json_data: schemas.NewPoll) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say how many chose each answer of a poll about what held them back

    Nothing is overwritten: the newest results count, because votes only add up.
    """
    store = services().store
    post = posts.get(store, post_id)
    poll = polls.add(store, post, json_data.model_dump(exclude_unset=True), now=times.now(), source="api")
    return shape(poll), 201, {"Location": url_for("api.list_polls", post_id=post_id)}


@bp.get("/posts/<post_id>/polls")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.PollPage)
def list_polls(post_id: str, query_data: schemas.ListQuery) -> dict[str, Any]:
    """The results of a post's poll, in the order of `taken_at`: the last ones count

    Votes only add up, so earlier results are kept and not added to later ones.
    """
    store = services().store
    posts.get(store, post_id)
    return cursors.listed(polls.of_post(store, post_id), polls.place, shape, query_data)
