"""What must not be remembered: addresses of visitors ever, salts of days that are over. The real service, searched whole."""

import itertools
import re
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from clicking import make_config
from clocks import Clock, forget_clocks
from rq.cron import CronScheduler
from searching import find, of_folder, of_redis, spellings_of_address, spellings_of_bytes
from service import AGENT, Service, Visit, Visitors, on_linux

from shortlinks import keys, times
from shortlinks.clicks import clicks
from shortlinks.links import follow
from shortlinks.rollups import kept_clicks, tally
from shortlinks.store import Store
from worker import jobs

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc, and has many addresses of its own")

PASSWORD = "correct horse battery"


class Cast:
    """Strangers, each with an address that nobody else has. `addresses` are all that were handed out."""

    def __init__(self, port: int) -> None:
        self.addresses: list[str] = []
        self.answers: list[int] = []
        self._port = port
        self._fours = (f"{network}.{last}" for network in ("203.0.113", "198.51.100") for last in range(129, 255))
        self._numbers = itertools.count(129)

    def four(self) -> str:
        return self._handed_out(next(self._fours))

    def six(self) -> str:
        number = next(self._numbers)
        return self._handed_out(f"2001:db8:{number:x}:a{number:x}::c{number:x}")

    def peer(self) -> str:
        """One that this machine itself has, to come from without a proxy."""
        return self._handed_out(f"127.{next(self._numbers)}.77.200")

    def _handed_out(self, address: str) -> str:
        self.addresses.append(address)
        return address

    def notations(self) -> list[str]:
        """`X-Forwarded-For` as proxies write it, and as visitors who claim to be somebody else make it look."""
        return [
            self.four(),
            f"{self.four()}:51000",
            f"::ffff:{self.four()}",
            f"[::FFFF:{self.four()}]:443",
            self.six(),
            self.six().upper(),
            f"[{self.six()}]:443",
            f"{self.six()}%eth0",
            f"{self.four()}, {self.six()} ,{self.four()}",
            f"{self.four()}, unknown",
            f"{self.six()}, <script>",
        ]

    def send(self, method: str, path: str, *headers: str, agent: str = AGENT, body: str = "", peer: str = "") -> str:
        """One request, and the whole answer. The headers as they are, whatever they hold."""
        with socket.create_connection(("127.0.0.1", self._port), 30, (peer or "127.0.0.1", 0)) as connection:
            lines = [f"{method} {path} HTTP/1.1", "Host: go.example", "Connection: close", f"User-Agent: {agent}"]
            lines += [*headers, *([f"Content-Length: {len(body)}"] if body else []), "", body]
            connection.sendall("\r\n".join(lines).encode("latin-1"))
            answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
        self.answers.append(int(answer.split(" ", 2)[1]))
        return answer

    def fail_to_sign_in(self, address: str) -> int:
        """Type a wrong password into the form, and return the status of the answer."""
        forwarded = f"X-Forwarded-For: {address}"
        form = self.send("GET", "/admin/sign-in", forwarded)
        cookie = re.search(r"(?i)Set-Cookie: ([^;]+)", form)
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert cookie, form
        assert token, form
        kind = "Content-Type: application/x-www-form-urlencoded"
        body = f"csrf_token={token[1]}&password=wrong"
        self.send("POST", "/admin/sign-in", forwarded, f"Cookie: {cookie[1]}", kind, body=body)
        return self.answers[-1]


@pytest.fixture(params=["gunicorn", pytest.param("granian", marks=pytest.mark.slow)])
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    settings = {"SHORTLINKS_TRUSTED_PROXIES": "1", "SHORTLINKS_ADMIN_PASSWORD": PASSWORD}
    with Service(tmp_path, SHORTLINKS_SERVER=request.param, **settings) as prepared:
        prepared.supervise()
        yield prepared


def everything(service: Service) -> list[tuple[str, bytes]]:
    """All that the service remembers, wrote and said, and what it tells its owner of clicks."""
    told = [("answer", str(service.call("GET", path)[1]).encode()) for path in ("/metrics", "/readyz", "/api/v1/posts")]
    kept = [
        ("clicks", repr(click).encode())
        for post in service.call("GET", "/api/v1/posts")[1]["items"]
        for click in kept_clicks.stream(service.store, post["id"])
    ]
    return [*of_redis(service.store.redis), *of_folder(service.folder), *told, *kept]


def test_no_address_is_written_anywhere(service: Service) -> None:
    (busy, busy_post), (other, _), (gone, gone_post), (off, _) = service.new_posts(4).items()
    cast = Cast(service.port)
    assert service.call("PATCH", f"/api/v1/links/{off}", {"state": "disabled"})[0] == 200
    assert service.call("DELETE", f"/api/v1/posts/{gone_post}?purge=true")[0] == 204

    for path in (f"/{busy}", f"/{busy}", f"/{busy}", f"/{other}", f"/{other}+", f"/{off}", f"/{gone}", "/no-such-link"):
        for notation in cast.notations()[:: 1 if path == f"/{busy}" else 3]:
            cast.send("GET", path, f"X-Forwarded-For: {notation}")
    for notation in cast.notations():
        cast.send("HEAD", f"/{busy}", f"X-Forwarded-For: {notation}", agent="TelegramBot (like TwitterBot)")
        # No proxy of ours, or one that says nothing: then it is the peer who came.
    for headers in (
        [],
        ["X-Forwarded-For: unknown"],
        [f"X_Forwarded_For: {cast.four()}"],
        ["X-Forwarded-For: \x80\xff"],
    ):
        cast.send("GET", f"/{busy}", *headers, peer=cast.peer())
        cast.send("GET", "/no-such-link", *headers, peer=cast.peer())
    assert set(cast.answers) == {200, 302, 404, 410}
    cast.send(
        *("GET", f"/{busy}", f"X-Forwarded-For: {cast.four()}", f"X-Forwarded-For: {cast.four()}"),
        *(
            f"X-Real-IP: {cast.four()}",
            f"Forwarded: for={cast.four()};by=203.0.113.43",
            f"True-Client-IP: {cast.six()}",
        ),
        *(f"CF-Connecting-IP: {cast.six()}", f"Client-IP: {cast.four()}", "Sec-Purpose: prefetch"),
    )

    # What is refused, and by whom: the API, the sign-in and its rate limit, the web server itself.
    cast.answers.clear()
    for token in ("", "Authorization: Bearer not-a-token", "Authorization: Basic \x80"):
        headers = [f"X-Forwarded-For: {cast.six()}", *([token] if token else [])]
        cast.send("GET", "/api/v1/posts", *headers)
        cast.send("POST", "/api/v1/conversions", *headers, "Content-Type: application/json", body='{"external_id": [')
        cast.send("GET", "/metrics", *headers)
    assert set(cast.answers) == {401}
    for address in (cast.four(), cast.six()):
        tries = [cast.fail_to_sign_in(address) for _ in range(11)]
        assert tries == [422] * 10 + [429]
    cast.answers.clear()
    for line in ("Nonsense", "Bad Name: 1", "X: \x00", "Transfer-Encoding: nonsense", f"X: {'y' * 20_000}"):
        cast.send("GET", f"/{busy}", f"X-Forwarded-For: {cast.four()}", line, peer=cast.peer())
    cast.send("GET", f"/{'x' * 9_000}", f"X-Forwarded-For: {cast.four()}", peer=cast.peer())
    cast.send("GET", f"/{busy}?%ff=\x80", f"X-Forwarded-For: {cast.four()}", peer=cast.peer())
    cast.send("BREW", f"/{busy}", f"X-Forwarded-For: {cast.six()}", peer=cast.peer())
    assert {status for status in cast.answers if status < 400} <= {302}
    with socket.create_connection(("127.0.0.1", service.port), 30, (cast.peer(), 0)) as hasty:
        hasty.sendall(b"GET / HTTP/1.1\r\nHost: ")

    service.settle()
    assert service.store.redis.xlen(keys.kept(busy_post))
    assert len(set(cast.addresses)) == len(cast.addresses) > 80

    control = "198.18.200.201"
    planted = plant(service, control)
    found = find(
        everything(service), {address: spellings_of_address(address) for address in [control, *cast.addresses]}
    )
    assert found.pop(control) == planted
    assert found == {}


def plant(service: Service, address: str) -> set[str]:
    """Leave an address behind in every kind of place, in many spellings. Returns the places where a search must find it."""
    client = service.store.redis
    packed = bytes(map(int, address.split(".")))
    client.set("plant:text", f"from {address}:51000")
    client.set("plant:bytes", b"\0" + packed)
    client.set(f"plant:{packed.hex()}", "in the name")
    client.hset("plant:hash", address, 1)
    client.hset("plant:compressed", "data", b"job" + zlib.compress(f"a job for {address}".encode()))
    client.rpush("plant:list", int.from_bytes(packed, "big"))
    client.sadd("plant:set", "::ffff:" + address)
    client.zadd("plant:zset", {"201.200.18.198.in-addr.arpa": 1})
    client.xadd("plant:stream", {"z": clicks.pack([f"line of ::ffff:{packed[:2].hex()}:{packed[2:].hex()}"])})
    service.store.settle()
    folder = service.data_dir / "journal" / "aside"
    folder.mkdir(exist_ok=True)
    (folder / "plant.garbled").write_bytes(b"\n" + packed[::-1])
    with (service.folder / "all.out").open("ab") as output:
        output.write(f"WARNING {address} is at it again\n".encode())
    log = next(path for path in (service.data_dir / "appendonlydir").glob("*.incr.aof") if packed in path.read_bytes())
    return {
        *("string plant:text", "string plant:bytes", f"string plant:{packed.hex()}", "hash plant:hash"),
        *("hash plant:compressed", "list plant:list", "set plant:set", "zset plant:zset", "stream plant:stream"),
        *("file data/journal/aside/plant.garbled", "file all.out", f"file {log.relative_to(service.folder)}"),
    }


def test_a_salt_is_on_no_disk_after_48_hours_even_if_one_rewrite_fails(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = CronScheduler(connection=store.redis)
    clock.load_config_from_file("worker.schedule")
    (between_rewrites,) = (job.interval for job in clock.get_jobs() if job.func is jobs.rewrite_log)

    tomorrow = times.day_of(times.now()) + 1
    follower = follow.Follower(make_config(tmp_path), store)
    longest = 0
    for minute in range(times.MINUTES_PER_DAY):
        now = tomorrow * times.DAY + minute * times.MINUTE
        if made := [day for day in follow.salt_days(now) if not store.redis.exists(keys.salt(day))]:
            monkeypatch.setattr(times, "now", lambda now=now: now)
            follower._upkeep()
            longest = max(longest, *(store.redis.pexpiretime(keys.salt(day)) - now for day in made))
    follower.stop()
    assert store.redis.exists(keys.salt(tomorrow), keys.salt(tomorrow + 1)) == 2
    # The first rewrite after a salt's end comes an interval later at the latest, and the one after that is in time, too.
    assert longest + 2 * between_rewrites * times.SECOND <= 48 * times.HOUR


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    yield Clock(tmp_path / "clock")
    forget_clocks()


@pytest.mark.parametrize(
    "off", [pytest.param(True, id="off meanwhile"), pytest.param(False, id="at work", marks=pytest.mark.slow)]
)
def test_days_later_no_old_salt_and_no_old_click_is_left_and_every_count_is(
    tmp_path: Path, clock: Clock, off: bool
) -> None:
    """The embedded server, on a machine that was off for some days, or that works through them: the clock asks once a minute."""
    with Service(tmp_path, SHORTLINKS_CLICK_RETENTION_DAYS="1", **clock.environ) as service:
        service.supervise()
        ((slug, post),) = service.new_posts(1).items()
        Visitors(service.port, [[Visit(slug)] * (tally.SEAL_AT + 1), [Visit(slug, "HEAD")]]).join()
        service.settle()
        Visitors(service.port, [[Visit(slug)]]).join()
        service.settle()
        # A chunk and a tail, so that both have to go. How the clicks were split into batches decides which holds how many.
        ((_, chunk),) = service.store.redis.xrange(keys.kept(post))
        sealed, waiting = len(clicks.unpack(chunk[b"z"])), service.store.redis.llen(keys.tail(post))
        assert sealed >= tally.SEAL_AT
        assert waiting >= 1
        assert sealed + waiting == tally.SEAL_AT + 3
        counts = service.ledger(post)
        assert counts["hits"] == tally.SEAL_AT + 3

        client = service.store.redis
        salts = {f"{key.decode()} as it was": client.get(key) or b"" for key in client.scan_iter("*:salt:*")}
        spelled = {name: spellings_of_bytes(salt) for name, salt in salts.items()}
        assert {len(salt) for salt in salts.values()} == {32}

        def found() -> dict[str, set[str]]:
            return find([*of_redis(client), *of_folder(service.folder)], spelled)

        service.store.settle()
        for name, places in found().items():
            assert {place.partition("/")[0] for place in places} == {f"string {name.split()[0]}", "file data"}
        assert found().keys() == spelled.keys()

        if off:
            assert service.terminate("all") == 0
        clock.set(days=4)
        if off:
            service.supervise()
        service.until(found, "no old salt is left", lambda places: places == {}, seconds=300)
        assert list(client.scan_iter("*:salt:*"))
        service.until(
            lambda: list(kept_clicks.stream(service.store, post)), "old clicks are forgotten", lambda left: not left
        )
        assert service.ledger(post) == counts
        # No other way by which they could stay: no snapshots beside the append-only file, no buffer for replicas.
        assert client.config_get("save") == {"save": ""}
        assert not client.info("replication")["repl_backlog_active"]
