"""Taking in a platform's file on a phone, in Chromium, with and without JavaScript."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.phone import Phone
from tests.service import Service
from tests.test_every_page import SMALL

HEADER = "Content,Video title,Video publish time,Likes,Views\n"
LONG = "W" * 180


def a_video(service: Service, title: str, code: str) -> str:
    fields = {"platform": "youtube", "title": title, "permalink": f"https://youtu.be/{code}"}
    status, post = service.call("POST", "/api/v1/posts", fields)
    assert status == 201, post
    return str(post["id"])


def noted(service: Service, post_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.call("GET", f"/api/v1/posts/{post_id}/snapshots")[1]["items"]
    return found


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_creator_takes_in_youtubes_file_on_a_phone(
    service: Service, browser: Browser, tmp_path: Any, script: bool
) -> None:
    code = "dQw4w9WgX" + ("c1" if script else "c0")
    post_id = a_video(service, "Throwing a tall vase", code)
    file = tmp_path / "Table data.csv"
    other = code[::-1]
    rows = f'Total,,,99,"15,900"\n{code},Vase,"Sep 1, 2026",90,"12,400"\n{other},{LONG},"Sep 2, 2026",9,"3,500"\n'
    file.write_text(HEADER + rows, "utf-8-sig")

    phone = Phone(browser, service, script=script)
    page = phone.page
    phone.go("/admin")
    phone.sign_in()
    page.get_by_role("link", name="Numbers from a platform’s file").click()
    if script:
        assert phone.fits()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("of 3 rows, 1 matches a post here. Nothing is saved yet.")
    expect(main).to_contain_text("12,400")
    assert noted(service, post_id) == []
    choice = page.get_by_role("combobox")
    expect(choice).to_have_count(1)
    choice.select_option(label="Make a new post of it")
    if script:
        assert phone.fits()
        rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        assert [each["id"] for each in found.response["violations"]] == []
        assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="Save these numbers").click()
    expect(page.get_by_role("status")).to_have_text("The numbers of 2 posts are saved. One of them is new here.")
    (row,) = noted(service, post_id)
    assert (row["views"], row["likes"], row["source"]) == (12_400, 90, "imported")
    expect(page.get_by_role("heading", name="WWW").first).to_be_visible()
    assert phone.wrong == []
