"""Taking in a platform's own file: choose it, look at what would become of it, save."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.placements import placements
from shortlinks.profiles import profiles
from shortlinks.snapshots import (
    import_plans,
    number_labels,
    post_exports,
    post_matches,
    post_times,
    snapshot_imports,
    snapshot_warnings,
    table_csv,
    typed,
)
from shortlinks.snapshots.import_plans import Plan
from shortlinks.snapshots.post_matches import Match
from shortlinks.web.admin import forms, local, packed
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

bp = Blueprint("imports", __name__, url_prefix="/import")

_SHOWN = 200
_CHOICES = 100
_WARNINGS = 5
_NEAREST = 8
_LABEL = 80
_RECENT = 7 * times.DAY
_COLUMNS = ("views", "likes")
_NONE: Mapping[str, int] = {}
_ROW = re.compile(r"row-([0-9]{1,7})")
_FIELDS = (table_csv.FIELD, "taken_at", "profile_id")


@bp.get("/")
def show() -> str:
    """Ask for the file, and say where each is found."""
    return _ask(forms.Form("import"))


@bp.post("/")
def look() -> str | tuple[str, int]:
    """Show what would become of the file. Nothing is written yet."""
    file = request.files.get(table_csv.FIELD)
    try:
        # A form without a file sends one without a name.
        if file is None or not file.filename:
            raise Invalid.field(table_csv.FIELD, _("Choose the file first."))
        data = file.read()
        sent = MultiDict({"packed": packed.pack(data), "name": file.filename[:200]})
        now, tz = times.now(), local.zone()
        named = post_times.of_name(file.filename, now=now, tz=tz)
        at = named if named is not None and now - named < _RECENT else now
        found = import_plans.read(services().store, data, taken_at=at, now=now, tz=tz)
    except (Invalid, Conflict) as error:
        return _ask(forms.failed("import", request.form, error, (table_csv.FIELD,))), 422
    return _preview(found, forms.Form("import", sent), named=named, now=now, tz=tz)


@bp.get("/save")
def reloaded() -> Response:
    """A refused form stands at its own address; who asks for that again begins anew."""
    return redirect(url_for(".show"), 303)


@bp.post("/save")
def save() -> Response | tuple[str, int]:
    """Take in what was looked at, with what was chosen: all of it, or nothing."""
    store, sent, now, tz = services().store, request.form, times.now(), local.zone()
    try:
        data = packed.unpack(sent.get("packed", ""))
        found = import_plans.read(store, data, now=now, tz=tz)
    except Invalid as error:
        return _ask(forms.failed("import", MultiDict(), error, (table_csv.FIELD,))), 422
    try:
        asked = _time(sent, tz)
        if asked is not None:
            found = import_plans.read(store, data, taken_at=asked, now=now, tz=tz)
        without = [] if sent.get("with_lower") else [entry.post.id for entry in _lower(found)]
        taken = snapshot_imports.take(
            store, found, _choices(sent), now=now, but=without, profile_id=sent.get("profile_id", "")
        )
    except (Invalid, Conflict) as error:
        form = forms.failed("import", sent, _at_rows(error), (*_FIELDS, *(_name(each) for each in found.unmatched)))
        named = post_times.of_name(sent.get("name", ""), now=now, tz=tz)
        return _preview(found, form, named=named, now=now, tz=tz), 422
    flash(_told(taken, len(without), len(found.before)))
    _warn(found, taken, set(_choices(sent).values()), tz)
    return redirect(url_for("admin.posts.index"), 303)


def _warn(found: Plan, taken: snapshot_imports.Taken, chosen: set[str], tz: ZoneInfo) -> None:
    """Tell what is doubtful about numbers of posts that were chosen by hand: of these nobody could tell before."""
    known = {post.id: post for post in found.posts if post.id in chosen}
    doubtful = [
        f"{wording.quoted(known[row.post_id].title)}: {message}"
        for row in taken.snapshots
        if row.post_id in known
        for _code, message in snapshot_warnings.of(services().store, known[row.post_id], row, tz=tz)
    ]
    for message in doubtful[:_WARNINGS]:
        flash(message)


def _time(sent: Mapping[str, str], tz: ZoneInfo) -> int | None:
    """When the file was downloaded. Who leaves the proposed moment as it is means the one of sending."""
    text = sent.get("taken_at", "").strip()
    return local.from_input(text, tz, "taken_at") if text and text != sent.get("suggested") else None


def _choices(sent: Mapping[str, str]) -> dict[int, str]:
    return {int(row[1]): choice for name, choice in sent.items() if choice and (row := _ROW.fullmatch(name))}


def _at_rows(error: Invalid | Conflict) -> Invalid:
    """The error with what is wrong with a row at the field in which its post was chosen."""
    return Invalid([(field.replace("row ", "row-"), message) for field, message in error.errors])


def _name(match: Match) -> str:
    return f"row-{match.row.line}"


def _lower(found: Plan) -> list[import_plans.Entry]:
    return [entry for entry in found.entries if "views" in entry.lower]


def _ask(form: forms.Form) -> str:
    known = [(placements.platform_label(each.platform), _(each.where), each) for each in post_exports.all_()]
    return render_template("admin/import.html", tab="posts", form=form, exports=known)


def _preview(found: Plan, form: forms.Form, *, named: int | None, now: int, tz: ZoneInfo) -> str:
    recent = named is not None and now - named < _RECENT
    own = profiles.of_platform(services().store, found.export.platform)
    return render_template(
        "admin/import_preview.html",
        tab="posts",
        form=form,
        file=wording.capital(_(found.export.name)),
        platform_label=placements.platform_label(found.export.platform),
        matched=[_matched(entry) for entry in found.entries[:_SHOWN]],
        matched_more=max(0, len(found.entries) - _SHOWN),
        lower=len(_lower(found)),
        unmatched=[_unmatched(match, found, tz) for match in found.unmatched[:_CHOICES]],
        unmatched_more=max(0, len(found.unmatched) - _CHOICES),
        left=found.left,
        rows=wording.plural(len(found.entries) + len(found.unmatched) + len(found.left), "row"),
        profiles=[(each.id, profiles.called(each)) for each in own] if len(own) > 1 else [],
        taken_at=local.to_input(found.taken_at, tz),
        suggested="" if recent else local.to_input(now, tz),
        when=_when(named, tz, recent=recent),
    )


def _when(named: int | None, tz: ZoneInfo, *, recent: bool) -> str:
    """What to think of when saying from when the numbers are."""
    told = _("The numbers are those of that moment. Time in {zone}.", zone=str(tz))
    if named is None:
        return told
    day = local.day(named, tz)
    if recent:
        return told + " " + _("Taken from the file’s name, which ends with {day}.", day=day)
    return told + " " + _("The file’s name speaks of {day}: if you downloaded it then, say so.", day=day)


def _unmatched(match: Match, found: Plan, tz: ZoneInfo) -> dict[str, Any]:
    """A row with the posts that it may be of: the suggested one first, then those of about that time."""
    row = match.row
    taken = {entry.post.id for entry in found.entries}
    near = post_matches.nearest(row, (post for post in found.posts if post.id not in taken), _NEAREST)
    options = [("", _("Leave it out")), (snapshot_imports.NEW, _("Make a new post of it"))]
    alike = ""
    if match.suggested:
        title = match.suggested.title
        options.insert(1, (match.suggested.id, _("Probably “{title}”", title=title)))
        alike = " " + _("Is it “{title}”, called alike and of about that day?", title=title)
    options += [
        (post.id, f"{post.title} ({local.day(post.published_at, tz)})") for post in near if post != match.suggested
    ]
    day = "" if row.published_at is None else f", {local.day(row.published_at, tz)}"
    told = _numbers(row.counts, row.counts)
    return {
        "name": _name(match),
        "label": (wording.shortened(row.title, _LABEL) or _("Without a title")) + day,
        "hint": _("Row {row}: {numbers}; {why}.", row=str(row.line), numbers=told, why=match.why) + alike,
        "options": options,
    }


def _matched(entry: import_plans.Entry) -> tuple[import_plans.Entry, list[tuple[int | None, int | None]], str]:
    """A matched row with its views and likes, each with the higher one noted before, and its other numbers in words."""
    counts, lower = entry.match.row.counts, entry.lower
    columns = [(counts[name].value if name in counts else None, lower.get(name)) for name in _COLUMNS]
    return entry, columns, wording.capital(_numbers(counts, [name for name in counts if name not in _COLUMNS], lower))


def _numbers(counts: Mapping[str, typed.Count], names: Iterable[str], lower: Mapping[str, int] = _NONE) -> str:
    """Numbers in a phrase: `reach 900, comments 14 (was 15)`."""
    told = []
    for name in names:
        now = f"{number_labels.small(name)} {wording.number(counts[name].value)}"
        told.append(_("{number} (was {before})", number=now, before=lower[name]) if name in lower else now)
    return ", ".join(told)


def _told(taken: snapshot_imports.Taken, without: int, before: int) -> str:
    """What was done, in sentences; `before` rows had been taken in already."""
    saved, made = len(taken.snapshots), len(taken.made)
    posts = wording.plural(saved, "post")
    told = [_("The numbers of {posts} are saved.", posts=posts) if saved else _("Nothing was saved.")]
    if before and not saved and not without:
        told = [_("This file was taken in already: the numbers of {posts}.", posts=wording.plural(before, "post"))]
    if made:
        told.append(ngettext("One of them is new here.", "{count} of them are new here.", made))
    if without:
        told.append(
            ngettext(
                "{count} post was left out: the views would go down.",
                "{count} posts were left out: the views would go down.",
                without,
            )
        )
    return " ".join(told)
