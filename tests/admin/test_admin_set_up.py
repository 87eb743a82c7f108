"""The set-up page, and the address that shows that people can reach the links."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from admin_cast import Browser, config, wrong
from apiflask import APIFlask
from clicking import asked

from shortlinks import times, web
from shortlinks.links import misses
from shortlinks.links.links import Link
from shortlinks.owner import reached, set_up, signin
from shortlinks.placements import placements
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.store import Store

PAGE = "/admin/set-up/"
HOSTILE = '"><script>alert(1)</script>'
OUTSIDE = {"REMOTE_ADDR": "8.8.8.8"}
Serve = Callable[..., Browser]


@pytest.fixture
def serve(store: Store, tmp_path: Path) -> Iterator[Serve]:
    """Starts the service with a BASE_URL of its own; the browser that comes back is the owner's."""
    made: list[APIFlask] = []

    def start(base_url: str, **changes: object) -> Browser:
        app = web.create_app(
            config(tmp_path, base_url=base_url, admin_password="correct horse battery", **changes), store=store
        )
        made.append(app)
        app.config["SESSION_COOKIE_SECURE"] = False
        browser = Browser(app)
        browser.sign_in()
        return browser

    yield start
    for app in made:
        app.extensions["shortlinks"].follower.stop()


def probe(owner: Browser) -> str:
    """The path of the address that the page asks to open."""
    found = re.search(r"https://go\.example(/from-outside/\w+)<", owner.get(PAGE).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("base_url", "says", "only"),
    [
        ("http://localhost:8000", "That is this computer itself", "Works only on this computer."),
        (
            "http://192.168.1.20:8000",
            "an address of your own network",
            "Works only on this computer and in your own network.",
        ),
        ("http://go.example", "without https", "Works only on this computer, as far as we know."),
        ("https://go.example", "Wi-Fi switched off", "Works only on this computer, as far as we know."),
    ],
)
def test_until_the_address_is_reached_every_copy_button_says_so(
    serve: Serve, reel: tuple[Post, Link], base_url: str, says: str, only: str
) -> None:
    owner = serve(base_url)
    page = owner.get(PAGE).text
    assert says in page
    assert "Not yet" in page
    assert ("/from-outside/" in page) is (base_url == "https://go.example")
    text = owner.get(f"/admin/posts/{reel[0].id}").text
    buttons = re.findall(r'<button type="button" data-copy="([^"]+)"([^>]*)>', text)
    assert len(buttons) >= 2
    for name, attributes in buttons:
        assert f'aria-describedby="{name}-only"' in attributes
        assert f'id="{name}-only">{only} <a href="{PAGE}">' in text


def test_an_arrival_from_outside_ends_that_and_is_no_click(serve: Serve, store: Store, reel: tuple[Post, Link]) -> None:
    owner = serve("https://go.example")
    path = probe(owner)
    phone = owner.client.application.test_client()
    answer = phone.get(path, base_url="https://go.example", environ_base=OUTSIDE)
    assert answer.status_code == 200
    assert "It works from outside" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    assert reached.at(store, "https://go.example") is not None
    page = owner.get(PAGE).text
    assert "They were opened from outside on" in page
    text = owner.get(f"/admin/posts/{reel[0].id}").text
    assert "Works only" not in text
    assert 'data-copy="short-' in text
    assert owner.client.application.extensions["shortlinks"].follower.journal.appended == 0
    assert misses.latest(store, days=1, now=times.now()) == []
    # It works once.
    again = phone.get(path, base_url="https://go.example", environ_base=OUTSIDE)
    assert again.status_code == 404
    assert "This address is used up" in again.text


@pytest.mark.parametrize(
    ("method", "host", "sender", "says"),
    [
        ("GET", "https://go.example", "192.168.1.30", "switch Wi-Fi off"),
        ("GET", "https://go.example", "127.0.0.1", "switch Wi-Fi off"),
        ("GET", "http://8.8.4.4:8000", "8.8.8.8", "8.8.4.4:8000, but short links begin with https://go.example"),
        ("HEAD", "https://go.example", "8.8.8.8", ""),
    ],
)
def test_what_does_not_show_that_others_get_through_is_not_kept(
    serve: Serve, store: Store, method: str, host: str, sender: str, says: str
) -> None:
    owner = serve("https://go.example")
    path = probe(owner)
    phone = owner.client.application.test_client()
    answer = phone.open(path, method=method, base_url=host, environ_base={"REMOTE_ADDR": sender})
    assert answer.status_code == 200
    assert says in answer.text
    assert reached.at(store, "https://go.example") is None
    assert probe(owner) == path


def test_a_proxy_that_is_believed_says_who_came(serve: Serve, store: Store) -> None:
    owner = serve("https://go.example", trusted_proxies=1)
    phone = owner.client.application.test_client()
    come = {"base_url": "https://go.example", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
    assert "Not from outside" in phone.get(probe(owner), headers={"X-Forwarded-For": "10.0.0.4"}, **come).text
    assert "It works" in phone.get(probe(owner), headers={"X-Forwarded-For": "8.8.8.8"}, **come).text
    assert reached.at(store, "https://go.example") is not None


def test_a_proxy_that_is_not_believed_is_named(serve: Serve) -> None:
    owner = serve("https://go.example")
    phone = owner.client.application.test_client()
    text = phone.get(
        probe(owner),
        base_url="https://go.example",
        headers={"X-Forwarded-For": "8.8.8.8"},
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    ).text
    assert "SHORTLINKS_TRUSTED_PROXIES=1" in text


def test_what_nobody_was_told_proves_nothing(serve: Serve, store: Store) -> None:
    owner = serve("https://go.example")
    answer = owner.client.get("/from-outside/guessed", base_url="https://go.example", environ_base=OUTSIDE)
    assert answer.status_code == 404
    assert reached.at(store, "https://go.example") is None


def test_the_first_sign_in_leads_here_and_the_settings_do(app: APIFlask, store: Store) -> None:
    code = signin.first_code(store)
    browser = Browser(app)
    answer = browser.send("/admin/first", {"code": code, "password": "a" * 12, "again": "a" * 12})
    assert answer.headers["Location"] == PAGE
    page = browser.get(PAGE).text
    assert "What you can do today" not in page
    assert re.search(r'href="/admin/">Skip for now', page)
    assert f'href="{PAGE}"' in browser.get("/admin/settings/").text


def test_three_answers_lead_to_what_this_person_can_do_today(owner: Browser, store: Store) -> None:
    sent = {
        "platforms": ["tiktok", "instagram"],
        **{"handle-tiktok": "@three.cats", "followers-tiktok": "600", "kind-tiktok": "personal"},
        **{"handle-instagram": "", "followers-instagram": "", "kind-instagram": "business"},
        "handle-x": "left.over",
        "shop": "shop.example/bowls",
    }
    answer = owner.send(PAGE, sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#today")
    page = owner.get(PAGE).text
    assert "With 600 followers, a personal TikTok has no tappable spot: business account, or a spoken word." in page
    assert "On Instagram, hang links where a tap opens them: the bio link, or a link sticker on a story." in page
    assert 'name="handle-tiktok" value="three.cats"' in page
    assert 'value="600"' in page
    assert len(re.findall(r'name="platforms" value="[a-z]+" checked', page)) == 2
    assert profiles.of_platform(store, "x") == []
    assert set_up.shop(store) == "https://shop.example/bowls"
    assert '<option value="https://shop.example/bowls">' in owner.get("/admin/posts/new?platform=tiktok").text


def test_the_profiles_of_all_platforms_are_read_at_once(
    owner: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, platform in enumerate(placements.platforms()):
        profiles.create(store, platform=platform, handle="ada", now=times.now() + number)
    owner.get(PAGE)
    with asked(monkeypatch) as sent:
        assert owner.get(PAGE).status_code == 200
    assert len(sent) <= 25


def test_a_wrong_answer_is_marked_where_it_was_typed_and_changes_nothing(owner: Browser, store: Store) -> None:
    sent = {"platforms": ["tiktok", "x"], "followers-tiktok": HOSTILE, "kind-x": "personal", "shop": "nowhere"}
    answer = owner.send(PAGE, sent)
    assert answer.status_code == 422
    told = wrong(answer)
    assert [text.split()[0] for text in told] == ["Followers", "The"]
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert profiles.list_(store, limit=5)[0] == []
    assert wrong(owner.send(PAGE, {"shop": ""})) == ["Tick at least one platform, or skip this."]
