"""Hanging a link with what its post's page offers, on a phone in Chromium: share sheet, text, QR code, card."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from tests.phone import PICTURES, Phone
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


def opened(phone: Phone, spot: str) -> Locator:
    """The link that hangs there, with its fold open."""
    link = phone.page.get_by_role("article", name=spot)
    link.get_by_text("Share", exact=True).click()
    return link


def test_a_link_is_shared_copied_and_shown(service: Service, browser: Browser) -> None:
    post = a_post(service, "mug", "MUG10")
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    phone.go(f"/admin/posts/{post['id']}")
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
    caption.get_by_role("button", name="Copy").last.click()
    expect(caption.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{HOSTILE}\nLink in bio\nCode: MUG10"

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
        page.get_by_role("link", name="Save tall").click()
    assert saved.value.suggested_filename == "mug-tall.png"
    page.screenshot(path=PICTURES / "card.png", full_page=True)
    assert phone.fits()
    assert not phone.wrong


def test_all_but_the_sheet_works_without_javascript(service: Service, browser: Browser) -> None:
    post = a_post(service, "cup", "CUP10")
    phone = Phone(browser, service, script=False)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    phone.go(f"/admin/posts/{post['id']}")
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
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    phone.go(f"/admin/posts/{post['id']}")
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
    page.get_by_label("Secret address").locator("..").get_by_role("button", name="Copy").click()
    address = page.evaluate("navigator.clipboard.readText()")
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
