"""The story of one post on a phone, in Chromium, against the real service started as a newcomer starts it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.phone import INSTAGRAM, PASSWORD, PICTURES, SHOP, SIZES, WHATSAPP, Phone, one_time_code, tap
from tests.service import AGENT, Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("browser"), SHORTLINKS_TRUSTED_PROXIES="1") as running:
        running.supervise()
        yield running


def a_post(service: Service, title: str, target: str = SHOP) -> dict[str, Any]:
    """An Instagram post with a bio link, as the API answers it."""
    fields = {"platform": "instagram", "title": title, "links": [{"placement": "bio_link", "target": target}]}
    status, post = service.call("POST", "/api/v1/posts", fields)
    assert status == 201, post
    made: dict[str, Any] = post
    return made


def test_a_creator_makes_a_post_and_reads_its_funnel_on_a_phone(service: Service, browser: Browser) -> None:
    phone = Phone(browser, service)
    page = phone.page

    phone.go("/admin")
    phone.set_password(one_time_code(service))

    phone.new_post("Glazing the blue bowls", "Reel", "Bio link")
    page.get_by_role("button", name="Make the post").click()
    expect(page.get_by_role("heading", name="Glazing the blue bowls")).to_be_visible()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    short = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"{phone.home}/[a-z0-9]{{5}}", short)
    # It is shown without its scheme, but for who marks it to copy it by hand.
    field = page.get_by_label("Short link").first
    expect(field).to_have_value(short.removeprefix("http://"))
    field.focus()
    expect(field).to_have_value(short)

    # A visitor taps it inside Instagram, while the creator looks at the post's page.
    visitor = Phone(browser, service, agent=INSTAGRAM)
    visitor.page.goto(short)
    assert (visitor.page.url, visitor.page.title()) == (SHOP, "Blue bowls")
    expect(page.locator("[data-headline]")).to_have_text("1", timeout=10_000)
    for number in range(1, 9):
        tap(service, short, INSTAGRAM, f"203.0.113.{number}")
    for number in range(3):
        tap(service, short, WHATSAPP, f"198.51.100.{number}")
    expect(page.locator(".ledger")).to_contain_text("12 hits = 9 clicks by people + 3 link previews", timeout=10_000)

    page.get_by_label("Views", exact=True).fill("12.4K")
    page.get_by_label("Likes", exact=True).fill("931")
    page.get_by_role("button", name="Save the numbers").click()
    expect(page.get_by_text("The numbers are saved.")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="From views to clicks")).to_be_in_viewport()
    expect(page.locator("[data-headline]")).to_be_in_viewport()
    path = page.get_by_role("region", name="From views to clicks")
    expect(path).to_contain_text("9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %")
    expect(path).to_contain_text("±50")
    expect(path).to_contain_text("931 of 12,400 views")
    assert phone.fits()
    assert not phone.wrong

    path.screenshot(path=PICTURES / "funnel.png")
    page.screenshot(path=PICTURES / "post.png", full_page=True)

    # The story that promotes the reel is a post of its own.
    page.get_by_role("link", name="Story that promotes it").click()
    page.get_by_label("What is it?").select_option(label="Story")
    page.get_by_label("Address you promote").fill(SHOP)
    page.get_by_label("Title").fill("Story: the blue bowls")
    phone.hang("Link sticker on a story")
    page.get_by_role("button", name="Make the post").click()
    expect(page.get_by_text("Promotes Glazing the blue bowls")).to_be_visible()
    assert not phone.wrong


def test_everything_essential_works_without_javascript(service: Service, browser: Browser) -> None:
    phone = Phone(browser, service, script=False)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    phone.new_post("A bowl, and a link nobody can tap", "Reel", "Bio link")
    page.get_by_text("Cannot be tapped (Instagram)").click()
    phone.hang("Caption of a reel")
    page.get_by_role("button", name="Make the post").click()
    expect(page.get_by_text("Nobody can tap", exact=False).first).to_be_visible()
    tap(service, page.get_by_label("Short link").first.input_value(), INSTAGRAM, "203.0.113.77")
    service.settle()
    page.reload()
    expect(page.locator("[data-headline]")).to_have_text("1")
    page.get_by_label("Views", exact=True).fill("1,2 mil")
    page.get_by_role("button", name="Save the numbers").click()
    expect(page.get_by_role("region", name="From views to clicks")).to_contain_text("1 of 1,200 views")
    page.get_by_label("Views", exact=True).fill("many")
    page.get_by_role("button", name="Save the numbers").click()
    expect(page.get_by_label("Views", exact=True)).to_have_value("many")
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert not [said for said in phone.wrong if "422" not in said]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_numbers_are_pasted_one_post_after_another(service: Service, browser: Browser, script: bool) -> None:
    day_ago = datetime.now(UTC) - timedelta(hours=25)
    for title in ("First of the walk", "Second of the walk"):
        fields = {"platform": "tiktok", "title": f"{title} {script}", "published_at": f"{day_ago:%Y-%m-%dT%H:%M:%SZ}"}
        assert service.call("POST", "/api/v1/posts", fields)[0] == 201
    phone = Phone(browser, service, script=script)
    page = phone.page
    phone.go("/admin/numbers")
    phone.sign_in()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    if script:
        page.evaluate("navigator.clipboard.writeText('12.4K views 931 likes 14 comments')")
        page.get_by_label("Text with the numbers").press("Control+V")
    else:
        page.get_by_label("Text with the numbers").fill("12.4K views 931 likes 14 comments")
        page.get_by_role("button", name="Read the text").click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_in_viewport()
    expect(page.get_by_label("Views", exact=True)).to_have_value("12.4K")
    expect(page.get_by_label("Comments", exact=True)).to_have_value("14")
    assert phone.fits()
    page.screenshot(path=PICTURES / f"walk-{script}.png", full_page=True)
    page.get_by_role("button", name="Save the numbers").click()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page.get_by_label("Views", exact=True).fill("800")
    page.get_by_label("Views", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="That was the last one")).to_be_visible()
    assert not phone.wrong


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
    phone.go("/admin")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.get_by_role("button", name="Sign in").click()
    phone.go(f"/admin/posts/{post['id']}")
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
    expect(shown).to_have_count(1, timeout=10_000)
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
    expect(shown).to_have_count(3, timeout=10_000)
    expect(shown.filter(has_text="Link preview")).to_contain_text("WhatsApp")
    expect(shown.filter(has_text=INSTAGRAM)).to_contain_text("It came from the network that you were testing in.")
    page.screenshot(path=PICTURES / "own-taps-seen.png", full_page=True)
    assert phone.fits()

    # It ends on another device of the network, and this page shows so by itself.
    other = Phone(browser, service, script=False)
    other.go("/admin/testing/")
    other.sign_in()
    other.page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_role("button", name="Test for 10 minutes")).to_be_visible(timeout=10_000)
    inside.page.goto(short)
    phone.go(f"/admin/posts/{post['id']}")
    sums = "5 hits = 2 clicks by people + 2 taps of your own + 1 link preview"
    expect(page.locator(".ledger")).to_contain_text(sums, timeout=10_000)
    assert not phone.wrong


def test_a_creator_says_of_a_click_that_was_me(service: Service, browser: Browser) -> None:
    post = a_post(service, "Tapped by its maker")
    for address in ("203.0.113.7", "203.0.113.8"):
        tap(service, post["links"][0]["slug"], INSTAGRAM, address)
    service.settle()
    phone = Phone(browser, service)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    expect(page.get_by_role("heading", name="Posts")).to_be_visible()
    phone.go(f"/admin/posts/{post['id']}")
    newest = page.get_by_role("region", name="Newest clicks")
    newest.get_by_role("button", name="That was me").first.click()
    expect(newest.get_by_text("That was you.")).to_be_in_viewport()
    expect(page.locator(".ledger")).to_contain_text("2 hits = 1 click by a person + 1 tap of your own", timeout=10_000)
    page.reload()
    newest.screenshot(path=PICTURES / "newest.png")
    expect(newest).to_contain_text("You said that this visitor was you.")
    newest.get_by_role("button", name="That was not me").click()
    expect(page.locator(".ledger")).to_contain_text("2 hits = 2 clicks by people", timeout=10_000)
    assert phone.fits()
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
    expect(counting.get_by_text("counted again by the rules of version")).to_be_visible(timeout=20_000)
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
    phone.go("/admin")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.get_by_role("button", name="Sign in").click()
    expect(phone.page.get_by_role("heading", name="Posts")).to_be_visible()
    phone.go("/admin/testing/")
    phone.page.get_by_role("button", name="Test for 10 minutes").click()
    tap(service, "/" + "s" * 64, "W" * 512, "127.0.0.1", referrer="https://" + "r" * 120 + ".example/")
    expect(phone.page.get_by_text("W" * 512)).to_be_visible(timeout=10_000)
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
