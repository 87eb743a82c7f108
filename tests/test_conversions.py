import bad_moments
import pytest

from shortlinks import clicks, conversions, keys, links, posts, times
from shortlinks.errors import Conflict, Invalid

HOSTS = frozenset({"sl.example"})
SALE = {"external_id": "order 1", "kind": "sale"}


def _post(store, now, slug=None):
    wanted = [{"placement": "bio_link", "target": "https://shop.example/", "slug": slug}] if slug else []
    fields = {"platform": "instagram", "title": "A", "links": wanted}
    return posts.create(store, fields, now=now, own_hosts=HOSTS)[0]


def _refused(store, now, **fields):
    with pytest.raises(Invalid) as caught:
        conversions.report(store, {**SALE, **fields}, now=now)
    return [field for field, _ in caught.value.errors]


def test_a_sale_is_found_by_its_click(fake, now):
    post = _post(fake, now, "bio")
    click_id = clicks.click_id("bio", 0, now + 5, "0123456789ab")
    sale = {**SALE, "click_id": click_id, "amount_minor": 1_999, "currency": "eur"}
    conversion, created = conversions.report(fake, sale, now=now + 9)
    assert created
    assert conversion == conversions.Conversion(
        id=conversion.id,
        external_id="order 1",
        kind="sale",
        post_id=post.id,
        slug="bio",
        click_id=click_id,
        coupon=None,
        amount_minor=1_999,
        currency="EUR",
        occurred_at=now + 9,
        created_at=now + 9,
    )
    assert conversions.of_post(fake, post.id) == [conversion]


def test_it_counts_for_the_post_that_the_link_promoted_at_the_click(fake, now):
    reel, following = _post(fake, now, "bio"), _post(fake, now)
    later = now + times.HOUR
    links.update(fake, "bio", {"post_id": following.id}, now=later, own_hosts=HOSTS)

    def post_of(number, **fields):
        return conversions.report(fake, {**SALE, "external_id": str(number), **fields}, now=later + 5)[0].post_id

    assert post_of(1, click_id=clicks.click_id("bio", 0, later - 1, "0" * 12)) == reel.id
    assert post_of(2, click_id=clicks.click_id("bio", 1, later, "0" * 12)) == following.id
    assert post_of(3, slug="BIO") == following.id
    assert post_of(4, slug="bio", occurred_at=times.rfc3339(later - 1_000)) == reel.id
    assert post_of(5, slug="bio", occurred_at=times.rfc3339(now - times.DAY)) == reel.id


@pytest.mark.parametrize("set_by", [-times.DAY, times.DAY], ids=["back", "forward"])
def test_a_clock_that_is_set_takes_no_sale_from_the_post_of_its_click(fake, now, set_by):
    """Clicks count for the turn that the web process knew, whatever time it is there or here."""
    reel, following = _post(fake, now, "bio"), _post(fake, now)
    links.update(fake, "bio", {"post_id": following.id}, now=now + times.HOUR, own_hosts=HOSTS)
    for rev, post in enumerate((reel, following)):
        click_id = clicks.click_id("bio", rev, now + times.HOUR + set_by, "0" * 12)
        sale = {**SALE, "external_id": str(rev), "click_id": click_id}
        assert conversions.report(fake, sale, now=now + 2 * times.HOUR)[0].post_id == post.id


@pytest.mark.parametrize("beyond", ["", "2", "ffffffff"], ids=["none", "not there", "far off"])
def test_an_id_without_the_turn_of_its_link_is_found_by_time(fake, now, beyond):
    """Those of the first clicks have none, and a turn may be lost with a server's last second."""
    reel, following = _post(fake, now, "bio"), _post(fake, now)
    later = now + times.HOUR
    links.update(fake, "bio", {"post_id": following.id}, now=later, own_hosts=HOSTS)
    for at, post in ((later - 1, reel), (later, following)):
        sale = {**SALE, "external_id": str(at), "click_id": f"bio.{at:011x}{'0' * 12}{beyond}"}
        assert conversions.report(fake, sale, now=later + 5)[0].post_id == post.id


def test_reporting_it_again_changes_nothing(fake, now):
    post = _post(fake, now, "bio")
    first, _ = conversions.report(fake, {**SALE, "slug": "bio"}, now=now)
    again = conversions.report(fake, {**SALE, "slug": "BIO", "kind": "Sale"}, now=now + 5)
    assert again == (first, False)
    assert conversions.of_post(fake, post.id) == [first]


@pytest.mark.parametrize(
    "change",
    [{"kind": "refund"}, {"slug": "other"}, {"amount_minor": 1}, {"currency": "USD"}, {"amount_minor": None}],
    ids=str,
)
def test_reporting_it_again_differently_is_refused_and_changes_nothing(fake, now, change):
    post, other = _post(fake, now, "bio"), _post(fake, now, "other")
    sale = {**SALE, "slug": "bio", "amount_minor": 1_999, "currency": "EUR"}
    first, _ = conversions.report(fake, sale, now=now)
    with pytest.raises(Conflict) as caught:
        conversions.report(fake, {**sale, **change}, now=now)
    assert caught.value.field == "external_id"
    assert (conversions.of_post(fake, post.id), conversions.of_post(fake, other.id)) == ([first], [])


def test_reports_at_the_same_moment_make_one_conversion(store, now):
    post = _post(store, now, "bio")
    first = []
    sale = {**SALE, "slug": "bio"}
    racing = bad_moments.interrupted(store, lambda: first.append(conversions.report(store, sale, now=now)[0]))
    assert conversions.report(racing, sale, now=now) == (first[0], False)
    assert conversions.of_post(store, post.id) == first


def test_a_conversion_of_a_post_that_is_erased_at_the_same_moment_is_refused(store, now):
    post = _post(store, now, "bio")
    with pytest.raises(Invalid, match="slug"):
        conversions.report(
            bad_moments.interrupted(store, lambda: posts.purge(store, post.id)), {**SALE, "slug": "bio"}, now=now
        )
    assert not store.redis.exists(keys.post_conversions(post.id), keys.conversion("order 1"))


def test_a_transaction_whose_answer_was_lost_reports_it_once_and_as_new(store, server, now):
    post = _post(store, now, "bio")
    broken, connection = bad_moments.cut_once(server)
    conversion, created = conversions.report(broken, {**SALE, "slug": "bio"}, now=now)
    assert (connection.cuts, created) == (1, True)
    assert conversions.of_post(store, post.id) == [conversion]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["click_id"]),
        ({"external_id": None, "kind": None, "slug": "bio"}, ["external_id", "kind"]),
        ({"external_id": "x" * 201, "slug": "bio"}, ["external_id"]),
        ({"external_id": "a\nb", "slug": "bio"}, ["external_id"]),
        ({"kind": "big sale!", "slug": "bio"}, ["kind"]),
        ({"slug": "nope"}, ["slug"]),
        ({"slug": "a b"}, ["slug"]),
        ({"slug": 5}, ["slug"]),
        ({"click_id": "bio"}, ["click_id"]),
        ({"click_id": 5}, ["click_id"]),
        ({"click_id": "nope.019a0000000" + "0" * 12}, ["click_id"]),
        ({"click_id": "bio.fffffffffff" + "0" * 12}, ["click_id"]),
        ({"click_id": "bio.00000000001" + "0" * 12}, ["click_id"]),
        ({"click_id": clicks.click_id("bio", 0, 1_795_300_000_000, "0" * 12), "slug": "other"}, ["slug"]),
        ({"slug": "bio", "coupon": "SUMMER"}, ["coupon"]),
        ({"slug": "bio", "amount_minor": 5}, ["currency"]),
        ({"slug": "bio", "amount_minor": 5, "currency": "euro"}, ["currency"]),
        ({"slug": "bio", "amount_minor": -5, "currency": "EUR"}, ["amount_minor"]),
        ({"slug": "bio", "amount_minor": 19.99, "currency": "EUR"}, ["amount_minor"]),
        ({"slug": "bio", "amount_minor": True, "currency": "EUR"}, ["amount_minor"]),
        ({"slug": "bio", "occurred_at": "2026-12-24T00:00:00Z"}, ["occurred_at"]),
        ({"slug": "bio", "colour": "red"}, ["colour"]),
    ],
)
def test_bad_input_names_its_fields_and_writes_nothing(fake, now, fields, named):
    post = _post(fake, now, "bio")
    before = sorted(fake.redis.keys())
    assert _refused(fake, now, **fields) == named
    assert sorted(fake.redis.keys()) == before
    assert conversions.of_post(fake, post.id) == []


def test_there_is_no_conversion_for_an_erased_post(store, now):
    post = _post(store, now, "bio")
    posts.purge(store, post.id)
    assert _refused(store, now, slug="bio") == ["slug"]
    assert not store.redis.exists(keys.post_conversions(post.id))
