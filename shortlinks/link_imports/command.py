"""`python -m shortlinks import-from`: brings links from another service, or only tells what would become of them."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shortlinks import times
from shortlinks.config import Config
from shortlinks.errors import Invalid, ShortlinksError
from shortlinks.fetching import fetching
from shortlinks.link_imports import far_links, import_records, import_words, left_over, link_imports, sources
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.link_imports.verdicts import KINDS
from shortlinks.store import Store

NAME = "import-from"
_STEP_SECONDS = 0.5
_TOLD = {"reading": "Reading", "looking": "Looking", "taking": "Taking in"}
_SHOWN = 20


def add(commands: Any) -> None:
    """Add the command to the others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        NAME, help="bring links from another service", description="Bring links from another service."
    )
    parser.add_argument("source", choices=list(sources.SOURCES))
    parser.add_argument("place", metavar="FILE|URL", help="the file, or the service's address: Shlink, YOURLS, Kutt")
    parser.add_argument("--key", help="the service's API key, or YOURLS's signature; asked for when absent")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would become of the links")
    parser.add_argument("--left", type=Path, metavar="FILE", help="write the links that are left over as CSV")
    parser.add_argument("--json", action="store_true", help="tell the outcome as one JSON object")


def run(store: Store, config: Config, chosen: argparse.Namespace) -> int:
    """Carry it out, and tell. Raises ShortlinksError and OSError for what people can put right."""
    found = _begun(store, chosen)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=chosen.json or not sys.stderr.isatty(),
        transient=True,
    )
    with progress:
        go_on = _stepper(store, config, progress)
        found = go_on(found)
        if found.stage == "looked" and not chosen.dry_run:
            found = go_on(link_imports.take(store, found.id))
    if found.stage == "failed":
        raise ShortlinksError(found.error)
    if chosen.left:
        with chosen.left.open("w", encoding="utf-8", newline="") as file:
            file.writelines(left_over.lines(import_records.left_over(store, found.id)))
    _tell(store, found, chosen)
    if chosen.dry_run:
        link_imports.discard(store, found.id)
    return 0


def _begun(store: Store, chosen: argparse.Namespace) -> LinkImport:
    now = times.now()
    if chosen.place.startswith(("http://", "https://")):
        key = chosen.key or (getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline())
        return link_imports.from_service(store, far_links.far(chosen.source, chosen.place, key), now=now)
    if not sources.SOURCES[chosen.source].file:
        raise Invalid.field("place", "must be the address of the service, such as https://links.example")
    path = Path(chosen.place)
    with path.open("rb") as file:
        return link_imports.from_file(store, chosen.source, file, path.name, now=now)


def _stepper(store: Store, config: Config, progress: Progress) -> Callable[[LinkImport], LinkImport]:
    fetcher = fetching.of_service(config)

    def go_on(found: LinkImport) -> LinkImport:
        task = progress.add_task(_TOLD.get(found.stage, ""), total=found.total)
        while found.under_way:
            moved = link_imports.step(store, fetcher, own_hosts=config.own_hosts, seconds=_STEP_SECONDS)
            there = link_imports.last(store)
            if there is None or there.id != found.id:
                raise ShortlinksError("It was discarded meanwhile.")
            if not moved and there.stage == found.stage and there.error:
                link_imports.discard(store, found.id)
                raise ShortlinksError(there.error)
            found = there
            count = found.rows if found.stage == "reading" else found.done
            progress.update(task, description=_TOLD.get(found.stage, ""), completed=count, total=found.total)
        progress.remove_task(task)
        return found

    return go_on


def _tell(store: Store, found: LinkImport, chosen: argparse.Namespace) -> None:
    if chosen.json:
        told = {"source": found.source, "from": found.origin, "rows": found.rows, "dry_run": chosen.dry_run}
        print(json.dumps(told | {kind: found.counts[kind] for kind in KINDS}))
        return
    print(import_words.standing(found))
    for kind in KINDS:
        print(f"{found.counts[kind]:>9,}  {import_words.kind(kind, done=found.stage == 'done')}")
    shown = 0
    for row, kind, why in import_records.left_over(store, found.id):
        if kind == "here":
            continue
        if shown == _SHOWN:
            print("           … --left FILE writes all of them.")
            break
        print(f"           row {row.number}, {row.slug!r}: {why}")
        shown += 1
