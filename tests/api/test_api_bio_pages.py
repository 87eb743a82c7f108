"""`/profiles/{profile_id}/page` and its rows."""

from api_cast import Person, assert_problem, click, new_post

from shortlinks import times
from shortlinks.store import Store


def test_a_page_is_made_filled_ordered_and_read_with_its_taps(ada: Person, ben: Person, store: Store) -> None:
    post, other = new_post(ada), new_post(ada, title="The jug")
    where = f"/profiles/{post['profile_id']}/page"
    assert_problem(ben.get(where), 404)
    made = ada.call("PUT", where, json={"name": "@Ada", "title": "Ada makes mugs", "theme": "dark", "accent": "sea"})
    assert made.status_code == 200
    page = made.get_json()
    assert (page["address"], page["name"], page["online"]) == ("https://go.example/@ada", "ada", True)
    assert page["opens"] == {"hits": 0, "human": 0, "reasons": {}, "lost": 0}
    first = ada.post(f"{where}/rows", {"post_id": post["id"]})
    assert first.status_code == 201
    page = ada.post(f"{where}/rows", {"post_id": other["id"], "title": "My jug", "slug": "jug"}).get_json()
    assert [(row["title"], row["post_id"]) for row in page["rows"]] == [
        ("My jug", other["id"]),
        ("Autumn drop", post["id"]),
    ]
    assert page["rows"][0] | {} == {
        **{"slug": "jug", "title": "My jug", "post_id": other["id"], "target": "https://shop.example/new"},
        **{"state": "active", "taps": 0},
    }
    click(store, "jug", times.now(), count=2)
    moved = ada.patch(f"{where}/rows/jug", {"position": 2, "title": "Jugs"}).get_json()
    assert [(row["title"], row["taps"]) for row in moved["rows"]] == [("Autumn drop", 0), ("Jugs", 2)]
    assert ada.delete(f"{where}/rows/jug").status_code == 204
    assert [row["title"] for row in ben.get(where).get_json()["rows"]] == ["Autumn drop"]
    assert ada.get("/links/jug").get_json()["placement"] == "instagram/bio_page"


def test_readers_and_strangers_change_nothing(ada: Person, ben: Person, eve: Person) -> None:
    where = f"/profiles/{new_post(ada)['profile_id']}/page"
    assert_problem(eve.get(where), 401)
    for method, path in (("PUT", where), ("POST", f"{where}/rows"), ("PATCH", f"{where}/rows/a")):
        assert_problem(ben.call(method, path, json={}), 403)
    assert_problem(ben.delete(f"{where}/rows/a"), 403)


def test_what_is_wrong_names_its_field(ada: Person) -> None:
    post = new_post(ada)
    where = f"/profiles/{post['profile_id']}/page"
    assert_problem(ada.call("PUT", where, json={}), 422, "name")
    assert_problem(ada.call("PUT", where, json={"name": "a b", "accent": "beige", "online": None}), 422, "online")
    assert_problem(ada.call("PUT", where, json={"name": "a b", "accent": "beige"}), 422, "name", "accent")
    assert_problem(ada.post(f"{where}/rows", {"post_id": post["id"]}), 404)
    ada.call("PUT", where, json={"name": "ada"})
    assert_problem(ada.post(f"{where}/rows", {"post_id": "nothere"}), 422, "post_id")
    assert_problem(ada.post(f"{where}/rows", {}), 422, "post_id")
    assert_problem(ada.post(f"{where}/rows", {"post_id": post["id"], "slug": post["links"][0]["slug"]}), 409, "slug")
    assert_problem(ada.patch(f"{where}/rows/nothere", {"title": "A"}), 404)
    second = ada.post("/profiles", {"platform": "x", "handle": "ada"}).get_json()
    assert_problem(ada.call("PUT", f"/profiles/{second['id']}/page", json={}), 409, "name")
    assert_problem(ada.call("PUT", "/profiles/nobody/page", json={"name": "b"}), 404)
