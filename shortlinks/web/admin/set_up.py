"""The first ten minutes: whether people can reach the links, who publishes where, and what they can do there today."""

from collections.abc import Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.findings import case_reports
from shortlinks.links import qr_codes
from shortlinks.owner import reach, reached, set_up
from shortlinks.placements import first_steps, placements
from shortlinks.profiles import profiles
from shortlinks.profiles.profiles import Profile
from shortlinks.web.admin import forms, local, proxies, words
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _

bp = Blueprint("set_up", __name__, url_prefix="/set-up")

_FIRST = 6
"""Platforms that are shown at once."""
_ONLY: dict[reach.Kind, str] = {
    "loopback": N_("Works only on this computer."),
    "private": N_("Works only on this computer and in your own network."),
    "http": N_("Works only on this computer, as far as we know."),
    "public": N_("Works only on this computer, as far as we know."),
}
_EACH_ONLY: dict[reach.Kind, str] = {
    "loopback": N_("Each of your links works only on this computer."),
    "private": N_("Each of your links works only on this computer and in your own network."),
    "http": N_("Each of your links works only on this computer, as far as we know."),
    "public": N_("Each of your links works only on this computer, as far as we know."),
}


@bp.get("/")
def show() -> str:
    """Everything, with what is known already filled in."""
    own = set_up.own(services().store)
    return _page(_known(own), own)


@bp.post("/")
def answer() -> Response | tuple[str, int]:
    """Keep the answers, and say what follows from them."""
    here, sent = services(), request.form
    answers = {
        name: {field: text for field in set_up.FIELDS if (text := sent.get(f"{field}-{name}", "").strip())}
        for name in sent.getlist("platforms")
    }
    try:
        set_up.save(here.store, answers, shop=sent.get("shop", ""), own_hosts=here.config.own_hosts, now=times.now())
    except (Invalid, Conflict) as error:
        fields = ["platforms", "shop", *(f"{field}-{name}" for name in answers for field in set_up.FIELDS)]
        return _page(forms.failed("set-up", sent, _at_fields(error), fields), set_up.own(here.store)), 422
    flash(_("Saved. Here is what you can do today."))
    return redirect(url_for(".show", _anchor="today"), 303)


def only_here() -> str:
    """For whom a short link works as long as nobody opened one from outside; "" once somebody did."""
    kind = _unreached()
    return _(_ONLY[kind]) if kind else ""


def each_only_here() -> str:
    """The same of all short links together."""
    kind = _unreached()
    return _(_EACH_ONLY[kind]) if kind else ""


def _unreached() -> reach.Kind | None:
    """The kind of the service's address while nobody opened it from outside."""
    if "unreached" not in g:
        here = services()
        kind = reach.kind(here.config.base_url)
        done = kind == "public" and reached.at(here.store, here.config.base_url) is not None
        g.unreached = None if done else kind
    found: reach.Kind | None = g.unreached
    return found


def _page(form: forms.Form, own: Sequence[Profile]) -> str:
    here, tz = services(), local.zone()
    base_url = here.config.base_url
    at = reached.at(here.store, base_url)
    probe = f"{base_url}/from-outside/{reached.token(here.store, here.config.secret_key, base_url)}"
    platforms = words.platforms()
    return render_template(
        "admin/set_up.html",
        tab="settings",
        base_url=base_url,
        kind=reach.kind(base_url),
        reached=local.moment(at, tz) if at is not None else "",
        probe=probe,
        code=qr_codes.drawn(probe),
        trouble=proxies.trouble(),
        form=form,
        platforms=platforms[:_FIRST],
        further=platforms[_FIRST:],
        kinds=words.accounts(),
        today=_today(own),
    )


def _today(own: Sequence[Profile]) -> list[tuple[Profile, str, str, first_steps.Steps]]:
    """The first profile of each platform, what both are called, and what can be done there."""
    accounts = case_reports.accounts(services().store, [(profile, None) for profile in own])
    return [
        (
            profile,
            placements.platform_label(profile.platform),
            profiles.called(profile),
            first_steps.of_account(profile.platform, account),
        )
        for profile, account in zip(own, accounts, strict=True)
    ]


def _known(own: Sequence[Profile]) -> forms.Form:
    """The form with what is known already."""
    values: MultiDict[str, str] = MultiDict()
    for profile in own:
        values.add("platforms", profile.platform)
        values[f"handle-{profile.platform}"] = "" if profile.handle == profiles.UNNAMED else profile.handle
        values[f"kind-{profile.platform}"] = profile.kind
        values[f"followers-{profile.platform}"] = "" if profile.followers is None else wording.number(profile.followers)
    values["shop"] = set_up.shop(services().store)
    return forms.Form("set-up", values)


def _at_fields(error: Invalid | Conflict) -> Invalid:
    """The error by the names of the form's fields: `tiktok.handle` is `handle-tiktok` there."""
    return Invalid([("-".join(reversed(path.split("."))), message) for path, message in error.errors])
