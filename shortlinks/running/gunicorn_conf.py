"""gunicorn's settings. Names are gunicorn's own; what begins with an underscore is not one of them."""

import logging as _logging
import socket as _socket
import struct as _struct
import sys as _sys
from pathlib import Path as _Path
from typing import Any as _Any

from gunicorn import glogging as _glogging

# Loaded here, once, and not by each worker after its fork; the application itself is made in the workers.
import shortlinks.web as _web  # noqa: F401
from shortlinks import config as _configs
from shortlinks.clicks import ship as _ship
from shortlinks.running import leash as _leash
from shortlinks.running import logs as _logs

try:
    _config = _configs.load_connected()
except _configs.ConfigError as error:
    _sys.exit(str(error))

bind = f"0.0.0.0:{_config.port}"
workers = _config.web_concurrency
worker_class = "shortlinks.running.gunicorn_worker.Worker"
threads = 8
keepalive = 30
graceful_timeout = 10

# Long campaign queries come through, and so does an 8 KiB user agent, which we cut ourselves; beyond that it is a 4xx.
limit_request_line = 8_190
limit_request_field_size = 16_380

# Addresses of visitors are written nowhere; gunicorn names them in what it says of malformed requests.
accesslog = None
loglevel = "warning"
_NOT_SAID = ("Invalid request from ip=", "Socket error processing request")


def _discreet(record: _logging.LogRecord) -> bool:
    """Whether a line may be said. What it names of a request's address ends before the query, which may hold a token."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            arg.partition("?")[0] if isinstance(arg, str) and "?" in arg else arg for arg in record.args
        )
    return not str(record.msg).startswith(_NOT_SAID)


class _Logger(_glogging.Logger):
    """gunicorn's own log, in our form and by our handler."""

    def setup(self, cfg: _Any) -> None:
        super().setup(cfg)  # type: ignore[no-untyped-call]
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        if _discreet not in self.error_log.filters:
            self.error_log.addFilter(_discreet)

    def atoms(self, resp: _Any, req: _Any, environ: _Any, request_time: _Any) -> dict[str, _Any]:
        """What an access log is made of, where somebody has switched one on: without what opens this service."""
        found = super().atoms(resp, req, environ, request_time)  # type: ignore[no-untyped-call]
        return {name: _logs.discreet(each) if isinstance(each, str) else each for name, each in found.items()}


_logs.configure(_config.log)
logger_class = _Logger

# Its default place is shared by all of one user's gunicorns, which then overwrite each other's.
control_socket_disable = True

# Heartbeat files on a disk that stalls get healthy workers killed.
worker_tmp_dir = "/dev/shm" if _Path("/dev/shm").is_dir() else None


# Seconds that a client may keep a thread waiting for the next bytes of its request, and until it takes more of the answer:
# who reads an export may do something with it in between.
_PATIENCE = 5
_READING_PATIENCE = 60


def when_ready(server: _Any) -> None:
    """Let clients that say nothing, or stop in the middle, hold a thread for a short time only.

    Connections come to us with their first bytes (TCP_DEFER_ACCEPT, Linux), and inherit the time-outs from the listener. Many
    slow clients still fill the threads for that time; only a buffering reverse proxy keeps them away altogether.
    """
    for listener in server.LISTENERS:
        for option, seconds in ((_socket.SO_RCVTIMEO, _PATIENCE), (_socket.SO_SNDTIMEO, _READING_PATIENCE)):
            listener.sock.setsockopt(_socket.SOL_SOCKET, option, _struct.pack("ll", seconds, 0))
        if hasattr(_socket, "TCP_DEFER_ACCEPT"):
            listener.sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_DEFER_ACCEPT, _PATIENCE)


def post_fork(server: _Any, worker: _Any) -> None:
    """Have a worker end with a gunicorn that was killed."""
    _leash.put_on(worker.ppid)


def on_exit(server: _Any) -> None:
    """After the last worker has ended: have the ship process deliver what the journals still hold."""
    _ship.deliver(_config.data_dir)
