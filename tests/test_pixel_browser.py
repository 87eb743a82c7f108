"""The code for shops, in Chromium, on a shop of another origin: from the tap on a short link to the sale on the post's page."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from clicking import PHONE
from playwright.sync_api import Browser, Page, expect

from shortlinks import times
from shortlinks.arrivals import arrival_counts
from tests.phone import PICTURES, Phone, Shop
from tests.service import Service

SHOP = "http://shop.example"
# What the page says that a shop has to allow, beside what it allows itself.
ALLOWED = "default-src 'self'; script-src 'unsafe-inline'; img-src {home}"
STRICT = "default-src 'self'; script-src 'unsafe-inline'"


@pytest.fixture(scope="module")
def owner(service: Service, browser: Browser) -> Iterator[Phone]:
    """The owner, who has switched the pixel on."""
    phone = Phone(browser, service)
    phone.go("/admin/settings/sales")
    phone.sign_in()
    phone.go("/admin/settings/sales")
    phone.page.get_by_role("button", name="Switch on").click()
    expect(phone.page.get_by_text("Nothing was reported in the last 7 days.")).to_be_visible()
    yield phone
    phone.context.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(user_agent=PHONE)
    yield context.new_page()
    context.close()


def copied(owner: Phone, system: str) -> list[str]:
    """The pieces of code for a shop system, as the owner copies them."""
    owner.go("/admin/settings/sales")
    page = owner.page
    of_pixel = page.get_by_role("region", name="2. By a pixel").get_by_role("group")
    fold = of_pixel.filter(has=page.get_by_text(system, exact=True))
    fold.get_by_text(system, exact=True).click()
    found = []
    for button in fold.locator("button[data-copy]").all():
        found.append(owner.copied(button))
    assert found
    assert owner.fits()
    return found


def a_post(service: Service, title: str, target: str) -> dict[str, Any]:
    link = {"placement": "bio_link", "target": target, "click_id_param": "sl"}
    status, post = service.call("POST", "/api/v1/posts", {"platform": "instagram", "title": title, "links": [link]})
    assert status == 201, str(post)
    made: dict[str, Any] = post
    return made


def told(service: Service, post: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was reported for a post, by its order's number."""
    items = service.call("GET", f"/api/v1/conversions?post={post['id']}")[1]["items"]
    return {each["external_id"]: each for each in items}


def run(visitor: Page, code: str) -> None:
    """Run the scripts of a piece of code on the page that the visitor is on."""
    for script in re.findall(r"<script>\n(.*?)</script>", code, re.DOTALL):
        visitor.evaluate(f"() => {{ {script} }}")


def test_a_sale_is_told_once_and_stands_apart_on_the_post(service: Service, owner: Phone, visitor: Page) -> None:
    landing, thanks = copied(owner, "Pages of your own (HTML)")
    filled = thanks.replace('order: ""', 'order: "1001"').replace('amount: ""', 'amount: "1.234,50"')
    filled = re.sub(r'currency: "\w+"', 'currency: "EUR"', filled)
    policy = ALLOWED.format(home=owner.home)
    Shop.pages["/bowls"] = f"{landing}<a href='/thanks'>Buy</a>", policy
    Shop.pages["/thanks"] = f"{landing}{filled}Thank you", policy
    Shop.pages["/strict"] = f"{landing}{filled}Thank you", STRICT
    post = a_post(service, "Bowls", f"{SHOP}/bowls?size=2")

    visitor.goto(f"{owner.home}/{post['links'][0]['slug']}")
    expect(visitor).to_have_url(re.compile(rf"^{SHOP}/bowls\?size=2&sl=\w+\.\w+$"))
    with visitor.expect_response(re.compile(r"/c/")) as first:
        visitor.get_by_role("link", name="Buy").click()
    with visitor.expect_response(re.compile(r"/c/")) as again:
        visitor.reload()
    for answer in (first.value, again.value):
        assert (answer.status, answer.headers["conversion"]) == (200, "taken")
        assert "referer" not in answer.request.all_headers()
    assert visitor.context.cookies() == []
    (sale,) = told(service, post).values()
    assert (sale["external_id"], sale["amount_minor"], sale["currency"]) == ("1001", 123_450, "EUR")
    assert (sale["source"], sale["verified"]) == ("pixel", False)
    with visitor.expect_console_message(lambda said: "Content Security Policy" in said.text):
        visitor.goto(f"{SHOP}/strict")

    owner.go(f"/admin/posts/{post['id']}")
    sales = owner.page.get_by_role("region", name="Sales")
    expect(sales).to_contain_text("Not verified, and in no count: 1 sale, €1,234.50.")
    expect(sales).to_contain_text("by the pixel")
    owner.go("/admin/settings/sales")
    expect(owner.page.get_by_text("2 reports were taken in the last 7 days.")).to_be_visible()
    owner.page.screenshot(path=PICTURES / "selling.png", full_page=True)


def test_a_page_tells_once_that_a_click_arrived_and_keeps_nothing_of_it(
    service: Service, owner: Phone, visitor: Page
) -> None:
    owner.go("/admin/settings/sales")
    owner.page.get_by_role("button", name="Tell arrivals").click()
    card = owner.page.get_by_role("region", name="Arrivals")
    expect(card.get_by_text("No arrival was told in the last 7 days.")).to_be_visible()
    code = owner.copied(card.locator("button[data-copy]"))
    assert owner.fits()
    Shop.pages["/vases"] = code, f"default-src 'self'; script-src {owner.home}; connect-src {owner.home}"
    post = a_post(service, "Vases", f"{SHOP}/vases")
    slug = post["links"][0]["slug"]

    for address in (f"{owner.home}/{slug}", None):
        with visitor.expect_response(re.compile(r"/a/[\w-]+$")) as answer:
            visitor.reload() if address is None else visitor.goto(address)
        assert answer.value.request.method == "POST"
        assert answer.value.status == 204
    visitor.goto(f"{SHOP}/vases")
    assert visitor.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert visitor.context.cookies() == []
    # The image, where there is no beacon: of another click.
    visitor.add_init_script("navigator.sendBeacon = undefined")
    Shop.pages["/vases"] = code, f"default-src 'self'; script-src {owner.home}; img-src {owner.home}"
    with visitor.expect_response(re.compile(r"/a/[\w-]+\.gif")) as answer:
        visitor.goto(f"{owner.home}/{slug}")
    assert "referer" not in answer.value.request.all_headers()

    service.until(lambda: service.ledger(post["id"])["hits"] == 2, "both clicks are counted")
    arrival_counts.count(service.store, now=times.now() + 5 * times.MINUTE)
    steps = service.call("GET", f"/api/v1/posts/{post['id']}/funnel")[1]["steps"]
    (step,) = (step for step in steps if step["name"] == "arrivals")
    assert (step["count"], step["measured"], step["apart"]) == (1, 1, 1), "the second tap repeats the first"
    owner.go(f"/admin/posts/{post['id']}")
    expect(owner.page.get_by_text("1 of 1 click")).to_be_visible()
    owner.go("/admin/settings/sales")
    expect(card.get_by_text("2 arrivals were told in the last 7 days.")).to_be_visible()
    expect(card.get_by_text("1 more was not counted: told before (1).")).to_be_visible()
    card.screenshot(path=PICTURES / "arrivals.png")


def test_who_came_by_no_link_is_not_told_of_and_a_click_is_forgotten_in_time(
    service: Service, owner: Phone, visitor: Page
) -> None:
    landing, thanks = copied(owner, "Pages of your own (HTML)")
    sent: list[str] = []
    visitor.on("request", lambda request: sent.append(request.url) if "/c/" in request.url else None)
    visitor.goto(f"{SHOP}/?sl=bio.00000000001{'0' * 13}")
    run(visitor, landing)
    assert visitor.evaluate("localStorage.getItem('sl')") is None  # of 1970
    run(visitor, thanks)
    visitor.goto(f"{SHOP}/?sl=nonsense")
    run(visitor, landing)
    assert visitor.evaluate("localStorage.getItem('sl')") == "nonsense"
    with visitor.expect_response(re.compile(r"/c/")) as answer:
        run(visitor, thanks)
    assert answer.value.headers["conversion"] == 'refused; reason="unknown click id"'
    assert len(sent) == 1
    owner.go("/admin/settings/sales")
    expect(owner.page.get_by_text("1 report was refused: unknown click id (1).")).to_be_visible()


def test_the_code_for_shop_systems_tells_of_their_orders(service: Service, owner: Phone, visitor: Page) -> None:
    (shopify,), (woo,) = copied(owner, "Shopify"), copied(owner, "WooCommerce")
    post = a_post(service, "Mugs", f"{SHOP}/mugs")
    visitor.goto(f"{owner.home}/{post['links'][0]['slug']}")
    search = visitor.evaluate("location.search")
    checkout = {
        "order": {"id": "gid://shopify/OrderIdentity/77"},
        **{"totalPrice": {"amount": 9.5}, "currencyCode": "USD"},
        "discountApplications": [{"type": "DISCOUNT_CODE", "title": "SUMMER"}],
    }
    visitor.evaluate(
        """async ([code, search, checkout]) => {
            const heard = {}, kept = {};
            const storage = {setItem: async (key, value) => { kept[key] = value; }, getItem: async (key) => kept[key] ?? null};
            const analytics = {subscribe: (name, hear) => { heard[name] = hear; }};
            new Function("analytics", "browser", code)(analytics, {localStorage: storage});
            await heard.page_viewed({context: {document: {location: {search}}}});
            await heard.page_viewed({context: {document: {location: {search: ""}}}});
            await heard.checkout_completed({data: {checkout}});
        }""",
        [shopify, search, checkout],
    )
    order = {"order": "W-5", "amount": "20", "currency": "EUR", "coupon": ""}
    with visitor.expect_response(re.compile(r"/c/")):
        run(visitor, re.sub(r"<\?php echo .*? \?>", json.dumps(order), woo))
    address = re.findall(r'"(http[^"]+/c/[^"]+)"', shopify)[0]
    with visitor.expect_response(lambda answer: "/c/" in answer.url and answer.request.method == "POST") as beacon:
        visitor.evaluate(
            """([address, report]) => navigator.sendBeacon(address, new Blob([report], {type: "application/json"}))""",
            [address, json.dumps({"order": 9, "sl": search.partition("=")[2]})],
        )
    assert beacon.value.status == 204
    found = told(service, post)
    assert {number: (each["amount_minor"], each["currency"], each["coupon"]) for number, each in found.items()} == {
        "shopify:77": (950, "USD", "SUMMER"),
        "W-5": (2_000, "EUR", None),
        "9": (None, None, None),
    }


def test_a_payment_link_takes_the_click_along(service: Service, owner: Phone, visitor: Page) -> None:
    keep, thanks = copied(owner, "Stripe payment links")
    pay = "<a href='https://buy.stripe.com/test_1?locale=de' onclick='event.preventDefault()'><b>Pay</b></a>"
    Shop.pages["/plates"] = f"{keep}{pay}", ""
    Shop.pages["/paid"] = thanks, ""
    post = a_post(service, "Plates", f"{SHOP}/plates")
    visitor.goto(f"{owner.home}/{post['links'][0]['slug']}")
    visitor.get_by_text("Pay").click()
    target = visitor.get_by_role("link", name="Pay").get_attribute("href") or ""
    reference = target.removeprefix("https://buy.stripe.com/test_1?locale=de&client_reference_id=")
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,200}", reference)
    with visitor.expect_response(re.compile(r"/c/")):
        visitor.goto(f"{SHOP}/paid?session_id=cs_test_a1")
    (sale,) = told(service, post).values()
    assert sale["external_id"] == "cs_test_a1"
    assert sale["click_id"].replace(".", "_") == reference


def test_where_no_code_runs_the_page_says_so(owner: Phone) -> None:
    owner.go("/admin/settings/sales")
    for system in ("Gumroad", "Ko-fi"):
        owner.page.get_by_text(system, exact=True).first.click()
        expect(owner.page.get_by_text(re.compile(f"^{system} .* webhook"))).to_be_visible()
    assert owner.wrong == []
