"""Every page in a language in which each message has dots for letters: a word that can be read was never looked up."""

import gettext
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest
from admin_cast import Browser
from apiflask import APIFlask
from clicking import roll_up_all

from shortlinks import times
from shortlinks.clicks import classify, neighbours, sources
from shortlinks.demo import demo
from shortlinks.placements import placements
from shortlinks.store import Store
from shortlinks.web import speaking
from shortlinks.words import language, voices
from tests.every_page import PAGES, SIGN_IN, fill_bio_page, ids_of


def _dotted(message: str) -> str:
    """The message with a dot for each letter that is neither in a tag nor in a name to be filled in."""
    return re.sub(r"(<[^>]*>|\{[^}]*\})|[^\W\d_]", lambda found: found[1] or "·", message)


class _Dots(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return _dotted(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _dotted(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return _dotted(message)


DOTS = replace(language.ENGLISH, months=("·",) * 12, long_months=("·",) * 12, days=("·",) * 7, catalog=_Dots())


class _Read(HTMLParser):
    """What people read or hear on a page."""

    _SILENT = frozenset({"script", "style", "code", "textarea", "datalist"})
    _HEARD = ("aria-label", "alt", "title", "placeholder")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        self.pieces += [value for name, value in attrs if name in self._HEARD and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Words that are nobody's to translate: of the demo's own texts, of platforms, apps, systems and countries, and codes."""
    plan = tomllib.loads(resources.files("shortlinks.demo").joinpath("demo.toml").read_text("utf-8"))
    own = " ".join(
        [demo.BIO_SLUG, *_texts(plan), *(placements.platform_label(each) for each in placements.platforms())]
    )
    others = (
        "From likes to clicks Bowls mugs and seconds thrown by hand Type it into your browser English Deutsch Español "
    )
    others += "USD URL UTC QR PNG SVG CSV API JSON iOS iPhone Android localhost ntfy "
    others += "Stripe Shopify Gumroad Bitly Dub YOURLS Kutt Shlink Sheet"
    codes = " ".join([*sources.CLICK_IDS, *classify.LISTS, *neighbours.SENDERS_OWN])
    found = set(re.findall(r"[^\W\d_]+", f"{own} {others} FacebookBot {codes}"))
    return found | {word.lower() for word in found}


def test_every_page_says_all_its_words_in_the_language_that_is_spoken(
    app: APIFlask, owner: Browser, store: Store, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.fill(store, now=times.now())
    roll_up_all(store)
    ids = ids_of(store)
    fill_bio_page(store, ids.profile)
    monkeypatch.setattr(voices, "of", lambda *tags: DOTS)
    monkeypatch.setattr(speaking, "wished", lambda: DOTS)
    stranger = Browser(app)
    found = {
        name: list(_left(stranger if name == SIGN_IN else owner, path(ids), names))
        for name, path in PAGES.items()
        if name != "API"  # it speaks English to everybody, as the API does
    }
    assert {name: words for name, words in found.items() if words} == {}


def _left(browser: Browser, path: str, names: set[str]) -> Iterator[str]:
    """Pieces of a page with a word in them that is not looked up."""
    html = re.sub(r'<(\w+) translate="no">.*?</\1>', "", browser.get(path).text)
    for piece in _Read(html).pieces:
        # Addresses, handles, and the tags that an experiment gives to its posts.
        text = re.sub(r"https?://\S+|\S+\.(example|com|org)\S*|/\S+|@\S+|\S+:(yes|no)\b", "", piece)
        if set(re.findall(r"[^\W\d_·]{3,}", text)) - names:
            yield piece.strip()


def _texts(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        yield from (text for value in table.values() for text in _texts(value))
    elif isinstance(table, list):
        yield from (text for value in table for text in _texts(value))
    elif isinstance(table, str):
        yield table
