"""Bringing links here: a file or a service, a look, and the taking in."""

import io
import json
import re
from typing import Any

import pytest
from admin_cast import Browser, wrong
from apiflask import APIFlask
from rq import Queue
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from shortlinks import times
from shortlinks.fetching import addresses
from shortlinks.fetching.fetching import Fetcher
from shortlinks.link_imports import import_records, link_imports
from shortlinks.links import links
from shortlinks.owner import settings, tokens
from shortlinks.running import wake
from shortlinks.store import Store
from shortlinks.web import BODY_LIMIT
from shortlinks.words import language

PAGE = "/admin/settings/links/"
NOBODY = Fetcher(allowed=addresses.allowed([]), agent="test")
LINES = (
    "slug,target,title,clicks\n"
    "Spring,https://pots.example/spring,Spring,1234\n"
    "admin,https://pots.example/,Taken,1\n"
    "x,javascript:alert(1),<script>alert(1)</script>,1\n"
)


def send(owner: Browser, data: str | bytes, source: str = "csv", name: str = "links.csv"):  # type: ignore[no-untyped-def]
    file = (io.BytesIO(data.encode() if isinstance(data, str) else data), name)
    return owner.send(f"{PAGE}file", {"source": source, "file": file}, seen=PAGE)


def go_on(store: Store) -> None:
    while link_imports.step(store, NOBODY, own_hosts=frozenset({"go.example"}), seconds=60):
        pass


def import_id(store: Store) -> str:
    found = link_imports.last(store)
    assert found is not None
    return found.id


def states(page: str) -> list[str]:
    return re.findall(r'data-state="([^"]*)"', page)


def test_a_file_is_looked_at_first_and_then_taken_in(owner: Browser, store: Store) -> None:
    assert "Bring your links" in owner.get("/admin/settings/").text
    assert send(owner, LINES).headers["Location"] == PAGE
    (job,) = Queue(wake.OTHER_QUEUE, connection=store.redis).jobs
    assert job.func_name == "worker.jobs.import_links"
    page = owner.get(PAGE).text
    assert f'data-live="{PAGE}live"' in page
    assert "Stop it" in page
    live = owner.get(f"{PAGE}live").text
    assert "0 links read so far." in live
    assert states(page) == states(live) == ["under-way"]
    go_on(store)
    # The buttons are on the page, which is loaded anew when its state is another one.
    assert states(owner.get(f"{PAGE}live").text) == ["looked"]
    page = owner.get(PAGE).text
    assert states(page) == ["looked"]
    assert "Stop it" not in page
    assert "It goes on when you leave this page" not in page
    assert "data-live" not in page
    assert "3 links were read. Nothing is taken in yet." in page
    assert "Take in 1 link<" in page
    assert "Row 2, /admin: is reserved for this service." in page
    assert "Row 3, /x: its target must begin with https:// or http://." in page
    assert "<script>alert" not in page
    assert "point your old short domain to this service" in page
    assert links.all_(store) == []
    csv = owner.get(f"{PAGE}left.csv")
    assert csv.content_type == "text/csv; charset=utf-8"
    assert csv.text.splitlines()[1:] == [
        "admin,https://pots.example/,Taken,,,,1,2,conflict,is reserved for this service",
        "x,javascript:alert(1),<script>alert(1)</script>,,,,1,3,refused,its target must begin with https:// or http://",
    ]
    owner.send(f"{PAGE}take", {"id": import_id(store)}, seen=PAGE)
    assert "Went through 0 of 3 links." in owner.get(PAGE).text
    go_on(store)
    page = owner.get(PAGE).text
    assert "1 link was taken in." in page
    assert "Taken in" in page
    # Its own page says what it had, and counts it nowhere.
    link = links.get(store, "spring")
    post = owner.get(f"/admin/posts/{link.post_id}").text
    assert "CSV: 1,234 clicks until" in post
    assert "in none of the counts here. Nobody knows whether bots are counted there." in post
    owner.send(f"{PAGE}discard", {"id": import_id(store)}, seen=PAGE)
    assert "was taken in" not in owner.get(PAGE).text
    assert links.get(store, "spring") == link


def test_the_api_tells_what_it_had_and_null_for_others(owner: Browser, app: APIFlask, store: Store) -> None:
    send(owner, LINES, "csv")
    go_on(store)
    link_imports.take(store, import_id(store))
    go_on(store)
    _token, secret = tokens.create(store, "test", ["read"], now=times.now())
    found = owner.get("/api/v1/links/spring", headers={"Authorization": f"Bearer {secret}"}).get_json()
    assert (found["before"]["source"], found["before"]["clicks"]) == ("csv", 1234)
    funnel = owner.get(f"/api/v1/posts/{found['post_id']}/funnel", headers={"Authorization": f"Bearer {secret}"})
    assert "1234" not in json.dumps(funnel.get_json())


@pytest.mark.parametrize(
    ("data", "source", "told"),
    [
        ("", "csv", "is empty"),
        ("a,b\n1,2\n", "csv", "it has a, b"),
        (b"PK\x03\x04" + b"\0" * 99, "csv", "is a zip archive or a spreadsheet"),
        ("slug,target\n", "csv", "holds no links"),
        (LINES, "yourls", "has no table of links of YOURLS"),
        (LINES, "shlink", "must be one of"),
    ],
)
def test_what_cannot_be_read_is_said_at_the_form(
    owner: Browser, store: Store, data: str | bytes, source: str, told: str
) -> None:
    answer = send(owner, data, source)
    assert answer.status_code == 422
    assert any(told in message for message in wrong(answer))
    assert link_imports.last(store) is None


def test_what_is_wrong_further_down_is_said_on_the_page_in_the_language_spoken_there(
    owner: Browser, store: Store
) -> None:
    settings.put(store, "language", "de")
    rest = "".join(f"k{number},https://pots.example/{number},,1\n" for number in range(1_500))
    assert send(owner, LINES + rest + "x" * 200_000).status_code == 303
    with language.speaking(settings.voice(store)):
        link_imports.step(store, NOBODY, own_hosts=frozenset(), seconds=0)
        progress = re.search(r'max="(\d+)" value="250"', owner.get(f"{PAGE}live").text)
        assert progress is not None
        assert 1_000 < int(progress[1]) < 100_000
        go_on(store)
    page = owner.get(PAGE).text
    assert "Es hat nicht geklappt: Die Datei hat eine Zeile mit mehr als 131.072 Zeichen." in page
    assert f'action="{PAGE}discard"' in page
    assert f'action="{PAGE}file"' in page


def test_a_file_has_to_be_chosen(owner: Browser) -> None:
    answer = owner.send(f"{PAGE}file", {"source": "csv"}, seen=PAGE)
    assert wrong(answer) == ["Choose the file first."]


def test_a_form_that_is_larger_than_others_may_be_is_taken_from_who_is_signed_in_only(
    owner: Browser, stranger: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = "".join(f"k{number},https://pots.example/{number},{'x' * 190},1\n" for number in range(6_000))
    assert len(rest) > BODY_LIMIT
    file = FileStorage(io.BytesIO((LINES + rest).encode()), "links.csv", "file")
    boundary, body = encode_multipart({"csrf_token": owner.token(PAGE), "source": "csv", "file": file})
    form: dict[str, Any] = {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
    assert stranger.client.post(f"{PAGE}file", **form).status_code == 413
    assert owner.client.post("/admin/import/", **form).status_code == 413
    assert link_imports.last(store) is None
    assert owner.client.post(f"{PAGE}file", **form).status_code == 303
    assert link_imports.last(store).rows == 0  # type: ignore[union-attr]
    go_on(store)
    assert link_imports.last(store).rows == 6_003  # type: ignore[union-attr]
    monkeypatch.setattr("shortlinks.web.admin.link_imports.MOST_BYTES", len(body) - 1)
    assert owner.client.post(f"{PAGE}file", **form).status_code == 413


def test_10_gigabytes_are_refused_by_what_they_say_they_are(owner: Browser) -> None:
    answer = owner.client.post(
        f"{PAGE}file",
        input_stream=io.BytesIO(b"--x"),
        environ_overrides={"CONTENT_LENGTH": str(10 * 1024**3)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_a_service_is_begun_and_its_key_shown_to_nobody(owner: Browser, store: Store) -> None:
    sent = {"source": "shlink", "address": "https://sho.rt", "key": "top-secret"}
    assert owner.send(f"{PAGE}service", sent, seen=PAGE).headers["Location"] == PAGE
    page = owner.get(PAGE).text
    assert "0 links read so far." in page
    assert "top-secret" not in page
    assert settings.get(store, import_records.KEY) == "top-secret"
    owner.send(f"{PAGE}discard", {"id": import_id(store)}, seen=PAGE)
    assert settings.get(store, import_records.KEY) is None
    answer = owner.send(f"{PAGE}service", sent | {"address": "nonsense"}, seen=PAGE)
    assert answer.status_code == 422
    assert "top-secret" not in answer.text
    assert 'value="nonsense"' in answer.text


def test_why_it_failed_is_told(owner: Browser, store: Store) -> None:
    sent = {"source": "shlink", "address": "http://127.0.0.1", "key": "top-secret"}
    owner.send(f"{PAGE}service", sent, seen=PAGE)
    go_on(store)
    page = owner.get(PAGE).text
    assert "It did not work: 127.0.0.1 has the address 127.0.0.1, which is not a public one." in page
    assert "From a file" in page


def test_another_one_waits(owner: Browser, store: Store) -> None:
    send(owner, LINES)
    first = import_id(store)
    page = owner.get(PAGE).text
    assert "From a file" not in page
    token = owner.token(PAGE)
    file = (io.BytesIO(LINES.encode()), "b.csv")
    answer = owner.client.post(f"{PAGE}file", data={"csrf_token": token, "source": "csv", "file": file})
    assert answer.status_code == 303
    assert "Another import of links is under way." in owner.get(PAGE).text
    go_on(store)
    owner.send(f"{PAGE}take", {"id": "another"}, seen=PAGE)
    assert "There is another import now." in owner.get(PAGE).text
    owner.send(f"{PAGE}take", {"id": first}, seen=PAGE)
    owner.client.post(f"{PAGE}discard", data={"csrf_token": token, "id": first})
    assert "It is taking links in." in owner.get(PAGE).text


def test_only_the_owner_may(stranger: Browser, store: Store) -> None:
    for path in ("file", "service", "take", "discard"):
        fields = {"csrf_token": stranger.token("/admin/sign-in")}
        assert stranger.client.post(PAGE + path, data=fields).headers["Location"].startswith("/admin/sign-in")
    assert stranger.get(PAGE).headers["Location"].startswith("/admin/sign-in")
    assert stranger.get(f"{PAGE}left.csv").status_code == 303
    assert stranger.get(f"{PAGE}live").status_code == 401


def test_the_address_of_a_form_asked_for_again_is_the_page(owner: Browser) -> None:
    for path in ("file", "service", "take", "discard"):
        assert owner.get(PAGE + path).headers["Location"] == PAGE
