"""“That was me”: the owner says whose a click or an open of a page of links was; that visitor's day is then counted again."""

import redis
from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.bio_pages import bio_pages
from shortlinks.clicks import own_taps, selves
from shortlinks.errors import Conflict
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks
from shortlinks.running import wake
from shortlinks.web.admin import proxies, taps
from shortlinks.web.services import services
from shortlinks.words.language import _

bp = Blueprint("mine", __name__)


@bp.get("/posts/<post_id>/mine")
def reloaded(post_id: str) -> Response:
    """The form's address, asked for again, means the page that holds the form."""
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.post("/posts/<post_id>/mine")
def say(post_id: str) -> Response:
    """Mark the visitor of the click that the form names, for its day, or take the mark back."""
    flash(_said(posts.get(services().store, post_id).id), "newest")
    return redirect(url_for("admin.page.show", post_id=post_id, _anchor="newest"), 303)


@bp.get("/profiles/<profile_id>/page/mine")
def open_reloaded(profile_id: str) -> Response:
    """As `reloaded`."""
    return redirect(url_for("admin.bio_page.show", profile_id=profile_id), 303)


@bp.post("/profiles/<profile_id>/page/mine")
def say_of_open(profile_id: str) -> Response:
    """The same for an open of the profile's page of links."""
    flash(_said(bio_pages.get(services().store, profile_id).profile_id), "newest")
    return redirect(url_for("admin.bio_page.show", profile_id=profile_id, _anchor="newest"), 303)


def _said(post_id: str) -> str:
    """What was done, in words. `post_id` is what the click is counted for: a post, or a profile's bio page."""
    store = services().store
    click = kept_clicks.find(store, post_id, request.form.get("click", ""))
    if click is None:
        return _("That is not kept any more, so nothing was changed.")
    mark = selves.whole_day(selves.VISITOR, click.visitor, click.at)
    if times.day_of(click.at) * times.DAY < times.now() - services().config.click_retention_days * times.DAY:
        return _("Not all clicks of that day are kept any more, so it stays as it was counted. Nothing was changed.")
    mine = request.form.get("mine") == "1"
    if mine and (trouble := proxies.trouble()):
        return " ".join([trouble, _("Nothing was changed.")])
    if click.reason not in taps.BY_SOMEBODY:
        return _("Only a tap by a person can have been yours. Nothing was changed.")
    try:
        if mine:
            own_taps.add(store, mark)
        else:
            own_taps.remove(store, mark)
    except Conflict as error:
        return error.message
    done = _("That was you.") if mine else _("That was not you.")
    try:
        wake.recount(services().queue_store)
    except redis.RedisError:
        when = _("That day is counted again wherever this visitor tapped, within some minutes.")
    else:
        when = _("That day is being counted again wherever this visitor tapped, which takes some seconds.")
    return f"{done} {when}"
