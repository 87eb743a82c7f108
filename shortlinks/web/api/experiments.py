"""`/experiments`: one thing tried on half of the next posts."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from shortlinks import times
from shortlinks.experiments import chances, experiment_records, experiment_reports, experiments, trials
from shortlinks.posts import post_fields
from shortlinks.web.api import conditional, cursors, schemas
from shortlinks.web.api.blueprint import bp, needs
from shortlinks.web.services import services


def shape(experiment: experiment_records.Experiment, now: int) -> dict[str, Any]:
    """An experiment as the API shows it in a list: how far it is, not what it says."""
    arms = [draw.arm for draw in experiment.draws]
    fields = asdict(experiment)
    del fields["draws"]
    return fields | {
        "state": experiment_records.state_at(experiment, now),
        "started_at": times.rfc3339(experiment.started_at),
        "ends_at": times.rfc3339(experiment_records.ends_at(experiment)),
        "ended_at": None if experiment.ended_at is None else times.rfc3339(experiment.ended_at),
        "day": experiment_reports.day(experiment, now),
        "posts": {"yes": arms.count("yes"), "no": arms.count("no")},
        "progress": experiment_reports.progress(experiment, now),
    }


def shape_report(experiment: experiment_records.Experiment, now: int) -> dict[str, Any]:
    """An experiment with what it says."""
    report = experiment_reports.read(services().store, experiment, now=now)
    return shape(experiment, now) | {
        "waiting": list(report.waiting),
        "erased": report.erased,
        "unlinked": report.unlinked,
        "result": None if report.trial is None else _result(report.trial),
        "sentence": report.sentence,
    }


def _result(trial: trials.Trial) -> dict[str, Any]:
    return asdict(trial) | {"yes": _arm(trial.yes), "no": _arm(trial.no)}


def _arm(arm: trials.ArmTotal) -> dict[str, Any]:
    found = arm.estimate
    return {
        "posts": arm.posts,
        "clicks": arm.clicks,
        "views": arm.views,
        "rate": found.rate if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
    }


def _chance(chance: chances.Chance) -> dict[str, Any]:
    return asdict(chance) | {"sentence": chance.sentence}


@bp.post("/experiments")
@needs("write")
@bp.input(schemas.NewExperiment)
@bp.output(schemas.ExperimentReport, status_code=201, headers=schemas.Made)
@bp.doc(responses=[409])
def create_experiment(json_data: schemas.NewExperiment) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Start an experiment

    From now on each new post of this platform and kind gets an arm, yes or no, by chance. One runs at a time there.
    """
    now = times.now()
    experiment = experiments.create(services().store, json_data.model_dump(exclude_unset=True), now=now)
    location = url_for("api.get_experiment", experiment_id=experiment.id)
    conditional.seen(experiments.undrawn(experiment))
    return shape_report(experiment, now), 201, {"Location": location}


@bp.get("/experiments")
@needs("read")
@bp.input(schemas.ListQuery, location="query")
@bp.output(schemas.ExperimentPage)
def list_experiments(query_data: schemas.ListQuery) -> dict[str, Any]:
    """All experiments, newest first

    How far each is; what it says is in the answer for one.
    """
    found, following = experiments.list_(services().store, limit=query_data.limit, cursor=cursors.opened(query_data))
    now = times.now()
    return {
        "items": [shape(experiment, now) for experiment in found],
        "next_cursor": cursors.sealed(query_data, following),
    }


@bp.get("/experiments/power")
@needs("read")
@bp.input(schemas.PowerQuery, location="query")
@bp.output(schemas.ChanceReport)
def get_power(query_data: schemas.PowerQuery) -> dict[str, Any]:
    """How likely an experiment would see a doubling, before it is started

    Views and rate are your own where they are known and not given.
    """
    platform = post_fields.platform(query_data.platform, "platform")
    kind = post_fields.kind(query_data.kind, "kind")
    store, now = services().store, times.now()
    known = experiment_reports.usual(store, now=now)
    counted = known
    if query_data.placement is not None:
        spot = experiments.spot(platform)(query_data.placement, "placement")
        counted = experiment_reports.usual(store, now=now, placement=spot)
    asked = query_data.model_dump(include={"per_arm", "views", "rate"})
    chance = chances.of(counted, platform, kind, **asked)
    return _chance(chance) | {
        "advice": chance.advice,
        "best": [_chance(each) for each in chances.best(known, per_arm=query_data.per_arm)],
    }


@bp.get("/experiments/<experiment_id>")
@needs("read")
@bp.output(schemas.ExperimentReport)
def get_experiment(experiment_id: str) -> dict[str, Any]:
    """One experiment and, once it is over as planned, its result

    `sentence` says in words how it stands, and what is still missing.
    """
    experiment = experiments.get(services().store, experiment_id)
    conditional.seen(experiments.undrawn(experiment))
    return shape_report(experiment, times.now())


@bp.patch("/experiments/<experiment_id>")
@needs("write")
@bp.input(schemas.ExperimentChanges)
@bp.output(schemas.ExperimentReport)
@bp.doc(responses=[409])
def update_experiment(experiment_id: str, json_data: schemas.ExperimentChanges) -> dict[str, Any]:
    """Stop an experiment early: it has no verdict then

    What was drawn stays with the posts. One that has ended by itself cannot be stopped.
    """
    now = times.now()
    changes = json_data.model_dump(exclude_unset=True)
    only_if = conditional.only_if()
    experiment = experiments.update(services().store, experiment_id, changes, now=now, only_if=only_if)
    conditional.seen(experiments.undrawn(experiment))
    return shape_report(experiment, now)
