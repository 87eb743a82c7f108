"""Findings on ways that did not lead on: links switched off or turned away, targets that do not work. Pure."""

from shortlinks import times
from shortlinks.findings import findings_links
from shortlinks.findings.cases import Case, Hung
from shortlinks.findings.finding import Finding
from shortlinks.words import wording
from shortlinks.words.language import _, decimals, ngettext

_MATERIAL = 0.1
"""Views that came after a turn matter from this share of all on; where it is only known how many at most, from twice."""


def link_broken_during_peak(case: Case) -> Finding | None:
    """In the post's best time its link led nobody on, or to a target that did not work, and people came."""
    peak = case.peak
    if peak is None:
        return None
    people = _people_among(case, peak.expired)
    if not people and not peak.clicks_lost:
        return None
    parts = []
    if people:
        parts.append(
            ngettext(
                "{count} hit met a link that was switched off or had ended",
                "{count} hits met a link that was switched off or had ended",
                peak.expired,
            )
        )
    if peak.clicks_lost:
        parts.append(
            ngettext(
                "{count} click met a target that did not work",
                "{count} clicks met a target that did not work",
                peak.clicks_lost,
            )
        )
    lost = people + peak.clicks_lost
    return Finding(
        code="link_broken_during_peak",
        severity="high" if lost >= 3 else "medium",
        title=_("In the post’s best time {happened}", happened=wording.listed(parts)),
        evidence={
            "hits_on_ended_links": peak.expired,
            "people_among_them_about": people,
            "clicks_while_target_was_broken": peak.clicks_lost,
            "target_broken_seconds": peak.broken // times.SECOND,
            "clicks_in_that_time": peak.clicks,
            "spans": [{"from": times.rfc3339(start), "to": times.rfc3339(end)} for start, end in peak.spans],
        },
        next_step=_(
            "Most who were turned away do not come back. See that the link is on and works before the next post is out, and "
            "let links end only days after their post does."
        ),
        confidence="likely" if lost >= 3 else "possible",
    )


def slow_or_broken_target(case: Case) -> Finding | None:
    """The page that a link leads to does not work, or is slow to answer, as seen from our server."""
    known = [hung.target for hung in case.working if hung.target]
    broken = next((target for target in known if target.state == "broken"), None)
    slow = next((target for target in known if target.state == "slow" and target.seconds is not None), None)
    target = broken or slow
    if target is None:
        return None
    evidence = {
        "target": target.url,
        "state": target.state,
        "seconds": target.seconds,
        "since": None if target.since is None else times.rfc3339(target.since),
    }
    if broken:
        return Finding(
            code="slow_or_broken_target",
            severity="high",
            title=_broken(None if target.since is None else max(0, case.as_of - target.since)),
            evidence=evidence,
            next_step=_(
                "Open the link on a phone that is not in your network. If it fails there, too, mend the page or lead the "
                "link elsewhere: clicks are lost until then."
            ),
            confidence="likely",
        )
    return Finding(
        code="slow_or_broken_target",
        severity="medium",
        title=_(
            "From our server the target took {seconds} s; phones may be slower",
            seconds=decimals(f"{target.seconds:.1f}"),
        ),
        evidence=evidence,
        next_step=_(
            "People who tap want to see something at once. Try it on a phone without Wi-Fi, and lead the link to a lighter "
            "page if it drags."
        ),
        confidence="possible",
    )


def bio_pointed_elsewhere(case: Case) -> Finding | None:
    """The bio link was turned to another post while this one still gained views."""
    turned = [hung for hung in case.links if hung.placement.clickable and hung.placement.bio and hung.turned_away_at]
    if not turned or any(hung.placement.audience == "profile" and hung.placement.clickable for hung in case.working):
        return None
    last_turned = max(turned, key=lambda hung: hung.turned_away_at or 0)
    if last_turned.placement == findings_links.missing_spot(case):
        return None  # nobody could tap it before either: no_tappable_spot says it
    return _after_turn(case, last_turned)


def _after_turn(case: Case, hung: Hung) -> Finding | None:
    at, seen = hung.turned_away_at or 0, case.own.readings
    if not seen or not seen[-1].views or seen[-1].at <= at or at < case.published_at:
        return None
    last, off = seen[-1].views, seen[-1].precision.get("views", 0)
    before = [reading for reading in seen if reading.at <= at]
    after = [reading for reading in seen[:-1] if reading.at > at]
    least = max(0, last - off - after[0].views - after[0].precision.get("views", 0)) if after else 0
    most = last + off - max(0, before[-1].views - before[-1].precision.get("views", 0)) if before else last + off
    if least >= _MATERIAL * last:
        sure = True
        title = _(
            "The bio link was turned to another post while this one still gained views: at least {number} of its {views} "
            "came after that",
            number=least,
            views=wording.plural(last, "view"),
        )
    elif (
        before
        and not after
        and last - before[-1].views >= 2 * _MATERIAL * last
        and _soon_after(before[-1].at, at, seen[-1].at)
    ):
        sure = False
        title = _(
            "The bio link was turned to another post while this one still gained views: up to {number} of its {views} came "
            "after that",
            number=min(most, last),
            views=wording.plural(last, "view"),
        )
    else:
        return None
    return Finding(
        code="bio_pointed_elsewhere",
        severity="medium",
        title=title,
        evidence={
            "slug": hung.slug,
            "turned_at": times.rfc3339(at),
            "views": last,
            "views_after_at_least": least,
            "views_after_at_most": min(most, last),
        },
        next_step=_(
            "Leave the bio link with a post until its views stand still, or let the bio lead to a page with a link for each "
            "of your newest posts."
        ),
        confidence="certain" if sure else "possible",
    )


def _broken(time: int | None) -> str:
    if time is None:
        return _("The page that the link leads to does not work, as seen from our server")
    return _(
        "The page that the link leads to does not work, as seen from our server, for {duration} now",
        duration=wording.duration(time),
    )


def _soon_after(before: int, at: int, end: int) -> bool:
    """Whether the instant lies in the first half of the time between two readings."""
    return at - before <= end - at


def _people_among(case: Case, expired: int) -> int:
    """About how many people are among hits on an ended link, which nobody tells apart: as many as among the others."""
    others = case.hits - case.ledger.get("expired", 0)
    return round(expired * (case.human + 0.5) / (others + 1))
