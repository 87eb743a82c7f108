"""`/healthz`: this process answers. `/readyz`: so does Redis, and clicks are being counted. `/metrics`: every figure.

`/metrics` tells how much goes on here, so it wants a token like the API: loopback would be no proof, because that is where a
reverse proxy on the same machine comes from.
"""

from typing import Any

import redis
from apiflask import APIBlueprint
from flask import Response, jsonify, request

from shortlinks import times
from shortlinks.rollups import rollups
from shortlinks.running import metrics, watch
from shortlinks.web import auth
from shortlinks.web.services import services

bp = APIBlueprint("health", __name__, enable_openapi=False)


@bp.get("/healthz")
def healthz() -> Response:
    """200 as long as the process runs, with what time it is by its clock. Asks nobody else."""
    return _answer({"status": "ok", "time": times.rfc3339(times.now())}, 200)


@bp.get("/readyz")
def readyz() -> Response:
    """200 when Redis answers and neither hand-over of clicks is late, 503 otherwise."""
    store, folder = services().store, services().follower.journal.folder
    try:
        waiting = watch.unshipped(store, folder, now=times.now())
        lag, counters, warnings = rollups.lag(store), rollups.progress(store), store.warnings()
    except redis.RedisError as error:
        return _answer({"status": "redis does not answer", "redis": type(error).__name__}, 503)
    status = "ok"
    if lag["oldest_seconds"] > watch.LATE_SECONDS:
        status = "clicks are counted late"
    elif waiting.oldest_seconds > watch.LATE_SECONDS:
        status = "clicks are shipped late"
    lag |= {"unshipped_bytes": waiting.bytes, "unshipped_seconds": waiting.oldest_seconds}
    body: dict[str, Any] = {"status": status, "redis": "ok", "lag": lag, "counters": counters, "warnings": warnings}
    return _answer(body, 200 if status == "ok" else 503)


@bp.get("/metrics")
@auth.needs(bp, "read", "admin")
def prometheus() -> Response:
    """Every metric, to a token with scope `read` or `admin`. 200 also while Redis is away."""
    here = services()
    here.follower.keep_sums()
    folder, sums = here.follower.journal.folder, here.follower.sums
    found = watch.readings(here.store, here.queue_store, folder, sums, now=times.now())
    body, content_type = metrics.text(found, request.headers.get("Accept", ""))
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _answer(body: dict[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
