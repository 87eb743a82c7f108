"""The experiments: which run, what one could try, how likely that finds something, and what the finished ones say."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.experiments import (
    chances,
    experiment_records,
    experiment_reports,
    experiments,
    trial_power,
    trial_words,
    trials,
)
from shortlinks.funnels import outcomes
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.web.admin import charts, forms, local, once, words
from shortlinks.web.services import services
from shortlinks.words.language import N_, _

bp = Blueprint("experiments", __name__, url_prefix="/experiments")

_PAGE = 30
_FIELDS = ("question", "place", "placement", "per_arm", "days")
_BETTER = 3
IDEAS = (
    (N_("Say the address in the first 3 seconds"), N_("Most viewers are gone before the end.")),
    (N_("Show the word to type on screen"), N_("Where nobody can tap a link, people can only type what they read.")),
    (N_("Ask for the visit in the caption"), N_("People rarely do what nobody asks them to.")),
    (N_("Put the link sticker early in the story"), N_("Each further picture loses viewers.")),
    (N_("Leave out asking for likes"), N_("A like can feel like support enough.")),
    (N_("Name a deadline"), N_("“Until Sunday” leaves less to come back for later.")),
)
"""(what to do, why it may work). Each is an order to oneself, so that YES and NO are clear on every post."""


@bp.get("/")
def index() -> str:
    """All of them, and ideas for the next."""
    now = times.now()
    found, following = experiments.list_(services().store, limit=_PAGE, cursor=request.args.get("cursor"))
    return render_template(
        "admin/experiments.html",
        tab="posts",
        cards=[(each, _where(each), experiment_records.state_at(each, now), _told(each, now)) for each in found],
        ideas=[(_(question), _(why)) for question, why in IDEAS],
        older=url_for(".index", cursor=following) if following else None,
    )


def _told(experiment: experiment_records.Experiment, now: int) -> str:
    """How far it is, or in short what it says."""
    match experiment_records.state_at(experiment, now):
        case "running":
            return experiment_reports.progress(experiment, now)
        case "stopped":
            return _("Stopped early: no verdict.")
    trial = experiment_reports.read(services().store, experiment, now=now).trial
    return trial_words.short(trial) if trial else _("The views of some of its posts are missing still.")


@bp.get("/new")
def new() -> str | tuple[str, int]:
    """What to try, on which posts; then, before it is started, how likely it finds anything."""
    if "place" not in request.args:
        return _form(forms.Form("experiment", request.args))
    asked = MultiDict(request.args)
    # Another platform has other spots: then all links count until one of its own is chosen.
    if asked.get("placement") not in dict(_spots(asked["place"])):
        asked["placement"] = ""
    try:
        planned = experiments.plan(_asked(asked), now=times.now())
    except Invalid as error:
        return _form(_failed(asked, error)), 422
    # An address may say "reel": the form offers our own words.
    asked["place"] = f"{planned.platform}/{planned.kind}"
    return _form(forms.Form("experiment", asked), chance=_chance(planned))


@bp.post("/new")
@once.once
def start() -> Response | str | tuple[str, int]:
    """Start it."""
    sent = request.form
    try:
        experiment = experiments.create(services().store, _asked(sent), now=times.now())
    except (Invalid, Conflict) as error:
        return _form(_failed(sent, error)), 422
    flash(_("It has begun. On each new {post}, chance says whether to do it.", post=_posts(experiment)))
    return redirect(url_for(".show", experiment_id=experiment.id), 303)


@bp.get("/<experiment_id>")
def show(experiment_id: str) -> str:
    """One experiment: how far it is, or what it says."""
    store, now, tz = services().store, times.now(), local.zone()
    experiment = experiments.get(store, experiment_id)
    report = experiment_reports.read(store, experiment, now=now)
    there = posts.find_all(store, (draw.post_id for draw in experiment.draws if draw.post_id))
    return render_template(
        "admin/experiment.html",
        tab="posts",
        experiment=experiment,
        report=report,
        where=_where(experiment),
        began=local.moment(experiment.started_at, tz),
        ends=local.moment(experiment_records.ends_at(experiment), tz),
        arms=_arms(report.trial),
        enough=_(outcomes.ENOUGH),
        drawn=[
            (draw.arm, post, post.id in report.waiting)
            for draw in experiment.draws
            if (post := there.get(draw.post_id or ""))
        ],
    )


@bp.get("/<experiment_id>/stop")
def reloaded(experiment_id: str) -> Response:
    """The button's address, asked for again, means the page that holds it."""
    return redirect(url_for(".show", experiment_id=experiment_id), 303)


@bp.post("/<experiment_id>/stop")
def stop(experiment_id: str) -> Response:
    """Stop it early, for good."""
    try:
        experiments.update(services().store, experiment_id, {"state": experiment_records.STOPPED}, now=times.now())
        flash(_("It is stopped. New posts are told nothing any more."))
    except Conflict:
        flash(_("It has ended meanwhile."))
    return redirect(url_for(".show", experiment_id=experiment_id), 303)


def _form(form: forms.Form, *, chance: chances.Chance | None = None) -> str:
    known = experiment_reports.usual(services().store, now=times.now())
    own = [(each.platform, each.kind) for each in known]
    spots = _spots(form.value("place"))
    every = [(platform, kind) for platform, _ in words.platforms() for kind, _ in words.kinds(platform)]
    better = [each for each in chances.best(known) if chance and each.power > chance.power][:_BETTER] if chance else []
    return render_template(
        "admin/experiment_new.html",
        tab="posts",
        form=form,
        places=[
            (f"{platform}/{kind}", f"{placements.platform_label(platform)}: {words.kind(platform, kind)}")
            for platform, kind in dict.fromkeys([*own, *every])
        ],
        spots=spots,
        spot=dict(spots).get(spot, "") if (spot := form.value("placement")) else "",
        per_arm=chances.PER_ARM,
        days=experiments.USUAL_DAYS,
        fewest=experiments.FEWEST_PER_ARM,
        most=trial_power.MOST_PER_ARM,
        chance=chance,
        advice=chance.advice if chance else "",
        better=better,
    )


def _asked(sent: MultiDict[str, str]) -> dict[str, Any]:
    """The form as the fields of `experiments.create`."""
    platform, _slash, kind = sent.get("place", "").partition("/")
    given = {name: sent.get(name, "").strip() or None for name in ("question", "placement", "per_arm", "days")}
    return {"platform": platform, "kind": kind, **given}


def _failed(sent: MultiDict[str, str], error: Invalid | Conflict) -> forms.Form:
    form = forms.failed("experiment", sent, error, _FIELDS)
    errors = {_SHOWN_AS.get(name, name): text for name, text in form.errors.items()}
    if isinstance(error, Conflict):
        errors["place"] = _("This kind of post {error}. One at a time.", error=error.message)
    return forms.Form(form.name, form.values, errors)


_SHOWN_AS = {"platform": "place", "kind": "place"}


def _chance(planned: experiment_records.Experiment) -> chances.Chance:
    known = experiment_reports.usual(services().store, now=times.now(), placement=planned.placement)
    return chances.of(known, planned.platform, planned.kind, per_arm=planned.per_arm)


def _spots(place: str) -> list[tuple[str, str]]:
    """(id, label) of the placements whose clicks alone may count, after all of them together; none for no platform."""
    platform = place.partition("/")[0]
    if platform not in placements.platforms():
        return []
    rows = [row for row in placements.of_platform(platform) if not row.dead and row.audience != "outside"]
    return [("", _("All links of a post")), *((row.id, row.label) for row in rows)]


def _arms(trial: trials.Trial | None) -> list[tuple[str, trials.ArmTotal, charts.Span | None]]:
    """(label, numbers, range) of both arms; without a view there is no range."""
    if trial is None:
        return []
    pairs = ((_("With it"), trial.yes), (_("Without"), trial.no))
    ranges = [(found.low, found.rate, found.high) for _label, arm in pairs if (found := arm.estimate)]
    drawn = iter(charts.spans(ranges))
    return [(label, arm, next(drawn) if arm.estimate else None) for label, arm in pairs]


def _where(experiment: experiment_records.Experiment) -> str:
    platform = placements.platform_label(experiment.platform)
    where = f"{platform}: {words.kind(experiment.platform, experiment.kind)}"
    if experiment.placement is None:
        return where
    return _("{posts}, {spot} only", posts=where, spot=placements.by_id(experiment.placement).label)


def _posts(experiment: experiment_records.Experiment) -> str:
    return trial_words.posts(1, experiment.platform, experiment.kind)
