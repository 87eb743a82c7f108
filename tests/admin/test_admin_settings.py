"""Settings: time zone, tokens, password."""

import base64
import html
import json
import re
from typing import Any

import pytest
from admin_cast import PASSWORD, Browser, wrong
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shortlinks import keys, times
from shortlinks.links import misses
from shortlinks.links.links import Link
from shortlinks.owner import settings, tokens
from shortlinks.posts.posts import Post
from shortlinks.rollups import rollups
from shortlinks.store import Store

PAGE = "/admin/settings/"


def test_the_time_zone_is_changed(owner: Browser, store: Store) -> None:
    assert owner.send("/admin/settings/time-zone", {"timezone": "Europe/Berlin"}, seen=PAGE).status_code == 303
    assert settings.timezone(store) == "Europe/Berlin"
    assert 'name="timezone" value="Europe/Berlin"' in owner.get(PAGE).text


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd"])
def test_an_unknown_time_zone_is_refused(owner: Browser, store: Store, name: str) -> None:
    answer = owner.send("/admin/settings/time-zone", {"timezone": name}, seen=PAGE)
    assert answer.status_code == 422
    assert len(wrong(answer)) == 1
    assert f'name="timezone" value="{name}"' in answer.text
    assert settings.timezone(store) == "UTC"


def test_a_time_zone_that_this_machine_does_not_know_locks_nobody_out(
    owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    assert "this machine does not know it" not in owner.get(PAGE).text
    settings.put(store, settings.TIMEZONE, "US/Nowhere")
    assert "US/Nowhere was chosen, and this machine does not know it." in owner.get(PAGE).text
    for page in ("/admin/", f"/admin/posts/{reel[0].id}", f"/admin/posts/{reel[0].id}/edit"):
        assert owner.get(page).status_code == 200
    assert owner.send("/admin/settings/time-zone", {"timezone": "Europe/Berlin"}, seen=PAGE).status_code == 303
    assert "this machine does not know it" not in owner.get(PAGE).text


def test_what_no_post_can_show_is_told_with_its_count(owner: Browser, store: Store) -> None:
    page = owner.get(PAGE).text
    assert "0 hits counted, over all posts and pages of links." in page
    assert "damaged" not in page
    assert "lost" not in page
    first, second, *_ = keys.SHARDS
    store.redis.hset(keys.progress(first), mapping={"counted": 1_200, "garbled": 8, rollups.LOST: 3})
    store.redis.hset(keys.progress(second), mapping={"counted": 34, "rejected": 1})
    page = owner.get(PAGE).text
    assert "1,234 hits counted, over all posts and pages of links." in page
    assert "9 more were damaged on the disk and could not be read." in page
    assert (
        "3 more could not be written down and are lost, beside those that their posts and pages of links show." in page
    )


def test_a_token_is_shown_once_works_and_is_revoked(app: APIFlask, owner: Browser) -> None:
    answer = owner.send("/admin/settings/tokens", {"name": "Zap", "scopes": ["read", "convert"]}, seen=PAGE)
    found = re.search(r'value="(slk_[^"]+)"', answer.text)
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    header = {"Authorization": f"Bearer {found.group(1)}"}
    assert app.test_client().get("/api/v1/posts", headers=header).status_code == 200
    page = owner.get(PAGE).text
    assert "Zap" in page
    assert found.group(1) not in page
    revoke = re.search(r'action="(/admin/settings/tokens/[^"]+/revoke)"', page)
    assert revoke
    assert owner.send(revoke.group(1), seen=PAGE).status_code == 303
    assert app.test_client().get("/api/v1/posts", headers=header).status_code == 401


def test_what_a_program_can_do_with_a_token_is_one_press_away(owner: Browser) -> None:
    assert "<a href='/api-reference'>the API</a>" in owner.get(PAGE).text


def test_a_token_without_name_or_scope_is_refused(owner: Browser, store: Store) -> None:
    answer = owner.send("/admin/settings/tokens", {"name": ""}, seen=PAGE)
    assert answer.status_code == 422
    assert [text.split()[0] for text in wrong(answer)] == ["Name", "What"]
    assert tokens.list_(store) == []


def test_changing_the_password_signs_every_other_browser_out(app: APIFlask, owner: Browser) -> None:
    phone = Browser(app)
    phone.sign_in()
    fields = {"present": PASSWORD, "password": "another long one", "again": "another long one"}
    assert owner.send("/admin/settings/password", fields, seen=PAGE).status_code == 303
    assert owner.get("/admin/").status_code == 200
    assert phone.get("/admin/").status_code == 303
    assert phone.sign_in().status_code == 422
    assert phone.sign_in("another long one").status_code == 303


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"present": "wrong"}, "That password is wrong."),
        ({"again": "different one"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "New password must have at least 10 characters."),
    ],
)
def test_a_password_that_cannot_be_changed_stays(
    app: APIFlask, owner: Browser, fields: dict[str, str], message: str
) -> None:
    sent = {"present": PASSWORD, "password": "another long one", "again": "another long one"} | fields
    answer = owner.send("/admin/settings/password", sent, seen=PAGE)
    assert answer.status_code == 422
    assert wrong(answer) == [message]
    assert Browser(app).sign_in().status_code == 303


def test_addresses_that_do_not_exist_are_listed(owner: Browser, store: Store) -> None:
    assert "Addresses that do not exist" not in owner.get(PAGE).text
    for number in range(25):
        misses.record(store, f"word-{number:02}", now=times.now())
    for _ in range(3):
        misses.record(store, "<b>mug</b>", now=times.now() - times.DAY)
    text = owner.get(PAGE).text
    assert "Addresses that do not exist, last 7 days" in text
    assert re.search(r"&lt;b&gt;mug&lt;/b&gt;</td><td class=\"n\">3<", text)
    assert text.index("&lt;b&gt;mug") < text.index("word-00")
    assert len(re.findall("word-[0-9]+", text)) == 19


def test_the_shortest_password_is_told_before_it_is_typed(owner: Browser) -> None:
    assert "At least 10 characters" in owner.get(PAGE).text


def files(page: str) -> dict[str, Any]:
    """The files that a page has to save, by their names, read as JSON."""
    found = re.findall(r'download="([^"]+)" href="data:application/json;base64,([^"]+)"', page)
    return {name: json.loads(base64.b64decode(data)) for name, data in found}


def sharex(client: FlaskClient, file: dict[str, Any], target: str) -> TestResponse:
    """What ShareX sends for a file of its own."""
    path = file["RequestURL"].removeprefix("http://go.example")
    return client.post(path, headers=file["Headers"], data=file["Data"].replace("{input}", target))


def test_a_new_token_comes_with_what_to_enter_into_tools(app: APIFlask, owner: Browser) -> None:
    wish = {"name": "Tools", "scopes": ["read", "write"]}
    page = html.unescape(owner.send("/admin/settings/tokens", wish, seen=PAGE).text)
    client = app.test_client()
    kept = files(page)
    assert list(kept) == ["go.example.sxcu", "servers.json"]
    made = sharex(client, kept["go.example.sxcu"], "https://shop.example/mug").get_json()
    assert made["longUrl"] == "https://shop.example/mug"
    (server,) = kept["servers.json"]
    assert (server["name"], server["url"]) == ("go.example", "http://go.example")
    listed = client.get("/rest/v3/short-urls", headers={"X-Api-Key": server["apiKey"]}).get_json()["shortUrls"]["data"]
    assert [each["shortCode"] for each in listed] == [made["shortCode"]]
    address = re.search(r'id="shortcut" value="http://go.example([^"]+)"', page)
    assert address
    assert client.get(f"{address[1]}https%3A%2F%2Fshop.example%2Fmug").text == made["shortUrl"]
    signature = re.search(r'id="signature" value="([^"]+)"', page)
    assert signature
    sent = {"action": "db-stats", "format": "json", "signature": signature[1]}
    assert client.post("/yourls-api.php", data=sent).get_json()["db-stats"]["total_links"] == "1"


def test_tools_are_offered_what_the_token_may_do(owner: Browser) -> None:
    reading = owner.send("/admin/settings/tokens", {"name": "r", "scopes": ["read"]}, seen=PAGE).text
    assert list(files(reading)) == ["servers.json"]
    assert 'id="shortcut"' not in reading
    selling = owner.send("/admin/settings/tokens", {"name": "c", "scopes": ["convert"]}, seen=PAGE).text
    assert "For tools that you have already" not in selling
    assert "For tools that you have already" not in owner.get(PAGE).text
