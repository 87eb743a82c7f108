import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import bad_moments
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import ids, keys, times
from shortlinks.errors import Conflict, Invalid, NotFound, Unavailable
from shortlinks.links import feed, link_records, links
from shortlinks.posts import posts

HOSTS = frozenset({"sl.example"})
SHOP = "https://shop.example/new"


def _post(store, now, platform="instagram", **fields):
    post, _ = posts.create(store, {"platform": platform, "title": "A", **fields}, now=now, own_hosts=HOSTS)
    return post


def _link(store, post, now, **fields):
    wanted = {"target": SHOP, "placement": "bio_link", **fields}
    return links.create(store, post.id, wanted, now=now, own_hosts=HOSTS)


def _errors(store, post, now, **fields):
    with pytest.raises(Invalid) as caught:
        _link(store, post, now, **fields)
    return [field for field, _ in caught.value.errors]


@pytest.mark.parametrize("placement", ["spoken", "on_screen", "text_on_video"])
def test_where_people_type_a_link_its_drawn_slug_can_be_said(fake, now, placement):
    link = _link(fake, _post(fake, now, platform="tiktok"), now, target=SHOP, placement=placement)
    assert re.fullmatch("(?:[bdmnrtv][aeio]){3}", link.slug)


def test_it_makes_a_link_with_a_drawn_slug(fake, now):
    post = _post(fake, now)
    link = _link(fake, post, now, target="HTTPS://Shop.Example/new")
    assert len(link.slug) == 5
    assert set(link.slug) <= set(ids.ALPHABET)
    assert link == links.Link(
        slug=link.slug,
        target=SHOP,
        placement="instagram/bio_link",
        post_id=post.id,
        state="active",
        expires_at=None,
        forward_query=False,
        utm=None,
        click_id_param=None,
        created_at=now,
        history=(links.Turn(now, post.id, SHOP),),
    )
    assert links.get(fake, link.slug) == link
    assert link.rev == 0


def test_no_two_links_have_one_coupon_in_whatever_case(fake, now):
    post = _post(fake, now)
    assert _link(fake, post, now, slug="mug", coupon=" Mug10 ").coupon == "Mug10"
    with pytest.raises(Conflict) as caught:
        _link(fake, post, now, slug="cup", coupon="MUG10")
    assert (caught.value.field, caught.value.message) == ("coupon", "'MUG10' is the code of /mug already")
    cup = _link(fake, post, now, slug="cup", coupon="CUP-10")
    with pytest.raises(Conflict, match="coupon"):
        links.update(fake, "cup", {"coupon": "mug10"}, now=now, own_hosts=HOSTS)
    assert links.get(fake, "cup") == cup
    wanted = [{"placement": "spoken", "target": SHOP, "coupon": code} for code in ("A1", "a1")]
    with pytest.raises(Invalid) as refused:
        posts.create(fake, {"platform": "x", "title": "A", "links": wanted}, now=now, own_hosts=HOSTS)
    assert [field for field, _ in refused.value.errors] == ["links[1].coupon"]


def test_two_links_that_ask_for_one_coupon_at_the_same_moment_do_not_both_get_it(store, now):
    post = _post(store, now)
    racing = bad_moments.interrupted(store, lambda: _link(store, post, now, slug="mug", coupon="MUG10"))
    with pytest.raises(Conflict, match="coupon"):
        _link(racing, post, now, slug="cup", coupon="MUG10")
    assert [link.slug for link in links.of_post(store, post.id)] == ["mug"]


def test_a_coupon_that_a_link_gives_up_is_free_for_another(fake, now):
    post = _post(fake, now)
    for slug in ("mug", "cup", "jug"):
        _link(fake, post, now, slug=slug)

    def change(slug, coupon):
        return links.update(fake, slug, {"coupon": coupon}, now=now, own_hosts=HOSTS).coupon

    assert [change("mug", "SALE"), change("mug", "sale"), change("mug", "MUG10"), change("cup", "SALE")] == [
        *("SALE", "sale", "MUG10", "SALE")
    ]
    assert change("cup", None) is None
    assert change("jug", "SALE") == "SALE"
    assert fake.redis.hgetall(keys.COUPONS) == {b"mug10": b"mug", b"sale": b"jug"}


@pytest.mark.parametrize("coupon", ["", "x", "A B", "ÄPFEL", "<b>", "x" * 41, 5, "-A1"])
def test_a_coupon_that_nobody_could_type_is_refused(fake, now, coupon):
    assert _errors(fake, _post(fake, now), now, coupon=coupon) == ["coupon"]
    assert not fake.redis.exists(keys.COUPONS)


def test_everything_that_was_asked_for_is_kept(fake, now):
    link = _link(
        fake,
        _post(fake, now),
        now,
        slug="Summer-Sale",
        expires_at=times.rfc3339(now + times.DAY),
        forward_query=True,
        utm={"utm_source": "instagram", "campaign": "é & co", "term": ""},
        click_id_param="cid",
    )
    assert link.slug == "summer-sale"
    assert link.expires_at == now + times.DAY
    assert link.utm == {"source": "instagram", "campaign": "é & co"}
    assert links.get(fake, "summer-sale") == link


@pytest.mark.parametrize("typed", ["K7m2p", "k7m2p.", "K7M2P!?", "k7m2p/", "k7m2p).", "k7m2p\u2026", "k7m2p »"])
def test_a_slug_is_found_as_people_type_it(fake, now, typed):
    link = _link(fake, _post(fake, now), now, slug="k7m2p")
    assert links.get(fake, typed) == link
    assert links.find(fake, typed)[0] == link


@pytest.mark.parametrize("slug", ["", "nope", "ö", "\ud800", "x" * 70, "a\nb", "..", "k7*"])
def test_a_slug_that_is_none_is_not_found(fake, slug):
    assert links.find(fake, slug) == (None, "0-0")
    with pytest.raises(NotFound):
        links.get(fake, slug)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"target": None}, ["target"]),
        ({"target": "javascript:alert(1)"}, ["target"]),
        ({"target": "https://sl.example/x"}, ["target"]),
        ({"target": "https://u:p@shop.example/"}, ["target"]),
        ({"placement": None}, ["placement"]),
        ({"placement": "nowhere"}, ["placement"]),
        ({"placement": 7}, ["placement"]),
        ({"slug": "admin"}, ["slug"]),
        ({"slug": "C"}, ["slug"]),
        ({"slug": "-a"}, ["slug"]),
        ({"slug": "a b"}, ["slug"]),
        ({"slug": "a" * 65}, ["slug"]),
        ({"slug": "ünder"}, ["slug"]),
        ({"slug": 12}, ["slug"]),
        ({"expires_at": "2026-01-01T00:00:00Z"}, ["expires_at"]),
        ({"expires_at": "2999-01-01T00:00:00Z"}, ["expires_at"]),
        ({"expires_at": "tomorrow"}, ["expires_at"]),
        ({"expires_at": True}, ["expires_at"]),
        ({"forward_query": "yes"}, ["forward_query"]),
        ({"utm": "instagram"}, ["utm"]),
        ({"utm": {"colour": "red"}}, ["utm.colour"]),
        ({"utm": {"source": "a", "utm_source": "b"}}, ["utm.source"]),
        ({"utm": {"source": "a\x00"}}, ["utm.source"]),
        ({"utm": {"source": "x" * 201}}, ["utm.source"]),
        ({"click_id_param": "a b"}, ["click_id_param"]),
        ({"state": "active"}, ["state"]),
        ({"target": "x", "slug": "-", "colour": "red"}, ["colour", "slug", "target"]),
    ],
)
def test_bad_input_names_its_fields_and_writes_nothing(fake, now, fields, named):
    post = _post(fake, now)
    before = sorted(fake.redis.keys())
    assert _errors(fake, post, now, **fields) == named
    assert sorted(fake.redis.keys()) == before


def test_a_whole_placement_id_of_another_platform_is_taken(fake, now):
    assert _link(fake, _post(fake, now), now, placement="youtube/bio_page").placement == "youtube/bio_page"


def test_there_is_no_link_without_its_post(fake, now):
    with pytest.raises(NotFound, match="post"):
        links.create(fake, "nothere", {"target": SHOP, "placement": "bio_link"}, now=now, own_hosts=HOSTS)


def test_a_taken_slug_is_a_conflict(fake, now):
    post = _post(fake, now)
    _link(fake, post, now, slug="mine")
    with pytest.raises(Conflict) as caught:
        _link(fake, post, now, slug="MINE")
    assert caught.value.field == "slug"


def test_a_drawn_slug_grows_when_the_short_ones_are_taken(fake, now, monkeypatch):
    post = _post(fake, now)
    lengths = []

    def draw(length=10):
        if length < 10:
            lengths.append(length)
        return "b" * length

    monkeypatch.setattr(ids, "new", draw)
    assert _link(fake, post, now).slug == "bbbbb"
    assert _link(fake, post, now).slug == "bbbbbb"
    assert lengths == [5, 5, 5, 5, 6]


def test_only_one_of_several_threads_gets_a_slug(store, now):
    post = _post(store, now)
    barrier = Barrier(8)

    def claim(number):
        barrier.wait()
        try:
            return _link(store, post, now, slug="wanted", target=f"https://shop.example/{number}")
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [link for link in pool.map(claim, range(8)) if link]
    assert won == [links.get(store, "wanted")]
    assert links.of_post(store, post.id) == won
    assert store.redis.xlen(keys.FEED) == 1


def test_a_retarget_keeps_earlier_clicks_on_the_earlier_post(fake, now):
    reel, next_reel = _post(fake, now), _post(fake, now)
    link = _link(fake, reel, now)
    later = now + times.HOUR
    turned = links.update(fake, link.slug, {"post_id": next_reel.id}, now=later, own_hosts=HOSTS)
    assert turned.history == (links.Turn(now, reel.id, SHOP), links.Turn(later, next_reel.id, SHOP))
    assert (turned.post_id, turned.rev) == (next_reel.id, 1)
    assert links.of_post(fake, reel.id) == []
    assert links.ever_of_post(fake, reel.id) == links.of_post(fake, next_reel.id) == [turned]
    assert links.turn_at(turned, later - 1).post_id == reel.id
    assert links.turn_at(turned, later).post_id == next_reel.id
    assert links.turn_at(turned, 0).post_id == reel.id


def test_a_link_is_not_kept_in_memory_as_it_was_after_each_of_many_turns(fake, now):
    link = _link(fake, _post(fake, now), now)
    raw = fake.redis.get(keys.link(link.slug))
    assert links.decode(raw) is links.decode(raw)
    turns = tuple(links.Turn(now + number, link.post_id, f"{SHOP}/{number}") for number in range(200))
    pipe = fake.redis.pipeline()
    link_records.stage(pipe, replace(link, history=turns))
    pipe.execute()
    raw = fake.redis.get(keys.link(link.slug))
    assert links.decode(raw) == replace(link, history=turns)
    assert links.decode(raw) is not links.decode(raw)


def test_turns_are_in_order_even_when_the_clock_is_set_back(fake, now):
    link = _link(fake, _post(fake, now), now)
    turned = links.update(fake, link.slug, {"target": "https://a.example/"}, now=now - times.DAY, own_hosts=HOSTS)
    assert [turn.from_ for turn in turned.history] == [now, now]


def test_an_update_changes_what_it_names_and_nothing_else(fake, now):
    link = _link(fake, _post(fake, now), now, expires_at=now + times.DAY, utm={"source": "x"}, click_id_param="cid")
    changes = {"state": "disabled", "expires_at": None, "utm": None, "click_id_param": None, "forward_query": True}
    changed = links.update(fake, link.slug.upper(), changes, now=now + 5, own_hosts=HOSTS)
    assert changed == links.get(fake, link.slug)
    assert (changed.state, changed.expires_at, changed.utm, changed.click_id_param) == ("disabled", None, None, None)
    assert changed.forward_query
    assert (changed.target, changed.history) == (link.target, link.history)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"target": None}, ["target"]),
        ({"target": "ftp://x.example/"}, ["target"]),
        ({"target": "http://sl.example/"}, ["target"]),
        ({"post_id": "nothere"}, ["post_id"]),
        ({"post_id": "a b"}, ["post_id"]),
        ({"state": "erased"}, ["state"]),
        ({"state": None, "slug": "other", "placement": "bio_text"}, ["slug", "placement", "state"]),
        ({"forward_query": None}, ["forward_query"]),
    ],
)
def test_a_bad_update_names_its_fields_and_changes_nothing(fake, now, changes, named):
    link = _link(fake, _post(fake, now), now)
    with pytest.raises(Invalid) as caught:
        links.update(fake, link.slug, changes, now=now, own_hosts=HOSTS)
    assert [field for field, _ in caught.value.errors] == named
    assert links.get(fake, link.slug) == link


def test_an_update_of_nothing_is_not_found(fake, now):
    with pytest.raises(NotFound):
        links.update(fake, "nope", {}, now=now, own_hosts=HOSTS)


def test_a_retarget_and_an_edit_at_the_same_moment_both_take_effect(store, now):
    reel, other = _post(store, now), _post(store, now)
    link = _link(store, reel, now)

    def edit():
        links.update(store, link.slug, {"target": "https://a.example/"}, now=now + 1, own_hosts=HOSTS)

    racing = bad_moments.interrupted(store, edit)
    turned = links.update(racing, link.slug, {"post_id": other.id}, now=now + 2, own_hosts=HOSTS)
    assert turned == links.get(store, link.slug)
    assert (turned.target, turned.post_id, turned.rev) == ("https://a.example/", other.id, 2)


def test_a_link_cannot_be_turned_to_a_post_that_is_erased_at_the_same_moment(store, now):
    reel, other = _post(store, now), _post(store, now)
    link = _link(store, reel, now)
    racing = bad_moments.interrupted(store, lambda: posts.purge(store, other.id))
    with pytest.raises(Invalid, match="post_id"):
        links.update(racing, link.slug, {"post_id": other.id}, now=now, own_hosts=HOSTS)
    assert links.get(store, link.slug) == link


def test_a_link_cannot_be_made_for_a_post_that_is_erased_at_the_same_moment(store, now):
    reel = _post(store, now)
    with pytest.raises(NotFound):
        _link(bad_moments.interrupted(store, lambda: posts.purge(store, reel.id)), reel, now, slug="mine")
    assert links.find(store, "mine")[0] is None
    assert links.ever_of_post(store, reel.id) == []


@pytest.mark.parametrize("slug", [None, "mine"])
def test_a_slug_that_is_taken_at_the_same_moment_is_not_overwritten(store, now, slug, monkeypatch):
    reel = _post(store, now)
    drawn = iter(["claim 1", "mine", "claim 2", "mine", "mine", "other"])
    monkeypatch.setattr(ids, "new", lambda *_: next(drawn))
    racing = bad_moments.interrupted(store, lambda: _link(store, reel, now, target="https://first.example/"))
    if slug:
        drawn = iter(["claim 1", "claim 2", "mine"])
        with pytest.raises(Conflict):
            _link(racing, reel, now, slug=slug)
    else:
        assert _link(racing, reel, now).slug == "other"
    assert links.get(store, "mine").target == "https://first.example/"


def test_a_link_that_comes_back_to_a_post_keeps_its_place_there(fake, now):
    one, two = _post(fake, now), _post(fake, now)
    bio = _link(fake, one, now)
    later = _link(fake, one, now + 1)
    for number, post in enumerate((two, one)):
        links.update(fake, bio.slug, {"post_id": post.id}, now=now + 5 + number, own_hosts=HOSTS)
    assert [link.slug for link in links.of_post(fake, one.id)] == [bio.slug, later.slug]


def test_threads_that_turn_one_link_lose_no_turn(store, now):
    post = _post(store, now)
    link = _link(store, post, now)

    def turn(name):
        for number in range(20):
            links.update(store, link.slug, {"target": f"https://{name}.example/{number}"}, now=now, own_hosts=HOSTS)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(turn, ["a", "b"]))
    targets = [turn.target for turn in links.get(store, link.slug).history]
    assert len(targets) == len(set(targets)) == 41


def test_a_link_and_the_feed_are_read_in_one_moment(store, now):
    link = _link(store, _post(store, now), now)
    newest = store.redis.xrevrange(keys.FEED, count=1)[0]
    assert newest[1] == {b"slug": link.slug.encode()}
    assert links.find(store, link.slug) == (link, newest[0].decode())
    links.update(store, link.slug, {"state": "disabled"}, now=now, own_hosts=HOSTS)
    changed, position = links.find(store, link.slug)
    assert changed.state == "disabled"
    assert position == store.redis.xinfo_stream(keys.FEED)["last-generated-id"].decode() != newest[0].decode()


def test_the_feed_stays_short(store, now, monkeypatch):
    monkeypatch.setattr(feed, "LENGTH", 100)
    link = _link(store, _post(store, now), now)
    for number in range(500):
        store.redis.xadd(keys.FEED, {"slug": str(number)})
    links.update(store, link.slug, {"state": "disabled"}, now=now, own_hosts=HOSTS)
    assert store.redis.xlen(keys.FEED) < 300


def test_an_update_that_changes_nothing_tells_nobody(fake, now):
    link = _link(fake, _post(fake, now), now)
    links.update(fake, link.slug, {"target": SHOP, "state": "active"}, now=now + 1, own_hosts=HOSTS)
    assert fake.redis.xlen(keys.FEED) == 1
    assert links.get(fake, link.slug) == link


def test_a_full_memory_leaves_nothing_half_written(store, now):
    post = _post(store, now)
    before = sorted(store.redis.keys())
    store.redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable):
            _link(store, post, now, slug="mine")
    finally:
        store.redis.config_set("maxmemory", 0)
    assert sorted(store.redis.keys()) == before
    assert _link(store, post, now, slug="mine").slug == "mine"


@pytest.mark.parametrize("slug", [None, "mine"])
def test_a_transaction_whose_answer_was_lost_makes_the_link_once(store, server, now, slug):
    post = _post(store, now)
    broken, connection = bad_moments.cut_once(server)
    link = _link(broken, post, now, slug=slug)
    assert connection.cuts == 1
    assert links.of_post(store, post.id) == [link]


def test_without_redis_nothing_is_promised(store, now):
    post = _post(store, now)
    store.redis.connection_pool.disconnect()
    away = bad_moments.cut_once("unix:///nowhere/redis.sock")[0]
    with pytest.raises(redis.ConnectionError):
        _link(away, post, now)


def test_links_are_listed_newest_first_by_post_if_wished(fake, now):
    one, two = _post(fake, now), _post(fake, now)
    made = [_link(fake, one if number % 2 else two, now + number) for number in range(5)]
    assert links.list_(fake, limit=9) == (made[::-1], None)
    first, cursor = links.list_(fake, limit=2)
    assert first + links.list_(fake, limit=9, cursor=cursor)[0] == made[::-1]
    assert links.list_(fake, limit=9, post=one.id) == ([made[3], made[1]], None)
    links.update(fake, made[1].slug, {"post_id": two.id}, now=now + 9, own_hosts=HOSTS)
    assert links.list_(fake, limit=9, post=one.id) == ([made[3]], None)


@pytest.mark.parametrize(
    ("state", "expires_in", "seen"),
    [
        ("active", None, "active"),
        ("active", 1, "active"),
        ("active", 0, "expired"),
        ("active", -1, "expired"),
        ("disabled", -1, "disabled"),
        ("disabled", None, "disabled"),
    ],
)
def test_the_state_is_a_matter_of_time(fake, now, state, expires_in, seen):
    link = _link(fake, _post(fake, now), now)
    expires_at = None if expires_in is None else now + times.DAY + expires_in
    changed = links.update(fake, link.slug, {"state": state, "expires_at": expires_at}, now=now, own_hosts=HOSTS)
    assert links.state_at(changed, now + times.DAY) == seen


def test_the_bio_links_of_a_platform_are_known_by_when_they_were_turned(fake, now):
    first, second = _post(fake, now), _post(fake, now)
    for number, slug in enumerate(("old", "new", "gone")):
        _link(fake, second if slug == "gone" else first, now + number, slug=slug)
    _link(fake, first, now, placement="spoken")
    _link(fake, first, now, placement="tiktok/bio_website_field", slug="other")

    def found(platform, limit=9):
        return [link.slug for link in links.in_bios(fake, platform, limit=limit)]

    assert (found("instagram"), found("tiktok"), found("x")) == (["gone", "new", "old"], ["other"], [])
    links.update(fake, "old", {"post_id": second.id}, now=now + 9, own_hosts=HOSTS)
    links.update(fake, "old", {"post_id": first.id}, now=now + 10, own_hosts=HOSTS)
    assert (found("instagram"), found("instagram", 1)) == (["old", "gone", "new"], ["old"])
    links.update(fake, "new", {"state": "disabled"}, now=now + 11, own_hosts=HOSTS)
    posts.purge(fake, second.id)
    assert found("instagram") == ["old", "new"]


def test_the_visitors_query_goes_along_only_when_the_link_says_so(fake, now):
    post = _post(fake, now)
    plain, open_ = _link(fake, post, now), _link(fake, post, now, forward_query=True, click_id_param="cid")
    assert links.location(plain, query="a=1", click_id="k.1") == SHOP
    assert links.location(open_, query="a=1", click_id="k.1") == f"{SHOP}?a=1&cid=k.1"


@given(st.text())
def test_a_normalised_slug_stays_as_it_is(text):
    assert links.normalise(links.normalise(text)) == links.normalise(text)
