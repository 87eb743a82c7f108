"""What each page weighs and how soon it is there, on a slow phone, and pictures of all to look at: `make pages`."""

import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import CDPSession

from bench import table
from tests.every_page import PAGES, SIZES, Ids, Viewer, demo_service
from tests.phone import PICTURES, chromium

COLD, WARM, PAINT, SHIFT = 60 * 1024, 15 * 1024, 1_000, 0.05
SLOWER = 4
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

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._session: CDPSession = viewer.context.new_cdp_session(viewer.page)
        self._session.send("Network.enable")
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        self._session.on("Network.loadingFinished", self._add)
        self._bytes = 0

    def visit(self, path: str, *, cold: bool) -> Seen:
        if cold:
            self._session.send("Network.clearBrowserCache")
        self._bytes = 0
        self._viewer.go(path)
        seen = self._viewer.page.evaluate(SEEN)
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
            for scheme in ("light", "dark"):
                viewer = Viewer(browser, service, size, scheme)
                _picture(viewer, ids, folder, f"{size}-{scheme}")
                viewer.context.close()
        rows = _measured(Viewer(browser, service, "phone", "light"), ids)
    found = table.aligned([HEAD, *(row for row, _ in rows)])
    bounds = f"Bounds: {COLD // 1024} KiB cold, {WARM // 1024} KiB warm, {PAINT:,} ms, {SHIFT:g}."
    text = f"The demo, on a phone with {SLOWER} times less of a processor than the machine. {bounds}\n\n{found}"
    print(text)
    table.keep("pages.md", "What the pages weigh", text)
    print(f"\nPictures of every page: {folder}")
    return 0 if all(good for _, good in rows) else 1


def _picture(viewer: Viewer, ids: Ids, folder: Path, kind: str) -> None:
    for name, path in PAGES.items():
        viewer.go(path(ids))
        viewer.page.screenshot(path=folder / f"{name.replace(',', '').replace(' ', '-')}-{kind}.png", full_page=True)


def _measured(viewer: Viewer, ids: Ids) -> list[tuple[tuple[str, ...], bool]]:
    meter = _Meter(viewer)
    rows = []
    for name, path in PAGES.items():
        viewer.wrong.clear()
        cold, warm = meter.visit(path(ids), cold=True), meter.visit(path(ids), cold=False)
        wrong = [said for said in viewer.wrong if not (name == "missing" and "404" in said)]
        paint, shift = max(cold.paint, warm.paint), max(cold.shift, warm.shift)
        good = cold.bytes <= COLD and warm.bytes <= WARM and paint <= PAINT and shift <= SHIFT and not wrong
        figures = (f"{cold.bytes / 1024:.1f}", f"{warm.bytes / 1024:.1f}", f"{paint:.0f}", f"{shift:.3f}")
        rows.append(((name, *figures, "; ".join(wrong)), good))
    return rows


if __name__ == "__main__":
    sys.exit(main())
