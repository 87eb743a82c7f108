"""YOURLS's API."""

import hashlib
import json
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from dialect_cast import CUT_TITLE, LONG_TITLE, Caller, click

from shortlinks import times
from shortlinks.links import links
from shortlinks.owner import signatures, tokens
from shortlinks.posts import posts
from shortlinks.store import Store
from tests.clicking import make_post


def test_shorturl_makes_a_post_elsewhere_and_says_so_in_text(ada: Caller, store: Store) -> None:
    answer = ada.yourls("shorturl", url="shop.example/mug", keyword="Mug", title="The mug")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    date = body["url"].pop("date")
    assert time.strptime(date, "%Y-%m-%d %H:%M:%S")
    assert body == {
        "url": {"keyword": "mug", "url": "https://shop.example/mug", "title": "The mug", "ip": ""},
        "status": "success",
        "message": "https://shop.example/mug added to database",
        "title": "The mug",
        "shorturl": "https://go.example/mug",
        "statusCode": "200",
    }
    link = links.get(store, "mug")
    post = posts.get(store, link.post_id)
    assert (link.placement, post.platform, post.title) == ("other/elsewhere", "other", "The mug")
    assert ada.yourls("shorturl", url="https://shop.example/bowl").get_json()["title"] == "shop.example"
    assert ada.yourls("shorturl", url="https://shop.example/x", title=LONG_TITLE).get_json()["title"] == CUT_TITLE


def test_a_repeat_is_a_success_with_the_link_there_is(ada: Caller, store: Store) -> None:
    _, (bio,) = make_post(store, "bio_link", now=times.now())
    first = ada.yourls("shorturl", url=bio.target).get_json()
    assert first["url"]["keyword"] != bio.slug, "a link in a profile is not handed out for elsewhere"
    again = ada.yourls("shorturl", url=bio.target)
    assert (again.status_code, again.get_json()["status"]) == (200, "success")
    assert again.get_json()["url"] == first["url"]
    assert "already exists" in again.get_json()["message"]
    assert "code" not in again.get_json()
    own = ada.yourls("shorturl", url=bio.target, keyword="mug").get_json()
    assert own["url"]["keyword"] == "mug"
    assert ada.yourls("shorturl", url=bio.target, keyword="MUG").get_json()["shorturl"] == own["shorturl"]


def test_what_is_wrong_with_a_new_one_has_its_code(ada: Caller) -> None:
    ada.yourls("shorturl", url="https://shop.example/mug", keyword="mug")
    for code, sent in (
        ("error:nourl", {}),
        ("error:nourl", {"url": "  "}),
        ("error:nourl", {"url": "javascript:alert(1)"}),
        ("error:noloop", {"url": "https://go.example/mug"}),
        ("error:noloop", {"url": "go.example/nothing"}),
        ("error:keyword", {"url": "https://shop.example/bowl", "keyword": "mug"}),
        ("error:keyword", {"url": "https://shop.example/bowl", "keyword": "rest"}),
        ("error:keyword", {"url": "https://shop.example/bowl", "keyword": "no slug!"}),
    ):
        answer = ada.yourls("shorturl", **sent)
        body = answer.get_json()
        assert (answer.status_code, body["code"]) == (400, code), sent
        assert (body["status"], body["errorCode"], body["statusCode"]) == ("fail", "400", "400")
        assert body["message"]
        assert ada.yourls("shorturl", format_="simple", **sent).text == ""
    assert ada.yourls("db-stats").get_json()["db-stats"]["total_links"] == "1"


def test_expand_takes_a_keyword_or_the_whole_address(ada: Caller) -> None:
    ada.yourls("shorturl", url="https://shop.example/mug", keyword="mug", title="The mug")
    for text in ("mug", "MUG", "https://go.example/mug", "go.example/mug/"):
        assert ada.yourls("expand", shorturl=text).get_json() == {
            "keyword": "mug",
            "shorturl": "https://go.example/mug",
            "longurl": "https://shop.example/mug",
            "title": "The mug",
            "message": "success",
            "statusCode": "200",
        }
    assert ada.yourls("expand", "simple", shorturl="mug").text == "https://shop.example/mug"
    for text in ("", "nothing", "https://other.example/mug", "http://[", "a/b/mug"):
        answer = ada.yourls("expand", shorturl=text)
        assert answer.status_code == 404
        assert answer.get_json() == {"keyword": text, "message": "Error: short URL not found", "errorCode": "404"}
    assert ada.yourls("expand", "simple", shorturl="nothing").text == "not found"


def test_stats_count_clicks_by_people(ada: Caller, store: Store) -> None:
    for keyword in ("first", "second", "third"):
        ada.yourls("shorturl", url=f"https://shop.example/{keyword}", keyword=keyword, title=keyword.title())
    now = times.now()
    click(store, "first", now, people=1, programs=5)
    click(store, "second", now, people=2)
    link = ada.yourls("url-stats", shorturl="first").get_json()
    assert (link["statusCode"], link["message"]) == ("200", "success")
    assert time.strptime(link["link"].pop("timestamp"), "%Y-%m-%d %H:%M:%S")
    assert link["link"] == {
        "shorturl": "https://go.example/first",
        "url": "https://shop.example/first",
        "title": "First",
        "ip": "",
        "clicks": "1",
    }
    missing = ada.yourls("url-stats", shorturl="nothing")
    assert (missing.status_code, missing.get_json()["statusCode"]) == (404, "404")
    sums = {"total_links": "3", "total_clicks": "3"}
    assert ada.yourls("db-stats").get_json() == {"db-stats": sums, "statusCode": "200", "message": "success"}
    assert ada.yourls("stats").get_json() == {"stats": sums, "statusCode": "200", "message": "success"}

    def names(**sent: str) -> list[str]:
        found = ada.yourls("stats", **sent).get_json()
        assert found["stats"] == sums
        assert list(found["links"]) == [f"link_{number}" for number in range(1, len(found["links"]) + 1)]
        return [row["title"] for row in found["links"].values()]

    assert names(limit="2") == names(limit="2", filter="top") == ["Second", "First"]
    assert names(limit="9", filter="bottom") == ["Third", "First", "Second"]
    assert names(limit="9", filter="last") == ["Third", "Second", "First"]
    assert names(limit="1", start="1", filter="last") == ["Second"]
    assert sorted(names(limit="9", filter="rand")) == ["First", "Second", "Third"]
    for wrong in ({"limit": "x"}, {"limit": "-1"}, {"limit": "1", "start": "x"}, {"limit": "1", "filter": "x"}):
        assert ada.yourls("stats", **wrong).status_code == 400
    for action in ("stats", "db-stats", "url-stats"):
        assert ada.yourls(action, "simple", shorturl="first").text == "Need either XML or JSON format for stats"


def test_version(ada: Caller) -> None:
    assert ada.yourls("version").get_json() == {"version": "1.10.4"}
    assert ada.yourls("version", "simple").text == "1.10.4"


def test_xml_is_what_comes_unasked(ada: Caller) -> None:
    target, title = "https://shop.example/mug?a=1&b=<2>", "Mug & <bowl>"
    sent = {"action": "shorturl", "signature": ada.signature, "url": target, "keyword": "mug", "title": title}
    answer = ada.app.test_client().post("/yourls-api.php", data=sent)
    assert answer.mimetype == "application/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "result"
    assert root.findtext("url/keyword") == "mug"
    assert root.findtext("title") == title
    assert root.findtext("statusCode") == "200"
    stats = ElementTree.fromstring(ada.yourls("stats", "xml", limit="1").data)
    assert stats.findtext("links/link_1/clicks") == "0"
    odd = ElementTree.fromstring(ada.yourls("expand", "XML", shorturl="a\x00b\ufffe<").data)
    assert odd.findtext("keyword") == "ab<"


def test_query_form_and_multipart_are_alike(ada: Caller) -> None:
    client = ada.app.test_client()
    sent = {"action": "version", "format": "simple", "signature": ada.signature}
    assert client.get("/yourls-api.php", query_string=sent).text == "1.10.4"
    assert client.post("/yourls-api.php", data=sent).text == "1.10.4"
    assert client.post("/yourls-api.php", data=sent, content_type="multipart/form-data").text == "1.10.4"
    del sent["signature"]
    with_query = client.post(f"/yourls-api.php?signature={ada.signature}", data=sent)
    assert with_query.text == "1.10.4"


def test_there_are_three_ways_to_log_in(ada: Caller) -> None:
    def version(**sent: str) -> int:
        asked = {"action": "version", "format": "json"} | sent
        return ada.app.test_client().post("/yourls-api.php", data=asked).status_code

    now = str(int(time.time()))
    hashed = hashlib.sha512(f"{now}{ada.signature}".encode()).hexdigest()
    old = hashlib.md5(f"{ada.signature}{now}".encode()).hexdigest()
    assert version(signature=ada.signature) == 200
    assert version(signature=hashed, timestamp=now, hash="sha512") == 200
    assert version(signature=old, timestamp=now) == 200
    assert version(username="whoever", password=ada.secret) == 200
    assert version(signature=signatures.of_token("environment", "k" * 32)) == 200
    for wrong in (
        {},
        {"signature": "x"},
        {"signature": ada.secret},
        {"signature": ada.signature, "timestamp": now},
        {"signature": hashed, "timestamp": str(int(now) - 1)},
        {"username": "ada", "password": ada.signature},
        {"username": "", "password": ada.secret},
        {"password": ada.secret},
        {"signature": "x", "username": "ada", "password": ada.secret},
    ):
        assert version(**wrong) == 403, wrong


def test_without_a_token_there_is_nothing(eve: Caller, ada: Caller, store: Store) -> None:
    body = {"callback": "", "message": "Please log in", "errorCode": "403"}
    for action in ("shorturl", "version", ""):
        answer = eve.yourls(action)
        assert (answer.status_code, answer.get_json()) == (403, body)
    assert eve.yourls("version", "simple").text == "Please log in"
    tokens.delete(store, ada.token_id)
    assert ada.yourls("version").status_code == 403, "a signature ends with its token"


def test_scopes_hold(ben: Caller, ada: Caller, store: Store) -> None:
    made = ada.yourls("shorturl", url="https://shop.example/mug").get_json()
    assert ben.yourls("expand", shorturl=made["shorturl"]).status_code == 200
    refused = ben.yourls("shorturl", url="https://shop.example/bowl")
    assert (refused.status_code, refused.get_json()["errorCode"]) == (403, "403")
    token, secret = tokens.create(store, "writer", ["write"], now=times.now())
    writer = Caller(ada.app, token.id, secret)
    assert writer.yourls("shorturl", url="https://shop.example/bowl").status_code == 200
    for action in ("expand", "url-stats", "stats", "db-stats", "version"):
        assert writer.yourls(action, shorturl=made["shorturl"]).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"action": "delete"}, {"action": "\x00"}])
def test_an_unknown_action_is_a_400(ada: Caller, sent: dict[str, Any]) -> None:
    answer = ada.app.test_client().post("/yourls-api.php", data={"signature": ada.signature, "format": "json"} | sent)
    assert answer.status_code == 400
    assert answer.get_json() == {"message": 'Unknown or missing "action" parameter', "errorCode": "400"}


def test_jsonp_hands_the_answer_to_a_function_of_the_page(ada: Caller, eve: Caller) -> None:
    for callback in ("show", "angular.callbacks._0", "__yourls1_jsonp[2]", "$.it"):
        answer = ada.yourls("version", "jsonp", callback=callback)
        assert (answer.status_code, answer.mimetype) == (200, "application/javascript")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.text.startswith(f"/**/{callback}({{")
        handed = json.loads(answer.text.removeprefix(f"/**/{callback}(").removesuffix(")"))
        assert handed == {"version": "1.10.4", "callback": callback}
    missing = ada.yourls("expand", "jsonp", shorturl="nothing", callback="show")
    assert (missing.status_code, missing.mimetype) == (404, "application/javascript")
    stranger = eve.yourls("version", "jsonp", callback="show")
    assert (stranger.status_code, stranger.text[:9]) == (403, "/**/show(")


@pytest.mark.parametrize("callback", ["", "1a", "a b", "alert(1)", "a;b", "a\u2028b", "é", "<b>", "a" * 129, "a\n"])
def test_jsonp_calls_nothing_but_a_function(ada: Caller, eve: Caller, callback: str) -> None:
    for caller, status in ((ada, 400), (eve, 403)):
        answer = caller.yourls("version", "jsonp", callback=callback)
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert answer.get_json()["errorCode"] == str(status)


def test_any_other_format_is_text_as_in_yourls(ada: Caller) -> None:
    for format_ in ("simply", "text", ""):
        answer = ada.yourls("version", format_)
        assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "1.10.4")


def test_broken_requests_are_told_in_its_own_way(ada: Caller) -> None:
    client = ada.app.test_client()
    for method in ("PUT", "DELETE", "PATCH"):
        answer = client.open("/yourls-api.php?format=json", method=method)
        assert (answer.status_code, answer.get_json()["errorCode"]) == (405, "405")
    assert client.head(f"/yourls-api.php?action=shorturl&url=a.example&signature={ada.signature}").status_code == 405
    assert ada.yourls("db-stats").get_json()["db-stats"]["total_links"] == "0"
    assert client.get("/yourls-api.php/?format=json").get_json()["errorCode"] == "404"
    large = client.post("/yourls-api.php?format=json", data={"url": "x" * 1_100_000})
    assert (large.status_code, large.get_json()["errorCode"]) == (413, "413")
    broken = client.post("/yourls-api.php", data=b"--x", content_type="multipart/form-data; boundary=x")
    assert (broken.status_code, broken.mimetype) == (403, "application/xml")


def test_one_that_was_switched_off_is_gone(ada: Caller, store: Store) -> None:
    ada.yourls("shorturl", url="https://shop.example/mug", keyword="mug")
    links.update(store, "mug", {"state": "disabled"}, now=times.now(), own_hosts=frozenset())
    assert ada.yourls("expand", shorturl="mug").status_code == 404
    assert ada.yourls("shorturl", url="https://shop.example/mug").get_json()["url"]["keyword"] != "mug"
    assert ada.yourls("shorturl", url="https://shop.example/mug", keyword="mug").get_json()["code"] == "error:keyword"
