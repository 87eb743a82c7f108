"""Findings on who the hits were: programs, the creator, people ahead of time or people who typed the address. Pure."""

from itertools import takewhile
from typing import Any

from shortlinks import findings_links, times, wording
from shortlinks.cases import Case, Hit, Hung
from shortlinks.finding import Finding

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
        title=f"Nobody followed the link yet: {_were(previews, case.hits, 'an app', 'apps')} fetching a preview",
        evidence=_ledger(case),
        next_step="An app fetches a preview when somebody sends or posts the link, which may have been you. "
        + (
            "That does not say whether people saw it. Say beside the link what they find behind it: a reason to tap."
            if case.in_reach
            else "So it is out there; where it hangs nobody can tap it."
        ),
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
        title=f"Nobody followed the link yet: {_were(programs, case.hits, 'a program', 'programs')}",
        evidence=_ledger(case),
        next_step="Crawlers and scanners find any link that is public; they say nothing about your viewers. Open the post "
        "as a viewer does and see whether the link can be found and tapped.",
        confidence="likely",
    )


def maybe_you(case: Case) -> Finding | None:
    """The first click or two came so soon that they may be the creator's own try."""
    own = _perhaps_own(case)
    if not own:
        return None
    waits = [(hit, hit.at - started) for hit, started in own]
    longest = max(wait for _, wait in waits)
    one = len(own) == 1
    minutes = -(-longest // times.MINUTE)
    how_soon = f"{minutes} minutes" if minutes > 1 else "a minute"
    return Finding(
        code="maybe_you",
        severity="low",
        title=f"The first {'click' if one else f'{len(own)} clicks'} may be your own: {'it' if one else 'they'} came "
        f"within {how_soon} of making the link or publishing the post",
        evidence={
            "clicks": [
                {"at": times.rfc3339(hit.at), "slug": hit.slug, "seconds_after": wait // times.SECOND}
                for hit, wait in waits
            ],
            "clicks_in_all": case.human,
        },
        next_step=f"Was it you? Then say so at {'that click' if one else 'those clicks'}, and mark your browser as yours, "
        "so that your taps are kept apart.",
        confidence="possible",
    )


def clicks_before_publish(case: Case) -> Finding | None:
    """Clicks from before the post was out."""
    early = case.before_publish
    if not early:
        return None
    is_out = case.as_of >= case.published_at
    came = f"{wording.plural(early, 'click')} came before the post {'was' if is_out else 'is'} out"
    return Finding(
        code="clicks_before_publish",
        severity="medium" if 2 * early >= case.human else "low",
        title=came,
        evidence={"clicks": early, "clicks_in_all": case.human, "published_at": times.rfc3339(case.published_at)},
        next_step=f"No viewer of this post can have made {'it' if early == 1 else 'them'}. Is its time of publication right? "
        "If it is, this was you trying the link, or people who met it elsewhere, such as in the bio.",
        confidence="certain",
    )


def typed_in(case: Case) -> Finding | None:
    """Clicks through spots where nobody can tap, so that somebody typed the address."""
    doubtful = [hit.slug for hit, _ in _perhaps_own(case)]
    typed = [
        (hung, clicks)
        for hung in case.links
        if not hung.placement.clickable
        and hung.placement.name != _SCANNED
        and (clicks := hung.clicks - doubtful.count(hung.slug)) > 0
    ]
    if not typed:
        return None
    clicks = sum(count for _, count in typed)
    spots = ", ".join(dict.fromkeys(hung.placement.label for hung, _ in typed))
    taps = any(hung.placement.clickable for hung in case.working) or findings_links.withheld(
        case.platform, case.account
    )
    return Finding(
        code="typed_in",
        severity="low",
        title=f"{wording.plural(clicks, 'click')} came through a spot where nobody can tap: {spots}",
        evidence={
            "clicks": clicks,
            "links": [{"slug": hung.slug, "placement": hung.placement.id, "clicks": count} for hung, count in typed],
        },
        next_step="Somebody typed or copied the address, which few do unless they mean it. Make it easy: a short word as "
        "the link’s ending, said aloud and on screen long enough to read."
        + ("" if taps else " And hang a link where a tap opens it."),
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


def _were(count: int, hits: int, one: str, many: str) -> str:
    """Whose `count` of all hits were, the creator's own and the like being the others."""
    was = f"was by {one}" if count == 1 else f"were by {many}"
    if count < hits:
        return f"{wording.number(count)} of {wording.number(hits)} hits {was}"
    return f"its only hit {was}" if count == 1 else f"all {wording.number(count)} hits {was}"


def _ledger(case: Case) -> dict[str, Any]:
    return {reason: count for reason, count in case.ledger.items() if count and reason not in ("visitors", "hits")}
