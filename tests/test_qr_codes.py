"""The codes are read back here as readers do: by their dark modules, not by how they were written."""

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Set

import pytest
import segno
from PIL import Image

from shortlinks.links import qr_codes

ADDRESS = "https://go.example/k7m2p"
Cells = Set[tuple[int, int]]


def expected(address: str) -> Cells:
    """The dark modules of the common QR code of an address, with its margin."""
    rows = segno.make_qr(address, error="m").matrix_iter(border=4)
    return {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def painted(path: str) -> Cells:
    """The modules that a path fills."""
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{w}v1h-{back}z" for x, y, w, back in runs) == path
    assert all(width == back for _, _, width, back in runs)
    return {(int(x) + step, int(y)) for x, y, width, _ in runs for step in range(int(width))}


@pytest.mark.parametrize("address", [ADDRESS, "http://localhost:8000/a", f"https://{'long.' * 20}example/{'x' * 64}"])
def test_a_page_draws_exactly_the_code_with_its_margin(address: str) -> None:
    drawn = qr_codes.drawn(address)
    found = painted(drawn.path)
    assert found == expected(address)
    assert {min(x for x, _ in found), min(y for _, y in found)} == {4}
    assert {max(x for x, _ in found), max(y for _, y in found)} == {drawn.size - 5}


def test_the_png_shows_the_code_large_enough_to_print() -> None:
    image = Image.open(io.BytesIO(qr_codes.picture(ADDRESS, "png"))).convert("L")
    size = qr_codes.drawn(ADDRESS).size
    assert image.width == image.height >= 1_000
    scale = image.width // size
    middle = scale // 2
    pixels = {
        (x, y): image.getpixel((x * scale + middle, y * scale + middle)) for x in range(size) for y in range(size)
    }
    assert {cell for cell, value in pixels.items() if value == 0} == expected(ADDRESS)
    assert set(pixels.values()) == {0, 255}


def test_the_svg_is_a_file_of_its_own_without_code_or_addresses() -> None:
    text = qr_codes.picture(ADDRESS, "svg").decode()
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {each.tag.rpartition("}")[2] for each in root.iter()} == {"svg", "g", "path"}
    assert "go.example" not in text
    assert "#fff" in text


def test_small_addresses_too_get_the_code_that_every_reader_knows() -> None:
    assert qr_codes.drawn("x").size == 21 + 8


def test_a_code_that_was_drawn_is_not_drawn_again() -> None:
    assert qr_codes.drawn(ADDRESS) is qr_codes.drawn(ADDRESS)
    assert qr_codes.drawn(ADDRESS) != qr_codes.drawn("https://go.example/other")
