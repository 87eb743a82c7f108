"""`GET /insights`."""

from typing import Any

import pytest
from api_cast import Person, click, new_post
from rq import Queue

from shortlinks import store as stores
from shortlinks import times
from shortlinks.insights import insight_reports
from shortlinks.running import wake

PUBLISHED = "2026-11-10T10:00:00Z"


def waiting(store: stores.Store) -> list[str]:
    return [job.func_name for job in Queue(wake.OTHER_QUEUE, connection=store.redis).jobs]


def test_it_answers_all_questions_with_evidence_and_picture(ada: Person, ben: Person, store: stores.Store) -> None:
    post = new_post(ada, published_at=PUBLISHED)
    click(store, post["links"][0]["slug"], times.parse(PUBLISHED, "published") + times.HOUR, count=3)
    ada.post(f"/posts/{post['id']}/snapshots", {"taken_at": "2026-11-12T09:30:00Z", "views": 900, "likes": 80})
    found: dict[str, Any] = ben.get("/insights").get_json()
    assert found["up_to_date"] is True
    assert (found["posts"], found["older"]) == (1, 0)
    assert [item["code"] for item in found["items"]] == [
        "month", "path", "later", "support", "bystanders", "normal", "takes",
    ]  # fmt: skip
    for item in found["items"]:
        assert set(item) == {"code", "question", "answer", "sure", "how_sure", "settle", "evidence", "picture"}
        assert item["answer"]
        assert item["settle"]


def test_what_is_out_of_date_is_served_and_the_worker_is_asked_once(ada: Person, store: stores.Store) -> None:
    assert ada.get("/insights").get_json()["up_to_date"] is True
    assert waiting(store) == []
    new_post(ada)
    for _ in range(2):
        stale = ada.get("/insights").get_json()
        assert (stale["up_to_date"], stale["posts"]) == (False, 0)
    assert waiting(store) == [wake.INSIGHTS_JOB]
    insight_reports.refresh(store, now=times.now())
    assert ada.get("/insights").get_json()["posts"] == 1


@pytest.mark.parametrize("path", ["/insights?limit=3", "/insights/"])
def test_it_is_one_address_for_those_who_may_read(ada: Person, eve: Person, path: str) -> None:
    assert ada.get(path).status_code in (200, 404, 422)
    assert eve.get("/insights").status_code == 401
