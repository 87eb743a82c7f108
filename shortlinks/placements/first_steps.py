"""What one can do today on a platform, from what the placement catalogue knows and the account that one has. Pure."""

from dataclasses import dataclass

from shortlinks.findings import findings_links
from shortlinks.findings.cases import Account
from shortlinks.placements import placements
from shortlinks.words import wording
from shortlinks.words.language import _


@dataclass(frozen=True, slots=True)
class Steps:
    """`title` says in a sentence where links can be tapped, `says` what else to know. `tappable`: somewhere they can."""

    title: str
    says: tuple[str, ...]
    tappable: bool = True


def of_account(platform: str, account: Account) -> Steps:
    """What to do on `platform` with this account."""
    label = placements.platform_label(platform)
    spot = findings_links.withheld(platform, account)
    if spot:
        followers = wording.plural(account.followers or 0, "follower")
        given = _(
            "A business account is given the {spot} whatever its followers, a personal one from about {number} on.",
            spot=spot.label,
            number=spot.personal_from or 0,
        )
        say_it = _(
            "Until then, a spoken word: make a link whose ending is a word, say it early in the video, and show it on "
            "screen. People type it."
        )
        return Steps(
            _(
                "With {followers}, a personal {platform} has no tappable spot: business account, or a spoken word",
                followers=followers,
                platform=label,
            ),
            (given, *_delay(platform), say_it),
            tappable=False,
        )
    spots = placements.tappable(platform)
    if platform == "other":
        title = _("Elsewhere, hang links where a tap opens them: {spots}", spots=spots)
    else:
        title = _("On {platform}, hang links where a tap opens them: {spots}", platform=label, spots=spots)
    return Steps(title, (*_unsure(platform, account), *_delay(platform), *_dead(platform)))


def delay(platform: str, placement: placements.Placement) -> str:
    """How long a link may take to show in a spot, in a sentence; "" where it shows at once."""
    if not placement.shows_after:
        return ""
    label = placements.platform_label(platform)
    return _("{platform}’s link may take {time} to show.", platform=label, time=placement.shows_after)


def _delay(platform: str) -> tuple[str, ...]:
    said = delay(platform, placements.of_profile(platform))
    return (said,) if said else ()


def _unsure(platform: str, account: Account) -> tuple[str, ...]:
    spot = placements.from_followers(platform)
    if spot is None or account.kind != "personal" or account.followers is not None:
        return ()
    said = _(
        "A personal account is given the {spot} from about {number} followers on: say how many you have.",
        spot=spot.label,
        number=spot.personal_from or 0,
    )
    return (said,)


def _dead(platform: str) -> tuple[str, ...]:
    dead = [wording.small(row.label) for row in placements.of_platform(platform) if row.dead]
    if not dead:
        return ()
    return (_("An address is mere text there, which nobody can tap: {spots}.", spots=wording.listed(dead)),)
