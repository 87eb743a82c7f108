"""The page of the owner's own taps: the mark of a browser, the test from a network, and what became of each tap."""

import re
import secrets
from collections.abc import Iterator
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from admin_cast import IPHONE, PASSWORD, Browser, config
from apiflask import APIFlask
from clicking import make_shipper, recorded, roll_up_all, ship_all

from shortlinks import keys, times, web
from shortlinks.bio_pages import bio_pages
from shortlinks.clicks import agents, clicks, own_taps, selves
from shortlinks.links.links import Link
from shortlinks.owner import own_browser, signin
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.rollups import kept_clicks, rolling_up
from shortlinks.store import Store

PAGE = "/admin/testing/"
HOME, OFFICE = "198.51.100.7", "203.0.113.7"
CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"


def plain(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    """Behind one proxy that it believes."""
    made = web.create_app(config(tmp_path, trusted_proxies=1), store=store)
    made.extensions["shortlinks"].follower.start()
    yield made
    made.extensions["shortlinks"].follower.stop()


def at_home(browser: Browser) -> Browser:
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    return browser


def tap(
    app: APIFlask,
    store: Store,
    link: Link,
    address: str = HOME,
    *,
    agent: str = IPHONE,
    signals: str = "",
    origin: str = "",
    method: str = "GET",
) -> None:
    """Have a click from `address` counted, as the app would record it there."""
    follower, at = app.extensions["shortlinks"].follower, times.now()
    net = follower.network({"HTTP_X_FORWARDED_FOR": address}, at)
    who = f"{secrets.token_hex(6)}\t{net}\tDE"
    line = clicks.line(f"{link.post_id}\t{link.slug}\t0", at, secrets.token_hex(6), method, signals, who, origin, agent)
    shard = keys.shard(link.post_id)
    store.redis.xadd(keys.clicks(shard), {"b": line})
    rolling_up.roll_up(store, shard)


def shown(browser: Browser) -> list[str]:
    """The taps on the page, as text."""
    return [plain(item) for item in re.findall(r'<li class="tap.*?</li>', browser.get(PAGE).text, re.DOTALL)]


@pytest.mark.parametrize("path", ["browser", "network"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_marks_nothing(stranger: Browser, store: Store, path: str, method: str) -> None:
    stranger.client.environ_base["HTTP_X_FORWARDED_FOR"] = HOME
    token = stranger.token("/admin/sign-in")
    fields = {"csrf_token": token, "mine": "1", "testing": "1"}
    answer = getattr(stranger.client, method)(f"{PAGE}{path}", data=fields)
    assert answer.status_code == 303
    assert "/admin/sign-in" in answer.headers["Location"]
    assert own_browser.NAME not in str(answer.headers.getlist("Set-Cookie"))
    assert not own_taps.read(store)


@pytest.mark.parametrize("path", ["browser", "network"])
def test_nor_does_a_form_of_another_site(owner: Browser, store: Store, path: str) -> None:
    answer = at_home(owner).client.post(f"{PAGE}{path}", data={"mine": "1", "testing": "1"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert not own_taps.read(store)


def test_every_form_of_the_page_can_be_sent(owner: Browser) -> None:
    for _ in range(2):
        forms = re.findall("<form.*?</form>", at_home(owner).get(PAGE).text, re.DOTALL)
        assert len(forms) == 2
        assert all('name="csrf_token"' in form for form in forms)
        owner.send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        owner.send(f"{PAGE}browser", {"mine": "1"}, seen=PAGE)


def test_strangers_see_nothing(stranger: Browser) -> None:
    assert stranger.get(PAGE).status_code == 303
    assert stranger.get(f"{PAGE}live").status_code == 401


class TestBrowser:
    @pytest.mark.parametrize("secure", [True, False])
    def test_the_cookie_is_of_this_host_and_not_for_scripts(self, store: Store, tmp_path: Path, secure: bool) -> None:
        signin.set_password(store, PASSWORD)
        base = "https://go.example" if secure else "http://go.example"
        app = web.create_app(config(tmp_path, base_url=base), store=store)
        browser = Browser(app)
        browser.client.environ_base["wsgi.url_scheme"] = "https" if secure else "http"
        browser.client.post(
            "/admin/sign-in",
            data={"csrf_token": browser.token("/admin/sign-in"), "password": PASSWORD},
            headers={"Referer": "https://localhost/"},
        )
        answer = browser.client.post(
            f"{PAGE}browser",
            data={"csrf_token": browser.token(PAGE), "mine": "1"},
            headers={"Referer": "https://localhost/"},
        )
        (sent,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(own_browser.NAME)]
        cookie = SimpleCookie(sent)[own_browser.NAME]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
        assert bool(cookie["secure"]) is secure
        assert cookie["max-age"] == str(365 * 24 * 3600)
        assert own_browser.OwnBrowsers("k" * 32).marked(f"{own_browser.NAME}={cookie.value}", times.now())
        app.extensions["shortlinks"].follower.stop()

    def test_it_is_set_and_taken_away_and_the_page_says_which(self, owner: Browser) -> None:
        assert "Not marked" in owner.get(PAGE).text
        assert owner.send(f"{PAGE}browser", {"mine": "1"}, seen=PAGE).status_code == 303
        assert owner.client.get_cookie(own_browser.NAME)
        assert "Is you" in owner.get(PAGE).text
        owner.send(f"{PAGE}browser", {"mine": "0"}, seen=PAGE)
        assert not owner.client.get_cookie(own_browser.NAME)
        assert "Not marked" in owner.get(PAGE).text

    def test_its_clicks_are_the_owners(
        self, app: APIFlask, owner: Browser, store: Store, tmp_path: Path, reel: tuple[Post, Link]
    ) -> None:
        owner.send(f"{PAGE}browser", {"mine": "1"}, seen=PAGE)
        owner.client.get(f"/{reel[1].slug}", headers={"User-Agent": IPHONE})
        assert [click.signals for click in recorded(tmp_path / "journal")] == ["self"]
        Browser(app).client.get(f"/{reel[1].slug}", headers={"User-Agent": IPHONE})
        assert [click.signals for click in recorded(tmp_path / "journal")] == ["self", ""]

    def test_it_outlives_the_sign_out(self, owner: Browser) -> None:
        owner.send(f"{PAGE}browser", {"mine": "1"}, seen=PAGE)
        owner.send("/admin/sign-out", seen=PAGE)
        assert owner.client.get_cookie(own_browser.NAME)

    def test_a_forged_one_is_not_shown_as_a_mark(self, owner: Browser) -> None:
        owner.client.set_cookie(own_browser.NAME, own_browser.OwnBrowsers("another key").cookie(now=times.now()))
        assert "Not marked" in owner.get(PAGE).text

    @pytest.mark.parametrize("base", ["http://go.example", "http://localhost:8000"])
    def test_where_it_would_not_reach_the_links_the_page_says_so(self, store: Store, tmp_path: Path, base: str) -> None:
        signin.set_password(store, PASSWORD)
        app = web.create_app(config(tmp_path, base_url=base), store=store)
        browser = Browser(app)
        browser.sign_in()
        text = plain(browser.get(PAGE).text)
        here = "localhost" in base
        assert ("Your links begin with http://go.example, and this page is at localhost." in text) is not here
        assert ("A mark that is set here is not seen there" in text) is not here
        app.extensions["shortlinks"].follower.stop()


class TestNetwork:
    def test_taps_from_there_are_the_owners_until_it_is_stopped(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        post, link = reel
        at_home(owner)
        assert owner.send(f"{PAGE}network", {"testing": "1"}, seen=PAGE).status_code == 303
        assert "10 minutes left" in plain(owner.get(PAGE).text)
        tap(app, store, link)
        tap(app, store, link, OFFICE)
        owner.send(f"{PAGE}network", {"testing": "0"}, seen=PAGE)
        assert "minutes left" not in owner.get(PAGE).text
        tap(app, store, link)
        assert [kept.reason for kept in kept_clicks.stream(store, post.id)] == ["self", "human", "human"]

    def test_a_test_of_another_network_is_not_this_ones(self, owner: Browser) -> None:
        at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        owner.client.environ_base["HTTP_X_FORWARDED_FOR"] = OFFICE
        assert "minutes left" not in owner.get(PAGE).text
        assert "Test for 10 minutes" in owner.get(PAGE).text

    def test_past_midnight_the_end_is_that_of_tomorrow(self, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        midnight = (times.day_of(times.now()) + 1) * times.DAY
        monkeypatch.setattr(times, "now", lambda: midnight - times.MINUTE)
        at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        assert "You are testing until 00:09:00: 10 minutes left." in plain(owner.get(PAGE).text)
        monkeypatch.setattr(times, "now", lambda: midnight + times.MINUTE)
        assert "You are testing until 00:09:00: 8 minutes left." in plain(owner.get(PAGE).text)

    @pytest.mark.parametrize(
        ("proxies", "headers", "peer", "says"),
        [
            (0, {"X-Forwarded-For": HOME}, "127.0.0.1", "A reverse proxy stands in front of this service"),
            (0, {"Forwarded": f"for={HOME}"}, "127.0.0.1", "A reverse proxy stands in front of this service"),
            (0, {}, "", "does not see the address"),
            (1, {}, "unix:", "does not see the address"),
            (1, {"X-Forwarded-For": "unknown"}, "", "does not see the address"),
        ],
    )
    def test_without_a_network_of_ones_own_no_test_begins(
        self, store: Store, tmp_path: Path, proxies: int, headers: dict[str, str], peer: str, says: str
    ) -> None:
        """Behind a proxy that is not believed, the test would take every visitor for the owner."""
        signin.set_password(store, PASSWORD)
        app = web.create_app(config(tmp_path, trusted_proxies=proxies), store=store)
        browser = Browser(app)
        browser.client.environ_base |= {
            f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()
        }
        browser.client.environ_base["REMOTE_ADDR"] = peer
        browser.sign_in()
        assert says in plain(browser.get(PAGE).text)
        for testing in ("1", "0"):
            answer = browser.send(f"{PAGE}network", {"testing": testing}, seen=PAGE)
            assert answer.status_code == 422
            assert says in plain(answer.text)
        assert not own_taps.read(store)
        assert "minutes left" not in browser.get(f"{PAGE}live").text
        app.extensions["shortlinks"].follower.stop()

    def test_more_proxies_than_are_believed_are_told(self, owner: Browser) -> None:
        at_home(owner)
        assert "names" not in plain(owner.get(PAGE).text)
        owner.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"{HOME}, {OFFICE}"
        text = plain(owner.get(PAGE).text)
        assert "Your request names 2 addresses on its way, and this service believes 1." in text
        assert f"You come from {OFFICE} now." in text

    def test_too_many_marks_are_refused_in_words(
        self, owner: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(own_taps, "MOST_MARKS", 0)
        answer = at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        assert answer.status_code == 422
        assert "There are 0 marks of your own taps already." in answer.text

    @pytest.mark.parametrize("path", ["browser", "network"])
    def test_a_reload_after_a_refusal_leads_to_the_page(self, owner: Browser, path: str) -> None:
        assert owner.get(f"{PAGE}{path}").headers["Location"] == PAGE


class TestTaps:
    def test_a_tap_in_the_app_says_what_it_was_and_why_and_what_a_followers_would_have_been(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        tap(app, store, reel[1], origin="https://l.instagram.com")
        (text,) = shown(owner)
        for part in (
            "Tap of your own Does not count",
            "The blue mug",
            f"/{reel[1].slug}",
            "It came from the network that you were testing in.",
            "A follower’s first tap like this would have counted.",
            "App or network Instagram Device phone System iOS Browser Instagram Country DE Came from Instagram",
            IPHONE,
        ):
            assert part in text

    def test_opens_of_the_page_of_links_are_among_them(
        self, app: APIFlask, owner: Browser, store: Store, tmp_path: Path, reel: tuple[Post, Link]
    ) -> None:
        made = bio_pages.put(store, reel[0].profile_id, {"name": "ada"}, now=times.now())
        at_home(owner).send(f"{PAGE}browser", {"mine": "1"}, seen=PAGE)
        owner.get("/@ada", headers={"User-Agent": CHROME})
        owner.send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        in_the_app = at_home(Browser(app))  # which has none of the browser's cookies
        in_the_app.get("/@ada", headers={"User-Agent": IPHONE})
        Browser(app).get("/@ada", headers={"User-Agent": IPHONE, "X-Forwarded-For": OFFICE})
        ship_all(make_shipper(store, tmp_path / "journal"))
        roll_up_all(store)
        tested, marked = shown(owner)
        assert "It came from the network that you were testing in." in tested
        assert "Browser Instagram" in tested
        assert "The browser is marked as yours." in marked
        for text in (tested, marked):
            assert "Opened by you Does not count" in text
            assert "· Page of links · /@ada " in text
        assert f'<a href="/admin/profiles/{made.profile_id}/page/">Page of links</a>' in owner.get(PAGE).text
        assert bio_pages.opens(store, made) == {"hits": 3, "human": 1, "self": 2, "lost": 0}

    def test_previews_and_programs_that_come_meanwhile_are_shown(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        tap(app, store, reel[1], agent="WhatsApp/2.23.20.0 A")
        tap(app, store, reel[1], method="HEAD")
        tap(app, store, reel[1], agent="")
        nothing, head, preview = shown(owner)
        assert "Link preview Does not count" in preview
        assert "App or network WhatsApp" in preview
        assert f"Agent known by {agents.read('WhatsApp/2.23.20.0 A').rule}" in preview
        assert "somebody shared it" in preview
        assert "From a follower" not in preview
        assert "HEAD request Does not count" in head
        assert "no user agent" in nothing

    def test_a_marked_browser_needs_no_test(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        tap(app, store, reel[1], signals="self", agent=CHROME)
        tap(app, store, reel[1], agent=CHROME)
        (text,) = shown(at_home(owner))
        assert "The browser is marked as yours." in text
        assert "Browser Chrome Mobile" in text

    def test_one_that_stopped_being_the_owners_says_the_meaning(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        at_home(owner).send(f"{PAGE}network", {"testing": "1"}, seen=PAGE)
        tap(app, store, reel[1])
        store.redis.delete(keys.SELVES)
        assert "You: a browser you marked as yours" in shown(owner)[0]

    def test_the_newest_is_first_and_those_of_erased_posts_are_gone(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        other, (elsewhere,) = posts.create(
            store,
            {
                "platform": "instagram",
                "title": "The red jug",
                "links": [{"placement": "bio_link", "target": "https://shop.example/"}],
            },
            now=times.now(),
            own_hosts=frozenset(),
        )
        tap(app, store, reel[1], signals="self")
        tap(app, store, elsewhere, signals="self")
        assert [next(name for name in ("mug", "jug") if name in text) for text in shown(owner)] == ["jug", "mug"]
        posts.purge(store, other.id)
        assert len(shown(owner)) == 1

    @pytest.mark.parametrize(
        "agent",
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "{{ 7*7 }}",
            "</code></li>",
            "\u202eabc",
            "A" * 512,
        ],
    )
    def test_a_hostile_agent_is_shown_as_the_text_it_is(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link], agent: str
    ) -> None:
        hostile = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {agent}".encode().decode("latin-1")
        tap(app, store, reel[1], signals="self", agent=hostile)
        for path in (PAGE, f"{PAGE}live", f"/admin/posts/{reel[0].id}"):
            page = owner.get(path).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page.partition("<main")[2]
        assert agent in shown(owner)[0]

    def test_the_live_fragment_changes_with_a_tap_and_only_then(
        self, app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
    ) -> None:
        path = f"{PAGE}live"
        first = owner.get(path)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "<form" not in first.text
        assert owner.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        tap(app, store, reel[1], signals="self")
        second = owner.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert second.status_code == 200
        assert second.text.strip() in owner.get(PAGE).text

    def test_a_test_that_begins_or_ends_elsewhere_changes_what_the_page_goes_by(self, owner: Browser) -> None:
        """The script loads the whole page again then, with its other buttons."""
        at_home(owner)
        states = []
        for testing in ("0", "1", "0"):
            owner.send(f"{PAGE}network", {"testing": testing}, seen=PAGE)
            states += re.findall(r'data-state="([^"]*)"', owner.get(f"{PAGE}live").text)
        assert states[0] == states[2] == ""
        assert int(states[1]) - times.now() <= selves.TEST


def test_the_page_is_found_where_one_looks_for_it(owner: Browser, reel: tuple[Post, Link]) -> None:
    for path in ("/admin/settings/", f"/admin/posts/{reel[0].id}"):
        assert f'href="{PAGE}"' in owner.get(path).text.replace("'", '"')
