"""Settings: language, time zone, password, API tokens; and how the counting goes, over all posts."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import misses
from shortlinks.owner import settings, signin, tokens
from shortlinks.rollups import rollups
from shortlinks.sales import refunds
from shortlinks.web import limits, speaking
from shortlinks.web.admin import exports, forms, local, once, proxies, recount, session, tools
from shortlinks.web.services import services
from shortlinks.webhooks import webhooks
from shortlinks.words.language import LANGUAGES, N_, _, spoken

bp = Blueprint("settings", __name__, url_prefix="/settings")

_MISSED_DAYS = 7
_MOST_MISSED = 20
_SCOPES = {
    "read": N_("Read posts and numbers"),
    "write": N_("Make and change posts, links and snapshots"),
    "convert": N_("Report conversions"),
    "admin": N_("Manage tokens and webhooks"),
}


@bp.get("/")
def show() -> str:
    """Everything that can be set."""
    return _page()


@bp.get("/language")
@bp.get("/time-zone")
@bp.get("/password")
@bp.get("/tokens")
@bp.get("/tokens/<token_id>/revoke")
def reloaded(token_id: str = "") -> Response:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show"), 303)


@bp.post("/language")
def speak() -> Response | tuple[str, int]:
    """Choose the language of these pages, of reminders and of the answers; numbers are written as in the browser's region."""
    chosen, store = request.form.get("language", ""), services().store
    # The browser may speak several, and only of the chosen one its region tells how numbers are written.
    region = next((tag for tag, _quality in request.accept_languages if tag.partition("-")[0] == chosen), chosen)
    try:
        settings.set_language(store, region)
    except (Invalid, Conflict) as error:
        return _page({"language": forms.failed("language", request.form, error, ("language",))}), 422
    speaking.as_chosen(settings.language(store))
    flash(_("These pages are in {language} now.", language=LANGUAGES[spoken().language]))
    return redirect(url_for(".show"), 303)


@bp.post("/time-zone")
def time_zone() -> Response | tuple[str, int]:
    """Choose the zone in which times are shown and typed."""
    name = request.form.get("timezone", "").strip()
    try:
        settings.set_timezone(services().store, name)
    except (Invalid, Conflict) as error:
        return _page({"zone": forms.failed("zone", request.form, error, ("timezone",))}), 422
    flash(_("Times are in {zone} now.", zone=name))
    return redirect(url_for(".show"), 303)


@bp.post("/password")
@limits.limiter.shared_limit(limits.sign_in_rate, scope="sign-in")
def password() -> Response | tuple[str, int]:
    """Change the password. Every other browser is signed out."""
    here = services()
    try:
        if here.config.admin_password is not None:
            raise Invalid.field("password", _("is set where the service is started, by SHORTLINKS_ADMIN_PASSWORD"))
        if not signin.check_password(here.store, here.config, request.form.get("present", "")):
            raise Invalid.field("present", _("That password is wrong."))
        signin.set_password(here.store, session.chosen_password())
    except (Invalid, Conflict) as error:
        fields = ("present", "password", "again")
        return _page({"password": forms.failed("password", request.form, error, fields)}), 422
    session.begin()
    flash(_("The password is changed. Other browsers are signed out."))
    return redirect(url_for(".show"), 303)


@bp.post("/tokens")
@once.once
def create_token() -> str | tuple[str, int]:
    """Make an API token and show its secret, this once."""
    scopes = request.form.getlist("scopes")
    try:
        token, secret = tokens.create(services().store, request.form.get("name", "").strip(), scopes, now=times.now())
    except (Invalid, Conflict) as error:
        return _page({"token": forms.failed("token", request.form, error, ("name", "scopes"))}), 422
    return _page(made=(token, secret))


@bp.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Response:
    """Make a token worthless."""
    tokens.delete(services().store, token_id)
    flash(_("The token is revoked."))
    return redirect(url_for(".show"), 303)


def _page(sent: dict[str, forms.Form] | None = None, made: tuple[tokens.Token, str] | None = None) -> str:
    store, now, tz = services().store, times.now(), local.zone()
    counters = rollups.progress(store)
    return render_template(
        "admin/settings.html",
        tab="settings",
        counted=counters["counted"],
        damaged=counters["garbled"] + counters["rejected"],
        lost=counters[rollups.LOST],
        warnings=[*store.warnings(), *filter(None, [proxies.trouble()])],
        forms=sent or {},
        blank=forms.Form,
        languages=[*LANGUAGES.items()],
        spoken=spoken().language,
        zone=str(tz),
        unknown_zone=None if (set_to := settings.timezone(store, str(tz))) == str(tz) else set_to,
        zones=sorted(times.zones()),
        clock=local.moment(now, tz),
        waiting=len(refunds.waiting(store)),
        stopped_webhooks=webhooks.stopped(store),
        shortest=signin.SHORTEST,
        fixed_password=services().config.admin_password is not None,
        fixed_token=services().config.api_token is not None,
        scopes={scope: _(label) for scope, label in _SCOPES.items()},
        **recount.shown(),
        tables={name: _(label) for name, label in exports.LABELS.items()},
        tokens=[(token, local.moment(token.created_at, tz)) for token in tokens.list_(store)],
        made=made,
        tools=tools.of_token(*made) if made else None,
        missed_days=_MISSED_DAYS,
        missed=misses.latest(store, days=_MISSED_DAYS, now=now)[:_MOST_MISSED],
    )
