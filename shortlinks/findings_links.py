"""Findings on where a post's links hang: whether anybody can tap them there, and what the platform makes of them. Pure."""

from collections.abc import Iterable

from shortlinks import placements, wording
from shortlinks.cases import Account, Case
from shortlinks.finding import Confidence, Finding
from shortlinks.placements import Placement

_UNKNOWN = "elsewhere"
"""Where a link hangs that nobody can be sent to."""
_DOCUMENTED = ("official", "corroborated")


def dead_placement(case: Case) -> Finding | None:
    """Links that hang where nobody can tap them."""
    dead = [(hung.slug, hung.placement) for hung in case.working if hung.placement.dead]
    if not dead:
        return None
    spots: dict[str, dict[str, None]] = {}
    for _, placement in dead:
        spots.setdefault(placement.platform, {})[placement.label] = None
    where = "; ".join(f"on {placements.platform_label(name)}: {', '.join(labels)}" for name, labels in spots.items())
    instead = [
        (f"{placements.platform_label(name)}: " if len(spots) > 1 else "") + _way_out(case, name) for name in spots
    ]
    return Finding(
        code="dead_placement",
        severity="high",
        title=f"Nobody can tap {'this link' if len(dead) == 1 else f'{len(dead)} links'} {where}",
        evidence={"links": [{"slug": slug, **_row(placement)} for slug, placement in dead]},
        next_step=" ".join(instead),
        confidence=_sureness(placement for _, placement in dead),
    )


def no_link(case: Case) -> Finding | None:
    """Nothing that hangs anywhere leads on from this post."""
    if case.links or case.human:
        return None
    spot = missing_spot(case)
    visits = case.noted("profile_visits")
    make = f"Make one and hang it where a tap opens it: {placements.tappable(case.platform)}."
    return Finding(
        code="no_link",
        severity="high",
        title="No link promotes this post, so no click can be counted for it",
        evidence={
            "links": 0,
            "views": case.reading.views if case.reading else None,
            "profile_visits": visits[0] if visits else None,
        },
        next_step=f"{_no_spot(spot, case.account)}. {_TYPED_INSTEAD}" if spot and case.account else make,
        confidence="certain",
    )


def no_tappable_spot(case: Case) -> Finding | None:
    """A personal account that is too small to be given the platform's one spot for a link.

    Where another finding says so of its links, this one does not say it again.
    """
    spot = missing_spot(case)
    if spot is None or case.account is None or no_link(case):
        return None
    if any(hung.placement.dead and hung.placement.platform == spot.platform for hung in case.working):
        return None
    return Finding(
        code="no_tappable_spot",
        severity="high",
        title=_no_spot(spot, case.account),
        evidence={
            "followers": case.account.followers,
            "followers_needed": spot.personal_from,
            "kind": case.account.kind,
            **_row(spot),
        },
        next_step=_until_then(case),
        confidence="likely",
    )


def link_shortened_by_platform(case: Case) -> Finding | None:
    """Links that the platform shows under an address of its own, because they are too long for it."""
    long = [(hung, limit) for hung in case.working if (limit := _shortened(hung.placement, hung.short_url))]
    if not long:
        return None
    hung, limit = long[0]
    one = len(long) == 1
    label = placements.platform_label(hung.placement.platform)
    return Finding(
        code="link_shortened_by_platform",
        severity="low",
        title=f"{label} shows {'this link' if one else f'{len(long)} links'} under an address of its own",
        evidence={
            "links": [
                {"slug": hung.slug, "length": len(hung.short_url), "readable_up_to": limit} for hung, limit in long
            ],
            "source": hung.placement.source,
        },
        next_step=_shorter(hung.short_url, limit),
        confidence=_sureness(hung.placement for hung, _ in long),
    )


def warnings(placement: Placement, *, account: Account | None = None, short_url: str = "") -> list[tuple[str, str]]:
    """What to tell whoever hangs a link there, as (code, message): the findings that need not wait for clicks."""
    said = []
    spot = withheld(placement.platform, account)
    if placement.dead:
        instead = f"{_no_other(spot, account)} {_TYPED_INSTEAD}" if spot and account else _instead(placement.platform)
        message = f"Nobody can tap a link there ({placement.label}): it is mere text. {instead}"
        said.append(("dead_placement", message))
    elif spot and account and placement == spot:
        said.append(("no_tappable_spot", f"{_no_spot(spot, account)}. {_TYPED_INSTEAD}"))
    if limit := _shortened(placement, short_url):
        label = placements.platform_label(placement.platform)
        said.append(
            (
                "link_shortened_by_platform",
                f"{label} will show it under an address of its own. {_shorter(short_url, limit)}",
            )
        )
    return said


def account_warnings(platform: str, account: Account | None) -> list[tuple[str, str]]:
    """What to tell whoever is about to publish something from this account, wherever links will hang."""
    spot = withheld(platform, account)
    return [("no_tappable_spot", f"{_no_spot(spot, account)}. {_TYPED_INSTEAD}")] if spot and account else []


_BUSINESS = "A business account is given it whatever its followers."
_GO_ON = f"{_BUSINESS} Until then go on saying the address early in the video, and show it on screen."
_TYPED_INSTEAD = (
    f"{_BUSINESS} Until then let people type the address: make a link whose "
    "ending is a word, say it early in the video, and show it on screen."
)


def withheld(platform: str, account: Account | None) -> Placement | None:
    """The spot that the account is not given; None where it is, or where nobody noted enough to know."""
    if account is None or account.proven or account.kind != "personal" or account.most_followers is None:
        return None
    spot = placements.from_followers(platform)
    return spot if spot and spot.personal_from and account.most_followers < spot.personal_from else None


def missing_spot(case: Case) -> Placement | None:
    """The spot that the post's account is not given."""
    spot = withheld(case.platform, case.account)
    # A click through it is the proof that it has it.
    return None if any(hung.clicks and hung.placement == spot for hung in case.links) else spot


def _no_spot(spot: Placement, account: Account) -> str:
    return f"Nobody can tap a link of yours on {placements.platform_label(spot.platform)}: {_given_from(spot, account)}"


def _no_other(spot: Placement, account: Account) -> str:
    return f"No other spot on {placements.platform_label(spot.platform)} helps yet: {_given_from(spot, account)}."


def _given_from(spot: Placement, account: Account) -> str:
    followers = wording.number(account.followers or 0)
    return (
        f"a personal account is given the {spot.label} from about {wording.number(spot.personal_from or 0)} followers on, "
        f"and you {f'had {followers} when this post came out' if account.then else f'have {followers}'}"
    )


def _until_then(case: Case) -> str:
    """What to do until the account is given the spot."""
    return _GO_ON if any(hung.placement.typed for hung in case.working) else _TYPED_INSTEAD


def _way_out(case: Case, platform: str) -> str:
    """What to do about a link that nobody can tap on this platform."""
    spot = missing_spot(case)
    if spot and case.account and spot.platform == platform:
        return f"{_no_other(spot, case.account)} {_until_then(case)}"
    rows = [hung.placement for hung in case.working if hung.placement.platform == platform]
    open_ = dict.fromkeys(
        f"the {wording.small(row.label)}"
        for row in rows
        if row.clickable and row.audience != "outside" and row.name != _UNKNOWN
    )
    if open_:
        return f"Say there where this post’s link can be tapped instead: {wording.either(list(open_))}."
    return _instead(platform)


def _shortened(placement: Placement, short_url: str) -> int | None:
    """The length up to which the platform would leave the address as it is, where this one is longer."""
    limit = placement.shortens_over
    return limit if limit is not None and len(short_url) > limit else None


def _shorter(short_url: str, limit: int) -> str:
    room = limit - (short_url.rfind("/") + 1)
    said = f"It stays readable up to {limit} characters, https:// included, and has {len(short_url)}. "
    if room < 1:
        return said + "That takes a shorter domain than the one your short links have."
    return said + f"Give it an ending of at most {wording.plural(room, 'character')}."


def _instead(platform: str) -> str:
    alternative = placements.alternative(platform)
    if alternative is None:
        return "Hang it where a tap opens it, or show a short one on screen for people to type."
    return f"Hang it where a tap opens it: {alternative}."


def _row(placement: Placement) -> dict[str, str]:
    return {
        "placement": placement.id,
        "source": placement.source,
        "source_confidence": placement.confidence,
        "checked_on": placement.checked_on,
    }


def _sureness(rows: Iterable[Placement]) -> Confidence:
    return "certain" if all(row.confidence in _DOCUMENTED for row in rows) else "likely"
