import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks import urls
from shortlinks.errors import Invalid

OWN = frozenset({"links.example", "bücher.example", "localhost", "::1"})


def target(text: object) -> str:
    return urls.target(text, own_hosts=OWN)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://shop.example/new?size=m#top", "https://shop.example/new?size=m#top"),
        ("HTTP://Shop.Example:80/A", "http://shop.example/A"),
        ("  https://shop.example  ", "https://shop.example/"),
        ("https://shop.example/a b/ä?q=ü", "https://shop.example/a%20b/%C3%A4?q=%C3%BC"),
        ("https://kaffee-münchen.example/", "https://xn--kaffee-mnchen-3ob.example/"),
        ("https://shop.example/a/../b", "https://shop.example/b"),
        (r"https:\\shop.example\x", "https://shop.example/x"),
        ("http://10.0.0.1:5000/x", "http://10.0.0.1:5000/x"),
        ("http://192.168.1/", "http://192.168.0.1/"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("https://shop.example/?u=javascript:alert(1)&m=a@b.example", None),
    ],
)
def test_it_reads_an_address_as_a_browser_does(text, url):
    assert target(text) == (url or text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("shop.example", "https://shop.example/"),
        ("shop.example/x?y=1", "https://shop.example/x?y=1"),
        ("Shop.Example:8080/x", "https://shop.example:8080/x"),
        ("münchen.example/ä", "https://xn--mnchen-3ya.example/%C3%A4"),
        ("shop.example?ref=me@home", "https://shop.example/?ref=me@home"),
    ],
)
def test_it_adds_the_https_that_people_leave_out(text, url):
    assert target(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://shop.example/",
        "mailto:me@shop.example",
        "intent://shop.example#Intent;scheme=x;end",
        "vbscript:x",
        "blob:https://shop.example/1",
        "about:blank",
    ],
)
def test_it_refuses_every_scheme_but_http_and_https(text):
    with pytest.raises(Invalid):
        target(text)


@pytest.mark.parametrize(
    "text", ["https://me:secret@shop.example/", "https://shop.example@evil.example", "http://:x@a.b"]
)
def test_it_refuses_credentials(text):
    with pytest.raises(Invalid, match="password"):
        target(text)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "hello", "12.4", "//shop.example/x", "http://", "https://a..b/", "https://.", "http://a b/", "me@a.b"],
)
def test_it_refuses_what_is_no_address(text):
    with pytest.raises(Invalid):
        target(text)


@pytest.mark.parametrize("text", [None, 5, True, ["https://shop.example"], b"https://shop.example"])
def test_it_refuses_what_is_not_text(text):
    with pytest.raises(Invalid, match="text"):
        target(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://links.example/",
        "http://LINKS.example:8000/k7m2p",
        "links.example/k7m2p",
        "https://links.example./",
        "https://link%73.example/",
        "https://xn--bcher-kva.example/",
        "https://BÜCHER.example/",
    ],
)
def test_it_refuses_a_link_to_this_service(text):
    with pytest.raises(Invalid, match="leads back to this service"):
        target(text)


@pytest.mark.parametrize("text", ["http://localhost:9/", "http://[0:0:0:0:0:0:0:1]/"])
def test_it_calls_another_program_on_this_machine_not_this_service(text):
    with pytest.raises(Invalid, match="leads to this computer only"):
        target(text)


def test_a_host_that_only_contains_ours_is_fine():
    assert target("https://links.example.shop.example/") == "https://links.example.shop.example/"
    assert target("https://mylinks.example/") == "https://mylinks.example/"


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\x85", "\u2028"])
def test_it_refuses_control_characters(character):
    with pytest.raises(Invalid, match="control character"):
        target(f"https://shop.example/a{character}b")


def test_it_refuses_half_a_surrogate_pair():
    with pytest.raises(Invalid):
        target("https://shop.example/\ud83d")


def test_it_takes_2048_characters_and_not_one_more():
    longest = "https://shop.example/".ljust(2_048, "x")
    assert target(longest) == longest
    with pytest.raises(Invalid, match="longer"):
        target(longest + "x")


def test_the_limit_also_holds_for_the_encoded_address():
    with pytest.raises(Invalid, match="encoded"):
        target("https://shop.example/" + "é" * 1_000)


def test_it_names_the_field():
    with pytest.raises(Invalid) as caught:
        urls.target("hello", own_hosts=OWN, field="links[0].target")
    assert [field for field, _ in caught.value.errors] == ["links[0].target"]
    with pytest.raises(Invalid) as caught:
        urls.permalink("hello")
    assert [field for field, _ in caught.value.errors] == ["permalink"]


def test_a_permalink_follows_the_same_rules_but_may_be_anywhere():
    assert urls.permalink("www.instagram.com/reel/C1/") == "https://www.instagram.com/reel/C1/"
    with pytest.raises(Invalid):
        urls.permalink("javascript:alert(1)")


@given(st.text(max_size=200) | st.text(max_size=50).map(lambda rest: f"https://shop.example/{rest}"))
def test_whatever_comes_in_a_harmless_header_line_comes_out(text):
    try:
        url = target(text)
    except Invalid:
        return
    assert url.startswith(("http://", "https://"))
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert target(url) == url


HERE = [
    *(
        "localhost:9/x",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "0",
    ),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]"),
]


@pytest.mark.parametrize("host", HERE)
@pytest.mark.parametrize("own", ["localhost", "127.0.0.1", "::1", "0.0.0.0", "clicks.localhost"])
def test_no_name_of_this_machine_is_a_target_where_the_service_is_reached_by_one(host, own):
    with pytest.raises(Invalid, match="leads to this computer only"):
        urls.target(f"http://{host}", own_hosts=frozenset({own}))


@pytest.mark.parametrize("host", HERE)
def test_this_machine_may_be_a_target_where_the_service_has_a_public_name(host):
    assert urls.target(f"http://{host}", own_hosts=frozenset({"go.example"}))


@pytest.mark.parametrize(
    "host", ["128.0.0.1", "10.0.0.1", "localhost.example", "mylocalhost", "[::2]", "[::ffff:10.0.0.1]"]
)
def test_other_machines_are_targets_also_where_the_service_is_local(host):
    assert urls.target(f"http://{host}", own_hosts=frozenset({"localhost"}))
