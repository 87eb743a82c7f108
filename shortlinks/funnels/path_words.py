"""The steps of a post's path in words: what each number counts, and where people are who get lost before the next. Pure."""

from shortlinks.words.language import N_

Step = tuple[str, str]
"""From one number of the path to a later one."""

NAMES = {
    "views": N_("views"),
    "profile_visits": N_("profile visits"),
    "link_taps": N_("link taps"),
    "clicks": N_("clicks"),
    "arrivals": N_("arrivals"),
    "conversions": N_("conversions"),
}
"""What several of a number are called, within a sentence."""

BETWEEN = {
    ("views", "profile_visits"): N_("between watching and looking at your profile"),
    ("views", "link_taps"): N_("between watching and tapping the link"),
    ("views", "clicks"): N_("between watching and tapping the link"),
    ("profile_visits", "link_taps"): N_("between your profile and the link"),
    ("profile_visits", "clicks"): N_("between your profile and the link"),
    ("link_taps", "clicks"): N_("between the tap and our server"),
    ("clicks", "arrivals"): N_("between our server and your page"),
    ("clicks", "conversions"): N_("between arriving and buying"),
}


def noun(name: str) -> str:
    """One of a number, as wording.plural knows it: `profile visit` of `profile_visits`."""
    return name.replace("_", " ").removesuffix("s")
