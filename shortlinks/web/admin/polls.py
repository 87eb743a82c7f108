"""The form on a story's page for what its poll showed."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.posts import posts
from shortlinks.snapshots import polls
from shortlinks.web.admin import forms, once, page
from shortlinks.web.services import services
from shortlinks.words.language import _

bp = Blueprint("polls", __name__)

_VOTES = "votes."


@bp.get("/posts/<post_id>/polls")
def reloaded(post_id: str) -> Response:
    """The address of a refused form, asked for again: the page that holds the form."""
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.post("/posts/<post_id>/polls")
@once.once
def add(post_id: str) -> Response | tuple[str, int]:
    """Take down how many chose each answer."""
    store, sent = services().store, request.form
    post = posts.get(store, post_id)
    fields: dict[str, Any] = {"votes": forms.given(sent, *polls.MOTIVES)}
    try:
        polls.add(store, post, fields, now=times.now())
    except Invalid as error:
        own = Invalid((name.removeprefix(_VOTES), message) for name, message in error.errors)
        return page.render(post_id, {"poll": forms.failed("poll", sent, own, polls.MOTIVES)}), 422
    flash(_("The answers are saved."))
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="poll"), 303)
