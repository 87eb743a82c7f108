"""What an import of links says of itself, for people."""

from collections.abc import Mapping

from shortlinks.link_imports import sources
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.link_imports.verdicts import Kind
from shortlinks.links.links import Before
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

KINDS: Mapping[Kind, str] = {
    "take": N_("To be taken in"),
    "here": N_("Here already"),
    "conflict": N_("Ending cannot be had"),
    "refused": N_("Cannot be a link here"),
}
"""The verdicts, before anything is taken in."""


def label(found: LinkImport) -> str:
    """Where the links are from: `Bitly, links.csv`."""
    return f"{sources.SOURCES[found.source].label}, {found.origin}"


def kind(name: Kind, *, done: bool = False) -> str:
    """What a verdict is called; `done`: after the links were taken in."""
    return _("Taken in") if done and name == "take" else _(KINDS[name])


def standing(found: LinkImport) -> str:
    """How far an import is, in a sentence."""
    match found.stage:
        case "reading":
            return ngettext("{count} link read so far.", "{count} links read so far.", found.rows)
        case "looking":
            return ngettext(
                "Looked at {done} of {count} link.", "Looked at {done} of {count} links.", found.rows, done=found.done
            )
        case "looked":
            return ngettext(
                "{count} link was read. Nothing is taken in yet.",
                "{count} links were read. Nothing is taken in yet.",
                found.rows,
            )
        case "taking":
            return ngettext(
                "Went through {done} of {count} link.",
                "Went through {done} of {count} links.",
                found.rows,
                done=found.done,
            )
        case "done":
            return ngettext("{count} link was taken in.", "{count} links were taken in.", found.counts["take"])
        case "failed":
            return _("It did not work: {why}", why=found.error)


def before(had: Before, day: str) -> str:
    """What was counted of a link elsewhere: `Bitly: 1,234 clicks until 2026-11-29. Bitly counts bots as well.`"""
    source = sources.SOURCES.get(had.source)
    name = source.label if source else had.source
    if had.clicks is None:
        return _("From {source}, which did not say how many clicks there were.", source=name)
    clicks = wording.plural(had.clicks, "click")
    told = _("{source}: {clicks} until {day}, in none of the counts here.", source=name, clicks=clicks, day=day)
    return f"{told} {_(source.counts)}" if source else told
