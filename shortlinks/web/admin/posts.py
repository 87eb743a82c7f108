"""The list of posts; editing, archiving and erasing one."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import (
    experiments,
    links,
    overviews,
    placements,
    posts,
    rollups,
    snapshots,
    times,
)
from shortlinks.errors import Conflict, Invalid
from shortlinks.web.admin import forms, local, words
from shortlinks.web.services import services

bp = Blueprint("posts", __name__)

_PAGE = 30
_PICKED = 50
_EDIT = ("title", "kind", "permalink", "published_at", "tags", "part_of", "siblings", "sibling", "notes")


@bp.get("/")
def index() -> str:
    """The posts, newest first."""
    now, store = times.now(), services().store
    q, platform = request.args.get("q", "").strip(), request.args.get("platform", "")
    archived = "archived" in request.args
    found, following = posts.list_(
        store,
        limit=_PAGE,
        cursor=request.args.get("cursor"),
        platform=platform or None,
        q=q or None,
        archived=archived,
    )
    post_ids = [post.id for post in found]
    totals, taken = rollups.totals(store, post_ids), snapshots.of_posts(store, post_ids)
    cards = [
        {
            "post": post,
            "platform": placements.platform_label(post.platform),
            "kind": words.kind(post.platform, post.kind),
            "age": words.age(now - post.published_at),
            "human": total["human"],
            "hits": rollups.hits(total),
            "views": _latest_views(post, rows),
        }
        for post, total, rows in zip(found, totals, taken, strict=True)
    ]
    overview = overviews.read(store, found, now=now)
    query: dict[str, Any] = {"q": q or None, "platform": platform or None, "archived": "1" if archived else None}
    return render_template(
        "admin/posts.html",
        tab="posts",
        cards=cards,
        overview=overview,
        q=q,
        platform=platform,
        archived=archived,
        filtered=bool(q or platform),
        running=experiments.running(store, now=now),
        platforms=words.platforms(),
        older=url_for(".index", cursor=following, **query) if following else None,
    )


@bp.route("/posts/<post_id>/edit", methods=["GET", "POST"])
def edit(post_id: str) -> Response | str | tuple[str, int]:
    """Change what a post is called and belongs to."""
    store, tz = services().store, local.zone()
    post = posts.get(store, post_id)
    if request.method == "GET":
        return _edit_form(post, forms.Form("edit"), tz)
    try:
        posts.update(store, post_id, _changes(post, tz), now=times.now())
    except (Invalid, Conflict) as error:
        return _edit_form(post, forms.failed("edit", request.form, error, _EDIT), tz), 422
    flash("Saved.")
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.post("/posts/<post_id>/archive")
def archive(post_id: str) -> Response:
    """Put a post away, or bring it back. Its links go on working and counting."""
    away = request.form.get("archived") == "1"
    posts.update(services().store, post_id, {"archived": away}, now=times.now())
    flash("The post is archived; its links go on working." if away else "The post is back in the list.")
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.route("/posts/<post_id>/purge", methods=["GET", "POST"])
def purge(post_id: str) -> Response | str | tuple[str, int]:
    """Erase a post for good, after asking."""
    store = services().store
    post = posts.get(store, post_id)
    form = forms.Form("purge")
    if request.method == "POST":
        if request.form.get("sure") == "1":
            posts.purge(store, post_id)
            flash(f"“{post.title}” is erased, with its clicks and numbers.")
            return redirect(url_for(".index"), 303)
        form = forms.Form("purge", request.form, {"sure": "must be ticked"})
    total = rollups.totals(store, [post_id])[0]
    hung = [link for link in links.ever_of_post(store, post_id) if link.state != "erased"]
    page = render_template(
        "admin/purge.html",
        tab="posts",
        post=post,
        hits=rollups.hits(total),
        stopping=[(link, placements.by_id(link.placement)) for link in hung if link.post_id == post_id],
        going_on=[(link, posts.find(store, link.post_id)) for link in hung if link.post_id != post_id],
        form=form,
    )
    return (page, 422) if form.errors else page


def choices(
    *, but: str = "", platform: str | None = None, whole: bool = False, present: str | None = None
) -> list[tuple[str, str]]:
    """(id, title) of the newest posts for a form, without the post `but`; with `whole` none that is part of another.

    The post `present` is always among them, also when it is old or archived: what a form does not offer, saving loses.
    """
    store = services().store
    found, _ = posts.list_(store, limit=_PICKED, platform=platform)
    offered = [post for post in found if post.id != but and not (whole and post.part_of)]
    if present and present not in (post.id for post in offered) and (other := posts.find(store, present)):
        offered.append(other)
    return [(post.id, f"{post.title} ({placements.platform_label(post.platform)})") for post in offered]


def _latest_views(post: posts.Post, taken: list[snapshots.Snapshot]) -> int | None:
    noted = snapshots.basis(snapshots.once_out(taken, post.published_at))
    return noted.views if noted else None


def _changes(post: posts.Post, tz: ZoneInfo) -> dict[str, Any]:
    sent = request.form
    changes: dict[str, Any] = {
        "title": sent.get("title", ""),
        "kind": sent.get("kind", post.kind),
        "permalink": sent.get("permalink", "").strip() or None,
        "part_of": sent.get("part_of") or None,
        "tags": forms.parts(sent.get("tags", "")),
        "siblings": [*sent.getlist("siblings"), *([sent["sibling"]] if sent.get("sibling") else [])],
        "notes": sent.get("notes", ""),
    }
    # Shown to the minute: what was not touched keeps its seconds.
    if (text := sent.get("published_at", "").strip()) != local.to_input(post.published_at, tz):
        changes["published_at"] = local.asked(text, tz, "published_at")
    return changes


def _edit_form(post: posts.Post, form: forms.Form, tz: ZoneInfo) -> str:
    kinds = words.kinds(post.platform)
    if post.kind not in dict(kinds):
        kinds = [*kinds, (post.kind, words.kind(post.platform, post.kind))]
    siblings = list(posts.find_all(services().store, post.siblings).values())
    return render_template(
        "admin/edit.html",
        tab="posts",
        post=post,
        form=form,
        kinds=kinds,
        published_at=local.to_input(post.published_at, tz),
        zone=str(tz),
        siblings=siblings,
        sibling_options=[("", "No other"), *(pair for pair in choices(but=post.id) if pair[0] not in post.siblings)],
        part_of_options=[("", "No"), *choices(but=post.id, whole=True, present=post.part_of)],
    )
