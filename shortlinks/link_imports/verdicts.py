"""What is to become of a link from elsewhere: whether it can be the same link here, and if not, why."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.link_imports.rows import Row
from shortlinks.links import link_fields, links
from shortlinks.links.links import Link
from shortlinks.words.language import N_, _

Kind = Literal["take", "here", "conflict", "refused"]
KINDS: tuple[Kind, ...] = ("take", "here", "conflict", "refused")

BARRED = {
    "password": N_("asks for a password there, which no link here does: it would be open to everybody"),
    "banned": N_("is banned there"),
    "visits": N_("ends there after a number of visits, which no link here does"),
    "later": N_("does not work there yet"),
    "rules": N_("leads to several targets there, by rules: make it by hand"),
    "expiry": N_("ends at a time that cannot be read"),
}
"""What keeps a link from being the same here, by the word in `Row.barred`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`slug` and `target` are as they are here, if it is taken; `why` says why it is not, to be read after the slug."""

    kind: Kind
    slug: str = ""
    target: str = ""
    why: str = ""


def key(row: Row) -> str:
    """What its slug is looked up by here, whether it can be one or not: capitals make no difference."""
    return row.slug.strip().lower()


def target(row: Row) -> str:
    """Its target as it is compared with others."""
    try:
        return urls.target(row.target, own_hosts=frozenset())
    except Invalid:
        return row.target


def of(
    row: Row, here: Link | None, twin: int | None, *, clashes: bool, source: str, now: int, own_hosts: frozenset[str]
) -> Verdict:
    """What becomes of a row, where the link with its slug `here` is that, or None.

    `twin` is the number of an earlier row with the same slug; `clashes`: there are rows with its slug, in whatever case, that
    lead elsewhere.
    """
    if row.barred:
        return Verdict("refused", why=_(BARRED[row.barred]))
    try:
        slug = link_fields.slug(links.RESERVED_ALWAYS)(row.slug, "slug")
    except Invalid as invalid:
        return Verdict("conflict", why=invalid.errors[0][1] if row.slug else _("has no ending"))
    try:
        leads_to = urls.target(row.target, own_hosts=own_hosts)
    except Invalid as invalid:
        return Verdict("refused", why=_("its target {problem}", problem=invalid.errors[0][1]))
    if row.host and urlsplit(leads_to).netloc == row.host:
        return Verdict("refused", why=_("leads to its own short domain, in circles once that leads here"))
    if row.expires_at is not None and row.expires_at <= now:
        return Verdict("refused", why=_("ended on {day}", day=times.rfc3339(row.expires_at)[:10]))
    if row.expires_at is not None and row.expires_at > now + link_fields.FARTHEST_EXPIRY:
        return Verdict("refused", why=_("ends in more than ten years"))
    if clashes:
        return Verdict(
            "conflict", why=_("is there twice, with other targets: here, capitals and small letters are the same")
        )
    if here is not None:
        return _beside(here, leads_to, row, source)
    if twin is not None:
        return Verdict("here", why=_("is the same as row {row}", row=str(twin)))
    return Verdict("take", slug, leads_to)


def _beside(here: Link, leads_to: str, row: Row, source: str) -> Verdict:
    """The verdict on a row whose slug is taken here."""
    if here.state == "erased":
        return Verdict("conflict", why=_("was the link of a post that was erased; no ending is given out twice"))
    if here.target == leads_to:
        return Verdict("here", why=_("is here already"))
    if here.before and here.before.source == source and here.before.id and here.before.id == row.id:
        return Verdict("here", why=_("was brought here before, and turned since"))
    return Verdict("conflict", why=_("leads elsewhere here, to {target}", target=here.target))
