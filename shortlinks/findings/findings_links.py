"""Findings on where a post's links hang: whether anybody can tap them there, and what the platform makes of them. Pure."""

from collections.abc import Iterable

from shortlinks.findings.cases import Account, Case
from shortlinks.findings.finding import Confidence, Finding
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.words import wording
from shortlinks.words.language import _, ngettext

_UNKNOWN = "elsewhere"
"""Where a link hangs that nobody can be sent to."""
_DOCUMENTED = ("official", "corroborated")


def dead_placement(case: Case) -> Finding | None:
    """Links that hang where nobody can tap them."""
    dead = [(hung.slug, hung.placement) for hung in case.working if hung.placement.dead]
    if not dead:
        return None
    spots: dict[str, dict[str, None]] = {}
    for _slug, placement in dead:
        spots.setdefault(placement.platform, {})[placement.label] = None
    where = "; ".join(
        _("on {platform}: {spots}", platform=placements.platform_label(name), spots=", ".join(labels))
        for name, labels in spots.items()
    )
    instead = [
        (f"{placements.platform_label(name)}: " if len(spots) > 1 else "") + _way_out(case, name) for name in spots
    ]
    return Finding(
        code="dead_placement",
        severity="high",
        title=ngettext(
            "Nobody can tap this link {where}", "Nobody can tap {count} links {where}", len(dead), where=where
        ),
        evidence={"links": [{"slug": slug, **row_of(placement)} for slug, placement in dead]},
        next_step=" ".join(instead),
        confidence=sureness(placement for _slug, placement in dead),
    )


def no_link(case: Case) -> Finding | None:
    """Nothing that hangs anywhere leads on from this post."""
    if case.links or case.human:
        return None
    spot = missing_spot(case)
    visits = case.noted("profile_visits")
    spots = placements.tappable(case.platform, case.format)
    make = _("Make one and hang it where a tap opens it: {spots}.", spots=spots)
    return Finding(
        code="no_link",
        severity="high",
        title=_("No link promotes this post, so no click can be counted for it"),
        evidence={
            "links": 0,
            "views": case.reading.views if case.reading else None,
            "profile_visits": visits[0] if visits else None,
        },
        next_step=f"{_no_spot(spot, case.account)}. {_typed_instead()}" if spot and case.account else make,
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
            **row_of(spot),
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
    label = placements.platform_label(hung.placement.platform)
    return Finding(
        code="link_shortened_by_platform",
        severity="low",
        title=ngettext(
            "{platform} shows this link under an address of its own",
            "{platform} shows {count} links under an address of its own",
            len(long),
            platform=label,
        ),
        evidence={
            "links": [
                {"slug": hung.slug, "length": len(hung.short_url), "readable_up_to": limit} for hung, limit in long
            ],
            "source": hung.placement.source,
        },
        next_step=_shorter(hung.short_url, limit),
        confidence=sureness(hung.placement for hung, _limit in long),
    )


def warnings(
    placement: Placement, *, account: Account | None = None, format_: str | None = None, short_url: str = ""
) -> list[tuple[str, str]]:
    """What to tell whoever hangs a link there, as (code, message): the findings that need not wait for clicks.

    `account` and `format_` are those of the link's post, where that is on the spot's platform.
    """
    said = []
    spot = withheld(placement.platform, account)
    if placement.dead:
        no_other = f"{_no_other(spot, account)} {_typed_instead()}" if spot and account else ""
        way_out = no_other or instead(placement.platform, format_)
        mere_text = _("Nobody can tap a link there ({spot}): it is mere text.", spot=placement.label)
        said.append(("dead_placement", f"{mere_text} {way_out}"))
    elif spot and account and placement == spot:
        said.append(("no_tappable_spot", f"{_no_spot(spot, account)}. {_typed_instead()}"))
    if limit := _shortened(placement, short_url):
        label = placements.platform_label(placement.platform)
        shown = _("{platform} will show it under an address of its own.", platform=label)
        said.append(("link_shortened_by_platform", f"{shown} {_shorter(short_url, limit)}"))
    return said


def account_warnings(platform: str, account: Account | None) -> list[tuple[str, str]]:
    """What to tell whoever is about to publish something from this account, wherever links will hang."""
    spot = withheld(platform, account)
    return [("no_tappable_spot", f"{_no_spot(spot, account)}. {_typed_instead()}")] if spot and account else []


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
    label = placements.platform_label(spot.platform)
    return _("Nobody can tap a link of yours on {platform}: {why}", platform=label, why=_given_from(spot, account))


def _no_other(spot: Placement, account: Account) -> str:
    label = placements.platform_label(spot.platform)
    return _("No other spot on {platform} helps yet: {why}.", platform=label, why=_given_from(spot, account))


def _given_from(spot: Placement, account: Account) -> str:
    needed, followers = spot.personal_from or 0, account.followers or 0
    if account.then:
        return _(
            "a personal account is given the {spot} from about {needed} followers on, and you had {followers} when this "
            "post came out",
            spot=spot.label,
            needed=needed,
            followers=followers,
        )
    return _(
        "a personal account is given the {spot} from about {needed} followers on, and you have {followers}",
        spot=spot.label,
        needed=needed,
        followers=followers,
    )


def _typed_instead() -> str:
    typed = _(
        "Until then let people type the address: make a link whose ending is a word, say it early in the video, and show it "
        "on screen."
    )
    return f"{_business()} {typed}"


def _business() -> str:
    return _("A business account is given it whatever its followers.")


def _until_then(case: Case) -> str:
    """What to do until the account is given the spot."""
    if not any(hung.placement.typed for hung in case.working):
        return _typed_instead()
    go_on = _("Until then go on saying the address early in the video, and show it on screen.")
    return f"{_business()} {go_on}"


def _way_out(case: Case, platform: str) -> str:
    """What to do about a link that nobody can tap on this platform."""
    spot = missing_spot(case)
    if spot and case.account and spot.platform == platform:
        return f"{_no_other(spot, case.account)} {_until_then(case)}"
    format_ = case.format if platform == case.platform else None
    rows = [hung.placement for hung in case.working if hung.placement.platform == platform]
    open_ = dict.fromkeys(
        _("the {spot}", spot=wording.small(row.label))
        for row in rows
        if row.clickable and row.fits(format_) and row.audience != "outside" and row.name != _UNKNOWN
    )
    if open_:
        return _("Say there where this post’s link can be tapped instead: {spots}.", spots=wording.either(list(open_)))
    return instead(platform, format_)


def _shortened(placement: Placement, short_url: str) -> int | None:
    """The length up to which the platform would leave the address as it is, where this one is longer."""
    limit = placement.shortens_over
    return limit if limit is not None and len(short_url) > limit else None


def _shorter(short_url: str, limit: int) -> str:
    room = limit - (short_url.rfind("/") + 1)
    said = _(
        "It stays readable up to {limit} characters, https:// included, and has {length}.",
        limit=limit,
        length=len(short_url),
    )
    if room < 1:
        instead = _("That takes a shorter domain than the one your short links have.")
    else:
        instead = _("Give it an ending of at most {characters}.", characters=wording.plural(room, "character"))
    return f"{said} {instead}"


def instead(platform: str, format_: str | None) -> str:
    """Where to hang a link of a post of this format on `platform`, in a sentence."""
    alternative = placements.alternative(platform, format_)
    if alternative is None:
        return _("Hang it where a tap opens it, or show a short one on screen for people to type.")
    return _("Hang it where a tap opens it: {spots}.", spots=alternative)


def row_of(placement: Placement) -> dict[str, str]:
    """A row of the catalogue as evidence."""
    return {
        "placement": placement.id,
        "source": placement.source,
        "source_confidence": placement.confidence,
        "checked_on": placement.checked_on,
    }


def sureness(rows: Iterable[Placement]) -> Confidence:
    """How sure is what these rows of the catalogue say."""
    return "certain" if all(row.confidence in _DOCUMENTED for row in rows) else "likely"


def untold(case: Case) -> bool:
    """Whether sales are reported by click id, and no link of the post gives the shop one, or a coupon code to report."""
    by_click = sum(other.by_click for other in case.others)
    return bool(by_click and case.working) and not any(hung.tells_sales for hung in case.working)


def no_click_ids(case: Case) -> Finding | None:
    """Clicks whose sales nobody can report."""
    if case.conversions or not case.clicks or not untold(case):
        return None
    return Finding(
        code="no_click_ids",
        severity="medium",
        title=_("No sale can be told for this post: its links carry no click id"),
        evidence={"clicks": case.clicks, "other_conversions": sum(other.by_click for other in case.others)},
        next_step=_(
            "Below the link, under “Change”, tick that each click’s id is added to the address: your shop reports sales of your "
            "other posts with it. Or give the link a coupon code."
        ),
        confidence="certain",
    )
