"""The servers that are measured side by side: ours and a bare WSGI callable under gunicorn and granian, and nginx."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import bare, clients
from shortlinks.running import granian_server
from tests.service import Service, free_port

LIMIT = "nginx, buffered log"
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "python:shortlinks.running.gunicorn_conf"]
_BARE_GRANIAN = """
import sys
from granian import Granian
Granian("bench.bare:app", address="127.0.0.1", port=int(sys.argv[1]), interface="wsgi", workers=2,
        blocking_threads={threads}, backlog={backlog}, websockets=False, log_level="warning").serve()
"""
_NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/nginx.log combined buffer=64k flush=1s;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy; fastcgi_temp_path {folder}/nginx-fcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location / {{ add_header Cache-Control "private, no-store" always; return 302 {target}; }}
  }}
}}
"""


class Contender(NamedTuple):
    """A server that answers on `port`. `ours`: what it answers must be in the ledger afterwards."""

    name: str
    port: int
    ours: bool


class Used(NamedTuple):
    """What the processes of a contender have used so far: CPU seconds; and hold now: bytes, shared ones by share."""

    cpu: float
    memory: int


@contextmanager
def running(service: Service, folder: Path) -> Iterator[list[Contender]]:
    """All of them, over the service's own Redis and journals, its web server among them; they answer."""
    found = _start(service, folder)
    try:
        yield found
    finally:
        for each in found:
            if each.name == LIMIT:
                # Killed like the others, it would leave its workers behind.
                service.terminate(each.name)


def _start(service: Service, folder: Path) -> list[Contender]:
    service.start("web", "rollup")
    found = [
        Contender("gunicorn, bare", free_port(), ours=False),
        Contender("gunicorn, ours", service.port, ours=True),
        Contender("granian, bare", free_port(), ours=False),
        Contender("granian, ours", free_port(), ours=True),
    ]
    ports = {each.name: str(each.port) for each in found}
    url = service.redis.url
    bare_gunicorn = [*GUNICORN, "--worker-class", "gthread", "bench.bare:app"]
    service.launch("gunicorn, bare", bare_gunicorn, PORT=ports["gunicorn, bare"], REDIS_URL=url)
    code = _BARE_GRANIAN.format(threads=granian_server.THREADS, backlog=granian_server.BACKLOG)
    service.launch("granian, bare", [sys.executable, "-c", code, ports["granian, bare"]])
    ours = [sys.executable, "-m", "shortlinks.running.granian_server"]
    service.launch("granian, ours", ours, PORT=ports["granian, ours"], REDIS_URL=url)
    nginx = shutil.which("nginx")
    if nginx:
        limit = Contender(LIMIT, free_port(), ours=False)
        text = _NGINX.format(folder=folder, port=limit.port, target=bare.TARGET)
        (folder / "nginx.conf").write_text(text)
        service.launch(limit.name, [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")])
        found.insert(0, limit)
    for each in found:
        service.until(lambda port=each.port: clients.answers(port), f"{each.name} answers")
    return found


def used(service: Service, contender: Contender) -> Used:
    """What a contender's processes have used: the server and its workers, without ship process and Redis."""
    first = service.child("web" if contender.name == "gunicorn, ours" else contender.name)
    family = [first, *_children(first)]
    memory = sum(_proportional(Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()) for pid in family)
    return Used(cpu_of(family), memory)


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds that processes have used so far."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(user) + int(system) for user, system in (each[11:13] for each in fields)) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for path in tasks for child in path.read_text().split()]
    return [child for child in found if b"shortlinks.clicks.ship" not in Path(f"/proc/{child}/cmdline").read_bytes()]


def _proportional(lines: Iterable[str]) -> int:
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
