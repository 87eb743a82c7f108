"""The whole application over a Redis of its own, for targets that send it requests."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import TestResponse

from shortlinks import times, urls, web
from shortlinks.arrivals import beacon
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.clicks import clicks, journal
from shortlinks.config import Config
from shortlinks.experiments import experiments
from shortlinks.links import links
from shortlinks.owner import signin, tokens
from shortlinks.profiles import profile_snapshots, profiles
from shortlinks.sales import conversions, pixel
from shortlinks.shop_hooks import endpoints
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, webhooks
from tests import hook_cast
from tests.clicking import PHONE, make_post, pour, record, roll_up_all

ORIGIN = "http://go.example"
API = "/api/v1"
TOKEN = "a-token-for-tests-only"
_PASSWORD = "correct horse battery"
_WITHOUT_LIMIT = "1000000 per second"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Site:
    """One creator's service: a post with links that lead somewhere, forward queries, and lead nowhere; clicks and numbers.

    `names` are the ids of what there is, to be put in for `{post}` and the like. `browser` is signed in.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        store.redis.flushall()
        self.store = store
        config = Config(data_dir=folder, secret_key="k" * 32, base_url=ORIGIN, api_token=TOKEN, trusted_proxies=1)
        self.app = web.create_app(config, store=store)
        self.app.config.update(API_RATE=_WITHOUT_LIMIT, SIGN_IN_RATE=_WITHOUT_LIMIT, CHECK_RATE=_WITHOUT_LIMIT)
        self.app.config.update(PIXEL_RATE=_WITHOUT_LIMIT, PIXEL_TOKEN_RATE=_WITHOUT_LIMIT)
        self.app.config.update(HOOK_RATE=_WITHOUT_LIMIT)
        pixel.renew(store)
        beacon.renew(store, now=times.now())
        for system, secret in hook_cast.SECRETS.items():
            endpoints.renew(store, system)
            endpoints.set_secret(store, system, secret)
        self.follower = self.app.extensions["shortlinks"].follower
        self.follower.start()
        self.names = self._fill()
        self.browser = self.app.test_client()
        signin.set_password(store, _PASSWORD)
        self.csrf = self._csrf("/admin/sign-in")
        self.browser.post("/admin/sign-in", data={"password": _PASSWORD, "csrf_token": self.csrf})
        self.csrf = self._csrf("/admin/settings/")
        # Once, so that no check pays for what is made at the first use.
        self.look(self.names["post"])
        store.id()
        self._kept = [(name, store.redis.dump(name)) for name in store.redis.scan_iter()]

    def close(self) -> None:
        """Stop what runs in the background."""
        self.follower.stop()

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Undo afterwards whatever is changed inside the `with` block."""
        try:
            yield
        finally:
            with self.store.redis.pipeline(transaction=True) as pipe:
                pipe.flushall()
                for name, value in self._kept:
                    pipe.restore(name, 0, value, replace=True)
                pipe.execute()
            self.follower.memory.clear("")

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """One request to the API with the token."""
        headers = {"Authorization": f"Bearer {TOKEN}"} | options.pop("headers", {})
        return self.app.test_client().open(f"{API}{path}", method=method, headers=headers, **options)

    def look(self, post_id: str) -> None:
        """Whatever was written, everything that shows it can still be read."""
        for path in (
            "/posts",
            f"/posts/{post_id}",
            "/links",
            "/profiles",
            "/tokens",
            "/webhooks",
            "/experiments",
            *self._of_post(post_id),
        ):
            answer = self.call("GET", path)
            assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text[:500]}"
        hook, hooks = self.names["webhook"], self.call("GET", "/webhooks").get_json()["items"]
        answer = self.call("GET", f"/webhooks/{hook}/deliveries")
        # It may just have been erased.
        assert answer.status_code == (200 if hook in [each["id"] for each in hooks] else 404)
        for path in (
            "/",
            "/settings/",
            "/testing/",
            "/experiments/",
            f"/experiments/{self.names['experiment']}",
            "/posts/new?platform=instagram",
            f"/posts/{post_id}",
            f"/posts/{post_id}/edit",
            "/profiles/",
            f"/profiles/{self.names['profile']}",
            f"/profiles/{self.names['profile']}/page/",
        ):
            page = self.browser.get(f"/admin{path}")
            assert page.status_code == 200, f"GET /admin{path}: {page.status_code}"
        page = bio_pages.get(self.store, self.names["profile"])
        answer = self.app.test_client().get(f"/@{page.name}")
        assert answer.status_code == (200 if page.online else 404)

    def _of_post(self, post_id: str) -> list[str]:
        parts = [f"/posts/{post_id}/{part}" for part in ("funnel", "timeline", "breakdown?by=placement", "snapshots")]
        profile = f"/profiles/{self.names['profile']}"
        return [*parts, f"/clicks?post={post_id}", f"{profile}/snapshots", f"{profile}/funnel"]

    def _fill(self) -> dict[str, str]:
        now = times.now()
        post, (link,) = make_post(self.store, "bio_link", now=now - times.DAY)
        wishes: list[dict[str, Any]] = [
            {"slug": "wide", "forward_query": True, "utm": {"source": "instagram"}, "click_id_param": "slc"},
            {"slug": "off"},
        ]
        for wish in wishes:
            wish |= {"target": "https://shop.example/mug?a=1#top", "placement": "story_link_sticker"}
            links.create(self.store, post.id, wish, now=now, own_hosts=frozenset())
        links.update(self.store, "off", {"state": "disabled"}, now=now, own_hosts=frozenset())
        story, _ = make_post(self.store, now=now - times.HOUR, part_of=post.id, kind="story")
        tried = {"question": "Show it first", "platform": "tiktok", "kind": "video", "per_arm": 8}
        experiment = experiments.create(self.store, tried, now=now)
        sibling, _ = make_post(self.store, now=now, platform="tiktok")
        profile = profiles.get(self.store, post.profile_id)
        profile_snapshots.add(self.store, profile.id, {"followers": "12.4K"}, now=now)
        other, _ = make_post(self.store, "bio_link", now=now - times.HOUR, profile_id=profile.id)
        bio_pages.put(self.store, profile.id, {"name": "ada"}, now=now)
        wanted = {"post_id": post.id}
        _, row = bio_page_rows.add(self.store, profile.id, wanted, now=now, own_hosts=frozenset())
        for number in range(3):
            snapshots.add(self.store, post, {"views": 100 * number, "likes": 9}, now=now - 3 + number)
            pour(
                self.store, [record(post.id, link.slug, now - number * times.HOUR, agent=PHONE, nonce=f"{number:012x}")]
            )
        roll_up_all(self.store)
        click_id = clicks.click_id(link.slug, 0, now, "0" * 12)
        conversions.report(self.store, {"external_id": "1", "kind": "sale", "click_id": click_id}, now=now)
        token, _ = tokens.create(self.store, "spreadsheet", ["read"], now=now)
        where = {"url": "https://shop.example/hook", "events": ["post.clicks"]}
        hook = webhooks.create(self.store, where, address=urls.permalink, now=now)
        names = {
            "channel": "ntfy",
            "system": "gumroad",
            "post": post.id,
            "story": story.id,
            "sibling": sibling.id,
            "other": other.id,
            "row": row.slug,
            "profile": profile.id,
            "shop": "shop.example",
            "week": "2026-W01",
            "experiment": experiment.id,
            "token": token.id,
            "webhook": hook.id,
            "delivery": deliveries.ping(self.store, hook.id, now=now).id,
            "slug": link.slug,
        }
        return names | {
            "pixel": pixel.token(self.store) or "",
            "beacon": beacon.token(self.store) or "",
            "click": click_id,
            "wide": "wide",
            "off": "off",
            "now": times.rfc3339(now),
        }

    def _csrf(self, page: str) -> str:
        found = _CSRF.search(self.browser.get(page).text)
        assert found
        return found[1]

    def filled(self, text: str) -> str:
        """`text` with the ids put in."""
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def recorded(self, since: int) -> list[clicks.Click]:
        """The clicks in this process's journal from the byte `since` on."""
        assert self.follower.journal.path is not None
        with self.follower.journal.path.open("rb") as file:
            found = [line for _, _, line in journal.read(file.fileno(), since)]
        assert None not in found
        return [clicks.parse(line) for line in found if line is not None]


def assert_answered(answer: TestResponse, path: str) -> None:
    """It is an answer and no breakdown; what the API refuses is a problem that names the fields at fault."""
    said = f"{answer.status_code} {answer.headers.get('Content-Type')} {answer.get_data()[:500]!r}"
    assert answer.status_code < 500, said
    assert b"Traceback" not in answer.get_data(), said
    if answer.status_code < 400 or not path.startswith("/api/"):
        return
    assert answer.content_type == "application/problem+json", said
    problem = json.loads(answer.get_data())
    assert problem["status"] == answer.status_code, said
    assert problem["title"], said
    assert problem["detail"], said
    if answer.status_code == 422:
        assert problem["errors"], said
        assert all(error["field"] and error["message"] for error in problem["errors"]), said


def leads_to(answer: TestResponse, path: str) -> str:
    """The path that a redirect of our own pages leads to. Fails when it leads to another site."""
    place = urlsplit(urljoin(f"{ORIGIN}{path}", answer.headers["Location"]))
    assert f"{place.scheme}://{place.netloc}" == ORIGIN, answer.headers["Location"]
    return place.path + (f"?{place.query}" if place.query else "")
