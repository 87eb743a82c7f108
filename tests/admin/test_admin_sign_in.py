"""Signing in and out, and what a browser without a session gets."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from admin_cast import PASSWORD, Browser, config, wrong
from apiflask import APIFlask

from shortlinks import web
from shortlinks.links.links import Link
from shortlinks.owner import settings, signin
from shortlinks.posts.posts import Post
from shortlinks.store import Store
from shortlinks.web import limits
from shortlinks.web.admin import session

ROOT = Path(__file__).parent.parent.parent


def _admin_rules(app: APIFlask, method: str) -> list[str]:
    closed = (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin."))
    return [
        re.sub(r"<(?:any\((\w+)[^)]*\):)?[a-z_]+>", lambda part: part[1] or "x", rule.rule)
        for rule in closed
        if method in (rule.methods or ()) and rule.endpoint not in session.OPEN
    ]


def test_the_first_sign_in_takes_the_printed_code_and_sets_the_password(app: APIFlask, store: Store) -> None:
    code = signin.first_code(store)
    browser = Browser(app)
    assert browser.get("/admin/sign-in").headers["Location"] == "/admin/first"
    answer = browser.send("/admin/first", {"code": code, "password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/set-up/")
    assert browser.get("/admin/").status_code == 200
    assert Browser(app).sign_in().headers["Location"] == "/admin/"
    assert Browser(app).get("/admin/first").headers["Location"] == "/admin/sign-in"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"code": "nnnn-nnnn-nnnn-nnnn"}, "One-time code is not the one that was printed."),
        ({"again": "something else"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "New password must have at least 10 characters."),
    ],
)
def test_a_first_sign_in_that_is_not_right_sets_nothing(
    app: APIFlask, store: Store, fields: dict[str, str], message: str
) -> None:
    code = signin.first_code(store)
    answer = Browser(app).send("/admin/first", {"code": code, "password": PASSWORD, "again": PASSWORD} | fields)
    assert answer.status_code == 422
    assert wrong(answer) == [message]
    assert PASSWORD not in answer.text
    assert settings.password_hash(store) is None


def test_every_page_sends_a_stranger_to_the_sign_in(app: APIFlask, stranger: Browser) -> None:
    paths = _admin_rules(app, "GET")
    assert len(paths) > 6
    for path in paths:
        answer = stranger.get(path)
        if path.endswith("/live"):
            assert answer.status_code == 401
        else:
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/sign-in?next={path}"), path


def test_every_form_of_a_stranger_is_refused(app: APIFlask, stranger: Browser) -> None:
    paths = _admin_rules(app, "POST")
    assert len(paths) > 8
    for path in paths:
        answer = stranger.send(path, {"password": PASSWORD}, seen="/admin/sign-in")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sign-in"), path


def test_what_was_typed_is_shown_again_after_a_session_that_ended_meanwhile(
    app: APIFlask, owner: Browser, reel: tuple[Post, Link]
) -> None:
    page = f"/admin/posts/{reel[0].id}"
    form = {"csrf_token": owner.token(page), "views": "12.4K", "likes": "<931", "notes": "n" * 500, "post_id": "secret"}
    other = Browser(app)
    other.sign_in()
    other.send("/admin/sign-out", seen="/admin/settings/")
    for referrer, following in ((f"http://localhost{page}", page), ("http://localhost//evil.example/admin/", None)):
        answer = owner.client.post(f"{page}/snapshots", data=form, headers={"Referer": referrer})
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert (answer.status_code, asked.get("next")) == (303, [following] if following else None)
    assert "12.4K" not in owner.get("/admin/sign-in").text
    owner.sign_in()
    shown = owner.get("/admin/").text
    assert "You were signed out, so this was not saved: views 12.4K; likes &lt;931; nnn" in shown
    assert "secret" not in shown
    assert "You were signed out" not in owner.get("/admin/").text


def test_every_form_without_its_token_is_refused(app: APIFlask, owner: Browser) -> None:
    for path in [*_admin_rules(app, "POST"), "/admin/sign-in", "/admin/first"]:
        answer = owner.client.post(path, data={"password": PASSWORD})
        assert answer.status_code == 400, path
        assert "This form is out of date" in answer.text


def test_a_wrong_password_is_refused(stranger: Browser) -> None:
    answer = stranger.sign_in("wrong")
    assert answer.status_code == 422
    assert wrong(answer) == ["That password is wrong."]
    assert stranger.get("/admin/").status_code == 303


def test_the_eleventh_try_within_five_minutes_is_refused_even_with_the_right_password(stranger: Browser) -> None:
    for _ in range(10):
        assert stranger.sign_in("wrong").status_code == 422
    answer = stranger.sign_in()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 301
    assert "Wait a little" in answer.text
    assert stranger.get("/admin/").status_code == 303


def test_tries_from_one_address_do_not_lock_out_another(app: APIFlask, stranger: Browser) -> None:
    for _ in range(11):
        stranger.sign_in("wrong")
    elsewhere = Browser(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert elsewhere.sign_in().status_code == 303


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:1:2:3:4:5:6", "nonsense", ""])
def test_a_rate_limit_does_not_remember_the_address(app: APIFlask, address: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        key = limits.address()
    assert len(key) > 20
    assert not address or address not in key


def test_one_household_of_ipv6_counts_as_one_address(app: APIFlask) -> None:
    def key(address: str) -> str:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return limits.address()

    assert key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9") != key("2001:db8:1:3::1")


def test_signing_in_drops_what_the_session_held_before(stranger: Browser) -> None:
    token = stranger.token("/admin/sign-in")
    with stranger.client.session_transaction() as held:
        held["planted"] = "by somebody else"
    stranger.client.post("/admin/sign-in", data={"csrf_token": token, "password": PASSWORD})
    with stranger.client.session_transaction() as held:
        assert "planted" not in held
        assert held.get("csrf_token") is None
    assert stranger.get("/admin/").status_code == 200


def test_signing_out_takes_a_form_and_ends_the_session(owner: Browser) -> None:
    assert owner.get("/admin/sign-out").status_code == 405
    assert owner.send("/admin/sign-out", seen="/admin/settings/").headers["Location"] == "/admin/sign-in"
    assert owner.get("/admin/").status_code == 303


def test_signing_out_ends_the_session_of_a_copied_cookie_and_of_every_other_browser(
    app: APIFlask, owner: Browser
) -> None:
    cookie, phone = owner.client.get_cookie("shortlinks"), Browser(app)
    assert cookie
    phone.sign_in()
    assert "Sign out, here and everywhere" in owner.get("/admin/settings/").text
    owner.send("/admin/sign-out", seen="/admin/settings/")
    thief = Browser(app)
    thief.client.set_cookie("shortlinks", cookie.value)
    for browser in (thief, phone, owner):
        assert browser.get("/admin/").status_code == 303
    assert owner.sign_in().status_code == 303
    assert owner.get("/admin/").status_code == 200
    assert thief.get("/admin/").status_code == 303


def test_a_poll_under_way_does_not_bring_a_session_back(owner: Browser, reel: tuple[object, object]) -> None:
    owner.get("/admin/")
    assert "Set-Cookie" not in owner.get(f"/admin/posts/{reel[0].id}/live").headers  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("asked", "following"),
    [
        ("/admin/settings/", "/admin/settings/"),
        ("/admin/posts/new?platform=tiktok", "/admin/posts/new?platform=tiktok"),
        ("https://evil.example/admin/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("/admin/\r\nSet-Cookie: a=b", "/admin/"),
        ("/administrator", "/admin/"),
        ("/admin/../k7m2p", "/admin/"),
        ("/admin/%2e%2E/k7m2p", "/admin/"),
        ("http:/admin/settings/", "/admin/settings/"),
        ("javascript:alert(1)", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_it_goes_on_to_the_page_that_was_asked_for_and_never_elsewhere(
    stranger: Browser, asked: str, following: str
) -> None:
    token = stranger.token("/admin/sign-in")
    answer = stranger.client.post(
        "/admin/sign-in", query_string={"next": asked}, data={"csrf_token": token, "password": PASSWORD}
    )
    assert answer.headers["Location"] == following


@pytest.mark.parametrize(("base_url", "secure"), [("https://go.example", True), ("http://go.example", False)])
def test_the_cookie_is_for_this_site_and_not_for_scripts(
    store: Store, tmp_path: Path, base_url: str, secure: bool
) -> None:
    app = web.create_app(config(tmp_path, base_url=base_url, admin_password="from the environment"), store=store)
    cookie = Browser(app).get("/admin/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure


def test_the_configured_password_is_the_one_that_counts(store: Store, tmp_path: Path) -> None:
    signin.set_password(store, PASSWORD)
    app = web.create_app(config(tmp_path, admin_password="from the environment"), store=store)
    assert Browser(app).sign_in().status_code == 422
    browser = Browser(app)
    assert browser.sign_in("from the environment").status_code == 303
    assert browser.get("/admin/").status_code == 200
    answer = browser.send(
        "/admin/settings/password",
        {"present": "from the environment", "password": PASSWORD, "again": PASSWORD},
        seen="/admin/settings/",
    )
    assert answer.status_code == 422
    assert "SHORTLINKS_ADMIN_PASSWORD" in answer.text


def test_the_first_sign_in_says_how_long_a_password_is_and_what_to_do_without_a_code(app: APIFlask) -> None:
    page = Browser(app).get("/admin/first").text
    assert "At least 10 characters" in page
    assert "No code was printed" in page
    assert ".venv/bin/python -m shortlinks password" in page


@pytest.mark.parametrize(
    ("folder", "named"),
    [
        (ROOT / "data", ""),
        (ROOT / "demo-data", "SHORTLINKS_DATA_DIR=demo-data "),
        (Path("/srv/my clicks"), "SHORTLINKS_DATA_DIR=… "),
    ],
)
def test_a_forgotten_password_can_be_helped(store: Store, folder: Path, named: str) -> None:
    signin.set_password(store, PASSWORD)
    app = web.create_app(config(folder), store=store)
    page = Browser(app).get("/admin/sign-in").text
    app.extensions["shortlinks"].follower.stop()
    assert f"<code>{named}.venv/bin/python -m shortlinks password</code>" in page
