"""Noting the numbers of posts: on a post's page, and one post after another in a weekly walk."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.snapshots import asking, snapshots
from shortlinks.web.admin import forms, local, number_sheet, once, page, words
from shortlinks.web.services import services
from shortlinks.words import wording

bp = Blueprint("numbers", __name__)

MOST_IN_WALK = 30
"""Posts of one walk; what is left is the next one's."""
_COMING = 5


@bp.post("/posts/<post_id>/snapshots")
@once.once
def add(post_id: str) -> Response | str | tuple[str, int]:
    """Take down what the platform shows, or read a pasted text into the fields."""
    post, sent = posts.get(services().store, post_id), request.form
    if number_sheet.is_reading(sent):
        form = number_sheet.read(post, sent)
        return page.render(post_id, {number_sheet.NAME: form}), 422 if form.errors else 200
    try:
        told = number_sheet.take(post, sent, now=times.now(), tz=local.zone())
    except (Invalid, Conflict) as error:
        return page.render(post_id, {number_sheet.NAME: number_sheet.refused(sent, error)}), 422
    for message in told:
        flash(message, "path")
    # A browser keeps the fragment of the form's address unless it is told another one.
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="now"), 303)


@bp.get("/numbers")
def walk() -> Response | str:
    """The post whose turn it is: of a walk under way, or of a new one through all that want their numbers."""
    names = _names()
    if names is None:
        names = [each.post.id for each in asking.wanted(services().store, now=times.now())[:MOST_IN_WALK]]
    place = _place()
    post = _post(names, place)
    if post is None and place <= len(names):  # erased since
        return _on(names, place + 1)
    return _end(names) if post is None else _step(post, names, place)


@bp.post("/numbers")
@once.once
def note() -> Response | str | tuple[str, int]:
    """Take down the numbers of the post whose turn it is, and go on."""
    names, place, sent = _names() or [], _place(), request.form
    post = _post(names, place)
    if post is None:
        return _on(names, place + 1)
    if number_sheet.is_reading(sent):
        form = number_sheet.read(post, sent)
        return _step(post, names, place, form), 422 if form.errors else 200
    try:
        told = number_sheet.take(post, sent, now=times.now(), tz=local.zone())
    except (Invalid, Conflict) as error:
        return _step(post, names, place, number_sheet.refused(sent, error)), 422
    for message in told[1:]:
        flash(f"{post.title}: {message}")
    return _on(names, place + 1)


def _names() -> list[str] | None:
    """The ids of the walk's posts, in their order; None where none is under way. It lives in the address alone."""
    asked = request.args.get("posts")
    if asked is None:
        return None
    return [name for name in asked.split(".") if name.isalnum() and name.isascii()][:MOST_IN_WALK]


def _place() -> int:
    text = request.args.get("place", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 4 else 1


def _post(names: list[str], place: int) -> Post | None:
    return posts.find(services().store, names[place - 1]) if 0 < place <= len(names) else None


def _on(names: list[str], place: int) -> Response:
    return redirect(_address(names, place), 303)


def _address(names: list[str], place: int) -> str:
    return url_for("admin.numbers.walk", posts=".".join(names), place=place)


def _step(post: Post, names: list[str], place: int, form: forms.Form | None = None) -> str:
    store, now, tz = services().store, times.now(), local.zone()
    rows = snapshots.of_post(store, post.id)
    (wanted,) = asking.of_posts(store, [post], now=now)
    return render_template(
        "admin/walk.html",
        tab="numbers",
        post=post,
        form=form or forms.Form(number_sheet.NAME),
        wanted=wanted,
        kind=words.kind(post.platform, post.kind),
        age=words.age(now - post.published_at),
        place=place,
        many=len(names),
        action=url_for(".note", posts=".".join(names), place=place),
        following=_address(names, place + 1),
        **number_sheet.shown(post, rows, now=now, tz=tz),
    )


def _end(names: list[str]) -> str:
    store, now = services().store, times.now()
    left = asking.wanted(store, now=now)
    later = [
        (each.at, post, each.asked.label)
        for post, stands in asking.standings(store, now=now)
        for each in stands
        if each.state == "later"
    ]
    coming = [
        {"post": post, "reading": label, "in": wording.duration(at - now)}
        for at, post, label in sorted(later, key=lambda each: each[0])[:_COMING]
    ]
    labels = dict(words.platforms())
    return render_template(
        "admin/walk_end.html", tab="numbers", walked=len(names), left=left, coming=coming, labels=labels
    )
