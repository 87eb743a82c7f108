"""The service under load, with everything around it that can be broken: Redis, the network to it, clocks, nginx in front.

One World lives through many rounds. What visitors received and what may be beyond it is added up over all of them, so a click
that a round lost or doubled is found at its end and cannot be made up for by the next.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from shortlinks import times
from shortlinks.links import links
from shortlinks.links.link_copy import LinkCopy
from shortlinks.rollups import kept_clicks, link_totals, recounts, rollups
from shortlinks.running import wake
from tests.chaos import receiver, steps
from tests.chaos.nginx import nginx
from tests.chaos.proxy import Proxy
from tests.clocks import Clock, forget_clocks
from tests.service import Service, Visitors, free_port

if TYPE_CHECKING:
    from tests.chaos.faults import Fault

HOSTS = ("service", "redis")
TOLD_SECONDS = 120.0
"""Within what time webhooks are told of all counts: somebody asks for it every minute."""


@dataclass(frozen=True)
class Round:
    """What came of one round. `hits` to `garbled` are what this round added; `slowest` is in seconds."""

    faults: str
    received: int
    cut: int
    refused: int
    hits: int
    lost: int
    garbled: int
    slowest: float
    seconds: float


class World:
    """As a context manager it starts everything and leaves nothing behind."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.faults: Sequence[Fault] = ()
        self.clocks = {host: Clock(folder / f"{host}.clock") for host in HOSTS}
        settings = {"SHORTLINKS_TRUSTED_PROXIES": "1", "SHORTLINKS_ALLOW_FETCH": "127.0.0.1"}
        self.service = Service(folder, **settings, **self.clocks["service"].environ)
        self.network = Proxy(self.service.redis.socket_path, chance)
        self.nginx_port = free_port()
        self.posts: dict[str, str] = {}
        self.received: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.garbled: Counter[str] = Counter()
        self._counted = Counter({"hits": 0, "lost": 0, "garbled": 0})
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(forget_clocks)
            stack.enter_context(self.service)
            self.start_redis()
            stack.enter_context(self.network)
            self.service.supervise(f"redis://127.0.0.1:{self.network.port}")
            self.posts = self.service.new_posts(steps.LINKS)
            # From now on they are added to, and not made of the posts' own sums any more.
            assert not any(self._of_links().values())
            copied = LinkCopy(self.service.data_dir)
            stack.callback(copied.release)
            self.service.until(
                lambda: all(copied.find(slug)[0] for slug in self.posts), "the host has its copy of the links"
            )
            self.receiver = stack.enter_context(receiver.listening())
            hook = {"url": self.receiver.url, "events": ["post.clicks"]}
            status, answer = self.service.call("POST", "/api/v1/webhooks", hook)
            assert status == 201, answer
            self.service.until(lambda: self.service.pids("webhooks"), "somebody delivers")
            self.nginx = stack.enter_context(nginx(self.folder, self.nginx_port, self.service.port))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def slugs(self) -> list[str]:
        """All links."""
        return list(self.posts)

    @property
    def withheld(self) -> bool:
        """Whether one of this round's faults keeps clicks out of Redis."""
        return any(fault.withholds for fault in self.faults)

    def start_redis(self) -> None:
        """Start Redis again, under its own clock. Returns when it answers."""
        shown = self.clocks["redis"].environ
        before = {name: os.environ.get(name) for name in shown}
        os.environ.update(shown)
        try:
            self.service.redis.ensure()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def go_on(self, laps: int = 2) -> None:
        """Wait until each visitor has followed all links some times more."""
        steps.go_on(self.service, self.visitors, laps)

    def last(self, seconds: float) -> None:
        """Let visitors go on for at least so long: for faults that are none before somebody's patience ends."""
        since = time.monotonic()
        self.service.until(lambda: time.monotonic() - since >= seconds, "time passes")

    def count_on(self) -> None:
        """Wait until of every link as much is counted as is received by now: nothing is stuck."""
        received = self.received + self.visitors.received - self.garbled

        def counted() -> Counter[str]:
            totals = rollups.totals(self.service.store, list(self.posts.values()))
            return Counter(
                {slug: rollups.hits(total) + total["lost"] for slug, total in zip(self.posts, totals, strict=True)}
            )

        self.service.until(counted, f"{received.total():,} clicks are counted", lambda now: received <= now)

    def jump(self, host: str, days: int) -> None:
        """Set the clock of the service's or of Redis's host to `days` from now. Returns when everybody there sees it."""
        self.clocks[host].set(days)
        self.service.until(lambda: self._days_off(host), f"the clock of {host} jumps", lambda off: off == {days})

    def nginx_connections(self) -> int:
        """How many connections nginx holds."""
        workers = Path(f"/proc/{self.nginx}/task/{self.nginx}/children").read_text().split()
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in workers)

    def round(self, faults: Sequence["Fault"]) -> Round:
        """Strike these faults at once, heal them, check. Raises AssertionError when a promise is broken."""
        began, received, cut = time.monotonic(), self.received.total(), self.cut.total()
        # What keeps Redis away comes last, the network behind Redis itself, and heals first: the others may need it.
        self.faults = sorted(faults, key=lambda fault: (fault.withholds, fault.part == "network"))
        with steps.crowd(self.service.port, self.slugs) as self.visitors:
            self.go_on()
            # Everything is counted again meanwhile, and changes its places while it is broken.
            recounts.begin(self.service.store, now=times.now())
            wake.recount(self.service.store)
            with ExitStack() as stack:
                for fault in self.faults:
                    stack.enter_context(fault.strike(self))
                self.go_on(self.chance.randrange(2, 6))
            self.service.until(lambda: steps.redis_answers(self.service), "Redis answers")
            self.service.until(self.service.shipping, "one ship process is at work")
            self.go_on()
        self.service.settle()
        # Losses are told once a second. Should something stay missing, the check says what.
        with suppress(AssertionError):
            self.count_on()
        self.add(self.visitors)
        grown = self._check()
        return Round(
            " + ".join(fault.name for fault in self.faults),
            self.received.total() - received,
            self.cut.total() - cut,
            self.visitors.refused,
            grown["hits"],
            grown["lost"],
            grown["garbled"],
            self.visitors.slowest,
            time.monotonic() - began,
        )

    def all_told(self) -> str:
        """Once nothing is broken any more: wait until the receiver has added up what is counted. Says how many messages came."""
        with steps.crowd(self.service.port, self.slugs) as self.visitors:
            self.go_on()
        self.add(self.visitors)
        self.service.settle()

        def untold() -> dict[str, tuple[int, ...]]:
            totals = rollups.totals(self.service.store, list(self.posts.values()))
            return self.receiver.untold(dict(zip(self.posts.values(), totals, strict=True)))

        self.service.until(untold, "all counts are told (counted, told)", lambda left: not left, TOLD_SECONDS)
        assert not self.receiver.changed(), f"messages with two bodies: {self.receiver.changed()}"
        totals = rollups.totals(self.service.store, list(self.posts.values()))
        of_posts = {slug: rollups.hits(total) for slug, total in zip(self.posts, totals, strict=True)}
        assert self._of_links() == of_posts, f"links have {self._of_links()} hits, their posts {of_posts}"
        return f"{self.receiver.came:,} messages told a webhook of all counts"

    def _of_links(self) -> dict[str, int]:
        """All hits of each link by the sums that are kept of links."""
        store = self.service.store
        found = link_totals.of_links(store, [links.get(store, slug) for slug in self.posts])
        return {slug: total.hits for slug, total in found.items()}

    def add(self, visitors: Visitors) -> None:
        """What these received counts, and what was cut may."""
        self.received += visitors.received
        self.cut += visitors.cut

    def _told(self, path: str) -> dict[str, Any]:
        """What the API answers. A web process that has just been cut off may need a moment."""
        _, body = self.service.until(
            lambda: self.service.call("GET", path), f"{path} is answered", lambda answer: answer[0] == 200
        )
        return dict(body)

    def _at_one_moment(self, slug: str) -> tuple[dict[str, int], Counter[str]]:
        """A post's ledger and the reasons of its kept clicks: a re-count may put others in their place between the two reads."""

        def read() -> tuple[dict[str, int], Counter[str], dict[str, int]]:
            path = f"/api/v1/posts/{self.posts[slug]}/funnel"
            before = self._told(path)["ledger"]
            kept = Counter(click.reason for click in kept_clicks.stream(self.service.store, self.posts[slug]))
            return before, kept, self._told(path)["ledger"]

        ledger, kept, _after = self.service.until(
            read, f"the ledger of {slug} stands still", lambda found: found[0] == found[2]
        )
        return ledger, kept

    def _check(self) -> Counter[str]:
        """Compare what visitors received with what the service tells. Returns how many hits, losses and garbled lines are new."""
        ledgers = {slug: self._told(f"/api/v1/posts/{post}/funnel")["ledger"] for slug, post in self.posts.items()}
        counters = self._told("/readyz")["counters"]
        wrong = []
        for slug, ledger in ledgers.items():
            told = ledger["hits"] + ledger["lost"] + self.garbled[slug]
            least, most = self.received[slug], self.received[slug] + self.cut[slug]
            if not least <= told <= most:
                wrong.append(f"{slug}: {least:,} to {most:,} were answered, but {ledger}, garbled {self.garbled[slug]}")
        slug = self.chance.choice(list(ledgers))
        ledger, kept = self._at_one_moment(slug)
        reasons = {name: number for name, number in ledger.items() if number and name not in ("hits", "lost")}
        if kept != reasons:
            wrong.append(f"{slug}: {reasons} are counted, and {dict(kept)} are kept")
        now = Counter({name: sum(ledger[name] for ledger in ledgers.values()) for name in ("hits", "lost")})
        now["garbled"] = counters["garbled"]
        grown = Counter({name: now[name] - self._counted[name] for name in now})
        self._counted = now
        may = {name for fault in self.faults for name in fault.may}
        wrong += self.visitors.others[:5]
        wrong += [f"message {name} came with two bodies" for name in self.receiver.changed()[:5]]
        if self.visitors.cut and "cut" not in may:
            wrong.append(f"{self.visitors.cut.total()} requests were cut")
        if self.visitors.refused and "refuse" not in may:
            wrong.append(f"{self.visitors.refused} connections were refused")
        # A process that another fault put in the place of one whose disk was full may write again.
        must = "lose" in may and len(self.faults) == 1
        if (grown["lost"] and "lose" not in may) or (must and not grown["lost"]):
            wrong.append(f"{grown['lost']} clicks are lost")
        if now["garbled"] != self.garbled.total():
            wrong.append(f"{self.garbled.total()} lines were garbled, but {now['garbled']} are told")
        if counters["rejected"] or counters["dropped"] or counters["shipped"] != counters["counted"]:
            wrong.append(f"counters do not add up: {counters}")
        struck = " + ".join(fault.name for fault in self.faults)
        assert not wrong, "\n".join([f"after {struck}:", *wrong, self.service.said()])
        return grown

    def _days_off(self, host: str) -> set[int]:
        """By how many days the clocks of a host are off, as its processes show."""
        shown = (
            [self._date() for _ in range(2 * steps.CLIENTS)]
            if host == "service"
            else self.service.store.redis.time()[:1]
        )
        return {round((at - time.time()) / 86_400) for at in shown if at is not None}

    def _date(self) -> float | None:
        """What time a web process shows; None when another fault of the round cut its answer."""
        connection = HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        try:
            connection.request("GET", "/healthz")
            # Not the header `Date`: granian's never goes back.
            return datetime.fromisoformat(json.load(connection.getresponse())["time"]).timestamp()
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
