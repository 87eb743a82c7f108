"""Clients from PyPI: two of YOURLS, one of Kutt. BASE, KEY, SIGNATURE are in the environment; /mug had 2 clicks by people."""

import os

import pyourls3
import yourls
from kutt import kutt
from pyourls3.exceptions import Pyourls3APIError

BASE, KEY, SIGNATURE = (os.environ[name] for name in ("BASE", "KEY", "SIGNATURE"))


def refused(kind: type[Exception], call: object, *given: object, **named: object) -> Exception:
    try:
        call(*given, **named)  # type: ignore[operator]
    except kind as error:
        return error
    raise AssertionError(f"{call} was taken")


def check_yourls() -> None:
    for login in ({"signature": SIGNATURE}, {"username": "whoever", "password": KEY}):
        client = yourls.YOURLSClient(f"{BASE}/yourls-api.php", **login)
        made = client.shorten("https://shop.example/vase", keyword="vase", title="Vase")
        assert (made.shorturl, made.title, made.keyword) == (f"{BASE}/vase", "Vase", "vase")
        assert client.shorten("https://shop.example/vase").shorturl == made.shorturl
        assert client.expand("vase") == "https://shop.example/vase"
        assert client.url_stats(f"{BASE}/mug").clicks == 2
        top, sums = client.stats("top", 2)
        assert (top[0].shorturl, top[0].clicks, sums.total_clicks) == (f"{BASE}/mug", 2, 2)
        assert client.db_stats() == sums
    refused(yourls.YOURLSHTTPError, client.shorten, "https://shop.example/other", keyword="vase")
    refused(yourls.YOURLSNoURLError, client.shorten, "javascript:alert(1)")
    refused(yourls.YOURLSNoLoopError, client.shorten, f"{BASE}/vase")
    assert "not found" in str(refused(yourls.YOURLSHTTPError, client.expand, "nothing"))
    stranger = yourls.YOURLSClient(f"{BASE}/yourls-api.php", signature="wrong")
    assert "log in" in str(refused(yourls.YOURLSHTTPError, stranger.db_stats))


def check_pyourls3() -> None:
    for login in ({"key": SIGNATURE}, {"user": "whoever", "passwd": KEY}):
        client = pyourls3.Yourls(addr=BASE, **login)
        made = client.shorten("https://shop.example/jug", keyword="jug", title="Jug")
        assert (made["shorturl"], made["url"]["title"]) == (f"{BASE}/jug", "Jug")
        assert client.expand("jug") == "https://shop.example/jug"
        assert client.url_stats("mug")["clicks"] == "2"
        assert int(client.stats()["total_clicks"]) == 2
    assert refused(Pyourls3APIError, client.shorten, f"{BASE}/jug").code == "error:noloop"  # type: ignore[attr-defined]
    assert refused(Pyourls3APIError, pyourls3.Yourls, addr=BASE, key="wrong").code == 403  # type: ignore[attr-defined]


def check_kutt() -> None:
    url = f"{BASE}/api/v2/links"
    made = kutt.submit(KEY, "https://shop.example/cup", description="Cup", customurl="cup", reuse=True, host_url=url)
    assert (made["code"], made["data"]["link"]) == (201, f"{BASE}/cup")
    again = kutt.submit(KEY, "https://shop.example/cup", reuse=True, host_url=url)
    assert (again["code"], again["data"]["id"]) == (200, "cup")
    assert kutt.links(KEY, host_url=url)["data"]["data"][0]["id"] == "cup"
    changed = kutt.update(KEY, "cup", "https://shop.example/cups", "cup", description="Cups", host_url=url)
    assert changed["data"]["target"] == "https://shop.example/cups"
    assert kutt.delete(KEY, "cup", host_url=url)["code"] == 200
    assert kutt.submit("wrong", "https://shop.example", host_url=url) == {
        "code": 401,
        "data": {"error": "Unauthorized"},
    }


if __name__ == "__main__":
    check_yourls()
    check_pyourls3()
    check_kutt()
    print("done")
