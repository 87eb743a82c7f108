"""What ten to ten thousand posts cost: to list, to look after, to keep."""

import tempfile
import time
from typing import NamedTuple

from bench import seed
from bench.counting import empty_store, side_by_side
from bench.found import Found, Sizes
from bench.plot import Chart, Curve
from bench.scale_clicks import count_up
from bench.scale_years import Year, post_year
from bench.table import Table
from shortlinks import config, times
from shortlinks.owner import signin
from shortlinks.rollups import retention
from shortlinks.store import Store
from shortlinks.web import create_app
from tests.admin.admin_cast import PASSWORD, Browser

_TOKEN = "measured-token"
_PAGE = 50
_FAMILY = 100
_SAMPLE = 250
_MB = 1_000_000


class _Listed(NamedTuple):
    """Of so many posts: seconds of the roll-up, what they take up, seconds of the API's page, the admin's, a search, a trim."""

    posts: int
    seconds: float
    year: Year
    api: float
    admin: float
    words: float
    trim: float


def lists(sizes: Sizes) -> Found:
    """Posts, each a year old: the pages that list them, the work that goes through all, the room they take."""
    found, rows, of_agents = Found(), [], seed.agents(sizes.agents)
    for count in sizes.posts:
        with empty_store() as store:
            now = times.now()
            made = seed.add_posts(store, count, now)
            seconds = count_up(store, seed.over_a_year(made, sizes.clicks_a_year, of_agents, now))
            read, trim = _read(store, sizes.repeats), _trim(store, now)
            rows.append(_Listed(count, seconds, post_year(store, made, sizes.clicks_a_year), *read, trim))
    found.units = {"post bytes": rows[-1].year.record, "trim µs": rows[-1].trim / rows[-1].posts * 1e6}
    found.tables = [_lists_table(rows), _years_table(rows, sizes.clicks_a_year)]
    found.charts = [
        Chart(
            "scale-posts",
            "A page of posts costs the same, however many there are",
            "posts",
            "time of one request, ms",
            [
                Curve("a word that no post has", [(row.posts, row.words * 1e3) for row in rows]),
                Curve("GET /posts, 50 a page", [(row.posts, row.api * 1e3) for row in rows]),
                Curve("admin's list, 30 a page", [(row.posts, row.admin * 1e3) for row in rows]),
            ],
        )
    ]
    return found


def _lists_table(rows: list[_Listed]) -> Table:
    return Table(
        "Lists of posts, by how many there are",
        (
            "A page is a handful of questions to Redis, however long it is. A search by word or tag reads post after post until "
            "the page is full, so one that finds nothing reads all. The trim is at its dearest here: for the first time, with "
            "old clicks in most posts."
        ),
        (
            "posts",
            "`GET /posts`, 50 a page",
            "admin's list, 30 a page",
            "a word that no post has",
            "trim of old clicks",
        ),
        [
            (
                f"{row.posts:,}",
                f"{row.api * 1e3:.1f} ms",
                f"{row.admin * 1e3:.1f} ms",
                f"{row.words * 1e3:.1f} ms",
                f"{row.trim:.2f} s",
            )
            for row in rows
        ],
    )


def _years_table(rows: list[_Listed], each: int) -> Table:
    return Table(
        f"Posts that are a year old, with {each} clicks each",
        (
            "Two links and three snapshots each; kB per post-year. The roll-up figure is the worst there is: a year's clicks at "
            "once, where hardly two clicks of a batch are of the same post, day and minute."
        ),
        ("posts", "record, links, snapshots", "counts", "together", "roll-up, in order of time"),
        [
            (
                f"{row.posts:,}",
                f"{row.year.record / 1_000:.1f} kB",
                f"{row.year.counts / 1_000:.1f} kB",
                f"{(row.year.record + row.year.counts) * row.posts / _MB:,.1f} MB",
                f"{row.posts * each / row.seconds:,.0f} clicks/s",
            )
            for row in rows
        ],
    )


def _read(store: Store, rounds: int) -> tuple[float, float, float]:
    """Seconds of the API's first page of posts, of the admin's, and of a search that finds nothing."""
    with tempfile.TemporaryDirectory(prefix="sl-scale-") as folder:
        own = config.load(
            {
                "REDIS_URL": f"unix://{folder}/unused.sock",
                "SECRET_KEY": "measured" * 4,
                "SHORTLINKS_DATA_DIR": folder,
                "SHORTLINKS_API_TOKEN": _TOKEN,
            }
        )
        app = create_app(own, store=store)
        with seed.hurried(store):
            signin.set_password(store, PASSWORD)
        browser, program = Browser(app), app.test_client()
        browser.sign_in()

        def ask(query: str) -> None:
            answer = program.get(f"/api/v1/posts?{query}", headers={"Authorization": f"Bearer {_TOKEN}"})
            assert answer.status_code == 200, answer.status

        def look() -> None:
            assert browser.get("/admin/").status_code == 200

        api, admin, words = side_by_side(
            lambda: ask(f"limit={_PAGE}"), look, lambda: ask("q=nothing-is-called-so"), rounds=rounds
        )
        app.extensions["shortlinks"].follower.stop()
    return api, admin, words


def _trim(store: Store, now: int) -> float:
    """Seconds of the job that forgets old clicks."""
    began = time.perf_counter()
    retention.trim(store, before=now - 90 * times.DAY)
    return time.perf_counter() - began
