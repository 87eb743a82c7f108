"""On a phone, with and without JavaScript: a post from its address, the same elsewhere, a story for it, all ready to be made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.phone import Phone, one_time_code
from tests.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as running:
        running.supervise()
        yield running


@pytest.mark.parametrize(
    "script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["with JavaScript", "without"]
)
def test_from_an_address_to_siblings_and_a_story(service: Service, browser: Browser, script: bool) -> None:
    owner = Phone(browser, service, script=script)
    page, reel = owner.page, "https://www.instagram.com/reel/C1aB/"
    owner.go("/admin/posts/new")
    owner.set_password(one_time_code(service))
    owner.go("/admin/posts/new")
    page.get_by_label("Paste the post’s address").fill(f"Look {reel}?igsh=x via @app")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Link to the post itself")).to_have_value(reel)
    expect(page.get_by_text("The address says: Instagram, Reel.")).to_be_visible()

    # Where its links hang elsewhere is asked below the platform, and not before that is chosen.
    page.get_by_label("Address you promote").fill("shop.example/mug")
    page.get_by_label("Title").fill("The blue mug")
    owner.hang("Direct message")
    page.get_by_text("Also on another platform").click()
    page.get_by_text("Platforms", exact=True).click()
    page.get_by_role("checkbox", name="TikTok").check()
    page.get_by_role("button", name="Choose where the links hang").click()
    on = page.get_by_role("group", name="Where it hangs on TikTok")
    expect(on).to_be_visible()
    page.get_by_role("checkbox", name="TikTok").uncheck()
    expect(on).to_be_hidden()
    page.get_by_role("checkbox", name="TikTok").check()
    on.get_by_label("Website field of the bio").check()
    page.get_by_role("button", name="Make the post").click()
    expect(page.get_by_text("2 posts are made")).to_be_visible()

    page.get_by_role("link", name="Story that promotes it").click()
    expect(page.get_by_text("Its link hangs here: Link sticker on a story.")).to_be_visible()
    page.get_by_role("button", name="Make it like this").click()
    expect(page.get_by_role("heading", name="Story: The blue mug")).to_be_visible()

    owner.go(f"/admin/posts/new?text={reel}")
    page.get_by_role("link", name="The blue mug").click()
    expect(page.get_by_role("heading", name="The blue mug", exact=True)).to_be_visible()
    assert owner.wrong == []
