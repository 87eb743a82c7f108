"""The steps of an import that go through its rows: telling what would become of each, and taking in.

Each does one piece within a transaction of its caller's, and nothing when somebody else has done it.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from shortlinks import ids, keys, times
from shortlinks.errors import Conflict, Invalid
from shortlinks.link_imports import import_records, sources, verdicts
from shortlinks.link_imports.import_records import Fields, LinkImport
from shortlinks.link_imports.rows import Row
from shortlinks.link_imports.verdicts import KINDS, Verdict
from shortlinks.links import links
from shortlinks.links.links import Before, Link
from shortlinks.posts import post_making
from shortlinks.posts.post_making import Made
from shortlinks.records import nouns
from shortlinks.words.language import _

PLATFORM, PLACEMENT = "other", "elsewhere"
_UNDATED = 366 * times.DAY

Told = list[tuple[Row, Verdict]]


def look(pipe: Any, found: LinkImport, own_hosts: frozenset[str]) -> None:
    """Tell what would become of the next piece."""
    if not import_records.is_still(pipe, found):
        return
    told = _told(pipe, found, own_hosts)
    pipe.multi()
    _move_on(pipe, found, told, ended={"stage": "looked"})


def take(pipe: Any, found: LinkImport, own_hosts: frozenset[str]) -> None:
    """Take the next piece in: its posts and links, what is left of it, and how far we are, all in one step."""
    if not import_records.is_still(pipe, found):
        return
    told = _told(pipe, found, own_hosts, watch=True)
    made: list[Made] = []
    new_profiles: list[Any] = []
    if told is not None:
        told, made, new_profiles = _made(pipe, found, told, own_hosts)
    pipe.multi()
    post_making.stage(pipe, made, new_profiles)
    _move_on(pipe, found, told, ended={"stage": "done", "ended": times.now()})
    if told is not None and found.done + len(told) >= found.rows:
        import_records.forget_rows(pipe, found.id)


def _told(pipe: Any, found: LinkImport, own_hosts: frozenset[str], *, watch: bool = False) -> Told | None:
    """The next piece with its verdicts; None where it is gone."""
    piece = import_records.piece(pipe, found.id, found.at)
    if piece is None:
        return None
    names = [keys.link(verdicts.key(row)) for row, _twin, _clashes in piece]
    if watch:
        # Somebody may make a link of the same name just now.
        pipe.watch(*names)
    there: list[Link | None] = [None if raw is None else links.decode(raw) for raw in pipe.mget(names)]
    now = times.now()
    return [
        (row, verdicts.of(row, here, twin, clashes=clashes, source=found.source, now=now, own_hosts=own_hosts))
        for (row, twin, clashes), here in zip(piece, there, strict=True)
    ]


def _made(pipe: Any, found: LinkImport, told: Told, own_hosts: frozenset[str]) -> tuple[Told, list[Made], list[Any]]:
    """The posts of those that are to be taken, as `post_making.alone` makes them; what it refuses is left."""
    now = times.now()
    # The same ids whenever it is tried again: Redis may lose its last second with posts that were clicked meanwhile.
    wanted = {ids.of(found.id, str(row.number)): (row, its) for row, its in told if its.kind == "take"}
    asked = {id_: _asked(found, row, its, now) for id_, (row, its) in wanted.items()}
    try:
        made, profiles = post_making.alone(pipe, asked, now=now, own_hosts=own_hosts)
    except (Invalid, Conflict):
        refused: dict[int, str] = {}
        for id_, (row, _its) in wanted.items():
            try:
                post_making.alone(pipe, {id_: asked[id_]}, now=now, own_hosts=own_hosts)
            except (Invalid, Conflict) as error:
                refused[row.number] = str(error)
                del asked[id_]
        told = [
            (row, Verdict("refused", why=refused[row.number]) if row.number in refused else its) for row, its in told
        ]
        made, profiles = post_making.alone(pipe, asked, now=now, own_hosts=own_hosts)
    posts = []
    for post, (link,) in made:
        row, _its = wanted[post.id]
        before = Before(clicks=row.clicks, source=found.source, at=found.begun, id=row.id)
        # As old as the link is, lists and answers have it among the posts of its time, and not before all of today's.
        posts.append((replace(post, created_at=min(now, post.published_at)), [replace(link, before=before)]))
    return told, posts, profiles


def _asked(found: LinkImport, row: Row, verdict: Verdict, now: int) -> dict[str, Any]:
    """What is asked of `post_making` for a row."""
    dated = row.created_at is not None and nouns.EARLIEST <= row.created_at <= now
    link = {"placement": PLACEMENT, "target": verdict.target, "slug": verdict.slug, "expires_at": row.expires_at}
    return {
        "platform": PLATFORM,
        "kind": "text",
        "title": row.title or (urlsplit(verdict.target).hostname or verdict.slug)[:200],
        "published_at": row.created_at if dated else found.begun - _UNDATED,
        "tags": [*row.tags, sources.tag(found.source)],
        "notes": ""
        if dated
        else _("Its source does not say when it was made: a day a year before it was brought here."),
        "links": [link],
    }


def _move_on(pipe: Any, found: LinkImport, told: Told | None, *, ended: Fields) -> None:
    """Add to a transaction that a piece is done, and that it was the last, if so."""
    if told is None:
        pipe.hset(keys.LINK_IMPORT, mapping=import_records.failed(import_records.left_too_long()))
        return
    import_records.stage_left(pipe, found.id, [(row, its.kind, its.why) for row, its in told if its.kind != "take"])
    for kind in KINDS:
        if count := sum(its.kind == kind for _row, its in told):
            pipe.hincrby(keys.LINK_IMPORT, kind, count)
    done = found.done + len(told)
    fields: Fields = {"at": found.at + 1, "done": done}
    pipe.hset(keys.LINK_IMPORT, mapping=fields | (ended if done >= found.rows else {}))
