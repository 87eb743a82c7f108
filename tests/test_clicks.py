"""A click's two text forms, and the pages of kept clicks."""

import pytest
from clicking import NOW, PHONE, asked, counted, make_post, pour, record, roll_up_all
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import keys, times
from shortlinks.clicks import clicks
from shortlinks.errors import Invalid
from shortlinks.rollups import kept_clicks, rolling_up, tally
from shortlinks.store import Store

header_text = st.text(st.characters(max_codepoint=0xFF), max_size=600)


@given(agent=header_text, referrer=header_text)
def test_a_click_comes_back_as_it_was_recorded(agent: str, referrer: str) -> None:
    """Whatever is in the headers: no text can add a field or a line."""
    agent = clicks.clean(agent, clicks.AGENT_LIMIT)
    origin = clicks.origin(f"https://{referrer}")
    line = clicks.line("post\tslug\t3", NOW, "0123456789ab", "GET", "prefetch", "who\tnet\tDE", origin, agent)
    assert b"\n" not in line
    found = clicks.parse(line)
    sent = agent.encode("latin-1").decode("utf-8", "replace")
    assert found == clicks.Click(
        *("post", "slug", 3, NOW, "0123456789ab", "GET", "prefetch", "who", "net", "DE"),
        origin.encode("latin-1").decode("utf-8", "replace"),
        sent,
    )
    kept = clicks.parse_kept("post", clicks.kept_line(found, "human", 1, "", "phone", "iOS", "Safari"))
    assert kept[:11] == found[:11]
    assert (kept.user_agent, kept.reason, kept.version, kept.browser) == (sent, "human", 1, "Safari")


@given(st.binary(max_size=200) | st.lists(st.binary(max_size=8), min_size=10, max_size=14).map(b"\t".join))
def test_what_is_no_click_is_refused_and_nothing_worse(data: bytes) -> None:
    try:
        found = clicks.parse(data)
    except ValueError:
        return
    assert found.post_id
    assert found.slug


def test_text_in_other_scripts_survives() -> None:
    agent = "Café 日本 Browser".encode().decode("latin-1")
    assert (
        clicks.parse(clicks.line("p\ts\t0", NOW, "0" * 12, "GET", "", "w\tn\t", "", agent)).agent == "Café 日本 Browser"
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [(0, ""), (1, ""), (1, "a|b"), (1, "K7M2P"), (2, "-1"), (2, "x"), (3, "-1"), (3, str(16**11)), (4, "0")],
)
def test_what_could_not_be_counted_or_shown_is_no_click(field: int, text: str) -> None:
    fields = record("post", "slug").split(b"\t")
    clicks.parse(b"\t".join(fields))
    fields[field] = text.encode()
    with pytest.raises(ValueError, match=r"not a click|invalid literal"):
        clicks.parse(b"\t".join(fields))


@pytest.mark.parametrize(
    ("referrer", "origin"),
    [
        ("https://l.instagram.com/?u=https%3A%2F%2Fgo.example", "https://l.instagram.com"),
        ("HTTPS://WWW.TikTok.com/@me", "https://www.tiktok.com"),
        ("https://user:secret@intranet.example/path", "https://intranet.example"),
        ("android-app://com.instagram.android/", "android-app://com.instagram.android"),
        ("https://host.example:8443/x", "https://host.example:8443"),
        ("https://host.example?query", "https://host.example"),
        ("https://host.example#x", "https://host.example"),
        ("https://host.example\\@evil.example", "https://host.example"),
        (f"https://{'user' * 500}:{'secret' * 500}@intranet.example/", "https://intranet.example"),
        ("about:client", ""),
        ("nonsense", ""),
        ("", ""),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
        ("https://bad\thost\r.example/", ""),
        ('https://"><script>alert(1)<', ""),
        ("https://<b>@host.example/", "https://host.example"),
        ("<b>://host.example", ""),
        (f"{'a' * 200}://host.example", ""),
        ("://host.example", ""),
        ("https:///path", ""),
        ("https://h\xf6st.example", ""),
        ("https://" + "a" * 5_000, "https://" + "a" * 120),
    ],
)
def test_of_a_referrer_the_origin_is_kept(referrer: str, origin: str) -> None:
    assert clicks.origin(referrer) == origin


def test_no_page_that_somebody_came_from_stays_in_memory() -> None:
    clicks._origin.cache_clear()
    for number in range(100):
        page = f"https://shop.example/basket/{number}?token={'x' * 16_000}"
        assert clicks.origin(page) == clicks.origin(page.upper()) == "https://shop.example"
        assert clicks.origin(f"https://shop.example?{number}") == "https://shop.example"
        assert clicks.origin(f"https://{'u' * 600}{number}@shop.example/") == "https://shop.example"
    assert clicks._origin.cache_info().currsize == 2


@pytest.mark.parametrize(
    ("headers", "signals"),
    [
        ({}, ""),
        ({"HTTP_SEC_PURPOSE": "prefetch"}, "prefetch"),
        ({"HTTP_SEC_PURPOSE": "prefetch;prerender"}, "prefetch"),
        ({"HTTP_SEC_PURPOSE": "Prefetch;anonymous-client-ip"}, "prefetch"),
        ({"HTTP_PURPOSE": "prefetch"}, "prefetch"),
        ({"HTTP_X_PURPOSE": "preview"}, "prefetch"),
        ({"HTTP_X_MOZ": "prefetch"}, "prefetch"),
        ({"HTTP_SEC_PURPOSE": ""}, ""),
        ({"HTTP_SEC_PURPOSE": "something-new"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "image"}, "prefetch"),
        ({"HTTP_SEC_FETCH_DEST": "empty"}, "prefetch"),
        ({"HTTP_SEC_FETCH_DEST": "script"}, "prefetch"),
        ({"HTTP_SEC_FETCH_DEST": "document"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "iframe"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "frame"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "fencedframe"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "embed"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "object"}, ""),
        ({"HTTP_SEC_FETCH_DEST": ""}, ""),
        ({"HTTP_SEC_FETCH_DEST": "something-new"}, ""),
        ({"HTTP_SEC_FETCH_DEST": "document", "HTTP_SEC_PURPOSE": "prefetch"}, "prefetch"),
        ({"HTTP_SEC_FETCH_DEST": "image", "HTTP_SEC_PURPOSE": "prefetch", "HTTP_PURPOSE": "prefetch"}, "prefetch"),
    ],
)
def test_loading_without_a_tap_is_told_from_the_headers(headers: dict[str, str], signals: str) -> None:
    assert clicks.signals(headers) == signals


def test_signals_are_combined_and_no_click_id_is_kept_with_its_value() -> None:
    query = {"QUERY_STRING": "utm_source=ig&ScCid=5ecret&fbclid=5ecret"}
    assert clicks.signals(query) == "sccid,fbclid"
    assert clicks.signals(query, clicks.EXPIRED) == "expired,sccid,fbclid"
    assert clicks.signals(query | {"HTTP_PURPOSE": "prefetch"}, clicks.EXPIRED) == "expired,prefetch,sccid,fbclid"
    assert clicks.signals({"QUERY_STRING": "utm_source=ig"}, clicks.EXPIRED) == "expired"
    assert clicks.signals({"QUERY_STRING": ""}) == ""


def test_a_click_id_names_its_link_the_links_turn_and_its_millisecond() -> None:
    assert clicks.click_id("k7m2p", 0, NOW, "0123456789ab") == f"k7m2p.{NOW:011x}0123456789ab0"
    assert clicks.click_id("k7m2p", 26, NOW, "0123456789ab") == f"k7m2p.{NOW:011x}0123456789ab1a"


@pytest.mark.parametrize("cursor", ["", "x", "=1-1", ">1-1.-2", "=1-1.1 ", "=1-1.9999999", "~1-1.1", "=1-1.1\n"])
def test_a_cursor_of_another_list_is_refused(store: Store, cursor: str) -> None:
    post, _ = make_post(store)
    if cursor:
        with pytest.raises(Invalid, match="cursor"):
            kept_clicks.page(store, post.id, after=cursor, limit=10)


def fill(store: Store, post_id: str, begin: int, count: int, batch: int, apart: int = 1) -> None:
    for start in range(begin, begin + count, batch):
        numbers = range(start, min(start + batch, begin + count))
        pour(store, [record(post_id, "slug", NOW + number * apart, nonce=f"{number:012x}") for number in numbers])
        rolling_up.roll_up(store, keys.shard(post_id))


def paged(store: Store, post_id: str, limit: int, **meanwhile: int) -> list[int]:
    """The numbers of all kept clicks, page by page; `meanwhile` more clicks come after each page."""
    found: list[int] = []
    cursor = None
    more, batch, total = meanwhile.get("more", 0), meanwhile.get("batch", 1), meanwhile.get("total", 0)
    while True:
        page, cursor = kept_clicks.page(store, post_id, after=cursor, limit=limit)
        assert len(page) <= limit
        found += [int(kept.nonce, 16) for kept in page]
        if cursor is None:
            return found
        if more:
            fill(store, post_id, total, more, batch)
            total += more


@pytest.mark.parametrize("limit", [1, 7, 31, 32, 33, 200])
def test_pages_hold_every_kept_click_once_in_order(store: Store, limit: int) -> None:
    post, _ = make_post(store)
    fill(store, post.id, 0, 100, 13)
    assert paged(store, post.id, limit) == list(range(100))


@pytest.mark.parametrize("apart", [1, 7 * times.HOUR, times.DAY], ids=["one chunk", "several chunks", "many chunks"])
@pytest.mark.parametrize(("limit", "batch"), [(3, 1), (10, 5), (10, 40), (20, 300)])
def test_cursors_stay_valid_while_the_tail_is_sealed(store: Store, limit: int, batch: int, apart: int) -> None:
    post, _ = make_post(store)
    fill(store, post.id, 0, limit + 5, batch, apart)
    page, cursor = kept_clicks.page(store, post.id, limit=limit)
    assert cursor is not None
    assert cursor.startswith(">" if limit + 5 < tally.SEAL_AT else "=")
    fill(store, post.id, limit + 5, 300, batch, apart)
    rest: list[int] = []
    while cursor is not None:
        more, cursor = kept_clicks.page(store, post.id, after=cursor, limit=limit)
        rest += [int(kept.nonce, 16) for kept in more]
    assert [int(kept.nonce, 16) for kept in page] + rest == list(range(limit + 305))


def test_a_reader_that_is_overtaken_by_new_clicks_misses_none(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post.id, 0, 20, 20)
    found = paged(store, post.id, 9, more=4, batch=4, total=20)
    assert found == list(range(len(found)))


def test_a_reader_who_waits_for_the_end_goes_on_where_the_tail_was_cut(store: Store) -> None:
    """A part of what it has seen is in chunks by now, the rest still in the tail."""
    post, _ = make_post(store)
    fill(store, post.id, 0, 31, 31, times.HOUR)
    _, cursor = kept_clicks.page(store, post.id, limit=30)
    assert cursor is not None
    fill(store, post.id, 31, 1, 1, times.HOUR)
    assert 0 < store.redis.llen(keys.tail(post.id)) < 32
    rest, _ = kept_clicks.page(store, post.id, after=cursor, limit=30)
    assert [int(kept.nonce, 16) for kept in rest] == [30, 31]


def test_a_cursor_survives_the_forgetting_of_its_chunk(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post.id, 0, 64, 32)
    _, cursor = kept_clicks.page(store, post.id, limit=5)
    first = store.redis.xrange(keys.kept(post.id), count=1)[0][0]
    store.redis.xdel(keys.kept(post.id), first)
    rest, _ = kept_clicks.page(store, post.id, after=cursor, limit=100)
    assert [int(kept.nonce, 16) for kept in rest] == list(range(32, 64))


def test_times_narrow_pages_and_streams_alike(store: Store) -> None:
    post, _ = make_post(store)
    fill(store, post.id, 0, 100, 33)
    bounds = {"start": NOW + 20, "end": NOW + 60}
    assert [kept.at - NOW for kept in kept_clicks.stream(store, post.id, **bounds)] == list(range(20, 60))
    first, cursor = kept_clicks.page(store, post.id, limit=25, **bounds)
    rest, end = kept_clicks.page(store, post.id, limit=25, after=cursor, **bounds)
    assert [kept.at - NOW for kept in first + rest] == list(range(20, 60))
    assert end is None


def test_a_kept_click_takes_less_than_300_bytes(store: Store) -> None:
    post, (link,) = make_post(store, "bio_link")
    before = store.redis.info("memory")["used_memory"]
    lines = [
        record(post.id, link.slug, NOW + number * times.SECOND, visitor=f"{number:012x}", agent=f"{PHONE} {number % 9}")
        for number in range(4_096)
    ]
    for start in range(0, len(lines), 64):
        pour(store, lines[start : start + 64])
    rolling_up.roll_up(store, keys.shard(post.id))
    assert (store.redis.info("memory")["used_memory"] - before) / len(lines) < 300
    assert len(counted(store, post.id)["kept"]) == len(lines)


@pytest.fixture
def many(store: Store) -> str:
    """A post with a thousand clicks in chunks and some behind them."""
    post, _ = make_post(store)
    for start in range(0, 1_010, 100):
        pour(store, [record(post.id, "slug", NOW + at, rev=at) for at in range(start, min(start + 100, 1_010))])
        rolling_up.roll_up(store, keys.shard(post.id))
    assert store.redis.llen(keys.tail(post.id)) == 10
    return post.id


@pytest.mark.parametrize("limit", [1, 10, 11, 20, 110, 111, 1_010, 5_000])
def test_the_newest_clicks_are_the_last_ones_newest_first(store: Store, many: str, limit: int) -> None:
    found = kept_clicks.newest(store, many, limit)
    assert [kept.at - NOW for kept in found] == list(range(1_009, -1, -1))[:limit]


def test_the_newest_clicks_cost_the_same_however_many_there_are(
    store: Store, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked(monkeypatch) as sent:
        kept_clicks.newest(store, many, 20)
    assert len(sent) <= 2


def test_one_that_came_late_stands_where_it_belongs_by_its_time(store: Store) -> None:
    post, _ = make_post(store)
    pour(store, [record(post.id, "slug", at) for at in (NOW, NOW + 5, NOW + 3)])
    roll_up_all(store)
    assert [kept.at - NOW for kept in kept_clicks.newest(store, post.id, 10)] == [5, 3, 0]
    assert kept_clicks.newest(store, "nothing", 10) == []


@pytest.mark.parametrize("at", [0, 99, 100, 500, 999, 1_000, 1_009])
def test_a_kept_click_is_found_by_its_id(store: Store, many: str, at: int) -> None:
    wanted = next(kept for kept in kept_clicks.stream(store, many) if kept.at == NOW + at)
    assert kept_clicks.find(store, many, wanted.id) == wanted


def test_what_is_not_kept_is_not_found(store: Store, many: str) -> None:
    other, _ = make_post(store)
    wanted = kept_clicks.newest(store, many, 1)[0]
    nobodys = clicks.click_id("slug", 1_009, NOW + 1_009, "0" * 12)
    for post_id, id_ in ((other.id, wanted.id), (many, nobodys), (many, ""), (many, "x"), (many, f"{wanted.id}0" * 9)):
        assert kept_clicks.find(store, post_id, id_) is None
    for id_ in ("slug.fffffffffff" + "f" * 13, "slug.00000000000" + "0" * 20, "ﬁ.00000000000" + "0" * 13):
        assert kept_clicks.find(store, many, id_) is None


def test_one_by_a_clock_that_was_ahead_is_found(store: Store) -> None:
    post, _ = make_post(store)
    ahead = times.now() + 4 * times.MINUTE
    pour(store, [record(post.id, "slug", ahead) for _ in range(40)])
    roll_up_all(store)
    wanted = kept_clicks.newest(store, post.id, 1)[0]
    assert kept_clicks.find(store, post.id, wanted.id) == wanted
