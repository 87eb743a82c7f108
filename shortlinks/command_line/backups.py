"""`export` and `import`."""

from pathlib import Path

import click

from shortlinks import config as configs
from shortlinks import keys
from shortlinks.command_line import opening, output
from shortlinks.errors import Invalid
from shortlinks.words import wording

STANDARD = "-"


@click.command("export", epilog="Example: python -m shortlinks export backup.ndjson")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@output.outcome
def export_(path: Path, as_json: bool) -> None:
    """Write everything to one NDJSON file (- for standard output), while the service runs or not.

    The file appears whole or not at all.
    """
    from shortlinks.backups import export
    from shortlinks.clicks import journal
    from shortlinks.running import priority

    if as_json and str(path) == STANDARD:
        raise Invalid.field("--json", "goes with a file: standard output holds the export itself")
    opening.insist_on_data()
    config = configs.load()
    if not path.parent.is_dir():
        raise export.ExportError(f"There is no folder {path.parent}.")
    folder = config.data_dir / journal.FOLDER
    with opening.opened(config) as store:
        # Only now: a server that was started for this may serve others later.
        priority.give_way()
        left = export.await_journals(store, folder)
        with output.progress() as shown:
            task = shown.add_task("Writing posts", total=None)
            written = export.write(store, path, told=lambda done, all_: shown.update(task, completed=done, total=all_))
    if left:
        click.echo(
            f"shortlinks: {left:,} bytes of clicks in {folder} are not shipped yet, so they are not in the file. They count "
            "once the service runs again; then export once more.",
            err=True,
        )
    if as_json:
        output.json_({"file": str(path), **{f"{noun}s": count for noun, count in written.items()}, "bytes_left": left})
    elif str(path) != STANDARD:
        counts = ", ".join(wording.plural(count, noun) for noun, count in written.items())
        click.echo(
            f"Written to {path}: {counts}, from {config.data_dir if config.redis_url is None else 'your Redis'}."
        )


@click.command("import", epilog="Example: python -m shortlinks import backup.ndjson")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@output.outcome
def import_(path: Path, as_json: bool) -> None:
    """Read such a file (- for standard input) into an empty service.

    One that was cut off is finished by importing the same file again.
    """
    from shortlinks.backups import export

    with opening.opened(configs.load()) as store, output.progress() as shown:
        task = shown.add_task("Reading", total=None)
        export.read(store, path, told=lambda done, all_: shown.update(task, completed=done, total=all_))
        there = {name: store.redis.zcard(key) for name, key in (("posts", keys.POSTS), ("links", keys.LINKS))}
    if as_json:
        output.json_({"file": str(path), **there})
    else:
        click.echo(f"Read from {'standard input' if str(path) == STANDARD else path}.")
