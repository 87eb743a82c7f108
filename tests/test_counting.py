"""How we count, told to everybody: the facts, and the page that shows and tries them."""

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from clicking import CRAWLER, PHONE, PREVIEW, make_config, make_link, make_shipper, roll_up_all, ship_all
from werkzeug.test import TestResponse

from bench import accuracy
from shortlinks import keys, times, web
from shortlinks.clicks import classify, clicks, counting, neighbours, own_taps, selves, visitors
from shortlinks.errors import Invalid
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.rollups import rollups
from shortlinks.store import Store
from shortlinks.web.api import blueprint


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(
        make_config(tmp_path, trusted_proxies=1, click_retention_days=45, repeat_seconds=20), store=store
    )
    yield made
    made.extensions["shortlinks"].follower.stop()


def look(app: APIFlask, query: str | dict[str, str] = "", **headers: str) -> TestResponse:
    return app.test_client().get("/how-we-count", query_string=query, headers={"User-Agent": PHONE} | headers)


def facts(app: APIFlask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/how-we-count.json").get_json()
    return found


class TestExamples:
    def test_every_reason_has_one(self) -> None:
        assert list(classify.EXAMPLES) == list(classify.REASONS)
        assert {name for name, example in classify.EXAMPLES.items() if example.when} == {
            *("expired", "self", "burst", "repeat")
        }

    @pytest.mark.parametrize("reason", list(classify.REASONS))
    def test_it_counts_as_it_is_said_to(self, app: APIFlask, store: Store, tmp_path: Path, reason: str) -> None:
        example = classify.EXAMPLES[reason]
        link = make_link(store, now=times.now())
        if reason == "expired":
            links.update(store, link.slug, {"state": "disabled"}, now=times.now(), own_hosts=frozenset())
        taps = {"burst": 11, "repeat": 2}.get(reason, 1)
        if reason == "self":
            app.extensions["shortlinks"].follower.start()
            now = times.now()
            salt = store.redis.get(keys.salt(times.day_of(now)))
            network = visitors.identify("127.0.0.1", "", salt).split("\t")[1]
            own_taps.add(store, selves.Mark(selves.NETWORK, network, now, now + selves.TEST))
        for _ in range(taps):
            app.test_client().open(f"/{link.slug}", method=example.method, headers=dict(example.headers))
        ship_all(make_shipper(store, tmp_path / "journal"))
        roll_up_all(store)
        counted = rollups.ledger(rollups.totals(store, [link.post_id])[0])
        before = {"burst": {"human": 1, "repeat": 9}, "repeat": {"human": 1}}.get(reason, {"human": 0})
        assert counted == {"hits": taps, "lost": 0} | before | {reason: 1}


class TestFacts:
    def test_reasons_stand_in_order_with_their_meaning(self) -> None:
        found = counting.facts(retention_days=90, limits=neighbours.LIMITS)["reasons"]
        assert [(row["reason"], row["meaning"]) for row in found] == list(classify.REASONS.items())

    def test_they_can_be_sent_as_json(self, app: APIFlask) -> None:
        answer = app.test_client().get("/how-we-count.json")
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        expected = counting.facts(retention_days=45, limits=neighbours.limits(20))
        assert answer.get_json() == json.loads(json.dumps(expected))

    def test_they_hold_what_this_service_was_told(self, app: APIFlask) -> None:
        found = facts(app)
        assert found["retention"]["single_clicks_days"] == 45
        assert found["classifier_version"] == classify.VERSION

    def test_the_lists_are_those_that_decide(self) -> None:
        assert counting.facts(retention_days=90, limits=neighbours.LIMITS)["lists"] == classify.LISTS

    def test_the_accuracy_is_the_one_that_was_measured(self) -> None:
        kinds = counting.facts(retention_days=90, limits=neighbours.LIMITS)["accuracy"]["kinds"]
        assert set(kinds) == set(accuracy.KINDS)
        assert kinds == accuracy.figures(accuracy.sample())

    def test_how_pastes_are_told_is_said_from_what_tells_them(self) -> None:
        told = counting.facts(retention_days=90, limits=neighbours.LIMITS)["pastes"]
        assert all(app in told for app in neighbours.SENDERS_OWN)
        assert f"sooner than {neighbours.PASTE // times.MINUTE} minutes" in told


class TestCheck:
    @pytest.mark.parametrize(
        ("agent", "referrer", "sentence"),
        [
            (PHONE, "https://l.instagram.com/?u=x", "human: Mobile Safari on iOS, a phone, from Instagram."),
            (PHONE, "https://www.blog.example/page", "human: Mobile Safari on iOS, a phone, from blog.example."),
            (PHONE, "", "human: Mobile Safari on iOS, a phone."),
            (PREVIEW, "", "preview: TelegramBot, from Telegram."),
            (CRAWLER, "https://t.co/", "crawler: Googlebot, from X."),
            ("", "", "empty_agent."),
        ],
    )
    def test_it_says_in_a_sentence_how_a_request_counts(self, agent: str, referrer: str, sentence: str) -> None:
        assert counting.check(agent, referrer)["sentence"] == sentence

    def test_it_cuts_an_agent_as_a_clicks_is_cut(self) -> None:
        assert counting.check(PHONE.ljust(clicks.AGENT_LIMIT) + "Googlebot", "")["reason"] == "human"
        assert counting.check(PHONE.ljust(clicks.AGENT_LIMIT - 9) + "Googlebot", "")["reason"] == "crawler"


class TestPage:
    def test_it_shows_every_fact(self, app: APIFlask) -> None:
        text = unescape(look(app).text)
        found = facts(app)
        for row in found["reasons"]:
            assert row["meaning"] in text
            assert all(f"{name}: {value}" in text for name, value in row["example"]["headers"].items())
            assert row["example"]["when"] in text
        for sentence in (*found["visitors"], *found["not_done"], *found["app"], found["countries"], found["pastes"]):
            assert sentence in text
        for name, version in found["lists"].items():
            assert f'{name}</td><td class="n">{version}</td>' in text
        assert f"Tried on {found['accuracy']['date']}" in text
        for kind, row in found["accuracy"]["kinds"].items():
            cells = "".join(f'<td class="n">{row[name]}</td>' for name in ("strings", "human", "right"))
            assert f"<td>{kind.replace('_', ' ')}</td>{cells}" in text
        assert "kept 45 days" in text

    def test_it_needs_no_sign_in_no_script_and_no_cookie(self, app: APIFlask) -> None:
        answer = look(app)
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert app.test_client().get("/how-we-count/").status_code == 200

    @pytest.mark.parametrize(
        ("headers", "sentence"),
        [
            ({}, "human</strong>: Mobile Safari on iOS, a phone."),
            ({"Referer": "https://t.co/x"}, "human</strong>: Mobile Safari on iOS, a phone, from X."),
            ({"X-Forwarded-For": "193.0.0.1"}, "human</strong>: Mobile Safari on iOS, a phone, in NL."),
            ({"Sec-Purpose": "prefetch"}, "prefetch</strong>: Mobile Safari on iOS, a phone."),
            ({"User-Agent": "curl/8.5.0"}, "library</strong>: curl."),
            ({"User-Agent": ""}, "empty agent</strong>."),
        ],
    )
    def test_it_says_how_the_request_for_it_would_count(
        self, app: APIFlask, headers: dict[str, str], sentence: str
    ) -> None:
        yours = look(app, **headers).text.partition('id="yours"')[2].partition("</section>")[0]
        assert sentence in yours

    def test_it_never_shows_the_address(self, app: APIFlask) -> None:
        assert "193.0.0.1" not in look(app, **{"X-Forwarded-For": "193.0.0.1"}).text

    def test_anyone_can_try_an_agent(self, app: APIFlask) -> None:
        text = look(app, {"agent": PREVIEW, "referrer": "https://l.instagram.com/x"}).text
        found = text.partition('role="status"')[2].partition("</section>")[0]
        assert "preview</strong>: TelegramBot, from Telegram, from Instagram." in found
        rows = ("preview", "Telegram", "other", "Other", "TelegramBot", "Instagram")
        assert [part.partition("<")[0] for part in found.split('<td class="any">')[1:]] == list(rows)
        assert f'value="{PREVIEW}"' in text

    def test_an_empty_agent_is_an_answer_and_no_agent_is_a_question(self, app: APIFlask) -> None:
        assert "empty agent</strong>" in look(app, {"agent": ""}).text
        assert 'role="status"' not in look(app).text

    @pytest.mark.parametrize("field", ["agent", "referrer"])
    def test_what_is_asked_comes_back_escaped(self, app: APIFlask, field: str) -> None:
        text = look(app, {"agent": PHONE} | {field: "https://\"><script>alert('1')</script>\x00"}).text
        assert "<script" not in text
        assert "&#34;&gt;&lt;script&gt;" in text

    @pytest.mark.parametrize("query", ["agent=" + "x" * 100_000, "agent=%00%0a%ff", "agent=a&referrer=" + "/" * 90_000])
    def test_the_longest_and_oddest_are_answered(self, app: APIFlask, query: str) -> None:
        assert look(app, query).status_code == 200

    def test_an_address_that_asks_too_often_is_stopped(self, app: APIFlask) -> None:
        app.config["CHECK_RATE"] = "2 per minute"
        assert [look(app, {"agent": "x"}).status_code for _ in range(3)] == [200, 200, 429]
        assert look(app, **{"X-Forwarded-For": "193.0.0.1"}).status_code == 200
        assert app.test_client().get("/how-we-count.json").status_code == 200


class TestItsName:
    @pytest.mark.parametrize("slug", ["how-we-count", "How-We-Count"])
    def test_no_link_can_have_it(self, app: APIFlask, store: Store, slug: str) -> None:
        with app.test_request_context():
            words = blueprint.reserved()
        wish = {"placement": "bio_link", "target": "https://shop.example/", "slug": slug}
        for reserved in (words, links.RESERVED_ALWAYS):
            with pytest.raises(Invalid, match="reserved"):
                posts.create(
                    store,
                    {"platform": "instagram", "title": "A mug", "links": [wish]},
                    now=times.now(),
                    own_hosts=frozenset(),
                    reserved=reserved,
                )

    def test_what_the_addresses_reserve_is_reserved_always(self, app: APIFlask) -> None:
        with app.test_request_context():
            assert blueprint.reserved() == links.RESERVED_ALWAYS

    def test_a_link_that_has_it_from_elsewhere_does_not_hide_the_page(self, app: APIFlask, store: Store) -> None:
        wish = {"placement": "bio_link", "target": "https://shop.example/", "slug": "how-we-count"}
        fields = {"platform": "instagram", "title": "A mug", "links": [wish]}
        posts.create(store, fields, now=times.now(), own_hosts=frozenset(), reserved=frozenset())
        client = app.test_client()
        for path in ("/How-We-Count", "/how-we-count+", "/how-we-count."):
            assert client.get(path).status_code == 404
        assert client.get("/how-we-count").status_code == 200


def test_the_page_is_in_the_browsers_language_and_what_programs_read_is_english(app: APIFlask) -> None:
    client, browser = app.test_client(), {"Accept-Language": "de"}
    page = client.get("/how-we-count", headers=browser).text
    assert "Kein User-Agent. Jeder Browser schickt einen mit." in page
    assert "leerer User-Agent" in page
    facts = client.get("/how-we-count.json", headers=browser).json
    assert facts["not_done"][0] == "No cookie is set on visitors."


def test_the_documentation_names_every_fact() -> None:
    text = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
    paragraph = text.partition("`/how-we-count.json` holds how requests")[2].partition("\n\n")[0]
    named = counting.facts(retention_days=90, limits=neighbours.LIMITS)
    assert [name for name in named if f"`{name}`" not in paragraph] == []
