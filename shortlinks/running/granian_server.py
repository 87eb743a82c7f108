"""`python -m shortlinks.running.granian_server`: the web processes under granian instead of gunicorn.

granian reads and writes HTTP outside of Python, so it redirects about three times as fast, and clients that say nothing hold
no thread. `python -m shortlinks` starts it when SHORTLINKS_SERVER says so; in a Procfile it is the line `web`.
"""

import multiprocessing
import sys
from multiprocessing import util
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from shortlinks import config as configs
from shortlinks.clicks import ship
from shortlinks.config import ConfigError
from shortlinks.running import leash, logs

# As many as under gunicorn: a slow page or a long list must not hold up the redirects of its process.
THREADS = 8
BACKLOG = 2_048
PATIENCE_SECONDS = 5
# granian's own lines in our form and by our handler (see logs).
_LOGGING = {"loggers": {"_granian": {"propagate": True}}}


def app() -> Any:
    """In a worker process: what it serves."""
    parent = multiprocessing.parent_process()
    server = parent.pid if parent and parent.pid else 0
    leash.put_on(server)
    leash.watch(server)
    from shortlinks import wsgi

    # What multiprocessing runs at the end of its processes, in which atexit is not heard.
    util.Finalize(None, wsgi.stop, exitpriority=10)
    return wsgi.app


def main() -> None:
    """Serve until SIGTERM, then have the ship process deliver what the journals hold."""
    try:
        config = configs.load_connected()
    except ConfigError as error:
        sys.exit(str(error))
    logs.configure(config.log)
    server = Granian(
        "shortlinks.running.granian_server:app",
        factory=True,
        address="0.0.0.0",
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.web_concurrency,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=PATIENCE_SECONDS * 1_000),
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    server.on_shutdown(lambda: ship.deliver(config.data_dir))
    server.serve()


if __name__ == "__main__":
    main()
