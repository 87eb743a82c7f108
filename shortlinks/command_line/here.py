"""What every command about posts and links starts from: the open store, the API over it, and how it prints."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import click
import redis

from shortlinks import config as configs
from shortlinks import store as stores
from shortlinks.command_line import completing, opening, output
from shortlinks.config import Config
from shortlinks.errors import Invalid
from shortlinks.store import Store


@dataclass
class Here:
    """One command's tools. `as_json`: it prints for programs."""

    config: Config
    store: Store
    as_json: bool

    @cached_property
    def _api(self) -> Any:
        from shortlinks.command_line.api import Api

        return Api(self.config, self.store)

    def ask(
        self, method: str, *path: str, query: dict[str, Any] | None = None, body: Any = None, accept: str = ""
    ) -> Any:
        """The answer to a call of the API; see `api.Api.ask`. `path` comes in parts; what is None stays out of `query`."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        address = "".join(f"/{quote(part, safe='')}" for part in path)
        return self._api.ask(method, address, query=asked, body=body, accept=accept)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The creator's time zone."""
        from shortlinks.owner import settings

        return settings.zone(self.store, self.config.timezone)

    def time(self, text: str | None) -> str | None:
        """A time as it was typed, with its zone: the creator's, unless it has one. What is none is left to be refused."""
        if not text:
            return text
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            return text
        return (read if read.tzinfo else read.replace(tzinfo=self.zone)).isoformat()

    def wake_webhooks(self) -> None:
        """Have webhooks told now of what happened; the clock sees to it within a minute anyway."""
        from shortlinks.webhooks import waking

        apart = self.config.queue_url not in (None, self.config.redis_url)
        with suppress(redis.RedisError):
            waking.wake(self.store, stores.open_store(self.config.queue_url or "") if apart else self.store)

    def post(self, name: str) -> str:
        """The id of the post that somebody calls so; see `naming.post`."""
        from shortlinks.command_line import naming

        return naming.post(self.store, name, base_url=self.config.base_url)

    def show(self, answer: Any, words: Callable[[Any], None]) -> None:
        """Print an answer: as it is, or in `words`."""
        if self.as_json:
            output.json_(answer)
        else:
            words(answer)


def command(group: click.Group | None, name: str, *, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command, of `group` or by itself, that is given a Here first, takes `--json`, and shows an example in its help."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        @wraps(function)
        def run(as_json: bool, **asked: Any) -> Any:
            for option, value in asked.items():
                insist_on_text(option, value)
            opening.insist_on_data()
            config = configs.load()
            with opening.opened(config) as store:
                return function(Here(config, store, as_json), **asked)

        option = click.option("--json", "as_json", is_flag=True, help="Print what the API answers, for programs.")
        make = click.command if group is None else group.command
        return make(name, epilog=f"\b\nExample:\n  python -m shortlinks {example}")(option(run))

    return decorate


def insist_on_text(option: str, value: object) -> None:
    """Raise Invalid for what a shell passed on that is no UTF-8: nothing here could be called so, nor be asked for."""
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and any("\ud800" <= each <= "\udfff" for each in text):
            raise Invalid.field(option, "is not UTF-8")


def given(**fields: Any) -> dict[str, Any]:
    """The fields of a body that were asked for: an option that is absent is None or (), an empty one clears its field."""
    return {
        name: None if value in ("", ("",)) else list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if value is not None and value != ()
    }


def platform_option(description: str) -> Callable[..., Any]:
    """`--platform`, one of the catalogue."""
    return click.option(
        "--platform", metavar="PLATFORM", callback=_platform, shell_complete=completing.platforms, help=description
    )


def _platform(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from shortlinks.placements import placements  # which takes a while to read, and most commands go without

    known = click.Choice(placements.platforms(), case_sensitive=False)
    return None if value is None else known.convert(value, parameter, ctx)


def page_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--limit` and `--cursor` of a list."""
    for option in (
        click.option("--cursor", help="The next page: what the page before has said."),
        click.option("--limit", type=int, help="How many, at most 200; default: 50."),
    ):
        function = option(function)
    return function


def more(page: dict[str, Any]) -> None:
    """Say how to see the next page, if there is one."""
    if page["next_cursor"]:
        click.echo(f"There are more: --cursor {page['next_cursor']}")
