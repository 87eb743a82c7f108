"""Single pages on a phone, in Chromium: what a creator does there besides the way that test_story.py goes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.creator import Creator
from tests.phone import INSTAGRAM, PASSWORD, PICTURES, SHOP, SIZES, WHATSAPP, Phone, tap
from tests.service import AGENT, Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(
        tmp_path_factory.mktemp("browser"), SHORTLINKS_TRUSTED_PROXIES="1", SHORTLINKS_ADMIN_PASSWORD=PASSWORD
    ) as running:
        running.supervise()
        yield running


def a_post(service: Service, title: str, target: str = SHOP) -> dict[str, Any]:
    """An Instagram post with a bio link, as the API answers it."""
    fields = {"platform": "instagram", "title": title, "links": [{"placement": "bio_link", "target": target}]}
    status, post = service.call("POST", "/api/v1/posts", fields)
    assert status == 201, post
    made: dict[str, Any] = post
    return made


def test_anyone_reads_how_clicks_are_counted_and_tries_an_agent(service: Service, browser: Browser) -> None:
    phone = Phone(browser, service, agent=INSTAGRAM, script=False)
    page = phone.page
    phone.go("/how-we-count")
    expect(page.get_by_role("region", name="Your request")).to_contain_text("human: Instagram on iOS, a phone")
    page.screenshot(path=PICTURES / "how-we-count.png", full_page=True)
    page.get_by_label("User agent").fill(WHATSAPP)
    page.get_by_label("Page it came from").fill("https://l.instagram.com/")
    page.get_by_role("button", name="How would it count?").click()
    answer = page.get_by_role("region", name="Try another")
    expect(answer).to_be_in_viewport()
    expect(answer).to_contain_text("preview: WhatsApp, from WhatsApp, from Instagram.")
    page.screenshot(path=PICTURES / "how-we-count-tried.png")
    page.get_by_label("User agent").fill("W" * 512)
    page.get_by_label("Page it came from").fill("https://" + "w" * 2_000)
    page.get_by_role("button", name="How would it count?").click()
    expect(answer).to_contain_text("library")
    assert phone.fits()
    assert not phone.wrong


def test_where_people_came_from_is_told_by_name(service: Service, browser: Browser) -> None:
    post = a_post(service, "Where they came from", "https://shop.example/")
    agent = INSTAGRAM.partition(" Instagram")[0] + " Version/18.5 Safari/604.1"
    came = ["https://l.instagram.com/", "android-app://com.instagram.android/", "https://www.blog.example/x", "", ""]
    for number, referrer in enumerate([*came, "https://out.reddit.com/", "https://mail.google.com/"]):
        query = "?fbclid=IwAR0" if number == 3 else ""
        tap(service, post["links"][0]["slug"] + query, agent, f"203.0.113.{number}", referrer=referrer)
    service.settle()
    phone = Phone(browser, service)
    phone.go(f"/admin/posts/{post['id']}")
    phone.sign_in()
    sites = phone.page.get_by_role("table", name="Sites they came from")
    for name, count in (("Instagram", 2), ("Reddit", 1), ("Gmail", 1), ("blog.example", 1), ("(unknown)", 2)):
        row = sites.get_by_role("row").filter(has=phone.page.get_by_role("rowheader", name=name, exact=True))
        expect(row.get_by_role("cell")).to_have_text(str(count))
    apps = phone.page.get_by_role("table", name="Apps and networks")
    expect(apps).to_contain_text("Facebook or Instagram")
    phone.page.get_by_role("region", name="Where clicks come from").screenshot(path=PICTURES / "came-from.png")
    assert phone.fits()
    assert not phone.wrong


def test_a_creator_tries_a_link_and_sees_that_it_is_not_counted(service: Service, browser: Browser) -> None:
    post = a_post(service, "Tried before it is out")
    phone = Phone(browser, service, agent=AGENT)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    expect(page.get_by_role("heading", name="Posts")).to_be_visible()
    phone.go(f"/admin/posts/{post['id']}")
    page.get_by_role("link", name="test it").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.screenshot(path=PICTURES / "own-taps.png", full_page=True)

    # In the browser that is marked.
    page.get_by_role("button", name="This browser is me").click()
    expect(page.get_by_text("Is you")).to_be_visible()
    short = f"{phone.home}/{post['links'][0]['slug']}"
    phone.context.new_page().goto(short)
    shown = page.get_by_role("region", name="What became of your taps").get_by_role("listitem")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Tap of your own")
    expect(shown).to_contain_text(
        "The browser is marked as yours. A follower’s first tap like this would have counted."
    )
    expect(shown).to_contain_text(AGENT)

    # Inside Instagram, where there is no mark, while a follower elsewhere taps it too.
    page.get_by_role("button", name="Test for 10 minutes").click()
    expect(page.get_by_text("10 minutes left")).to_be_visible()
    inside = Phone(browser, service, agent=INSTAGRAM)
    inside.page.goto(short)
    tap(service, short, INSTAGRAM, "203.0.113.7")
    tap(service, short, WHATSAPP, "127.0.0.1")
    expect(shown).to_have_count(3)
    expect(shown.filter(has_text="Link preview")).to_contain_text("WhatsApp")
    expect(shown.filter(has_text=INSTAGRAM)).to_contain_text("It came from the network that you were testing in.")
    page.screenshot(path=PICTURES / "own-taps-seen.png", full_page=True)
    assert phone.fits()

    # It ends on another device of the network, and this page shows so by itself.
    other = Phone(browser, service, script=False)
    other.go("/admin/testing/")
    other.sign_in()
    other.page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_role("button", name="Test for 10 minutes")).to_be_visible()
    inside.page.goto(short)
    phone.go(f"/admin/posts/{post['id']}")
    expect(page.locator(".ledger summary")).to_have_text("5 hits: 3 left out")
    sums = ["2 clicks by people", "+ 2 taps of your own", "+ 1 link preview"]
    expect(page.locator(".ledger dt")).to_have_text(sums)
    assert not phone.wrong


def test_a_creator_has_everything_counted_again(service: Service, browser: Browser) -> None:
    post = a_post(service, "Counted twice")
    tap(service, post["links"][0]["slug"], INSTAGRAM, "203.0.113.7")
    service.settle()
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin/settings/")
    phone.sign_in()
    counting = page.get_by_role("region", name="Counting")
    counting.get_by_role("button", name="Count again").click()
    expect(counting.get_by_text("counted again by the rules of version")).to_be_visible()
    expect(counting.get_by_role("button", name="Count again")).to_be_enabled()
    counting.screenshot(path=PICTURES / "counted-again.png")
    assert not phone.wrong


def test_the_longest_names_and_numbers_fit_a_phone(service: Service, browser: Browser) -> None:
    spots = [
        {"placement": "bio_link", "target": "https://shop.example/" + "t" * 1_900, "slug": "s" * 64},
        {"placement": "reel_caption", "target": "https://shop.example/"},
    ]
    fields = {
        "platform": "instagram",
        "title": "W" * 200,
        "tags": ["T" * 40, "ü" * 40],
        "notes": "N" * 3_000,
        "permalink": "https://instagram.example/" + "p" * 1_500,
        "links": spots,
    }
    status, post = service.call("POST", "/api/v1/posts", fields)
    assert status == 201
    path = f"/api/v1/posts/{post['id']}/snapshots"
    most = dict.fromkeys(("views", "likes", "reach", "comments", "profile_visits", "link_taps"), 10**12)
    assert service.call("POST", path, most)[0] == 201
    assert service.call("POST", path, {"views": "900B", "likes": "1.2M", "taken_at": "2026-01-01T00:00:00Z"})[0] == 201
    service.call("POST", "/api/v1/tokens", {"name": "K" * 80, "scopes": ["read"]})
    tap(service, "/" + "s" * 64, INSTAGRAM, "203.0.113.1", referrer="https://" + "r" * 120 + ".example/")
    service.settle()
    phone = Phone(browser, service)
    phone.go("/admin/testing/")
    phone.sign_in()
    phone.page.get_by_role("button", name="Test for 10 minutes").click()
    expect(phone.page.get_by_text("10 minutes left")).to_be_visible()
    tap(service, "/" + "s" * 64, "W" * 512, "127.0.0.1", referrer="https://" + "r" * 120 + ".example/")
    expect(phone.page.get_by_text("W" * 512)).to_be_visible()
    wide = {}
    of_post = f"/posts/{post['id']}"
    for page in ("/", of_post, f"{of_post}/edit", f"{of_post}/purge", "/settings/", "/testing/"):
        phone.go(f"/admin{page}")
        phone.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        wide[page] = phone.page.evaluate("document.documentElement.scrollWidth")
    assert wide == dict.fromkeys(wide, SIZES["phone"]["width"])
    # A number stays on one line.
    phone.go(f"/admin/posts/{post['id']}")
    assert phone.page.locator(".noted td.n").first.evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"


def test_numbers_are_pasted_and_saved_on_a_desktop_with_the_keyboard_alone(service: Service, browser: Browser) -> None:
    post = a_post(service, "Noted without a mouse")
    creator = Creator(browser, service, size="desktop", script=True)
    creator.go(f"/admin/posts/{post['id']}")
    creator.sign_in()
    creator.paste("2,100 views 160 likes")
    creator.look("keyboard", "160 of 2,100 views")
    assert creator.wrong == []
