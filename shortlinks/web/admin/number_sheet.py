"""The sheet for the numbers of a post: what it shows, what a paste fills in, and taking down what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from shortlinks.errors import Conflict, Invalid
from shortlinks.placements import placements
from shortlinks.posts.posts import Post
from shortlinks.snapshots import asking, number_labels, pasted, snapshot_warnings, snapshots
from shortlinks.snapshots.pasted import Pasted
from shortlinks.snapshots.readings import Standing
from shortlinks.web.admin import forms, local
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _

NAME = "numbers"
SHOWN_FIRST = ("views", "likes")
_FIELDS = (*snapshots.NUMBERS, snapshots.SHARE, "taken_at", pasted.FIELD)
_PASTED = "pasted"


@dataclass(frozen=True)
class Sheet(forms.Form):
    """The form, and what was understood of a text that was pasted into it, if one was."""

    understood: Pasted | None = None

    @property
    def filled(self) -> str:
        """What was understood, in words: `12.4K views, 931 likes`."""
        texts = self.understood.texts if self.understood else {}
        return wording.listed([f"{number_labels.small(name)} {text}" for name, text in texts.items()])


def is_reading(sent: MultiDict[str, str]) -> bool:
    """Whether a pasted text is to be read first, and nothing saved yet."""
    return bool(sent.get("read") or sent.get(_PASTED, "").strip())


def read(post: Post, sent: MultiDict[str, str]) -> Sheet:
    """The sheet with what a pasted text says in its fields, beside what was typed. Raises nothing: see its errors."""
    try:
        found = pasted.read(sent.get(_PASTED, ""), platform=post.platform)
    except Invalid as error:
        form = forms.failed(NAME, sent, error, _FIELDS)
        return Sheet(form.name, form.values, form.errors)
    values = MultiDict(sent)
    values[_PASTED] = ""
    values["source"] = "pasted" if found.texts else sent.get("source", "")
    for name, text in found.texts.items():
        values[name] = text
    return Sheet(NAME, values, {}, found)


def take(post: Post, sent: MultiDict[str, str], *, now: int, tz: ZoneInfo) -> list[str]:
    """Take down what was sent; returns what to say of it. Raises Invalid and Conflict (see `refused`)."""
    store = services().store
    fields: dict[str, Any] = dict(forms.given(sent, *snapshots.NUMBERS, snapshots.SHARE))
    if not fields:
        others = [number_labels.small(name) for name in (*snapshots.NUMBERS[1:], snapshots.SHARE)]
        fields["views"] = Invalid.field("views", _("is required, or one of {names}", names=", ".join(others)))
    # The form suggests the minute in which it was made. Who leaves that as it is means the moment of sending.
    taken_at = sent.get("taken_at", "").strip()
    if taken_at and taken_at != sent.get("suggested"):
        fields["taken_at"] = local.asked(taken_at, tz, "taken_at")
    source = "pasted" if sent.get("source") == "pasted" else "typed"
    snapshot = snapshots.add(store, post, fields, now=now, source=source)
    return [_("The numbers are saved."), *(said for _code, said in snapshot_warnings.of(store, post, snapshot, tz=tz))]


def refused(sent: MultiDict[str, str], error: Invalid | Conflict) -> forms.Form:
    """The sheet to show again after `error`."""
    return forms.failed(NAME, sent, error, _FIELDS)


def shown(post: Post, rows: Sequence[snapshots.Snapshot], *, now: int, tz: ZoneInfo) -> dict[str, Any]:
    """What the sheet of a post shows beside its form, with these snapshots of it."""
    return {
        "platform_label": placements.platform_label(post.platform),
        "now_input": local.to_input(now, tz),
        "zone": str(tz),
        "steps": {name: number_labels.label(name) for name in (*snapshots.NUMBERS, snapshots.SHARE)},
        "more_numbers": [name for name in snapshots.NUMBERS if name not in SHOWN_FIRST],
        "where_share": placements.where(post.platform, snapshots.SHARE),
        "asked_for": wording.listed([_told(each, tz) for each in asking.of_rows(post, rows, now=now)]),
    }


def _told(each: Standing, tz: ZoneInfo) -> str:
    reading, time = each.asked.label, local.minute(each.at, tz)
    match each.state:
        case "later":
            return _("at {reading} (due {time})", reading=reading, time=time)
        case "due":
            return _("at {reading} (due now)", reading=reading)
        case "overdue":
            return _("at {reading} (due since {time})", reading=reading, time=time)
        case "done":
            return _("at {reading} (noted)", reading=reading)
        case "missed":
            return _("at {reading} (not noted)", reading=reading)
