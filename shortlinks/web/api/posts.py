"""`/posts`."""

from dataclasses import asdict
from itertools import islice
from typing import Any

from flask import Response, url_for

from shortlinks import times
from shortlinks.experiments import trial_words
from shortlinks.links import links
from shortlinks.posts import post_warnings, posts
from shortlinks.records import nouns
from shortlinks.rollups import rollups
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api import links as link_calls
from shortlinks.web.api import snapshots as snapshot_calls
from shortlinks.web.api.blueprint import answer, bp, needs, reserved
from shortlinks.web.services import services

_SHOWN = tuple(schemas.Post.model_fields)


def shape_all(found: list[posts.Post], now: int) -> list[dict[str, Any]]:
    """Posts as the API shows them, with their links and numbers."""
    store = services().store
    post_ids = [post.id for post in found]
    totals, slugs, noted, reported = store.answers(
        rollups.asking_totals(post_ids),
        links.asking_slugs(post_ids),
        snapshots.asking_latest(post_ids),
        conversions.asking_numbers(post_ids),
    )
    hung = links.of_posts(store, post_ids, slugs)
    shown = iter(link_calls.shapes([link for each in hung for link in each], now))
    shapes = [list(islice(shown, len(each))) for each in hung]
    return [_shape(*each) for each in zip(found, totals, shapes, noted, reported, strict=True)]


def shape(post: posts.Post, now: int) -> dict[str, Any]:
    """One post as the API shows it."""
    return shape_all([post], now)[0]


def _shape(
    post: posts.Post,
    numbers: dict[str, int],
    hung: list[dict[str, Any]],
    latest: snapshots.Snapshot | None,
    reported: int,
) -> dict[str, Any]:
    shown = nouns.fields(post) | {
        "published_at": times.rfc3339(post.published_at),
        "created_at": times.rfc3339(post.created_at),
        "siblings": list(post.siblings),
        "tags": list(post.tags),
        "links": hung,
        "totals": {
            "hits": rollups.hits(numbers),
            "human": numbers["human"],
            "visitors": numbers["visitors"],
            "conversions": reported,
        },
        "experiment": _drawn(post),
        "warnings": [{"code": code, "message": message} for code, message in post_warnings.of(post)],
        "latest_snapshot": None if latest is None else snapshot_calls.shape(latest),
    }
    return {name: shown[name] for name in _SHOWN}


def _drawn(post: posts.Post) -> dict[str, Any] | None:
    found = post.experiment
    if found is None:
        return None
    return asdict(found) | {"instruction": trial_words.instruction(found.question, found.arm)}


@bp.post("/posts")
@needs("write")
@bp.input(schemas.NewPost)
@bp.output(schemas.Post, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_post(json_data: schemas.NewPost) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a post with its links

    All of it or nothing. Without `profile_id` the platform's first profile is used, made if there is none. Where an
    experiment runs for such posts, `experiment` says what to do on this one.
    """
    here, now = services(), times.now()
    fields = json_data.model_dump(exclude_unset=True)
    post, _ = posts.create(here.store, fields, now=now, own_hosts=here.config.own_hosts, reserved=reserved())
    return shape(conditional.seen(post), now), 201, {"Location": url_for("api.get_post", post_id=post.id)}


@bp.get("/posts")
@needs("read")
@bp.input(schemas.PostsQuery, location="query")
@bp.output(schemas.PostPage)
def list_posts(query_data: schemas.PostsQuery) -> Response:
    """Posts, newest first

    By when they were made here, each with its links and totals. Archived posts are a list of their own.
    """
    found, following = posts.list_(
        services().store,
        limit=query_data.limit,
        cursor=cursors.opened(query_data),
        platform=query_data.platform,
        tag=query_data.tag,
        q=query_data.q,
        archived=query_data.archived,
    )
    return answer({"items": shape_all(found, times.now()), "next_cursor": cursors.sealed(query_data, following)})


@bp.get("/posts/<post_id>")
@needs("read")
@bp.output(schemas.Post)
def get_post(post_id: str) -> dict[str, Any]:
    """One post

    With the links that promote it now, its totals of all time and its latest snapshot.
    """
    return shape(conditional.seen(posts.get(services().store, post_id)), times.now())


@bp.patch("/posts/<post_id>")
@needs("write")
@bp.input(schemas.PostChanges)
@bp.output(schemas.Post)
def update_post(post_id: str, json_data: schemas.PostChanges) -> dict[str, Any]:
    """Change a post

    A new `published_at` moves the start of its timeline and of the clicks that are set beside its views. Platform and profile
    stay.
    """
    now = times.now()
    changes = json_data.model_dump(exclude_unset=True)
    post = posts.update(services().store, post_id, changes, now=now, only_if=conditional.only_if())
    return shape(conditional.seen(post), now)


@bp.delete("/posts/<post_id>")
@needs("write")
@bp.input(schemas.PurgeQuery, location="query")
@bp.output({}, status_code=204)
def delete_post(post_id: str, query_data: schemas.PurgeQuery) -> Response:
    """Archive a post, or erase it

    Archived, it leaves the list and its links go on working and counting; PATCH `archived` brings it back. With
    `purge=true` the post, its clicks and all its numbers are gone for good, and its links answer 410.
    """
    store, only_if = services().store, conditional.only_if()
    posts.get(store, post_id)
    if query_data.purge:
        posts.purge(store, post_id, only_if=only_if)
    else:
        posts.update(store, post_id, {"archived": True}, now=times.now(), only_if=only_if)
    return Response(status=204)
