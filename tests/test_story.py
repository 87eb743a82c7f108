"""The whole story of a creator: from the set-up to signing out, on a phone, on a phone without JavaScript, and on a desktop."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.creator import Creator
from tests.phone import INSTAGRAM, PICTURES, SHOP, WHATSAPP, Phone, Size, one_time_code, tap
from tests.service import Service
from tests.test_every_page import MOVING, SMALL, WCAG

REEL = "https://www.instagram.com/reel/C1aB/"
VIDEO = "dQw4w9WgXc1"
FILE = f"""Content,Video title,Video publish time,Likes,Views
Total,,,99,"15,900"
{VIDEO},Bowls,"Sep 1, 2026",90,"12,400"
{VIDEO[::-1]},{"W" * 180},"Sep 2, 2026",9,"3,500"
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path, SHORTLINKS_TRUSTED_PROXIES="1", TZ="UTC") as running:
        running.supervise()
        yield running


_PLACE = """element => {
  const place = element.getBoundingClientRect();
  return { x: place.x + scrollX, y: place.y + scrollY, width: place.width, height: place.height };
}"""
"""Where an element is on the page."""


class Story(Creator):
    """The steps, in the order in which they are gone."""

    def set_up(self) -> None:
        """The one-time code, a password, and two questions."""
        self.go("/admin")
        self.set_password(one_time_code(self.service))
        self.look("set-up", "Can people reach your links?", "Where do you publish?")
        handle = self.page.get_by_label("Handle on Instagram")
        expect(handle).to_be_hidden()
        self.page.get_by_role("checkbox", name="Instagram").check()
        handle.fill("@blue.bowls")
        self.page.get_by_label("Followers on Instagram").fill("12.4K")
        self.page.get_by_label("The address of your shop").fill(SHOP)
        self.press("Save, and show what I can do today")
        self.look("today", "What you can do today", "@blue.bowls", "which nobody can tap")

    def sign_in_later(self) -> None:
        """Another day, the cookie gone."""
        self.context.clear_cookies()
        self.go("/admin")
        self.look("sign-in", "Forgotten it?")
        self.sign_in()
        expect(self.page.get_by_role("heading", name="Posts")).to_be_visible()
        self.look("posts", "Reel of the week before 3")

    def new_post(self) -> None:
        """From the address that the app copied, and the same on YouTube in the same step."""
        self.page.get_by_role("link", name="New post").last.click()
        self.look("new-address", "Paste the post’s address")
        self.page.get_by_label("Paste the post’s address").fill(f"Look {REEL}?igsh=x via @app")
        self.press("Go on")
        self.look("new", "The address says: Instagram, Reel.")
        expect(self.page.get_by_label("Link to the post itself")).to_have_value(REEL)
        self.page.get_by_label("Address you promote").fill(SHOP)
        self.page.get_by_label("Title").fill("Glazing the blue bowls")
        self.hang("Bio link")
        self.page.get_by_text("Cannot be tapped (Instagram)").click()
        self.hang("Caption of a reel")
        self.page.get_by_text("More about the post").click()
        self.page.get_by_label("Published").fill(f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M}")

        # Where its links hang elsewhere is asked below the platform, and not before that is chosen.
        self.page.get_by_text("Also on another platform").click()
        self.page.get_by_text("Platforms", exact=True).click()
        youtube = self.page.get_by_role("checkbox", name="YouTube")
        youtube.check()
        self.press("Choose where the links hang")
        on = self.page.get_by_role("group", name="Where it hangs on YouTube")
        expect(on).to_be_visible()
        youtube.uncheck()
        expect(on).to_be_hidden()
        youtube.check()
        on.get_by_label("Channel links").check()
        self.page.get_by_label("Link to the post on YouTube").fill(f"https://youtu.be/{VIDEO}")
        self.look("also")
        self.press("Make the post")
        self.look("made", "2 posts are made", "Glazing the blue bowls", "Nobody can tap", "Nobody yet")

    def copy(self) -> None:
        """The bio link: by its button, or from its field."""
        link = self.page.get_by_role("article", name="Bio link")
        field = link.get_by_label("Short link", exact=True)
        if self.script:
            self.short = self.copied(link.get_by_role("button", name="Copy"))
            # It is shown without its scheme, but for who marks it to copy it by hand.
            expect(field).to_have_value(self.short.removeprefix("http://"))
            field.focus()
            expect(field).to_have_value(self.short)
        else:
            expect(link.get_by_role("button", name="Copy")).to_be_hidden()
            field.focus()
            self.page.keyboard.press("Control+A")
            self.short = self.page.evaluate("getSelection().toString()")
        assert re.fullmatch(rf"{self.home}/[a-z0-9]{{5}}", self.short)

    def follow(self, target: str) -> None:
        """Tap the link inside Instagram, on a phone in her own network."""
        inside = Phone(self.browser, self.service, agent=INSTAGRAM, script=self.script)
        # An edit reaches every web process within a second.
        self.service.until(
            lambda: inside.page.goto(self.short) and inside.page.url, f"it leads to {target}", target.__eq__
        )
        assert inside.page.title() == "Blue bowls"
        inside.context.close()

    def see_it_live(self) -> None:
        headline = self.page.locator("[data-headline]")
        expect(headline).to_have_text("0")
        self.follow(SHOP)
        self.see_come(headline, "1")
        if self.script:
            expect(headline).to_have_class(re.compile("changed"))
            assert headline.evaluate("each => getComputedStyle(each).animationName") == "changed"
            self.page.emulate_media(reduced_motion="reduce")
            assert self.page.evaluate(MOVING) == []
            self.page.emulate_media(reduced_motion="no-preference")
        self.look("tapped", "1 hit: none left out")

    def say_that_was_me(self) -> None:
        self.page.reload()
        newest = self.page.get_by_role("region", name="Newest clicks")
        newest.get_by_role("button", name="That was me").click()
        expect(newest.get_by_text("That was you.")).to_be_in_viewport()
        ledger = self.page.locator(".ledger")
        self.see_come(ledger, "1 hit: 1 left out")
        ledger.locator("summary").click()
        expect(ledger).to_contain_text("1 tap of your own")
        self.page.reload()
        self.look("that-was-me")
        expect(newest).to_contain_text("You said that this visitor was you.")
        for number in range(9):
            tap(self.service, self.short, INSTAGRAM, f"203.0.{number}.7")
        for number in range(3):
            tap(self.service, self.short, WHATSAPP, f"198.51.{number}.7")
        self.see_come(ledger, "13 hits: 4 left out")
        expect(ledger.locator("dt")).to_have_text(["9 clicks by people", "+ 1 tap of your own", "+ 3 link previews"])

    def read_the_path(self) -> None:
        """What became of the views, what that many usually bring, and what it says."""
        expect(self.page.get_by_role("heading", name="From views to clicks")).to_be_in_viewport()
        expect(self.page.locator("[data-headline]")).to_be_in_viewport()
        path = self.page.get_by_role("region", name="From views to clicks")
        expect(path).to_contain_text("9 of 12,400 views, 0.07 %, between 0.04 % and 0.14 %")
        expect(path).to_contain_text("±50")
        expect(path).to_contain_text("931 of 12,400 views")
        expect(self.page.get_by_role("region", name="Numbers noted")).to_contain_text("Comments 14")
        expect(path).to_contain_text("12,400 views usually bring you 46–172 clicks; this brought 9: fewer than usual")
        self.look("path")
        if self.size == "phone" and self.script:
            # Not of the element: the live numbers may put a new one in its place meanwhile.
            place = path.evaluate(_PLACE)
            self.page.screenshot(path=PICTURES / "funnel.png", full_page=True, clip=place)
        said = self.page.get_by_role("region", name="What this says")
        expect(said).to_contain_text("Nobody can tap this link on Instagram: Caption of a reel")
        expect(said).to_contain_text("Say there where this post’s link can be tapped instead: the bio link.")

    def retarget(self) -> None:
        link = self.page.get_by_role("article", name="Bio link")
        link.get_by_text("Change", exact=True).click()
        link.get_by_label("Leads to").fill(f"{SHOP}/sale")
        link.get_by_role("button", name="Save").click()
        expect(link).to_contain_text(f"{SHOP}/sale")
        self.look("retargeted")
        self.follow(f"{SHOP}/sale")

    def try_something(self) -> None:
        """An experiment on stories, and the next story is told what to do."""
        post = self.page.url.partition("#")[0]
        self.go("/admin/experiments/")
        self.look("ideas", "Put the link sticker early in the story")
        self.page.get_by_role("link", name="Try something").click()
        self.page.get_by_label("What to try").fill("Name a deadline")
        self.page.get_by_label("On which posts").select_option(label="Instagram: Story")
        self.press("See the chances")
        self.look("chances", "Can it succeed?", "see a doubling")
        self.press("Start the experiment")
        self.look("experiment", "Day 1 of 28; 0 posts with, 0 without.")
        self.page.goto(post)
        self.page.get_by_role("link", name="Story that promotes it").click()
        self.look("story", "Its link hangs here: Link sticker on a story.", "Chance decides.")
        self.press("Make it like this")
        expect(self.page.get_by_role("heading", name="Story: Glazing the blue bowls")).to_be_visible()
        self.look("arm", "name a deadline", "Chance decided", "Promotes Glazing the blue bowls")
        assert re.search("This post: (YES|NO) ", self.main.inner_text())

    def take_in(self, file: Path) -> None:
        """YouTube's own file: one row is the post, one is new."""
        file.write_text(FILE, "utf-8-sig")
        self.go("/admin")
        self.page.get_by_role("link", name="Numbers from a platform’s file").click()
        self.look("import", "Look at it first")
        self.page.get_by_label("File").set_input_files(file)
        self.press("Look at it first")
        self.look("import-seen", "of 3 rows, 1 matches a post here. Nothing is saved yet.", "12,400")
        choice = self.page.get_by_role("combobox")
        expect(choice).to_have_count(1)
        choice.select_option(label="Make a new post of it")
        if self.size == "phone" and self.script:
            found = Axe().run(self.page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            assert [each["id"] for each in found.response["violations"]] == []
            assert self.page.evaluate(SMALL) == []
        self.press("Save these numbers")
        expect(self.page.get_by_role("status")).to_have_text(
            "The numbers of 2 posts are saved. One of them is new here."
        )
        expect(self.page.get_by_role("heading", name="WWW").first).to_be_visible()
        self.look("imported", "3,500 views")

    def sign_out(self) -> None:
        self.page.get_by_role("link", name="Settings").last.click()
        self.look("settings", "Sign out, here and everywhere")
        self.press("Sign out")
        expect(self.page.get_by_label("Password")).to_be_visible()
        self.go("/admin")
        expect(self.page.get_by_label("Password")).to_be_visible()


def earlier_reels(service: Service) -> None:
    """What she published before: three reels that brought ten times as many clicks per view as the next one will."""
    made = []
    for number in (1, 2, 3):
        day = datetime.now(UTC) - timedelta(days=10 - number)
        links = [{"placement": "bio_link", "target": SHOP}]
        fields = {"platform": "instagram", "kind": "reel", "title": f"Reel of the week before {number}", "links": links}
        status, post = service.call("POST", "/api/v1/posts", fields | {"published_at": day.isoformat()})
        assert status == 201, post
        made.append(post["id"])
        for visitor in range(11 + number):
            tap(service, post["links"][0]["slug"], INSTAGRAM, f"{number}.{visitor}.1.1")
    service.settle()
    for number, post_id in enumerate(made):
        path = f"/api/v1/posts/{post_id}/snapshots"
        assert service.call("POST", path, {"views": 1_500 + 100 * number, "likes": 90})[0] == 201


@pytest.mark.parametrize(
    ("size", "script"),
    [("phone", True), ("phone", False), pytest.param("desktop", True, marks=pytest.mark.slow)],
    ids=["phone", "phone without JavaScript", "desktop"],
)
def test_a_creator_goes_the_whole_way(
    service: Service, browser: Browser, tmp_path: Path, size: Size, script: bool
) -> None:
    creator = Story(browser, service, size=size, script=script)
    creator.set_up()
    earlier_reels(service)
    creator.sign_in_later()
    creator.new_post()
    creator.copy()
    creator.see_it_live()
    creator.say_that_was_me()
    creator.paste("12.4K views 931 likes 14 comments")
    creator.read_the_path()
    creator.retarget()
    creator.try_something()
    creator.take_in(tmp_path / "Table data.csv")
    creator.sign_out()
    assert creator.wrong == []
