"""`make scale`: small sizes go all the way, plots are sound, and the plan's arithmetic can be done again by hand. No timing."""

import re
from itertools import pairwise
from math import ceil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import plan, plan_tables, plot, scale
from bench.found import Found, Sizes
from bench.plot import Chart, Curve

TINY = Sizes(
    links=(10, 30),
    clicks=(20, 60),
    spread=(20, 100),
    posts=(2, 100),
    a_year=(3, 40),
    family=2,
    clicks_a_year=2,
    travelled=50,
    agents=20,
    repeats=1,
)
SVG = "{http://www.w3.org/2000/svg}"
UNIT = dict.fromkeys(plan_tables.UNITS, 100.0) | {
    "kept bytes": 70.0,
    "year bytes": 60_000.0,
    "packed year bytes": 9_000.0,
    "post bytes": 2_000.0,
    "days a year": 200.0,
    "sketch bytes": 150.0,
    "redirects a vCPU, gunicorn": 1_500.0,
    "redirects a vCPU, granian": 5_000.0,
    "roll-up µs": 40.0,
    "new agent µs": 1_200.0,
    "Redis µs": 20.0,
}


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    text = re.split(rf"^#+ {re.escape(title)}.*$", page, maxsplit=1, flags=re.MULTILINE)[1]
    lines = [line for line in text.partition("\n#")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    return scale.measure(TINY)


@pytest.fixture(scope="module")
def written(found: dict[str, Found], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scale")
    scale.write(found, folder)
    return folder


def test_every_size_has_its_row_in_page_and_results(written: Path) -> None:
    for name in (scale.PAGE, scale.RESULTS):
        page = (written / name).read_text("utf-8")
        sizes = {
            "Following a link": TINY.links,
            "The copy of all links": TINY.links,
            "Clicks on one post": TINY.clicks,
            "The same, spread": TINY.spread,
            "A roll-up process": TINY.spread,
            "Lists of posts": TINY.posts,
            "Posts that are a year old": TINY.posts,
            "A post after a year": TINY.a_year,
        }
        for title, expected in sizes.items():
            assert [row[0] for row in rows(page, title)] == [f"{size:,}" for size in expected], title
        assert [row[0] for row in rows(page, "Load in the busiest second")] == [f"{size:,}" for size in plan.PER_DAY]


def test_links_up_to_the_limit_are_held(written: Path) -> None:
    page = (written / scale.PAGE).read_text("utf-8")
    assert [row[1] for row in rows(page, "Following a link")] == [row[0] for row in rows(page, "Following a link")]


def test_every_unit_of_the_plan_is_measured_and_explained(written: Path) -> None:
    page = (written / scale.PAGE).read_text("utf-8")
    assert {row[0] for row in rows(page, "What one costs")} == set(plan_tables.UNITS)
    assert all(float(row[1].replace(",", "")) > 0 for row in rows(page, "What one costs"))


def test_what_is_written_by_hand_stays(written: Path) -> None:
    def by_hand(path: Path) -> str:
        return re.sub(r"(<!-- measured: \S+ -->).*?(<!-- end -->)", r"\1\2", path.read_text("utf-8"), flags=re.DOTALL)

    assert by_hand(written / scale.PAGE) == by_hand(scale.ROOT / scale.PAGE)


def test_every_picture_of_the_page_is_there_and_names_its_axes(written: Path, found: dict[str, Found]) -> None:
    page = written / scale.PAGE
    named = re.findall(r"!\[[^]]+\]\((\S+\.svg)\)", page.read_text("utf-8"))
    charts = [chart for part in found.values() for chart in part.charts]
    assert sorted(named) == sorted(f"{chart.name}.svg" for chart in charts)
    for chart in charts:
        text = "".join(ElementTree.parse(page.parent / f"{chart.name}.svg").getroot().itertext())
        assert chart.x in text
        assert chart.y in text


def test_the_pictures_that_are_kept_are_those_of_the_page() -> None:
    page = (scale.ROOT / scale.PAGE).read_text("utf-8")
    kept = {path.name for path in (scale.ROOT / "docs").glob("scale-*.svg")}
    assert kept == set(re.findall(r"\((scale-\S+\.svg)\)", page))


def test_a_straight_line_stays_straight_between_powers_of_ten() -> None:
    curve = Curve("a & b", [(1_000, 0.02), (10_000, 0.2), (100_000, 2.0)])
    root = ElementTree.fromstring(plot.svg(Chart("x", "A title", "clicks", "seconds", [curve])))
    line = root.find(f"{SVG}polyline")
    assert line is not None
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    steps = [(right[0] - left[0], right[1] - left[1]) for left, right in pairwise(places)]
    assert steps[0] == pytest.approx(steps[1], abs=0.2)
    assert steps[0][1] < 0
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"0.01", "0.1", "1", "10", "10³", "10⁴", "10⁵", "a & b", "clicks", "seconds"} <= set(words)


@pytest.mark.parametrize("points", [[], [(0, 1)], [(1, -1)]])
def test_what_has_no_logarithm_is_no_plot(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        plot.svg(Chart("x", "A title", "clicks", "seconds", [Curve("a", points)]))


def test_the_plan_is_the_sum_that_it_says_it_is() -> None:
    need = plan.need(10**8, UNIT)
    assert need.peak == pytest.approx(10**8 / 86_400 * 5)
    assert need.gunicorn == ceil(5_787.04 / (1_500 * 0.7))
    assert need.roll_ups == ceil(5_787.04 * (40 + 0.05 * 1_200) / 1e6 / 0.7)
    assert need.redis_cpu == pytest.approx(5_787.04 * 20e-6, rel=1e-6)
    assert need.kept == pytest.approx(10**8 * 90 * 70)
    assert need.counts == pytest.approx(10**8 * 365 / 1_000 * 60_000)
    assert need.records == pytest.approx(10**8 * 365 / 1_000 * 2_000)
    assert need.sketches == pytest.approx(10**5 * 200 * 3 * 150)
    assert need.memory == pytest.approx(1.5 * (need.kept + need.counts + need.records + need.sketches))
    assert need.servers == ceil(need.memory / 64e9)
    busy = ceil(5_787.04 * (1 / 5_000 + 100e-6 + 20e-6) / 0.7)
    assert need.servers > busy
    assert need.cost == pytest.approx(need.servers * 20 + need.memory / 1e9 * 5 + need.traffic / 1e9 * 0.05)
    assert need.slim == pytest.approx(1.5 * (need.counts * 90 / 365 + need.records + need.sketches))
    assert need.objects == pytest.approx(need.kept + 10**8 * 365 / 1_000 * 9_000)
    less = (need.memory - need.slim) / 1e9 * 5 + (need.servers - max(busy, need.slim_servers)) * 20
    assert need.slim_cost == pytest.approx(need.cost - less + need.objects / 1e9 * 0.02)


def test_what_gives_out_first_stands_first() -> None:
    reached = [at for _, _, at in plan.limits(UNIT)]
    assert reached == sorted(reached)
    for what, _, at in plan.limits(UNIT):
        if what.startswith("memory"):
            assert plan.need(int(at), UNIT).memory == pytest.approx(64e9, rel=1e-3)
        if what.startswith("one roll-up worker"):
            assert plan.need(int(at), UNIT).roll_ups == 1
            assert plan.need(int(at * 1.01), UNIT).roll_ups == 2


def test_redirects_are_read_from_both_forms_of_the_results() -> None:
    by_rate = "| gunicorn: ours | 3,010 redirects/s | | |\n| granian: ours | 10,000 redirects/s | | |\n\n2 cores of X\n"
    assert plan.redirects_a_core(by_rate) == {"gunicorn": 1_505, "granian": 5_000}
    by_cpu = "".join(
        f"| {name}, ours | counted at once | 3,010 (1–2) | 5.0 | 9.0 | 400 | 90 |\n" for name in ("gunicorn", "granian")
    )
    assert plan.redirects_a_core(by_cpu) == {"gunicorn": 2_500, "granian": 2_500}
    with pytest.raises(ValueError, match="make bench"):
        plan.redirects_a_core("nothing")


def test_a_block_without_a_place_is_told() -> None:
    page = "By hand.\n<!-- measured: links -->\nold\n<!-- end -->\nMore.\n"
    assert (
        scale.filled(page, {"links": "new\n"}) == "By hand.\n<!-- measured: links -->\n\nnew\n\n<!-- end -->\nMore.\n"
    )
    with pytest.raises(ValueError, match="places for"):
        scale.filled(page, {"links": "new", "clicks": "more"})
