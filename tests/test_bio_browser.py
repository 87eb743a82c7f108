"""Making a page of links on a phone and opening it, in Chromium, with and without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect

from tests.phone import INSTAGRAM, Phone
from tests.service import Service


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
    phone.go("/admin")
    phone.sign_in()
    phone.go(f"/admin/profiles/{profile['id']}")
    page.get_by_role("link", name="Page of links").click()
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Colour").select_option("Sea")
    page.get_by_role("button", name="Make the page").click()
    for title in ("The blue mug", "The jug <b>of</b> clay"):
        page.get_by_label("Post", exact=True).select_option(label=title)
        page.get_by_role("button", name="Put it on top").click()
    expect(page.get_by_label("Row 1", exact=True)).to_have_value("The jug <b>of</b> clay")
    page.get_by_role("button", name="Down: row 1").click()
    expect(page.get_by_label("Row 2", exact=True)).to_have_value("The jug <b>of</b> clay")
    page.get_by_label("Row 1", exact=True).fill("My mugs")
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
