"""What people call the numbers that a platform tells of a post, in the language that is spoken. Pure."""

from shortlinks.words import wording
from shortlinks.words.language import N_, _

LABELS = {
    "views": N_("Views"),
    "likes": N_("Likes"),
    "reach": N_("Reach"),
    "comments": N_("Comments"),
    "shares": N_("Shares"),
    "saves": N_("Saves"),
    "profile_visits": N_("Profile visits"),
    "link_taps": N_("Link taps"),
    "non_followers": N_("Non-followers"),
}


def label(name: str) -> str:
    """What a number of a snapshot is called: `Profile visits`."""
    return _(LABELS[name])


def small(name: str) -> str:
    """The same within a sentence: `profile visits`."""
    return wording.small(label(name))
