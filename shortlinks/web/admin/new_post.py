"""The form of a new post: its platform first, then the rest, with the endings of links that people type."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks import (
    experiments,
    link_warnings,
    link_words,
    links,
    placements,
    posts,
    profiles,
    times,
    wording,
)
from shortlinks.errors import Conflict, Invalid
from shortlinks.web.admin import forms, local, words
from shortlinks.web.admin import posts as post_list
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services

bp = Blueprint("new_post", __name__)

_FIELDS = (
    *("platform", "profile_id", "kind", "target", "title", "placement"),
    *("permalink", "published_at", "tags", "part_of"),
)
_PROPOSED = 4
_SLUG_OF_LINK = re.compile(r"links\[(\d+)\]\.slug")


@bp.route("/posts/new", methods=["GET", "POST"])
def make() -> Response | str | tuple[str, int]:
    """Make a post: first its platform, then the rest."""
    platform = request.args.get("platform", "")
    if platform not in placements.platforms():
        return render_template(
            "admin/platform.html", tab="new", platforms=words.platforms(), part_of=request.args.get("part_of")
        )
    tz = local.zone()
    if request.method == "GET":
        return _form(platform, forms.Form("new"), tz)
    if "propose" in request.form:
        return _with_proposals(platform, tz)
    here, now = services(), times.now()
    try:
        fields = _asked(platform, tz, now)
        post, hung = posts.create(here.store, fields, now=now, own_hosts=here.config.own_hosts, reserved=reserved())
    except (Invalid, Conflict) as error:
        return _form(platform, forms.failed("new", request.form, _at_endings(error), _FIELDS), tz), 422
    flash(f"The post is made, with {wording.plural(len(hung), 'link')}." if hung else "The post is made.")
    return redirect(url_for("admin.page.show", post_id=post.id), 303)


def _asked(platform: str, tz: ZoneInfo, now: int) -> dict[str, Any]:
    """The new post's form as the fields of `posts.create`, each an Invalid where the form knows that it is bad."""
    sent = request.form
    fields: dict[str, Any] = {
        "platform": platform,
        **forms.given(sent, "kind", "profile_id", "title", "permalink", "part_of"),
    }
    if text := sent.get("published_at", "").strip():
        fields["published_at"] = local.asked(text, tz, "published_at")
    fields["tags"] = forms.parts(sent.get("tags", ""))
    if sent.get("decline"):
        fields["experiment"] = False
    if "title" not in fields:
        kind = words.kind(platform, sent.get("kind", ""))
        label = placements.platform_label(platform)
        published_at = fields.get("published_at")
        day = local.day(published_at if isinstance(published_at, int) else now, tz)
        fields["title"] = f"{label} {kind}, {day}"
    target, ticked = sent.get("target", "").strip(), sent.getlist("placement")
    fields["links"] = [
        {"placement": name, **({"target": target} if target else {}), **_ending(name)} for name in ticked
    ]
    if target and not ticked:
        fields["links"] = Invalid.field("placement", "Tick at least one spot for the link.")
    return fields


def _ending(placement: str) -> dict[str, str]:
    """The slug that was typed for the link in a placement, if one was."""
    text = request.form.get(_field_of(placement), "").strip()
    return {"slug": text} if text else {}


def _field_of(placement: str) -> str:
    return f"ending-{placement.rpartition('/')[2]}"


def _at_endings(error: Invalid | Conflict) -> Invalid:
    """The error with what is wrong with a link's slug at the field in which that was typed."""
    ticked = request.form.getlist("placement")
    found = error.errors if isinstance(error, Invalid) else [(error.field, error.message)]
    return Invalid(
        [
            (_field_of(ticked[int(slug[1])]) if (slug := _SLUG_OF_LINK.fullmatch(path)) else path, message)
            for path, message in found
        ]
    )


def _with_proposals(platform: str, tz: ZoneInfo) -> str:
    """The form as it was sent, with words that are free in the endings that were left empty; nothing is made."""
    sent = MultiDict(request.form)
    candidates = link_words.proposed(sent.get("title", ""), sent.get("target", ""))
    free = links.free(services().store, candidates, reserved=reserved())
    ticked = [row for row in placements.of_platform(platform) if row.typed and row.id in sent.getlist("placement")]
    typed = {sent.get(_field_of(row.id), "").strip().lower() for row in ticked}
    proposed = [word for word in free if word not in typed][:_PROPOSED]
    empty = [_field_of(row.id) for row in ticked if not sent.get(_field_of(row.id), "").strip()]
    for name, word in zip(empty, proposed, strict=False):
        sent[name] = word
    return _form(platform, forms.Form("new", sent), tz, proposed=proposed)


def _form(platform: str, form: forms.Form, tz: ZoneInfo, *, proposed: list[str] | None = None) -> str:
    """The form of a new post; `proposed` are words for endings of links, None where nobody asked for any."""
    store, part_of = services().store, request.args.get("part_of", "")
    warnings = [message for _, message in link_warnings.of_platform(store, platform)]
    own = profiles.of_platform(store, platform)
    return render_template(
        "admin/new.html",
        tab="new",
        form=form,
        platform=platform,
        platform_label=placements.platform_label(platform),
        profiles=[(each.id, f"@{each.handle}") for each in own] if len(own) > 1 else [],
        kinds=words.kinds(platform),
        kind="story" if part_of and "story" in dict(words.kinds(platform)) else placements.default_kind(platform),
        groups=words.placement_groups(platform, typing=bool(warnings) or proposed is not None),
        endings={
            "base": f"{services().config.base_url.partition('://')[2]}/",
            "proposed": proposed,
            "action": url_for(".make", platform=platform),
        },
        running=[
            (
                each,
                words.kind(platform, each.kind),
                placements.by_id(each.placement).label if each.placement else "",
            )
            for each in experiments.running(store, now=times.now())
            if each.platform == platform
        ],
        warnings=warnings,
        part_of=part_of,
        part_of_options=[("", "No"), *post_list.choices(whole=True, present=part_of)],
        zone=str(tz),
        details_open=bool(
            part_of or any(form.value(name) for name in ("permalink", "published_at", "tags", "part_of"))
        ),
    )
