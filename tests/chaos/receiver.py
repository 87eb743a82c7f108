"""A receiver of the service's webhooks, which counts: it adds up the differences of each message once, by its id."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from shortlinks.rollups import rollups


class Receiver:
    """What was received. `bodies` is what came under each id, `came` how many messages that were, repeated ones included."""

    def __init__(self) -> None:
        self.url = ""
        self.came = 0
        self._bodies: dict[str, set[bytes]] = {}
        self._lock = Lock()

    def take(self, name: str, body: bytes) -> None:
        """A message came."""
        with self._lock:
            self.came += 1
            self._bodies.setdefault(name, set()).add(body)

    def changed(self) -> list[str]:
        """The ids under which two messages came that are not the same."""
        with self._lock:
            return [name for name, bodies in self._bodies.items() if len(bodies) > 1]

    def sums(self) -> Counter[tuple[str, str]]:
        """What the differences come to, by post and by `human` or `hits`."""
        found = Counter[tuple[str, str]]()
        with self._lock:
            for body, *_others in map(list, self._bodies.values()):
                data = json.loads(body)["data"]
                for name in ("human", "hits"):
                    found[data["post_id"], name] += data[name]
        return found

    def untold(self, totals: Mapping[str, Counter[str]]) -> dict[str, tuple[int, ...]]:
        """The posts of whose totals something else was told: people counted and told, requests counted and told."""
        sums = self.sums()
        rows = {
            post_id: (total["human"], sums[post_id, "human"], rollups.hits(total), sums[post_id, "hits"])
            for post_id, total in totals.items()
        }
        return {post_id: row for post_id, row in rows.items() if row[0] != row[1] or row[2] != row[3]}


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a free port of loopback, which takes whatever comes."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take(self.headers["webhook-id"], body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """It has nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
