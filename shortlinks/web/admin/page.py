"""The page of one post: its links, its path from views to clicks, its numbers."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shortlinks import times
from shortlinks.clicks import counting
from shortlinks.experiments import trial_words
from shortlinks.funnels import reports
from shortlinks.funnels.funnel import Funnel, cut_end
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.records import changes
from shortlinks.rollups import rollups
from shortlinks.snapshots import polls, snapshots
from shortlinks.web.admin import (
    charts,
    day_zero,
    forms,
    link_cards,
    local,
    number_sheet,
    post_days,
    sale_cards,
    showing,
    taps,
    words,
)
from shortlinks.web.admin import posts as post_list
from shortlinks.web.dialects import making
from shortlinks.web.services import services
from shortlinks.words import wording
from shortlinks.words.language import N_, _

bp = Blueprint("page", __name__)

_BREAKDOWNS = {
    "app": N_("Apps and networks"),
    "device": N_("Devices"),
    "country": N_("Countries"),
    "referrer": N_("Sites they came from"),
}


@bp.get("/posts/<post_id>")
def show(post_id: str) -> str:
    """The whole page."""
    return render(post_id)


@bp.get("/posts/<post_id>/snapshots")
@bp.get("/posts/<post_id>/archive")
@bp.get("/posts/<post_id>/links")
@bp.get("/posts/<post_id>/links/move")
@bp.get("/posts/<post_id>/shown")
def reloaded(post_id: str) -> BaseResponse:
    """A refused form stands at its own address; who asks for that again means the page that holds the form."""
    return redirect(url_for(".show", post_id=post_id), 303)


@bp.get("/posts/<post_id>/live")
def live(post_id: str) -> Response:
    """What changes while one looks: headline, path, ledger, findings.

    Its tag says what it rests on, and what it looks like. Where the first is still the same, nothing else is read.
    """
    store, now = services().store, _this_minute()
    mark, seen = reports.look(store, post_id, now=now)
    tags = request.if_none_match.as_set(include_weak=True)
    if tag := next((each for each in tags if each.startswith(f"{mark}-")), None):
        return _fragment(tag, None)
    known = reports.known(store, posts.get(store, post_id))
    text = render_template("admin/_live.html", **_live(known, seen, now, local.zone()))
    looks = sha256(text.encode()).hexdigest()[:16]
    same = any(each.endswith(f"-{looks}") for each in tags)
    return _fragment(f"{mark}-{looks}", None if same else text)


def _fragment(tag: str, text: str | None) -> Response:
    """The fragment, or 304 where the browser shows it already."""
    answer = Response(text, 304 if text is None else 200)
    # Strong ones are another for each compression.
    answer.set_etag(tag, weak=True)
    return answer


def _this_minute() -> int:
    """The end of the minute under way, which is the present for all that is asked for again and again: ages stand until then."""
    return cut_end(times.now())


def render(post_id: str, sent: dict[str, forms.Form] | None = None) -> str:
    """The page, with a form that was just refused, by its name: numbers, poll, sale, link, move or `change <slug>`."""
    store, now, tz = services().store, times.now(), local.zone()
    post, token = posts.get_with_token(store, post_id)
    known = reports.known(store, post)
    noted = known.noted
    replaced = snapshots.replaced(noted)
    bios = link_cards.bio_links_elsewhere(post)
    others = posts.find_all(store, _named(known, bios))
    shown = _live(known, changes.seen(store), _this_minute(), tz)
    latest = taps.newest(store, post_id, tz)
    poll = polls.newest(polls.of_post(store, post_id)) if post.kind == "story" else None
    return render_template(
        "admin/post.html",
        tab="posts",
        **shown,
        **number_sheet.shown(post, noted, now=now, tz=tz),
        kind=words.kind(post.platform, post.kind),
        profile=_profile(post),
        shown=showing.fold(post, token),
        instruction=trial_words.instruction(post.experiment.question, post.experiment.arm) if post.experiment else "",
        age=words.age(now - post.published_at),
        published=local.moment(post.published_at, tz),
        links=link_cards.of_post(known, shown["funnel"], others, now, tz),
        forms=sent or {},
        blank=forms.Form,
        base_url=services().config.base_url,
        placement_groups=words.placement_groups(post.platform, permalink=post.permalink),
        moving=link_cards.choices(bios, others),
        post_options=[("", _("This post")), *post_list.choices(but=post.id, platform=_promotable(post))],
        days=post_days.of_post(store, post, noted, now=now, tz=tz, first=request.args.get("days") != "last"),
        breakdowns=[(title, charts.shares(pairs)) for title, pairs in _breakdowns(known) if pairs],
        whole=others.get(post.part_of or ""),
        parts=posts.parts(store, post_id),
        has_stories="story" in dict(words.kinds(post.platform)),
        siblings=[
            (found, placements.platform_label(found.platform)) for name in post.siblings if (found := others.get(name))
        ],
        history=[
            {
                "at": local.moment(row.taken_at, tz),
                "row": row,
                "early": snapshots.is_early(row, post.published_at),
                "used": row.id not in replaced,
            }
            for row in reversed(known.taken)
        ],
        numbers=snapshots.NUMBERS,
        poll=poll,
        poll_at=local.moment(poll.taken_at, tz) if poll else "",
        question=_(polls.QUESTION),
        motives=polls.motives(),
        latest=latest,
        last_param=next((link.click_id_param or "" for link in reversed(known.ever)), ""),
        sales=sale_cards.shown(post_id, known.ever, latest, now=now, tz=tz),
    )


def _promotable(post: posts.Post) -> str | None:
    """On which platform the posts are that a link of this one may promote: any, if a tool made it with a post of its own."""
    return None if post.platform == making.PLATFORM else post.platform


def _profile(post: posts.Post) -> profiles.Profile | None:
    """Which profile the post is on, where its platform has several."""
    own = profiles.of_platform(services().store, post.platform)
    return next((each for each in own if each.id == post.profile_id), None) if len(own) > 1 else None


def _live(known: reports.Known, seen: changes.Changes, now: int, tz: ZoneInfo) -> dict[str, Any]:
    here, post, noted = services(), known.post, known.noted
    held = here.company.of(here.store, post, now=now, seen=seen)
    funnel = reports.of_known(here.store, known, now=now, base_url=here.config.base_url, held=held)
    basis, latest = snapshots.basis(noted), snapshots.latest(noted)
    # The newest of each number, for where the snapshot that counts does not say it.
    newest = {
        name: (count, local.minute(row.taken_at, tz))
        for row in snapshots.effective(noted)
        for name in snapshots.NUMBERS
        if (count := getattr(row, name)) is not None
    }
    return {
        "post": post,
        "funnel": funnel,
        "day_zero": day_zero.of_post(known, funnel, now=now),
        "path": charts.path(funnel, basis.precision if basis else {}),
        "human": funnel.ledger["human"],
        "matched": _matched(funnel),
        "ledger": words.ledger(funnel.ledger),
        "newest": newest,
        "window_ages": [window.title(post.published_at) for window in funnel.windows],
        "noted": local.moment(funnel.snapshot_at, tz) if funnel.snapshot_at is not None else None,
        "noted_since": bool(basis and latest and basis.taken_at < latest.taken_at),
        "noted_age": wording.duration(max(0, now - funnel.snapshot_at)) if funnel.snapshot_at is not None else None,
    }


def _matched(funnel: Funnel) -> str:
    """`9 when you noted 12,400 views`; empty where that is all of them, or none was noted."""
    counts = {step.name: step.count for step in funnel.steps}
    if "views" not in counts or not funnel.clicks_after_snapshot:
        return ""
    views = wording.plural(counts["views"], "view")
    return _("{clicks} when you noted {views}", clicks=counts["clicks"], views=views)


def _named(known: reports.Known, bios: Sequence[links.Link]) -> list[str]:
    """The posts that the page names beside its own. Any of them may have been erased."""
    post = known.post
    names = [*post.siblings, *(link.post_id for link in (*known.ever, *bios)), post.part_of]
    return [name for name in names if name and name != post.id]


def _breakdowns(known: reports.Known) -> list[tuple[str, list[tuple[str, int]]]]:
    """Clicks by people by what they came from, each with its title."""
    store, post_id = services().store, known.post.id
    spots = reports.by_placement(store, post_id, known.ever)
    labelled = [(placements.by_id(key).label if "/" in key else key, count) for key, count in spots]
    return [
        (_("Spots"), labelled),
        *zip(map(_, _BREAKDOWNS.values()), _counted(post_id), strict=True),
    ]


def _counted(post_id: str) -> list[list[tuple[str, int]]]:
    """The breakdowns themselves, with devices as people call them."""
    found = dict(zip(_BREAKDOWNS, rollups.breakdowns(services().store, post_id, list(_BREAKDOWNS)), strict=True))
    found["device"] = [(counting.device(name), count) for name, count in found["device"]]
    return list(found.values())
