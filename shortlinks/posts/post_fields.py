"""What may be asked of a post. Checks only; `posts` stores."""

import unicodedata
from typing import Any

from shortlinks import times, urls
from shortlinks.errors import Invalid
from shortlinks.placements import placements
from shortlinks.records import nouns
from shortlinks.words.language import _

CREATE = (
    "platform",
    "profile_id",
    "kind",
    "part_of",
    "siblings",
    "title",
    "permalink",
    "published_at",
    "tags",
    "followers",
    "notes",
    "links",
    "experiment",
)
UPDATE = (
    "title",
    "kind",
    "permalink",
    "published_at",
    "tags",
    "followers",
    "notes",
    "archived",
    "part_of",
    "siblings",
)
KINDS = ("video", "image", "story", "text", "live", "pin")
ALIASES = {
    "reel": "video",
    "reels": "video",
    "short": "video",
    "shorts": "video",
    "clip": "video",
    "photo": "image",
    "picture": "image",
    "carousel": "image",
    "stories": "story",
    "tweet": "text",
    "thread": "text",
    "post": "text",
    "stream": "live",
    "livestream": "live",
    "idea_pin": "pin",
}
"""What platforms and people call the kinds."""

LONGEST_TITLE = 200
LONGEST_NOTES = 5_000
LONGEST_TAG = 40
MOST_TAGS = 20
MOST_SIBLINGS = 20
MOST_LINKS = 50
FARTHEST_PUBLICATION = 366 * times.DAY

title = nouns.text(LONGEST_TITLE)
notes = nouns.or_empty(nouns.text(LONGEST_NOTES, lines=True))
_tag = nouns.text(LONGEST_TAG)


def title_from(text: str) -> str:
    """Text that nobody wrote for this, as `title` takes it: of one line, without control characters, cut. May be empty."""
    plain = "".join(" " if unicodedata.category(letter) in nouns.REFUSED else letter for letter in text[:1_000])
    return " ".join(plain.split())[:LONGEST_TITLE].strip()


def platform(value: Any, field: str) -> str:
    """A check for a platform of the catalogue."""
    name = value.strip().lower() if isinstance(value, str) else ""
    if name not in placements.platforms():
        raise Invalid.field(field, _("must be one of {words}", words=", ".join(placements.platforms())))
    return name


def kind(value: Any, field: str) -> str:
    """A check for a kind of post; takes the platforms' words ("reel") and gives ours ("video")."""
    word = value.strip().lower() if isinstance(value, str) else ""
    found = ALIASES.get(word, word)
    if found not in KINDS:
        ours, theirs = ", ".join(KINDS), ", ".join(ALIASES)
        raise Invalid.field(
            field, _("must be one of {words}, or what people call them: {others}", words=ours, others=theirs)
        )
    return found


def permalink(value: Any, field: str) -> str:
    """A check for the post's address on its platform."""
    return urls.permalink(value, field)


def published_at(now: int) -> nouns.Check[int]:
    """A check for when the post was or will be published."""
    return nouns.instant(latest=now + FARTHEST_PUBLICATION, beyond=_("is more than a year ahead"))


def tags(value: Any, field: str) -> tuple[str, ...]:
    """A check for a list of tags: a leading # is dropped, as is one that differs from an earlier one in case only.

    No tag has a comma: people type several with commas between them.
    """
    if not isinstance(value, list | tuple):
        raise Invalid.field(field, _("must be a list of texts"))
    if len(value) > MOST_TAGS:
        raise Invalid.field(field, _("are more than {most}", most=MOST_TAGS))
    found: dict[str, str] = {}
    errors: list[tuple[str, str]] = []
    for number, item in enumerate(value):
        try:
            tag = _tag(item.strip().removeprefix("#") if isinstance(item, str) else item, f"{field}[{number}]")
            if "," in tag:
                raise Invalid.field(f"{field}[{number}]", _("must not hold a comma: send several tags as several"))
            found.setdefault(tag.casefold(), tag)
        except Invalid as invalid:
            errors += invalid.errors
    if errors:
        raise Invalid(errors)
    return tuple(found.values())


def siblings(value: Any, field: str) -> tuple[str, ...]:
    """A check for a list of posts' ids."""
    if not isinstance(value, list | tuple):
        raise Invalid.field(field, _("must be a list of posts' ids"))
    if len(value) > MOST_SIBLINGS:
        raise Invalid.field(field, _("are more than {most}", most=MOST_SIBLINGS))
    return tuple(dict.fromkeys(nouns.an_id(item, f"{field}[{number}]") for number, item in enumerate(value)))


def wished_links(value: Any, field: str) -> list[Any]:
    """A check for the list of links to make with the post; each is read by `link_fields`."""
    if not isinstance(value, list | tuple):
        raise Invalid.field(field, _("must be a list of links"))
    if len(value) > MOST_LINKS:
        raise Invalid.field(field, _("are more than {most}", most=MOST_LINKS))
    return list(value)
