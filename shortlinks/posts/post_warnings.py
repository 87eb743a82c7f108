"""What is allowed of a post and will not work as hoped."""

from shortlinks.placements import placements
from shortlinks.posts import permalinks
from shortlinks.posts.posts import Post
from shortlinks.words.language import _

Warnings = list[tuple[str, str]]
"""As (code, message)."""


def of(post: Post) -> Warnings:
    """The warnings of a post; nothing is refused for them."""
    address = permalinks.recognise(post.permalink)
    if address is None or not address.is_profile:
        return []
    label = placements.platform_label(address.platform)
    return [
        (
            "profile_permalink",
            _("The permalink is the address of a profile on {platform}, not of a post.", platform=label),
        )
    ]
