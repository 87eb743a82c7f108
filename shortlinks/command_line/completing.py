"""What the shell is told while somebody types: posts, slugs, placements. Asked of a store that runs; none is started for it.

Whatever goes wrong, nothing is offered: a completion has nobody to tell it to.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from click.shell_completion import CompletionItem

from shortlinks import config as configs
from shortlinks import store as stores
from shortlinks.command_line import opening
from shortlinks.command_line.escapes import visible
from shortlinks.command_line.statuses import EXPECTED
from shortlinks.config import ConfigError
from shortlinks.running import embedded
from shortlinks.store import Store

_MOST = 50
_LOOKED_AT = 500
_PATIENCE_SECONDS = 0.5


def posts(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Ids of the newest posts, with their titles, and slugs once something is typed that no id begins with."""
    with suppress(*EXPECTED), _opened() as store:
        from shortlinks.posts import posts

        names = posts.beginning(store, start)[:_MOST]
        found = posts.find_all(store, names).values()
        return [CompletionItem(post.id, help=_line(post.title)) for post in found] or slugs(_ctx, _param, start)
    return []


def slugs(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Slugs of the newest links, with where they lead."""
    with suppress(*EXPECTED), _opened() as store:
        from shortlinks.links import links

        newest, _ = links.list_(store, limit=_LOOKED_AT)
        found = [link for link in newest if link.slug.startswith(start)]
        return [CompletionItem(link.slug, help=_line(link.target)) for link in found[:_MOST]]
    return []


def placements(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Whole ids of placements, and their names."""
    from shortlinks.placements import placements

    rows = placements.all_()
    named = [(row.id, row.label) for row in rows] + sorted({row.name: row.label for row in rows}.items())
    return [CompletionItem(name, help=label) for name, label in named if name.startswith(start)]


def platforms(_ctx: click.Context, _param: click.Parameter, start: str) -> list[CompletionItem]:
    """Names of platforms."""
    from shortlinks.placements import placements

    return [CompletionItem(name) for name in placements.platforms() if name.startswith(start)]


@contextmanager
def _opened() -> Iterator[Store]:
    opening.insist_on_data()
    config = configs.load()
    server = embedded.Server(config.data_dir) if config.redis_url is None else None
    if server and not server.alive():
        raise ConfigError("The service does not run.")
    yield stores.open_store(opening.reached(config, server).redis_url or "", timeout=_PATIENCE_SECONDS)


def _line(text: str) -> str:
    return visible(text)
