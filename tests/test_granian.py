"""The other web server, which SHORTLINKS_SERVER=granian starts: the same promises."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from service import Service, Visit, Visitors, on_linux

from shortlinks.clicks import clicks
from shortlinks.rollups import kept_clicks, rollups

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path, SHORTLINKS_SERVER="granian") as prepared:
        prepared.supervise()
        yield prepared


def hits(service: Service, posts: dict[str, str]) -> dict[str, int]:
    totals = rollups.totals(service.store, list(posts.values()))
    return {slug: rollups.hits(total) for slug, total in zip(posts, totals, strict=True)}


@pytest.mark.slow
def test_every_answer_is_counted_whoever_is_killed_or_reloaded(service: Service) -> None:
    posts = service.new_posts(5)
    plans = [[Visit(slug) for slug in posts]] * 8
    with Visitors(service.port, plans, forever=True, pause=0.005) as visitors:
        for hit, kind in ((signal.SIGKILL, "web worker"), (signal.SIGHUP, "web"), (signal.SIGKILL, "web")):
            before = set(service.pids("web worker"))
            laps = visitors.laps_since()
            os.kill(service.pids(kind)[0], hit)
            others = 1 if (hit, kind) == (signal.SIGKILL, "web worker") else 2
            service.until(
                lambda: (service.pids("web"), set(service.pids("web worker"))),
                "the workers are replaced, and nobody is left of a server that was killed",
                lambda now, before=before, others=others: (
                    len(now[0]) == 1 and len(now[1]) == 2 and len(now[1] - before) == others
                ),
            )
            service.until(lambda laps=laps: min(visitors.laps_since(laps)) > 2, "visitors go on")
    assert service.terminate("all") == 0, service.said()
    assert service.processes() == {}
    service.supervise()
    service.settle()
    assert visitors.others == []
    for slug, number in hits(service, posts).items():
        assert visitors.received[slug] <= number <= visitors.received[slug] + visitors.cut[slug]


def test_it_reads_requests_as_gunicorn_does(service: Service) -> None:
    (slug, post_id), *_ = service.new_posts(1).items()
    long = "Mozilla/5.0 " + "x" * 8_180
    for visit in (
        Visit(slug),
        Visit(slug, "HEAD"),
        Visit(slug, prefetch=True),
        Visit(slug, agent=""),
        Visit(slug, agent=long),
    ):
        Visitors(service.port, [[visit]]).join()
    assert service.call("GET", f"/{slug.upper()}.")[0] == 302
    assert service.call("GET", f"/%{ord(slug[0]):x}{slug[1:]}")[0] == 302
    assert service.call("GET", "/caf%C3%A9")[0] == 404
    service.settle()
    ledger = service.ledger(post_id)
    assert {name: ledger[name] for name in ("hits", "head", "prefetch", "empty_agent", "lost")} == {
        "hits": 7,
        "head": 1,
        "prefetch": 1,
        "empty_agent": 3,
        "lost": 0,
    }
    kept = list(kept_clicks.stream(service.store, post_id))
    assert max(len(click.user_agent) for click in kept) == clicks.AGENT_LIMIT
    # Of one address with one agent, by GET: the same visitor.
    assert len({click.visitor for click in kept if click.user_agent == Visit(slug).agent}) == 1


@pytest.mark.slow
def test_silent_and_slow_clients_hold_up_nobody(service: Service) -> None:
    (slug,) = service.new_posts(1)
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(200)]
    for client in clients[::2]:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a")
    with Visitors(service.port, [[Visit(slug)] * 100]) as visitors:
        visitors.join()
    assert visitors.received[slug] == 100
    for client in clients:
        client.close()
