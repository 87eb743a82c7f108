"""Who calls in these protocols, and what they often do."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIFlask
from werkzeug.test import TestResponse

from shortlinks.links import links
from shortlinks.owner import signatures
from shortlinks.store import Store
from tests.clicking import PHONE, pour, record, roll_up_all

OWN_TOKEN = "token-of-the-environment"
PROGRAM = "curl/8.5.0"
LONG_TITLE = " The\x07 mug,\n\tglazed  " + "x" * 300
CUT_TITLE = "The mug, glazed " + "x" * 184
"""What a browser add-on takes from a page, and what of it is a post's title: 200 characters."""


@dataclass
class Caller:
    """Somebody with a token, or with none."""

    app: APIFlask
    token_id: str
    secret: str

    @property
    def signature(self) -> str:
        """What YOURLS's clients send in the token's place."""
        return signatures.of_token(self.token_id, "k" * 32)

    def shlink(self, method: str, path: str, version: str = "/v3", **options: Any) -> TestResponse:
        """A call of Shlink's API, v3 unless it is told another."""
        return self._call(method, f"/rest{version}{path}", "X-Api-Key", **options)

    def kutt(self, method: str, path: str, **options: Any) -> TestResponse:
        """A call of Kutt's API v2."""
        return self._call(method, f"/api/v2{path}", "X-API-KEY", **options)

    def yourls(self, action: str = "", format_: str = "json", **sent: str) -> TestResponse:
        """A call of YOURLS's API, as a form and by signature."""
        own = {"action": action, "format": format_, "signature": self.signature}
        return self.app.test_client().post("/yourls-api.php", data=own | sent)

    def shorten(self, target: str = "https://shop.example/mug", **fields: Any) -> dict[str, Any]:
        """A short URL made by Shlink's API."""
        answer = self.shlink("POST", "/short-urls", json={"longUrl": target, **fields})
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.get_json()
        return made

    def _call(self, method: str, path: str, header: str, **options: Any) -> TestResponse:
        headers = {header: self.secret} if self.secret else {}
        return self.app.test_client().open(path, method=method, headers=headers | options.pop("headers", {}), **options)


def click(store: Store, slug: str, at: int, *, people: int = 0, programs: int = 0, origin: str = "") -> None:
    """Clicks on a link a second apart, by people first, counted."""
    link = links.get(store, slug)
    agents = [PHONE] * people + [PROGRAM] * programs
    pour(
        store,
        [
            record(link.post_id, slug, at + 1_000 * number, rev=link.rev, agent=agent, origin=origin)
            for number, agent in enumerate(agents)
        ],
    )
    roll_up_all(store)


def assert_refused(answer: TestResponse, status: int, kind: str, **fields: Any) -> None:
    """It is a problem of Shlink's with this type, and these fields."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["type"] == f"https://shlink.io/api/error/{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert {name: body[name] for name in fields} == fields
