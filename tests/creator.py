"""The creator with the device on which she goes through the story: what she sees there, and how she waits and presses."""

from playwright.sync_api import Browser, Locator, expect

from tests.phone import PASSWORD, PICTURES, Phone, Size
from tests.service import Service


class Creator(Phone):
    """The creator with her device. Whatever page she looks at must fit its screen; at a desktop she uses the keyboard, too."""

    def __init__(self, browser: Browser, service: Service, *, size: Size, script: bool) -> None:
        super().__init__(browser, service, size=size, script=script)
        self.browser, self.service, self.size, self.script = browser, service, size, script
        self.main = self.page.get_by_role("main")
        self.by_keyboard = size == "desktop"
        self.short = ""

    def look(self, name: str, *texts: str) -> None:
        """The page says these words, and fits. A phone takes a picture of it."""
        for text in texts:
            expect(self.main).to_contain_text(text)
        assert self.fits(), self.page.url
        if self.size == "phone" and self.script:
            self.page.screenshot(path=PICTURES / f"story-{name}.png", full_page=True, scale="css")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def see_come(self, place: Locator, text: str) -> None:
        """It is there by itself with JavaScript, and after a reload without."""
        if not self.script:
            self.service.settle()
            self.service.until(lambda: self.page.reload() and text in place.inner_text(), f"{text!r} is there")
        expect(place).to_contain_text(text)

    def sign_in(self) -> None:
        if not self.by_keyboard:
            super().sign_in()
            return
        self.tab_to(self.page.get_by_label("Password"))
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.signed_in()

    def paste(self, numbers: str) -> None:
        """On a post's page, as they are copied from the app. They are saved once they were seen."""
        text = self.page.get_by_label("Text with the numbers")
        if self.script:
            self.page.evaluate(f"navigator.clipboard.writeText('{numbers}')")
            if self.by_keyboard:
                self.tab_to(text)
            else:
                text.focus()
            self.page.keyboard.press("Control+V")
        else:
            text.fill(numbers)
            self.press("Read the text")
        expect(self.page.get_by_text("Nothing is saved yet")).to_be_in_viewport()
        self.look("understood")
        save = self.page.get_by_role("button", name="Save the numbers")
        if self.by_keyboard:
            self.tab_to(save)
            self.page.keyboard.press("Enter")
        else:
            save.click()
        expect(self.page.get_by_text("The numbers are saved.")).to_be_in_viewport()

    def tab_to(self, wanted: Locator) -> None:
        """With the Tab key alone, the focus to be seen wherever it is on the way."""
        for _ in range(60):
            focused = self.page.locator(":focus")
            if focused.count():
                ring = focused.evaluate(
                    "each => `${getComputedStyle(each).outlineStyle} ${getComputedStyle(each).outlineWidth}`"
                )
                assert ring == "solid 3px", focused.evaluate("each => each.outerHTML")
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted}")
