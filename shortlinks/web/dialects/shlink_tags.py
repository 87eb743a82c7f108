"""Shlink's tags: those of our posts, of which some link is in use or not."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.links import link_search
from shortlinks.posts import post_fields, post_index, posts
from shortlinks.posts.post_index import Words
from shortlinks.rollups import link_totals
from shortlinks.web.dialects import shlink
from shortlinks.web.services import services

_MOST = 1_000
_ORDERS = ("tag", "shortUrlsCount", "visits", "nonBotVisits")


def _names(of: Mapping[bytes, Words]) -> dict[str, str]:
    """The tags there are, by how they are compared, each as it was first written; in their order."""
    # By all tags of a post at once, for there are few such groups, and many posts.
    groups: dict[bytes, tuple[bytes, bytes]] = {}
    for post_id, (at, tags, _title) in of.items():
        if tags and (tags not in groups or (at, post_id) < groups[tags]):
            groups[tags] = (at, post_id)
    first: dict[bytes, bytes] = {}
    for tags, (_at, post_id) in sorted(groups.items(), key=lambda group: group[1]):
        for tag in tags.split(b"\t"):
            first.setdefault(tag, post_id)
    found = posts.find_all(services().store, {post_id.decode() for post_id in first.values()})
    names = {}
    for key, its_post in sorted((tag.decode(), post_id.decode()) for tag, post_id in first.items()):
        written = found[its_post].tags if its_post in found else ()
        names[key] = next((tag for tag in written if tag.casefold() == key), key)
    return names


def having(tag: str) -> set[bytes]:
    """The ids of the posts with this tag, archived or not."""
    small = post_index.small(tag)
    return {post_id for post_id, (_at, tags, _title) in _words().items() if small in tags.split(b"\t")}


def _words() -> dict[bytes, Words]:
    return post_index.words(services().store, posts.decode)


def _searched(names: dict[str, str]) -> dict[str, str]:
    term = request.args.get("searchTerm", "").strip().casefold()
    return {key: name for key, name in names.items() if term in key}


@shlink.on("GET", "/tags")
@shlink.needs("read")
def list_tags() -> Response:
    """All tags of posts; as clients did before there were `/tags/stats`, with how often their links were followed."""
    of = _words()
    shown, pagination = shlink.paged(list(_searched(_names(of)).values()), _MOST)
    stats = {"stats": shlink.paged(_rows(of), _MOST)[0]} if shlink.yes("withStats") else {}
    return jsonify({"tags": {"data": shown, "pagination": pagination, **stats}})


@shlink.on("GET", "/tags/stats")
@shlink.needs("read")
def tags_stats() -> Response:
    """How many links each has, and how often those were followed."""
    shown, pagination = shlink.paged(_ordered(_rows(_words())), _MOST)
    return jsonify({"tags": {"data": shown, "pagination": pagination}})


def _rows(of: Mapping[bytes, Words]) -> list[dict[str, Any]]:
    store = services().store
    hung = link_search.in_use(store)
    groups: dict[bytes, list[int]] = {}
    for (_at, _slug, _until, post_id, *_rest), hits, human in zip(
        hung, *link_totals.of_entries(store, hung), strict=True
    ):
        if post_id in of:
            group = groups.setdefault(of[post_id][1], [0, 0, 0])
            group[0] += 1
            group[1] += hits
            group[2] += human
    sums: dict[bytes, list[int]] = {}
    for tags, group in groups.items():
        for tag in set(tags.split(b"\t")):
            sums[tag] = [before + more for before, more in zip(sums.get(tag, (0, 0, 0)), group, strict=True)]
    rows: list[dict[str, Any]] = []
    for key, name in _searched(_names(of)).items():
        count, hits, human = sums.get(key.encode(), (0, 0, 0))
        summary = shlink.summary(hits, human)
        rows.append({"tag": name, "shortUrlsCount": count, "visitsSummary": summary, "visitsCount": hits})
    return rows


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
    names = _names(_words())
    if old.casefold() not in names:
        raise shlink.Refused(
            404, "tag-not-found", "Tag not found", f'Tag with name "{old}" could not be found', tag=old
        )
    if new.casefold() != old.casefold() and new.casefold() in names:
        detail = f"You cannot rename tag {old} to {new}, because it already exists"
        raise shlink.Refused(409, "tag-conflict", "Tag conflict", detail, oldName=old, newName=new)
    _replace({old.casefold(): new})
    return Response(status=204)


@shlink.on("DELETE", "/tags")
@shlink.needs("write")
def delete_tags() -> Response:
    """Take tags off all posts that have them, one after the other."""
    _replace({tag.casefold(): "" for tag in shlink.texts("tags")})
    return Response(status=204)


def _tag(asked: dict[str, Any], name: str) -> str:
    try:
        (found,) = post_fields.tags([asked.get(name)], name)
    except Invalid as error:
        raise shlink.invalid(name, detail=str(error)) from error
    return found


def _replace(new: dict[str, str]) -> None:
    """Put another tag, or none, in the place of each key of `new`. That of an experiment's arm stays, so it is refused."""
    ids = set().union(*map(having, new))
    found = list(posts.find_all(services().store, (id_.decode() for id_ in ids)).values())
    for post in found:
        if post.experiment and post.experiment.as_tag.casefold() in new:
            detail = f"{post.experiment.as_tag} says what an experiment drew for a post, and stays"
            raise shlink.Refused(403, "forbidden-tag-operation", "Forbidden tag operation", detail)
    for post in found:
        tags = [replaced for tag in post.tags if (replaced := new.get(tag.casefold(), tag))]
        posts.update(services().store, post.id, {"tags": tags}, now=times.now())
