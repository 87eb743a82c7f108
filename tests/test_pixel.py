"""`/c/<token>`: what a shop's thank-you page tells of an order, and that the page never breaks by it."""

import io
import json
import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from clicking import make_config, make_link
from werkzeug.test import TestResponse

from shortlinks import keys, times, web
from shortlinks import store as stores
from shortlinks.clicks import clicks
from shortlinks.links import links, misses
from shortlinks.posts import posts
from shortlinks.running import logs
from shortlinks.sales import conversions, pixel
from shortlinks.store import Store

ORIGIN = "https://shop.example"
GIF = b"GIF89a\x01\x00\x01\x00"


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    pixel.renew(store)
    yield made
    made.extensions["shortlinks"].follower.stop()


@pytest.fixture
def link(store: Store) -> links.Link:
    return make_link(store, now=times.now() - times.HOUR, coupon="MUG10")


def click_id(link: links.Link, nonce: str = "0" * 12) -> str:
    return clicks.click_id(link.slug, 0, times.now() - times.MINUTE, nonce)


def get(app: APIFlask, store: Store, **told: Any) -> TestResponse:
    return app.test_client().get(f"/c/{pixel.token(store)}.gif", query_string=told)


def post(app: APIFlask, store: Store, data: Any, kind: str | None = None, origin: str = ORIGIN) -> TestResponse:
    return app.test_client().post(f"/c/{pixel.token(store)}", data=data, content_type=kind, headers={"Origin": origin})


def told(store: Store) -> list[conversions.Conversion]:
    """What was taken from the pixel, in the order in which it came."""
    (post_id,) = (post.id for post in posts.list_(store, limit=9)[0])
    return [each for each in conversions.beside(store, post_id) if not each.verified]


def refusals(store: Store) -> dict[str, int]:
    return dict(pixel.outcomes(store, days=1, now=times.now())[1])


def is_a_gif(answer: TestResponse) -> None:
    assert (answer.status_code, answer.mimetype, answer.data[:10]) == (200, "image/gif", GIF)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_an_order_is_taken_once_and_stands_apart(app: APIFlask, store: Store, link: links.Link) -> None:
    sale = {"order": "1001", "sl": click_id(link), "amount": "12.50", "currency": "eur", "coupon": "SUMMER"}
    for _ in range(2):
        answer = get(app, store, **sale)
        is_a_gif(answer)
        assert answer.headers["Conversion"] == "taken"
    (found,) = told(store)
    assert (found.external_id, found.kind, found.source, found.slug) == ("1001", "sale", "pixel", link.slug)
    assert (found.amount_minor, found.currency, found.coupon) == (1_250, "EUR", "SUMMER")
    assert conversions.numbers(store, [link.post_id]) == [0]
    assert pixel.outcomes(store, days=1, now=times.now()) == (2, [])


def test_without_an_order_number_a_click_tells_of_one_order(app: APIFlask, store: Store, link: links.Link) -> None:
    first, second = click_id(link), click_id(link, "1" * 12)
    for each in (first, first, first.replace(".", "_").upper(), second):
        assert get(app, store, sl=each).headers["Conversion"] == "taken"
    assert [each.external_id for each in told(store)] == [first, second]


def test_a_link_is_named_by_slug_or_coupon_too_and_empty_parameters_say_nothing(
    app: APIFlask, store: Store, link: links.Link
) -> None:
    for order, named in enumerate([{"slug": link.slug.upper()}, {"coupon": "mug10"}]):
        empty = {"sl": "", "amount": "", "currency": "EUR", "kind": " ", "cachebuster": "5"}
        assert get(app, store, order=order, **empty | named).headers["Conversion"] == "taken"
    assert get(app, store, order=2, slug=link.slug, minor="500", currency="JPY", kind="sign-up")
    assert [(each.slug, each.kind, each.amount_minor) for each in told(store)] == [
        (link.slug, "sale", None),
        (link.slug, "sale", None),
        (link.slug, "sign-up", 500),
    ]


NONE = "0" * 5
REFUSED = {
    "no_order": {"slug": NONE, "amount": "5", "currency": "EUR"},
    "no_link": {"order": "1"},
    "order": {"order": "x" * 201, "slug": NONE},
    "click": {"order": "1", "sl": "nothing"},
    "slug": {"order": "1", "slug": NONE},
    "coupon": {"order": "1", "coupon": "SUMMER"},
    "amount": {"order": "1", "slug": "{slug}", "amount": "1.234", "currency": "EUR"},
    "no_currency": {"order": "1", "slug": "{slug}", "amount": "5"},
    "currency": {"order": "1", "slug": "{slug}", "amount": "5", "currency": "XXX"},
    "kind": {"order": "1", "slug": "{slug}", "kind": "1+1"},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_wrong_is_told_in_a_header_and_counted(
    app: APIFlask, store: Store, link: links.Link, reason: str
) -> None:
    sent = {name: text.replace("{slug}", link.slug) for name, text in REFUSED[reason].items()}
    answer = get(app, store, **sent)
    is_a_gif(answer)
    assert answer.headers["Conversion"] == f'refused; reason="{pixel.REASONS[reason]}"'
    assert post(app, store, sent).status_code == 204
    assert refusals(store) == {reason: 2}
    assert told(store) == []


@pytest.mark.parametrize("wrong", [{"minor": "-5"}, {"minor": "5", "amount": "5"}, {"minor": "5.5"}, {"minor": "²"}])
def test_minor_units_are_whole_and_the_only_amount(
    app: APIFlask, store: Store, link: links.Link, wrong: dict[str, str]
) -> None:
    get(app, store, order="1", slug=link.slug, currency="EUR", **wrong)
    assert refusals(store) == {"amount": 1}


def test_an_order_that_is_told_otherwise_is_refused_unless_a_verified_source_told_it(
    app: APIFlask, store: Store, link: links.Link
) -> None:
    sale = {"order": "1001", "slug": link.slug, "amount": "5", "currency": "EUR"}
    get(app, store, **sale)
    assert get(app, store, **sale | {"amount": "6"}).headers["Conversion"].startswith("refused")
    assert refusals(store) == {"differs": 1}
    known = {"external_id": "1001", "kind": "sale", "coupon": "MUG10", "amount_minor": 700, "currency": "EUR"}
    conversions.report(store, known, now=times.now(), source="shopify")
    assert get(app, store, **sale).headers["Conversion"] == "taken"
    (kept,) = conversions.of_post(store, link.post_id)
    assert (kept.amount_minor, kept.source) == (700, "shopify")
    assert told(store) == []


def test_beacons_come_as_forms_and_as_json_of_either_type(app: APIFlask, store: Store, link: links.Link) -> None:
    def sale(order: Any) -> dict[str, Any]:
        return {"order": order, "slug": link.slug, "amount": 12.5, "currency": "EUR", "coupon": None, "items": [1]}

    sent = [
        ({"order": "urlencoded", "slug": link.slug}, None),
        ({"order": "multipart", "slug": link.slug}, "multipart/form-data"),
        (json.dumps(sale("text")), "text/plain;charset=UTF-8"),
        (json.dumps(sale(1001)), "application/json"),
    ]
    for data, kind in sent:
        answer = post(app, store, data, kind)
        assert (answer.status_code, answer.data, answer.headers["Conversion"]) == (204, b"", "taken")
        assert not {"Set-Cookie", "Content-Type"} & set(answer.headers.keys())
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert [each.external_id for each in told(store)] == ["urlencoded", "multipart", "text", "1001"]
    assert [each.amount_minor for each in told(store)] == [None, None, 1_250, 1_250]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        *(
            (b"[1]", "text/plain"),
            (b'"a"', "application/json"),
            (b"{", "application/json"),
            (b"\xff\xfe", "text/plain"),
        ),
        *((b'{"order": [1]}', "text/plain"), (b'{"order": true}', "text/plain"), (b"[" * 9_000, "text/plain")),
        *((b'{"order": "\\ud800"}', "text/plain"), (b"<a/>", "application/xml"), (b"x", "multipart/form-data")),
        *((b"x" * (1 << 20) + b"x", "text/plain"), (b"--x", "multipart/form-data; boundary=x")),
    ],
)
def test_no_body_breaks_the_page(app: APIFlask, store: Store, link: links.Link, body: bytes, kind: str) -> None:
    assert post(app, store, body, kind).status_code == 204
    assert sum(refusals(store).values()) == 1
    assert told(store) == []


def test_a_browser_may_ask_first(app: APIFlask, store: Store) -> None:
    asked = {
        "Origin": "null",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = app.test_client().options(f"/c/{pixel.token(store)}", headers=asked)
    assert (answer.status_code, answer.data) == (204, b"")
    assert {name: text for name, text in answer.headers.items() if name.startswith("Access-Control")} == {
        "Access-Control-Allow-Origin": "null",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Expose-Headers": "Conversion",
        "Access-Control-Max-Age": "86400",
    }
    assert "Origin" in answer.headers["Vary"]
    assert pixel.outcomes(store, days=1, now=times.now()) == (0, [])


def test_looking_is_no_report(app: APIFlask, store: Store, link: links.Link) -> None:
    path = f"/c/{pixel.token(store)}.gif?order=1&slug={link.slug}"
    assert app.test_client().head(path).status_code == 200
    assert told(store) == []


def test_only_the_present_token_is_known(app: APIFlask, store: Store, link: links.Link) -> None:
    old = pixel.token(store)
    pixel.renew(store)
    query = f"order=1&slug={link.slug}"
    for token in (old, "x", "%00", "é", "a" * 5_000):
        is_a_gif(app.test_client().get(f"/c/{token}.gif?{query}"))
    pixel.stop(store)
    is_a_gif(app.test_client().get(f"/c/None.gif?{query}"))
    is_a_gif(app.test_client().get(f"/c/.gif?{query}"))
    assert refusals(store) == {"token": 7}
    assert told(store) == []
    assert misses.latest(store, days=1, now=times.now()) == []
    assert links.free(store, ["c"]) == []  # no link stands in its way


def test_a_query_that_is_no_text_breaks_nothing(app: APIFlask, store: Store, link: links.Link) -> None:
    raw = {"QUERY_STRING": f"order=\xff%ff&slug={link.slug}&%00"}
    is_a_gif(app.test_client().get(f"/c/{pixel.token(store)}.gif", environ_overrides=raw))
    assert refusals(store) == {"body": 1}


@pytest.mark.parametrize("limit", ["PIXEL_RATE", "PIXEL_TOKEN_RATE"])
def test_too_many_are_answered_all_the_same(app: APIFlask, store: Store, link: links.Link, limit: str) -> None:
    app.config[limit] = "2 per minute"
    answers = [get(app, store, order=order, slug=link.slug) for order in range(4)]
    for answer in answers:
        is_a_gif(answer)
    assert len(told(store)) == 2
    assert refusals(store) == {"limit": 2}
    assert "too many at once" in answers[3].headers["Conversion"]


def test_who_has_no_token_takes_nothing_from_those_who_have(app: APIFlask, store: Store, link: links.Link) -> None:
    app.config["PIXEL_TOKEN_RATE"] = "2 per minute"
    for _ in range(4):
        app.test_client().get("/c/wrong.gif")
    assert get(app, store, order=1, slug=link.slug).headers["Conversion"] == "taken"


def test_while_redis_is_away_reports_are_counted_later(
    app: APIFlask, store: Store, link: links.Link, tmp_path: Path
) -> None:
    path = f"/c/{pixel.token(store)}.gif?order=1&slug={link.slug}"
    there, away = store.redis, stores.open_store(f"unix://{tmp_path}/nobody.sock").redis
    store.redis = away
    for _ in range(2):
        answer = app.test_client().get(path)
        is_a_gif(answer)
        assert "the database was away" in answer.headers["Conversion"]
    store.redis = there
    assert refusals(store) == {}
    is_a_gif(app.test_client().get(path))
    assert pixel.outcomes(store, days=1, now=times.now()) == (len(told(store)), [("away", 2)]) == (1, [("away", 2)])


def test_what_breaks_here_is_logged_without_the_order_and_hidden_from_the_page(
    app: APIFlask, store: Store, link: links.Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logs.formatter("json"))
    monkeypatch.setattr(app.logger, "handlers", [handler])
    store.redis.set(keys.conversion("1001"), "garbage")
    is_a_gif(get(app, store, order="1001", slug=link.slug))
    assert refusals(store) == {"broken": 1}
    assert "JSONDecodeError" in said.getvalue()
    assert "1001" not in said.getvalue()


@pytest.mark.parametrize("form", logs.FORMS)
def test_a_log_line_that_names_a_report_leaves_out_what_it_told(form: str) -> None:
    line = '10.0.0.1 "GET /c/AbC_-9.gif?order=1001&sl=bio.0 HTTP/1.1" 200'
    record = logging.LogRecord("proxy", logging.INFO, "", 0, line, (), None)
    written = logs.formatter(form).format(record)
    assert "/c/AbC_-9.gif?… HTTP/1.1" in written
    assert "1001" not in written
    assert "bio.0" not in written


def test_counts_are_by_day_and_forgotten_after_thirty(fake: Store, now: int) -> None:
    owed: pixel.Owed = deque()
    for days_ago, outcome in ((0, "currency"), (6, "currency"), (6, pixel.TAKEN), (7, "amount"), (0, "slug")):
        pixel.count(fake, outcome, owed, now=now - days_ago * times.DAY)
    assert pixel.outcomes(fake, days=7, now=now) == (1, [("currency", 2), ("slug", 1)])
    assert 29 * 86_400 < fake.redis.ttl(keys.pixel(times.day_of(now))) <= 30 * 86_400
