"""Every page, with the demo in it, on a phone and a desktop, by day and by night: what holds on all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from shortlinks import config
from shortlinks.owner import settings
from shortlinks.profiles import profiles
from shortlinks.web import create_app
from tests.every_page import NO_PAGES, PAGES, SIGN_IN, Ids, demo_service, visits
from tests.phone import Phone, Scheme
from tests.service import Service

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}

# Whatever can be pressed and is not a link in a line of text.
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest('.sr-only, .skip'))
    .filter(each => !(each.matches('a') && getComputedStyle(each).display === 'inline'))
    .map(each => [(each.closest('label') || each), each])
    .map(([area, each]) => [area.getBoundingClientRect(), each])
    .filter(([area]) => area.height < 43.5 || area.width < 43.5)
    .map(([area, each]) => `${each.outerHTML.slice(0, 90)} is ${Math.round(area.width)} x ${Math.round(area.height)}`)"""

# With reduced motion asked for, nothing takes longer than an instant.
MOVING = """() => [...document.querySelectorAll('*')].flatMap(each => ['', '::before', '::after'].map(part => [each, part]))
    .filter(([each, part]) => {
        const {transitionDuration, animationName, animationDuration, scrollBehavior} = getComputedStyle(each, part);
        const lasting = animationName === 'none' ? transitionDuration : `${transitionDuration}, ${animationDuration}`;
        return scrollBehavior === 'smooth' || Math.max(...lasting.split(', ').map(parseFloat)) > 0.01;
    })
    .map(([each, part]) => `${each.outerHTML.slice(0, 90)} ${part} moves`)"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Ids]]:
    with demo_service(tmp_path_factory.mktemp("pages")) as found:
        yield found


def violations(phone: Phone, rules: dict[str, Any]) -> list[str]:
    """What axe-core says keeps people out of the page."""
    found = Axe().run(phone.page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['html'][:120]} ({' '.join(node['failureSummary'].split())[:200]})"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


def test_nothing_keeps_anybody_out_of_a_page_on_a_phone(filled: tuple[Service, Ids], browser: Browser) -> None:
    service, ids = filled
    phone = Phone(browser, service)
    wrong = []
    for name in visits(phone, ids):
        found = violations(phone, WCAG) + phone.page.evaluate(SMALL)
        found += [] if phone.fits() else ["it is wider than the screen"]
        # By night a page is the same but for its colours.
        phone.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"by night: {each}" for each in violations(phone, COLOURS)]
        found += phone.page.evaluate(MOVING)
        phone.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        wrong += [f"{name}: {each}" for each in found]
    phone.context.close()
    assert not wrong, "\n".join(wrong)
    assert [said for said in phone.wrong if "404" not in said] == []


def test_the_longest_words_scroll_within_their_table_on_the_narrowest_phone(
    filled: tuple[Service, Ids], browser: Browser
) -> None:
    service, ids = filled
    phone = Phone(browser, service)
    phone.page.set_viewport_size({"width": 320, "height": 640})  # also a desktop's window of 640 at a zoom of 200 %
    phone.go(PAGES[SIGN_IN](ids))
    phone.sign_in()
    settings.set_language(service.store, "es")
    wide = 0
    try:
        for profile in profiles.list_(service.store, limit=10)[0]:
            phone.go(PAGES["profile"](ids._replace(profile=profile.id)))
            wide += phone.page.evaluate(
                "[...document.querySelectorAll('.scroll')].some(e => e.scrollWidth > e.clientWidth)"
            )
            assert phone.fits()
            assert violations(phone, {"type": "rule", "values": ["scrollable-region-focusable"]}) == []
    finally:
        settings.set_language(service.store, "en")
    assert wide
    phone.context.close()


@pytest.mark.slow
def test_every_page_fits_a_desktop(filled: tuple[Service, Ids], browser: Browser) -> None:
    service, ids = filled
    desktop = Phone(browser, service, size="desktop")
    for name in visits(desktop, ids):
        assert desktop.fits(), name
    desktop.context.close()
    assert [said for said in desktop.wrong if "404" not in said] == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out_of_a_page_on_a_desktop(
    filled: tuple[Service, Ids], browser: Browser, scheme: Scheme
) -> None:
    service, ids = filled
    desktop = Phone(browser, service, size="desktop", scheme=scheme)
    for name in visits(desktop, ids):
        assert violations(desktop, WCAG) == [], name
    desktop.context.close()


def test_every_page_there_is_is_looked_at(filled: tuple[Service, Ids], store: Any, tmp_path: Any) -> None:
    _, ids = filled
    app = create_app(
        config.load({"REDIS_URL": "redis://nowhere", "SECRET_KEY": "k" * 40, "SHORTLINKS_DATA_DIR": str(tmp_path)}),
        store=store,
    )
    there = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.startswith(("/api", "/rest"))
        and not rule.endpoint.endswith("reloaded")
    }
    adapter = app.url_map.bind("localhost")
    looked_at = {adapter.match(path(ids).partition("?")[0])[0] for path in PAGES.values()}
    assert there - NO_PAGES - looked_at == set()
