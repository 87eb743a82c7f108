"""The list of posts; making, editing, archiving and erasing one."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import (
    experiments,
    link_warnings,
    links,
    overviews,
    placements,
    posts,
    rollups,
    snapshots,
    times,
    wording,
)
from shortlinks.errors import Conflict, Invalid
from shortlinks.web.admin import forms, local, words
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services

bp = Blueprint("posts", __name__)

_PAGE = 30
_PICKED = 50
_NEW = ("platform", "kind", "target", "title", "placement", "permalink", "published_at", "tags", "part_of")
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
            "views": _latest_views(rows),
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


@bp.route("/posts/new", methods=["GET", "POST"])
def new() -> Response | str | tuple[str, int]:
    """Make a post: first its platform, then the rest."""
    platform = request.args.get("platform", "")
    if platform not in placements.platforms():
        return render_template(
            "admin/platform.html", tab="new", platforms=words.platforms(), part_of=request.args.get("part_of")
        )
    tz = local.zone()
    if request.method == "GET":
        return _new_form(platform, forms.Form("new"), tz)
    here, now = services(), times.now()
    try:
        fields = _asked(platform, tz, now)
        post, hung = posts.create(here.store, fields, now=now, own_hosts=here.config.own_hosts, reserved=reserved())
    except (Invalid, Conflict) as error:
        return _new_form(platform, forms.failed("new", request.form, error, _NEW), tz), 422
    flash(f"The post is made, with {wording.plural(len(hung), 'link')}." if hung else "The post is made.")
    return redirect(url_for("admin.page.show", post_id=post.id), 303)


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


def _latest_views(taken: list[snapshots.Snapshot]) -> int | None:
    noted = snapshots.basis(taken)
    return noted.views if noted else None


def _asked(platform: str, tz: ZoneInfo, now: int) -> dict[str, Any]:
    """The new post's form as the fields of `posts.create`, each an Invalid where the form knows that it is bad."""
    sent = request.form
    fields: dict[str, Any] = {"platform": platform, **forms.given(sent, "kind", "title", "permalink", "part_of")}
    if text := sent.get("published_at", "").strip():
        fields["published_at"] = local.asked(text, tz, "published_at")
    fields["tags"] = _tags(sent.get("tags", ""))
    if sent.get("decline"):
        fields["experiment"] = False
    if "title" not in fields:
        kind = words.kind(platform, sent.get("kind", ""))
        label = placements.platform_label(platform)
        published_at = fields.get("published_at")
        day = local.day(published_at if isinstance(published_at, int) else now, tz)
        fields["title"] = f"{label} {kind}, {day}"
    target, ticked = sent.get("target", "").strip(), sent.getlist("placement")
    fields["links"] = [{"placement": name, **({"target": target} if target else {})} for name in ticked]
    if target and not ticked:
        fields["links"] = Invalid.field("placement", "Tick at least one spot for the link.")
    return fields


def _changes(post: posts.Post, tz: ZoneInfo) -> dict[str, Any]:
    sent = request.form
    changes: dict[str, Any] = {
        "title": sent.get("title", ""),
        "kind": sent.get("kind", post.kind),
        "permalink": sent.get("permalink", "").strip() or None,
        "part_of": sent.get("part_of") or None,
        "tags": _tags(sent.get("tags", "")),
        "siblings": [*sent.getlist("siblings"), *([sent["sibling"]] if sent.get("sibling") else [])],
        "notes": sent.get("notes", ""),
    }
    # Shown to the minute: what was not touched keeps its seconds.
    if (text := sent.get("published_at", "").strip()) != local.to_input(post.published_at, tz):
        changes["published_at"] = local.asked(text, tz, "published_at")
    return changes


def _tags(text: str) -> list[str]:
    return [tag for part in text.split(",") if (tag := part.strip())]


def _new_form(platform: str, form: forms.Form, tz: ZoneInfo) -> str:
    part_of = request.args.get("part_of", "")
    return render_template(
        "admin/new.html",
        tab="new",
        form=form,
        platform=platform,
        platform_label=placements.platform_label(platform),
        kinds=words.kinds(platform),
        kind="story" if part_of and "story" in dict(words.kinds(platform)) else placements.default_kind(platform),
        groups=words.placement_groups(platform),
        running=[
            (each, words.kind(platform, each.kind))
            for each in experiments.running(services().store, now=times.now())
            if each.platform == platform
        ],
        warnings=[message for _, message in link_warnings.of_platform(services().store, platform)],
        part_of=part_of,
        part_of_options=[("", "No"), *choices(whole=True, present=part_of)],
        zone=str(tz),
        details_open=bool(
            part_of or any(form.value(name) for name in ("permalink", "published_at", "tags", "part_of"))
        ),
    )


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
