"""Every metric of the service, and their text for Prometheus. Nothing else makes one.

A reading is a number under a key: the metric's name and its label values. A histogram's readings carry the upper bound of
their bucket (or `SUM`) behind the labels, each click in one bucket only; a summary's carry `COUNT` or `SUM`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client import exposition, metrics_core

Key = tuple[str, ...]

COUNT, SUM = "count", "sum"
HIT, COLD, HEAD, EXPIRED, MISSING, UNAVAILABLE = "hit", "cold", "head", "expired", "missing", "unavailable"
OUTCOMES = (HIT, COLD, HEAD, EXPIRED, MISSING, UNAVAILABLE)
BOUNDS = ("2.5e-05", "5e-05", "0.0001", "0.00025", "0.001", "0.005", "0.025", "0.1", "0.5", "2.5", "+Inf")
"""Upper bounds of the redirect's buckets in seconds: from what the code costs to what a visitor would not wait for."""

_HOST, _SERVICE = "host", "service"


class Metric(NamedTuple):
    """One metric. `of` is whose number it is: the `host`'s that is asked, or the `service`'s, the same on every host."""

    name: str
    kind: str
    of: str
    labels: tuple[str, ...]
    meaning: str


METRICS = (
    Metric("shortlinks_build_info", "gauge", _HOST, ("version",), "always 1; the version is the label"),
    Metric(
        "shortlinks_redirect_seconds",
        "histogram",
        _HOST,
        ("outcome",),
        "time to answer a request for a short link, without sending it: `hit` from memory, `cold` looked up first, `head` "
        "a HEAD request, `expired`, `missing`, `unavailable` when Redis was needed and away",
    ),
    Metric("shortlinks_clicks_recorded_total", "counter", _HOST, (), "clicks written to a journal"),
    Metric("shortlinks_clicks_lost_total", "counter", _HOST, (), "clicks that no journal could take: disk full"),
    Metric("shortlinks_cache_hits_total", "counter", _HOST, (), "links found in a web process's memory"),
    Metric("shortlinks_cache_misses_total", "counter", _HOST, (), "links that had to be looked up"),
    Metric("shortlinks_journals", "gauge", _HOST, (), "journals of this host, those being written included"),
    Metric("shortlinks_journal_bytes", "gauge", _HOST, (), "their size on disk"),
    Metric(
        "shortlinks_journals_aside", "gauge", _HOST, (), "files in `journal/aside`: not shipped, for you to look at"
    ),
    Metric("shortlinks_unshipped_bytes", "gauge", _HOST, (), "what the journals hold that not every shard has yet"),
    Metric(
        "shortlinks_ship_lag_seconds",
        "gauge",
        _HOST,
        (),
        "journal to stream: age of the oldest unshipped click, up to a second too old",
    ),
    Metric("shortlinks_redis_up", "gauge", _HOST, (), "1 when Redis answered this host just now, else 0"),
    Metric("shortlinks_redis_memory_bytes", "gauge", _SERVICE, (), "memory that Redis uses"),
    Metric("shortlinks_redis_memory_limit_bytes", "gauge", _SERVICE, (), "its `maxmemory`; 0 when it has none"),
    Metric("shortlinks_clicks_shipped_total", "counter", _SERVICE, (), "clicks handed over to the streams"),
    Metric("shortlinks_clicks_counted_total", "counter", _SERVICE, (), "clicks rolled up into counts"),
    Metric(
        "shortlinks_clicks_rejected_total", "counter", _SERVICE, (), "lines or counts that the roll-up could not use"
    ),
    Metric("shortlinks_clicks_dropped_total", "counter", _SERVICE, (), "clicks of posts that were erased meanwhile"),
    Metric("shortlinks_lines_garbled_total", "counter", _SERVICE, (), "journal lines with a wrong checksum, set aside"),
    Metric("shortlinks_stream_batches", "gauge", _SERVICE, (), "batches that wait in the streams for their roll-up"),
    Metric("shortlinks_rollup_lag_seconds", "gauge", _SERVICE, (), "stream to counts: how long the oldest batch waits"),
    Metric("shortlinks_misses_today", "gauge", _SERVICE, (), "requests for unknown slugs since midnight UTC"),
    Metric(
        "shortlinks_webhook_attempts_total",
        "counter",
        _SERVICE,
        ("outcome",),
        "attempts to deliver to webhooks: `delivered`, `failed`, and of those the last ones, after which it was `given_up`",
    ),
    Metric("shortlinks_webhook_deliveries_waiting", "gauge", _SERVICE, (), "deliveries to webhooks that wait"),
    Metric(
        "shortlinks_webhooks",
        "gauge",
        _SERVICE,
        ("state",),
        "webhooks: `active`, `off` by the owner, `disabled` because nothing got through",
    ),
    Metric(
        "shortlinks_arrivals_total",
        "counter",
        _SERVICE,
        ("outcome",),
        "arrivals that pages told of: `taken`, or refused as told before (`again`), by `token`, `limit` or `body`, with "
        "`no_click` id, with one of no `click` (also what was taken, and no click came for an hour), too `late`, by a "
        "`link` without ids, with the database `away`, something `broken`",
    ),
    Metric(
        "shortlinks_arrival_days_waiting",
        "gauge",
        _SERVICE,
        (),
        "days of posts whose arrivals wait to be counted, or name clicks that are not rolled up yet",
    ),
    Metric("shortlinks_queue_jobs", "gauge", _SERVICE, ("queue",), "background jobs that wait"),
    Metric("shortlinks_queue_failed_jobs", "gauge", _SERVICE, ("queue",), "failed jobs that RQ still keeps"),
    Metric(
        "shortlinks_job_seconds", "summary", _SERVICE, ("task",), "how long background jobs ran, failed ones included"
    ),
    Metric("shortlinks_jobs_failed_total", "counter", _SERVICE, ("task",), "background jobs that ended in an error"),
)

REDIRECT_SECONDS = "shortlinks_redirect_seconds"
CLICKS_RECORDED: Key = ("shortlinks_clicks_recorded_total",)
CLICKS_LOST: Key = ("shortlinks_clicks_lost_total",)
CACHE_HITS: Key = ("shortlinks_cache_hits_total",)
CACHE_MISSES: Key = ("shortlinks_cache_misses_total",)
SUMMED: tuple[Key, ...] = (
    *((REDIRECT_SECONDS, outcome, bound) for outcome in OUTCOMES for bound in (*BOUNDS, SUM)),
    *(CLICKS_RECORDED, CLICKS_LOST, CACHE_HITS, CACHE_MISSES),
)
"""What each web process sums up for itself (see `sums`)."""


def text(readings: Mapping[Key, float], accept: str = "") -> tuple[bytes, str]:
    """The readings as Prometheus reads them, in the format that an Accept header asks for, and its content type.

    What has no reading is declared without a number. Raises KeyError for a reading of no declared metric.
    """
    encode, content_type = exposition.choose_encoder(accept)
    return encode(_Families(readings)), content_type


class _Families:
    def __init__(self, readings: Mapping[Key, float]) -> None:
        self._of: dict[str, dict[Key, float]] = {metric.name: {} for metric in METRICS}
        for (name, *rest), number in readings.items():
            self._of[name][tuple(rest)] = number

    def collect(self) -> Iterator[metrics_core.Metric]:
        """One family for each metric, in the order they are declared."""
        for metric in METRICS:
            yield _family(metric, self._of[metric.name])


def _family(metric: Metric, rows: Mapping[Key, float]) -> metrics_core.Metric:
    help_ = f"{metric.meaning[0].upper()}{metric.meaning[1:]}."
    match metric.kind:
        case "histogram":
            histogram = metrics_core.HistogramMetricFamily(metric.name, help_, labels=metric.labels)
            for labels in _labels(rows):
                buckets = list(_cumulated(rows[*labels, bound] for bound in BOUNDS))
                histogram.add_metric(labels, list(zip(BOUNDS, buckets, strict=True)), rows[*labels, SUM])
            return histogram
        case "summary":
            summary = metrics_core.SummaryMetricFamily(metric.name, help_, labels=metric.labels)
            for labels in _labels(rows):
                summary.add_metric(labels, int(rows[*labels, COUNT]), rows[*labels, SUM])
            return summary
        case "counter":
            counter = metrics_core.CounterMetricFamily(metric.name, help_, labels=metric.labels)
            for labels, number in rows.items():
                counter.add_metric(labels, number)
            return counter
        case _:
            gauge = metrics_core.GaugeMetricFamily(metric.name, help_, labels=metric.labels)
            for labels, number in rows.items():
                gauge.add_metric(labels, number)
            return gauge


def _labels(rows: Iterable[Key]) -> list[Key]:
    """The label values in keys that end in a bucket, COUNT or SUM, each once."""
    return list(dict.fromkeys(key[:-1] for key in rows))


def _cumulated(numbers: Iterable[float]) -> Iterator[float]:
    total = 0.0
    for number in numbers:
        total += number
        yield total
