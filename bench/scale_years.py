"""What a post takes up after a year, and what it takes to move all of it elsewhere."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import seed
from bench.counting import empty_store, room
from bench.found import Found, Sizes
from bench.plot import Chart, Curve
from bench.scale_clicks import count_up
from bench.table import Table
from shortlinks import keys, times
from shortlinks.backups import export
from shortlinks.clicks import clicks
from shortlinks.links import links
from shortlinks.rollups import rollups
from shortlinks.store import Store

_SAMPLE = 250
_FAMILY = 100
_MB = 1_000_000


class Year(NamedTuple):
    """Bytes that a post takes up in Redis after a year: its record with links and snapshots, its counts, its clicks as
    long as they are kept; the days on which it was clicked, the bytes of a day's sketch of visitors, and those that all its
    minutes would take up as one compressed text."""

    record: float
    counts: float
    kept: float
    days: float
    sketch: float
    packed: float


def years(sizes: Sizes) -> Found:
    """A post-year by the number of clicks it got."""
    found, rows, of_agents = Found(), [], seed.agents(sizes.agents)
    for each in sizes.a_year:
        with empty_store() as store:
            now = times.now()
            made = seed.add_posts(store, sizes.family, now)
            count_up(store, seed.over_a_year(made, each, of_agents, now))
            rows.append((each, post_year(store, made, each)))
    by_clicks = dict(rows)
    typical = by_clicks.get(1_000) or rows[-1][1]
    found.units = {
        "kept bytes": typical.kept,
        "year bytes": typical.counts,
        "packed year bytes": typical.packed,
        "days a year": typical.days,
        "sketch bytes": typical.sketch,
    }
    found.tables.append(
        Table(
            "A post after a year, by the clicks it got",
            (
                "Clicks thin out as the hours pass (their density is 1 / (1 + hours)), and reach the roll-up mixed with those "
                f"of {sizes.family - 1} other posts. Counts are by minute: a click that is alone in its minute costs a row of "
                "its own, and a day its own hash. Kept clicks leave after the retention time; a chunk of them holds no more than "
                "a day, and up to 31 wait uncompressed for their chunk, so they take up more where they are few. Sketches of "
                "visitors live for three days. The last column is not what the service does: it is all minutes of the post as "
                "one compressed text."
            ),
            (
                "clicks",
                "days with clicks",
                "counts, kept for good",
                "counts per click",
                "kept, per click",
                "a day's sketch",
                "minutes, if packed",
            ),
            [
                (
                    f"{clicks:,}",
                    f"{year.days:.0f}",
                    f"{year.counts / 1_000:,.1f} kB",
                    f"{year.counts / clicks:,.0f} bytes",
                    f"{year.kept:,.0f} bytes",
                    f"{year.sketch:,.0f} bytes",
                    f"{year.packed / 1_000:,.1f} kB",
                )
                for clicks, year in rows
            ],
        )
    )
    found.charts.append(
        Chart(
            "scale-bytes",
            "What a click takes up in Redis",
            "clicks of a post in a year",
            "bytes per click",
            [
                Curve("its counts, for good", [(clicks, year.counts / clicks) for clicks, year in rows]),
                Curve("itself, for 90 days", [(clicks, year.kept) for clicks, year in rows]),
            ],
        )
    )
    return found


def backup(sizes: Sizes) -> Found:
    """Export and import."""
    found, rows, of_agents = Found(), [], seed.agents(sizes.agents)
    for count in sizes.spread[1:]:
        with empty_store() as store, tempfile.TemporaryDirectory(prefix="sl-scale-") as folder:
            now, path = times.now(), Path(folder) / "all.ndjson"
            made = seed.add_posts(store, _FAMILY, now)
            count_up(store, seed.over_a_year(made, count // _FAMILY, of_agents, now))
            began = time.perf_counter()
            export.write(store, path)
            wrote = time.perf_counter() - began
            with empty_store() as other:
                began = time.perf_counter()
                export.read(other, path)
                read = time.perf_counter() - began
                names = [post_id for post_id, _ in made]
                assert rollups.totals(store, names) == rollups.totals(other, names)
            rows.append((count // _FAMILY * _FAMILY, path.stat().st_size, wrote, read))
    found.tables.append(
        Table(
            f"Export, and import into an empty service ({_FAMILY} posts)",
            "The file is plain text, one kept click a line; gzip makes it several times smaller.",
            ("clicks", "file", "per click", "export", "import", "export of a million", "import of a million"),
            [
                (
                    f"{clicks:,}",
                    f"{size / _MB:,.1f} MB",
                    f"{size / clicks:.0f} bytes",
                    f"{wrote:.2f} s",
                    f"{read:.2f} s",
                    f"{wrote / clicks * 1e6:,.0f} s",
                    f"{read / clicks * 1e6:,.0f} s",
                )
                for clicks, size, wrote, read in rows
            ],
        )
    )
    return found


def post_year(store: Store, made: list[tuple[str, str]], each: int) -> Year:
    """What a post takes up by now, with `each` clicks: the mean over some of them."""
    names = [post_id for post_id, _ in made[:: -(-len(made) // _SAMPLE)]]
    days = {name: {day for day, _, _ in rollups.days(store, name)} for name in names}
    count = sum(map(len, days.values()))
    hung = [link.slug for of_post in links.of_posts(store, names) for link in of_post]
    records = [key(name) for name in names for key in (keys.post, keys.post_links, keys.snapshots)]
    counts = [key(name) for name in names for key in (keys.total, keys.days)]
    counts += [keys.by(name, dimension) for name in names for dimension in keys.DIMENSIONS]
    counts += [keys.minutes(name, day) for name in names for day in days[name]]
    listed = room(store, [keys.POSTS, keys.LINKS]) / len(made)
    return Year(
        record=room(store, [*records, *map(keys.link, hung)]) / len(names) + listed,
        counts=room(store, counts) / len(names),
        kept=room(store, [key(name) for name in names for key in (keys.kept, keys.tail)]) / (each * len(names)),
        days=count / len(names),
        sketch=room(store, [keys.visitors(name, day) for name in names for day in days[name]]) / count,
        packed=sum(len(_packed(store, name, days[name])) for name in names) / len(names),
    )


def _packed(store: Store, post_id: str, days: set[int]) -> bytes:
    rows = sorted(rollups.minutes(store, post_id, days).items())
    return clicks.pack([f"{minute}|{slug}|{reason}|{number}" for (minute, slug, reason), number in rows])
