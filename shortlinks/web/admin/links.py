"""The forms of links on a post's page: a new one, and changes to one."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import links
from shortlinks.web.admin import forms, local, once, page
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services
from shortlinks.words.language import N_, _

bp = Blueprint("links", __name__)

_NEW = ("target", "placement", "slug", "click_id_param", "coupon")
_STALE = N_(
    "The link was changed meanwhile, and leads to {target} now. Save again to put what is in this form in its place."
)
_CHANGE = ("target", "post_id", "expires_at", "click_id_param", "coupon")


@bp.post("/posts/<post_id>/links")
@once.once
def create(post_id: str) -> Response | tuple[str, int]:
    """Hang another link."""
    here = services()
    sent = request.form
    try:
        fields: dict[str, Any] = dict(forms.given(sent, *_NEW))
        if sent.get("forward_query"):
            fields["forward_query"] = True
        links.create(here.store, post_id, fields, now=times.now(), own_hosts=here.config.own_hosts, reserved=reserved())
    except (Invalid, Conflict) as error:
        return page.render(post_id, {"link": forms.failed("link", sent, error, _NEW)}), 422
    flash(_("The link is ready."))
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.post("/posts/<post_id>/links/move")
def move(post_id: str) -> Response | tuple[str, int]:
    """Turn a bio link that promotes another post to this one."""
    here, sent = services(), request.form
    try:
        changes = {"post_id": post_id, **forms.given(sent, "target")}
        links.update(here.store, sent.get("slug", ""), changes, now=times.now(), own_hosts=here.config.own_hosts)
    except (Invalid, Conflict) as error:
        return page.render(post_id, {"move": forms.failed("move", sent, error, ("slug", "target"))}), 422
    flash(_("The link promotes this post now. Earlier clicks stay with the earlier post."))
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.get("/links/<slug>")
def reloaded(slug: str) -> Response:
    """The address of a refused change, asked for again: the page that holds the form."""
    return redirect(url_for("admin.page.show", post_id=links.get(services().store, slug).post_id), 303)


@bp.post("/links/<slug>")
def change(slug: str) -> Response | tuple[str, int]:
    """Change where a link leads, which post it promotes, when it ends; switch it off and on."""
    here, sent = services(), request.form
    link = links.get(here.store, slug)
    try:
        changes = {"state": sent["state"]} if "state" in sent else _changes(link)
        if sent.get("rev", str(link.rev)) != str(link.rev):
            raise Invalid.field("target", _(_STALE, target=link.target))
        link = links.update(here.store, slug, changes, now=times.now(), own_hosts=here.config.own_hosts)
    except (Invalid, Conflict) as error:
        return page.render(
            link.post_id, {f"change {link.slug}": forms.failed(f"link-{link.slug}", sent, error, _CHANGE)}
        ), 422
    flash(_("The link is changed. It takes effect within a second."))
    return redirect(url_for("admin.page.show", post_id=link.post_id), 303)


def _changes(link: links.Link) -> dict[str, Any]:
    sent = request.form
    tz = local.zone()
    changes: dict[str, Any] = {
        "target": sent.get("target", ""),
        "click_id_param": sent.get("click_id_param", "").strip() or None,
        "coupon": sent.get("coupon", "").strip() or None,
        "forward_query": bool(sent.get("forward_query")),
    }
    if sent.get("post_id"):
        changes["post_id"] = sent["post_id"]
    # Shown to the minute: an expiry that was not touched keeps its seconds.
    shown = local.to_input(link.expires_at, tz) if link.expires_at is not None else ""
    if (text := sent.get("expires_at", "").strip()) != shown:
        changes["expires_at"] = local.asked(text, tz, "expires_at") if text else None
    return changes
