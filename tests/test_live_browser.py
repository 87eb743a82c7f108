"""Live numbers in Chromium: what one is at stays as it is when they change, and when they are asked for at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, expect

from tests.phone import INSTAGRAM, SHOP, WHATSAPP, Phone, tap
from tests.service import Service

# The clock is the test's, and each answer is what `window.answers` is at that moment.
PRETENDED = """
window.asked = 0; window.answers = 304; window.away = false; window.slow = null;
window.fetch = async () => {
  asked += 1;
  await slow;
  if (!answers) throw new TypeError("no network");
  return new Response(null, { status: answers });
};
Object.defineProperty(document, "hidden", { get: () => away });
"""
SAVING = 'Object.defineProperty(navigator, "connection", { value: { saveData: true } });'


def a_post(service: Service) -> dict[str, Any]:
    """An Instagram post of three days ago with a bio link, whose views were noted on each of them."""
    fields = {"platform": "instagram", "title": "Looked at", "links": [{"placement": "bio_link", "target": SHOP}]}
    now = datetime.now(UTC)
    status, post = service.call("POST", "/api/v1/posts", fields | {"published_at": (now - timedelta(3)).isoformat()})
    assert status == 201, post
    for days in (2, 1, 0.01):
        noted = {"views": int(9_000 - 1_000 * days), "taken_at": (now - timedelta(days)).isoformat()}
        assert service.call("POST", f"/api/v1/posts/{post['id']}/snapshots", noted)[0] == 201
    made: dict[str, Any] = post
    return made


def test_what_one_is_at_stays_when_a_tap_is_shown(service: Service, browser: Browser) -> None:
    post = a_post(service)
    slug = post["links"][0]["slug"]
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    phone.go(f"/admin/posts/{post['id']}")
    headline, live = page.locator("[data-headline]"), page.locator("[data-live]")
    fold = live.locator("details")
    fold.locator("summary").click()
    views = page.get_by_label("Views", exact=True)
    views.fill("12.")
    expect(views).to_be_focused()
    place, height = views.bounding_box(), live.bounding_box()
    assert place
    assert height
    assert height["y"] < 0 < place["y"]

    tap(service, slug, WHATSAPP, "203.0.113.7")
    tap(service, slug, INSTAGRAM, "203.0.113.8")
    expect(headline).to_have_text("1", timeout=10_000)
    expect(live).to_contain_text("Pasted into at least 1 chat")
    expect(views).to_be_focused()
    expect(views).to_have_value("12.")
    expect(fold.locator("li").first).to_be_visible()
    grown, moved = live.bounding_box(), views.bounding_box()
    assert grown
    assert moved
    assert grown["height"] > height["height"]
    assert abs(moved["y"] - place["y"]) < 1

    # What is in the part that changes, too.
    for focused in (live.get_by_role("link", name="How we count"), fold.locator("summary")):
        before = headline.inner_text()
        focused.focus()
        tap(service, slug, INSTAGRAM.replace("iOS 18_5", f"iOS 18_{before}"), "203.0.113.8")
        expect(headline).to_have_text(str(int(before) + 1), timeout=10_000)
        expect(focused).to_be_focused()
        expect(fold.locator("li").first).to_be_visible()
    assert not phone.wrong


def test_nobody_asks_while_nobody_looks_or_data_is_saved_and_rarely_in_trouble(
    service: Service, browser: Browser
) -> None:
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin/testing/")
    phone.sign_in()
    page.clock.install()
    phone.context.add_init_script(PRETENDED)
    phone.go("/admin/testing/")

    def asked(seconds: int) -> int:
        """How often in so long a time."""
        before = page.evaluate("asked")
        page.clock.run_for(seconds * 1_000)
        found: int = page.evaluate("asked") - before
        return found

    def look(away: str) -> None:
        page.evaluate(f"away = {away}; document.dispatchEvent(new Event('visibilitychange'))")

    assert asked(5) == 5
    look("true")
    assert asked(600) == 0
    look("false")
    look("true")
    look("false")
    assert asked(5) == 5
    page.evaluate("slow = new Promise((done) => { window.answer = done }); 0")
    assert asked(5) == 1
    so_far = page.evaluate("asked")
    look("true")
    look("false")
    assert asked(5) == 0
    assert page.evaluate("asked") == so_far
    page.evaluate("slow = null; answer()")
    assert asked(5) == 5
    for trouble in ("0", "503", "429"):
        page.evaluate(f"answers = {trouble}")
        assert asked(120) == 7, trouble
        page.evaluate("answers = 304")
        assert 0 < asked(35) <= 35
        assert asked(5) == 5
    expect(page.get_by_text("Your browser saves data")).to_have_count(0)

    phone.context.add_init_script(SAVING)
    phone.go("/admin/testing/")
    assert asked(600) == 0
    expect(page.get_by_text("Your browser saves data: reload this page to see what came since.")).to_be_visible()
