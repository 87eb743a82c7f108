"""docs/operations.md and docs/grafana.json hold true: their commands are run, their queries ask for what there is."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service import Service, Visit, Visitors, on_linux
from test_docs import OPERATIONS, ROOT, section

from shortlinks.rollups import rollups
from shortlinks.running import watch
from shortlinks.running.metrics import METRICS

DASHBOARD = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))
SERIES = {
    series
    for metric in METRICS
    for series in {
        "histogram": (f"{metric.name}_bucket", f"{metric.name}_sum", f"{metric.name}_count"),
        "summary": (f"{metric.name}_sum", f"{metric.name}_count"),
    }.get(metric.kind, (metric.name,))
}
LABELS = {label for metric in METRICS for label in metric.labels} | {"job", "instance", "le"}


def blocks(title: str, language: str) -> list[str]:
    """The fenced blocks of a section."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section(title, OPERATIONS), re.MULTILINE | re.DOTALL)


def asked_for(query: str) -> set[str]:
    return set(re.findall(r"\bshortlinks_\w+", query))


def queries() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def alerts() -> list[str]:
    (rules,) = blocks("Alerts worth having", "yaml")
    found = re.findall(r"^ +expr: (.+)$", rules, re.MULTILINE)
    assert len(found) == rules.count("- alert: ")
    return found


@pytest.mark.parametrize("query", [*alerts(), *queries()])
def test_queries_ask_for_series_and_labels_that_there_are(query: str) -> None:
    assert asked_for(query) <= SERIES
    assert set(re.findall(r'(\w+)="', query)) <= LABELS
    assert query.count("(") == query.count(")")


def test_the_dashboard_shows_every_metric() -> None:
    shown = set().union(*map(asked_for, queries()))
    assert [metric.name for metric in METRICS if not any(series.startswith(metric.name) for series in shown)] == []


def test_the_dashboard_asks_the_prometheus_that_is_chosen_in_it() -> None:
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "job"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        for part in [panel, *panel["targets"]] if panel["type"] != "row" else []:
            assert part["datasource"]["uid"] == "${datasource}"


def test_labels_are_none_that_prometheus_sets_itself() -> None:
    assert not {label for metric in METRICS for label in metric.labels} & {"job", "instance"}


def test_alerts_and_readyz_call_the_same_lag_late() -> None:
    for name in ("shortlinks_ship_lag_seconds", "max(shortlinks_rollup_lag_seconds)"):
        assert f"{name} > {watch.LATE_SECONDS:g}" in alerts()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as prepared:
        yield prepared


def run(block: str, service: Service) -> str:
    """What a block of commands prints, run where its `data` folder is that of the service."""
    environment = service.folder / ".venv"
    if not environment.exists():
        environment.symlink_to(sys.prefix)
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", block],
        cwd=service.folder,
        # `data` is where it is by default, and the same key as in the service's own environment.
        env=os.environ | {"PYTHONPATH": str(ROOT), "SECRET_KEY": "only-for-tests-" * 3},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_a_backup_is_made_drilled_and_restored_by_the_commands_in_the_documentation(service: Service) -> None:
    drill, restore = blocks("Backup and restore drill", "sh")
    service.supervise()
    posts = service.new_posts(3)
    another = {"placement": "bio_link", "target": "https://shop.example/bio"}
    assert service.call("POST", f"/api/v1/posts/{next(iter(posts.values()))}/links", another)[0] == 201
    with Visitors(service.port, [[Visit(slug) for slug in posts] * 20] * 2) as visitors:
        visitors.join()
    assert visitors.others == []
    service.settle()
    before: dict[str, Any] = {post: service.call("GET", f"/api/v1/posts/{post}/funnel") for post in posts.values()}
    assert all(funnel["ledger"]["hits"] == 40 for _, funnel in before.values())

    assert "The backup is good." in run(drill, service)
    assert not (service.folder / "drill").exists()

    # Clicks after the backup, some still in a journal, do not come back with it, nor on top of it.
    with service.halted("ship"):
        assert service.call("GET", f"/{next(iter(posts))}")[0] == 302
    assert service.terminate("all") == 0
    run(restore, service)
    assert (service.folder / "data.broken" / "journal").is_dir()
    service.supervise()
    after = {post: service.call("GET", f"/api/v1/posts/{post}/funnel") for post in posts.values()}
    assert [funnel["ledger"] for _, funnel in after.values()] == [funnel["ledger"] for _, funnel in before.values()]


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_the_drill_sees_that_a_backup_is_damaged(service: Service) -> None:
    drill, _ = blocks("Backup and restore drill", "sh")
    service.supervise()
    service.new_posts(2)
    damage = 'sed -i \'/"kind":"link"/d\' backup.ndjson\n'
    damaged = drill.replace("  unset ", f"  {damage}  unset ", 1)
    assert damaged != drill
    with pytest.raises(AssertionError, match="shortlinks: "):
        run(damaged, service)
    assert [path.name for path in service.folder.glob("drill*")] == []


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_a_new_gunicorn_takes_over_and_no_visitor_notices(service: Service) -> None:
    service.start("web", "rollup")
    posts = service.new_posts(5)
    (old,) = service.pids("web")
    with Visitors(service.port, [[Visit(slug) for slug in posts]] * 4, forever=True, pause=0.005) as visitors:
        gone = service.pids("web worker")
        (ship,) = service.pids("ship")
        os.kill(old, signal.SIGUSR2)
        service.until(
            lambda: service.processes(),
            "the new one has its workers",
            lambda found: list(found.values()).count("other") == 2,
        )
        os.kill(old, signal.SIGTERM)
        service.ended("web")
        service.until(lambda: service.pids("web worker"), "its workers serve", lambda pids: not {*gone} & {*pids})
        service.until(service.shipping, "one ship process is at work")
        assert service.pids("ship") != [ship]
        before = visitors.laps_since()
        service.until(lambda: visitors.laps_since(before), "visitors go on", lambda more: min(more) > 5)
    assert visitors.others == []
    service.settle()
    hits = sum(rollups.hits(total) for total in rollups.totals(service.store, list(posts.values())))
    assert 0 <= hits - visitors.received.total() <= visitors.cut.total()
