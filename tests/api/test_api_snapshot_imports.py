"""/snapshots/import"""

import io
from typing import Any

import pytest
from api_cast import Person, assert_problem, new_post

from shortlinks import times

PATH = "/snapshots/import"
HEADER = "Post ID,Account ID,Description,Publish time,Permalink,Date,Views,Likes\n"
ROWS = (
    "1,2,Drop,11/01/2026 18:00,https://www.instagram.com/reel/A/,Lifetime,12.4K,931\n"
    "3,2,Drop,11/02/2026 18:00,https://www.instagram.com/reel/B/,Lifetime,500,9\n"
    "4,2,Gone,11/02/2026 18:00,https://www.instagram.com/reel/C/,2026-11-02,500,9\n"
)
FILE = (HEADER + ROWS).encode()


def send(person: Person, data: bytes = FILE, query: str = "", kind: str = "text/csv") -> Any:
    return person.call("POST", PATH + query, data=data, content_type=kind)


def post(person: Person) -> str:
    made = new_post(person, permalink="https://www.instagram.com/p/A/", published_at="2026-01-01T00:00:00Z")
    return str(made["id"])


def noted(person: Person, post_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"/posts/{post_id}/snapshots").get_json()["items"]
    return found


def test_matched_rows_are_taken_and_the_others_told_with_the_reason(ada: Person) -> None:
    post_id = post(ada)
    answer = send(ada)
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["platform"], body["dry_run"]) == ("instagram", False)
    assert body["matched"] == [
        {
            **{"row": 2, "post_id": post_id, "title": "Autumn drop", "by": "id", "lower": {}, "early": False},
            **{"numbers": {"views": 12_400, "likes": 931}, "precision": {"views": 50}},
        }
    ]
    assert body["unmatched"] == [
        {
            **{"row": 3, "title": "Drop", "permalink": "https://www.instagram.com/reel/B/", "precision": {}},
            **{"published_at": "2026-11-02T18:00:00Z", "numbers": {"views": 500, "likes": 9}},
            **{"why": "no post here has its address", "suggested_post_id": None},
        }
    ]
    assert [(row["row"], row["title"], row["why"]) for row in body["left"]] == [
        (4, "Gone", "is of one day, not of all the time since it was published")
    ]
    (row,) = noted(ada, post_id)
    assert (row["views"], row["precision"], row["source"]) == (12_400, {"views": 50}, "imported")
    assert row["taken_at"] == body["taken_at"]


def test_a_dry_run_answers_the_same_and_takes_nothing(ada: Person) -> None:
    post_id = post(ada)
    tried = send(ada, query="?dry_run=true").get_json()
    assert noted(ada, post_id) == []
    done = send(ada).get_json()
    assert {**tried, "dry_run": False, "taken_at": ""} == {**done, "taken_at": ""}


def test_the_same_file_again_adds_nothing(ada: Person) -> None:
    post_id = post(ada)
    send(ada)
    again = send(ada).get_json()
    assert [row["why"] for row in again["left"] if row["row"] == 2] == ["was taken in before"]
    assert again["matched"] == []
    assert len(noted(ada, post_id)) == 1


def test_lower_numbers_are_taken_and_marked(ada: Person) -> None:
    post_id = post(ada)
    ada.post(f"/posts/{post_id}/snapshots", {"views": 20_000, "taken_at": times.rfc3339(times.now() - times.DAY)})
    assert send(ada).get_json()["matched"][0]["lower"] == {"views": 20_000}
    assert len(noted(ada, post_id)) == 2


def test_the_time_of_reading_can_be_said(ada: Person) -> None:
    post_id = post(ada)
    # An offset's plus that was not encoded arrives as a space.
    assert send(ada, query="?taken_at=2026-02-01T10:00:00+01:00").status_code == 200
    assert noted(ada, post_id)[0]["taken_at"] == "2026-02-01T09:00:00Z"
    assert_problem(send(ada, query="?taken_at=yesterday"), 422, "taken_at")
    assert_problem(send(ada, query="?taken_at=2098-01-01T00:00:00Z"), 422, "taken_at")
    assert_problem(send(ada, query="?dry_run=perhaps"), 422, "dry_run")


def test_the_file_may_come_in_a_form(ada: Person) -> None:
    post_id = post(ada)
    sent = {"file": (io.BytesIO(b"\xef\xbb\xbf" + FILE), "Nov-01-2026_Nov-28-2026_1.csv")}
    assert len(ada.call("POST", PATH, data=sent).get_json()["matched"]) == 1
    assert len(noted(ada, post_id)) == 1
    assert_problem(ada.call("POST", PATH, data={"other": (io.BytesIO(b"x"), "x.csv")}), 422, "file")


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PK\x03\x04[Content_Types].xml", HEADER.encode()])
def test_a_file_that_is_none_of_those_known_is_refused(ada: Person, data: bytes) -> None:
    assert_problem(send(ada, data), 422, "file")


def test_who_may_not_or_sends_too_much_or_something_else_is_refused(ada: Person, ben: Person, eve: Person) -> None:
    post_id = post(ada)
    assert_problem(send(ben), 403)
    assert_problem(send(eve), 401)
    assert_problem(send(ada, b"{}", kind="application/json"), 415)
    assert_problem(send(ada, FILE + b"x" * (1 << 20)), 413)
    assert noted(ada, post_id) == []
