"""The profiles: what they are called, their numbers, and their weeks from views to the bio link."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times, weeks
from shortlinks.errors import Conflict, Invalid
from shortlinks.placements import placements
from shortlinks.profiles import profile_reports, profile_snapshots, profiles
from shortlinks.sales import shop_weeks, shops
from shortlinks.snapshots import overview_csv
from shortlinks.web.admin import forms, local, meanwhile, once, words
from shortlinks.web.admin.meanwhile import Stands
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _, spoken

bp = Blueprint("profiles", __name__, url_prefix="/profiles")

_MOST = 200
_WEEKS = 8
_EDIT = ("handle", "kind", "shop")
_NEW = ("platform", "handle", "kind", "followers", "shop")
_TIMES = ("taken_at", "days")
_TOTALS = ("week", *shops.NUMBERS)
_MOST_LEFT = 5


@bp.get("/")
def index() -> str:
    """All profiles, newest first, and the form of another one."""
    return _list(forms.Form("new"))


@bp.post("/")
@once.once
def create() -> Response | tuple[str, int]:
    """Make a profile, also a further one on a platform."""
    sent = request.form
    try:
        asked = {**dict.fromkeys(("platform", "handle"), ""), **forms.given(sent, *_NEW)}
        profile = profiles.create(services().store, **asked, now=times.now())
    except (Invalid, Conflict) as error:
        return _list(forms.failed("new", sent, error, _NEW)), 422
    flash(_("The profile is made."))
    return redirect(url_for(".show", profile_id=profile.id), 303)


@bp.get("/<profile_id>")
def show(profile_id: str) -> str:
    """One profile."""
    return _page(profile_id)


@bp.get("/<profile_id>/edit")
@bp.get("/<profile_id>/snapshots")
@bp.get("/<profile_id>/overview")
@bp.get("/<profile_id>/totals")
def reloaded(profile_id: str) -> Response:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/<profile_id>/edit")
@once.once
def edit(profile_id: str) -> Response | tuple[str, int]:
    """Change what a profile is called, its kind and shop. Its followers are noted with what the app shows."""
    store, sent = services().store, request.form
    try:
        changes: dict[str, Any] = {name: sent[name] for name in ("handle", "kind") if name in sent}
        changes["shop"] = sent.get("shop", "").strip() or None
        meanwhile.change(
            lambda: profiles.get(store, profile_id),
            _standing,
            sent,
            lambda _profile, only_if: profiles.update(store, profile_id, changes, only_if=only_if),
        )
    except (Invalid, Conflict) as error:
        return _page(profile_id, {"edit": meanwhile.failed("edit", error, _EDIT)}), 422
    flash(_("Saved."))
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/<profile_id>/snapshots")
@once.once
def add_snapshot(profile_id: str) -> Response | tuple[str, int]:
    """Take down what the app shows of the profile."""
    sent, now = request.form, times.now()
    try:
        fields: dict[str, Any] = dict(forms.given(sent, *profile_snapshots.NUMBERS, "days"))
        # The form suggests the minute in which it was made. Who leaves that as it is means the moment of sending.
        taken_at = sent.get("taken_at", "").strip()
        if taken_at and taken_at != sent.get("suggested"):
            fields["taken_at"] = local.asked(taken_at, local.zone(), "taken_at")
        profile_snapshots.add(services().store, profile_id, fields, now=now)
    except (Invalid, Conflict) as error:
        form = forms.failed("numbers", sent, error, (*profile_snapshots.NUMBERS, *_TIMES))
        return _page(profile_id, {"numbers": form}), 422
    flash(_("The numbers are saved."))
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/<profile_id>/overview")
@once.once
def take_overview(profile_id: str) -> Response | tuple[str, int]:
    """Take in TikTok's Overview.csv."""
    file = request.files.get(overview_csv.FIELD)
    today = weeks.day_at(times.now(), local.zone())
    try:
        # A form without a file sends one without a name.
        if file is None or not file.filename:
            raise Invalid.field(overview_csv.FIELD, _("Choose the file first."))
        found = profile_snapshots.take_overview(services().store, profile_id, file.read(), today=today)
    except (Invalid, Conflict) as error:
        form = forms.failed("overview", request.form, error, (overview_csv.FIELD,))
        return _page(profile_id, {"overview": form}), 422
    flash(_taken(found))
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/<profile_id>/totals")
def put_totals(profile_id: str) -> Response | tuple[str, int]:
    """Take down what the shop says of a week."""
    store, now, sent = services().store, times.now(), request.form
    profile = profiles.get(store, profile_id)
    this_week = weeks.latest(now, local.zone(), 1)[0]
    fields = forms.given(sent, *shops.NUMBERS)
    try:
        shops.put(store, profile.shop, sent.get("week", ""), fields, now=now, this_week=this_week)
    except (Invalid, Conflict) as error:
        return _page(profile_id, {"totals": forms.failed("totals", sent, error, _TOTALS)}), 422
    flash(_("The week of the shop is saved."))
    return redirect(url_for(".show", profile_id=profile_id, _anchor="shop"), 303)


def _standing(profile: profiles.Profile) -> dict[str, Stands]:
    """What stands in the fields of a profile's form."""
    return {
        "handle": Stands(profile.handle),
        "kind": Stands(profile.kind, words.account(profile.kind)),
        "shop": Stands(profile.shop or ""),
    }


def _list(form: forms.Form) -> str:
    found = profiles.list_(services().store, limit=_MOST)[0]
    return render_template(
        "admin/profiles.html",
        tab="posts",
        profiles=[(each, placements.platform_label(each.platform), words.account(each.kind)) for each in found],
        form=form,
        platforms=words.platforms(),
        kinds=words.accounts(),
    )


def _page(profile_id: str, sent: dict[str, forms.Form] | None = None) -> str:
    """The page, with a form that was just refused, by its name: edit, numbers, overview or totals."""
    store, now, tz = services().store, times.now(), local.zone()
    profile = profiles.get(store, profile_id)
    totals = shops.of_shop(store, profile.shop)[:_WEEKS] if profile.shop else []
    return render_template(
        "admin/profile.html",
        tab="posts",
        profile=profile,
        platform_label=placements.platform_label(profile.platform),
        kinds=words.accounts(),
        funnel=profile_reports.of_profile(store, profile_id, now=now, tz=tz, number=_WEEKS),
        shop_weeks=shop_weeks.of_totals(store, totals, tz),
        week_options=[(weeks.name(monday), _label(monday)) for monday in weeks.latest(now, tz, _WEEKS)],
        week_label=_label,
        takes_overview=profile.platform == overview_csv.PLATFORM,
        usual_days=profile_snapshots.USUAL_DAYS,
        most_days=profile_snapshots.MOST_DAYS,
        forms=sent or {},
        seen=meanwhile.mark(_standing(profile)),
        blank=forms.Form,
        now_input=local.to_input(now, tz),
        zone=str(tz),
    )


def _label(monday: int) -> str:
    """The day on which a week begins, for reading: `16 Nov`."""
    begins = datetime.fromtimestamp(monday * times.DAY / times.SECOND, UTC)
    return _("{day}\u00a0{month}", day=begins.day, month=spoken().months[begins.month - 1])


def _taken(found: profile_snapshots.Imported) -> str:
    """What became of a file, in sentences."""
    told = _("{days} taken.", days=wording.plural(len(found.taken), "day"))
    if not found.left:
        return told
    rows = [_("row {line} {why}", line=str(left.line), why=left.why) for left in found.left[:_MOST_LEFT]]
    if len(found.left) > _MOST_LEFT:
        rows.append(_("and so on"))
    left = _("{many} left: {rows}.", many=wording.plural(len(found.left), "row"), rows=", ".join(rows))
    return f"{told} {left}"
