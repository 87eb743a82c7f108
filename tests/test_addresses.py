"""Which addresses may be fetched from."""

from ipaddress import ip_address

import pytest

from shortlinks.fetching import addresses

NOBODY = addresses.allowed(())


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1"),
        *("169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1"),
        *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "168.63.129.16"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"),
        *("2001::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1", "64:ff9b:1::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"),
        *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1"),
        *("2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:1::1"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_for_the_public_is_refused(text: str) -> None:
    assert not addresses.public(ip_address(text))
    assert not addresses.may_fetch(NOBODY, "shop.example", ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "223.255.255.1"),
        *("2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
    ],
)  # fmt: skip
def test_a_public_address_is_taken(text: str) -> None:
    assert addresses.may_fetch(NOBODY, "shop.example", ip_address(text))


def test_what_the_owner_lists_is_allowed_and_nothing_beside_it() -> None:
    listed = addresses.allowed(("shlink.lan", "10.0.0.0/8", "::1", "192.168.0.7"))
    assert addresses.may_fetch(listed, "shlink.lan", ip_address("192.168.0.9"))
    assert addresses.may_fetch(listed, "shlink.lan.", ip_address("192.168.0.9"))
    assert addresses.may_fetch(listed, "any.example", ip_address("10.1.2.3"))
    assert addresses.may_fetch(listed, "any.example", ip_address("::ffff:10.1.2.3"))
    assert addresses.may_fetch(listed, "any.example", ip_address("::1"))
    assert addresses.may_fetch(listed, "any.example", ip_address("192.168.0.7"))
    for other in ("192.168.0.9", "127.0.0.1", "::2", "169.254.169.254"):
        assert not addresses.may_fetch(listed, "any.example", ip_address(other))
    assert not addresses.may_fetch(listed, "evil.shlink.lan", ip_address("192.168.0.9"))
