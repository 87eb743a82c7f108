"""What a spot takes: what can be tapped there, how much fits, and a text to paste, show or say that does. Pure."""

from dataclasses import dataclass

from shortlinks import urls
from shortlinks.placements import placements
from shortlinks.placements.placements import Placement
from shortlinks.words import wording
from shortlinks.words.language import N_, _, pgettext

_IN_PROFILE = N_("Link in my profile")
# What people call the place on platforms where it has a name of its own.
_IN_BIO = dict.fromkeys(("instagram", "tiktok", "x", "threads", "bluesky", "snapchat"), N_("Link in bio")) | {
    "youtube": N_("Link on my channel")
}
_ELLIPSIS = "…"
_SHORTEST_TITLE = 12
"""A title that has to be cut further than to so many characters is left out."""

# Letters that count once where others count twice (`Placement.wide_counts`): X's own twitter-text, config/v3.json (2018).
_NARROW = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


@dataclass(frozen=True, slots=True)
class Caption:
    """`tap` and `limit` are sentences, `text` is what to use for `purpose`, `takes` says how much of the room it takes.

    All but `tap` may be "".
    """

    tap: str
    limit: str
    purpose: str
    text: str
    takes: str


def of_link(
    placement: Placement, short_url: str, *, title: str, in_bio: bool = False, typed: str = "", coupon: str = ""
) -> Caption:
    """What helps to hang the link `short_url` in a spot, for a post called `title`.

    `in_bio`: a link in the profile leads on from the post, too. `typed` is the short address of a link that is made to be
    typed, if there is one. `coupon` is named in the text.
    """
    purpose, lines = _lines(placement, short_url, in_bio=in_bio, typed=typed)
    code = _("Code: {coupon}", coupon=coupon) if coupon else ""
    if placement.name == "spoken":
        text = _spoken(short_url, coupon)
    else:
        text = _fitted(title if _takes_a_title(placement) else "", [*lines, code], placement, short_url)
    return Caption(
        tap=_tap(placement),
        limit=_limit(placement, short_url),
        purpose=purpose if text else "",
        text=text,
        takes=_takes(text, placement, short_url),
    )


def counted(text: str, placement: Placement, short_url: str) -> int:
    """How many characters `text` takes there, where each address may count for a number of its own."""
    addresses = 0
    if placement.address_counts is not None:
        addresses = text.count(short_url) * placement.address_counts
        text = text.replace(short_url, "")
    wide = placement.wide_counts or 1
    return addresses + sum(1 if _narrow(letter) else wide for letter in text)


def spoken(short_url: str) -> str:
    """An address as one says it: `go dot example slash mug`."""
    address = urls.as_typed(short_url)
    for sign, name in ((".", _("dot")), ("/", _("slash")), ("-", pgettext("sign", "dash")), (":", _("colon"))):
        address = address.replace(sign, f" {name} ")
    return address


def _spoken(short_url: str, coupon: str) -> str:
    address = spoken(short_url)
    if coupon:
        return _("Go to {address} and use the code {coupon}.", address=address, coupon=coupon)
    return _("Go to {address}", address=address)


def _tap(placement: Placement) -> str:
    if placement.clickable:
        return _("A tap on the address opens it.")
    if placement.name == "spoken":
        return _("Nobody can tap it: people hear it and type it.")
    if placement.typed:
        return _("Nobody can tap it: people see it and type it.")
    return _("Nobody can tap an address here: it is mere text.")


def _limit(placement: Placement, short_url: str) -> str:
    fits = placement.limits
    said = _("What fits: {limits}.", limits=fits) if fits else ""
    most, has = placement.shortens_over, len(short_url)
    if most is None:
        return said
    characters = wording.plural(has, "character")
    if has <= most:
        yours = _("Yours has {characters}, so it stays as it is.", characters=characters)
    else:
        label = placements.platform_label(placement.platform)
        yours = _("Yours has {characters}, so {platform} shows one of its own.", characters=characters, platform=label)
    return f"{said} {yours}".strip()


def _lines(placement: Placement, short_url: str, *, in_bio: bool, typed: str) -> tuple[str, list[str]]:
    """What the text is for, and its lines below the title."""
    address = urls.as_typed(short_url)
    if placement.name == "spoken":
        return _("What to say"), []
    if placement.typed:
        return _("What to show"), [address]
    bio = _(_IN_BIO.get(placement.platform, _IN_PROFILE))
    if placement.dead:
        type_it = _("Type {address} into your browser", address=typed or address)
        return _("Text to paste"), [bio if in_bio and not placement.bio else type_it]
    if placement.audience == "profile":
        return _("Text for the post’s caption"), [bio]
    return (_("Text beside it"), []) if placement.bare else (_("Text to paste"), [short_url])


def _takes_a_title(placement: Placement) -> bool:
    return not (placement.typed or placement.bare or placement.audience == "profile")


def _fitted(title: str, lines: list[str], placement: Placement, short_url: str) -> str:
    """The lines below as much of the title as there is room for."""
    rest = "\n".join(filter(None, lines))

    def fits(text: str) -> bool:
        return placement.chars is None or counted(text, placement, short_url) <= placement.chars

    shorter = (title[:length].rstrip() + _ELLIPSIS for length in range(len(title) - 1, _SHORTEST_TITLE - 1, -1))
    tried = (f"{kept}\n{rest}" for kept in (title, *shorter) if kept)
    return next(filter(fits, tried), rest)


def _takes(text: str, placement: Placement, short_url: str) -> str:
    # The text for a profile's link goes into a caption, whose room this spot does not tell.
    if not text or placement.chars is None or (placement.audience == "profile" and not placement.dead):
        return ""
    takes = counted(text, placement, short_url)
    if takes > placement.chars:
        return _("It takes {number} of {most} characters: too many.", number=takes, most=placement.chars)
    if placement.address_counts:
        return _(
            "It takes {number} of {most} characters; the address counts as {address}.",
            number=takes,
            most=placement.chars,
            address=placement.address_counts,
        )
    return _("It takes {number} of {most} characters.", number=takes, most=placement.chars)


def _narrow(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _NARROW)
