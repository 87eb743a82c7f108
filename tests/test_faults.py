"""Every 302 that a visitor received is counted once, whatever is killed meanwhile. Real processes, real signals."""

import itertools
import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from service import Service, Visit, Visitors, on_linux

from shortlinks import rollups

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")

CLIENTS = 8
LINKS = 10
PAUSE = 0.005


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as prepared:
        yield prepared


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def say_(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return say_


def crowd(service: Service, posts: dict[str, str], pause: float = PAUSE) -> Visitors:
    """Visitors who follow all links round and round."""
    slugs = list(posts)
    plans = [[Visit(slug) for slug in slugs[start:] + slugs[:start]] for start in range(CLIENTS)]
    return Visitors(service.port, plans, forever=True, pause=pause)


def go_on(service: Service, visitors: Visitors, laps: int = 2) -> None:
    """Wait until each visitor has followed all links some times more over one connection.

    Then the web process behind that connection holds them all in memory.
    """
    before = visitors.laps_since()
    service.until(lambda: visitors.laps_since(before), "visitors go on", lambda more: min(more) >= laps)


def replaced(service: Service, kind: str, old: set[int]) -> None:
    """Wait until as many processes of a kind run as before, none of them an old one."""
    service.until(
        lambda: service.pids(kind),
        f"{kind} runs again instead of {old}",
        lambda pids: not old & set(pids) and len(pids) >= len(old),
    )


def heal(service: Service, kind: str) -> None:
    """Kill one process of a kind and wait until another has taken its place."""
    before = service.pids(kind)
    service.kill(kind)
    service.until(lambda: service.pids(kind), f"{kind} is replaced", lambda pids: len(pids) >= len(before))
    service.until(service.shipping, "one ship process is at work")


def redis_answers(service: Service) -> bool:
    try:
        return bool(service.store.redis.ping())
    except redis.RedisError:
        return False


def assert_counted_once(
    service: Service, posts: dict[str, str], visitors: Visitors, say: Callable[[str], None]
) -> None:
    """Nothing but 302s was answered; each is one hit of its post, and what is beyond is at most what was cut."""
    assert visitors.others == [], service.said()
    totals = rollups.totals(service.store, list(posts.values()))
    hits = {slug: rollups.hits(total) for slug, total in zip(posts, totals, strict=True)}
    received, cut, counted = visitors.received.total(), visitors.cut.total(), sum(hits.values())
    say(
        f"{received:,} answers received, {counted:,} hits: {counted - received} of the {cut} answers that were cut count"
    )
    for slug, number in hits.items():
        assert visitors.received[slug] <= number <= visitors.received[slug] + visitors.cut[slug], slug
    assert not any(total["lost"] for total in totals)
    assert rollups.progress(service.store)["rejected"] == 0


def test_the_supervised_service_heals_and_counts_every_answer(service: Service, say: Callable[[str], None]) -> None:
    service.supervise()
    posts = service.new_posts(LINKS)
    with crowd(service, posts) as visitors:
        go_on(service, visitors)
        for kind in ("web worker", "rollup", "ship", "redis"):
            heal(service, kind)
            service.until(lambda: redis_answers(service), "Redis answers")
            go_on(service, visitors)
        with service.halted("redis"):
            # Longer than anyone waits for an answer, so that nobody can know which of his last calls were carried out.
            go_on(service, visitors, laps=80)
        go_on(service, visitors)
        gunicorn, old = service.pids("web")[0], set(service.pids("web worker"))
        os.kill(gunicorn, signal.SIGHUP)
        replaced(service, "web worker", old)
        assert service.pids("web") == [gunicorn]
        go_on(service, visitors)

    # Stopped as a whole and started again, it has all of it.
    assert service.terminate("all") == 0, service.said()
    assert service.processes() == {}
    service.supervise()
    service.settle()
    assert_counted_once(service, posts, visitors, say)


def test_redis_may_be_away_and_lose_its_last_second(service: Service, say: Callable[[str], None]) -> None:
    service.supervise(own_redis=True)
    posts = service.new_posts(LINKS)
    with crowd(service, posts) as visitors:
        go_on(service, visitors)
        for _ in range(2):
            cut_last_second(service, say)
            # Nothing listens on its socket now; links in memory lead on, with no error at all.
            go_on(service, visitors, laps=10)
            assert (visitors.others, visitors.cut.total()) == ([], 0), service.said()
            service.redis.ensure()
            go_on(service, visitors, laps=10)
    service.settle()
    assert_counted_once(service, posts, visitors, say)
    kept = [
        service.call("GET", f"/api/v1/clicks?post={post_id}", Accept="application/x-ndjson")
        for post_id in posts.values()
    ]
    assert sum(len(clicks) for _, clicks in kept) == visitors.received.total()


def cut_last_second(service: Service, say: Callable[[str], None], share: float = 0.5) -> None:
    """Kill Redis and cut a share of what it wrote within the last second off its append-only file, as a power cut does."""
    log = max((service.data_dir / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns)
    before, since = log.stat().st_size, time.monotonic()
    service.until(lambda: time.monotonic() - since > 1 and log.stat().st_size > before, "Redis writes for a second")
    service.kill("redis")
    size = log.stat().st_size
    end = size - int((size - before) * share)
    os.truncate(log, end)
    say(f"{size - end:,} of the {size - before:,} bytes that Redis wrote in its last second are gone")


def test_a_stopping_web_server_ships_what_its_journals_hold(service: Service, say: Callable[[str], None]) -> None:
    service.start("web")
    posts = service.new_posts(LINKS)
    visitors = crowd(service, posts, pause=0)
    go_on(service, visitors)
    (ship,) = service.pids("ship")
    with service.halted("ship"):
        go_on(service, visitors, laps=20)
        os.kill(service.pids("web")[0], signal.SIGTERM)
        service.until(lambda: asked_to_stop(ship), "gunicorn asks the ship process to finish and waits")
        assert service.pids("web worker") == []
        visitors.stop()
        received, cut = visitors.received.total(), visitors.cut.total()
        assert rollups.progress(service.store)["shipped"] < received
    assert service.ended("web") == 0, service.said()
    shipped = rollups.progress(service.store)["shipped"]
    say(f"{received:,} answers received, {cut} cut, {shipped:,} clicks shipped when gunicorn ended")
    assert received <= shipped <= received + cut
    service.start("rollup")
    service.settle()
    assert_counted_once(service, posts, visitors, say)


def test_losses_that_no_file_could_note_are_told_to_the_log(service: Service) -> None:
    service.start("web")
    (slug,) = service.new_posts(1)
    folder = service.data_dir / "journal"
    assert service.call("GET", f"/{slug}")[0] == 302
    shutil.rmtree(folder)
    folder.write_text("in the way")
    service.until(lambda: journal_is_given_up(service), "the web processes have given up their journals")
    Visitors(service.port, [[Visit(slug)] * 50]).join()
    assert service.terminate("web") == 0
    told = [int(number) for number in re.findall(r"(\d+) clicks are lost", service.said())]
    assert sum(told) == 50


def journal_is_given_up(service: Service) -> bool:
    """Whether no web process holds a file of the journal folder open."""
    opened = []
    for pid in service.pids("web worker"):
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed since the folder was listed
                opened.append(str(path.readlink()))
    return not any("/journal/" in name for name in opened)


def asked_to_stop(pid: int) -> bool:
    """Whether a process that stands still has a SIGTERM waiting (proc(5), ShdPnd)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (waiting,) = (line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(waiting, 16) & 1 << (signal.SIGTERM - 1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_of_faults_changes_nothing(service: Service, say: Callable[[str], None], seed: int) -> None:
    chance = random.Random(seed)
    service.supervise(own_redis=True)
    posts = service.new_posts(LINKS)

    def cut_redis() -> None:
        cut_last_second(service, say, share=chance.random())
        go_on(service, visitors, laps=chance.randrange(5))
        service.redis.ensure()

    def halt(kind: str) -> None:
        with service.halted(kind):
            go_on(service, visitors, laps=chance.randrange(1, 10))

    faults: list[Callable[[], None]] = [
        lambda: heal(service, "web worker"),
        lambda: heal(service, "ship"),
        lambda: halt("redis"),
        lambda: halt("ship"),
        lambda: halt("rollup"),
        lambda: heal(service, "rollup"),
        cut_redis,
    ]
    with crowd(service, posts) as visitors:
        go_on(service, visitors)
        for fault in itertools.chain(faults, chance.choices(faults, k=25)):
            fault()
            go_on(service, visitors, laps=chance.randrange(3, 10))
    service.settle()
    assert_counted_once(service, posts, visitors, say)
