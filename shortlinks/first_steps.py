"""What one can do today on a platform, from what the placement catalogue knows and the account that one has. Pure."""

from dataclasses import dataclass

from shortlinks import findings_links, placements, wording
from shortlinks.cases import Account

_SAY_IT = (
    "Until then, a spoken word: make a link whose ending is a word, say it early in the video, and show it on screen. "
    "People type it."
)


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
        return Steps(
            f"With {followers}, a personal {label} has no tappable spot: business account, or a spoken word",
            (
                f"A business account is given the {spot.label} whatever its followers, a personal one from about "
                f"{wording.number(spot.personal_from or 0)} on.",
                *_delay(platform),
                _SAY_IT,
            ),
            tappable=False,
        )
    where = "Elsewhere" if platform == "other" else f"On {label}"
    return Steps(
        f"{where}, hang links where a tap opens them: {placements.tappable(platform)}",
        (*_unsure(platform, account), *_delay(platform), *_dead(platform)),
    )


def delay(platform: str, placement: placements.Placement) -> str:
    """How long a link may take to show in a spot, in a sentence; "" where it shows at once."""
    if not placement.shows_after:
        return ""
    return f"{placements.platform_label(platform)}’s link may take {placement.shows_after} to show."


def _delay(platform: str) -> tuple[str, ...]:
    said = delay(platform, placements.of_profile(platform))
    return (said,) if said else ()


def _unsure(platform: str, account: Account) -> tuple[str, ...]:
    spot = placements.from_followers(platform)
    if spot is None or account.kind != "personal" or account.followers is not None:
        return ()
    least = wording.number(spot.personal_from or 0)
    return (f"A personal account is given the {spot.label} from about {least} followers on: say how many you have.",)


def _dead(platform: str) -> tuple[str, ...]:
    dead = [wording.small(row.label) for row in placements.of_platform(platform) if row.dead]
    return (f"An address is mere text there, which nobody can tap: {wording.listed(dead)}.",) if dead else ()
