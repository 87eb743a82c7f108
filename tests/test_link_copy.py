"""The copy of the links on disk: true whatever changes, and enough to follow every link while Redis is away."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from clicking import NOW, OWN_HOSTS, ROOT, make_config, make_link, own_server, recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service import Service, Visit, Visitors, on_linux
from werkzeug.test import Client

from shortlinks import keys, web
from shortlinks.clicks import journal
from shortlinks.links import feed, link_copy, links, memory
from shortlinks.links.follow import Follower
from shortlinks.links.link_copy import Keeper, LinkCopy
from shortlinks.posts import posts
from shortlinks.rollups import rollups
from shortlinks.store import Store


@pytest.fixture(autouse=True)
def at_any_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_copy, "PACE_SECONDS", 0.0)


@pytest.fixture
def keeper(store: Store, tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path, store)
    yield made
    made.close()


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[LinkCopy]:
    made = LinkCopy(tmp_path)
    yield made
    made.release()


def held(copy: LinkCopy, slug: str) -> memory.Held | None:
    found, _ = copy.find(slug)
    return found


def keep_once(folder: Path, store: Store) -> None:
    """A ship process that comes, brings the copy up to date, and goes."""
    keeper = Keeper(folder, store)
    bring_up_to_date(keeper)
    keeper.close()


def bring_up_to_date(keeper: Keeper) -> None:
    """Two rounds: one may only find out that a new copy must be written."""
    for _ in range(2):
        while keeper.step():
            pass


def change(store: Store, slug: str, **fields: object) -> None:
    links.update(store, slug, fields, now=NOW, own_hosts=OWN_HOSTS)


def stored(store: Store, slug: str) -> memory.Held:
    return memory.Held.of(links.get(store, slug))


def file_of(folder: Path) -> Path:
    return folder / link_copy.NAME


def test_it_holds_every_link_as_it_is_followed(store: Store, keeper: Keeper, copy: LinkCopy) -> None:
    made = [
        make_link(store, utm={"source": "insta"}, click_id_param="sl"),
        make_link(store, forward_query=True, target="https://shop.example/käse?a=%22"),
        make_link(store, expires_at="2026-12-24T18:00:00Z"),
    ]
    change(store, made[0].slug, target="https://shop.example/new")
    bring_up_to_date(keeper)
    for link in made:
        assert held(copy, link.slug) == stored(store, link.slug)
    assert held(copy, "nosuch") is None
    assert copy.store_id == store.id()


def test_changes_are_appended(store: Store, keeper: Keeper, copy: LinkCopy, tmp_path: Path) -> None:
    old = make_link(store)
    bring_up_to_date(keeper)
    assert held(copy, old.slug) is not None
    file = file_of(tmp_path).stat().st_ino
    new = make_link(store)
    change(store, old.slug, state="disabled")
    bring_up_to_date(keeper)
    assert held(copy, new.slug) == stored(store, new.slug)
    found = held(copy, old.slug)
    assert found is not None
    assert found.state == "disabled"
    assert file_of(tmp_path).stat().st_ino == file
    assert copy.find(old.slug)[1] == store.redis.xrevrange(keys.FEED, count=1)[0][0].decode()


def test_the_next_ship_process_writes_it_anew(store: Store, keeper: Keeper, copy: LinkCopy, tmp_path: Path) -> None:
    """Meanwhile the old one serves, however it was left."""
    link = make_link(store, target="https://shop.example/old")
    bring_up_to_date(keeper)
    file = file_of(tmp_path).stat().st_ino
    change(store, link.slug, target="https://shop.example/new")
    other = Keeper(tmp_path, store)
    assert other.step()
    found = held(copy, link.slug)
    assert found is not None
    assert found.target == "https://shop.example/old"
    bring_up_to_date(other)
    other.close()
    assert held(copy, link.slug) == stored(store, link.slug)
    assert file_of(tmp_path).stat().st_ino != file


def trim_the_feed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make_link(store)
    store.redis.xtrim(keys.FEED, maxlen=1, approximate=False)


def restart_the_server(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:

    since = feed.since

    def after_a_restart(of: Store, position: str) -> feed.Changes:
        return replace(since(of, position), run="another")

    monkeypatch.setattr(feed, "since", after_a_restart)


@pytest.mark.parametrize("harm", [trim_the_feed, restart_the_server])
def test_it_is_written_anew_when_nobody_can_know_what_changed(
    store: Store, keeper: Keeper, copy: LinkCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Any
) -> None:
    made = [make_link(store) for _ in range(5)]
    bring_up_to_date(keeper)
    before = file_of(tmp_path).stat().st_ino
    harm(store, monkeypatch)
    bring_up_to_date(keeper)
    assert file_of(tmp_path).stat().st_ino != before
    assert [held(copy, link.slug) for link in made] == [stored(store, link.slug) for link in made]


def test_the_target_of_an_erased_link_leaves_the_disk(
    store: Store, keeper: Keeper, copy: LinkCopy, tmp_path: Path
) -> None:
    link = make_link(store, target="https://shop.example/secret-campaign")
    bring_up_to_date(keeper)
    assert b"secret-campaign" in file_of(tmp_path).read_bytes()
    posts.purge(store, link.post_id)
    bring_up_to_date(keeper)
    assert b"secret-campaign" not in file_of(tmp_path).read_bytes()
    found = held(copy, link.slug)
    assert found is not None
    assert found.state == "erased"


def test_one_of_another_format_holds_nothing_for_us(tmp_path: Path, copy: LinkCopy) -> None:
    lines = [b'{"v":2,"store":"s"}', b'["k7m2p","post",0,"https://shop.example",{"new":"field"}]', b'"1-1"']
    file_of(tmp_path).write_bytes(b"".join(map(journal.framed, lines)))
    assert held(copy, "k7m2p") is None


def test_one_that_grew_to_double_its_size_is_written_anew(
    store: Store, keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_copy, "_SLACK", 0)
    link = make_link(store)
    bring_up_to_date(keeper)
    fresh = file_of(tmp_path).stat().st_size
    for number in range(10):
        change(store, link.slug, target=f"https://shop.example/{number}")
        bring_up_to_date(keeper)
    assert file_of(tmp_path).stat().st_size <= 3 * fresh


def test_of_a_link_whose_newest_line_is_garbled_the_one_before_serves(
    store: Store, keeper: Keeper, copy: LinkCopy, tmp_path: Path
) -> None:
    link = make_link(store, target="https://shop.example/old")
    bring_up_to_date(keeper)
    change(store, link.slug, target="https://shop.example/new")
    bring_up_to_date(keeper)
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"shop.example/new", b"shop.example/nEw"))
    found = held(copy, link.slug)
    assert found is not None
    assert found.target == "https://shop.example/old"


def test_a_full_disk_leaves_no_half_copy_and_it_goes_on_later(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
from shortlinks import store as stores
from shortlinks.links import link_copy
link_copy.PACE_SECONDS = 0.0
keeper = link_copy.Keeper(Path(sys.argv[1]), stores.open_store(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
try:
    while keeper.step(): pass
except OSError as error:
    print("refused:", error)
print(sorted(path.name for path in Path(sys.argv[1]).glob("links.copy")))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
while keeper.step(): pass
"""
    with own_server() as server:
        made = [make_link(server.store) for _ in range(20)]
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path), server.url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        refused, left = run.stdout.splitlines()
        assert refused.startswith("refused:")
        assert left == "[]"
        copy = LinkCopy(tmp_path)
        assert [held(copy, link.slug) for link in made] == [stored(server.store, link.slug) for link in made]
        copy.release()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(
        st.sampled_from(["make", "change", "step", "step", "restart", "trim", "grow"]), min_size=1, max_size=40
    )
)
def test_whatever_happens_it_says_what_redis_says(
    store: Store, tmp_path_factory: pytest.TempPathFactory, turns: list[str]
) -> None:
    store.redis.flushall()
    folder = tmp_path_factory.mktemp("copy")
    keeper, copy = Keeper(folder, store), LinkCopy(folder)
    made = [make_link(store)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link_copy, "_ROWS", 2)
        patch.setattr(link_copy, "_SLACK", 200)
        patch.setattr(feed, "BATCH", 3)
        for number, turn in enumerate(turns):
            match turn:
                case "make":
                    made.append(make_link(store))
                case "change":
                    change(store, made[number % len(made)].slug, target=f"https://shop.example/{number}")
                case "step":
                    keeper.step()
                    copy.open()
                case "restart":
                    keeper.close()
                    keeper = Keeper(folder, store)
                case "trim":
                    store.redis.xtrim(keys.FEED, maxlen=1, approximate=False)
                case "grow":
                    change(store, made[0].slug, target=f"https://shop.example/{'x' * 300}{number}")
        for _ in range(len(turns)):
            bring_up_to_date(keeper)
    assert [held(copy, link.slug) for link in made] == [stored(store, link.slug) for link in made]
    keeper.close()
    copy.release()


class TestFollowing:
    def test_a_process_that_starts_without_redis_follows_every_link_of_the_copy(self, tmp_path: Path) -> None:
        with own_server() as server:
            made = [make_link(server.store, target=f"https://shop.example/{number}") for number in range(3)]
            keep_once(tmp_path, server.store)
            store_id = server.store.id()
            server.kill()
            app = web.create_app(make_config(tmp_path), store=server.store)
            follower: Follower = app.extensions["shortlinks"].follower
            client = Client(app)
            for _ in range(2):
                for number, link in enumerate(made):
                    answer = client.get(f"/{link.slug}", headers={"User-Agent": "x"})
                    assert (answer.status_code, answer.headers["Location"]) == (302, f"https://shop.example/{number}")
            assert client.get("/nosuch").status_code == 503
            assert all(follower.memory.get(link.slug) for link in made)
            follower.stop()
            assert len(recorded(tmp_path / "journal")) == 6
            (path,) = journal.files(tmp_path / "journal")
            with path.open("rb") as file:
                header = journal.read_header(file.fileno())
            assert header is not None
            assert header.store_id == store_id

    def test_a_copy_that_is_older_than_what_the_process_knows_is_not_held(self, store: Store, tmp_path: Path) -> None:
        link = make_link(store, target="https://shop.example/old")
        keep_once(tmp_path, store)
        follower = Follower(make_config(tmp_path), store)
        change(store, link.slug, target="https://shop.example/new")
        follower.read_feed()
        follower._away = True
        found = follower.find(link.slug)
        assert found is not None
        assert found.target == "https://shop.example/old"
        follower._away = False
        found = follower.find(link.slug)
        assert found is not None
        assert found.target == "https://shop.example/new"
        follower.stop()

    def test_without_a_copy_it_says_that_redis_is_away(self, tmp_path: Path) -> None:
        with own_server() as server:
            server.kill()
            follower = Follower(make_config(tmp_path), server.store)
            with pytest.raises(redis.ConnectionError):
                follower.find("any")
            follower.stop()


@pytest.mark.skipif(not on_linux, reason="finds processes in /proc")
def test_restarted_without_redis_the_service_redirects_every_link_and_ships_later(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.start("web")
        made = service.new_posts(30)
        copy = LinkCopy(service.data_dir)
        service.until(lambda: all(held(copy, slug) for slug in made), "the copy holds every link")
        copy.release()
        assert service.terminate("web") == 0
        service.kill("redis")
        service.launch_line("web")
        service.until(service.alive, "the web server answers")
        with Visitors(service.port, [[Visit(slug) for slug in made]] * 4) as visitors:
            visitors.join()
        assert (visitors.others, visitors.cut.total()) == ([], 0), service.said()
        assert visitors.received.total() == 120
        service.start("rollup")
        service.settle()
        totals = rollups.totals(service.store, list(made.values()))
        assert [rollups.hits(total) for total in totals] == [4] * 30
