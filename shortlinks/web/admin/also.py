"""“Also on …”: the same thing on other platforms, made in one step with the post of the form, with links of its own."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.posts import last_used, permalinks
from shortlinks.profiles import profiles
from shortlinks.web.admin import forms, pasted, words
from shortlinks.web.services import services
from shortlinks.words.language import _

_FIELD = re.compile(r"also\[(\d+)\]\.(.*)")
_OF_LINK = re.compile(r"links\[\d+\]\.(\w+)")

_OWN = ("permalink", "profile_id", "placement")
"""The fields that each has for itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Another platform in the form. Without `rows` it has a box to tick and no spots to choose from yet.

    `dead` names the spots that are not offered because nobody can tap a link there, `other_way` says where one can.
    """

    platform: str
    label: str
    rows: Sequence[Placement]
    ticked: Sequence[str]
    dead: Sequence[str]
    other_way: str
    profiles: Sequence[tuple[str, str]]


def name(platform: str, field: str) -> str:
    """What the field of another platform is called in the form."""
    return f"on-{platform}-{field}"


def chosen(platform: str) -> list[str]:
    """The platforms that were ticked, other than the form's own."""
    known = [each for each in placements.platforms() if each != platform]
    return [each for each in dict.fromkeys(request.form.getlist("also")) if each in known]


def unshown(platform: str) -> list[str]:
    """Those that were ticked before the form had their spots to choose from."""
    return [each for each in chosen(platform) if each not in request.form.getlist("shown")]


def fields(platform: str) -> list[str]:
    """The names of the fields that the form has for the platforms that were ticked."""
    return [name(each, field) for each in chosen(platform) for field in _OWN]


def offers(platform: str, kind: str, form: forms.Form, newest: last_used.Newest) -> list[Offer]:
    """The other platforms: those with a profile of the creator's, or that were ticked, with their spots and first."""
    known = profiles.by_platform(services().store)
    ticked = form.all("also")
    found = []
    for each in placements.platforms():
        if each == platform:
            continue
        own = known.get(each, [])
        shown = bool(own) or each in ticked
        seen = each in form.all("shown")
        format_ = permalinks.format_on(each, form.value(name(each, "permalink")))
        used = _used(newest, each, kind, format_) if shown and not seen else ()
        found.append(
            Offer(
                each,
                placements.platform_label(each),
                placements.to_try(each, format_) if shown else (),
                form.all(name(each, "placement")) if seen else used,
                [row.label for row in placements.of_platform(each, format_) if row.dead],
                words.other_way(each, format_),
                [(one.id, f"@{one.handle}") for one in own] if len(own) > 1 else [],
            )
        )
    return sorted(found, key=lambda offer: not offer.rows)


def asked(
    platform: str, kind: str, shared: Mapping[str, Any], target: str, untitled: Callable[[str, str], str]
) -> list[dict[str, Any]]:
    """The posts on the ticked platforms as the fields of `post_making.create`.

    `shared` is what all have in common; `untitled` gives the title of one without, from its platform and kind.
    """
    found = [_asked(each, kind, target) for each in chosen(platform)]
    return [{"title": untitled(each["platform"], each["kind"]), **shared, **each} for each in found]


def _asked(platform: str, kind: str, target: str) -> dict[str, Any]:
    sent = request.form
    fields: dict[str, Any] = {"platform": platform, "kind": _kind(platform, kind)}
    text = sent.get(name(platform, "permalink"), "").strip()
    address = permalinks.recognise(text)
    if text:
        fields["permalink"] = pasted.permalink(text, platform, again=bool(sent.get("again")))
    if address is not None and address.kind is not None:
        fields["kind"] = address.kind
    own = profiles.of_platform(services().store, platform)
    if profile := sent.get(name(platform, "profile_id")) or getattr(pasted.profile(own, text), "id", ""):
        fields["profile_id"] = profile
    fields["links"] = wished([{"placement": spot} for spot in sent.getlist(name(platform, "placement"))], target)
    return fields


def wished(spots: Sequence[Mapping[str, str]], target: str) -> list[dict[str, str]] | Invalid:
    """The links to make in the ticked `spots`, or what is wrong with a target that has none."""
    if target and not spots:
        return Invalid.field("placement", _("Tick at least one spot for the link."))
    return [{**spot, **({"target": target} if target else {})} for spot in spots]


def field_of(path: str, platform: str) -> str:
    """The form's field for what `post_making.create` calls `also[0].permalink`; another path as it is."""
    found = _FIELD.fullmatch(path)
    if not found:
        return path
    of_link = _OF_LINK.fullmatch(found[2])
    if of_link and of_link[1] == "target":
        return "target"
    field = "placement" if of_link else found[2]
    return name(chosen(platform)[int(found[1])], field) if field in _OWN else field


def _used(newest: last_used.Newest, platform: str, kind: str, format_: str | None) -> Sequence[str]:
    """The spots of the last post of that kind there, or else of the last one."""
    found = last_used.on_platform(newest, platform, _kind(platform, kind), format_).placements
    return found or last_used.on_platform(newest, platform, None, format_).placements


def _kind(platform: str, kind: str) -> str:
    """The same kind of post there, or what is usual there."""
    return kind if kind in dict(words.kinds(platform)) else placements.default_kind(platform)
