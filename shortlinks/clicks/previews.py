"""What link previews tell: how often a link was pasted into a chat, and what else was fetched for previews. Pure.

iMessage and WhatsApp fetch a preview on the sender's own device (`neighbours.SENDERS_OWN`), so theirs, grouped in time, are
pastes into chats. There may be more: a second chat within those minutes is not told apart, and a message that is passed on
takes its preview along. What other apps fetch is shown apart, because it tells no number of people or chats.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shortlinks.clicks import neighbours
from shortlinks.words import wording
from shortlinks.words.language import N_, _

_WHY = {
    "Facebook": N_("Facebook fetches again and again"),
    "Mastodon": N_("each Mastodon server fetches for itself"),
}
"""Why an app's fetches are no number of people: Meta's are cached for some 30 days and then repeated (cachebot)."""
_WHY_OTHERS = N_("one fetch can serve many who see the link")


@dataclass(frozen=True, slots=True)
class Previews:
    """By app, most first: `pasted` counts pastes of the link into chats, `fetched` the hits by previews of all other apps."""

    pasted: dict[str, int]
    fetched: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {"pasted": dict(self.pasted), "fetched": dict(self.fetched)}

    def chats(self) -> str:
        """The pastes in a sentence: `Pasted into at least 3 chats: iMessage 2, WhatsApp 1.` Empty without any."""
        if not self.pasted:
            return ""
        chats = wording.plural(sum(self.pasted.values()), "chat")
        return _("Pasted into at least {chats}: {apps}.", chats=chats, apps=_listed(self.pasted))

    def others(self) -> str:
        """What else was fetched, and why it is no number of people, in two sentences. Empty without any."""
        if not self.fetched:
            return ""
        why = [reason for app, reason in _WHY.items() if app in self.fetched]
        why += [_WHY_OTHERS] if self.fetched.keys() - _WHY else []
        apps, reasons = _listed(self.fetched), wording.capital(_joined([_(each) for each in why]))
        if self.pasted:
            return _(
                "Other link previews: {apps}. {reasons}, so this tells no number of people or chats.",
                apps=apps,
                reasons=reasons,
            )
        return _(
            "Link previews: {apps}. {reasons}, so this tells no number of people or chats.", apps=apps, reasons=reasons
        )


def of(beside: Mapping[tuple[str, str], int]) -> Previews:
    """The previews in what is counted beside a post's reasons (see `rollups.beside`)."""
    pasted = {app: number for (kind, app), number in beside.items() if kind == "pasted" and number}
    fetched = {
        app: number
        for (kind, app), number in beside.items()
        if kind == "preview" and number and app not in neighbours.SENDERS_OWN
    }
    return Previews(_most_first(pasted), _most_first(fetched))


def _most_first(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _listed(counted: Mapping[str, int]) -> str:
    # No line breaks between an app and its number.
    return ", ".join(f"{app}\u00a0{wording.number(count)}" for app, count in counted.items())


def _joined(parts: Iterable[str]) -> str:
    """`a`, `a, and b`, `a, b, and c`."""
    *first, last = parts
    return _("{more}, and {last}", more=", ".join(first), last=last) if first else last
