import bad_moments
import pytest

from shortlinks import keys, times
from shortlinks.clicks import clicks
from shortlinks.errors import Conflict, Invalid
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.sales import conversions

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


def test_a_click_id_is_the_same_in_any_case_and_with_a_low_line_for_its_dot(fake, now):
    _post(fake, now, "bio")
    click_id = clicks.click_id("bio", 0, now, "0" * 12)
    for number, given in enumerate((click_id, click_id.replace(".", "_"), f" {click_id.upper()} ")):
        told = conversions.report(fake, {**SALE, "external_id": str(number), "click_id": given}, now=now)[0]
        assert told.click_id == click_id


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


def _typed(store, now, coupon, slug="mug"):
    fields = {"placement": "on_screen", "target": "https://shop.example/", "slug": slug, "coupon": coupon}
    post, _ = posts.create(store, {"platform": "tiktok", "title": "B", "links": [fields]}, now=now, own_hosts=HOSTS)
    return post


def test_a_sale_is_found_by_the_coupon_of_a_link_in_any_case(fake, now):
    post = _typed(fake, now, "MUG10")
    conversion, created = conversions.report(fake, {**SALE, "coupon": " mug10 "}, now=now)
    assert created
    assert (conversion.post_id, conversion.slug, conversion.coupon) == (post.id, "mug", "mug10")
    assert conversions.of_post(fake, post.id) == [conversion]


@pytest.mark.parametrize("typed", ["mug10", "MUG 10", " m u g 1 0 ", "Mug\u00a010"])
def test_a_coupon_is_found_in_any_case_and_with_any_spaces_and_is_the_same_again(fake, now, typed):
    post = _typed(fake, now, "MUG10")
    first, _ = conversions.report(fake, {**SALE, "coupon": typed}, now=now)
    assert first.post_id == post.id
    assert conversions.report(fake, {**SALE, "coupon": "MUG10"}, now=now) == (first, False)


def test_by_coupon_it_counts_for_the_post_that_the_link_promoted_when_it_occurred(fake, now):
    post, following = _typed(fake, now, "MUG10"), _post(fake, now)
    later = now + times.HOUR
    links.update(fake, "mug", {"post_id": following.id}, now=later, own_hosts=HOSTS)
    earlier = {**SALE, "coupon": "MUG10", "occurred_at": times.rfc3339(later - 1_000)}
    assert conversions.report(fake, earlier, now=later + 5)[0].post_id == post.id
    assert (
        conversions.report(fake, {**earlier, "external_id": "2", "occurred_at": None}, now=later)[0].post_id
        == following.id
    )


def test_a_click_or_a_slug_says_more_than_the_coupon_which_is_kept(fake, now):
    bio, typed = _post(fake, now, "bio"), _typed(fake, now, "MUG10")
    for number, named in enumerate(({"slug": "bio"}, {"click_id": clicks.click_id("bio", 0, now, "0" * 12)})):
        for coupon in ("MUG10", "WELCOME"):
            sale = {**SALE, "external_id": f"{number} {coupon}", "coupon": coupon, **named}
            conversion, _ = conversions.report(fake, sale, now=now)
            assert (conversion.post_id, conversion.coupon) == (bio.id, coupon)
    assert conversions.of_post(fake, typed.id) == []


def test_a_sale_by_coupon_is_the_same_again_also_when_another_link_has_the_code_now(fake, now):
    post, sale = _typed(fake, now, "MUG10"), {**SALE, "coupon": "MUG10"}
    first, _ = conversions.report(fake, sale, now=now)
    links.update(fake, "mug", {"coupon": None}, now=now, own_hosts=HOSTS)
    other = _typed(fake, now, "Mug10", slug="cup")
    assert conversions.report(fake, sale, now=now) == (first, False)
    assert (conversions.of_post(fake, post.id), conversions.of_post(fake, other.id)) == ([first], [])
    assert conversions.report(fake, {**sale, "external_id": "2"}, now=now)[0].post_id == other.id
    for changed in ({"coupon": "CUP"}, {"slug": "cup"}, {"coupon": None, "slug": "mug"}):
        with pytest.raises(Conflict, match="external_id"):
            conversions.report(fake, {**sale, **changed}, now=now)


def test_the_code_of_an_erased_post_finds_nothing_and_is_free_again(store, now):
    post = _typed(store, now, "MUG10")
    posts.purge(store, post.id)
    assert _refused(store, now, coupon="MUG10") == ["coupon"]
    assert not store.redis.exists(keys.COUPONS)
    assert _typed(store, now, "MUG10", slug="cup").id


def test_a_code_that_moves_while_a_sale_is_reported_counts_for_the_link_that_has_it(store, now):
    _typed(store, now, "MUG10")
    other = _typed(store, now, None, slug="cup")

    def moved():
        links.update(store, "mug", {"coupon": None}, now=now, own_hosts=HOSTS)
        links.update(store, "cup", {"coupon": "MUG10"}, now=now, own_hosts=HOSTS)

    racing = bad_moments.interrupted(store, moved)
    assert conversions.report(racing, {**SALE, "coupon": "MUG10"}, now=now)[0].post_id == other.id


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
        ({"coupon": "SUMMER"}, ["coupon"]),
        ({"coupon": "bio"}, ["coupon"]),
        ({"slug": "bio", "coupon": "x" * 101}, ["coupon"]),
        ({"slug": "bio", "coupon": 5}, ["coupon"]),
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
