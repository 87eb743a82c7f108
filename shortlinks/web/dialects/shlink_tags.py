"""Shlink's tags: those of our posts, of which some link is in use or not."""

from collections import Counter
from typing import Any

from flask import Response, jsonify, request

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.links import link_search
from shortlinks.posts import post_fields, posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import link_totals
from shortlinks.web.dialects import shlink
from shortlinks.web.services import services

_MOST = 1_000
_EVERY = 1 << 30
_ORDERS = ("tag", "shortUrlsCount", "visits", "nonBotVisits")


def tagged() -> list[Post]:
    """Every post with tags, archived or not, oldest first."""
    found, _ = posts.list_(services().store, limit=_EVERY, archived=None)
    return [post for post in reversed(found) if post.tags]


def _names(found: list[Post]) -> dict[str, str]:
    """The tags there are, by how they are compared, each as it was first written; in their order."""
    names: dict[str, str] = {}
    for post in found:
        for tag in post.tags:
            names.setdefault(tag.casefold(), tag)
    return dict(sorted(names.items()))


def _searched(names: dict[str, str]) -> dict[str, str]:
    term = request.args.get("searchTerm", "").strip().casefold()
    return {key: name for key, name in names.items() if term in key}


@shlink.on("GET", "/tags")
@shlink.needs("read")
def list_tags() -> Response:
    """All tags of posts; as clients did before there were `/tags/stats`, with how often their links were followed."""
    found = tagged()
    shown, pagination = shlink.paged(list(_searched(_names(found)).values()), _MOST)
    stats = {"stats": shlink.paged(_rows(found), _MOST)[0]} if shlink.yes("withStats") else {}
    return jsonify({"tags": {"data": shown, "pagination": pagination, **stats}})


@shlink.on("GET", "/tags/stats")
@shlink.needs("read")
def tags_stats() -> Response:
    """How many links each has, and how often those were followed."""
    shown, pagination = shlink.paged(_ordered(_rows(tagged())), _MOST)
    return jsonify({"tags": {"data": shown, "pagination": pagination}})


def _rows(found: list[Post]) -> list[dict[str, Any]]:
    store = services().store
    own = {post.id: {tag.casefold() for tag in post.tags} for post in found}
    hung = [link for link in link_search.in_use(store) if link.post_id in own]
    totals = link_totals.of_links(store, hung)
    links, hits, human = (Counter[str]() for _ in range(3))
    for link in hung:
        for tag in own[link.post_id]:
            links[tag] += 1
            hits[tag] += totals[link.slug].hits
            human[tag] += totals[link.slug].human
    return [
        {
            "tag": name,
            "shortUrlsCount": links[key],
            "visitsSummary": shlink.summary(hits[key], human[key]),
            "visitsCount": hits[key],
        }
        for key, name in _searched(_names(found)).items()
    ]


def _ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    field, _dash, direction = (request.args.get("orderBy") or "tag-ASC").partition("-")
    if field not in _ORDERS or direction not in ("ASC", "DESC", ""):
        raise shlink.invalid("orderBy", detail=f"orderBy must be one of {', '.join(_ORDERS)}, with -ASC or -DESC")

    def place(row: dict[str, Any]) -> Any:
        match field:
            case "visits":
                return row["visitsSummary"]["total"]
            case "nonBotVisits":
                return row["visitsSummary"]["nonBots"]
            case "shortUrlsCount":
                return row["shortUrlsCount"]
        return row["tag"].casefold()

    return sorted(rows, key=place, reverse=direction == "DESC")


@shlink.on("PUT", "/tags")
@shlink.needs("write")
def rename_tag() -> Response:
    """Call a tag otherwise on all posts that have it, one after the other."""
    asked = shlink.body()
    old, new = _tag(asked, "oldName"), _tag(asked, "newName")
    found = tagged()
    names = _names(found)
    if old.casefold() not in names:
        raise shlink.Refused(
            404, "tag-not-found", "Tag not found", f'Tag with name "{old}" could not be found', tag=old
        )
    if new.casefold() != old.casefold() and new.casefold() in names:
        detail = f"You cannot rename tag {old} to {new}, because it already exists"
        raise shlink.Refused(409, "tag-conflict", "Tag conflict", detail, oldName=old, newName=new)
    _replace(found, {old.casefold(): new})
    return Response(status=204)


@shlink.on("DELETE", "/tags")
@shlink.needs("write")
def delete_tags() -> Response:
    """Take tags off all posts that have them, one after the other."""
    _replace(tagged(), {tag.casefold(): "" for tag in shlink.texts("tags")})
    return Response(status=204)


def _tag(asked: dict[str, Any], name: str) -> str:
    try:
        (found,) = post_fields.tags([asked.get(name)], name)
    except Invalid as error:
        raise shlink.invalid(name, detail=str(error)) from error
    return found


def _replace(found: list[Post], new: dict[str, str]) -> None:
    """Put another tag, or none, in the place of each key of `new`. That of an experiment's arm stays, so it is refused."""
    having = [post for post in found if any(tag.casefold() in new for tag in post.tags)]
    for post in having:
        if post.experiment and post.experiment.as_tag.casefold() in new:
            detail = f"{post.experiment.as_tag} says what an experiment drew for a post, and stays"
            raise shlink.Refused(403, "forbidden-tag-operation", "Forbidden tag operation", detail)
    for post in having:
        tags = [replaced for tag in post.tags if (replaced := new.get(tag.casefold(), tag))]
        posts.update(services().store, post.id, {"tags": tags}, now=times.now())
