"""/profiles/{id}/funnel and /profiles/{id}/snapshots/import"""

import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from api_cast import Person, assert_problem, click, new_post

from shortlinks import times, weeks
from shortlinks.owner import settings
from shortlinks.store import Store

UTC = ZoneInfo("UTC")
HEADER = "Date,Video Views,Profile Views,Likes,Comments,Shares\n"


def yesterday(zone: str = "UTC") -> datetime:
    return datetime.now(ZoneInfo(zone)) - timedelta(days=1)


def overview(*days: datetime, views: int = 100) -> bytes:
    return (HEADER + "".join(f'"{day:%B} {day.day}",{views},5,1,0,0\n' for day in days)).encode()


def new_profile(ada: Person) -> str:
    return str(ada.post("/profiles", {"platform": "tiktok", "handle": "ada"}).get_json()["id"])


def send(person: Person, profile_id: str, data: bytes, kind: str = "text/csv") -> Any:
    return person.call("POST", f"/profiles/{profile_id}/snapshots/import", data=data, content_type=kind)


def test_a_profiles_weeks_are_newest_first(ada: Person, ben: Person, store: Store) -> None:
    post = new_post(ada)
    link, path = post["links"][0], f"/profiles/{post['profile_id']}/funnel"
    click(store, link["slug"], times.now(), count=2)
    body = ben.get(path).get_json()
    assert body["profile_id"] == post["profile_id"]
    assert len(body["weeks"]) == 8
    here = body["weeks"][0]
    assert here["week"] == weeks.name(weeks.latest(times.now(), UTC, 1)[0])
    assert (here["over"], here["bio_clicks"], here["views_gained"], here["rates"]) == (False, 2, None, [])
    starts = [week["starts_on"] for week in body["weeks"]]
    assert starts == sorted(starts, reverse=True)
    assert {gap["name"] for gap in body["gaps"]} == {"profile_visits", "link_taps"}
    assert all(sentence.endswith(".") for sentence in body["sentences"])
    assert len(ben.get(f"{path}?weeks=53").get_json()["weeks"]) == 53


@pytest.mark.parametrize("asked", ["0", "54", "x", "-1"])
def test_a_number_of_weeks_that_cannot_be_is_named(ada: Person, asked: str) -> None:
    assert_problem(ada.get(f"/profiles/{new_profile(ada)}/funnel?weeks={asked}"), 422, "weeks")


def test_weeks_of_no_profile_are_not_found(ada: Person) -> None:
    assert_problem(ada.get("/profiles/nothere/funnel"), 404)
    assert_problem(send(ada, "nothere", overview(yesterday())), 404)


def test_a_file_is_taken_once(ada: Person) -> None:
    profile_id, day = new_profile(ada), yesterday()
    first = send(ada, profile_id, overview(day))
    assert first.status_code == 200
    taken = {"row": 2, "day": f"{day:%Y-%m-%d}"}
    assert first.get_json() == {"taken": [taken | {"views": 100, "profile_visits": 5}], "left": []}
    again = send(ada, profile_id, overview(day)).get_json()
    assert again == {"taken": [], "left": [taken | {"why": "was there already"}]}
    (row,) = ada.get(f"/profiles/{profile_id}/snapshots").get_json()["items"]
    assert (row["day"], row["days"], row["views"], row["source"]) == (taken["day"], 1, 100, "imported")


def test_a_file_may_come_in_a_form(ada: Person) -> None:
    profile_id = new_profile(ada)
    path = f"/profiles/{profile_id}/snapshots/import"
    sent = {"file": (io.BytesIO(b"\xef\xbb\xbf" + overview(yesterday())), "Overview.csv")}
    assert len(ada.call("POST", path, data=sent).get_json()["taken"]) == 1
    assert_problem(ada.call("POST", path, data={"other": (io.BytesIO(b"x"), "x.csv")}), 422, "file")
    assert_problem(send(ada, profile_id, b"--x", "multipart/form-data; boundary=x"), 422, "file")


def test_today_is_the_creators(ada: Person, store: Store) -> None:
    profile_id = new_profile(ada)
    ahead = "Pacific/Kiritimati"
    settings.set_timezone(store, ahead)
    answer = send(ada, profile_id, overview(yesterday(ahead), datetime.now(ZoneInfo(ahead)))).get_json()
    assert [row["row"] for row in answer["taken"]] == [2]
    assert [(row["row"], row["why"]) for row in answer["left"]] == [(3, "is of a day that is not over")]


def test_a_file_that_cannot_be_read_changes_nothing(ada: Person, ben: Person, eve: Person) -> None:
    profile_id = new_profile(ada)
    bad = overview(yesterday()) + b"Foo 31,1,1,0,0,0\n"
    assert_problem(send(ada, profile_id, bad), 422, "row 3")
    assert_problem(send(ada, profile_id, b""), 422, "file")
    assert_problem(send(ada, profile_id, HEADER.encode()), 422, "file")
    elsewhere = ada.post("/profiles", {"platform": "instagram", "handle": "ada"}).get_json()["id"]
    assert_problem(send(ada, elsewhere, overview(yesterday())), 422, "file")
    assert_problem(send(ada, profile_id, b"{}", "application/json"), 415)
    assert_problem(send(ada, profile_id, b"x" * (1 << 20) + b"x"), 413)
    assert_problem(send(ben, profile_id, overview(yesterday())), 403)
    assert_problem(send(eve, profile_id, overview(yesterday())), 401)
    assert ada.get(f"/profiles/{profile_id}/snapshots").get_json()["items"] == []
