"""What becomes of webhooks: conversions and refunds, each once; orders that are no link's, kept and counted."""

import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from clicking import NOW, make_link
from hook_cast import SECRETS, Sent, charged_back, gumroad, kofi, ordered, paid, returned

from shortlinks import keys, times
from shortlinks.clicks import clicks
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.sales import conversions, refunds, revenue
from shortlinks.shop_hooks import orders, told
from shortlinks.store import Store

OWN = frozenset({"go.example"})


def take(store: Store, system: str, sent: Sent, now: int = NOW) -> str:
    (outcome,) = orders.take(store, system, SECRETS[system], *sent, now=now)
    return outcome


def counted(store: Store, system: str) -> dict[str, int]:
    return dict(orders.counts(store, system, days=1, now=NOW))


def click_id(link: links.Link, ago: int = times.HOUR) -> str:
    return clicks.click_id(link.slug, link.rev, NOW - ago, "0" * 12)


@pytest.fixture
def link(fake: Store) -> links.Link:
    return make_link(fake, now=NOW - times.DAY, slug="bio", coupon="MUG10")


def by_click(number: int, click: str) -> dict[str, Sent]:
    """An order of each system that can pass a click id on."""
    return {
        "stripe": paid(f"pi_{number}", at=NOW, client_reference_id=click.replace(".", "_")),
        "shopify": ordered(number, landing_site=f"/?sl={click}"),
        "gumroad": gumroad(f"g{number}", **{"url_params[sl]": click}),
    }


def test_an_order_by_click_id_is_a_conversion_once(fake: Store, link: links.Link) -> None:
    for system, sent in by_click(1, click_id(link)).items():
        assert [take(fake, system, sent) for _ in range(3)] == ["sale", "again", "again"], system
        assert counted(fake, system) == {"sale": 1, "again": 2}
    found = conversions.of_post(fake, link.post_id)
    assert [(each.external_id, each.source, each.amount_minor, each.currency) for each in found] == [
        ("stripe:pi_1", "stripe", 1_250, "EUR"),
        ("shopify:1", "shopify", 1_250, "EUR"),
        ("gumroad:g1", "gumroad", 1_250, "USD"),
    ]
    assert all(each.verified and each.click_id == click_id(link) and each.credit == "post" for each in found)


def test_a_coupon_code_names_the_link_where_no_click_id_does(fake: Store, link: links.Link) -> None:
    codes = {"discount_codes": [{"code": "SUMMER"}, {"code": "mug 10"}]}
    assert take(fake, "shopify", ordered(1, **codes)) == "sale"
    assert take(fake, "shopify", ordered(2, landing_site="/?sl=gone.000000000000000000000000", **codes)) == "sale"
    assert take(fake, "stripe", paid("pi_1", at=NOW, metadata={"coupon": "MUG10"})) == "sale"
    assert take(fake, "gumroad", gumroad("g1", offer_code="mug10")) == "sale"
    other = make_link(fake, now=NOW - times.DAY)
    assert take(fake, "shopify", ordered(3, landing_site=f"/?sl={click_id(other)}", **codes)) == "sale"
    assert len(conversions.of_post(fake, link.post_id)) == 4
    assert [each.coupon for each in conversions.of_post(fake, other.post_id)] == ["SUMMER"]


# By what a supporter wrote: what becomes of the payment.
MESSAGES = {
    "From your reel, code MUG10!": "sale",
    "saw it at go.example/bio": "sale",
    "BIO": "sale",
    "mug10 bio": "sale",
    "bio or other?": "several",
    "biography, mug100, _bio_x": "no_link",
    "ümug10": "no_link",
    "": "no_link",
    "<script>alert(1)</script> \u202e \0": "no_link",
    "word " * 2_000: "no_link",
}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda text: text[:20])
def test_a_message_at_ko_fi_names_a_link_by_a_word_of_its_own(fake: Store, link: links.Link, message: str) -> None:
    make_link(fake, now=NOW - times.DAY, slug="other")
    assert take(fake, "kofi", kofi("t1", message=message)) == MESSAGES[message]
    assert len(conversions.of_post(fake, link.post_id)) == (MESSAGES[message] == "sale")


def test_an_erased_link_is_named_by_nobody(fake: Store, link: links.Link) -> None:
    posts.purge(fake, link.post_id)
    assert take(fake, "kofi", kofi("t1", message="bio mug10")) == "no_link"
    assert take(fake, "shopify", ordered(1, landing_site=f"/?sl={click_id(link)}")) == "click"


UNCREDITED = {
    "no_link": {},
    "click": {"landing_site": "/?sl=nothing", "discount_codes": [{"code": "SUMMER"}]},
    "coupon": {"discount_codes": [{"code": "SUMMER"}]},
}


@pytest.mark.parametrize("reason", UNCREDITED)
def test_an_order_of_no_link_is_kept_with_its_reason_and_counted_once(fake: Store, reason: str) -> None:
    sent = ordered(1, **UNCREDITED[reason])
    assert [take(fake, "shopify", sent) for _ in range(2)] == [reason, "again"]
    assert take(fake, "shopify", ordered(2, "7.00", **UNCREDITED[reason])) == reason
    assert counted(fake, "shopify") == {reason: 2, "again": 1}
    kept = orders.uncredited(fake, "shopify", limit=5)
    assert [(each.id, each.reason, each.amount_minor) for each in kept] == [
        ("shopify:2", reason, 700),
        ("shopify:1", reason, 1_250),
    ]
    assert orders.uncredited(fake, "stripe", limit=5) == []
    assert 179 * 86_400 < fake.redis.ttl(keys.uncredited("shopify:1")) <= 180 * 86_400
    assert conversions.between(fake) == []


def test_only_the_newest_hundred_are_listed(fake: Store) -> None:
    for number in range(1, 104):
        take(fake, "shopify", ordered(number))
    assert len(orders.uncredited(fake, "shopify", limit=500)) == 100
    assert counted(fake, "shopify") == {"no_link": 103}


def test_an_order_that_is_told_again_when_a_link_has_its_code_is_credited(fake: Store, link: links.Link) -> None:
    sent = ordered(1, discount_codes=[{"code": "LATER"}])
    assert take(fake, "shopify", sent) == "coupon"
    links.update(fake, "bio", {"coupon": "LATER"}, now=NOW, own_hosts=OWN)
    assert [take(fake, "shopify", sent), take(fake, "shopify", returned(5, 1, "2.00"))] == ["sale", "refunded"]
    assert orders.uncredited(fake, "shopify", limit=5) == []
    assert not fake.redis.exists(keys.uncredited("shopify:1"))


def test_an_order_long_after_its_click_is_kept_beside_and_counted(fake: Store) -> None:
    old = make_link(fake, now=NOW - 90 * times.DAY)
    assert take(fake, "shopify", ordered(1, landing_site=f"/?sl={click_id(old, 31 * times.DAY)}")) == "late"
    assert take(fake, "shopify", ordered(2, landing_site=f"/?sl={click_id(old, 29 * times.DAY)}")) == "sale"
    # What counts is when it was paid, not when it was told.
    then = times.rfc3339(NOW - 40 * times.DAY)
    late = ordered(3, landing_site=f"/?sl={click_id(old, 50 * times.DAY)}", processed_at=then)
    assert take(fake, "shopify", late) == "sale"
    assert [each.credit for each in conversions.beside(fake, old.post_id)] == ["outside_window"]


@pytest.mark.parametrize("at", ["2004-12-31T00:00:00Z", "2099-01-01T00:00:00Z", "no time", None, 5])
def test_a_time_that_cannot_be_is_now(fake: Store, link: links.Link, at: Any) -> None:
    assert take(fake, "shopify", ordered(1, landing_site=f"/?sl={click_id(link)}", processed_at=at)) == "sale"
    assert [each.occurred_at for each in conversions.of_post(fake, link.post_id)] == [NOW]


def test_the_same_number_at_two_shops_is_two_orders_and_told_otherwise_it_changes_nothing(
    fake: Store, link: links.Link
) -> None:
    click = click_id(link)
    told_all = [("stripe", paid("1", at=NOW, client_reference_id=click)), *by_click(1, click).items()]
    assert [take(fake, *each) for each in told_all] == ["sale"] * 4
    assert take(fake, "shopify", ordered(1, "99.00", landing_site=f"/?sl={click}")) == "differs"
    assert take(fake, "shopify", ordered(1, currency="USD")) == "differs"
    assert {each.amount_minor for each in conversions.of_post(fake, link.post_id)} == {1_250}


def test_what_the_pixel_told_counts_once_the_shop_tells_it(fake: Store, link: links.Link) -> None:
    seen = {"external_id": "shopify:1", "kind": "sale", "slug": "bio", "amount_minor": 9, "currency": "EUR"}
    conversions.report(fake, seen, now=NOW, source="pixel")
    assert take(fake, "shopify", ordered(1, landing_site=f"/?sl={click_id(link)}")) == "sale"
    assert [each.amount_minor for each in conversions.of_post(fake, link.post_id)] == [1_250]
    assert conversions.beside(fake, link.post_id) == []


def test_refunds_are_taken_once_before_and_after_their_sale(fake: Store, link: links.Link) -> None:
    sale = paid("pi_1", at=NOW, client_reference_id=click_id(link))
    first, second = charged_back("pi_1", 300, 0, at=NOW), charged_back("pi_1", 1_250, 300, at=NOW)
    told_all = [second, sale, first, second, first, sale]
    assert [take(fake, "stripe", each) for each in told_all] == [
        *("refunded", "sale", "refunded"),
        *("again", "again", "again"),
    ]
    (total,) = revenue.shown([*conversions.between(fake)]).counted.sums
    assert (total.amount_minor, total.refunded_minor, total.net_minor) == (1_250, 1_250, 0)
    assert refunds.waiting(fake) == []
    assert take(fake, "stripe", charged_back("pi_1", 2_000, 1_250, at=NOW)) == "misfit"
    assert take(fake, "stripe", charged_back("pi_1", 1_300, 1_250, at=NOW, currency="usd")) == "misfit"


def test_a_refund_of_gumroad_takes_its_sale_back_whole(fake: Store, link: links.Link) -> None:
    sale = gumroad("g1", **{"url_params[sl]": click_id(link)})
    back = gumroad("g1", refunded="true", resource_name="refund")
    assert [take(fake, "gumroad", each) for each in (back, back, sale, back)] == ["refunded", "again", "sale", "again"]
    assert [each.net_minor for each in revenue.shown(conversions.between(fake)).counted.sums] == [0]


@pytest.mark.parametrize("refund_first", [True, False])
def test_a_refund_of_an_order_of_no_link_does_not_wait_for_it(fake: Store, refund_first: bool) -> None:
    both = [returned(5, 1, "2.00"), ordered(1)]
    outcomes = [take(fake, "shopify", each) for each in (both if refund_first else both[::-1])]
    assert outcomes == (["refunded", "no_link"] if refund_first else ["no_link", "unused"])
    before = fake.redis.get(keys.REVISION)
    assert [take(fake, "shopify", each) for each in both] == ["unused", "again"]
    assert fake.redis.get(keys.REVISION) == before
    assert refunds.waiting(fake) == []
    assert conversions.find(fake, "shopify:refund:5") is None
    assert fake.redis.zcard(keys.refunds("shopify:1")) == 0


def test_what_is_not_ours_or_not_the_shops_is_counted_and_changes_nothing(fake: Store, link: links.Link) -> None:
    assert take(fake, "shopify", ordered(1, financial_status="pending")) == "unused"
    assert take(fake, "shopify", ordered(1, test=True)) == "test"
    assert take(fake, "shopify", ordered(1, "x")) == "amount"
    assert orders.last(fake, "shopify") == (NOW, NOW)
    for system, sent, reason in (
        *(("shopify", (ordered(1)[0], {}), "signature"), ("stripe", paid("pi_1", at=0), "replay")),
        *(("kofi", (b"", {}), "body"), ("gumroad", gumroad("g", seller_id="x"), "seller")),
        ("kofi", kofi("t1", verification_token="x"), "token"),
    ):
        with pytest.raises(told.Refused, match=reason):
            take(fake, system, sent)
        assert counted(fake, system)[reason] == 1
    assert orders.last(fake, "kofi") == (None, None)
    fake.redis.hset("sl:{n}:arrived", mapping={"kofi": 5, "shopify": 6})  # as they were kept under a former name
    assert orders.last(fake, "kofi") == (5, None)
    assert orders.last(fake, "shopify") == (NOW, NOW)
    assert conversions.between(fake) == []
    later = NOW + 2 * times.DAY
    assert orders.counts(fake, "kofi", days=1, now=later) == Counter()
    assert orders.counts(fake, "kofi", days=3, now=later) == Counter(body=1, token=1)
    assert 29 * 86_400 < fake.redis.ttl(keys.hooks(times.day_of(NOW))) <= 30 * 86_400


def test_the_same_event_fifty_times_at_once_is_one(store: Store) -> None:
    link = make_link(store, now=NOW - times.DAY)
    barrier = Barrier(50)

    def one(sent: Sent) -> str:
        barrier.wait(60)
        return take(store, "shopify", sent)

    with ThreadPoolExecutor(50) as pool:
        for sent, first in (
            (ordered(1, landing_site=f"/?sl={click_id(link)}"), "sale"),
            (ordered(2), "no_link"),
            (returned(5, 1, "2.00"), "refunded"),
        ):
            outcomes = Counter(pool.map(one, [sent] * 50))
            assert outcomes == {first: 1, "again": 49}
    assert len(conversions.of_post(store, link.post_id)) == 1
    assert [each.amount_minor for each in conversions.beside(store, link.post_id)] == [-200]
    assert counted(store, "shopify") == {"sale": 1, "no_link": 1, "refunded": 1, "again": 147}


def test_an_order_of_no_link_and_its_refund_at_once_leave_nothing_that_waits(store: Store) -> None:
    barrier = Barrier(2)

    def one(sent: Sent) -> str:
        barrier.wait(60)
        return take(store, "shopify", sent)

    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 41):
            list(pool.map(one, [ordered(number), returned(number, number, "2.00")]))
            assert refunds.waiting(store) == [], number


@pytest.mark.parametrize(("orders", "most"), [(110, 300), pytest.param(3_600, 10_000, marks=pytest.mark.slow)])
def test_any_order_of_deliveries_ends_in_the_same_sums(store: Store, orders: int, most: int) -> None:
    """Orders of all systems and refunds in parts, each told up to three times, in whatever order."""
    chance = random.Random(7)
    made = [make_link(store, now=NOW - times.DAY, coupon=f"CODE{number}") for number in range(3)]
    deliveries: list[tuple[str, Sent]] = []
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    alone = 0
    for number in range(1, orders + 1):
        link, code = chance.choice(made), chance.choice(("EUR", "JPY", "KWD"))
        system = chance.choice(("stripe", "shopify", "gumroad", "kofi"))
        places = {"EUR": 2, "JPY": 0, "KWD": 3}[code]
        # Stripe takes three decimals only where the last is 0.
        amount = chance.randrange(10, 10_000) * 10
        parts = [amount // 3, amount // 3][: chance.randrange(3)]
        click, credited = click_id(link), chance.random() < 0.8
        if system == "stripe":
            reference = click.replace(".", "_") if credited else None
            deliveries.append(
                (system, paid(f"pi_{number}", amount, code.lower(), at=NOW, client_reference_id=reference))
            )
            for place, part in enumerate(parts):
                before = sum(parts[:place])
                back = charged_back(f"pi_{number}", before + part, before, at=NOW, currency=code.lower())
                deliveries.append((system, back))
        elif system == "shopify":
            site = f"/?sl={click}" if credited else "/"
            deliveries.append((system, ordered(number, written(amount, places), code, landing_site=site)))
            for place, part in enumerate(parts):
                back = returned(number * 10 + place, number, written(part, places), currency=code)
                deliveries.append((system, back))
        elif system == "gumroad":
            code, parts = "USD", [amount] if parts else []
            named = {"offer_code": link.coupon} if credited else {}
            deliveries.append((system, gumroad(f"g{number}", str(amount), **named)))
            if parts:
                deliveries.append((system, gumroad(f"g{number}", str(amount), refunded="true", resource_name="refund")))
        else:
            parts, message = [], f"thanks {link.coupon}" if credited else "thanks"
            deliveries.append((system, kofi(f"t{number}", written(amount, places), code, message=message)))
        if credited:
            sums[link.post_id][code] += amount
            taken[link.post_id][code] += sum(parts)
        alone += not credited
    deliveries = [each for each in deliveries for _ in range(chance.randrange(1, 4))]
    chance.shuffle(deliveries)
    assert len(deliveries) > most
    outcomes = Counter(take(store, *each) for each in deliveries)
    for link in made:
        found = revenue.shown(conversions.between(store, link.post_id)).counted.sums
        assert {each.currency: each.amount_minor for each in found} == dict(sums[link.post_id])
        assert {each.currency: each.refunded_minor for each in found if each.refunded_minor} == dict(
            +taken[link.post_id]
        )
    assert (outcomes["sale"], outcomes["no_link"]) == (orders - alone, alone)
    assert not {*outcomes} - {"sale", "no_link", "refunded", "again", "unused"}
    assert refunds.waiting(store) == []


def written(minor: int, places: int) -> str:
    whole, fraction = divmod(minor, 10**places)
    return f"{whole}.{fraction:0{places}d}" if places else str(whole)
