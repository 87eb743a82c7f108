"""Files of links on their way: taken in at once, read step by step, whatever is killed, repeated, discarded or lost meanwhile."""

import io
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from clicking import NOW, ROOT

from shortlinks import keys
from shortlinks.errors import Invalid, Unavailable
from shortlinks.link_imports import file_reading, import_records, kept_files, link_imports
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.running import wake
from shortlinks.store import Store
from tests.service import Service, on_linux

HEADER = "slug,target,title,clicks\n"
OWN = frozenset({"go.example"})


def csv(number: int) -> str:
    """A table with titles of two lines, and empty rows, in which no line says that a link begins there."""
    return HEADER + "".join(
        f'k{each},https://pots.example/{each},"Pot\nk{each},no,link",{each}\n\n' for each in range(number)
    )


def dump(number: int) -> str:
    rows = (f"('k{each}','https://pots.example/{each}','It\\'s\\nthat',{each})" for each in range(number))
    return f"INSERT INTO `a_url` (`keyword`, `url`, `title`, `clicks`) VALUES {','.join(rows)};\n"


def kutt(number: int) -> str:
    return json.dumps([{"address": f"k{each}", "target": f"https://pots.example/{each}"} for each in range(number)])


def begin(store: Store, text: str, source: str = "csv") -> LinkImport:
    return link_imports.from_file(store, source, io.BytesIO(text.encode()), "links", now=NOW)


def step(store: Store, *, seconds: float = 0, **more: Any) -> LinkImport | None:
    link_imports.step(store, None, own_hosts=OWN, seconds=seconds, **more)  # type: ignore[arg-type]
    return link_imports.last(store)


def go_on(store: Store) -> LinkImport:
    found = step(store, seconds=60)
    assert found is not None
    return found


def parts(store: Store) -> set[str]:
    return {name.decode().rpartition(":")[2] for name in store.redis.keys("*link_import:*")}


def slugs(store: Store, found: LinkImport) -> list[str]:
    """The slugs of all rows that were read, in their order."""
    read = list[str]()
    for at in range(store.redis.llen(keys.link_import(found.id, "rows"))):
        told = import_records.piece(store.redis, found.id, at)
        assert told is not None
        read += [row.slug for row, _twin, _clashes in told]
    return read


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 20 links, and parts of a file that end within a link."""
    monkeypatch.setattr(import_records, "PIECE", 20)
    monkeypatch.setattr(kept_files, "PART", 1_001)


@pytest.mark.usefixtures("small")
def test_a_file_is_read_piece_by_piece_and_how_far_it_is_is_told(store: Store) -> None:
    begun = begin(store, csv(1_000))
    assert (begun.stage, begun.rows, begun.total, parts(store)) == ("reading", 0, None, {"file"})
    told = list[LinkImport]()
    found = step(store, seconds=60, tell=told.append)
    assert found is not None
    assert (found.stage, found.rows, found.total) == ("looked", 1_000, 1_000)
    reading = [each for each in told if each.stage == "reading"]
    assert [each.rows for each in reading] == list(range(0, 1_001, 20))
    shares = [each.rows / (each.total or 1_000) for each in reading]
    assert shares == sorted(shares)
    # Text is decoded some KiB ahead of the links in it.
    assert 0.5 <= shares[25] < 0.8
    assert parts(store) == {"rows", "slugs"}
    assert slugs(store, found) == [f"k{each}" for each in range(1_000)]


@pytest.mark.parametrize("number", [19, 20, 21, 40])
@pytest.mark.parametrize("source", ["csv", "yourls", "kutt"])
@pytest.mark.usefixtures("small")
def test_what_a_step_begins_the_next_goes_on_with(store: Store, source: str, number: int) -> None:
    begin(store, {"csv": csv, "yourls": dump, "kutt": kutt}[source](number), source)
    for _piece in range(number // 20 + 1):
        found = step(store)
    assert found is not None
    assert (found.stage, found.rows) == ("looking", number)
    assert slugs(store, found) == [f"k{each}" for each in range(number)]
    assert go_on(store).counts["take"] == number


READER = """
import os, signal, sys
from shortlinks import store as stores
from shortlinks.link_imports import file_reading, import_records, kept_files, link_imports
url, calls, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
import_records.PIECE, kept_files.PART, seen = 20, 1_001, []
staged, went = import_records.stage_rows, file_reading.step
def stage(*rest):
    staged(*rest)
    seen.append(1)
    if len(seen) == calls and where == "before":
        os.kill(os.getpid(), signal.SIGKILL)
def step(*rest):
    result = went(*rest)
    if len(seen) == calls and where == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result
import_records.stage_rows, file_reading.step = stage, step
link_imports.step(stores.open_store(url, timeout=10), None, own_hosts=frozenset({"go.example"}), seconds=60)
"""


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize(("source", "text"), [("csv", csv(200)), ("yourls", dump(200))])
@pytest.mark.usefixtures("small")
def test_killed_in_the_middle_it_is_read_on_where_it_was(
    store: Store, server: str, source: str, text: str, where: str
) -> None:
    begin(store, text, source)
    for call in (2, 3):
        process = subprocess.run([sys.executable, "-c", READER, server, str(call), where], cwd=ROOT, check=False)
        assert process.returncode == -signal.SIGKILL
        there = link_imports.last(store)
        assert there is not None
        assert there.stage == "reading"
        assert slugs(store, there) == [f"k{each}" for each in range(there.rows)]
    assert there.rows == 20 * (3 if where == "before" else 5)
    found = go_on(store)
    assert (found.stage, found.rows, found.counts["take"]) == ("looked", 200, 200)
    assert slugs(store, found) == [f"k{each}" for each in range(200)]
    assert parts(store) == {"rows", "slugs"}


@pytest.mark.usefixtures("small")
def test_two_that_read_at_once_read_every_link_once(store: Store) -> None:
    begin(store, csv(200))
    one = two = None
    while (found := link_imports.last(store)) is not None and found.stage == "reading":
        # Both have seen the same; whoever comes second changes nothing, and is behind in the next turn.
        one = file_reading.step(store, found, one)
        two = file_reading.step(store, found, two)
        there = link_imports.last(store)
        assert there is not None
        if there.stage == "reading":
            two = file_reading.step(store, there, two)
    assert found is not None
    assert slugs(store, found) == [f"k{each}" for each in range(200)]
    assert found.rows == 200


@pytest.mark.usefixtures("small")
def test_one_that_was_ahead_of_what_redis_still_has_reads_it_again(store: Store) -> None:
    begun = begin(store, csv(100))
    reading = file_reading.step(store, begun, None)
    kept = {name: store.redis.dump(name) for name in store.redis.keys("*link_import*")}
    found = link_imports.last(store)
    assert found is not None
    reading = file_reading.step(store, found, reading)
    for name, value in kept.items():
        store.redis.restore(name, 60_000, value, replace=True)
    assert reading.rows == 40
    reading = file_reading.step(store, found, reading)
    assert reading.rows == 40
    assert slugs(store, found) == [f"k{each}" for each in range(40)]


@pytest.mark.usefixtures("small")
def test_discarded_while_it_is_read_nothing_of_it_comes_back_and_another_one_is_read_instead(store: Store) -> None:
    begun, told = begin(store, csv(200)), list[int]()

    def meddle(found: LinkImport) -> None:
        told.append(found.rows)
        if len(told) == 4:
            link_imports.discard(store, begun.id)
            assert parts(store) == set()

    assert step(store, seconds=60, tell=meddle) is None
    assert (told, store.redis.keys("*link_import*")) == ([0, 20, 40, 60], [])

    first, turns = begin(store, csv(200)), list[str]()

    def replace(found: LinkImport) -> None:
        turns.append(found.id)
        if len(turns) == 4:
            link_imports.discard(store, first.id)
            begin(store, dump(200), "yourls")
            # By another process: as far as this one was.
            for _piece in range(4):
                step(store)

    found = step(store, seconds=60, tell=replace)
    assert found is not None
    assert (found.source, found.stage, found.rows) == ("yourls", "looked", 200)
    assert slugs(store, found) == [f"k{each}" for each in range(200)]
    assert import_records.first_rows(store, found, 99)[-1].title == "It's that"
    assert not any(first.id.encode() in name for name in store.redis.keys("*link_import*"))


@pytest.mark.usefixtures("small")
def test_of_what_arrived_in_part_nothing_stays_for_longer_than_some_minutes(store: Store) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 5_000:
                raise MemoryError
            return super().read(size)

    with suppress(MemoryError):
        kept_files.put(store, "some", Broken(b"x" * 9_000))
    name = keys.link_import("some", "file")
    assert store.redis.hlen(name) == 5
    assert 0 < store.redis.ttl(name) <= kept_files.ARRIVING_SECONDS
    begun = begin(store, csv(20))
    assert store.redis.ttl(keys.link_import(begun.id, "file")) > import_records.KEPT_SECONDS - 60


@pytest.mark.usefixtures("small")
def test_what_is_sent_again_over_a_broken_connection_is_there_once(store: Store) -> None:
    begun = begin(store, csv(100))
    assert kept_files.put(store, begun.id, io.BytesIO(csv(100).encode())) == begun.size
    wanted = {"source": "csv", "origin": "links", "stage": "reading", "begun": NOW}
    assert link_imports._begin(store, begun.id, wanted) == begun
    assert slugs(store, go_on(store)) == [f"k{each}" for each in range(100)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("lost", ["part", "all before it"])
def test_one_that_redis_lost_a_part_of_while_it_arrived_is_not_begun(store: Store, lost: str) -> None:
    """Redis went down with its last second and came back, or the machine slept for longer than parts stay."""

    class Forgetting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            for name in store.redis.keys("*link_import:*:file"):
                if store.redis.hlen(name) == 3:
                    store.redis.hdel(name, *(["2"] if lost == "part" else ["0", "1", "2"]))
            return super().read(size)

    with pytest.raises(Unavailable):
        link_imports.from_file(store, "csv", Forgetting(csv(200).encode()), "links", now=NOW)
    assert link_imports.last(store) is None
    assert parts(store) == set()
    assert begin(store, csv(3)).stage == "reading"


@pytest.mark.usefixtures("small")
def test_one_whose_file_is_not_kept_any_more_says_so(store: Store) -> None:
    begun = begin(store, csv(100))
    step(store)
    store.redis.delete(keys.link_import(begun.id, "file"))
    failed = go_on(store)
    assert (failed.stage, failed.error) == ("failed", "It was left for more than a week: begin again.")
    assert parts(store) == set()
    assert begin(store, csv(3)).stage == "reading"


LARGE = csv(15_000)


@pytest.mark.parametrize(
    ("source", "text", "told"),
    [
        ("csv", "name,surname\n" + "Ada,Lovelace\n" * 60_000, "has no column with the short link"),
        ("csv", HEADER + f"a,pots.example\n{'x' * 140_000}\n" + LARGE, "has a line of more than 131,072 characters"),
        ("kutt", LARGE, "is no list of links of Kutt, or was cut off"),
        ("csv", HEADER + "\n" * 99, "holds no links"),
    ],
)
def test_what_the_beginning_tells_is_told_at_once(store: Store, source: str, text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        begin(store, text, source)
    ((field, message),) = caught.value.errors
    assert field == "file"
    assert told in message
    assert store.redis.keys("*link_import*") == []


@pytest.mark.parametrize(
    ("source", "text", "told"),
    [
        ("csv", HEADER + "\n" * 5_000, "The file holds no links."),
        ("csv", csv(200) + 'a,"' + "x" * 140_000 + "\n", "The file has a line of more than 131,072 characters."),
        ("kutt", kutt(200)[:-1], "The file is no list of links of Kutt, or was cut off."),
        ("yourls", dump(200)[:-13], "The file is no SQL dump, or was cut off."),
        (
            "yourls",
            dump(200).replace("a_url", "a_log"),
            "The file has no table of links of YOURLS, with the columns keyword and url.",
        ),
    ],
)
def test_what_is_wrong_further_down_fails_with_the_same_sentence_and_leaves_nothing(
    store: Store, source: str, text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_reading, "_BEGINNING", 4_096)
    assert begin(store, text, source).stage == "reading"
    failed = go_on(store)
    assert (failed.stage, failed.error) == ("failed", told)
    assert parts(store) == set()


@pytest.mark.parametrize("source", ["csv", "yourls", "kutt"])
def test_a_file_that_is_right_is_not_refused_for_where_its_beginning_ends(
    store: Store, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = {"csv": csv, "yourls": dump, "kutt": kutt}[source](20)
    for length in range(len(HEADER), len(text)):
        monkeypatch.setattr(file_reading, "_BEGINNING", length)
        file_reading.check_beginning(source, io.StringIO(text, newline=""))


def test_of_a_large_file_little_is_in_memory_at_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    with path.open("w") as out:
        out.write(HEADER)
        for each in range(300):
            out.write(f"k{each},https://pots.example/{each},{'é' * 30_000},1\n")
    size = path.stat().st_size
    assert size > 15 << 20
    tracemalloc.start()
    try:
        with path.open("rb") as file:
            link_imports.from_file(store, "csv", file, "links.csv", now=NOW)
        taking_in = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert go_on(store).rows == 300
        reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(taking_in, reading) < size / 4


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as service:
        service.start("worker")
        yield service


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_worker_and_redis_killed_while_a_file_is_read(running: Service) -> None:
    number = 15_000
    text = csv(number)

    def far() -> LinkImport:
        found = link_imports.last(running.store)
        assert found is not None
        return found

    def read_on(rows: int) -> None:
        running.until(lambda: far().rows > rows, f"more than {rows} links are read")
        assert far().stage == "reading"

    def kill_worker() -> None:
        """The process that runs the job, and the one that has it run."""
        for pid in running.pids("worker"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        running._children.pop("worker").wait()
        running.until(lambda: not running.pids("worker"), "the worker is gone")

    begin(running.store, text)
    wake.import_links(running.store)
    read_on(0)
    kill_worker()
    rows = far().rows
    assert 0 < rows < number
    assert slugs(running.store, far()) == [f"k{each}" for each in range(rows)]

    running.start("worker")
    wake.import_links(running.store)
    read_on(rows)
    running.kill("redis")
    running.redis.ensure()
    assert far().stage == "reading"
    # RQ's worker may give up when Redis goes away under its job; who runs it starts it again.
    kill_worker()
    running.start("worker")
    wake.import_links(running.store)
    running.until(lambda: far().stage == "looked", "all of it was looked at")
    assert (far().rows, far().counts["take"]) == (number, number)
    assert slugs(running.store, far()) == [f"k{each}" for each in range(number)]
    assert parts(running.store) == {"rows", "slugs"}
