"""One story on a phone from end to end: a small TikTok, a word to type, story stickers, a coin flip, and what they say."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.phone import INSTAGRAM, PICTURES, SHOP, Phone, one_time_code, tap
from tests.service import Service

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("story"), SHORTLINKS_TRUSTED_PROXIES="1", TZ="UTC") as running:
        running.supervise()
        yield running


class Owner(Phone):
    """The creator's phone. Whatever page is looked at must fit it."""

    def see(self, *texts: str, name: str = "") -> None:
        """That the page shows these texts, and fits."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)
        assert self.fits(), self.page.url
        if name:
            self.page.screenshot(path=PICTURES / f"story-{name}.png", full_page=True)

    def read(self, path: str) -> str:
        """The words of a page."""
        self.go(path)
        return self.page.get_by_role("main").inner_text()

    def begin(self, platform: str, kind: str, title: str, *, days_ago: int = 0) -> None:
        """The form of a new post, filled but for the links."""
        self.go("/admin/posts/new")
        self.page.get_by_role("link", name=platform, exact=True).click()
        self.page.get_by_label("What is it?").select_option(label=kind)
        self.page.get_by_label("Title").fill(title)
        if days_ago:
            self.page.get_by_text("More about the post").click()
            at = datetime.now() - timedelta(days=days_ago)
            self.page.get_by_label("Published").fill(at.strftime("%Y-%m-%dT%H:%M"))

    def make(self) -> None:
        self.page.get_by_role("button", name="Make the post").click()
        expect(self.page.get_by_text("The post is made")).to_be_visible()

    def story(self, title: str, *, days_ago: int = 0) -> None:
        """A story with a link sticker, made."""
        self.begin("Instagram", "Story", title, days_ago=days_ago)
        self.page.get_by_label("Address you promote").fill(SHOP)
        self.hang("Link sticker on a story")
        self.make()

    def note(self, views: int, likes: int) -> None:
        """Type in what the app shows, on a post's page."""
        self.page.get_by_label("Views", exact=True).fill(str(views))
        self.page.get_by_label("Likes", exact=True).fill(str(likes))
        self.page.get_by_role("button", name="Save the numbers").click()
        expect(self.page.get_by_text("The numbers are saved.")).to_be_visible()


def test_a_small_tiktok_a_word_to_type_stickers_and_a_coin_flip(service: Service, browser: Browser) -> None:
    owner = Owner(browser, service)
    page = owner.page
    owner.go("/admin")
    owner.set_password(one_time_code(service))

    # That the account is small is said once, and every new post knows.
    owner.go("/admin/profiles/")
    page.get_by_text("Add a profile").click()
    page.get_by_label("Platform").select_option(label="TikTok")
    page.get_by_label("Handle").fill("@three.cats")
    page.get_by_label("Kind").select_option(label="Personal")
    page.get_by_label("Followers").fill("600")
    owner.see("You may have several on a platform", name="new-profile")
    page.get_by_role("button", name="Make the profile").click()
    owner.see("The profile is made.", "From views to the bio link", name="profile")
    owner.begin("TikTok", "Video", "Three cats, one kiln", days_ago=2)
    owner.see(
        "Nobody can tap a link of yours on TikTok", "you have 600", "make a link whose ending is a word", name="warned"
    )

    # So people are told a word, and some type it.
    page.get_by_label("Address you promote").fill(SHOP)
    owner.hang("Spoken")
    page.get_by_role("button", name="Propose words of the title").click()
    owner.see("Still free: cats, kiln, bowls", name="words")
    ending = page.get_by_label("Your own ending (Spoken)")
    expect(ending).to_have_value("cats")
    ending.fill("admin")
    page.get_by_role("button", name="Make the post").click()
    owner.see("Your own ending is reserved for this service.", name="refused-word")
    assert "422" in owner.wrong.pop(), "a refused form is an error in the console"
    ending.fill("Cats")
    owner.make()
    expect(page.get_by_label("Short link", exact=True)).to_have_value(re.compile("/cats$"))
    owner.note(2_100, 160)
    tap(service, "/cats", SAFARI, "203.0.113.1")
    service.settle()
    page.reload()
    owner.see("1 click came through a spot where nobody can tap: Spoken", name="typed")

    # Stories have stickers. From the third on, each page says what its views usually bring.
    for number, (views, taps) in enumerate([(150, 5), (170, 4), (140, 6)]):
        owner.story(f"Story {number + 1}", days_ago=6 - number)
        short = page.get_by_label("Short link", exact=True).input_value()
        for visitor in range(taps):
            tap(service, short, INSTAGRAM, f"198.51.100.{10 * number + visitor}")
        service.settle()
        owner.note(views, 9)
    owner.see("140 views usually bring you", "; you got 6: as expected", name="expected")

    # Before anything is tried, its chances are told; then chance says what the next story does.
    owner.go("/admin/experiments/")
    owner.see("Put the link sticker early in the story")
    page.get_by_role("link", name="Try something").click()
    page.get_by_label("What to try").fill("Name a deadline")
    page.get_by_label("On which posts").select_option(label="Instagram: Story")
    page.get_by_role("button", name="See the chances").click()
    owner.see(
        "Can it succeed?", "see a doubling", "Views and clicks are what your own posts usually have.", name="chances"
    )
    page.get_by_role("button", name="Start the experiment").click()
    owner.see("Day 1 of 28; 0 posts with, 0 without.")
    owner.story("Story 4")
    owner.see("name a deadline", "Chance decided", name="arm")
    assert re.search("This post: (YES|NO) ", page.get_by_role("main").inner_text())

    # All of it together.
    owner.go("/admin/")
    owner.see("15 clicks from 460 views of 3 posts: about 1 per 31", name="posts")
    service.until(
        lambda: owner.read("/admin/insights/"), "the worker has the answers", lambda text: "460 views" in text
    )
    owner.see("15 clicks from 460 views", "15 of 460 views", "one sale takes about 50 visits", name="answers")
    owner.go("/admin/insights/four-weeks")
    owner.see("15 clicks from 460 views", "16 clicks, 0 before", name="four-weeks")
    for name, text in (
        ("Repeat", "Story 3"),
        ("Stop", "Judging single posts by their clicks"),
        ("Test", "“Name a deadline”. Day 1 of 28"),
    ):
        expect(page.get_by_role("region", name=name)).to_contain_text(text)
    assert not owner.wrong
