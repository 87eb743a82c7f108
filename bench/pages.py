"""What each page weighs and how soon it is there, on a slow phone, and pictures of all to look at: `make pages`."""

import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple, get_args

from playwright.sync_api import CDPSession

from bench import table
from tests.every_page import PAGES, SIGN_IN, Ids, demo_service, visits
from tests.phone import PICTURES, SIZES, Phone, Scheme, chromium

COLD, WARM, PAINT, SHIFT = 60 * 1024, 15 * 1024, 1_000, 0.05
SLOWER = 4
NOT_FOUND = {"missing", "tried from outside"}
HEAD = ("page", "cold KiB", "warm KiB", "largest paint ms", "layout shift", "wrong")
# The observers are told of what happened before them, too; the largest paint is known once nothing more is painted.
SEEN = """() => new Promise(done => {
    const found = {paint: 0, shift: 0}
    new PerformanceObserver(list => list.getEntries().forEach(each => found.paint = each.startTime))
        .observe({type: 'largest-contentful-paint', buffered: true})
    new PerformanceObserver(list => list.getEntries().forEach(each => found.shift += each.value))
        .observe({type: 'layout-shift', buffered: true})
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(found), 100)))
})"""


class Seen(NamedTuple):
    """One visit: what came over the wire in bytes, the largest paint in milliseconds, the layout shift."""

    bytes: int
    paint: float
    shift: float


class _Meter:
    """Visits pages on a phone whose processor is SLOWER times as slow as this one."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._session: CDPSession = phone.context.new_cdp_session(phone.page)
        self._session.send("Network.enable")
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        self._session.on("Network.loadingFinished", self._add)
        self._bytes = 0

    def visit(self, path: str, *, cold: bool) -> Seen:
        if cold:
            self._session.send("Network.clearBrowserCache")
        self._bytes = 0
        self._phone.go(path)
        seen = self._phone.page.evaluate(SEEN)
        return Seen(self._bytes, seen["paint"], seen["shift"])

    def _add(self, event: dict[str, Any]) -> None:
        self._bytes += int(event["encodedDataLength"])


def main() -> int:
    """Print the table, keep it, and write the pictures. Returns 1 when a page is beyond its bounds."""
    folder = PICTURES.parent / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="sl-pages-") as name,
        demo_service(Path(name)) as (service, ids),
        chromium() as browser,
    ):
        for size in SIZES:
            for scheme in get_args(Scheme):
                phone = Phone(browser, service, size=size, scheme=scheme)
                for page in visits(phone, ids):
                    phone.page.screenshot(path=folder / f"{_file(page)}-{size}-{scheme}.png", full_page=True)
                phone.context.close()
        rows = _measured(Phone(browser, service), ids)
    found = table.aligned([HEAD, *(row for row, _ in rows)])
    bounds = f"Bounds: {COLD // 1024} KiB cold, {WARM // 1024} KiB warm, {PAINT:,} ms, {SHIFT:g}."
    text = f"The demo, on a phone with {SLOWER} times less of a processor than the machine. {bounds}\n\n{found}"
    print(text)
    table.keep("pages.md", "What the pages weigh", text)
    print(f"\nPictures of every page: {folder}")
    return 0 if all(good for _, good in rows) else 1


def _file(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def _measured(phone: Phone, ids: Ids) -> list[tuple[tuple[str, ...], bool]]:
    meter = _Meter(phone)
    rows = []
    for name, path in PAGES.items():
        phone.wrong.clear()
        cold, warm = meter.visit(path(ids), cold=True), meter.visit(path(ids), cold=False)
        wrong = [said for said in phone.wrong if not (name in NOT_FOUND and "404" in said)]
        paint, shift = max(cold.paint, warm.paint), max(cold.shift, warm.shift)
        good = cold.bytes <= COLD and warm.bytes <= WARM and paint <= PAINT and shift <= SHIFT and not wrong
        figures = (f"{cold.bytes / 1024:.1f}", f"{warm.bytes / 1024:.1f}", f"{paint:.0f}", f"{shift:.3f}")
        rows.append(((name, *figures, "; ".join(wrong)), good))
        if name == SIGN_IN:
            phone.sign_in()
    return rows


if __name__ == "__main__":
    sys.exit(main())
