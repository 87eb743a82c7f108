"""What reminders say: that readings are due, and on Mondays how things stand. Pure."""

from collections.abc import Sequence

from shortlinks.funnels.pools import Pool
from shortlinks.reminders.channels import Message
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext

_MOST_POOLS = 3
_MOST_TITLES = 5
TEST = N_("This is how reminders look")


def due(found: Sequence[tuple[str, str]], link: str) -> Message:
    """A message that these readings are due: (title of the post, `24 hours`)."""
    title = _("Note the numbers of {posts}", posts=wording.plural(len(found), "post"))
    lines = [_("{title} (at {reading})", title=name, reading=reading) for name, reading in found[:_MOST_TITLES]]
    return Message(title, [*lines, *_more(len(found))], link)


def weekly(
    pools: Sequence[Pool], outside: Sequence[tuple[str, bool]], overview: str, titles: Sequence[str], link: str
) -> Message:
    """Monday's message: what the posts of 28 days bring together and whether that changed, what stands out, what is due.

    `outside` are posts of the last week outside of their usual range, as (title, whether more); `titles` of posts whose
    numbers are due; `overview` how many posts stand out.
    """
    lines = [f"{pool.where}: {pool.sentence}" for pool in pools[:_MOST_POOLS]]
    if not lines:
        lines.append(_("No post of the last 28 days has views to count by yet."))
    lines += [
        _("{title}: more clicks than usual.", title=name)
        if more
        else _("{title}: fewer clicks than usual.", title=name)
        for name, more in outside[:_MOST_TITLES]
    ]
    lines += [overview] if overview else []
    if titles:
        named = wording.listed([*titles[:_MOST_TITLES], *_more(len(titles))])
        lines.append(
            ngettext(
                "{count} post wants its numbers noted: {titles}.",
                "{count} posts want their numbers noted: {titles}.",
                len(titles),
                titles=named,
            )
        )
    else:
        lines.append(_("No numbers are due."))
    return Message(_("The last 28 days"), lines, link)


def test(link: str) -> Message:
    """A message to try a channel with."""
    return Message(_(TEST), [_("It works: numbers that are due and Monday’s summary come here.")], link)


def _more(many: int) -> list[str]:
    return [_("{number} more", number=many - _MOST_TITLES)] if many > _MOST_TITLES else []
