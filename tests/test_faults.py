"""Every 302 that a visitor received is counted once, whatever is killed meanwhile. Real processes, real signals.

Every fault in any order and together is in test_chaos.py.
"""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shortlinks.rollups import rollups
from tests.chaos.steps import LINKS, crowd, cut_last_second, go_on, heal, redis_answers, replaced
from tests.service import Service, Visit, Visitors, asked_to_stop, on_linux

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")


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


@pytest.mark.slow  # tests/test_chaos.py has each of its faults, too
def test_the_supervised_service_heals_and_counts_every_answer(service: Service, say: Callable[[str], None]) -> None:
    service.supervise()
    posts = service.new_posts(LINKS)
    with crowd(service.port, list(posts)) as visitors:
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
    service.redis.ensure()
    service.supervise(service.redis.url)
    posts = service.new_posts(LINKS)
    with crowd(service.port, list(posts)) as visitors:
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


def test_a_stopping_web_server_ships_what_its_journals_hold(service: Service, say: Callable[[str], None]) -> None:
    service.start("web")
    posts = service.new_posts(LINKS)
    visitors = crowd(service.port, list(posts), pause=0)
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

    def in_the_way() -> bool:
        # Somebody may make it anew in between.
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(IsADirectoryError):
            folder.write_text("in the way")
        return folder.is_file()

    service.until(in_the_way, "the journals are gone, and there is no room for others")
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
