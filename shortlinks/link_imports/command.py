"""`python -m shortlinks import-from`: brings links from another service, or only tells what would become of them."""

import getpass
import json
import math
import os
import stat
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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

_TOLD = {"reading": "Reading", "looking": "Looking", "taking": "Taking in"}
_SHOWN = 20
_GONE = "It was discarded meanwhile."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be brought: `place` is a file or an address; the links that are left over go to the file `left`."""

    source: str
    place: str
    key: str | None
    dry_run: bool
    left: Path | None
    as_json: bool


def run(store: Store, config: Config, chosen: Asked) -> int:
    """Carry it out, and tell. Raises ShortlinksError and OSError for what people can put right."""
    # Opened before anything is taken in, and emptied only when there is something to write.
    with chosen.left.open("a", encoding="utf-8", newline="") if chosen.left else nullcontext() as left:
        found = _brought(store, config, chosen)
        if left:
            _write_left(store, found, left)
    _tell(store, found, chosen)
    if chosen.dry_run:
        link_imports.discard(store, found.id)
    return 0


def _brought(store: Store, config: Config, chosen: Asked) -> LinkImport:
    """The import as it is in the end: looked at only, or taken in."""
    found = _begun(store, chosen)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=chosen.as_json or not sys.stderr.isatty(),
        transient=True,
    )
    with progress:
        go_on = _stepper(store, config, progress)
        found = go_on(found)
        if found.stage == "looked" and not chosen.dry_run:
            found = go_on(link_imports.take(store, found.id))
    if found.stage == "failed":
        link_imports.discard(store, found.id)
        raise ShortlinksError(found.error)
    return found


def _write_left(store: Store, found: LinkImport, file: IO[str]) -> None:
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.truncate(0)
    file.writelines(left_over.lines(import_records.left_over(store, found.id)))


def _begun(store: Store, chosen: Asked) -> LinkImport:
    now = times.now()
    if chosen.place.startswith(("http://", "https://")):
        key = chosen.key or (getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.readline())
        return link_imports.from_service(store, far_links.far(chosen.source, chosen.place, key), now=now)
    if not sources.SOURCES[chosen.source].file:
        raise Invalid.field("place", "must be the address of the service, such as https://links.example")
    path = Path(chosen.place)
    with path.open("rb") as file:
        name = os.fsencode(path.name).decode("utf-8", "replace")
        return link_imports.from_file(store, chosen.source, file, name, now=now)


def _stepper(store: Store, config: Config, progress: Progress) -> Callable[[LinkImport], LinkImport]:
    fetcher = fetching.of_service(config)

    def go_on(found: LinkImport) -> LinkImport:
        task = progress.add_task(_TOLD.get(found.stage, ""), total=found.total)

        def tell(there: LinkImport) -> None:
            if there.id != found.id:
                raise ShortlinksError(_GONE)
            count = there.rows if there.stage == "reading" else there.done
            progress.update(task, description=_TOLD.get(there.stage, ""), completed=count, total=there.total)

        there: LinkImport | None = found
        while there is not None and there.under_way:
            # In one go: what reads a file begins anew in each.
            link_imports.step(store, fetcher, own_hosts=config.own_hosts, seconds=math.inf, tell=tell)
            there = link_imports.last(store)
            if there is not None and there.id == found.id and there.under_way and there.error:
                link_imports.discard(store, found.id)
                raise ShortlinksError(there.error)
        if there is None or there.id != found.id:
            raise ShortlinksError(_GONE)
        progress.remove_task(task)
        return there

    return go_on


def _tell(store: Store, found: LinkImport, chosen: Asked) -> None:
    if chosen.as_json:
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
