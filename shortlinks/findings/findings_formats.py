"""Findings on links that hang where only posts of another format have a spot: by its address the post is a Short. Pure."""

from shortlinks.findings.cases import Case
from shortlinks.findings.finding import Finding
from shortlinks.findings.findings_links import instead, row_of, sureness
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.words.language import _, ngettext


def other_format(case: Case) -> Finding | None:
    """Links in spots that the post does not have; those where a link is dead for every post are told already."""
    found = [hung for hung in case.working if case.lacks(hung) and not hung.placement.dead]
    if not found:
        return None
    rows = list(dict.fromkeys(hung.placement for hung in found))
    return Finding(
        code="other_format",
        severity="high",
        title=ngettext(
            "This link hangs in a spot that {format} does not have: {spots}",
            "{count} links hang in spots that {format} does not have: {spots}",
            len(found),
            format=placements.format_label(case.platform, case.format),
            spots=", ".join(row.label for row in rows),
        ),
        evidence={"format": case.format, "links": [{"slug": hung.slug, **row_of(hung.placement)} for hung in found]},
        next_step=instead(case.platform, case.format),
        confidence=sureness(rows),
    )


def warnings(placement: Placement, format_: str | None) -> list[tuple[str, str]]:
    """What to tell whoever hangs a link there for a post of this format on its platform, as (code, message)."""
    if placement.dead or placement.fits(format_):
        return []
    said = _(
        "By its address the post is {format}, which has no such spot ({spot}).",
        format=placements.format_label(placement.platform, format_),
        spot=placement.label,
    )
    return [("other_format", f"{said} {instead(placement.platform, format_)}")]
