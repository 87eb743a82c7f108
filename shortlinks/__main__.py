"""`python -m shortlinks`: run the service, or one of its commands.

Without `REDIS_URL` all of them use the embedded Redis of the data folder: the one that runs, or their own for as long as
they take.
"""

import argparse
import errno
import getpass
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import redis

import shortlinks
from shortlinks import config as configs
from shortlinks import keys, store, times
from shortlinks.backups import export
from shortlinks.clicks import journal, neighbours, ship
from shortlinks.config import Config, ConfigError
from shortlinks.demo import demo
from shortlinks.errors import ShortlinksError
from shortlinks.link_imports import command as import_from
from shortlinks.owner import signin
from shortlinks.rollups import recounts
from shortlinks.running import embedded, logs, priority, supervise
from shortlinks.store import Store
from shortlinks.words import wording

GRANIAN = "python -m shortlinks.running.granian_server"

log = logging.getLogger("shortlinks")


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns its exit status; what people can put right themselves ends in one sentence and 1."""
    parser = argparse.ArgumentParser(prog="python -m shortlinks", description=shortlinks.__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=shortlinks.__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="start everything (also without any command)")
    commands.add_parser("password", help="set a new password for the sign-in")
    exporting = commands.add_parser("export", help="write everything to one NDJSON file (- for standard output)")
    exporting.add_argument("file", type=Path)
    importing = commands.add_parser("import", help="read such a file (- for standard input) into an empty service")
    importing.add_argument("file", type=Path)
    import_from.add(commands)
    commands.add_parser("recount", help="count all clicks that are still kept again, by today's rules")
    commands.add_parser("demo", help="fill an empty service with eight weeks of believable posts")
    commands.add_parser("ship", help="only the process that brings this host's clicks to Redis")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command in ("password", "export", "recount"):
            _insist_on_data()
        config = configs.load()
        match chosen.command:
            case "password":
                return _password(config)
            case "export":
                return _export(config, chosen.file)
            case "import":
                return _import(config, chosen.file)
            case import_from.NAME:
                with _opened(config) as opened:
                    return import_from.run(opened, config, chosen)
            case "recount":
                return _recount(config)
            case "demo":
                return _demo(config)
            case "ship":
                return ship.run(configs.load_connected())
            case _:
                return _run(config)
    except (ConfigError, embedded.EmbeddedError, ShortlinksError, OSError) as error:
        print(f"shortlinks: {error}", file=sys.stderr)
        return 1
    except redis.RedisError as error:
        print(f"shortlinks: Redis does not answer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(config: Config) -> int:
    logs.configure(config.log)
    _insist_on_free_port(config.port)
    configs.ensure_folder(config.data_dir)
    server = embedded.Server(config.data_dir) if config.redis_url is None else None
    if server:
        server.ensure()
    try:
        reached = _reached(config, server)
        _greet(reached, "an embedded Redis" if server else "your Redis")
        supervise.Supervisor(
            _commands(reached),
            _environ(reached),
            redis=server,
            drain=lambda: ship.stop_and_wait(config.data_dir, seconds=10),
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


def _password(config: Config) -> int:
    if sys.stdin.isatty():
        try:
            text = getpass.getpass("New password: ")
            again = getpass.getpass("Again: ")
        except EOFError:
            print("\nshortlinks: no password was typed; nothing was changed.", file=sys.stderr)
            return 1
        if again != text:
            print("shortlinks: the two are not the same; nothing was changed.", file=sys.stderr)
            return 1
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    with _opened(config) as opened:
        signin.set_password(opened, text)
    print("The password is set. Everyone who was signed in has to sign in again.")
    if config.admin_password is not None:
        print("But SHORTLINKS_ADMIN_PASSWORD is set too, and goes first: unset it to use the new one.")
    return 0


def _export(config: Config, path: Path) -> int:
    if not path.parent.is_dir():
        raise export.ExportError(f"There is no folder {path.parent}.")
    folder = config.data_dir / journal.FOLDER
    with _opened(config) as opened:
        # Only now: a server that was started for this may serve others later.
        priority.give_way()
        left = export.await_journals(opened, folder)
        written = export.write(opened, path)
    if left:
        print(
            f"shortlinks: {left:,} bytes of clicks in {folder} are not shipped yet, so they are not in the file. They count "
            "once the service runs again; then export once more.",
            file=sys.stderr,
        )
    if str(path) != "-":
        counts = ", ".join(wording.plural(count, noun) for noun, count in written.items())
        print(f"Written to {path}: {counts}, from {config.data_dir if config.redis_url is None else 'your Redis'}.")
    return 0


def _import(config: Config, path: Path) -> int:
    with _opened(config) as opened:
        export.read(opened, path)
    print(f"Read from {'standard input' if str(path) == '-' else path}.")
    return 0


def _recount(config: Config) -> int:
    with _opened(config) as opened:
        priority.give_way()
        found = recounts.begin(opened, neighbours.limits(config.repeat_seconds), now=times.now())
        while found.finished is None:
            recounts.step(opened, seconds=0.5)
            found = recounts.last(opened) or found
            if sys.stdout.isatty():
                print(f"\r{found.done:,} of {found.posts:,} posts", end="", flush=True)
    if sys.stdout.isatty():
        print("\r", end="")
    print("\n".join(recounts.sentences(found)))
    return 1 if found.failed else 0


def _demo(config: Config) -> int:
    with _opened(config) as opened:
        if opened.redis.exists(keys.POSTS):
            print("There are posts already; they are left as they are.")
        else:
            demo.fill(opened, now=times.now())
    return 0


@contextmanager
def _opened(config: Config) -> Iterator[Store]:
    """The store; with the embedded server for the time of the `with` block when there is no other."""
    server = embedded.Server(config.data_dir) if config.redis_url is None else None
    if server:
        server.ensure()
    try:
        yield store.open_store(_reached(config, server).redis_url or "")
    finally:
        if server:
            server.stop()


def _reached(config: Config, server: embedded.Server | None) -> Config:
    if server is None:
        return config
    return replace(config, redis_url=server.url, queue_url=config.queue_url or server.url)


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


def _insist_on_data() -> None:
    """A forgotten SHORTLINKS_DATA_DIR must not end in the backup of nothing, or in the password of no service."""
    folder = configs.embedded_dir()
    if folder is not None and not embedded.has_data(folder):
        raise ConfigError(
            f"No service has run on the data folder {folder} yet: "
            "set SHORTLINKS_DATA_DIR to the folder of the one that you mean."
        )


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


if __name__ == "__main__":
    sys.exit(main())
