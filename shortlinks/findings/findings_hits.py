"""Findings on who the hits were: programs, the creator, people ahead of time or people who typed the address. Pure."""

from itertools import takewhile
from typing import Any

from shortlinks import times
from shortlinks.findings import findings_links
from shortlinks.findings.cases import Case, Hit, Hung
from shortlinks.findings.finding import Finding
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext, pgettext

AT_ONCE = 10 * times.MINUTE
"""So soon after a link is made or a post is out a click by whoever made it is as likely as one by anybody else."""

FEW_CLICKS = 20
"""Up to here one or two clicks more or less matter."""

_PREVIEWS = frozenset({"preview", "prefetch", "head", "self"})
_PROGRAMS = _PREVIEWS | {"empty_agent", "ai", "headless", "scanner", "monitor", "library", "crawler"}
_SCANNED = "print"
"""What is printed is scanned as often as typed."""


def previews_only(case: Case) -> Finding | None:
    """The link was shared or shown a preview of, and nobody followed it. Who bought did, whatever was counted."""
    previews = case.ledger.get("preview", 0)
    if case.conversions or not previews or case.hits != _sum(case, _PREVIEWS):
        return None
    return Finding(
        code="previews_only",
        severity="low",
        title=_by_previews(previews, case.hits),
        evidence=_ledger(case),
        next_step=_after_previews(in_reach=case.in_reach),
        confidence="likely",
    )


def bots_only(case: Case) -> Finding | None:
    """Programs asked for the link, and nobody else. Who bought did, whatever was counted."""
    programs = _sum(case, _PROGRAMS - {"self"})
    if case.conversions or not programs or case.hits != _sum(case, _PROGRAMS) or previews_only(case):
        return None
    return Finding(
        code="bots_only",
        severity="low",
        title=_by_programs(programs, case.hits),
        evidence=_ledger(case),
        next_step=_(
            "Crawlers and scanners find any link that is public; they say nothing about your viewers. Open the post as a "
            "viewer does and see whether the link can be found and tapped."
        ),
        confidence="likely",
    )


def maybe_you(case: Case) -> Finding | None:
    """The first click or two came so soon that they may be the creator's own try."""
    own = _perhaps_own(case)
    if not own:
        return None
    waits = [(hit, hit.at - started) for hit, started in own]
    longest = max(wait for _hit, wait in waits)
    minutes = -(-longest // times.MINUTE)
    how_soon = wording.plural(minutes, "minute") if minutes > 1 else pgettext("within", "a minute")
    return Finding(
        code="maybe_you",
        severity="low",
        title=ngettext(
            "The first click may be your own: it came within {how_soon} of making the link or publishing the post",
            "The first {count} clicks may be your own: they came within {how_soon} of making the link or publishing the post",
            len(own),
            how_soon=how_soon,
        ),
        evidence={
            "clicks": [
                {"at": times.rfc3339(hit.at), "slug": hit.slug, "seconds_after": wait // times.SECOND}
                for hit, wait in waits
            ],
            "clicks_in_all": case.human,
        },
        next_step=ngettext(
            "Was it you? Then say so at that click, and mark your browser as yours, so that your taps are kept apart.",
            "Was it you? Then say so at those clicks, and mark your browser as yours, so that your taps are kept apart.",
            len(own),
        ),
        confidence="possible",
    )


def clicks_before_publish(case: Case) -> Finding | None:
    """Clicks from before the post was out."""
    early = case.before_publish
    if not early:
        return None
    if case.as_of >= case.published_at:
        came = ngettext(
            "{count} click came before the post was out", "{count} clicks came before the post was out", early
        )
    else:
        came = ngettext(
            "{count} click came before the post is out", "{count} clicks came before the post is out", early
        )
    return Finding(
        code="clicks_before_publish",
        severity="medium" if 2 * early >= case.human else "low",
        title=came,
        evidence={"clicks": early, "clicks_in_all": case.human, "published_at": times.rfc3339(case.published_at)},
        next_step=ngettext(
            "No viewer of this post can have made it. Is its time of publication right? If it is, this was you trying the "
            "link, or people who met it elsewhere, such as in the bio.",
            "No viewer of this post can have made them. Is its time of publication right? If it is, this was you trying the "
            "link, or people who met it elsewhere, such as in the bio.",
            early,
        ),
        confidence="certain",
    )


def typed_in(case: Case) -> Finding | None:
    """Clicks through spots where nobody can tap, so that somebody typed the address."""
    doubtful = [hit.slug for hit, _started_at in _perhaps_own(case)]
    typed = [
        (hung, clicks)
        for hung in case.links
        if not hung.placement.clickable
        and hung.placement.name != _SCANNED
        and (clicks := hung.clicks - doubtful.count(hung.slug)) > 0
    ]
    if not typed:
        return None
    clicks = sum(count for _hung, count in typed)
    spots = ", ".join(dict.fromkeys(hung.placement.label for hung, _count in typed))
    taps = any(hung.placement.clickable for hung in case.working) or findings_links.withheld(
        case.platform, case.account
    )
    easy = _(
        "Somebody typed or copied the address, which few do unless they mean it. Make it easy: a short word as the link’s "
        "ending, said aloud and on screen long enough to read."
    )
    return Finding(
        code="typed_in",
        severity="low",
        title=ngettext(
            "{count} click came through a spot where nobody can tap: {spots}",
            "{count} clicks came through a spot where nobody can tap: {spots}",
            clicks,
            spots=spots,
        ),
        evidence={
            "clicks": clicks,
            "links": [{"slug": hung.slug, "placement": hung.placement.id, "clicks": count} for hung, count in typed],
        },
        next_step=" ".join([easy, *([] if taps else [_("And hang a link where a tap opens it.")])]),
        confidence="likely",
    )


def _perhaps_own(case: Case) -> list[tuple[Hit, int]]:
    """The first click or two with the moment each followed, where they came at once and before anything else.

    Not where many clicks came at once, as they do from a large audience; not after views were noted; and not through a
    link that people knew from an earlier post.
    """
    if case.human > FEW_CLICKS:
        return []
    fresh = {hung.slug: hung for hung in case.links if hung.made_for_it}
    soon = list(takewhile(lambda hit: _started(case, fresh, hit) is not None, case.first_hits))
    first = list(takewhile(lambda hit: hit.reason == "human", soon))
    humans = sum(hit.reason == "human" for hit in soon)
    seen = any(reading.views and first and reading.at <= first[0].at for reading in case.own.readings)
    if seen or not 1 <= len(first) <= 2 or humans != len(first):
        return []
    return [(hit, started) for hit in first if (started := _started(case, fresh, hit)) is not None]


def _started(case: Case, fresh: dict[str, Hung], hit: Hit) -> int | None:
    """What the hit followed at once: the making of its link, or the publication. None when it did neither."""
    hung = fresh.get(hit.slug)
    starts = [hung.made_at, case.published_at] if hung else []
    return max((start for start in starts if start <= hit.at <= start + AT_ONCE), default=None)


def _sum(case: Case, reasons: frozenset[str]) -> int:
    return sum(case.ledger.get(reason, 0) for reason in reasons)


def _by_previews(count: int, hits: int) -> str:
    """Whose `count` of all hits were, the creator's own and the like being the others."""
    if count < hits:
        return ngettext(
            "Nobody followed the link yet: {count} of {hits} hits was by an app fetching a preview",
            "Nobody followed the link yet: {count} of {hits} hits were by apps fetching a preview",
            count,
            hits=hits,
        )
    return ngettext(
        "Nobody followed the link yet: its only hit was by an app fetching a preview",
        "Nobody followed the link yet: all {count} hits were by apps fetching a preview",
        count,
    )


def _after_previews(*, in_reach: bool) -> str:
    if in_reach:
        return _(
            "An app fetches a preview when somebody sends or posts the link, which may have been you. That does not say "
            "whether people saw it. Say beside the link what they find behind it: a reason to tap."
        )
    return _(
        "An app fetches a preview when somebody sends or posts the link, which may have been you. So it is out there; where "
        "it hangs nobody can tap it."
    )


def _by_programs(count: int, hits: int) -> str:
    if count < hits:
        return ngettext(
            "Nobody followed the link yet: {count} of {hits} hits was by a program",
            "Nobody followed the link yet: {count} of {hits} hits were by programs",
            count,
            hits=hits,
        )
    return ngettext(
        "Nobody followed the link yet: its only hit was by a program",
        "Nobody followed the link yet: all {count} hits were by programs",
        count,
    )


def _ledger(case: Case) -> dict[str, Any]:
    return {reason: count for reason, count in case.ledger.items() if count and reason not in ("visitors", "hits")}
