"""Conversions: one success on the target site each (a sale, a sign-up), told to us with a click id, a slug or a coupon code."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from shortlinks import ids, keys, times
from shortlinks.clicks.click_ids import Clicked
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.links import link_records, links
from shortlinks.owner import settings
from shortlinks.records import nouns
from shortlinks.rollups import counted
from shortlinks.sales import conversion_fields, refunds
from shortlinks.sales.conversion_fields import Asked
from shortlinks.sales.conversion_records import CREDITED as CREDITED
from shortlinks.sales.conversion_records import OUTSIDE_WINDOW as OUTSIDE_WINDOW
from shortlinks.sales.conversion_records import PIXEL as PIXEL
from shortlinks.sales.conversion_records import SOURCES as SOURCES
from shortlinks.sales.conversion_records import Conversion as Conversion
from shortlinks.sales.conversion_records import decode as decode
from shortlinks.sales.conversion_records import stage, tell, unstage
from shortlinks.store import Question, Store
from shortlinks.words.language import _

_WHOLE = ""
"""The member of the index that says that everything is in it."""
_AT_ONCE = 500


def report(
    store: Store, fields: Any, *, now: int, source: str = "api", post_id: str | None = None
) -> tuple[Conversion, bool]:
    """The conversion that `fields` tell of, and whether it is new. An `external_id` that is known changes nothing.

    It counts for the post that the link promoted at the click, or, by slug or coupon alone, when it occurred; or for
    `post_id`, which the creator says, where the link ever promoted that one. The click id says which link, or else the slug,
    or else the coupon, which with one of them need be no link's. A click longer before than the window of the settings is
    credited to no post. A refund goes where its sale went, or waits for it.

    `source` is one of SOURCES. What is known from the PIXEL alone is no conversion of its post, and gives way to the same
    `external_id` from another source. Raises Invalid, and Conflict("external_id") when it was reported before with another
    kind, link, coupon, amount, currency or sale.
    """
    asked = conversion_fields.read(fields, now=now, public=source == PIXEL)
    own_id = ids.new()

    def change(pipe: Any) -> tuple[Conversion, bool]:
        raw = pipe.get(keys.conversion(asked.external_id))
        known = None if raw is None else decode(raw)
        if known is not None and (known.verified or source == PIXEL):
            if not asked.told_by(known):
                raise Conflict(
                    "external_id", _("{given} was reported before, with other content", given=repr(asked.external_id))
                )
            return known, known.id == own_id
        draft = Conversion(
            id=own_id,
            external_id=asked.external_id,
            kind=asked.kind,
            post_id=None,
            slug=None,
            click_id=asked.click.id if asked.click else None,
            coupon=asked.coupon,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            occurred_at=asked.occurred_at,
            created_at=now,
            refunds=asked.refunds,
            source=source,
        )
        if asked.refunds is not None:
            made, waited = refunds.beside_sale(pipe, asked, draft), []
        else:
            made = _credited(pipe, asked, draft, post_id)
            waited = refunds.settled(pipe, made) if made.verified else []
        pipe.multi()
        if known is not None and raw is not None:
            unstage(pipe, known, raw)
        for each in (made, *waited):
            stage(pipe, each)
            tell(pipe, each)
        return made, True

    return nouns.commit(store, change, keys.conversion(asked.external_id))


def remove(store: Store, post_id: str, external_id: str) -> Conversion:
    """Take back a typed conversion of a post, with its refunds. Raises NotFound, and Conflict for one that was not typed."""

    def change(pipe: Any) -> Conversion:
        raw = pipe.get(keys.conversion(external_id))
        found = None if raw is None else decode(raw)
        if raw is None or found is None or found.post_id != post_id:
            raise NotFound("conversion", external_id)
        if found.source != "typed":
            raise Conflict("external_id", _("was not typed here: only its shop can take it back, by a refund"))
        pipe.watch(keys.refunds(external_id))
        taken = [(each, pipe.get(keys.conversion(each.external_id))) for each in refunds.of_sale(pipe, external_id)]
        pipe.multi()
        for conversion, record in ((found, raw), *taken):
            unstage(pipe, conversion, record)
            tell(pipe, conversion, "removed")
        return found

    return nouns.commit(store, change, keys.conversion(external_id))


def find(store: Store, external_id: str) -> Conversion | None:
    """What was reported under this id, None when nothing was."""
    raw = store.redis.get(keys.conversion(external_id))
    return None if raw is None else decode(raw)


def of_post(store: Store, post_id: str) -> list[Conversion]:
    """A post's conversions in the order in which they were reported."""
    return of_posts(store, [post_id])[0]


def of_posts(store: Store, post_ids: Sequence[str]) -> list[list[Conversion]]:
    """What `of_post` gives, for each of these posts; read at once."""
    lists = nouns.read_lists(store, map(keys.post_conversions, post_ids))
    return [[decode(raw) for raw in raws] for raws in lists]


def beside(store: Store, post_id: str) -> list[Conversion]:
    """What is in a post's records and none of its conversions: refunds, unverified ones, and those outside of the window."""
    return both(store, post_id)[1]


def both(store: Store, post_id: str) -> tuple[list[Conversion], list[Conversion]]:
    """What `of_post` and `beside` give; read at once."""
    return both_of_posts(store, [post_id])[0]


def both_of_posts(store: Store, post_ids: Sequence[str]) -> list[tuple[list[Conversion], list[Conversion]]]:
    """What `both` gives, for each of these posts; read at once."""
    names = [key(post_id) for post_id in post_ids for key in (keys.post_conversions, keys.post_beside)]
    lists = [list(map(decode, raws)) for raws in nouns.read_lists(store, names)]
    return list(zip(lists[0::2], lists[1::2], strict=True))


def between(
    store: Store, post_id: str | None = None, *, start: int | None = None, end: int | None = None
) -> list[Conversion]:
    """What occurred from `start` to before `end`, refunds and what counts for no post too, or what is credited to one post.

    Oldest first. Of all posts nothing is read that did not occur then.
    """
    if post_id is None:
        found = _occurred(store, start, end)
    else:
        found = [
            each
            for each in chain(*both(store, post_id))
            if each.credit == CREDITED
            and (start is None or each.occurred_at >= start)
            and (end is None or each.occurred_at < end)
        ]
    return sorted(found, key=lambda each: (each.occurred_at, each.id))


def _occurred(store: Store, start: int | None, end: int | None) -> list[Conversion]:
    """Everything that was reported and occurred then, by the index, which a store from before there was one gets now."""
    if store.redis.zscore(keys.CONVERSIONS, _WHOLE) is None:
        names = [key(each) for each in counted.ids(store) for key in (keys.post_conversions, keys.post_beside)]
        reported = [decode(raw) for raws in nouns.read_lists(store, names) for raw in raws] + refunds.waiting(store)
        places = {each.external_id: each.occurred_at for each in reported}
        store.redis.zadd(keys.CONVERSIONS, places | {_WHOLE: -1})
    low, high = 0 if start is None else max(0, start), "+inf" if end is None else f"({end}"
    there = [name.decode() for name in store.redis.zrange(keys.CONVERSIONS, low, high, byscore=True)]
    found = []
    for first in range(0, len(there), _AT_ONCE):
        raws = store.redis.mget([keys.conversion(name) for name in there[first : first + _AT_ONCE]])
        found += [decode(raw) for raw in raws if raw is not None]
    return found


def any_reported(store: Store, post_ids: Iterable[str]) -> bool:
    """Whether a conversion was ever reported for one of these posts."""
    names = list(map(keys.post_conversions, post_ids))
    return bool(names) and bool(store.redis.exists(*names))


def numbers(store: Store, post_ids: Sequence[str]) -> list[int]:
    """How many conversions each of these posts has; read at once."""
    found: list[int] = store.answers(asking_numbers(post_ids))[0]
    return found


def asking_numbers(post_ids: Sequence[str]) -> Question[list[int]]:
    """For what `numbers` gives, to be asked with other questions."""
    return Question(("LLEN", [keys.post_conversions(post_id) for post_id in post_ids]), list)


def _credited(pipe: Any, asked: Asked, draft: Conversion, post_id: str | None) -> Conversion:
    """The conversion with the link that brought it, and its post."""
    slug = asked.slug or _slug_of(pipe, asked.coupon or "")
    named_by = "click_id" if asked.click else "slug" if asked.slug else "coupon"
    credited = replace(draft, slug=slug, post_id=_post_of(pipe, slug, asked, named_by, post_id))
    late = asked.click is not None and asked.occurred_at - asked.click.at > settings.window_in(pipe) * times.DAY
    return replace(credited, credit=OUTSIDE_WINDOW) if late else credited


def _slug_of(pipe: Any, coupon: str) -> str:
    """The link that has a coupon code now."""
    slug = link_records.with_coupon(pipe, coupon)
    if slug is None:
        raise Invalid.field("coupon", _("is the code of no link"))
    return slug


def _post_of(pipe: Any, slug: str, asked: Asked, field: str, said: str | None) -> str:
    """The post that the link promoted at the click, or without one when it occurred, or which the creator `said`.

    It and the link are from now on watched. `field` named the link.
    """
    pipe.watch(keys.link(slug))
    raw = pipe.get(keys.link(slug))
    if raw is None:
        raise Invalid.field(field, _("names no link"))
    link = links.decode(raw)
    if said is not None and said not in {turn.post_id for turn in link.history}:
        raise Invalid.field(field, _("never promoted this post"))
    post_id = said or _turn_of(link, asked.click, asked.occurred_at).post_id
    if nouns.missing(pipe, keys.post(post_id)):
        raise Invalid.field(field, _("belongs to a post that was erased"))
    return post_id


def _turn_of(link: links.Link, click: Clicked | None, occurred_at: int) -> links.Turn:
    """The turn of the link that the click was counted for: the one it names, or by time where that is all there is."""
    if click is None:
        return links.turn_at(link, occurred_at)
    if click.rev is not None and click.rev <= link.rev:
        return link.history[click.rev]
    if click.at < link.created_at - nouns.SKEW:
        raise Invalid.field("click_id", _("is older than its link"))
    return links.turn_at(link, click.at)
