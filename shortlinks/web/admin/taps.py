"""Single clicks, and opens of bio pages, in words, for the lists that show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shortlinks.bio_pages import bio_pages
from shortlinks.clicks import classify, counting, own_taps, sources
from shortlinks.clicks.clicks import Kept
from shortlinks.clicks.selves import Selves
from shortlinks.rollups import kept_clicks
from shortlinks.store import Store
from shortlinks.web.admin import local, words
from shortlinks.words.language import _

HUMAN = "human"
BY_SOMEBODY = (HUMAN, "repeat", "burst", classify.SELF)
"""What a tap can be that somebody made: the owner, perhaps."""
_NEWEST = 20


@dataclass(frozen=True)
class Tap:
    """A click and what the page says of it.

    `what` it was, `why` it was taken for that, `who` made it, and `besides`, what a follower's would have been where it was the
    creator's own. `facts` are (label, value) of what is known of it. `said`: the creator said that its visitor was them;
    `claimed`: that, or it came from a marked browser or while they were testing.
    """

    click: Kept
    what: str
    why: str
    who: str
    besides: str
    facts: tuple[tuple[str, str], ...]
    said: bool
    claimed: bool

    @property
    def counts(self) -> bool:
        """Whether it is one of the clicks by people."""
        return self.click.reason == HUMAN

    @property
    def own(self) -> bool:
        """Whether it is counted as the creator's."""
        return self.click.reason == classify.SELF

    @property
    def asked(self) -> bool:
        """Whether to ask if it was the creator's."""
        return self.click.reason in BY_SOMEBODY and not self.own and not self.claimed

    @property
    def waits(self) -> bool:
        """Whether it has to be counted again, because it is counted as the creator's and is not, or the other way round."""
        return self.click.reason in BY_SOMEBODY and self.own != self.claimed


def newest(store: Store, post_id: str, tz: ZoneInfo) -> list[tuple[str, Tap]]:
    """The newest clicks of a post, or opens of the bio page of a profile (`post_id` is its id), each with its time."""
    found = read(kept_clicks.newest(store, post_id, _NEWEST), own_taps.read(store))
    return [(local.minute(tap.click.at, tz), tap) for tap in found]


def read(found: Iterable[Kept], mine: Selves) -> list[Tap]:
    """Clicks in words. `mine` are the marks of the creator's own."""
    return [_tap(click, mine) for click in found]


def _tap(click: Kept, mine: Selves) -> Tap:
    came_from = sources.name(click.origin)
    who = counting.described(
        app=click.app,
        device=click.device,
        os=click.os,
        browser=click.browser,
        country=click.country,
        referrer=came_from,
    )
    facts = (
        (_("App or network"), click.app),
        (_("Device"), "" if click.device == "other" else counting.device(click.device)),
        (_("System"), click.os),
        (_("Browser"), click.browser),
        (_("Country"), click.country),
        (_("Came from"), came_from),
        (_("Agent known by"), classify.read_agent(click.user_agent).rule),
    )
    known = tuple((label, value) for label, value in facts if value.lower() not in ("", "other"))
    return Tap(
        click,
        words.opened(click.reason) if bio_pages.is_open(click) else words.hit(click.reason),
        _why(click, mine),
        who,
        _besides(click),
        known,
        said=mine.said(click.visitor, click.at),
        claimed=classify.marked(click.signals) or mine.claim(click.visitor, click.net, click.at),
    )


def _why(click: Kept, mine: Selves) -> str:
    if click.reason != classify.SELF:
        return classify.meaning(click.reason)
    if classify.marked(click.signals):
        return _("The browser is marked as yours.")
    if mine.said(click.visitor, click.at):
        return _("You said that this visitor was you.")
    if mine.tested(click.net, click.at):
        return _("It came from the network that you were testing in.")
    return classify.meaning(classify.SELF)


def _besides(click: Kept) -> str:
    if click.reason != classify.SELF:
        return ""
    signals = ",".join(token for token in click.signals.split(",") if token != classify.SELF)
    reason = classify.classify(click.method, signals, click.user_agent, click.origin).reason
    if reason == HUMAN:
        return _("A follower’s first tap like this would have counted.")
    said, meaning = _("From a follower it would not have counted either."), classify.meaning(reason)
    return f"{said} {words.hit(reason)}: {meaning}"
