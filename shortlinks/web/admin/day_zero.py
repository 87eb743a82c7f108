"""A post that nobody clicked and of which no numbers are known: what there is, in words, and what to do next."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shortlinks.clicks.previews import Previews
from shortlinks.funnels import reports
from shortlinks.funnels.funnel import Funnel
from shortlinks.links import links
from shortlinks.placements import first_steps, placements
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.snapshots import readings
from shortlinks.snapshots.snapshots import Snapshot
from shortlinks.web.admin import words
from shortlinks.words import wording
from shortlinks.words.language import _

_PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class DayZero:
    """`sum` says who the hits were, `hung` the spots with a link, `waits` how long a link may take to show there.

    `dead`: nobody can tap it there, and a finding says what helps. `come_back` is when the numbers are to be noted first.
    """

    sum: str
    hung: str
    waits: Sequence[str]
    dead: bool
    come_back: str


def of_post(known: reports.Known, funnel: Funnel, *, now: int) -> DayZero | None:
    """What to say instead of a path from views to clicks; None as soon as there is anything of it to show."""
    if funnel.ledger["human"] or funnel.snapshot_at is not None or funnel.ledger["lost"]:
        return None
    usable = [link for link in known.ever if links.leads_on(link, known.post.id, now)]
    spots = list(dict.fromkeys(placements.by_id(link.placement) for link in usable))
    waits = [first_steps.delay(spot.platform, spot) for spot in spots]
    return DayZero(
        sum=summed(funnel.ledger, funnel.previews),
        hung=wording.listed([wording.small(spot.label) for spot in spots]) if spots else "",
        waits=list(dict.fromkeys(filter(None, waits))),
        dead=bool(spots) and (all(spot.dead for spot in spots) or _nowhere(funnel)),
        come_back=_come_back(known.post, now),
    )


def of_posts(totals: Iterable[dict[str, int]], taken: Iterable[Sequence[Snapshot]]) -> str:
    """The same sum over all of some posts; "" as soon as a person clicked on one, or numbers of one are noted."""
    hits: Counter[str] = Counter()
    for total in totals:
        hits.update(rollups.ledger(total))
    if hits["human"] or hits["lost"] or any(taken):
        return ""
    return summed(hits, Previews({}, {}))


def summed(ledger: Mapping[str, int], previews: Previews) -> str:
    """`1 hit = 0 people + 1 preview from Instagram: nobody yet.`"""
    parts = [
        wording.plural(0, "person"),
        *words.reasons(ledger, {_PREVIEW: _preview(ledger.get(_PREVIEW, 0), previews)}),
    ]
    if len(parts) == 1:
        return _("0 hits: nobody yet, and no app fetched a preview.")
    return _("{hits} = {parts}: nobody yet.", hits=wording.plural(ledger["hits"], "hit"), parts=" + ".join(parts))


def _preview(count: int, previews: Previews) -> str:
    apps = list(dict.fromkeys((*previews.pasted, *previews.fetched)))
    counted = wording.plural(count, "preview")
    return _("{previews} from {apps}", previews=counted, apps=wording.listed(apps)) if apps else counted


def _nowhere(funnel: Funnel) -> bool:
    return any(finding.code in ("no_tappable_spot", "other_format") for finding in funnel.findings)


def _come_back(post: Post, now: int) -> str:
    first = readings.of_post(post.kind, post.published_at, [], now=now)[0]
    if first.state != "later":
        return _("Note views and likes now")
    if post.kind == "story":
        return _("Come back before it is gone and note views and likes, when it is {age} old", age=first.asked.label)
    return _("Come back tomorrow and note views and likes, when it is {age} old", age=first.asked.label)
