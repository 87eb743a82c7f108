"""The owner's pages under `/admin`: sign-in, posts, one post, answers over all posts, settings, the owner's own taps.

One file a page. A view reads the form, calls the core and either goes on to the next page (303) or shows the form again
with what was typed and what is wrong with it (422). Everything essential works without JavaScript.
"""

from flask import Blueprint, Response, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as BaseResponse

from shortlinks.web.admin import (
    beacon,
    bio_page,
    compare,
    experiments,
    exports,
    imports,
    insights,
    link_imports,
    links,
    mine,
    new_post,
    numbers,
    once,
    page,
    polls,
    posts,
    profiles,
    recount,
    reminders,
    sales,
    selling,
    session,
    set_up,
    settings,
    share,
    showing,
    styles,
    testing,
    webhooks,
    words,
)
from shortlinks.words import wording

_ASKED_AGAIN = session.POLLED | share.PICTURES | {"admin.showing.picture"}

front = Blueprint("front", __name__)
bp = Blueprint("admin", __name__, url_prefix="/admin")
for _part in (
    session.bp,
    posts.bp,
    new_post.bp,
    page.bp,
    numbers.bp,
    insights.bp,
    links.bp,
    compare.bp,
    experiments.bp,
    polls.bp,
    sales.bp,
    profiles.bp,
    bio_page.bp,
    settings.bp,
    set_up.bp,
    reminders.bp,
    selling.bp,
    beacon.bp,
    recount.bp,
    exports.bp,
    imports.bp,
    link_imports.bp,
    testing.bp,
    mine.bp,
    share.bp,
    showing.bp,
    styles.bp,
    webhooks.bp,
):
    bp.register_blueprint(_part)

bp.before_request(session.require)
bp.register_error_handler(RateLimitExceeded, session.too_many)
bp.register_error_handler(CSRFError, session.stale)
bp.app_template_filter("sentence")(words.sentence)
bp.app_template_filter("capital")(wording.capital)
bp.app_template_global("nonce")(once.nonce)
bp.app_template_global("only_here")(set_up.only_here)
bp.app_template_global("each_only_here")(set_up.each_only_here)


@front.get("/")
def door() -> BaseResponse:
    """Whoever types the bare host name is the owner."""
    return redirect(url_for("admin.posts.index"), 302)


@bp.record
def _rare_cookies(state: BlueprintSetupState) -> None:
    # The cookie is sent when it changes, not with every answer: a poll under way would bring a session back that was
    # just ended.
    state.app.config["SESSION_REFRESH_EACH_REQUEST"] = False


@bp.context_processor
def _common() -> dict[str, bool]:
    # Whoever gets past `session.require` to any other page is signed in.
    return {"signed_in": request.endpoint not in session.OPEN}


@bp.after_request
def _private(response: Response) -> Response:
    """These pages are one person's: nothing in between may keep them, and no other site learns their addresses."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-cache" if request.endpoint in _ASKED_AGAIN else "no-store"
    return response
