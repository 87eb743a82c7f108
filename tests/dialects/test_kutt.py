"""Kutt's API v2."""

from datetime import datetime

from dialect_cast import CUT_TITLE, LONG_TITLE, Caller, click

from shortlinks import times
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.store import Store


def test_a_link_is_made_with_every_field(ada: Caller, store: Store) -> None:
    sent = {"target": "https://shop.example/mug", "customurl": "Mug", "description": "The mug", "expire_in": "2 days"}
    answer = ada.kutt("POST", "/links", json=sent)
    assert answer.status_code == 201
    made = answer.get_json()
    ends = datetime.fromisoformat(made.pop("expire_in")) - datetime.fromisoformat(made["created_at"])
    assert abs(ends.total_seconds() - 172_800) < 60
    assert made.pop("created_at") == made.pop("updated_at")
    assert made == {
        **{"id": "mug", "address": "mug", "link": "https://go.example/mug", "target": "https://shop.example/mug"},
        **{"banned": False, "description": "The mug", "domain": None, "password": False, "visit_count": 0},
    }
    link = links.get(store, "mug")
    assert (link.placement, posts.get(store, link.post_id).platform) == ("other/elsewhere", "other")


def test_spans_the_own_domain_and_a_slash_at_the_end_are_taken_as_kutt_does(ada: Caller) -> None:
    for span, days in (("90m", 0.0625), ("12 hrs", 0.5), ("1 week", 7), ("2w", 14), ("1y", 365.25)):
        sent = {"target": "https://shop.example/mug", "expire_in": span, "domain": "GO.example"}
        made = ada.kutt("POST", "/links/", json=sent).get_json()
        ends = datetime.fromisoformat(made["expire_in"]) - datetime.fromisoformat(made["created_at"])
        assert abs(ends.total_seconds() - days * 86_400) < 60, span
    assert ada.kutt("GET", "/links/?limit=2").get_json()["total"] == 5


def test_reuse_finds_the_link_there_is(ada: Caller) -> None:
    first = ada.kutt("POST", "/links", json={"target": "https://shop.example/mug"}).get_json()
    for form in ({"json": {"reuse": True}}, {"data": {"reuse": "true"}}):
        again = ada.kutt("POST", "/links", **{how: {"target": first["target"], **sent} for how, sent in form.items()})
        assert (again.status_code, again.get_json()["id"]) == (200, first["id"])
    for reuse in (False, "false"):
        other = ada.kutt("POST", "/links", json={"target": "https://shop.example/mug", "reuse": reuse})
        assert (other.status_code, other.get_json()["id"] == first["id"]) == (201, False)


def test_what_is_wrong_is_one_sentence(ada: Caller) -> None:
    ada.kutt("POST", "/links", json={"target": "https://shop.example", "customurl": "mug"})
    for wrong, named in (
        ({"target": None}, "target"),
        ({"target": "https://go.example/x"}, "target"),
        ({"customurl": "mug"}, "customurl"),
        ({"customurl": "no slug!"}, "customurl"),
        ({"password": "x"}, "password"),
        ({"domain": "other.example"}, "domain"),
        ({"expire_in": "soon"}, "expire_in"),
        ({"expire_in": "999999 days"}, "expire_in"),
        ({"description": 5}, "description"),
    ):
        answer = ada.kutt("POST", "/links", json={"target": "https://shop.example/mug"} | wrong)
        assert answer.status_code == 400, wrong
        assert answer.get_json()["error"].startswith(named)
    assert ada.kutt("POST", "/links", data=b"{", content_type="application/json").status_code == 400
    for method, path, status in (
        *(("GET", "/links/a/b", 404), ("PUT", "/links", 405), ("DELETE", "/links/nobody", 404)),
        ("POST", "/domains", 404),
    ):
        answer = ada.kutt(method, path)
        assert (answer.status_code, list(answer.get_json())) == (status, ["error"])


def test_links_are_listed_changed_and_deleted(ada: Caller, store: Store) -> None:
    for name in ("first", "second", "third"):
        ada.kutt("POST", "/links", json={"target": f"https://shop.example/{name}", "customurl": name})
    click(store, "second", times.now(), people=2, programs=1)
    listed = ada.kutt("GET", "/links?skip=1&limit=1").get_json()
    assert (listed["total"], listed["skip"], listed["limit"]) == (3, 1, 1)
    assert [(each["id"], each["visit_count"]) for each in listed["data"]] == [("second", 2)]
    assert ada.kutt("GET", "/links?search=example/THIRD").get_json()["total"] == 1
    assert ada.kutt("GET", "/links?skip=x").status_code == 400
    changed = {"target": "https://shop.example/z", "description": "Last", "address": "third", "expire_in": "1h"}
    edited = ada.kutt("PATCH", "/links/third", json=changed).get_json()
    assert (edited["target"], edited["description"], bool(edited["expire_in"])) == (
        "https://shop.example/z",
        "Last",
        True,
    )
    for wrong in ({"address": "other"}, {"target": "x:y"}, {"description": 5}):
        assert (
            ada.kutt("PATCH", "/links/third", json={"description": "Else", "address": "third"} | wrong).status_code
            == 400
        )
    assert ada.kutt("GET", "/links").get_json()["data"][0]["description"] == "Last"
    made = ada.kutt("POST", "/links", json={"target": "https://shop.example/y", "description": LONG_TITLE}).get_json()
    assert made["description"] == CUT_TITLE
    ada.kutt("DELETE", f"/links/{made['id']}")
    edited = ada.kutt("PATCH", "/links/third", json={"description": LONG_TITLE}).get_json()
    assert edited["description"] == CUT_TITLE
    assert ada.kutt("DELETE", "/links/third").get_json() == {"message": "Link has been deleted successfully."}
    assert ada.kutt("GET", "/links").get_json()["total"] == 2
    assert links.get(store, "third").state == "disabled"


def test_it_needs_a_token_with_the_scope(ada: Caller, ben: Caller, eve: Caller) -> None:
    for method, path in (("GET", "/links"), ("POST", "/links"), ("PATCH", "/links/a"), ("DELETE", "/links/a")):
        assert eve.kutt(method, path).status_code == 401
        assert eve.kutt(method, path, headers={"X-API-KEY": "wrong"}).get_json() == {"error": "Unauthorized"}
        assert method == "GET" or ben.kutt(method, path).status_code == 403
    assert ben.kutt("GET", "/users").get_json()["email"] == ""
    assert eve.kutt("GET", "/health").text == "OK"
