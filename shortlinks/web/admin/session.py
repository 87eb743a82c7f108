"""Signing in and out. One password, one signed cookie; no user table."""

import hmac
from pathlib import Path

import redis
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

import shortlinks
from shortlinks import times, urls
from shortlinks.errors import Conflict, Invalid
from shortlinks.owner import settings, signin
from shortlinks.snapshots import number_labels, pasted, snapshots
from shortlinks.web import limits, speaking
from shortlinks.web.admin import forms
from shortlinks.web.services import services
from shortlinks.words.language import _

bp = Blueprint("session", __name__)

OPEN = frozenset({"admin.session.sign_in", "admin.session.first"})
POLLED = frozenset({"admin.page.live", "admin.testing.live", "admin.recount.live", "admin.link_imports.live"})
"""What a page asks for again while somebody looks at it."""
_HOME = Path(shortlinks.__file__).parent.parent
_BOUND = (settings.PASSWORD_HASH, settings.SESSIONS)
"""The settings that a session is bound to."""
_COMMAND = ".venv/bin/python -m shortlinks password"
_STAMP = "stamp"
_SEEN = "seen"
_UNSAVED = "unsaved"
_NUMBERS = (*snapshots.NUMBERS, snapshots.SHARE)
_TEXTS = (pasted.FIELD, "title", "permalink", "target", "tags", "question", "about", "notes")
_LONGEST_UNSAVED = 400
"""Characters; a cookie has room for about 3,000 bytes."""

# One count for both ways in, whatever was wrong with what was typed.
_rare = limits.limiter.shared_limit(limits.sign_in_rate, scope="sign-in", methods=["POST"])


def signed_in() -> bool:
    """Whether this browser holds a session of the present password."""
    return _STAMP in session and _fits(_stamp())


def require() -> Response | None:
    """Speak the creator's language, and send who is not signed in to where that is done; a fragment just gets 401."""
    try:
        tag, *bound = settings.several(services().store, settings.LANGUAGE, *_BOUND)
    except redis.RedisError:
        if request.endpoint in OPEN:
            return None  # in the browser's language: nothing of it needs the store
        raise
    speaking.as_chosen(tag)
    if request.endpoint in OPEN:
        return None
    polled = request.endpoint in POLLED
    if _fits(_stamp_of(*bound)):
        # A month without a visit ends a session; the first visit of a day renews it.
        today = times.day_of(times.now())
        if not polled and session.get(_SEEN) != today:
            session[_SEEN] = today
        return None
    if polled:
        abort(401)
    return redirect(url_for("admin.session.sign_in", next=_asked()), 303)


def _asked() -> str | None:
    """Where to go on after signing in. What was sent by a form is kept until then, to be shown again."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if text := _typed():
        session[_UNSAVED] = text
    path = (request.referrer or "").split("/", 3)[3:]
    return urls.own_path(f"/{path[0]}", url_for("admin.posts.index")) if path else None


def _typed() -> str:
    """What somebody typed into the form that was sent, as far as there is room for it."""
    sent = request.form
    said = [f"{number_labels.small(name)} {text}" for name, text in forms.given(sent, *_NUMBERS).items()]
    said += forms.given(sent, *_TEXTS).values()
    text = "; ".join(said)
    return text if len(text) <= _LONGEST_UNSAVED else f"{text[:_LONGEST_UNSAVED]}…"


def begin() -> None:
    """Start a session. What the cookie held before is dropped, so that nobody can plant a session beforehand."""
    unsaved = session.get(_UNSAVED)
    session.clear()
    session[_STAMP] = _stamp()
    session.permanent = True
    if unsaved:
        flash(_("You were signed out, so this was not saved: {text}", text=unsaved))
    if settings.language(services().store) is None:
        settings.set_language(services().store, speaking.wished().tag)


@bp.route("/sign-in", methods=["GET", "POST"])
@_rare
def sign_in() -> Response | str | tuple[str, int]:
    """Ask for the password; without any password yet, for the one-time code."""
    config, store = services().config, services().store
    if config.admin_password is None and settings.password_hash(store) is None:
        return redirect(url_for("admin.session.first"), 303)
    following = _own_path(request.args.get("next"))
    if request.method == "GET":
        return redirect(following, 303) if signed_in() else _ask(following, forms.Form("sign-in"))
    if not signin.check_password(store, config, request.form.get("password", "")):
        return _ask(following, forms.Form("sign-in", errors={"password": _("That password is wrong.")})), 422
    begin()
    return redirect(following, 303)


@bp.route("/first", methods=["GET", "POST"])
@_rare
def first() -> Response | str | tuple[str, int]:
    """Set the password with the one-time code that was printed at the start."""
    config, store = services().config, services().store
    if config.admin_password is not None or settings.password_hash(store) is not None:
        return redirect(url_for("admin.session.sign_in"), 303)
    if request.method == "GET":
        return _ask_first(forms.Form("first"))
    try:
        password = chosen_password()
        if not signin.redeem_code(store, request.form.get("code", "").strip(), password):
            raise Invalid.field("code", _("is not the one that was printed"))
    except (Invalid, Conflict) as error:
        return _ask_first(forms.failed("first", request.form, error, ("code", "password", "again"))), 422
    begin()
    flash(_("The password is set and you are signed in."))
    return redirect(url_for("admin.set_up.show"), 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End every session, so that a cookie that was copied is worth nothing, either."""
    session.clear()
    settings.end_sessions(services().store)
    return redirect(url_for("admin.session.sign_in"), 303)


def chosen_password() -> str:
    """The new password of a form, typed twice. Raises Invalid naming `again` when the two differ."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise Invalid.field("again", _("The two passwords differ."))
    return password


def too_many(_error: Exception) -> tuple[str, int]:
    """429 for a person."""
    detail = _("There were more than ten tries to sign in within five minutes. Wait a little, then try again.")
    return render_template("public/error.html", status=429, title=_("Too many tries"), detail=detail), 429


def stale(_error: Exception) -> tuple[str, int]:
    """400 for a form that does not belong to this browser's session."""
    detail = _(
        "The form is from before you signed in or out. Nothing was changed: go back, reload the page, try again."
    )
    return render_template("public/error.html", status=400, title=_("This form is out of date"), detail=detail), 400


def _ask(following: str, form: forms.Form) -> str:
    return render_template("admin/sign_in.html", form=form, next=following, command=_password_command())


def _ask_first(form: forms.Form) -> str:
    return render_template("admin/first.html", form=form, shortest=signin.SHORTEST, command=_password_command())


def _password_command() -> str:
    """What sets a new password, typed in the folder of the service; it names the data folder when that is another one.

    Strangers see this page, too: of a folder elsewhere they learn nothing.
    """
    folder = services().config.data_dir
    if folder == _HOME / "data":
        return _COMMAND
    shown = folder.relative_to(_HOME) if folder.is_relative_to(_HOME) else "…"
    return f"SHORTLINKS_DATA_DIR={shown} {_COMMAND}"


def _stamp() -> str:
    """What a session must hold: bound to the password and to the last sign-out, so that either ends all others."""
    return _stamp_of(*settings.several(services().store, *_BOUND))


def _stamp_of(password: str | None, sessions: str | None) -> str:
    config = services().config
    bound = "\0".join(("session", sessions or "", config.admin_password or password or ""))
    return hmac.digest(config.secret_key.encode(), bound.encode(), "sha256").hex()


def _fits(stamp: str) -> bool:
    held = session.get(_STAMP)
    return isinstance(held, str) and hmac.compare_digest(held, stamp)


def _own_path(text: str | None) -> str:
    """`text` if it is a path of the admin's pages, else the list of posts: a link must not lead through us elsewhere."""
    home = url_for("admin.posts.index")
    return urls.own_path(text or "", home) or home
