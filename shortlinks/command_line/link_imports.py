"""`import-from`."""

from pathlib import Path
from typing import Any

import click

from shortlinks import config as configs
from shortlinks.command_line import opening, output
from shortlinks.link_imports import sources


@click.command(
    "import-from",
    epilog="\b\nExample:\n  python -m shortlinks import-from bitly links.csv --dry-run\n"
    "  python -m shortlinks import-from shlink https://sho.rt",
)
@click.argument("source", type=click.Choice([*sources.SOURCES]))
@click.argument("place", metavar="FILE|URL")
@click.option("--key", help="The service's API key, or YOURLS's signature; asked for when absent.")
@click.option("--dry-run", is_flag=True, help="Only tell what would become of the links.")
@click.option(
    "--left", type=click.Path(path_type=Path), metavar="FILE", help="Write the links that are left over as CSV."
)
@output.outcome
def import_from(**asked: Any) -> int:
    """Bring links from another service: a file of it, or its address (Shlink, YOURLS, Kutt)."""
    from shortlinks.link_imports import command

    config = configs.load()
    with opening.opened(config) as store:
        return command.run(store, config, command.Asked(**asked))
