"""What breaks a naive version of the way of a click, a test for each. Real servers, killed; real processes, killed.

The whole service under the same faults is in test_faults.py.
"""

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from clicking import (
    CRAWLER,
    NOW,
    OWN_HOSTS,
    ROOT,
    Server,
    counted,
    due_at_once,
    make_config,
    make_link,
    make_post,
    make_post_in,
    make_shipper,
    marks,
    own_server,
    pour,
    record,
    recorded,
    roll_up_all,
    ship_all,
    shipping,
    started,
    streamed,
)
from redis import ResponseError
from rq import Queue, SimpleWorker
from rq.cron import CronScheduler
from werkzeug.test import create_environ

from shortlinks import keys, times, web
from shortlinks.clicks import journal
from shortlinks.clicks.journal import Journal
from shortlinks.errors import Unavailable
from shortlinks.links import follow, links
from shortlinks.links.follow import Follower
from shortlinks.posts import posts
from shortlinks.rollups import kept_clicks, rolling_up, rollups
from shortlinks.running import embedded
from shortlinks.store import Store
from shortlinks.webhooks import delivering
from worker import jobs


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    due_at_once(monkeypatch)


def write(own: Journal, *made: tuple[posts.Post, links.Link], each: int = 1) -> None:
    for _ in range(each):
        for post, link in made:
            assert own.append(record(post.id, link.slug, times.now()), post.id)


def hits(store: Store, *made: tuple[posts.Post, links.Link]) -> list[int]:
    return [rollups.hits(total) for total in rollups.totals(store, [post.id for post, _ in made])]


def run_python(code: str, *arguments: object) -> AbstractContextManager["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_one_batch_spans_two_shards_and_the_crash_falls_between_the_two_calls(tmp_path: Path) -> None:
    """The first half got through; the ship process that comes after the crash is a real one."""
    with own_server() as server:
        store = server.store
        two = [make_post_in(store, "03"), make_post_in(store, "11")]
        own = Journal(tmp_path / "journal", store.id())
        write(own, *two, each=5)
        crashing = make_shipper(store, own.folder)
        run = crashing._run

        def run_first(tailed: Any, end: int, calls: list[Any]) -> list[Any]:
            assert len(calls) >= 2
            run(tailed, end, calls[:1])
            raise KeyboardInterrupt

        crashing._run = run_first  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            crashing.step()
        assert own.path is not None
        assert sorted(marks(store, own.path.stem))[-2:] == [0, own.size]
        name = own.path.stem
        with shipping(server.url, tmp_path) as process:
            until(lambda: set(marks(store, name)) == {own.size})
            process.terminate()
            assert process.wait(60) == 0
        assert len(streamed(store)) == 10
        assert roll_up_all(store) == 10
        assert hits(store, *two) == [5, 5]
        own.close()


@pytest.mark.usefixtures("at_once")
def test_idle_shards_advance_too(store: Store, own: Journal, tmp_path: Path) -> None:
    """Else the smallest mark, from which reading goes on, would stay at the beginning for good."""
    write(own, make_post_in(store, "03"), each=5)
    shipper = make_shipper(store, tmp_path)
    ship_all(shipper)
    ship_all(shipper)
    assert own.path is not None
    assert marks(store, own.path.stem) == [own.size] * len(keys.SHARDS)


def test_lua_does_not_roll_back(store: Store) -> None:
    """An error in the middle leaves what was counted before it, so the cursor moves all the same: once, not again."""
    post, (link,) = make_post(store, "bio_link")
    day = NOW // times.DAY
    store.redis.set(keys.minutes(post.id, day), "not a hash")
    pour(store, [record(post.id, link.slug) for _ in range(5)])
    for _ in range(3):
        roll_up_all(store)
    assert hits(store, (post, link)) == [5]
    assert rollups.days(store, post.id)[day, link.slug, "human"] == 5
    assert rollups.progress(store)["rejected"] > 0


def test_an_import_or_restore_into_an_empty_redis_while_the_data_directory_keeps_shipped_journals(
    store: Store, own: Journal, tmp_path: Path
) -> None:
    made = make_post_in(store, "03")
    write(own, made, each=5)
    ship_all(make_shipper(store, tmp_path))
    roll_up_all(store)
    backup = {key: store.redis.dump(key) for key in store.redis.scan_iter() if key != keys.STORE.encode()}
    store.redis.flushall()
    for key, value in backup.items():
        if b"marks" not in key:
            store.redis.restore(key, 0, value)
    shipper = make_shipper(store, tmp_path)
    ship_all(shipper)
    assert streamed(store) == []
    own.renew(store.id())
    write(own, made, each=2)
    shipper.forget()
    ship_all(shipper)
    ship_all(shipper)
    roll_up_all(store)
    assert hits(store, made) == [7]
    assert len(list((tmp_path / "aside").glob("*.log"))) == 1
    assert len(journal.files(tmp_path)) == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("lost", [0.1, 0.35, 0.6, 0.85])
def test_redis_drops_its_tail_and_no_new_click_comes(tmp_path: Path, lost: float) -> None:
    """SIGKILL, and the end of the append-only file is gone: shipped and rolled-up clicks with their marks and cursors."""
    with own_server() as server:
        store = server.store
        made = [make_post(store, "bio_link") for _ in range(5)]
        three = [(post, own_links[0]) for post, own_links in made]
        own = Journal(tmp_path, store.id())
        shipper = make_shipper(store, tmp_path)
        settled = server.size()
        for _ in range(6):
            write(own, *three, each=4)
            ship_all(shipper)
            roll_up_all(store)
        server.lose_tail(settled + int((server.size() - settled) * (1 - lost)))
        assert sum(hits(store, *three)) < 5 * 24
        for _ in range(3):
            try:
                ship_all(shipper)
            except OSError:
                shipper.forget()
            roll_up_all(store)
        assert hits(store, *three) == [24] * 5
        own.close()


@pytest.mark.usefixtures("at_once")
def test_a_file_is_deleted_only_when_every_stored_mark_equals_its_size_now(tmp_path: Path) -> None:
    """All was shipped; then Redis loses its tail. The journal of a dead process must still be there."""
    with own_server() as server:
        store = server.store
        made = make_post_in(store, "03")
        own = Journal(tmp_path, store.id())
        shipper = make_shipper(store, tmp_path)
        shipper.step()
        settled = server.size()
        write(own, made, each=50)
        own.close()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Store, "settle", lambda _: False)
            for _ in range(4):
                shipper.step()
        server.lose_tail(settled)
        for _ in range(2):
            shipper.forget()
            ship_all(shipper)
        roll_up_all(store)
        assert hits(store, made) == [50]
        for _ in range(4):
            shipper.step()
        assert journal.files(tmp_path) == []
        assert hits(store, made) == [50]


def test_creating_a_journal(tmp_path: Path) -> None:
    """Another process makes 300 of them: each one that can be seen is whole and locked. A pid that comes back opens none."""
    seen: set[Path] = set()
    code = """
import sys
from pathlib import Path
from shortlinks.clicks.journal import Journal
own = [Journal(Path(sys.argv[1]), "store") for _ in range(300)]
for each in own:
    each.renew("store")
sys.stdin.read()
"""
    with run_python(code, tmp_path):
        deadline = time.monotonic() + 60
        while len(seen) < 300:
            assert time.monotonic() < deadline
            for path in set(journal.files(tmp_path)) - seen:
                seen.add(path)
                with path.open("r+b") as file:
                    assert journal.read_header(file.fileno()) == journal.Header("store", name=path.stem)
                    assert not journal.abandoned(file.fileno())
    before = {path: path.stat().st_size for path in seen}
    successor = Journal(tmp_path, "store")
    successor.append(b"click", "post")
    assert {path: path.stat().st_size for path in seen} == before
    assert len(journal.files(tmp_path)) == 301
    successor.close()


def test_a_short_write_at_disk_full(store: Store, tmp_path: Path) -> None:
    """What was answered is counted or told as lost, post by post, and nothing is garbled."""
    made = make_post_in(store, "03")
    lines = b"\n".join(record(made[0].id, made[1].slug, nonce=f"{number:012x}") for number in range(40))
    (tmp_path / "clicks").write_bytes(lines)
    code = """
import resource, sys
from pathlib import Path
from shortlinks.clicks.journal import Journal
lines = Path(sys.argv[1], "clicks").read_bytes().split(b"\\n")
own = Journal(Path(sys.argv[1], "journal"), sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (7_777, resource.RLIM_INFINITY))
written = [own.append(line, sys.argv[3]) for line in lines]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
written += [own.append(line, sys.argv[3]) for line in lines[:3]]
print(sum(written))
"""
    with run_python(code, tmp_path, store.id(), made[0].id) as filler:
        written = int(filler.communicate()[0])
    assert 3 < written < 43
    ship_all(make_shipper(store, tmp_path / "journal"))
    roll_up_all(store)
    ledger = rollups.ledger(rollups.totals(store, [made[0].id])[0])
    assert (ledger["hits"], ledger["lost"]) == (written, 43 - written)
    assert rollups.progress(store)["garbled"] == 0


def test_a_clock_set_back_a_day_silences_nothing(
    store: Store, own: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No flag with a time to live stands between a click and its roll-up: who asks again goes by monotonic time."""
    made = make_post_in(store, "03")
    shipper = make_shipper(store, tmp_path)
    write(own, made)
    ship_all(shipper)
    assert shipper.waker.queue.count == 1
    shipper.waker.queue.empty()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)
    monkeypatch.setattr(time, "time_ns", lambda: int((real() - 86_400) * 1e9))
    write(own, made)
    until(lambda: (shipper.step(), shipper.waker.queue.count)[1] >= 1)
    roll_up_all(store)
    assert hits(store, made) == [2]
    lasting = {key: store.redis.pttl(key) for key in store.redis.scan_iter() if store.redis.pttl(key) > 5_000}
    assert set(lasting) <= {key for key in lasting if any(part in key for part in (b":visitors:", b":recent:", b"rq:"))}


def test_a_process_reads_a_link_an_edit_arrives_and_the_invalidation_finds_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make_link(store)
    follower = Follower(make_config(tmp_path), store)
    follower.read_feed()
    monkeypatch.setattr(follower, "start", lambda: None)
    find = links.find

    def overtaken(store: Store, slug: str) -> Any:
        found = find(store, slug)
        links.update(store, slug, {"target": "https://shop.example/new"}, now=NOW, own_hosts=OWN_HOSTS)
        follower.read_feed()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(follow.links, "find", overtaken)
        follower.find(link.slug)
    found = follower.find(link.slug)
    assert found is not None
    assert found.location == "https://shop.example/new"


@pytest.mark.parametrize("known", [True, False])
def test_a_feed_that_was_trimmed_or_went_back_flushes_the_cache(tmp_path: Path, known: bool) -> None:
    """Redis is killed and loses the end of its log: what this process holds is from a future that never was.

    Also when it had read the link, but not yet (`known`) what the feed said of it.
    """
    with own_server() as server:
        store = server.store
        link = make_link(store)
        size = server.size()
        follower = Follower(make_config(tmp_path), store)
        follower.read_feed()
        links.update(store, link.slug, {"target": "https://shop.example/lost"}, now=NOW, own_hosts=OWN_HOSTS)
        if known:
            follower.read_feed()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(follower, "start", lambda: None)
            assert _location(follower, link.slug) == "https://shop.example/lost"
        server.lose_tail(size)
        follower.start()
        until(lambda: _location(follower, link.slug) == "https://shop.example/mug")
        follower.stop()


def _location(follower: Follower, slug: str) -> str | None:
    found = follower.find(slug)
    return found.location if found else None


def test_a_slug_answered_201_and_then_lost_with_the_tail_may_be_issued_again() -> None:
    """So nothing is answered before it is on disk: a server that never says so gets no answer out of us."""
    with own_server("--appendfsync", "no") as server:
        server.store.timeout = 0.3
        with pytest.raises(Unavailable):
            make_post(server.store, "bio_link")
    with own_server("--appendfsync", "everysec") as server:
        _, (link,) = make_post(server.store, "bio_link")
        server.kill()
        server.start()
        assert links.get(server.store, link.slug) == link


def test_two_schedulers_queue_every_periodic_job_twice(
    store: Store, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"REDIS_URL": server, "SECRET_KEY": "k" * 32, "SHORTLINKS_DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    for cached in (jobs._config, jobs._store):
        cached.cache_clear()
    post, (link,) = make_post(store, "bio_link")
    pour(store, [record(post.id, link.slug, times.now()) for _ in range(40)])
    roll_up_all(store)
    before = counted(store, post.id)
    for _ in range(2):
        clock = CronScheduler(connection=store.redis)
        clock.load_config_from_file("worker.schedule")
        for job in clock.get_jobs():
            job.enqueue(store.redis)
    queues = [Queue(name, connection=store.redis) for name in ("default", rolling_up.QUEUE, delivering.QUEUE)]
    assert sum(queue.count for queue in queues) == 2 * len(clock.get_jobs())
    SimpleWorker(queues, connection=store.redis).work(burst=True, logging_level="ERROR")
    assert not any(queue.failed_job_registry.count for queue in queues)
    assert counted(store, post.id) == before


def test_a_group_sigterm_does_not_hit_the_embedded_redis_together_with_the_web(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from shortlinks.running import embedded
server = embedded.Server(Path(sys.argv[1]))
server.ensure()
print(flush=True)
sys.stdin.read()
"""
    server = embedded.Server(tmp_path)
    with run_python(code, tmp_path) as launcher:
        assert launcher.stdout is not None
        launcher.stdout.readline()
        assert server.alive()
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(60)
    with server:
        pid = int(store_of(server).redis.info("server")["process_id"])
        assert os.getsid(pid) == pid
        assert os.getpgid(pid) != os.getpgid(0)


def store_of(server: embedded.Server) -> Store:
    return Server(Path(server.url.removeprefix("unix://")).parent).store


def test_flask_runs_the_view_on_head(store: Store, tmp_path: Path) -> None:
    """So its clicks say so, and none is counted as human."""
    app = web.create_app(make_config(tmp_path), store=store)
    link = make_link(store, now=times.now())
    assert app.test_client().head(f"/{link.slug}").status_code == 302
    assert [click.method for click in recorded(tmp_path / "journal")] == ["HEAD"]
    ship_all(make_shipper(store, tmp_path / "journal"))
    roll_up_all(store)
    total = rollups.totals(store, [link.post_id])[0]
    assert (total["head"], total["human"]) == (1, 0)
    app.extensions["shortlinks"].follower.stop()


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("VLC/1.2.²", "library"),
        ("Player FM BMID/²", "library"),
        ("Mozilla/5.0 Clementine 1.2.²", "human"),
        ("ArcGIS Pro 1.2.②", "library"),
        ("MediaMonkey 1.2.²", "library"),
        ("abc-HTTPClient/1.2-²", "library"),
    ],
)
def test_an_agent_that_a_parser_does_not_survive_stops_no_roll_up(
    store: Store, tmp_path: Path, agent: str, reason: str
) -> None:
    """Else its shard would stand still for good: the same batch would be read, and raise, again and again."""
    app = web.create_app(make_config(tmp_path), store=store)
    link = make_link(store, now=times.now())
    sent = create_environ(f"/{link.slug}", headers={"User-Agent": agent.encode().decode("latin-1")})
    answers: list[str] = []
    for _ in range(2):  # through Flask, then from memory
        app(sent, lambda status, headers: answers.append(status))
    assert answers[1:] == ["302 Found"]
    ship_all(make_shipper(store, tmp_path / "journal"))
    roll_up_all(store)
    ledger = rollups.ledger(rollups.totals(store, [link.post_id])[0])
    # The second tap follows the first at once.
    assert (ledger["hits"], ledger[reason]) == ((2, 1) if reason == "human" else (2, 2))
    assert [kept.user_agent for kept in kept_clicks.stream(store, link.post_id)] == [agent] * 2
    app.extensions["shortlinks"].follower.stop()


def test_lines_that_make_no_sense_stop_no_roll_up(store: Store) -> None:
    """They are rejected and counted; what stands between them counts."""
    made = make_post_in(store, "03")
    whole = record(made[0].id, made[1].slug, agent=CRAWLER)
    odd = [whole.replace(str(NOW).encode(), moment) for moment in (b"9" * 31, b"-1", "²".encode(), b"9" * 5_000)]
    odd += [whole.replace(b"\t0\t", rev) for rev in ("\t²\t".encode(), b"\t-1\t")]
    pour(store, [line for each in odd for line in (whole, each)])
    roll_up_all(store)
    assert hits(store, made) == [len(odd)]
    assert rollups.progress(store)["rejected"] == len(odd)
    assert set(rollups.days(store, made[0].id)) == {(NOW // times.DAY, made[1].slug, "crawler")}


@pytest.mark.parametrize("path", ["/a/b/c", "/api/v1/nosuch", "/admin/nosuch", "/static/nosuch.css"])
def test_a_blueprints_404_handler_does_not_see_unmatched_urls(store: Store, tmp_path: Path, path: str) -> None:
    app = web.create_app(make_config(tmp_path), store=store)
    answer = app.test_client().get(path)
    assert answer.status_code == 404
    assert answer.mimetype == ("application/problem+json" if path.startswith("/api/") else "text/html")
    assert b"Not Found" in answer.data
    app.extensions["shortlinks"].follower.stop()


def test_redirects_default_code_changes_in_flask_3_2() -> None:
    """So every redirect names its own."""
    calls = [
        (path.name, node)
        for path in (ROOT / "shortlinks" / "web").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("redirect", "flask.redirect")
    ]
    assert calls
    assert [f"{name}:{node.lineno}" for name, node in calls if len(node.args) + len(node.keywords) < 2] == []


def until(holds: Any) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_script_is_refused_up_front_when_the_server_is_out_of_memory(store: Store) -> None:
    """Each that writes begins with `#!lua`, without which an error would come in the middle."""
    for name, script in store.scripts.items():
        assert script.script.startswith("#!lua\n") != name.startswith("read_"), name
    with pytest.raises(ResponseError):
        store.redis.eval("#!lua\nthis is no Lua", 0)


def test_visitors_are_sent_on_whatever_became_of_redis_and_the_disk(tmp_path: Path) -> None:
    """Guarantee 1: Redis is killed and no file can be written; a link in memory is followed by many at once."""
    with own_server() as server:
        app = web.create_app(make_config(tmp_path), store=server.store)
        link = make_link(server.store, now=times.now())
        assert app.test_client().get(f"/{link.slug}").status_code == 302
        server.kill()
        follower = app.extensions["shortlinks"].follower
        follower.journal.close()
        (tmp_path / "journal").rename(tmp_path / "elsewhere")
        (tmp_path / "journal").write_text("no folder")
        answers: list[str] = []

        def visit() -> None:
            for _ in range(50):
                app(create_environ(f"/{link.slug}"), lambda status, headers: answers.append(status))

        threads = [threading.Thread(target=visit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == ["302 Found"] * 400
        assert follower.journal.lost == 400
        follower.stop()
