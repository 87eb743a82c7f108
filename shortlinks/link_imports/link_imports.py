"""Brings links here from another service: read, then looked at, and, when somebody says so, taken in.

An import begins with a file (`from_file`), or with a service that is asked page by page (`from_service`). `step` does the rest,
reading as well, in pieces: it may be killed anywhere, and run side by side. Until `take` nothing is made of any link; then each
becomes a post of its own, like every other post, with the clicks that its source counted kept as `Link.before`.
"""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

from shortlinks import keys, times
from shortlinks.errors import Conflict, Invalid, Unavailable
from shortlinks.fetching.fetching import Fetcher
from shortlinks.link_imports import (
    far_links,
    file_reading,
    import_records,
    import_steps,
    kept_files,
    sources,
    text_files,
)
from shortlinks.link_imports.far_links import Far, FarError
from shortlinks.link_imports.import_records import Fields, LinkImport
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.verdicts import KINDS
from shortlinks.owner import settings
from shortlinks.records import nouns
from shortlinks.store import Store
from shortlinks.words.language import _

_LONGEST_ORIGIN = 200
_MOST_TRIES = 10
"""Steps, a minute apart where the clock asks for them, until a service that does not answer is given up."""


class _PartLost(Unavailable):
    """Redis lost a part of a file while the others arrived."""


def last(store: Store) -> LinkImport | None:
    """The import that is under way, else the last there was, else None."""
    return import_records.read(store.redis)


def from_file(store: Store, source: Any, file: IO[bytes], name: str, *, now: int) -> LinkImport:
    """Begin with the links in a file, which is kept for `step` to read. Whoever opened it closes it.

    Raises Invalid naming `source` or `file` for what can be told at once, Conflict("import") while another one is under way,
    and Unavailable where Redis lost a part of it meanwhile.
    """
    known = [each.name for each in sources.SOURCES.values() if each.file]
    if source not in known:
        raise Invalid.field("source", _("must be one of {words}", words=", ".join(known)))
    _insist_on_none(last(store))
    text, encoding = text_files.opened(file)
    try:
        file_reading.check_beginning(source, text)
    finally:
        text.detach()
    import_id = import_records.new_id()
    size = kept_files.put(store, import_id, file)
    wanted: Fields = {"source": source, "origin": name[:_LONGEST_ORIGIN], "stage": "reading", "begun": now}
    try:
        return _begin(store, import_id, wanted | {"size": size, "encoding": encoding})
    except (Conflict, _PartLost):  # while this was taken in
        store.redis.unlink(keys.link_import(import_id, "file"))
        raise


def from_service(store: Store, far: Far, *, now: int) -> LinkImport:
    """Begin with the links of a service, which `step` asks; goes on with the one under way if it is of the same.

    Raises Conflict("import") while another one is under way.
    """
    wanted: Fields = {"source": far.source, "origin": far.address, "stage": "reading", "begun": now}
    return _begin(store, import_records.new_id(), wanted, key=far.key)


def take(store: Store, import_id: str) -> LinkImport:
    """Have what was looked at taken in. Does nothing when that was said before. Raises Conflict("import") for another one."""

    def change(pipe: Any) -> None:
        found = import_records.read(pipe)
        if found is None or found.id != import_id:
            raise Conflict("import", _("There is another import now. Look at it first."))
        if found.stage == "looked":
            pipe.multi()
            from_start: Fields = {"stage": "taking", "at": 0, "done": 0}
            pipe.hset(keys.LINK_IMPORT, mapping=from_start | dict.fromkeys(KINDS, 0))
            pipe.unlink(keys.link_import(import_id, "left"))

    nouns.commit(store, change, keys.LINK_IMPORT)
    return _there(store)


def discard(store: Store, import_id: str) -> None:
    """Forget an import, and what is left over of it. Links that were taken in stay.

    Raises Conflict("import") while it takes them in.
    """

    def change(pipe: Any) -> None:
        found = import_records.read(pipe)
        if found is None or found.id != import_id:
            return
        if found.stage == "taking":
            raise Conflict("import", _("It is taking links in. Wait until it has ended."))
        pipe.multi()
        import_records.stage_gone(pipe, found)

    nouns.commit_always(store, change, keys.LINK_IMPORT)


def step(
    store: Store,
    fetcher: Fetcher,
    *,
    own_hosts: frozenset[str],
    seconds: float,
    tell: Callable[[LinkImport], None] = lambda found: None,
) -> int:
    """Go on for about so long, but do at least one piece. Returns how many were done; 0 when there is nothing to do.

    `tell` is told before each piece how far it is. Raises Unavailable while a backup is read in.
    """
    deadline, done = time.monotonic() + seconds, 0
    reading: file_reading.Reading | None = None
    while (found := last(store)) is not None and found.under_way:
        tell(found)
        if found.stage == "reading" and found.size:
            reading = file_reading.step(store, found, reading)
        elif found.stage == "reading":
            if not _read(store, fetcher, found):
                break
        elif found.stage == "looking":
            store.transact(partial(import_steps.look, found=found, own_hosts=own_hosts), keys.LINK_IMPORT)
        else:
            change = partial(import_steps.take, found=found, own_hosts=own_hosts)
            nouns.commit(store, change, keys.LINK_IMPORT, settle=False)
        done += 1
        if time.monotonic() >= deadline:
            break
    if done:
        store.settle()
    return done


def _begin(store: Store, import_id: str, fields: Fields, *, key: str = "") -> LinkImport:
    def change(pipe: Any) -> None:
        found = import_records.read(pipe)
        if found is not None and found.id == import_id:  # it was written, and the answer lost
            return
        same = found is not None and found.stage == "reading" and bool(key)
        if found is not None and same and (found.source, found.origin) == (fields["source"], fields["origin"]):
            pipe.multi()
        else:
            _insist_on_none(found)
            if not kept_files.is_whole(pipe, import_id, int(fields.get("size", 0))):
                raise _PartLost(_("The database lost a part of the file while it arrived. Choose it again."))
            pipe.multi()
            import_records.stage_begun(pipe, found, import_id, fields)
        if key:
            pipe.hset(keys.SETTINGS, import_records.KEY, json.dumps(key))

    nouns.commit(store, change, keys.LINK_IMPORT, keys.link_import(import_id, "file"))
    return _there(store)


def _there(store: Store) -> LinkImport:
    found = last(store)
    if found is None:
        raise Conflict("import", _("It was discarded meanwhile."))
    return found


def _insist_on_none(found: LinkImport | None) -> None:
    if found is not None and found.under_way:
        raise Conflict("import", _("Another import of links is under way. Wait for it, or discard it first."))


def _read(store: Store, fetcher: Fetcher, found: LinkImport) -> bool:
    """Ask a service for the next page of its links. Returns whether that went well."""
    far = Far(found.source, found.origin, settings.get(store, import_records.KEY) or "")
    try:
        page = far_links.page(fetcher, far, found.pages + 1, found.rows, now=times.now())
        if found.rows + len(page.rows) > import_records.MOST_ROWS:
            most = import_records.MOST_ROWS
            raise FarError(_("{address} has more than {most} links.", address=found.origin, most=most))
    except FarError as error:
        over = not error.passing or found.tries + 1 >= _MOST_TRIES
        why = str(error)
        store.transact(lambda pipe: _trouble(pipe, found, why, over=over), keys.LINK_IMPORT)
        return False

    def change(pipe: Any) -> None:
        if not import_records.is_still(pipe, found):
            return
        pieces = list(_pieces(page.rows))
        slugs = import_records.seen_slugs(pipe, found.id, page.rows)
        pipe.multi()
        for number, piece in enumerate(pieces):
            import_records.stage_rows(pipe, found.id, piece, slugs if number == 0 else {})
        count = found.rows + len(page.rows)
        told: Fields = {"rows": count, "pages": found.pages + 1, "error": "", "tries": 0}
        if page.total is not None:
            told["total"] = max(page.total, count)
        if page.rows and not found.host:
            told["host"] = page.rows[0].host
        if page.last:
            told |= (
                {"stage": "looking", "total": count} if count else import_records.failed(_("There are no links there."))
            )
            pipe.hdel(keys.SETTINGS, import_records.KEY)
        pipe.hset(keys.LINK_IMPORT, mapping=told)

    store.transact(change, keys.LINK_IMPORT)
    return True


def _pieces(found: tuple[Row, ...]) -> Iterator[tuple[Row, ...]]:
    for start in range(0, len(found), import_records.PIECE):
        yield found[start : start + import_records.PIECE]


def _trouble(pipe: Any, found: LinkImport, why: str, *, over: bool) -> None:
    if not import_records.is_still(pipe, found):
        return
    pipe.multi()
    if over:
        import_records.stage_failed(pipe, found, why)
    else:
        pipe.hset(keys.LINK_IMPORT, mapping={"error": why, "tries": found.tries + 1})
