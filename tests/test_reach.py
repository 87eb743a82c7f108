"""Who can open an address that begins like this."""

import pytest

from shortlinks.owner import reach


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        ("http://localhost:8000", "loopback"),
        ("https://localhost", "loopback"),
        ("http://links.localhost", "loopback"),
        ("http://127.0.0.1:8000", "loopback"),
        ("http://127.8.0.1", "loopback"),
        ("http://0.0.0.0:8000", "loopback"),
        ("http://[::1]:8000", "loopback"),
        ("http://[::ffff:127.0.0.1]", "loopback"),
        ("http://192.168.1.20:8000", "private"),
        ("https://10.0.0.5", "private"),
        ("https://100.64.0.1", "private"),
        ("https://169.254.10.1", "private"),
        ("https://[fd00::1]", "private"),
        ("https://[fe80::1]", "private"),
        ("https://nas", "private"),
        ("https://nas.local", "private"),
        ("https://links.home.arpa", "private"),
        ("https://links.internal.", "private"),
        ("http://go.example", "http"),
        ("http://8.8.8.8", "http"),
        ("http://go.example:8443", "http"),
        ("https://go.example", "public"),
        ("https://go.example.", "public"),
        ("https://go.example:8443", "public"),
        ("https://8.8.8.8", "public"),
        ("https://[2a00:1450:4001:80b::200e]", "public"),
        ("https://local.example", "public"),
        ("https://thelocal", "private"),
        ("https://localhost.example", "public"),
    ],
)
def test_the_kind_of_an_address(base_url: str, kind: str) -> None:
    assert reach.kind(base_url) == kind


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4001:80b::200e", True),
        ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False),
        ("192.168.1.20", False),
        ("::ffff:192.168.1.20", False),
        ("fe80::1%eth0", False),
        ("100.64.3.4", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_where_a_request_came_through_the_internet(address: str, outside: bool) -> None:
    assert reach.outside(address) is outside


def test_the_address_to_try_is_another_one_for_each_secret_address_and_arrival() -> None:
    found = {
        reach.token(secret, base_url, last)
        for secret in ("a" * 16, "b" * 16)
        for base_url in ("https://go.example", "https://to.example")
        for last in ("", "1 https://go.example")
    }
    assert len(found) == 8
    assert {len(token) for token in found} == {20}
