"""The API's calls, carried out in this process, without a socket: the same checks, shapes and sentences as by HTTP."""

import secrets
from dataclasses import replace
from typing import Any

from shortlinks.command_line.statuses import Refused
from shortlinks.config import Config
from shortlinks.store import Store
from shortlinks.web import create_app


class Api:
    """The calls on one store. Its token is drawn for this process and may do all; its rate is counted here alone."""

    def __init__(self, config: Config, store: Store) -> None:
        token = secrets.token_urlsafe(32)
        # Without a Redis of its own, limits are counted in memory.
        self.app = create_app(replace(config, redis_url=None, api_token=token), store=store)
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None, accept: str = ""
    ) -> Any:
        """The answer to a call (`path` begins behind /api/v1), None for one without a body. Raises Refused."""
        headers = self._headers | ({"Accept": accept} if accept else {})
        with self.app.test_client() as client:
            answer = client.open(f"/api/v1{path}", method=method, query_string=query, json=body, headers=headers)
            if answer.status_code >= 400:
                raise Refused(answer.get_json())
            return answer.get_json() if answer.is_json else answer.get_data(as_text=True) or None
