"""The page of links of a profile, as its owner sees it: made, filled, put in order, switched off."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.bio_pages import bio_page_records, bio_page_rows, bio_pages
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.web.admin import forms, local, meanwhile, once, words
from shortlinks.web.admin import taps as tap_list
from shortlinks.web.admin.meanwhile import Stands
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _

bp = Blueprint("bio_page", __name__, url_prefix="/profiles/<profile_id>/page")

_OFFERED = 200
_PAGE = ("name", "title", "about", "theme", "accent")
_ADD = ("post_id", "title", "target")
_THEMES = {"device": N_("As the visitor’s device has it"), "light": N_("Light"), "dark": N_("Dark")}
_ACCENTS = {
    "ink": N_("Ink"),
    "sea": N_("Sea"),
    "leaf": N_("Leaf"),
    "plum": N_("Plum"),
    "ember": N_("Ember"),
    "rose": N_("Rose"),
}


@bp.get("/")
def show(profile_id: str) -> str:
    """The page's settings and rows; of a profile without a page the form that makes it."""
    return _page(profile_id)


@bp.get("/settings")
@bp.get("/rows")
@bp.get("/rows/<slug>")
def reloaded(profile_id: str, slug: str = "") -> Response:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/settings")
@once.once
def put(profile_id: str) -> Response | tuple[str, int]:
    """Make the page, or change what it is called and how it looks; switch it off and on."""
    store, sent = services().store, request.form
    try:
        fields: dict[str, Any] = {name: sent[name] for name in _PAGE if name in sent}
        if bio_pages.find(store, profile_id) is None:
            bio_pages.put(store, profile_id, fields, now=times.now())
        else:
            if "making" not in sent:  # that form has no box for it
                fields["online"] = bool(sent.get("online"))
            meanwhile.change(
                lambda: bio_pages.get(store, profile_id),
                _standing,
                fields | {"online": "1" if fields.get("online", True) else ""},
                lambda _page, only_if: bio_pages.put(store, profile_id, fields, now=times.now(), only_if=only_if),
            )
    except (Invalid, Conflict) as error:
        return _page(profile_id, {"settings": meanwhile.failed("settings", error, _PAGE)}), 422
    flash(_("The page is saved. Visitors see it within a second."))
    return redirect(url_for(".show", profile_id=profile_id), 303)


@bp.post("/rows")
@once.once
def add(profile_id: str) -> Response | tuple[str, int]:
    """Put a post on the page."""
    here, sent = services(), request.form
    try:
        bio_page_rows.add(
            here.store,
            profile_id,
            forms.given(sent, *_ADD),
            now=times.now(),
            own_hosts=here.config.own_hosts,
            reserved=reserved(),
        )
    except (Invalid, Conflict) as error:
        return _page(profile_id, {"add": forms.failed("add", sent, error, _ADD)}), 422
    flash(_("The post is on the page, with a link of its own."))
    return redirect(url_for(".show", profile_id=profile_id, _anchor="rows"), 303)


@bp.post("/rows/<slug>")
def change(profile_id: str, slug: str) -> Response | tuple[str, int]:
    """Move a row, take it off, or change what is written on it."""
    store, sent = services().store, request.form
    try:
        if sent.get("do") == "remove":
            bio_page_rows.remove(store, profile_id, slug)
            flash(_("The row is off the page. Its link goes on working."))
            return redirect(url_for(".show", profile_id=profile_id, _anchor="rows"), 303)
        if sent.get("position"):
            bio_page_rows.edit(store, profile_id, slug, {"position": sent["position"]})
        else:
            title = {"title": sent.get("title", "")}
            meanwhile.change(
                lambda: bio_pages.get(store, profile_id),
                lambda page: _standing_in_row(page, slug),
                title,
                lambda _page, only_if: bio_page_rows.edit(store, profile_id, slug, title, only_if=only_if),
            )
    except Invalid as error:
        return _page(profile_id, {f"row {slug}": meanwhile.failed(f"row-{slug}", error, ("title",))}), 422
    flash(_("Saved."))
    return redirect(url_for(".show", profile_id=profile_id, _anchor=f"row-{slug}"), 303)


def _standing(page: bio_pages.BioPage) -> dict[str, Stands]:
    """What stands in the fields of the page's settings."""
    return {
        "name": Stands(page.name),
        "title": Stands(page.title),
        "about": Stands(page.about),
        "theme": Stands(page.theme, _(_THEMES[page.theme])),
        "accent": Stands(page.accent, _(_ACCENTS[page.accent])),
        "online": Stands("1" if page.online else "", _("Online") if page.online else _("Off")),
    }


def _standing_in_row(page: bio_pages.BioPage, slug: str) -> dict[str, Stands]:
    row = next((row for row in page.rows if row.slug == links.normalise(slug)), None)
    return {"title": Stands(row.title)} if row else {}


def _page(profile_id: str, sent: dict[str, forms.Form] | None = None) -> str:
    """The page, with a form that was just refused, by its name: settings, add or `row <slug>`."""
    here, now = services(), times.now()
    profile = profiles.get(here.store, profile_id)
    page = bio_pages.find(here.store, profile_id)
    shown: dict[str, Any] = {"page": None}
    if page is not None:
        # The minute under way counts, too.
        since, end = now - times.FOUR_WEEKS, now + times.MINUTE
        ever = bio_pages.ever_on(here.store, page)
        hung = {slug: ever[slug] for slug in page.slugs if slug in ever}
        taps = bio_pages.taps_between(here.store, ever, since, end)
        ledger = bio_pages.opens(here.store, page)
        shown = {
            "page": page,
            "address": f"{here.config.base_url}/@{page.name}",
            "rows": [
                (row, hung[row.slug], taps[row.slug], meanwhile.mark(_standing_in_row(page, row.slug)))
                for row in page.rows
                if row.slug in hung
            ],
            "active": {slug for slug, link in hung.items() if links.state_at(link, now) == "active"},
            "opens": bio_pages.opens_between(here.store, profile_id, [(since, end)])[0],
            "taps": sum(taps.values()),
            "ledger": ledger,
            "reasons": wording.listed(words.reasons(ledger, {"human": _("{count} by people", count=ledger["human"])})),
            "offered": _offered(profile_id, {link.post_id for link in hung.values()}),
            "latest": tap_list.newest(here.store, profile_id, local.zone()),
            "full": len(page.rows) >= bio_page_records.MOST_ROWS,
        }
    start = page or bio_pages.blank(profile, now)
    return render_template(
        "admin/bio_page.html",
        tab="posts",
        profile=profile,
        platform_label=placements.platform_label(profile.platform),
        start=start,
        seen=meanwhile.mark(_standing(start)),
        themes=[(name, _(label)) for name, label in _THEMES.items()],
        accents=[(name, _(_ACCENTS[name])) for name in bio_pages.ACCENTS],
        longest_title=bio_page_records.LONGEST_TITLE,
        longest_about=bio_pages.LONGEST_ABOUT,
        base_url=here.config.base_url,
        forms=sent or {},
        blank=forms.Form,
        **shown,
    )


def _offered(profile_id: str, there: set[str]) -> list[tuple[str, str]]:
    """The profile's newest posts that are not on the page, to choose from."""
    found = posts.list_(services().store, limit=_OFFERED, profile_id=profile_id)[0]
    return [(post.id, post.title) for post in found if post.id not in there]
