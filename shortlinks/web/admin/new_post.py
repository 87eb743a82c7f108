"""The form of a new post: its platform first, then the rest, with the endings of links that people type."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.experiments import experiments
from shortlinks.links import link_warnings, link_words, links
from shortlinks.owner import set_up
from shortlinks.placements import placements
from shortlinks.posts import last_used, post_making
from shortlinks.profiles import profiles
from shortlinks.web.admin import also, forms, local, offered, once, pasted, words
from shortlinks.web.admin import posts as post_list
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import _

bp = Blueprint("new_post", __name__)

_FIELDS = (
    *("platform", "profile_id", "kind", "target", "title", "placement"),
    *("permalink", "published_at", "tags", "part_of", "coupon", "click_id_param"),
)
_PROPOSED = 4
_SLUG_OF_LINK = re.compile(r"links\[(\d+)\]\.slug")


@bp.route("/posts/new", methods=["GET", "POST"])
@once.once
def make() -> Response | str | tuple[str, int]:
    """Make a post: first its platform, then the rest."""
    platform = request.args.get("platform", "")
    if platform not in placements.platforms():
        return pasted.start()
    tz = local.zone()
    if request.method == "GET":
        newest = last_used.read(services().store)
        return _form(platform, offered.form(platform, newest), tz, newest=newest)
    if "propose" in request.form:
        return _with_proposals(platform, tz)
    if "spots" in request.form or also.unshown(platform):
        return _form(platform, forms.Form("new", request.form), tz)
    here, now = services(), times.now()
    try:
        made = post_making.create(
            here.store, _asked(platform, tz, now), now=now, own_hosts=here.config.own_hosts, reserved=reserved()
        )
    except (Invalid, Conflict) as error:
        fields = (*_FIELDS, *also.fields(platform))
        return _form(platform, forms.failed("new", request.form, _at_fields(error, platform), fields), tz), 422
    flash(_said(len(made), sum(len(hung) for _post, hung in made)))
    return redirect(url_for("admin.page.show", post_id=made[0][0].id), 303)


def _said(many: int, hung: int) -> str:
    """What was made: `The post is made, with 2 links.`"""
    with_links = wording.plural(hung, "link")
    if many == 1:
        return _("The post is made, with {links}.", links=with_links) if hung else _("The post is made.")
    if not hung:
        return _("{count} posts are made, each of them the same elsewhere.", count=many)
    return _("{count} posts are made, each of them the same elsewhere, with {links}.", count=many, links=with_links)


def _asked(platform: str, tz: ZoneInfo, now: int) -> list[dict[str, Any]]:
    """The form as the fields of `post_making.create`, each an Invalid where the form knows that it is bad."""
    sent = request.form
    shared: dict[str, Any] = {**forms.given(sent, "title"), "tags": forms.parts(sent.get("tags", ""))}
    if text := sent.get("published_at", "").strip():
        shared["published_at"] = local.asked(text, tz, "published_at")
    if sent.get("decline"):
        shared["experiment"] = False
    published_at = shared.get("published_at")
    day = local.day(published_at if isinstance(published_at, int) else now, tz)

    def untitled(on: str, kind: str) -> str:
        platform, called = placements.platform_label(on), words.kind(on, kind)
        return _("{platform} {kind}, {day}", platform=platform, kind=called, day=day)

    fields: dict[str, Any] = {"platform": platform, **forms.given(sent, "kind", "profile_id", "part_of")}
    if text := sent.get("permalink", "").strip():
        fields["permalink"] = pasted.permalink(text, platform, again=bool(sent.get("again")))
    target = sent.get("target", "").strip()
    spots = [{"placement": spot, **_ending(spot)} for spot in sent.getlist("placement")]
    fields["links"] = _coupon_needs_link(spots) or also.wished(_with_coupon(spots, platform), target)
    kind = sent.get("kind", "")
    asked = [
        {"title": untitled(platform, kind), **shared, **fields},
        *also.asked(platform, kind, shared, target, untitled),
    ]
    return [each | {"links": _with_click_ids(each["links"])} for each in asked]


def _coupon_needs_link(spots: list[dict[str, str]]) -> Invalid | None:
    if request.form.get("coupon", "").strip() and not spots:
        return Invalid.field("coupon", _("needs a link: tick where it hangs"))
    return None


def _with_coupon(spots: list[dict[str, str]], platform: str) -> list[dict[str, str]]:
    """The links with the coupon code, if one was typed, at the first that people type, or else at the first."""
    code = request.form.get("coupon", "").strip()
    typed = {row.id for row in placements.of_platform(platform) if row.typed}
    bearer = next((each for each in spots if each["placement"] in typed), spots[0] if spots else None)
    return [{**each, "coupon": code} if code and each is bearer else each for each in spots]


def _with_click_ids(wished: Any) -> Any:
    """The links, which may be an Invalid, each with the parameter for its click ids, if that was ticked."""
    name = request.form.get("click_id_param", "").strip()
    return [{**each, "click_id_param": name} for each in wished] if name and isinstance(wished, list) else wished


def _ending(placement: str) -> dict[str, str]:
    """The slug that was typed for the link in a placement, if one was."""
    text = request.form.get(_field_of(placement), "").strip()
    return {"slug": text} if text else {}


def _field_of(placement: str) -> str:
    return f"ending-{placement.rpartition('/')[2]}"


def _at_fields(error: Invalid | Conflict, platform: str) -> Invalid:
    """The error by the names of the form's fields: a link's slug is at the one in which it was typed."""
    ticked = request.form.getlist("placement")
    return Invalid(
        [
            (
                _field_of(ticked[int(slug[1])])
                if (slug := _SLUG_OF_LINK.fullmatch(path))
                else also.field_of(path, platform),
                message,
            )
            for path, message in error.errors
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


def _form(
    platform: str,
    form: forms.Form,
    tz: ZoneInfo,
    *,
    newest: last_used.Newest | None = None,
    proposed: list[str] | None = None,
) -> str:
    """The form of a new post; `proposed` are words for endings of links, None where nobody asked for any."""
    store = services().store
    newest = last_used.read(store) if newest is None else newest
    part_of, permalink = form.value("part_of"), form.value("permalink")
    warnings = [message for _code, message in link_warnings.of_platform(store, platform)]
    own = profiles.of_platform(store, platform)
    kind = form.value("kind", placements.default_kind(platform))
    return render_template(
        "admin/new.html",
        tab="new",
        form=form,
        platform=platform,
        platform_label=placements.platform_label(platform),
        profiles=[(each.id, f"@{each.handle}") for each in own] if len(own) > 1 else [],
        kinds=words.kinds(platform, present=kind),
        kind=kind,
        told="" if form.error("permalink") else pasted.told(permalink),
        twin=pasted.twin(permalink) if permalink and not form.value("again") else None,
        targets=last_used.targets(newest) or [*filter(None, [set_up.shop(store)])],
        ready=[placements.by_id(each).label for each in form.all("placement")] if request.method == "GET" else [],
        groups=words.placement_groups(platform, permalink=permalink, typing=bool(warnings) or proposed is not None),
        also=also.offers(platform, kind, form, newest),
        also_waits=[placements.platform_label(each) for each in also.unshown(platform)],
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
        part_of_options=[("", _("No")), *post_list.choices(whole=True, present=part_of)],
        zone=str(tz),
        details_open=any(form.value(name) for name in ("published_at", "tags", "part_of", "coupon")),
    )
