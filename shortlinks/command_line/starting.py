"""The start of the whole service: its Redis if it has none, a greeting, and the Procfile's processes."""

import errno
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis

import shortlinks
from shortlinks import config as configs
from shortlinks import keys, store
from shortlinks.clicks import ship
from shortlinks.command_line import opening
from shortlinks.config import Config, ConfigError
from shortlinks.owner import signin
from shortlinks.running import embedded, logs, supervise
from shortlinks.store import Store

GRANIAN = "python -m shortlinks.running.granian_server"

log = logging.getLogger("shortlinks")


def run(config: Config) -> int:
    """Run it until it is told to stop. Raises ConfigError, EmbeddedError."""
    logs.configure(config.log)
    _insist_on_free_port(config.port)
    configs.ensure_folder(config.data_dir)
    server = embedded.Server(config.data_dir) if config.redis_url is None else None
    if server:
        server.ensure()
    try:
        reached = opening.reached(config, server)
        _greet(reached, "an embedded Redis" if server else "your Redis")
        supervise.Supervisor(
            _commands(reached),
            _environ(reached),
            redis=server,
            drain=lambda: ship.stop_and_wait(config.data_dir, seconds=10),
            wanted={"webhooks": _has_webhooks(store.open_store(reached.redis_url or ""))},
            form=config.log,
        ).run()
    finally:
        if server:
            server.stop()
    return 0


def _commands(config: Config) -> dict[str, str]:
    commands = supervise.procfile()
    if config.server == "granian":
        commands["web"] = GRANIAN
    return commands


def _has_webhooks(opened: Store) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(redis.RedisError):
            return bool(opened.redis.exists(keys.WEBHOOKS))
        return False

    return ask


def _environ(config: Config) -> dict[str, str]:
    """The environment of the processes: ours, with what was found or made at the start spelled out."""
    environ = dict(os.environ)
    spelled = {
        "REDIS_URL": config.redis_url or "",
        "SECRET_KEY": config.secret_key,
        "SHORTLINKS_DATA_DIR": str(config.data_dir),
        "PYTHONUNBUFFERED": "1",
        # gunicorn and rq are found where this Python's packages put them, also without an activated environment.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }
    for name, value in spelled.items():
        environ.pop(f"{name}_FILE", None)
        environ[name] = value
    return environ


def _insist_on_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConfigError(f"Port {port} is in use; choose another one, such as PORT={port + 1}.") from error
            raise ConfigError(f"Port {port} cannot be used: {error.strerror}.") from error


def _greet(config: Config, kept: str) -> None:
    opened, warnings = store.open_store(config.redis_url or ""), []
    try:
        warnings = opened.warnings()
        sign_in = _sign_in(config, opened)
    except redis.RedisError:
        sign_in = "when Redis answers (it does not at the moment)"
    if config.log == "json":
        facts = {"version": shortlinks.__version__, "base_url": config.base_url, "data": str(config.data_dir)}
        log.info("starting", extra=facts | {"sign_in": sign_in, "kept_in": kept, "warnings": warnings})
        return
    lines = [
        f"From likes to clicks {shortlinks.__version__}",
        "",
        f"Open     {config.base_url}/admin",
        f"Sign in  {sign_in}",
        f"Data     {config.data_dir}, {kept}",
        "Stop     Ctrl-C",
        *(f"Careful  {warning}" for warning in warnings),
    ]
    print("\n" + "\n".join(f"  {line}".rstrip() for line in lines) + "\n", flush=True)


def _sign_in(config: Config, opened: Store) -> str:
    if config.admin_password is not None:
        return "with the password in SHORTLINKS_ADMIN_PASSWORD"
    if config.log == "json":
        # These lines are kept by machines, and no place for a code that opens the door.
        return "with your password; the first one is set with `python -m shortlinks password`"
    code = signin.first_code(opened)
    return f"for the first time with this one-time code: {code}" if code else "with your password"
