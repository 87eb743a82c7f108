"""Who clicked: which address is believed, and what is kept of it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.clicks import visitors

SALT = b"s" * 32
AGENT = "Mozilla/5.0 (iPhone)"


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "believed"),
    [
        ("198.51.100.7", None, 0, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", 0, "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, "203.0.113.9"),
        ("10.0.0.1", None, 1, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", " , ,", 1, "10.0.0.1"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, <script>", 1, "10.0.0.1"),
        ("10.0.0.1", "2001:db8::9", 1, "2001:db8::9"),
        ("10.0.0.1", "203.0.113.9:51000", 1, "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66:1, 203.0.113.9:51000", 1, "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:443", 1, "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", 1, "2001:db8::1"),
        ("10.0.0.1", "::ffff:203.0.113.9", 1, "::ffff:203.0.113.9"),
        ("10.0.0.1", ":51000", 1, "10.0.0.1"),
        ("10.0.0.1", "[]:443", 1, "10.0.0.1"),
        ("10.0.0.1", "unknown:443", 1, "10.0.0.1"),
        ("", None, 0, ""),
        (None, None, 1, ""),
    ],
)
def test_only_what_a_trusted_proxy_added_is_believed(
    peer: str | None, forwarded: str | None, proxies: int, believed: str
) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    assert visitors.client_address(environ, proxies) == believed


@pytest.mark.parametrize(
    ("address", "octets"),
    [
        ("192.0.2.1", b"\xc0\x00\x02\x01"),
        ("::ffff:192.0.2.1", b"\xc0\x00\x02\x01"),
        ("2001:db8::1", b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01"),
        ("[2001:db8::1]", b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01"),
        ("fe80::1%eth0", b"\xfe\x80" + b"\0" * 13 + b"\x01"),
        ("192.0.2", b""),
        ("192.0.2.1\0", b""),
        ("a:b", b""),
        ("ü", b""),
        ("", b""),
    ],
)
def test_addresses_are_read_in_every_notation(address: str, octets: bytes) -> None:
    assert visitors.packed(address) == octets


def test_the_same_visitor_is_known_again_on_the_same_day_only() -> None:
    first = visitors.identify("203.0.113.9", AGENT, SALT)
    assert visitors.identify("203.0.113.9", AGENT, SALT) == first
    assert visitors.identify("::ffff:203.0.113.9", AGENT, SALT) == first
    tomorrow = visitors.identify("203.0.113.9", AGENT, b"t" * 32)
    assert [a != b for a, b in zip(first.split("\t"), tomorrow.split("\t"), strict=True)][:2] == [True, True]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.200", True),
        ("203.0.113.9", "203.0.112.9", False),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::4", True),
        ("2001:db8:1:2::3", "2001:db8:2:2::3", False),
    ],
)
def test_the_network_is_a_24_or_a_48(one: str, other: str, same: bool) -> None:
    who_one, net_one, _ = visitors.identify(one, AGENT, SALT).split("\t")
    who_other, net_other, _ = visitors.identify(other, AGENT, SALT).split("\t")
    assert who_one != who_other
    assert (net_one == net_other) is same


@pytest.mark.parametrize(
    ("address", "country"),
    [
        *(("1.1.1.1", "AU"), ("::ffff:1.1.1.1", "AU"), ("::ffff:1.1.1.1%eth0", "AU"), ("10.0.0.1", ""), ("", "")),
        *(("2001:4860:4860::8888", "US"), ("2001:4860:4860::8888%eth0", "US")),
    ],
)
def test_the_country_is_known_where_the_registries_say_it(address: str, country: str) -> None:
    assert visitors.country(address, visitors.packed(address)) == country


@given(
    address=st.text() | st.text(string.hexdigits + ":.%[]") | st.ip_addresses().map(str),
    agent=st.text(st.characters(max_codepoint=0xFF)),
)
def test_whatever_is_sent_becomes_three_fields_without_the_address(address: str, agent: str) -> None:
    kept = visitors.identify(address, agent, SALT)
    who, network, country = kept.split("\t")
    assert (len(who), len(network), len(country) in (0, 2)) == (12, 8, True)
    assert "\n" not in kept
    assert len(address) < 4 or address not in kept
