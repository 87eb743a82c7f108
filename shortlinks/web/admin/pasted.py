"""The first step of a new post: its address, pasted or shared by an app, tells what it is of. Nothing is fetched."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.posts import permalinks, post_fields, posts
from shortlinks.profiles import profiles
from shortlinks.web.admin import forms, words
from shortlinks.web.services import services
from shortlinks.words.language import _

SHARED = ("url", "text", "title")
"""What an app shares, as the manifest names it. Some put the address into the text."""


def start() -> Response | str | tuple[str, int]:
    """Ask for the address, or for the platform; where an address came along, go on to the filled form."""
    shared = [text for name in SHARED if (text := request.args.get(name, "").strip())]
    if not shared:
        return _page(forms.Form("address"))
    text = "\n".join(shared)
    form = forms.Form("address", MultiDict({"url": shared[0]}))
    address = permalinks.recognise(text)
    if address is not None and address.is_profile:
        return _page(forms.Form("address", form.values, {"url": _of_profile(address)})), 422
    found = [address.permalink] if address else permalinks.found(text)
    if not found:
        wrong = _("There is no address in it. It begins with https:// and is what “Copy link” in the app gives.")
        return _page(forms.Form("address", form.values, {"url": wrong})), 422
    carried = _carried(found[0])
    twin = posts.with_permalink(services().store, found[0])
    if address is None or twin is not None:
        return _page(form, permalink=found[0], twin=twin, address=address, carried=carried)
    part_of = request.args.get("part_of")
    return redirect(url_for("admin.new_post.make", platform=address.platform, part_of=part_of, **carried), 303)


def permalink(text: str, platform: str, *, field: str = "permalink", again: bool) -> str | Invalid:
    """The address that was typed for a post on `platform`, without what it was decorated with, or what is wrong with it.

    A profile's is, and that there is such a post already is, unless `again` is true.
    """
    address = permalinks.recognise(text)
    if address is None:
        return _checked(text, field, again=again)
    if address.is_profile:
        return Invalid.field(field, _of_profile(address))
    if platform not in (address.platform, "other"):
        where = placements.platform_label(address.platform)
        return Invalid.field(field, _("is an address on {platform}", platform=where))
    return _checked(address.permalink, field, again=again)


def changed(text: str, before: str | None) -> str | Invalid | None:
    """The address that was typed for a post in place of the one `before`; a profile's is wrong. None where it is empty."""
    address = permalinks.recognise(text)
    if text != before and address is not None and address.is_profile:
        return Invalid.field("permalink", _of_profile(address))
    return text or None


def twin(text: str) -> posts.Post | None:
    """The post that there is already with an address as it was typed."""
    address = permalinks.recognise(text)
    found = [address.permalink] if address else permalinks.found(text)
    return posts.with_permalink(services().store, found[0]) if found else None


def profile(own: list[profiles.Profile], text: str) -> profiles.Profile | None:
    """Which of the `own` profiles an address names."""
    address = permalinks.recognise(text)
    if address is None or address.handle is None:
        return None
    # On Mastodon people give their handle with or without its host.
    names = {address.handle.casefold(), address.handle.partition("@")[0].casefold()}
    return next((each for each in own if each.handle.casefold() in names), None)


def told(text: str) -> str:
    """What an address says, in a sentence; "" when it says nothing."""
    address = permalinks.recognise(text)
    if address is None:
        return ""
    if address.is_profile:
        return _of_profile(address)
    if address.kind is None:
        return _("The address tells the platform only: say what it is.")
    called = placements.format_label(address.platform, address.format) or words.kind(address.platform, address.kind)
    said = [placements.platform_label(address.platform), called]
    if address.handle:
        said.append(f"@{address.handle}")
    return _("The address says: {parts}.", parts=", ".join(said))


def _of_profile(address: permalinks.Address) -> str:
    where = placements.platform_label(address.platform)
    return _(
        "That is the address of a profile on {platform}. Paste the post’s: open the post in the app, then “Share” and "
        "“Copy link”.",
        platform=where,
    )


def _checked(url: str, field: str, *, again: bool) -> str | Invalid:
    try:
        clean = post_fields.permalink(url, field)
    except Invalid as invalid:
        return invalid
    if not again and posts.with_permalink(services().store, clean) is not None:
        return Invalid.field(field, _("is that of a post you have already"))
    return clean


def _carried(found: str) -> dict[str, Any]:
    """What goes on to the form of the address, by the names of its fields. A title that holds an address is none."""
    title = request.args.get("title", "").strip()[: post_fields.LONGEST_TITLE]
    return {"permalink": found, **({"title": title} if title and not permalinks.found(title) else {})}


def _page(form: forms.Form, **more: Any) -> str:
    return render_template(
        "admin/platform.html",
        tab="new",
        form=form,
        platforms=words.platforms(),
        **{"carried": {}, "part_of": request.args.get("part_of"), **more},
    )
