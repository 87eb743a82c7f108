"""A post's page on a phone, in Chromium: its links handed on, its path shown to others, its numbers live; and a page of links."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from shortlinks.owner import settings
from tests.phone import INSTAGRAM, PICTURES, SHOP, WHATSAPP, Phone, tap
from tests.service import Service
from tests.test_every_page import SMALL, WCAG

FILES = """
    navigator.canShare = data => data.files.length === 1 && data.files[0].type === "image/png";
    navigator.share = async ({title, files: [{name, size}]}) => {
        document.body.dataset.shared = [title, name, size].join();
    };
"""
SHEET = "navigator.share = async data => { window.shared = data }"
HOSTILE = "Mug <b>&\"'"

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


def a_post(service: Service, slug: str, coupon: str) -> dict[str, Any]:
    """A reel with a bio link, an address in a caption, and one that is shown on screen."""
    hung = [{"placement": name} for name in ("bio_link", "reel_caption")]
    hung.append({"placement": "on_screen", "slug": slug, "coupon": coupon})
    links = [{"target": "https://shop.example/mug", **link} for link in hung]
    fields = {"platform": "instagram", "title": HOSTILE, "links": links}
    status, post = service.call("POST", "/api/v1/posts", fields)
    assert status == 201, post
    made: dict[str, Any] = post
    return made


def at_post(service: Service, browser: Browser, post: dict[str, Any], *, script: bool = True) -> Phone:
    """A phone that shows the page of a post, signed in."""
    phone = Phone(browser, service, script=script)
    phone.go(f"/admin/posts/{post['id']}")
    phone.sign_in()
    return phone


def opened(phone: Phone, spot: str) -> Locator:
    """The link that hangs there, with its fold open."""
    link = phone.page.get_by_role("article", name=spot)
    link.get_by_text("Share", exact=True).click()
    return link


def test_a_link_is_shared_copied_and_shown(service: Service, browser: Browser) -> None:
    post = a_post(service, "mug", "MUG10")
    phone = at_post(service, browser, post)
    page = phone.page
    bio = opened(phone, "Bio link")
    expect(bio.get_by_role("img", name="QR code of")).to_be_visible()
    # This browser has no sheet.
    expect(bio.get_by_role("button", name="Share the link")).to_be_hidden()
    phone.context.add_init_script(SHEET)
    page.reload()
    bio = opened(phone, "Bio link")
    bio.get_by_role("button", name="Share the link").click()
    short = f"{phone.home}/{post['links'][0]['slug']}"
    assert page.evaluate("shared") == {"title": HOSTILE, "url": short}

    caption = opened(phone, "Caption of a reel")
    expect(caption).to_contain_text("Nobody can tap an address here")
    copied = phone.copied(caption.get_by_role("button", name="Copy").last)
    assert copied == f"{HOSTILE}\nLink in bio\nCode: MUG10"

    screen = opened(phone, "Shown on screen")
    found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    assert [each["id"] for each in found.response["violations"]] == []
    assert page.evaluate(SMALL) == []
    assert phone.fits()
    page.get_by_role("region", name="Links").screenshot(path=PICTURES / "share.png")
    screen.get_by_role("link", name="Card to show in the video").click()
    page.get_by_label("A line above the address").fill("Type it <i>")
    page.get_by_role("button", name="Show the card").click()
    shown = page.get_by_role("img", name="Type it <i>: localhost").first
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1080
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save Stories, reels").click()
    assert saved.value.suggested_filename == "mug-tall.png"
    page.screenshot(path=PICTURES / "card.png", full_page=True)
    assert phone.fits()
    assert not phone.wrong


def test_all_but_the_sheet_works_without_javascript(service: Service, browser: Browser) -> None:
    post = a_post(service, "cup", "CUP10")
    phone = at_post(service, browser, post, script=False)
    page = phone.page
    bio = opened(phone, "Bio link")
    expect(bio.get_by_role("img", name="QR code of")).to_be_visible()
    expect(bio.get_by_label("Text for the post’s caption")).to_have_value("Link in bio\nCode: CUP10")
    with page.expect_download() as saved:
        bio.get_by_role("link", name="QR as SVG").click()
    assert saved.value.suggested_filename == f"{post['links'][0]['slug']}-qr.svg"
    bio.get_by_role("button", name="Make a link for print").click()
    expect(page.get_by_role("article", name="Print")).to_be_visible()
    assert not phone.wrong


def test_the_path_is_shared_as_a_picture_and_at_a_secret_address(service: Service, browser: Browser) -> None:
    post = a_post(service, "bowl", "BOWL10")
    phone = at_post(service, browser, post)
    page = phone.page
    page.get_by_text("Share these numbers").click()
    picture = page.get_by_role("img", name="The path as a picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1080
    expect(page.get_by_role("button", name="Share the picture")).to_be_hidden()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the picture").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")

    phone.context.add_init_script(FILES)
    page.reload()
    page.get_by_text("Share these numbers").click()
    page.get_by_role("button", name="Share the picture").click()
    size = saved.value.path().stat().st_size
    expect(page.locator("body")).to_have_attribute("data-shared", f"{HOSTILE},path.png,{size}")

    page.get_by_role("button", name="Make a secret address").click()
    expect(page.get_by_text("Whoever has the secret address below")).to_be_in_viewport()
    address = phone.copied(page.get_by_label("Secret address").locator("..").get_by_role("button", name="Copy"))
    assert page.evaluate(SMALL) == []
    assert phone.fits()
    assert not phone.wrong

    reader = Phone(browser, service, script=False)
    reader.page.goto(address)
    expect(reader.page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    expect(reader.page.get_by_role("listitem").first).to_contain_text("not noted")
    with reader.page.expect_download() as kept:
        reader.page.get_by_role("link", name="Save as a picture").click()
    assert kept.value.path().read_bytes() == saved.value.path().read_bytes()
    assert not reader.wrong


def a_post_of_days_ago(service: Service) -> dict[str, Any]:
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
    post = a_post_of_days_ago(service)
    slug = post["links"][0]["slug"]
    phone = at_post(service, browser, post)
    page = phone.page
    headline, live = page.locator("[data-headline]"), page.locator("[data-live]")
    fold = live.locator("details", has_text="from reading to reading")
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
    expect(headline).to_have_text("1")
    expect(live).to_contain_text("Pasted into at least 1 chat")
    ledger = live.locator(".ledger")
    expect(ledger.locator("dl")).to_be_hidden()
    expect(views).to_be_focused()
    expect(views).to_have_value("12.")
    expect(fold.locator("li").first).to_be_visible()
    grown, moved = live.bounding_box(), views.bounding_box()
    assert grown
    assert moved
    assert grown["height"] > height["height"]
    assert abs(moved["y"] - place["y"]) < 1

    # What is in the part that changes, too.
    ledger.locator("summary").click()
    for focused in (live.get_by_role("link", name="How we count"), fold.locator("summary"), ledger.locator("summary")):
        before = headline.inner_text()
        focused.focus()
        tap(service, slug, INSTAGRAM.replace("iOS 18_5", f"iOS 18_{before}"), "203.0.113.8")
        expect(headline).to_have_text(str(int(before) + 1))
        expect(focused).to_be_focused()
        expect(fold.locator("li").first).to_be_visible()
        expect(ledger.get_by_text(f"{int(before) + 1} clicks by people")).to_be_visible()
    assert not phone.wrong

    # Signed out elsewhere: what was typed stays, and can be sent.
    with page.expect_response(lambda answer: answer.status == 401):
        settings.end_sessions(service.store)
    expect(views).to_have_value("12.")
    views.fill("9.1K")
    page.get_by_role("button", name="Save the numbers").click()
    phone.sign_in()
    expect(page).to_have_url(f"{phone.home}/admin/posts/{post['id']}")
    expect(page.get_by_text("this was not saved: views 9.1K")).to_be_visible()


def test_nobody_asks_while_nobody_looks_or_saves_data_and_rarely_in_trouble(service: Service, browser: Browser) -> None:
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin/testing/")
    phone.sign_in()
    page.clock.install()
    # It stands still, or what this machine takes would be added to the seconds below.
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
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


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_creator_makes_a_page_and_sees_it_opened(service: Service, browser: Browser, script: bool) -> None:
    name = "ada" if script else "ben"
    profile = service.call("POST", "/api/v1/profiles", {"platform": "instagram", "handle": name})[1]
    for title in ("The blue mug", "The jug <b>of</b> clay"):
        hung = [{"placement": "bio_link", "target": "https://shop.example/mug"}]
        fields = {"platform": "instagram", "title": title, "profile_id": profile["id"], "links": hung}
        assert service.call("POST", "/api/v1/posts", fields)[0] == 201

    phone = Phone(browser, service, script=script)
    page = phone.page
    phone.go(f"/admin/profiles/{profile['id']}")
    phone.sign_in()
    page.get_by_role("link", name="Page of links").click()
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Colour").select_option("Sea")
    page.get_by_role("button", name="Make the page").click()
    for title in ("The blue mug", "The jug <b>of</b> clay"):
        page.get_by_label("Post", exact=True).select_option(label=title)
        page.get_by_role("button", name="Put it on top").click()
        expect(page.get_by_label("Row 1", exact=True)).to_have_value(title)
    page.get_by_role("button", name="Down: row 1").click()
    expect(page.get_by_label("Row 2", exact=True)).to_have_value("The jug <b>of</b> clay")
    page.get_by_label("Row 1", exact=True).fill("My mugs")
    with page.expect_navigation():
        page.get_by_label("Row 1", exact=True).press("Enter")
    expect(page.get_by_label("Row 1", exact=True)).to_have_value("My mugs")

    visitor = Phone(browser, service, agent=INSTAGRAM, script=script)
    visitor.go(f"/@{name}")
    expect(visitor.page.get_by_role("listitem")).to_have_text(["My mugs", "The jug <b>of</b> clay"])
    assert visitor.page.context.cookies() == []
    service.settle()
    found = service.call("GET", f"/api/v1/profiles/{profile['id']}/page")[1]
    assert (found["opens"]["hits"], found["opens"]["human"]) == (1, 1)
    assert phone.wrong == visitor.wrong == []
