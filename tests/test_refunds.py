"""Refunds go where their sale went, whichever of the two comes first, and sums come out the same in any order."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bad_moments
import fakeredis
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks import store as stores
from shortlinks.clicks import clicks
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import links
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.sales import conversions, refunds, revenue
from shortlinks.sales.revenue import Revenue, Sum
from shortlinks.store import Store

NOW = 1_795_300_000_000
HOSTS = frozenset({"sl.example"})
SALE = {"external_id": "order 1", "kind": "sale", "slug": "bio", "amount_minor": 5_000, "currency": "EUR"}
REFUND = {
    "external_id": "refund 1", "kind": "refund", "refunds": "order 1", "amount_minor": -2_000, "currency": "EUR"
}  # fmt: skip


def _post(store: Store, slug: str, now: int = NOW) -> str:
    wanted = [{"placement": "bio_link", "target": "https://shop.example/", "slug": slug}]
    fields = {"platform": "instagram", "title": "A", "links": wanted}
    return posts.create(store, fields, now=now, own_hosts=HOSTS)[0].id


def _report(store: Store, fields: dict[str, Any], source: str = "api", now: int = NOW) -> conversions.Conversion:
    return conversions.report(store, fields, now=now, source=source)[0]


def _refused(store: Store, fields: dict[str, Any], source: str = "api") -> list[str]:
    with pytest.raises(Invalid) as caught:
        _report(store, fields, source)
    return [field for field, _ in caught.value.errors]


def _counted(store: Store, post_id: str) -> Revenue:
    return revenue.shown([*conversions.of_post(store, post_id), *conversions.beside(store, post_id)]).counted


@pytest.mark.parametrize("order", [(SALE, REFUND), (REFUND, SALE)], ids=["after its sale", "before it"])
def test_a_refund_goes_where_its_sale_went(fake: Store, order: tuple[dict[str, Any], ...]) -> None:
    post_id, other = _post(fake, "bio"), _post(fake, "other")
    for fields in order:
        _report(fake, fields)
    links.update(fake, "bio", {"post_id": other}, now=NOW + times.HOUR, own_hosts=HOSTS)
    refund = _report(fake, REFUND)
    assert (refund.post_id, refund.slug, refund.credit) == (post_id, "bio", "post")
    assert _counted(fake, post_id) == Revenue(1, 1, (Sum("EUR", 5_000, 2_000, 3_000),))
    assert conversions.numbers(fake, [post_id, other]) == [1, 0]
    assert refunds.waiting(fake) == []


def test_a_refund_before_its_sale_waits_and_is_told_as_such(fake: Store) -> None:
    _post(fake, "bio")
    first, created = conversions.report(fake, REFUND, now=NOW)
    assert (created, first.credit, first.post_id, first.slug) == (True, "waiting", None, None)
    assert refunds.waiting(fake) == [first]
    assert conversions.report(fake, REFUND, now=NOW + 5) == (first, False)
    with pytest.raises(Conflict, match="external_id"):
        _report(fake, {**REFUND, "amount_minor": -1})
    with pytest.raises(Conflict, match="external_id"):
        _report(fake, {**REFUND, "refunds": "order 2"})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"currency": "USD"}, ["currency"]),
        ({"amount_minor": -5_001}, ["amount_minor"]),
        ({"amount_minor": 5}, ["amount_minor"]),
        ({"amount_minor": 0}, ["amount_minor"]),
        ({"amount_minor": None, "currency": None}, ["amount_minor"]),
        ({"currency": None}, ["currency"]),
        ({"refunds": None, "slug": "bio"}, ["amount_minor"]),
        ({"refunds": "refund 1"}, ["refunds"]),
        ({"refunds": "refund 0"}, ["refunds"]),
        ({"refunds": "free"}, ["refunds"]),
        ({"refunds": 5}, ["refunds"]),
        ({"amount_minor": -(10**12) - 1}, ["amount_minor"]),
        ({"amount_minor": -20.0}, ["amount_minor"]),
        ({"amount_minor": "-20"}, ["amount_minor"]),
    ],
    ids=str,
)
def test_a_refund_that_does_not_fit_names_the_field(fake: Store, changes: dict[str, Any], fields: list[str]) -> None:
    post_id = _post(fake, "bio")
    _report(fake, SALE)
    _report(fake, {**REFUND, "external_id": "refund 0", "amount_minor": -1})
    _report(fake, {"external_id": "free", "kind": "sign-up", "slug": "bio"})
    before = conversions.beside(fake, post_id)
    assert _refused(fake, {**REFUND, **changes}) == fields
    assert conversions.beside(fake, post_id) == before


def test_all_refunds_of_a_sale_together_take_no_more_than_it_brought(fake: Store) -> None:
    post_id = _post(fake, "bio")
    _report(fake, SALE)
    for number in (1, 2):
        _report(fake, {**REFUND, "external_id": f"r{number}"})
    assert _refused(fake, {**REFUND, "external_id": "r3"}) == ["amount_minor"]
    _report(fake, {**REFUND, "external_id": "r4", "amount_minor": -1_000})
    assert _counted(fake, post_id) == Revenue(1, 1, (Sum("EUR", 5_000, 5_000, 0),))


def test_refunds_that_came_first_and_do_not_fit_are_kept_and_credited_to_nothing(fake: Store) -> None:
    post_id = _post(fake, "bio")
    for name, amount, code in (("a", -3_000, "EUR"), ("b", -3_000, "EUR"), ("c", -5, "USD"), ("d", -2_000, "EUR")):
        _report(fake, {**REFUND, "external_id": name, "amount_minor": amount, "currency": code})
    _report(fake, SALE)
    assert {each.external_id: each.credit for each in conversions.beside(fake, post_id)} == {
        "a": "post", "b": "more_than_sale", "c": "other_currency", "d": "post"
    }  # fmt: skip
    assert _counted(fake, post_id) == Revenue(1, 1, (Sum("EUR", 5_000, 5_000, 0),))
    assert not fake.redis.exists(keys.WAITING_REFUNDS)


def test_a_sale_that_is_reported_while_its_refund_comes_in_is_found(store: Store) -> None:
    for first, second in ((REFUND, SALE), (SALE, REFUND)):
        store.redis.flushall()
        post_id = _post(store, "bio")
        _report(bad_moments.interrupted(store, lambda other=second: _report(store, other)), first)
        assert _counted(store, post_id).sums == (Sum("EUR", 5_000, 2_000, 3_000),)
        assert refunds.waiting(store) == []


def test_two_refunds_at_the_same_moment_take_no_more_than_the_sale_brought(store: Store) -> None:
    post_id = _post(store, "bio")
    _report(store, SALE)
    other = {**REFUND, "external_id": "other", "amount_minor": -4_000}
    racing = bad_moments.interrupted(store, lambda: _report(store, other))
    assert _refused(racing, REFUND) == ["amount_minor"]
    assert _counted(store, post_id).sums == (Sum("EUR", 5_000, 4_000, 1_000),)


def test_erasing_a_post_erases_its_refunds_and_those_that_wait_by_its_links(store: Store) -> None:
    post_id, other = _post(store, "bio"), _post(store, "other")
    _report(store, SALE)
    _report(store, REFUND)
    _report(store, {**REFUND, "external_id": "waits", "refunds": "order 2", "slug": "bio"})
    _report(store, {**REFUND, "external_id": "stays", "refunds": "order 3", "slug": "other"})
    posts.purge(store, post_id)
    assert [each.external_id for each in conversions.between(store)] == ["stays"]
    assert {name.decode() for name in store.redis.keys("*:conversion:*")} == {keys.conversion("stays")}
    assert {name.decode() for name in store.redis.keys("*:refunds:*")} == {keys.refunds("order 3")}
    assert conversions.between(store, other) == []


# What the shop sends: sales through two links in two currencies, refunds of some, parts and whole.
_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["bio", "other"]),
        st.sampled_from(["EUR", "JPY"]),
        st.integers(0, 9_000),
        st.lists(st.integers(1, 3_000), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def _events(drawn: Sequence[tuple[str, str, int, list[int]]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, (slug, code, amount, taken) in enumerate(drawn):
        sale = {"external_id": f"o{number}", "kind": "sale", "slug": slug, "amount_minor": amount, "currency": code}
        found.append(sale)
        for part, back in enumerate(taken):
            if back <= amount:
                amount -= back
                refund = {"external_id": f"r{number}.{part}", "kind": "refund", "refunds": f"o{number}"}
                found.append(refund | {"amount_minor": -back, "currency": code})
    return found


def _expected(events: Sequence[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    slugs = {event["external_id"]: event.get("slug") for event in events}
    sums: Counter[tuple[str, str, str]] = Counter()
    for event in events:
        slug = slugs[event.get("refunds", event["external_id"])]
        sums[slug, event["currency"], "back" if "refunds" in event else "in"] += abs(event["amount_minor"])
        sums[slug, "", "sales"] += "refunds" not in event
    return +sums


def _found(store: Store, post_ids: dict[str, str]) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for slug, post_id in post_ids.items():
        counted = _counted(store, post_id)
        sums[slug, "", "sales"] = counted.count
        for each in counted.sums:
            assert each.net_minor == each.amount_minor - each.refunded_minor
            sums[slug, each.currency, "in"], sums[slug, each.currency, "back"] = each.amount_minor, each.refunded_minor
    return +sums


@hypothesis.settings(deadline=None, max_examples=60)
@given(drawn=_EVENTS, data=st.data())
def test_any_order_and_any_repetition_gives_the_same_sums(drawn: Any, data: st.DataObject) -> None:
    events = _events(drawn)
    again = data.draw(st.lists(st.sampled_from(events), max_size=8))
    store = stores.on(fakeredis.FakeRedis())
    post_ids = {slug: _post(store, slug) for slug in ("bio", "other")}
    for event in data.draw(st.permutations([*events, *again])):
        _report(store, event)
    assert _found(store, post_ids) == _expected(events)
    assert refunds.waiting(store) == []


@pytest.mark.parametrize("many", [60])
def test_many_threads_end_in_exact_sums(store: Store, many: int) -> None:
    draw = random.Random(7)
    drawn = [
        (draw.choice(["bio", "other"]), draw.choice(["EUR", "JPY"]), draw.randrange(9_000), [draw.randrange(1, 3_000)])
        for _ in range(many)
    ]
    events = _events(drawn)
    sent = [*events, *draw.sample(events, many // 3)]
    draw.shuffle(sent)
    post_ids = {slug: _post(store, slug) for slug in ("bio", "other")}
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda event: conversions.report(store, event, now=NOW)[1], sent))
    assert sum(made) == len(events)
    assert _found(store, post_ids) == _expected(events)
    assert refunds.waiting(store) == []


def test_what_the_pixel_tells_is_apart_until_somebody_verifies_it(fake: Store) -> None:
    post_id = _post(fake, "bio")
    told, _ = conversions.report(fake, SALE, now=NOW, source="pixel")
    assert (told.verified, told.source, told.credit) == (False, "pixel", "post")
    _report(fake, REFUND)  # waits: there is no sale yet that anybody knows of
    assert _refused(fake, {**REFUND, "external_id": "r2"}, "pixel") == ["refunds"]
    sold = revenue.shown([*conversions.of_post(fake, post_id), *conversions.beside(fake, post_id)])
    assert (sold.counted, sold.unverified) == (Revenue(0, 0, ()), Revenue(1, 0, (Sum("EUR", 5_000, 0, 5_000),)))
    assert conversions.numbers(fake, [post_id]) == [0]
    assert not conversions.any_reported(fake, [post_id])
    known, created = conversions.report(fake, {**SALE, "amount_minor": 5_100}, now=NOW, source="shopify")
    assert (created, known.verified, known.source) == (True, True, "shopify")
    with pytest.raises(Conflict):
        _report(fake, SALE, "pixel")
    assert [each.external_id for each in conversions.beside(fake, post_id)] == ["refund 1"]
    assert _counted(fake, post_id) == Revenue(1, 1, (Sum("EUR", 5_100, 2_000, 3_100),))


def test_a_record_from_before_is_verified_and_from_the_api() -> None:
    raw = (
        '{"v":1,"id":"a","external_id":"1","kind":"sale","post_id":"p","slug":"s","click_id":null,"coupon":null,'
        '"amount_minor":1,"currency":"EUR","occurred_at":1,"created_at":1}'
    )
    found = conversions.decode(raw)
    assert (found.source, found.verified, found.credit, found.refunds, found.counts) == (
        "api",
        True,
        "post",
        None,
        True,
    )


@pytest.mark.parametrize(("days", "credit"), [(30, "post"), (30.001, "outside_window")])
def test_a_click_longer_ago_than_the_window_is_credited_with_nothing(fake: Store, days: float, credit: str) -> None:
    clicked = NOW - int(days * times.DAY)
    post_id = _post(fake, "bio", now=NOW - 40 * times.DAY)
    click_id = clicks.click_id("bio", 0, clicked, "0" * 12)
    sale, _ = conversions.report(fake, {**SALE, "click_id": click_id}, now=NOW)
    refund = _report(fake, REFUND)
    assert (sale.credit, refund.credit) == (credit, credit)
    sold = revenue.shown([*conversions.of_post(fake, post_id), *conversions.beside(fake, post_id)])
    one = Revenue(1, 1, (Sum("EUR", 5_000, 2_000, 3_000),))
    late = credit != "post"
    assert (sold.outside_window if late else sold.counted, conversions.numbers(fake, [post_id])) == (one, [not late])
    assert len(conversions.between(fake)) == 2
    assert len(conversions.between(fake, post_id)) == (0 if late else 2)


def test_the_window_is_that_of_the_settings_and_none_for_a_slug(fake: Store) -> None:
    _post(fake, "bio", now=NOW - 40 * times.DAY)
    settings.set_conversion_window(fake, "7")
    click_id = clicks.click_id("bio", 0, NOW - 8 * times.DAY, "0" * 12)
    assert _report(fake, {**SALE, "click_id": click_id}).credit == "outside_window"
    assert _report(fake, {**SALE, "external_id": "2"}).credit == "post"
    settings.set_conversion_window(fake, "9")
    assert _report(fake, {**SALE, "external_id": "3", "click_id": click_id}).credit == "post"
    for bad in ("0", "366", "soon", ""):
        with pytest.raises(Invalid, match="window"):
            settings.set_conversion_window(fake, bad)


def test_a_typed_sale_is_taken_back_with_its_refunds_and_no_other_is(fake: Store) -> None:
    post_id = _post(fake, "bio")
    _report(fake, SALE, "typed")
    _report(fake, REFUND)
    _report(fake, {**SALE, "external_id": "2"})
    with pytest.raises(Conflict):
        conversions.remove(fake, post_id, "2")
    assert conversions.remove(fake, post_id, "order 1").amount_minor == 5_000
    assert [each.external_id for each in conversions.between(fake)] == ["2"]
    assert not fake.redis.exists(keys.refunds("order 1"), keys.conversion("order 1"), keys.conversion("refund 1"))


def _sold_by_the_hour(store: Store, count: int) -> None:
    """`order 0` now, `order 1` an hour ago, …; created long ago, so that the link was there."""
    _post(store, "bio", NOW - times.DAY)
    for number in range(count):
        own = {"external_id": f"order {number}", "occurred_at": times.rfc3339(NOW - number * times.HOUR)}
        _report(store, SALE | own)


def _names(store: Store, **span: int) -> list[str]:
    return [each.external_id for each in conversions.between(store, **span)]


def test_everything_is_found_by_when_it_occurred_also_where_the_index_was_not_there(fake: Store) -> None:
    _sold_by_the_hour(fake, 4)
    _report(fake, REFUND | {"refunds": "order 9"}, now=NOW + 1)
    everything = _names(fake)
    assert everything == ["order 3", "order 2", "order 1", "order 0", "refund 1"]
    assert _names(fake, start=NOW - 2 * times.HOUR, end=NOW - times.HOUR) == ["order 2"]
    fake.redis.delete(keys.CONVERSIONS)
    _report(fake, SALE | {"external_id": "order 5", "occurred_at": times.rfc3339(NOW - 5 * times.HOUR)})
    assert _names(fake) == ["order 5", *everything]


def test_of_all_posts_nothing_is_read_that_did_not_occur_then(fake: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _sold_by_the_hour(fake, 4)
    assert len(_names(fake)) == 4
    read: list[bytes] = []
    decode = conversions.decode

    def noted(raw: bytes) -> conversions.Conversion:
        read.append(raw)
        return decode(raw)

    monkeypatch.setattr(conversions, "decode", noted)
    assert _names(fake, start=NOW) == ["order 0"]
    assert len(read) == 1
