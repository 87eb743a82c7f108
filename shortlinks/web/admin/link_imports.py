"""Bringing links here from another service: choose a file or a service, look at what would become of them, take them in."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import redis
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.link_imports import (
    far_links,
    import_records,
    import_words,
    left_over,
    link_imports,
    sources,
    text_files,
)
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.link_imports.verdicts import KINDS
from shortlinks.running import wake
from shortlinks.web.admin import forms, session
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _

bp = Blueprint("link_imports", __name__, url_prefix="/settings/links")

UPLOAD = "admin.link_imports.choose"
MOST_BYTES = text_files.LARGEST + (1 << 16)
"""Of a form with a file: a little more than the file."""
_SHOWN = 100
_EXAMPLES = 5
_LINES_AT_ONCE = 500
_SERVICE = ("source", "address", "key")


def make_room() -> None:
    """Take a form with a large file from who is signed in, before anything reads it."""
    if request.endpoint == UPLOAD and request.method == "POST" and session.signed_in():
        request.max_content_length = MOST_BYTES


@bp.get("/")
def show() -> str:
    """How far the import is, what would become of its links, or the forms that begin one."""
    return _page()


@bp.get("/live")
def live() -> Response:
    """What changes while one looks. Cheap to ask for again (304)."""
    found = link_imports.last(services().store)
    response = Response(render_template("admin/_link_import.html", **_standing(found)))
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.get("/file")
@bp.get("/service")
@bp.get("/take")
@bp.get("/discard")
def reloaded() -> BaseResponse:
    """The address of a form, asked for again, means the page that holds it."""
    return _back()


@bp.post("/file")
def choose() -> BaseResponse | tuple[str, int]:
    """Read the links of a file, and begin to look at them."""
    file = request.files.get(text_files.FIELD)
    try:
        # A form without a file sends one without a name.
        if file is None or not file.filename:
            raise Invalid.field(text_files.FIELD, _("Choose the file first."))
        source = request.form.get("source", "")
        link_imports.from_file(services().store, source, file.stream, file.filename, now=times.now())
    except Conflict as error:
        return _refused(error)
    except Invalid as error:
        return _page(file=forms.failed("file", request.form, error, ("source", text_files.FIELD))), 422
    return _go_on()


@bp.post("/service")
def ask() -> BaseResponse | tuple[str, int]:
    """Begin to read the links of a service."""
    try:
        far = far_links.far(*(request.form.get(name, "") for name in _SERVICE))
        link_imports.from_service(services().store, far, now=times.now())
    except Conflict as error:
        return _refused(error)
    except Invalid as error:
        shown = MultiDict((name, value) for name, value in request.form.items(multi=True) if name != "key")
        return _page(service=forms.failed("service", shown, error, _SERVICE)), 422
    return _go_on()


@bp.post("/take")
def take() -> BaseResponse:
    """Take in what was looked at."""
    try:
        link_imports.take(services().store, request.form.get("id", ""))
    except Conflict as error:
        return _refused(error)
    return _go_on()


@bp.post("/discard")
def discard() -> BaseResponse:
    """Forget the import. Links that were taken in stay."""
    try:
        link_imports.discard(services().store, request.form.get("id", ""))
    except Conflict as error:
        return _refused(error)
    return _back()


@bp.get("/left.csv")
def left() -> Response:
    """All links that are left over, with the reasons."""
    store = services().store
    found = link_imports.last(store)
    rows = import_records.left_over(store, found.id) if found else iter(())
    lines = left_over.lines(rows)
    # The first are read before the answer begins, so that a Redis that is away still becomes a 503.
    first = "".join(islice(lines, _LINES_AT_ONCE))

    def pieces() -> Iterator[str]:
        yield first
        yield from iter(lambda: "".join(islice(lines, _LINES_AT_ONCE)), "")

    response = Response(pieces(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="links-left-over.csv"'
    return response


def _go_on() -> BaseResponse:
    with suppress(redis.RedisError):  # then it goes on within a minute
        wake.import_links(services().queue_store)
    return _back()


def _refused(error: Conflict) -> BaseResponse:
    """Another import is in the way: the page shows it instead of the form."""
    flash(error.message)
    return _back()


def _back() -> BaseResponse:
    return redirect(url_for(".show"), 303)


def _page(*, file: forms.Form | None = None, service: forms.Form | None = None) -> str:
    found = link_imports.last(services().store)
    offered = sources.SOURCES.values()
    return render_template(
        "admin/link_imports.html",
        tab="settings",
        file_form=file or forms.Form("file"),
        service_form=service or forms.Form("service"),
        files=[(each.name, each.label) for each in offered if each.file],
        services=[(each.name, each.label) for each in offered if each.service],
        where_files=[_(each.file) for each in offered if each.file],
        which_keys=[_(each.service) for each in offered if each.service],
        most=text_files.LARGEST >> 20,
        **_standing(found),
        **_looked(found),
    )


def _standing(found: LinkImport | None) -> dict[str, Any]:
    """What the fragment needs."""
    if found is None:
        return {"found": None}
    done = found.stage in ("taking", "done")
    return {
        "found": found,
        "label": import_words.label(found),
        "told": import_words.standing(found),
        "many": found.rows if found.stage == "reading" else found.done,
        "kinds": [(import_words.kind(kind, done=done), found.counts[kind]) for kind in KINDS],
    }


def _looked(found: LinkImport | None) -> dict[str, Any]:
    """What the page shows of an import that was looked at or is over: what is left, and the first of its links."""
    if found is None or found.under_way or found.stage == "failed":
        return {"left": [], "left_more": 0, "examples": [], "counts": ""}
    store = services().store
    told = list(islice(import_records.left_over(store, found.id), _SHOWN))
    source = sources.SOURCES[found.source]
    return {
        "left": told,
        "left_more": max(0, found.left - len(told)),
        "examples": import_records.first_rows(store, found, _EXAMPLES) if found.stage == "looked" else [],
        "counts": _(source.counts),
        "tag": sources.tag(found.source),
        "taken": wording.plural(found.counts["take"], "link"),
    }
