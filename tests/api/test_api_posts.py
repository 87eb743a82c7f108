"""/posts"""

from typing import Any

import pytest
from api_cast import Person, assert_problem, click, new_post
from apiflask import APIFlask
from clicking import asked

from shortlinks import store as stores
from shortlinks import times
from shortlinks.web.api import schemas

Store = stores.Store


def test_it_makes_a_post_with_its_links_in_one_call(ada: Person) -> None:
    answer = ada.post(
        "/posts",
        {
            "platform": "instagram",
            "title": "Autumn drop",
            "kind": "reel",
            "published_at": "2026-11-20T18:00:00+01:00",
            "tags": ["sale", "#Autumn"],
            "followers": "12.4K",
            "notes": "first try",
            "links": [
                {"placement": "bio_link", "target": "https://shop.example/new"},
                {"placement": "instagram/reel_caption", "target": "shop.example/new", "slug": "autumn"},
            ],
        },
    )
    assert answer.status_code == 201
    post = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/posts/{post['id']}"
    assert ada.get(answer.headers["Location"]).get_json() == post
    assert post["kind"] == "video"
    assert post["published_at"] == "2026-11-20T17:00:00Z"
    assert post["tags"] == ["sale", "Autumn"]
    assert (post["followers"], post["precision"]) == (12_400, {"followers": 50})
    assert post["totals"] == {"hits": 0, "human": 0, "visitors": 0, "conversions": 0}
    assert post["latest_snapshot"] is None
    assert post["warnings"] == []
    links = {link["placement"]: link for link in post["links"]}
    assert links.keys() == {"instagram/bio_link", "instagram/reel_caption"}
    assert links["instagram/reel_caption"]["short_url"] == "https://go.example/autumn"
    assert links["instagram/reel_caption"]["target"] == "https://shop.example/new"


def test_without_a_profile_it_takes_or_makes_the_platforms_first(ada: Person) -> None:
    first = new_post(ada)
    assert new_post(ada)["profile_id"] == first["profile_id"]
    profile = ada.get(f"/profiles/{first['profile_id']}").get_json()
    assert (profile["platform"], profile["handle"]) == ("instagram", "me")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": "myspace"}, "platform"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "painting"}, "kind"),
        ({"published_at": "2099-01-01T00:00:00Z"}, "published_at"),
        ({"published_at": "yesterday"}, "published_at"),
        ({"published_at": "0001-01-01T00:00:00Z"}, "published_at"),
        ({"followers": -1}, "followers"),
        ({"followers": "many"}, "followers"),
        ({"followers": 10**400}, "followers"),
        ({"permalink": "javascript:alert(1)"}, "permalink"),
        ({"profile_id": "nobody"}, "profile_id"),
        ({"part_of": "nothing"}, "part_of"),
        ({"siblings": ["nothing"]}, "siblings"),
        ({"notes": "n" * 5_001}, "notes"),
        ({"links": [{"placement": "bio_link", "target": "javascript:alert(1)"}]}, "links[0].target"),
        ({"links": [{"placement": "bio_link", "target": "https://ada:pw@shop.example"}]}, "links[0].target"),
        ({"links": [{"placement": "bio_link", "target": "https://go.example/x"}]}, "links[0].target"),
        ({"links": [{"placement": "ceiling", "target": "https://shop.example"}]}, "links[0].placement"),
        ({"links": [{"placement": "bio_link", "target": "https://a.example", "slug": "admin"}]}, "links[0].slug"),
    ],
)
def test_it_names_the_field_and_writes_nothing(ada: Person, change: dict[str, Any], field: str) -> None:
    body = {"platform": "instagram", "title": "Autumn drop"}
    assert_problem(ada.post("/posts", body | change), 422, field)
    assert ada.get("/posts").get_json() == {"items": [], "next_cursor": None}
    assert ada.get("/links").get_json()["items"] == []
    assert ada.get("/profiles").get_json()["items"] == []


def test_a_permalink_tells_platform_and_kind(ada: Person) -> None:
    body = {"title": "Autumn drop", "permalink": "https://www.instagram.com/p/C1/?igsh=x"}
    post = ada.post("/posts", body).get_json()
    assert (post["platform"], post["kind"]) == ("instagram", "image")
    assert ada.post("/posts", body | {"platform": None, "kind": "reel"}).get_json()["kind"] == "video"
    for unclear in ({"permalink": "https://blog.example/a"}, {"permalink": None}):
        assert_problem(ada.post("/posts", {"title": "Autumn drop"} | unclear), 422, "platform")


def test_a_taken_slug_is_a_409_and_leaves_no_half_post(ada: Person) -> None:
    link = {"placement": "bio_link", "target": "https://shop.example", "slug": "sale"}
    new_post(ada, links=[link])
    assert_problem(
        ada.post("/posts", {"platform": "instagram", "title": "Again", "links": [{**link, "slug": "free"}, link]}),
        409,
        "links[1].slug",
    )
    assert len(ada.get("/posts").get_json()["items"]) == 1
    assert_problem(ada.get("/links/free"), 404)


@pytest.mark.parametrize("word", ["static", "healthz", "added-later"])
def test_a_way_of_the_service_is_no_slug(app: APIFlask, ada: Person, word: str) -> None:
    app.add_url_rule("/added-later/<name>", view_func=lambda name: name)
    link = {"placement": "bio_link", "target": "https://shop.example", "slug": word}
    assert_problem(ada.post("/posts", {"platform": "instagram", "title": "x", "links": [link]}), 422, "links[0].slug")


def test_it_lists_the_newest_first_page_by_page_while_posts_are_added(ada: Person, ben: Person) -> None:
    made = [new_post(ada, title=f"Post {number}", links=[])["id"] for number in range(5)]
    first = ben.get("/posts?limit=2").get_json()
    new_post(ada, title="Meanwhile")
    second = ben.get(f"/posts?limit=2&cursor={first['next_cursor']}").get_json()
    third = ben.get(f"/posts?limit=2&cursor={second['next_cursor']}").get_json()
    seen = [post["id"] for page in (first, second, third) for post in page["items"]]
    assert sorted(seen) == sorted(made)
    assert third["next_cursor"] is None


def test_it_lists_by_platform_tag_text_and_archive(ada: Person) -> None:
    reel = new_post(ada, title="Red shoes", tags=["sale"])["id"]
    short = new_post(ada, platform="youtube", title="Blue shoes", links=[])["id"]
    old = new_post(ada, title="Hat")["id"]
    ada.patch(f"/posts/{old}", {"archived": True})

    def ids(query: str) -> set[str]:
        return {post["id"] for post in ada.get(f"/posts?{query}").get_json()["items"]}

    assert ids("") == {reel, short}
    assert ids("platform=youtube") == {short}
    assert ids("tag=sale") == {reel}
    assert ids("q=shoes") == {reel, short}
    assert ids("archived=true") == {old}


def test_a_long_page_asks_the_store_as_often_as_a_short_one(ben: Person, ada: Person, monkeypatch: Any) -> None:
    for number in range(13):
        post = new_post(ada, title=f"Post {number}")
        ada.post(f"/posts/{post['id']}/snapshots", {"views": 100 + number})
    often = {}
    for limit in (1, 12):
        ben.get(f"/posts?limit={limit}")
        with asked(monkeypatch) as sent:
            page = ben.get(f"/posts?limit={limit}").get_json()["items"]
        assert [post["latest_snapshot"]["views"] for post in page] == [112 - n for n in range(limit)]
        assert all(post["links"] for post in page)
        often[limit] = len(sent)
    assert often[12] == often[1]


def test_it_changes_what_is_sent_and_clears_what_is_null(ada: Person) -> None:
    post = new_post(ada, permalink="https://www.instagram.com/reel/C1/", notes="draft")
    changed = ada.patch(f"/posts/{post['id']}", {"title": "Winter drop", "permalink": None, "tags": ["snow"]})
    assert changed.status_code == 200
    expected = post | {"title": "Winter drop", "permalink": None, "tags": ["snow"]}
    assert changed.get_json() == expected
    assert ada.get(f"/posts/{post['id']}").get_json() == expected


def test_a_change_of_nothing_changes_nothing(ada: Person) -> None:
    post = new_post(ada)
    assert ada.patch(f"/posts/{post['id']}", {}).get_json() == post


@pytest.mark.parametrize("field", ["platform", "profile_id", "id", "links", "totals", "created_at"])
def test_it_refuses_to_change_what_is_fixed(ada: Person, field: str) -> None:
    post = new_post(ada)
    assert_problem(ada.patch(f"/posts/{post['id']}", {field: post[field]}), 422, field)


def test_a_story_is_part_of_a_reel_and_siblings_know_each_other(ada: Person) -> None:
    reel = new_post(ada)
    story = new_post(ada, kind="story", part_of=reel["id"])
    short = new_post(ada, platform="youtube", siblings=[reel["id"]], links=[])
    assert story["part_of"] == reel["id"]
    assert ada.get(f"/posts/{reel['id']}").get_json()["siblings"] == [short["id"]]


def test_delete_archives_and_keeps_every_number(ada: Person, store: Store) -> None:
    post = new_post(ada)
    click(store, post["links"][0]["slug"], times.now(), count=3)
    assert ada.delete(f"/posts/{post['id']}").status_code == 204
    kept = ada.get(f"/posts/{post['id']}").get_json()
    assert kept["archived"] is True
    assert kept["totals"]["human"] == 3
    assert kept["links"][0]["state"] == "active"


def test_purge_erases_the_post_with_its_clicks(ada: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    click(store, slug, times.now(), count=3)
    answer = ada.delete(f"/posts/{post['id']}?purge=true")
    assert (answer.status_code, answer.headers.get("Content-Type")) == (204, None)
    assert_problem(ada.get(f"/posts/{post['id']}"), 404)
    assert_problem(ada.get(f"/links/{slug}"), 404)
    assert_problem(ada.get(f"/clicks?post={post['id']}"), 404)
    assert store.redis.keys(f"*{post['id']}*") == []
    assert_problem(ada.delete(f"/posts/{post['id']}?purge=true"), 404)
    assert_problem(
        ada.post(
            "/posts",
            {
                "platform": "instagram",
                "title": "x",
                "links": [{"placement": "bio_link", "target": "https://a.example", "slug": slug}],
            },
        ),
        409,
        "links[0].slug",
    )


def test_purge_must_be_said_clearly(ada: Person) -> None:
    post = new_post(ada)
    assert_problem(ada.delete(f"/posts/{post['id']}?purge=perhaps"), 422, "purge")
    assert ada.get(f"/posts/{post['id']}").get_json()["archived"] is False


def test_totals_are_those_of_the_clicks(ada: Person, store: Store) -> None:
    post = new_post(ada)
    slug = post["links"][0]["slug"]
    # Of any two, one in 16,384 pairs counts as one visitor.
    for visitor in ("one", "other"):
        click(store, slug, times.now(), visitor=visitor)
    click(store, slug, times.now(), agent="curl/8.5.0")
    ada.post("/conversions", {"external_id": "order-1", "kind": "sale", "slug": slug})
    totals = ada.get(f"/posts/{post['id']}").get_json()["totals"]
    assert totals == {"hits": 3, "human": 2, "visitors": 2, "conversions": 1}
    assert ada.get("/posts").get_json()["items"][0]["totals"] == totals


def test_the_address_of_a_profile_is_taken_with_a_warning(ada: Person) -> None:
    post = new_post(ada, permalink="https://www.instagram.com/ada.shop/", links=[])
    assert post["permalink"] == "https://www.instagram.com/ada.shop/"
    assert post["warnings"] == [
        {
            "code": "profile_permalink",
            "message": "The permalink is the address of a profile on Instagram, not of a post.",
        }
    ]
    mended = ada.patch(f"/posts/{post['id']}", {"permalink": "https://www.instagram.com/reel/C1/"})
    assert mended.get_json()["warnings"] == []


def test_a_list_says_just_what_its_schema_makes_of_it(app: APIFlask, ada: Person) -> None:
    first = new_post(ada, links=[], followers="12.4K", notes="Grüße ✓", permalink="https://www.instagram.com/ada/")
    other = {
        "placement": "story_link_sticker",
        "target": "https://shop.example/ü",
        "expires_at": "2035-01-01T00:00:00Z",
    }
    post = new_post(ada, links=[other | {"utm": {"source": "ig"}, "coupon": "MUG10"}], siblings=[first["id"]])
    ada.post(f"/posts/{post['id']}/snapshots", {"views": "12.4K", "non_followers": 84})
    for path, schema in (("/posts", schemas.PostPage), ("/links", schemas.LinkPage)):
        answer = ada.get(path)
        held = schema.model_validate(answer.get_json()).model_dump(mode="json", by_alias=True)
        assert answer.text == f"{app.json.dumps(held, separators=(',', ':'), ensure_ascii=False)}\n"
