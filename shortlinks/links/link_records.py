"""Links as they are stored. `links` holds the verbs; what is here reads and writes within its transactions."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from shortlinks import keys
from shortlinks.errors import Conflict
from shortlinks.links import feed, link_index
from shortlinks.links.locations import Followable
from shortlinks.placements import placements
from shortlinks.records import events, nouns
from shortlinks.words.language import _


@dataclass(frozen=True, slots=True)
class Turn:
    """From the instant `from_` on, the link promoted `post_id` and led to `target`, until the next turn."""

    from_: int
    post_id: str
    target: str


@dataclass(frozen=True, slots=True)
class Before:
    """What another service had counted of a link when it was brought here, at the instant `at`: in no count of ours.

    `source` is its name in `link_imports.sources`, `id` what it called the link. `clicks` is None where it does not say.
    """

    clicks: int | None
    source: str
    at: int
    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """`state` is active, disabled or erased; whether it has expired is a matter of time: see `state_at`.

    `placement` is a whole id ("instagram/bio_link"), `utm` holds names without their "utm_", and `history[0]` is the
    creation and the last of it the present. Sales that are reported with the code `coupon` are the link's. `ids_since` is
    since when it adds click ids to its target as `click_id_param` says.
    """

    slug: str
    target: str
    placement: str
    post_id: str
    state: str
    expires_at: int | None
    forward_query: bool
    utm: dict[str, str] | None
    click_id_param: str | None
    created_at: int
    history: tuple[Turn, ...]
    coupon: str | None = None
    before: Before | None = None
    ids_since: int | None = None

    @property
    def rev(self) -> int:
        """How often the link was turned; `history[rev]` is the present."""
        return len(self.history) - 1


def stage(pipe: Any, link: Link, *, before: Link | None = None, claim: str | None = None) -> None:
    """Add to a transaction all that writes `link`, in the place of `before`, and tells the web processes of it."""
    pipe.set(keys.link(link.slug), _encode(link, claim))
    if before and before.coupon:
        pipe.hdel(keys.COUPONS, as_code(before.coupon))
    if link.coupon:
        pipe.hset(keys.COUPONS, as_code(link.coupon), link.slug)
    pipe.zadd(keys.LINKS, {link.slug: link.created_at})
    link_index.stage(pipe, link)
    turned = {link.slug: link.history[-1].from_}
    placement = placements.by_id(link.placement)
    in_bios = keys.bio_links(placement.platform)
    if link.state == "erased":
        pipe.zrem(in_bios, link.slug)
    else:
        pipe.zadd(keys.post_links(link.post_id), turned, nx=True)
        if placement.bio:
            pipe.zadd(in_bios, turned)
    feed.add(pipe, link.slug)


def state_at(link: Followable, now: int) -> str:
    """active, expired, disabled or erased at `now`."""
    if link.state == "active" and link.expires_at is not None and link.expires_at <= now:
        return "expired"
    return link.state


def became(before: Link, after: Link, now: int) -> str:
    """What a change made of a link: `ended`, or else `turned` to another target or post, or else `changed`."""
    if state_at(before, now) == "active" and state_at(after, now) != "active":
        return "ended"
    return "changed" if before.history == after.history else "turned"


def tell(pipe: Any, link: Link, change: str) -> None:
    """Add to a transaction the event that `change` became of a link; see `events`."""
    events.tell(pipe, "link", change, link.post_id, link.slug)


def as_code(coupon: str) -> str:
    """A coupon code as it is looked up: customers type it in any case, and with spaces."""
    return "".join(coupon.split()).lower()


def with_coupon(pipe: Any, coupon: str) -> str | None:
    """The slug of the link that has this code, which is from now on watched."""
    pipe.watch(keys.COUPONS)
    slug = pipe.hget(keys.COUPONS, as_code(coupon))
    return slug.decode() if slug is not None else None


def check_coupon(pipe: Any, coupon: str | None, slug: str, *, prefix: str = "") -> None:
    """Raise Conflict naming `prefix` + "coupon" when another link than `slug` has the code."""
    holder = with_coupon(pipe, coupon) if coupon else None
    if holder not in (None, slug):
        taken = _("{coupon} is the code of /{slug} already", coupon=repr(coupon), slug=holder or "")
        raise Conflict(f"{prefix}coupon", taken)


def tombstone(link: Link, post_id: str) -> Link:
    """`link` after its post was erased: it keeps its slug taken, and nothing that it said about that post."""
    history = tuple(replace(turn, target="") if turn.post_id == post_id else turn for turn in link.history)
    if link.post_id != post_id:
        return replace(link, history=history)
    cleared = replace(link, target="", state="erased", expires_at=None, utm=None, click_id_param=None, coupon=None)
    return replace(cleared, history=history, before=None, ids_since=None)


@nouns.remembered
def decode(raw: bytes | str) -> Link:
    """The link in a stored record."""
    record = nouns.load(raw)
    record.pop("claim", None)
    if record.get("click_id_param"):  # one from before that was noted has had it all the time
        record.setdefault("ids_since", record["created_at"])
    turns = (Turn(turn["from"], turn["post_id"], turn["target"]) for turn in record.pop("history"))
    before = record.pop("before", None)
    return Link(history=tuple(turns), before=Before(**before) if before else None, **record)


def _encode(link: Link, claim: str | None) -> str:
    record = asdict(link)
    record["history"] = [{"from": turn.from_, "post_id": turn.post_id, "target": turn.target} for turn in link.history]
    return nouns.dump(record if claim is None else {**record, "claim": claim})
