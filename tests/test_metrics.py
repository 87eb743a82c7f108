"""Every metric: declared in one place, described in the documentation, told by a running service."""

import ast
import os
import re
import signal
from pathlib import Path

import pytest
from prometheus_client import parser
from service import Service, Visit, Visitors, on_linux
from test_layers import CORE, WEB, WORKER, name_of, roots

from shortlinks.running import metrics
from shortlinks.running.metrics import METRICS

ROOT = Path(__file__).parent.parent
NAMES = {metric.name for metric in METRICS}


def samples(text: str) -> dict[tuple[str, ...], float]:
    """What Prometheus reads: value by name and label values."""
    return {
        (sample.name, *(value for name, value in sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_are_made_in_one_file_only() -> None:
    everything = [*CORE, *WEB, *WORKER]
    assert [name_of(path) for path in everything if "prometheus_client" in roots(path)] == [
        "shortlinks/running/metrics.py"
    ]


def test_every_name_that_is_spelled_is_declared() -> None:
    for path in [*CORE, *WEB, *WORKER]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("shortlinks_"):
                # The one name that is put together ends in an underscore here.
                assert any(name.startswith(node.value) for name in NAMES), f"{name_of(path)}: {node.value}"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: str(metric.name))
def test_names_follow_the_rules_of_prometheus(metric: metrics.Metric) -> None:
    """https://prometheus.io/docs/practices/naming/"""
    assert re.fullmatch(r"shortlinks(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.kind in ("counter", "gauge", "histogram", "summary")
    assert metric.of in ("host", "service")
    assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)(_|$)", metric.name)


def test_what_is_summed_is_declared() -> None:
    assert {name for name, *_ in metrics.SUMMED} <= NAMES


def test_a_histogram_is_told_cumulated_with_its_sum_and_count() -> None:
    readings = dict.fromkeys(metrics.SUMMED, 0.0)
    readings[metrics.REDIRECT_SECONDS, "hit", "2.5e-05"] = 3
    readings[metrics.REDIRECT_SECONDS, "hit", "0.001"] = 2
    readings[metrics.REDIRECT_SECONDS, "hit", "+Inf"] = 1
    readings[metrics.REDIRECT_SECONDS, "hit", metrics.SUM] = 4.5
    found = samples(metrics.text(readings)[0].decode())
    buckets = [found["shortlinks_redirect_seconds_bucket", bound, "hit"] for bound in metrics.BOUNDS]
    assert buckets == [3, 3, 3, 3, 5, 5, 5, 5, 5, 5, 6]
    assert found["shortlinks_redirect_seconds_count", "hit"] == 6
    assert found["shortlinks_redirect_seconds_sum", "hit"] == 4.5
    assert found["shortlinks_redirect_seconds_count", "missing"] == 0


def test_a_reading_of_nothing_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        metrics.text({("shortlinks_rumours_total",): 1})


def test_what_has_no_reading_is_declared_all_the_same() -> None:
    text = metrics.text({})[0].decode()
    assert set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_both_formats_of_prometheus_are_spoken(accept: str) -> None:
    body, content_type = metrics.text({("shortlinks_redis_up",): 1}, accept)
    assert content_type.startswith("application/openmetrics-text" if accept else "text/plain; version=")
    assert b"shortlinks_redis_up 1.0" in body
    assert body.endswith(b"# EOF\n") == bool(accept)


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_a_running_service_tells_every_metric_and_no_sum_goes_back(tmp_path: Path) -> None:
    """Two web processes with a thread of visitors each, one of them killed, all of them replaced."""
    with Service(tmp_path) as service:
        service.start("web", "rollup")
        (slug,) = service.new_posts(1)

        def told() -> dict[tuple[str, ...], float]:
            status, text = service.call("GET", "/metrics")
            assert status == 200, text
            return samples(text)

        def answered(found: dict[tuple[str, ...], float]) -> float:
            return sum(found["shortlinks_redirect_seconds_count", outcome] for outcome in ("hit", "cold"))

        def visited() -> int:
            with Visitors(service.port, [[Visit(slug)] * 50] * 4) as visitors:
                visitors.join()
            assert not visitors.others
            return visitors.received.total()

        first = visited()
        service.settle()
        service.until(lambda: answered(told()), "every redirect is told", lambda count: count == first)
        before = told()
        assert before["shortlinks_clicks_recorded_total",] == before["shortlinks_clicks_counted_total",] == first
        assert before["shortlinks_job_seconds_count", "roll_up"] > 0
        assert {
            name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name, *_ in before
        } == NAMES

        service.kill("web worker")
        service.until(lambda: service.pids("web worker"), "it is replaced", lambda pids: len(pids) == 2)
        assert answered(told()) == first
        old = set(service.pids("web worker"))
        os.kill(service.pids("web")[0], signal.SIGHUP)
        service.until(
            lambda: set(service.pids("web worker")),
            "all are replaced",
            lambda pids: len(pids) == 2 and not pids & old,
        )
        second = visited()
        service.until(lambda: answered(told()), "the new ones go on from there", lambda count: count == first + second)

        service.kill("redis")
        away = told()
        assert away["shortlinks_redis_up",] == 0
        assert answered(away) == first + second
