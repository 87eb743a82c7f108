"""`GET /<slug>` by both ways, the Redirector's and Flask's, and the pages beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from clicking import OWN_HOSTS, PHONE, make_config, make_link, make_shipper, own_server, recorded, roll_up_all
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from shortlinks import times, web
from shortlinks.clicks import classify, clicks
from shortlinks.links import links, misses
from shortlinks.posts import posts
from shortlinks.rollups import rollups
from shortlinks.store import Store

HEADERS = {"User-Agent": PHONE}


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


def get(app: APIFlask, path: str, method: str = "GET", **headers: str) -> TestResponse:
    return app.test_client().open(path, method=method, headers=HEADERS | headers)


def link_now(store: Store, **fields: object) -> links.Link:
    return make_link(store, now=times.now(), **fields)


def change(store: Store, app: APIFlask, slug: str, **fields: object) -> None:
    """Change a link and let this process hear of it."""
    links.update(store, slug, fields, now=times.now(), own_hosts=OWN_HOSTS)
    app.extensions["shortlinks"].follower.read_feed()


def shipped(store: Store, tmp_path: Path, post_id: str) -> dict[str, int]:
    """The post's ledger after all that is in the journals was shipped and rolled up."""
    shipper = make_shipper(store, tmp_path / "journal")
    while shipper.step():
        pass
    roll_up_all(store)
    return {reason: n for reason, n in rollups.ledger(rollups.totals(store, [post_id])[0]).items() if n}


class TestFollowing:
    def test_both_ways_and_head_answer_alike(self, store: Store, app: APIFlask) -> None:
        link = link_now(store)
        answers = [get(app, f"/{link.slug}"), get(app, f"/{link.slug}"), get(app, f"/{link.slug}", "HEAD")]
        for answer in answers:
            assert (answer.status_code, answer.data) == (302, b"")
            assert sorted(answer.headers) == [
                ("Cache-Control", "private, no-store"),
                ("Content-Length", "0"),
                ("Location", "https://shop.example/mug"),
            ]

    def test_a_link_in_memory_never_reaches_flask(self, store: Store, app: APIFlask) -> None:
        link = link_now(store)
        get(app, f"/{link.slug}")
        reached: list[str] = []
        app.before_request_funcs.setdefault(None, []).append(lambda: reached.append("flask"))  # type: ignore[arg-type]
        assert get(app, f"/{link.slug}").status_code == 302
        assert reached == []
        assert get(app, f"/{link.slug}", "HEAD").status_code == 302
        assert reached == ["flask"]

    @pytest.mark.parametrize("shape", ["{}", "{}.", "{},", "{}!?", "{})", "{}/", "{}%20", "{}%E2%80%A6"])
    @pytest.mark.parametrize("upper", [False, True])
    def test_a_slug_is_found_as_people_type_it(self, store: Store, app: APIFlask, shape: str, upper: bool) -> None:
        slug = link_now(store, slug="k7m2p").slug
        answer = get(app, "/" + shape.format(slug.upper() if upper else slug))
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://shop.example/mug")

    @pytest.mark.parametrize(
        ("fields", "query", "location"),
        [
            ({}, "a=1", "https://shop.example/mug"),
            ({"forward_query": True}, "a=1&b=%C3%BC", "https://shop.example/mug?a=1&b=%C3%BC"),
            ({"forward_query": True}, "", "https://shop.example/mug"),
            ({"forward_query": True}, "x=%0d%0aSet-Cookie:%20a", "https://shop.example/mug?x=%0d%0aSet-Cookie:%20a"),
            ({"utm": {"source": "instagram"}}, "", "https://shop.example/mug?utm_source=instagram"),
        ],
    )
    def test_both_ways_add_what_the_link_says(
        self, store: Store, app: APIFlask, fields: dict[str, Any], query: str, location: str
    ) -> None:
        path = f"/{link_now(store, **fields).slug}?{query}"
        assert [get(app, path).headers["Location"] for _ in range(2)] == [location] * 2

    def test_the_click_id_in_the_address_is_that_of_the_click(
        self, store: Store, app: APIFlask, tmp_path: Path
    ) -> None:
        path = f"/{link_now(store, click_id_param='cid').slug}"
        sent = [get(app, path).headers["Location"].partition("?cid=")[2] for _ in range(2)]
        assert sent == [clicks.click_id(one.slug, one.rev, one.at, one.nonce) for one in recorded(tmp_path / "journal")]
        assert sent[0] != sent[1]

    def test_an_edit_is_followed_by_both_ways(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = link_now(store)
        get(app, f"/{link.slug}")
        other = link_now(store)
        change(store, app, link.slug, target="https://shop.example/new", post_id=other.post_id)
        assert [get(app, f"/{link.slug}").headers["Location"] for _ in range(2)] == ["https://shop.example/new"] * 2
        found = recorded(tmp_path / "journal")
        assert [(click.post_id, click.rev) for click in found] == [(link.post_id, 0)] + [(other.post_id, 1)] * 2


class TestCounting:
    def test_every_request_has_its_reason_and_hits_are_their_sum(
        self, store: Store, app: APIFlask, tmp_path: Path
    ) -> None:
        link = link_now(store)
        path = f"/{link.slug}"
        for _ in range(3):
            get(app, path)
        get(app, path, "HEAD")
        get(app, path, **{"Sec-Purpose": "prefetch;prerender"})
        get(app, path, **{"Purpose": "prefetch"})
        get(app, path, **{"X-Moz": "prefetch"})
        get(app, path, **{"X-Purpose": "preview"})
        get(app, path, **{"User-Agent": "TelegramBot (like TwitterBot)"})
        get(app, path, **{"User-Agent": ""})
        get(app, f"{path}+")
        get(app, path, "POST")
        assert shipped(store, tmp_path, link.post_id) == {
            "hits": 10,
            **{"human": 1, "repeat": 2, "head": 1, "prefetch": 4, "preview": 1, "empty_agent": 1},
        }

    def test_a_link_that_a_page_loads_by_itself_is_no_tap(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = link_now(store)
        for destination in ("document", "iframe", "image", "empty"):
            get(app, f"/{link.slug}", **{"Sec-Fetch-Dest": destination})
        get(app, f"/{link.slug}", "HEAD", **{"Sec-Fetch-Dest": "empty"})
        assert shipped(store, tmp_path, link.post_id) == {"hits": 5, "human": 1, "repeat": 1, "prefetch": 2, "head": 1}

    def test_of_a_click_id_only_the_name_is_recorded_by_all_ways(
        self, store: Store, app: APIFlask, tmp_path: Path
    ) -> None:
        link = link_now(store)
        path = f"/{link.slug}?utm_source=ig&ScCid=5ecret"
        get(app, path)
        get(app, path)
        get(app, path, **{"Sec-Purpose": "prefetch"})
        change(store, app, link.slug, state="disabled")
        get(app, path)
        found = [click.signals for click in recorded(tmp_path / "journal")]
        assert found == ["sccid", "sccid", "prefetch,sccid", "expired,sccid"]
        assert b"5ecret" not in b"".join(file.read_bytes() for file in (tmp_path / "journal").iterdir())
        assert shipped(store, tmp_path, link.post_id) == {
            "hits": 4,
            "human": 1,
            "repeat": 1,
            "prefetch": 1,
            "expired": 1,
        }
        assert rollups.breakdown(store, link.post_id, "app") == [("Snapchat", 1)]

    @pytest.mark.parametrize("warm", [True, False])
    def test_an_8_kib_agent_is_cut_and_counted(self, store: Store, app: APIFlask, tmp_path: Path, warm: bool) -> None:
        link = link_now(store)
        if warm:
            get(app, f"/{link.slug}")
        assert get(app, f"/{link.slug}", **{"User-Agent": PHONE + "x" * 8_192}).status_code == 302
        assert recorded(tmp_path / "journal")[-1].agent == (PHONE + "x" * 8_192)[: clicks.AGENT_LIMIT]
        assert shipped(store, tmp_path, link.post_id)["human"] == 1 + warm

    @pytest.mark.parametrize("agent", ["\t\x00\x1f<script>", "caf\xe9", "\xf0\x9f\x98\x80" * 200, "a\x85b\xa0c"])
    def test_a_strange_agent_is_one_click(self, store: Store, app: APIFlask, tmp_path: Path, agent: str) -> None:
        link = link_now(store)
        for _ in range(2):
            environ = create_environ(f"/{link.slug}") | {"HTTP_USER_AGENT": agent}
            _, status, _ = run_wsgi_app(app, environ)
            assert status.upper() == "302 FOUND"
        assert shipped(store, tmp_path, link.post_id)["hits"] == 2

    @pytest.mark.parametrize(("proxies", "same"), [(0, True), (1, False)])
    def test_the_forwarded_address_is_believed_only_behind_a_proxy(
        self, store: Store, tmp_path: Path, proxies: int, same: bool
    ) -> None:
        app = web.create_app(make_config(tmp_path, trusted_proxies=proxies), store=store)
        link = link_now(store)
        for address in ("203.0.113.1", "203.0.113.2"):
            get(app, f"/{link.slug}", **{"X-Forwarded-For": address})
        first, second = recorded(tmp_path / "journal")
        assert (first.visitor == second.visitor) is same
        app.extensions["shortlinks"].follower.stop()


class TestLeadingNowhere:
    def test_an_unknown_slug_is_a_404_and_a_miss(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        answers = [get(app, path) for path in ("/Nosuch.", "/nosuch", "/%3Cscript%3E")]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert answers[0].headers["Cache-Control"] == "private, no-store"
        assert get(app, "/nosuch", "HEAD").status_code == 404
        assert misses.of_day(store, times.day_of(times.now())) == {"nosuch": 2, "<script": 1}
        assert "<script" not in answers[2].text
        assert recorded(tmp_path / "journal") == []

    @pytest.mark.parametrize("path", ["/nosuch/", "/no/such", "/api/", "/admin/nosuch"])
    def test_other_addresses_are_404_and_no_miss(self, store: Store, app: APIFlask, path: str) -> None:
        answer = get(app, path)
        assert answer.status_code == 404
        assert answer.is_json is path.startswith("/api/")
        assert misses.of_day(store, times.day_of(times.now())) == {}

    @pytest.mark.parametrize("warm", [True, False])
    def test_an_expired_link_is_410_and_counted_as_expired(
        self, store: Store, app: APIFlask, tmp_path: Path, warm: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = times.now()
        link = link_now(store, expires_at=times.rfc3339(now + times.HOUR))
        if warm:
            get(app, f"/{link.slug}")
        monkeypatch.setattr("shortlinks.times.now", lambda: now + times.HOUR)
        monkeypatch.setattr("shortlinks.web.redirect.time_ns", lambda: (now + times.HOUR) * 1_000_000)
        for method in ("GET", "HEAD"):
            answer = get(app, f"/{link.slug}", method, **{"Sec-Purpose": "prefetch"})
            assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "private, no-store")
            assert "Location" not in answer.headers
        assert shipped(store, tmp_path, link.post_id) == {"hits": 2 + warm, "expired": 2} | (
            {"human": 1} if warm else {}
        )

    def test_a_disabled_link_is_410_and_works_again_when_enabled(
        self, store: Store, app: APIFlask, tmp_path: Path
    ) -> None:
        link = link_now(store)
        get(app, f"/{link.slug}")
        change(store, app, link.slug, state="disabled")
        assert [get(app, f"/{link.slug}").status_code for _ in range(2)] == [410, 410]
        change(store, app, link.slug, state="active")
        assert get(app, f"/{link.slug}").status_code == 302
        assert shipped(store, tmp_path, link.post_id) == {"hits": 4, "human": 1, "repeat": 1, "expired": 2}

    def test_a_purged_posts_link_is_410_and_no_click(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = link_now(store)
        posts.purge(store, link.post_id)
        answer = get(app, f"/{link.slug}")
        assert answer.status_code == 410
        assert "shop.example" not in answer.text
        assert recorded(tmp_path / "journal") == []

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize("warm", [True, False])
    def test_other_methods_are_405(self, store: Store, app: APIFlask, tmp_path: Path, method: str, warm: bool) -> None:
        link = link_now(store)
        if warm:
            get(app, f"/{link.slug}")
        answer = get(app, f"/{link.slug}", method)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= {name.strip() for name in answer.headers["Allow"].split(",")}
        assert len(recorded(tmp_path / "journal")) == warm

    def test_without_redis_a_link_in_memory_works_and_another_is_503(self, tmp_path: Path) -> None:
        with own_server() as server:
            app = web.create_app(make_config(tmp_path), store=server.store)
            known, unknown = link_now(server.store), link_now(server.store)
            get(app, f"/{known.slug}")
            server.kill()
            assert get(app, f"/{known.slug}").status_code == 302
            assert get(app, f"/{known.slug}", "HEAD").status_code == 302
            assert get(app, f"/{known.slug.upper()}.").status_code == 302
            answer = get(app, f"/{unknown.slug}")
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert len(recorded(tmp_path / "journal")) == 4
            app.extensions["shortlinks"].follower.stop()


class TestPreview:
    def test_it_shows_the_target_and_counts_nothing(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = link_now(store, target="https://shop.example/?a=1&b=<b>")
        answer = get(app, f"/{link.slug}+")
        assert answer.status_code == 200
        assert "https://shop.example/?a=1&amp;b=%3Cb%3E" in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert recorded(tmp_path / "journal") == []
        assert get(app, f"/{link.slug.upper()}.+").status_code == 200

    def test_of_a_link_that_leads_nowhere_it_shows_nothing(self, store: Store, app: APIFlask) -> None:
        link = link_now(store)
        assert get(app, "/nosuch+").status_code == 404
        change(store, app, link.slug, state="disabled")
        answer = get(app, f"/{link.slug}+")
        assert answer.status_code == 410
        assert "shop.example" not in answer.text
        assert misses.of_day(store, times.day_of(times.now())) == {}


@pytest.mark.parametrize("path", ["/{}", "/{}+", "/nosuch", "/a/b"])
def test_no_answer_sets_a_cookie_or_a_referrer_policy(store: Store, app: APIFlask, path: str) -> None:
    slug = link_now(store).slug
    for _ in range(2):
        answer = get(app, path.format(slug))
        assert "Set-Cookie" not in answer.headers
        assert "Referrer-Policy" not in answer.headers


def test_every_reason_that_can_be_given_is_one_that_is_defined() -> None:
    assert {"human", "head", "prefetch", "expired", "empty_agent"} <= set(classify.REASONS)
