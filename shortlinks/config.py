"""The environment as one frozen, typed `Config`. Read once, at start; nonsense stops the start with a sentence.

Every setting is a row of `SETTINGS`. Each can also be given as `<NAME>_FILE`, the path of a file that holds the value
(Docker and systemd hand over secrets like that). An empty variable counts as unset.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from shortlinks import times
from shortlinks.running import logs, sentinels

SECRET_KEY_MIN = 16
API_TOKEN_MIN = 8
REPEAT_SECONDS_MAX = 600
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
SERVERS = ("gunicorn", "granian")
_REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel")


class ConfigError(Exception):
    """A setting is missing or nonsense. The text is one sentence that names it."""


class Setting(NamedTuple):
    """One row of the settings table: variable, default as it would be typed ("" = unset), meaning."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("PORT", "8000", "port that the web server listens on"),
    Setting("BASE_URL", "", "what short links begin with, `https://go.example`; unset: `http://localhost:PORT`"),
    Setting(
        "REDIS_URL",
        "",
        "`redis://`, `rediss://`, `unix://` or `redis+sentinel://host:port[,…]/name`; unset: an embedded server",
    ),
    Setting("SHORTLINKS_QUEUE_URL", "", "Redis for background jobs where it is another one; unset: `REDIS_URL`"),
    Setting("SHORTLINKS_DATA_DIR", "data", "folder of the click journals, the embedded Redis and the secret key"),
    Setting(
        "SECRET_KEY",
        "",
        f"signs sessions, at least {SECRET_KEY_MIN} characters; needed with `REDIS_URL`, else kept in the data folder",
    ),
    Setting("SHORTLINKS_ADMIN_PASSWORD", "", "the password of the sign-in; unset: chosen at the first sign-in"),
    Setting("SHORTLINKS_API_TOKEN", "", f"an API token with all scopes, at least {API_TOKEN_MIN} characters"),
    Setting("SHORTLINKS_TRUSTED_PROXIES", "0", "how many reverse proxies stand in front and are believed"),
    Setting("WEB_CONCURRENCY", "2", "web processes, each with 8 threads"),
    Setting("SHORTLINKS_SERVER", "gunicorn", "`gunicorn`, or `granian`: redirects about three times as fast"),
    Setting("SHORTLINKS_ALLOW_FETCH", "", "private hosts, addresses, networks to fetch from all the same, by commas"),
    Setting("SHORTLINKS_CHECK_TARGETS", "yes", "`yes`: visit where links lead, to see whether it works; `no`: never"),
    Setting("SHORTLINKS_CLICK_RETENTION_DAYS", "90", "days that single clicks are kept; counts stay for good"),
    Setting(
        "SHORTLINKS_REPEAT_SECONDS",
        "30",
        "a visitor's next tap on a link within so long is a repeat, up to 600; 0: never",
    ),
    Setting("SHORTLINKS_LOG", "text", "form of the log lines: `text`, or `json` with one object a line"),
    Setting("TZ", "UTC", "time zone of a new service; the settings page changes it"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How this process was told to run. `redis_url` None means: start the embedded server in `data_dir`.

    `queue_url` is where RQ lives, the same as `redis_url` unless told otherwise. `timezone` is only the first value of
    what the settings page keeps. What may hold a password is left out of `repr`.
    """

    data_dir: Path
    secret_key: str = field(repr=False)
    port: int = 8000
    base_url: str = "http://localhost:8000"
    redis_url: str | None = field(default=None, repr=False)
    queue_url: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    api_token: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    web_concurrency: int = 2
    server: str = "gunicorn"
    allow_fetch: tuple[str, ...] = ()
    check_targets: bool = True
    click_retention_days: int = 90
    repeat_seconds: int = 30
    log: str = "text"
    timezone: str = "UTC"

    @property
    def own_hosts(self) -> frozenset[str]:
        """The host names that mean this service, lower-case: a link to one of them would go round in circles."""
        return frozenset({urlsplit(self.base_url).hostname or ""})

    @property
    def own_ports(self) -> frozenset[int]:
        """The ports at which people and proxies reach this service."""
        return frozenset({80, 443, self.port, urlsplit(self.base_url).port or 80})

    @property
    def secure(self) -> bool:
        """Whether people reach the service by https, so that its cookie may insist on that."""
        return self.base_url.startswith("https://")


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration that `environ` spells.

    Without `REDIS_URL` and `SECRET_KEY`, the key is read from `secret_key` in the data folder, and made there the first
    time. Raises ConfigError for anything missing, unreadable or out of range.
    """
    read = _Reader(environ)
    port = read.number("PORT", 1, 65_535)
    redis_url = read.redis_url("REDIS_URL")
    data_dir = _data_dir(read)
    return Config(
        data_dir=data_dir,
        secret_key=_secret_key(read.text("SECRET_KEY"), redis_url, data_dir),
        port=port,
        base_url=_base_url(read.text("BASE_URL") or f"http://localhost:{port}"),
        redis_url=redis_url,
        queue_url=read.redis_url("SHORTLINKS_QUEUE_URL") or redis_url,
        admin_password=read.text("SHORTLINKS_ADMIN_PASSWORD") or None,
        api_token=_api_token(read.text("SHORTLINKS_API_TOKEN")),
        trusted_proxies=read.number("SHORTLINKS_TRUSTED_PROXIES", 0, 10),
        web_concurrency=read.number("WEB_CONCURRENCY", 1, 64),
        server=read.word("SHORTLINKS_SERVER", SERVERS),
        allow_fetch=_allow_fetch(read.text("SHORTLINKS_ALLOW_FETCH")),
        check_targets=read.word("SHORTLINKS_CHECK_TARGETS", ("yes", "no")) == "yes",
        click_retention_days=read.number("SHORTLINKS_CLICK_RETENTION_DAYS", 1, 3_650),
        repeat_seconds=read.number("SHORTLINKS_REPEAT_SECONDS", 0, REPEAT_SECONDS_MAX),
        log=read.word("SHORTLINKS_LOG", logs.FORMS),
        timezone=_timezone(read.text("TZ")),
    )


def load_connected(environ: Mapping[str, str] = os.environ) -> Config:
    """`load` for the Procfile's processes, which need a Redis that is already there. Raises ConfigError without one."""
    config = load(environ)
    if config.redis_url is None:
        raise ConfigError("REDIS_URL is not set: start everything with `python -m shortlinks`, or name a Redis server.")
    return config


def embedded_dir(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the embedded server's data; None where `REDIS_URL` names another. Makes nothing. Raises ConfigError."""
    read = _Reader(environ)
    return None if read.redis_url("REDIS_URL") else _data_dir(read)


def ensure_folder(folder: Path) -> None:
    """Make the data folder, readable by its owner only. Raises ConfigError where that cannot be done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The data folder {folder} cannot be made: {error.strerror}.") from error


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._defaults = {setting.name: setting.default for setting in SETTINGS}

    def text(self, name: str) -> str:
        plain = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip()
        if plain and path:
            raise ConfigError(f"{name} and {name}_FILE are both set; give one of them.")
        if path:
            try:
                plain = Path(path).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"The file {path} named by {name}_FILE cannot be read: {error}.") from error
        return plain or self._defaults[name]

    def number(self, name: str, low: int, high: int) -> int:
        text = self.text(name)
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {text[:40]!r}.")
        return int(text)

    def word(self, name: str, known: tuple[str, ...]) -> str:
        text = self.text(name).lower()
        if text not in known:
            raise ConfigError(f"{name} must be {' or '.join(known)}, not {text[:40]!r}.")
        return text

    def redis_url(self, name: str) -> str | None:
        text = self.text(name)
        if not text:
            return None
        scheme, separator, rest = text.partition("://")
        try:
            known = scheme in _REDIS_SCHEMES and bool(separator and rest)
            sentinels.parse(text)
        except ValueError:
            known = False
        if not known:
            # The value is not shown: it may hold a password.
            schemes = ", ".join(f"{each}://" for each in _REDIS_SCHEMES)
            raise ConfigError(f"{name} must begin with one of {schemes} and name a server.")
        return text


def _data_dir(read: _Reader) -> Path:
    return Path(read.text("SHORTLINKS_DATA_DIR")).expanduser().absolute()


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"BASE_URL is not a URL: {text[:80]!r}.") from error
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not (":" in host or _HOST.fullmatch(host)):
        raise ConfigError(f"BASE_URL must be like https://go.example, not {text[:80]!r}.")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ConfigError("BASE_URL must end after the host name (and port): short links hang directly below it.")
    shown = f"[{host}]" if ":" in host else host
    default_port = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default_port) else "")


def _api_token(text: str) -> str | None:
    if text and (len(text) < API_TOKEN_MIN or not re.fullmatch(r"[\x21-\x7e]+", text)):
        raise ConfigError(f"SHORTLINKS_API_TOKEN must be at least {API_TOKEN_MIN} plain characters without spaces.")
    return text or None


def _allow_fetch(text: str) -> tuple[str, ...]:
    items = tuple(item.strip().lower() for item in text.split(",") if item.strip())
    for item in items:
        try:
            ipaddress.ip_network(item)
        except ValueError as error:
            if "/" in item or not _HOST.fullmatch(item):
                raise ConfigError(
                    f"SHORTLINKS_ALLOW_FETCH takes hosts, addresses and networks like 10.0.0.0/8, not {item[:60]!r}."
                ) from error
    return items


def _timezone(name: str) -> str:
    # TZ is also the system's variable and may hold what only libc understands (":/etc/localtime", "CET-1CEST").
    return name if name in times.zones() else "UTC"


def _secret_key(text: str, redis_url: str | None, data_dir: Path) -> str:
    if not text and redis_url is not None:
        raise ConfigError(
            "SECRET_KEY must be set when REDIS_URL is, so that all hosts share it; "
            "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    if not text:
        return _kept_secret_key(data_dir)
    if len(text) < SECRET_KEY_MIN:
        raise ConfigError(f"SECRET_KEY must be at least {SECRET_KEY_MIN} characters long.")
    return text


def _kept_secret_key(data_dir: Path) -> str:
    ensure_folder(data_dir)
    path = data_dir / "secret_key"
    draft = data_dir / f".secret_key.{secrets.token_hex(4)}"
    try:
        if not path.exists():
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(secrets.token_hex(32))
            try:
                # A hard link appears whole or not at all, and never replaces the key of a process that was faster.
                path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The secret key {path} cannot be made or read: {error}.") from error
    if len(text) < SECRET_KEY_MIN:
        raise ConfigError(f"The file {path} holds no usable secret key; remove it to have a new one made.")
    return text
