"""*Settings → Sales*: the pixel's switch, what it told, and the code for shops."""

import html
import re
from collections import deque

from admin_cast import Browser
from apiflask import APIFlask

from shortlinks import times
from shortlinks.arrivals import beacon
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts.posts import Post
from shortlinks.sales import pixel
from shortlinks.store import Store

PAGE = "/admin/settings/sales"


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def _switch(owner: Browser, do: str) -> None:
    answer = owner.send(f"{PAGE}/pixel", {"do": do}, seen=PAGE)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/#pixel")


def test_the_pixel_is_off_until_it_is_switched_on_and_its_address_can_be_renewed(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    text = owner.get(PAGE).text
    assert "Switch on" in text
    assert "<textarea" not in text
    assert "/c/" not in text
    addresses = []
    for _ in range(2):
        _switch(owner, "new")
        (address,) = set(re.findall(r"http://go\.example/c/[\w-]+", owner.get(PAGE).text))
        addresses.append(address.removeprefix("http://go.example"))
    for address, said in zip(addresses, ('refused; reason="unknown token"', "taken"), strict=True):
        answer = app.test_client().get(f"{address}.gif?order=1&slug={reel[1].slug}")
        assert answer.headers["Conversion"] == said
    _switch(owner, "stop")
    assert pixel.token(store) is None
    assert owner.get(f"{PAGE}/pixel").status_code == 303


def test_each_piece_of_code_has_the_address_filled_in_and_nothing_else_of_the_template(
    owner: Browser, store: Store
) -> None:
    settings.set_conversion_window(store, "7")
    _switch(owner, "new")
    pieces = re.findall(r'<textarea[^>]* id="code-(\w+)"[^>]*>(.*?)</textarea>', owner.get(PAGE).text, re.DOTALL)
    codes = {name: html.unescape(code) for name, code in pieces}
    assert list(codes) == ["landing", "thanks", "shopify", "woocommerce", "stripe", "stripe_thanks"]
    address = f"http://go.example/c/{pixel.token(store)}"
    for name, code in codes.items():
        assert not re.search(r"\{\{|\}\}|\{%|None", code), name
        assert (address in code) == (name not in ("landing", "stripe")), name
        assert ("> 7 * 864e5" in code) == (name in ("landing", "stripe", "woocommerce")), name
    assert "woocommerce_thankyou" in codes["woocommerce"]
    assert "img-src http://go.example" in _plain(owner.get(PAGE).text)


def test_reports_are_told_with_their_counts_and_why_they_were_refused(owner: Browser, store: Store) -> None:
    now = times.now()
    for days_ago, outcome in ((0, "currency"), (1, "currency"), (6, "click"), (9, "amount"), (0, "taken")):
        pixel.count(store, outcome, deque(), now=now - days_ago * times.DAY)
    text = _plain(owner.get(PAGE).text)
    assert "1 report was taken in the last 7 days." in text
    assert "3 reports were refused: unknown currency (2), unknown click id (1)." in text
    settings.set_language(store, "de")
    assert "3 Meldungen wurden abgewiesen: unbekannte Währung (2), unbekannte Klick-ID (1)." in _plain(
        owner.get(PAGE).text
    )


def test_arrivals_are_off_until_they_are_switched_on_and_their_code_can_be_renewed(
    app: APIFlask, owner: Browser, store: Store
) -> None:
    assert "/a/" not in owner.get(PAGE).text
    codes = []
    for do in ("new", "new"):
        answer = owner.send(f"{PAGE}/arrivals", {"do": do}, seen=PAGE)
        assert (answer.status_code, answer.location) == (303, f"{PAGE}/#arrivals")
        (code,) = re.findall(
            r'<textarea[^>]* id="code-arrivals"[^>]*>(.*?)</textarea>', owner.get(PAGE).text, re.DOTALL
        )
        codes.append(html.unescape(code).strip())
    address = f"http://go.example/a/{beacon.token(store)}"
    assert codes[1] == f'<script async src="{address}.js"></script>' != codes[0]
    assert "connect-src http://go.example" in _plain(owner.get(PAGE).text)
    for outcome in ("taken", "taken", "again", "click"):
        beacon.count(store, outcome, deque(), now=times.now())
    text = _plain(owner.get(PAGE).text)
    assert "2 arrivals were told in the last 7 days." in text
    assert "2 more were not counted: told before (1), unknown click id (1)." in text
    owner.send(f"{PAGE}/arrivals", {"do": "stop"}, seen=PAGE)
    assert beacon.token(store) is None
    assert owner.get(f"{PAGE}/arrivals").status_code == 303
