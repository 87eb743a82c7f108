"""`/healthz`: this process answers. `/readyz`: so does Redis, and clicks are being counted, with figures."""

from typing import Any

import redis
from flask import Blueprint, Response, jsonify

from shortlinks import rollups
from shortlinks.web.services import services

bp = Blueprint("health", __name__)

LATE_SECONDS = 60.0
"""From when on the roll-up counts as late. Clicks are shown within two seconds when all is well."""


@bp.get("/healthz")
def healthz() -> Response:
    """200 as long as the process runs. Asks nobody else."""
    return _answer({"status": "ok"}, 200)


@bp.get("/readyz")
def readyz() -> Response:
    """200 when Redis answers and the roll-up is not late, 503 otherwise."""
    store = services().store
    try:
        lag, counters, warnings = rollups.lag(store), rollups.progress(store), store.warnings()
    except redis.RedisError as error:
        return _answer({"status": "redis does not answer", "redis": type(error).__name__}, 503)
    late = lag["oldest_seconds"] > LATE_SECONDS
    body: dict[str, Any] = {"status": "clicks are counted late" if late else "ok", "redis": "ok", "lag": lag}
    body |= {"counters": counters, "warnings": warnings}
    return _answer(body, 503 if late else 200)


def _answer(body: dict[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
