"""Examples for the OpenAPI document, as the service once answered them: `make examples` writes them down anew."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")


@cache
def read() -> dict[str, Any]:
    """`calls` by operation id, each with `path`, `query`, `body` and `answer` where it has them, and `refusals` by status."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found
