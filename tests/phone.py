"""A phone in Chromium, for tests of pages: what it shows, and what goes wrong on it. And the shop where links lead."""

import http.client
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar, Literal

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from tests.service import PATIENCE, Service

Size = Literal["phone", "desktop"]
Scheme = Literal["light", "dark"]
SIZES: dict[Size, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
PASSWORD = "a glaze like the sea"
SHOP = "http://shop.example/bowls"
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22F76 "
    "Instagram 393.1.0.36.70 (iPhone15,3; iOS 18_5; en_US; en; scale=3.00; 1290x2796; IABMV/1; 776538208) Safari/604.1"
)
WHATSAPP = "WhatsApp/2.23.20.0 A"
PICTURES = Path(__file__).parent.parent / "build" / "pictures"
# The first of them is Chromium without windows, which cost the others half of their time though nobody sees them.
_CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_CLOSED_NETWORK = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
# As long as for anything else of the service: a page may come late from a busy machine.
_PATIENCE = PATIENCE * 1_000
expect.set_options(timeout=_PATIENCE)
# A button says for two seconds only that it has copied.
_NOTE_WHAT_IT_SAYS = """button => {
  const noted = document.documentElement.dataset;
  noted.said = "";
  new MutationObserver(() => { noted.said += button.textContent; }).observe(button, { childList: true, subtree: true });
}"""


class Shop(BaseHTTPRequestHandler):
    """Where the links lead. `pages` are those it has besides, by path, each with its Content-Security-Policy or ""."""

    pages: ClassVar[dict[str, tuple[str, str]]] = {}

    def do_GET(self) -> None:
        html, policy = self.pages.get(self.path.partition("?")[0], ("", ""))
        page = f"<!doctype html><title>Blue bowls</title>{html}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *said: object) -> None:
        """Say nothing."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, to which shop.example is a page of ours."""
    shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    Thread(target=shop.serve_forever, daemon=True).start()
    found = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    assert found, "The browser tests need Chromium. On Debian: sudo apt install chromium-headless-shell"
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not start as root.
        name = f"--host-resolver-rules=MAP shop.example 127.0.0.1:{shop.server_port}"
        arguments = ["--no-sandbox", name, *_CLOSED_NETWORK]
        yield playwright.chromium.launch(executable_path=found, args=arguments, timeout=_PATIENCE)
    shop.shutdown()
    shop.server_close()


class Phone:
    """A phone, or a desktop, with its own cookies.

    What goes wrong on it is collected: errors in the console, requests to other hosts.
    """

    def __init__(
        self,
        browser: Browser,
        service: Service,
        *,
        agent: str | None = None,
        script: bool = True,
        size: Size = "phone",
        scheme: Scheme = "light",
    ) -> None:
        self.home = f"http://localhost:{service.port}"
        self.context: BrowserContext = browser.new_context(
            viewport=SIZES[size],
            device_scale_factor=2 if size == "phone" else 1,
            has_touch=size == "phone",
            is_mobile=size == "phone",
            color_scheme=scheme,
            user_agent=agent,
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(_PATIENCE)
        self.wrong: list[str] = []
        self.page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda sent: None if sent.url.startswith(self.home) else self.wrong.append(sent.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def go(self, path: str) -> None:
        self.page.goto(self.home + path)

    def set_password(self, code: str) -> None:
        """The first sign-in, with the one-time code."""
        self.page.get_by_label("One-time code").fill(code)
        self.page.get_by_label("New password", exact=True).fill(PASSWORD)
        self.page.get_by_label("New password again").fill(PASSWORD)
        self.page.get_by_role("button", name="Set the password").click()

    def sign_in(self) -> None:
        """On the page that asks for it."""
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.signed_in()

    def signed_in(self) -> None:
        """Wait for the page that comes after it, whole and with its script at work."""
        self.page.get_by_role("navigation", name="Main").wait_for()
        self.page.wait_for_load_state()

    def copied(self, button: Locator) -> str:
        """Press a button that copies, see it say so, and tell what was copied."""
        button.evaluate(_NOTE_WHAT_IT_SAYS)
        button.click()
        expect(self.page.locator(":root")).to_have_attribute("data-said", re.compile("Copied"))
        found: str = self.page.evaluate("navigator.clipboard.readText()")
        return found

    def fits(self) -> bool:
        """Whether the page needs no sideways scrolling. A phone zooms out from what is too wide: its innerWidth says nothing."""
        # A page that is just coming has no element yet.
        fits = "root => root.scrollWidth <= root.clientWidth"
        return bool(self.page.locator(":root").evaluate(fits))

    def hang(self, spot: str) -> None:
        """Tick a placement."""
        self.page.get_by_role("checkbox", name=re.compile(f"^{spot}")).check()


def one_time_code(service: Service) -> str:
    """The code that was printed at the start."""
    return service.until(
        lambda: re.search(r"one-time code: (\S+)", (service.folder / "all.out").read_text()), "the code is printed"
    )[1]


def tap(service: Service, short: str, agent: str, address: str, *, referrer: str = "") -> None:
    """A request of a link by `agent` from `address`, through the reverse proxy that we trust."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    headers = {"User-Agent": agent, "X-Forwarded-For": address, "Referer": referrer}
    connection.request("GET", "/" + short.rpartition("/")[2], headers=headers)
    assert connection.getresponse().status == 302
    connection.close()
