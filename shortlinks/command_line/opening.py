"""The store that a command works on: that of a running service, or of one that does not run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shortlinks import config as configs
from shortlinks import store
from shortlinks.config import Config, ConfigError
from shortlinks.running import embedded
from shortlinks.store import Store


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store; with the embedded server for the time of the `with` block when there is no other."""
    server = embedded.Server(config.data_dir) if config.redis_url is None else None
    try:
        if server:
            server.ensure()
        yield store.open_store(reached(config, server).redis_url or "")
    finally:
        if server:
            server.stop()


def reached(config: Config, server: embedded.Server | None) -> Config:
    """The configuration with what `server` is reached by."""
    if server is None:
        return config
    return replace(config, redis_url=server.url, queue_url=config.queue_url or server.url)


def insist_on_data() -> None:
    """A forgotten SHORTLINKS_DATA_DIR must not end in the backup of nothing, or in the password of no service."""
    folder = configs.embedded_dir()
    if folder is not None and not embedded.has_data(folder):
        raise ConfigError(
            f"No service has run on the data folder {folder} yet: "
            "set SHORTLINKS_DATA_DIR to the folder of the one that you mean."
        )
