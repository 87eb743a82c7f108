"""The creator's browser and its cookie: what was signed here marks it, and nothing else does anything."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from clicking import NOW, PHONE, make_config, make_link, make_shipper, recorded, roll_up_all, ship_all
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer, URLSafeTimedSerializer

from shortlinks import times, web
from shortlinks.links import links
from shortlinks.owner import own_browser
from shortlinks.owner.own_browser import LASTS, NAME, OwnBrowsers
from shortlinks.rollups import rollups
from shortlinks.store import Store

KEY = "k" * 32
OURS = OwnBrowsers(KEY)
COOKIE = OURS.cookie(now=NOW)


def forged() -> list[str]:
    """What somebody might send who knows how the cookie is made but not the key, or has another thing of ours."""
    version, ends, signature = COOKIE.split(".")
    flipped = signature[:-2] + ("A" if signature[-2] != "A" else "B") + signature[-1]
    bare = base64.urlsafe_b64encode(b"\0" * 32).rstrip(b"=").decode()
    return [
        *("", "1", "true", "self", ".", "..", "1..", f"{version}.{ends}", f"{version}.{ends}.", "x" * 60, "1" * 60),
        f"{version}.{ends}.{flipped}",
        f"{version}.{int(ends) + 1}.{signature}",
        f"2.{ends}.{signature}",
        f"{version}.{ends}.{bare}",
        f"{version}.{ends}.{signature}{'=' * 8}",
        f'"{COOKIE}"',
        COOKIE.upper(),
        COOKIE[:-1],
        f"{COOKIE}x",
        f"x{COOKIE}",
        COOKIE * 2,
        COOKIE * 100,
        OwnBrowsers("another key of ours").cookie(now=NOW),
        Signer(KEY).sign(f"1.{ends}").decode(),
        Signer(KEY, salt="cookie-session", key_derivation="hmac").sign(f"1.{ends}").decode(),
        Signer(KEY, "cookie-session", key_derivation="hmac", digest_method=hashlib.sha256).sign(f"1.{ends}").decode(),
        URLSafeTimedSerializer(KEY).dumps({"self": True}),
        "\0" * 60,
        "é" * 60,
        "." * 60,
    ]


@pytest.mark.parametrize(
    "header",
    [
        f"{NAME}={COOKIE}",
        f"shortlinks=eyJ.x.y; {NAME}={COOKIE}",
        f"a=b;{NAME}={COOKIE};c=d",
        f"a=b;  {NAME}={COOKIE} ; c",
        # Somebody else on the domain has set one of that name, too.
        f"{NAME}={forged()[11]}; {NAME}={COOKIE}",
        f"{NAME}=; {NAME}={COOKIE}",
    ],
)
def test_the_cookie_marks_a_browser_wherever_it_stands(header: str) -> None:
    assert OURS.marked(header, NOW)


# Some are signed with the time of day: as names of tests they would differ between processes.
@pytest.mark.parametrize("value", forged(), ids=range(len(forged())))
def test_a_forged_cookie_marks_nothing(value: str) -> None:
    assert not OURS.marked(f"{NAME}={value}", NOW)
    assert not OURS.marked(f"a=b; {NAME}={value}; c=d", NOW)


def test_two_lines_of_cookies_arrive_as_one() -> None:
    assert OURS.marked(f"a=b, {NAME}={COOKIE}", NOW)
    assert OURS.marked(f"{NAME}={COOKIE}, a=b", NOW)


def test_not_a_letter_may_be_another() -> None:
    """Nor the last one, some bits of which say nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(COOKIE)):
        for letter in letters:
            if letter != COOKIE[place]:
                assert not OURS.marked(f"{NAME}={COOKIE[:place]}{letter}{COOKIE[place + 1 :]}", NOW)


@pytest.mark.parametrize(
    "header",
    ["", NAME, f"x{NAME}={COOKIE}", f"{NAME}x={COOKIE}", f"a={NAME}={COOKIE}", f"a b, {NAME} ={COOKIE}", COOKIE],
)
def test_another_name_marks_nothing(header: str) -> None:
    assert not OURS.marked(header, NOW)


def test_it_ends_after_a_year_also_once_it_is_known() -> None:
    ours = OwnBrowsers(KEY)
    for _ in range(2):
        assert ours.marked(f"{NAME}={COOKIE}", NOW + LASTS - times.SECOND)
        assert not ours.marked(f"{NAME}={COOKIE}", NOW + LASTS)


def test_it_names_nobody() -> None:
    """Version, end and signature: two browsers marked in the same second hold the same."""
    assert OwnBrowsers(KEY).cookie(now=NOW) == COOKIE
    assert COOKIE.split(".")[:2] == ["1", str((NOW + LASTS) // times.SECOND)]


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_nothing_a_client_sends_makes_it_fail(text: str) -> None:
    for header in (text, f"{NAME}={text}", f"{text}; {NAME}={text}", f"{NAME}={COOKIE[:40]}{text}"):
        assert not OURS.marked(header, NOW)


def test_thousands_of_forgeries_in_a_header_are_not_all_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    ours = OwnBrowsers(KEY)
    monkeypatch.setattr(ours, "_ends", lambda value: looked_at.append(value) or 0)
    assert not ours.marked(";".join(f"{NAME}={number:060}" for number in range(5_000)), NOW)
    assert len(looked_at) == own_browser._MOST


def test_of_those_that_came_before_only_a_few_are_remembered() -> None:
    ours = OwnBrowsers(KEY)
    for number in range(5_000):
        ours.marked(f"{NAME}={number:060}", NOW)
    assert ours._ends.cache_info().currsize == own_browser._REMEMBERED
    assert ours.marked(f"{NAME}={COOKIE}", NOW)


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[APIFlask]:
    made = web.create_app(make_config(tmp_path), store=store)
    yield made
    made.extensions["shortlinks"].follower.stop()


class TestClicks:
    def send(self, app: APIFlask, slug: str, cookie: str, method: str = "GET", **headers: str) -> int:
        sent = {"User-Agent": PHONE, "Cookie": cookie, **headers}
        return app.test_client(use_cookies=False).open(f"/{slug}", method=method, headers=sent).status_code

    def ledger(self, store: Store, tmp_path: Path, post_id: str) -> dict[str, int]:
        ship_all(make_shipper(store, tmp_path / "journal"))
        roll_up_all(store)
        return {name: n for name, n in rollups.ledger(rollups.totals(store, [post_id])[0]).items() if n}

    @pytest.mark.parametrize("warm", [True, False], ids=["in-memory", "through-flask"])
    def test_only_a_marked_browser_is_the_creator(
        self, store: Store, app: APIFlask, tmp_path: Path, warm: bool
    ) -> None:
        follower = app.extensions["shortlinks"].follower
        link = make_link(store, now=times.now())
        mine = f"{NAME}={OURS.cookie(now=times.now())}"
        if warm:
            assert follower.find(link.slug)
        for cookie in (mine, mine, *(f"{NAME}={value}" for value in forged() if value.isascii())):
            if not warm:
                follower.memory.clear("")
            assert self.send(app, link.slug, cookie, **{"User-Agent": f"{PHONE} {cookie[-12:]}"}) == 302
        found = self.ledger(store, tmp_path, link.post_id)
        assert found.pop("self") == 2
        assert found.pop("hits") == 2 + len([value for value in forged() if value.isascii()])
        assert set(found) <= {"human", "repeat", "burst"}

    def test_what_is_no_tap_stays_what_it_is(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = make_link(store, now=times.now())
        mine = f"{NAME}={OURS.cookie(now=times.now())}"
        self.send(app, link.slug, mine, "HEAD")
        self.send(app, link.slug, mine, **{"Sec-Purpose": "prefetch"})
        self.send(app, link.slug, mine, **{"User-Agent": "TelegramBot (like TwitterBot)"})
        self.send(app, link.slug, mine, **{"User-Agent": ""})
        links.update(store, link.slug, {"state": "disabled"}, now=times.now(), own_hosts=frozenset())
        app.extensions["shortlinks"].follower.read_feed()
        assert self.send(app, link.slug, mine) == 410
        assert self.ledger(store, tmp_path, link.post_id) == {
            "hits": 5,
            **dict.fromkeys(("head", "prefetch", "preview", "empty_agent", "expired"), 1),
        }

    def test_another_secret_key_voids_it(self, store: Store, app: APIFlask, tmp_path: Path) -> None:
        link = make_link(store, now=times.now())
        self.send(app, link.slug, f"{NAME}={OwnBrowsers('another key').cookie(now=times.now())}")
        assert [click.signals for click in recorded(tmp_path / "journal")] == [""]

    @pytest.mark.parametrize("query", ["self", "self=1", "self=&fbclid=x", "signals=self"])
    def test_no_query_can_say_so(self, store: Store, app: APIFlask, tmp_path: Path, query: str) -> None:
        link = make_link(store, now=times.now())
        self.send(app, f"{link.slug}?{query}", "")
        assert "self" not in recorded(tmp_path / "journal")[0].signals
