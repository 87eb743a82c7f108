"""Shlink's short URLs."""

from datetime import datetime
from typing import Any

from dialect_cast import CUT_TITLE, LONG_TITLE, OWN_TOKEN, Caller, assert_refused, click

from shortlinks import times
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.store import Store
from tests.clicking import make_post


def codes(caller: Caller, query: str = "") -> list[str]:
    answer = caller.shlink("GET", f"/short-urls?{query}")
    assert answer.status_code == 200, answer.text
    return [each["shortCode"] for each in answer.get_json()["shortUrls"]["data"]]


def test_a_short_url_has_every_field_and_becomes_a_post_elsewhere(ada: Caller, store: Store) -> None:
    made = ada.shorten(customSlug="Mug", title="The  mug\n", tags=["autumn"], validUntil="2030-01-01T00:00:00+01:00")
    assert datetime.fromisoformat(made.pop("dateCreated")).tzinfo is not None
    assert made == {
        "shortCode": "mug",
        "shortUrl": "https://go.example/mug",
        "longUrl": "https://shop.example/mug",
        "deviceLongUrls": {"android": None, "ios": None, "desktop": None},
        "visitsSummary": {"total": 0, "nonBots": 0, "bots": 0},
        "visitsCount": 0,
        "tags": ["autumn"],
        "meta": {"validSince": None, "validUntil": "2029-12-31T23:00:00+00:00", "maxVisits": None},
        "domain": None,
        "title": "The mug",
        "crawlable": False,
        "forwardQuery": True,
        "hasRedirectRules": False,
    }
    link = links.get(store, "mug")
    post = posts.get(store, link.post_id)
    assert (post.platform, link.placement, post.title, post.tags) == (
        "other",
        "other/elsewhere",
        "The mug",
        ("autumn",),
    )
    assert post.experiment is None


def test_it_is_followed_and_passes_the_query_on_as_shlink_does(ada: Caller) -> None:
    code = ada.shorten()["shortCode"]
    followed = ada.app.test_client().get(f"/{code}?size=2")
    assert followed.headers["Location"] == "https://shop.example/mug?size=2"
    own = ada.shorten("https://shop.example/bowl", forwardQuery=False)
    assert own["forwardQuery"] is False
    assert ada.app.test_client().get(f"/{own['shortCode']}?size=2").headers["Location"] == "https://shop.example/bowl"


def test_without_a_title_it_is_called_as_its_host(ada: Caller) -> None:
    assert ada.shorten()["title"] == "shop.example"


def test_a_form_is_as_good_as_json(ada: Caller) -> None:
    sent = {"longUrl": "https://shop.example/mug", "tags[]": ["a", "b"], "forwardQuery": "false"}
    made = ada.shlink("POST", "/short-urls", data=sent).get_json()
    assert (made["tags"], made["forwardQuery"]) == (["a", "b"], False)


def test_a_short_code_is_as_long_as_asked(ada: Caller) -> None:
    assert len(ada.shorten(shortCodeLength=4)["shortCode"]) == 4
    assert len(ada.shorten(shortCodeLength=17)["shortCode"]) == 17
    for wrong in (3, 65, "x", True, 4.5):
        answer = ada.shlink("POST", "/short-urls", json={"longUrl": "https://shop.example", "shortCodeLength": wrong})
        assert_refused(answer, 400, "invalid-data", invalidElements=["shortCodeLength"])


WRONG: list[tuple[str, Any]] = [
    ("validSince", "2026-12-01T00:00:00+00:00"),
    ("maxVisits", 5),
    ("pathPrefix", "a/"),
    ("deviceLongUrls", {"ios": "https://shop.example/ios"}),
    ("validateUrl", True),
    ("domain", "other.example"),
    ("validUntil", "tomorrow"),
    ("validUntil", "2020-01-01T00:00:00+00:00"),
    ("customSlug", "no slug!"),
    ("customSlug", "rest"),
    ("tags", ["a,b"]),
    ("tags", 5),
    ("title", 5),
    ("forwardQuery", "perhaps"),
    ("findIfExists", 3),
    ("longUrl", "https://go.example/mug"),
    ("longUrl", "javascript:alert(1)"),
    ("longUrl", None),
]


def test_a_title_that_came_from_a_page_is_cut_and_not_refused(ada: Caller, store: Store) -> None:
    assert ada.shorten(customSlug="mug", title=LONG_TITLE)["title"] == CUT_TITLE
    assert ada.shorten(customSlug="bowl", title=" \x07\n")["title"] == "shop.example"
    assert ada.shlink("PATCH", "/short-urls/bowl", json={"title": LONG_TITLE}).get_json()["title"] == CUT_TITLE
    assert posts.get(store, links.get(store, "bowl").post_id).title == CUT_TITLE


def test_what_cannot_be_done_is_refused_by_name_and_nothing_is_made(ada: Caller) -> None:
    for field, value in WRONG:
        answer = ada.shlink("POST", "/short-urls", json={"longUrl": "https://shop.example/mug", field: value})
        assert_refused(answer, 400, "invalid-data", invalidElements=[field])
    assert codes(ada) == []


def test_a_new_link_is_not_crawlable_whatever_an_app_asks_for(ada: Caller) -> None:
    assert ada.shorten(customSlug="mug", crawlable=True)["crawlable"] is False
    changed = ada.shlink("PATCH", "/short-urls/mug", json={"crawlable": True, "title": "Mug"})
    assert_refused(changed, 400, "invalid-data", invalidElements=["crawlable"])


def test_what_asks_for_nothing_is_taken(ada: Caller) -> None:
    empty = {"validSince": None, "maxVisits": None, "crawlable": False, "pathPrefix": "", "domain": "go.example"}
    made = ada.shorten(**empty, deviceLongUrls={"ios": None}, validateUrl=False, whatever=1)
    assert made["meta"] == {"validSince": None, "validUntil": None, "maxVisits": None}


def test_a_slug_is_given_once(ada: Caller) -> None:
    ada.shorten(customSlug="mug")
    answer = ada.shlink("POST", "/short-urls", json={"longUrl": "https://shop.example/bowl", "customSlug": "mug"})
    assert_refused(answer, 400, "non-unique-slug", customSlug="mug")


def test_find_if_exists_finds_only_what_is_as_wished(ada: Caller, store: Store) -> None:
    first = ada.shorten(tags=["a", "b"])
    assert ada.shorten(findIfExists=True)["shortCode"] == first["shortCode"]
    assert ada.shorten(findIfExists=True, tags=["A"])["shortCode"] == first["shortCode"]
    assert ada.shorten()["shortCode"] != first["shortCode"]
    assert ada.shorten(findIfExists=True, tags=["c"])["shortCode"] != first["shortCode"]
    assert ada.shorten(findIfExists=True, customSlug="mug")["shortCode"] == "mug"
    assert ada.shorten(findIfExists=True, customSlug="mug")["shortCode"] == "mug"
    ended = ada.shorten("https://shop.example/sale", validUntil="2030-01-01T00:00:00Z")
    assert ada.shorten("https://shop.example/sale", findIfExists=True)["shortCode"] == ended["shortCode"]


def test_a_link_in_a_profile_is_not_handed_out_for_elsewhere(ada: Caller, store: Store) -> None:
    _, (bio,) = make_post(store, "bio_link", now=times.now())
    assert ada.shorten(bio.target, findIfExists=True)["shortCode"] != bio.slug
    assert bio.slug in codes(ada)


def test_an_idempotency_key_makes_one(ada: Caller) -> None:
    again = {"headers": {"Idempotency-Key": "1"}, "json": {"longUrl": "https://shop.example/mug"}}
    first, second = (ada.shlink("POST", "/short-urls", **again) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replay"] == "true"
    assert len(codes(ada)) == 1


def test_one_address_shortens_another(ada: Caller) -> None:
    client = ada.app.test_client()
    asked = f"/rest/v3/short-urls/shorten?apiKey={ada.secret}&longUrl=https%3A%2F%2Fshop.example%2Fmug"
    text = client.get(f"{asked}&format=txt")
    assert text.mimetype == "text/plain"
    (code,) = codes(ada)
    assert text.text == f"https://go.example/{code}"
    assert text.headers["Cache-Control"] == "no-store"
    assert client.get(asked).get_json()["shortCode"] == code, "opened again it is the same"
    assert client.get(asked, headers={"Accept": "text/plain, */*"}).text == text.text
    for asks in ({"Accept": "*/*, text/plain"}, {"Accept": "text/html"}):
        assert client.get(asked, headers=asks).get_json()["shortCode"] == code
    assert client.get(f"{asked}&format=json", headers={"Accept": "text/plain"}).get_json()["shortCode"] == code
    assert client.head(asked.replace("mug", "bowl")).status_code == 405
    assert codes(ada) == [code]
    assert_refused(client.get(f"{asked}&format=xml"), 400, "invalid-data", invalidElements=["format"])
    assert_refused(client.get("/rest/v3/short-urls/shorten?longUrl=a.example"), 401, "missing-authentication")
    assert_refused(client.get(f"/rest/v3/short-urls?apiKey={ada.secret}"), 401, "missing-authentication")


def test_a_short_url_is_shown_in_any_case_and_not_on_other_domains(ada: Caller, ben: Caller) -> None:
    made = ada.shorten(customSlug="mug")
    assert ben.shlink("GET", "/short-urls/MUG").get_json() == made
    assert ben.shlink("GET", "/short-urls/mug?domain=go.example").get_json() == made
    for path in ("/short-urls/nobody", "/short-urls/mug?domain=other.example", "/short-urls/%00"):
        for method in ("GET", "PATCH", "DELETE"):
            answer = ada.shlink(method, path, json={} if method == "PATCH" else None)
            assert_refused(answer, 404, "short-url-not-found")
    assert_refused(ben.shlink("GET", "/short-urls/nobody"), 404, "short-url-not-found", shortCode="nobody")


def test_an_edit_changes_what_is_named_and_null_clears(ada: Caller) -> None:
    ada.shorten(customSlug="mug", title="Mug", tags=["a"], validUntil="2030-01-01T00:00:00Z")
    changed = {"longUrl": "https://shop.example/bowl", "tags": ["b"], "forwardQuery": False}
    edited = ada.shlink("PATCH", "/short-urls/mug", json=changed).get_json()
    assert {name: edited[name] for name in changed} == changed
    assert (edited["title"], edited["meta"]["validUntil"]) == ("Mug", "2030-01-01T00:00:00+00:00")
    cleared = {"title": None, "tags": [], "validUntil": None, "validSince": None, "maxVisits": None}
    edited = ada.shlink("PATCH", "/short-urls/mug", json=cleared).get_json()
    assert (edited["title"], edited["tags"], edited["meta"]["validUntil"]) == ("shop.example", [], None)
    assert ada.shlink("GET", "/short-urls/mug").get_json() == edited


WRONG_EDITS: list[tuple[str, Any]] = [
    ("longUrl", None),
    ("longUrl", "https://go.example/mug"),
    ("maxVisits", 3),
    ("validSince", "2026-01-01T00:00:00Z"),
    ("title", 5),
    ("tags", ["a,b"]),
    ("forwardQuery", None),
]


def test_a_wrong_edit_changes_nothing(ada: Caller) -> None:
    made = ada.shorten(customSlug="mug", title="Mug")
    fine = {"longUrl": "https://shop.example/bowl", "title": "Bowl"}
    for field, value in WRONG_EDITS:
        answer = ada.shlink("PATCH", "/short-urls/mug", json=fine | {field: value})
        assert_refused(answer, 400, "invalid-data", invalidElements=[field])
    assert ada.shlink("GET", "/short-urls/mug").get_json() == made


def test_a_deleted_one_leads_nowhere_and_its_owner_can_bring_it_back(ada: Caller, store: Store) -> None:
    ada.shorten(customSlug="mug")
    click(store, "mug", times.now(), people=2)
    deleted = ada.shlink("DELETE", "/short-urls/mug")
    assert (deleted.status_code, deleted.data, deleted.content_type) == (204, b"", None)
    ada.app.extensions["shortlinks"].follower.memory.clear("")
    assert ada.app.test_client().get("/mug").status_code == 410
    assert codes(ada) == []
    assert_refused(ada.shlink("DELETE", "/short-urls/mug"), 404, "short-url-not-found")
    answer = ada.shlink("POST", "/short-urls", json={"longUrl": "https://shop.example", "customSlug": "mug"})
    assert_refused(answer, 400, "non-unique-slug")
    links.update(store, "mug", {"state": "active"}, now=times.now(), own_hosts=frozenset())
    assert ada.shlink("GET", "/short-urls/mug").get_json()["visitsSummary"]["total"] == 2


def test_lists_come_in_pages_newest_first(ada: Caller) -> None:
    for number in range(12):
        ada.shorten(f"https://shop.example/{number}", customSlug=f"n{number}")
    page = ada.shlink("GET", "/short-urls?page=2").get_json()["shortUrls"]
    assert [each["shortCode"] for each in page["data"]] == ["n1", "n0"]
    assert page["pagination"] == {
        "currentPage": 2,
        "pagesCount": 2,
        "itemsPerPage": 10,
        "itemsInCurrentPage": 2,
        "totalItems": 12,
    }
    assert len(codes(ada, "itemsPerPage=-1")) == 12
    assert codes(ada, "itemsPerPage=5&page=4") == []
    assert codes(ada, "domain=other.example") == []
    assert len(codes(ada, "domain=DEFAULT")) == 10


def test_lists_are_searched_filtered_and_put_in_order(ada: Caller, store: Store) -> None:
    now = times.now()
    ada.shorten("https://shop.example/z", customSlug="first", title="Bowl", tags=["a", "b"])
    ada.shorten("https://shop.example/y", customSlug="second", title="Mug", tags=["B"])
    ada.shorten("https://shop.example/x", customSlug="third", title="apron")
    click(store, "first", now, people=1, programs=3)
    click(store, "second", now, people=2)
    links.update(store, "third", {"expires_at": now}, now=now, own_hosts=frozenset())
    for query, expected in (
        ("searchTerm=BOWL", ["first"]),
        ("searchTerm=shop.example/y", ["second"]),
        ("searchTerm=sec", ["second"]),
        ("tags[]=a&tags[]=b", ["second", "first"]),
        ("tags[]=a&tags[]=b&tagsMode=all", ["first"]),
        ("tags[0]=a&tags%5B1%5D=b&tagsMode=all", ["first"]),
        ("excludeTags[]=a", ["third", "second"]),
        ("excludeTags[]=a&excludeTags[]=b&excludeTagsMode=all", ["third", "second"]),
        ("excludePastValidUntil=true&excludeMaxVisitsReached=true", ["second", "first"]),
        ("orderBy=shortCode-ASC", ["first", "second", "third"]),
        ("orderBy=longUrl-ASC", ["third", "second", "first"]),
        ("orderBy=title-ASC", ["third", "first", "second"]),
        ("orderBy=visits-DESC", ["first", "second", "third"]),
        ("orderBy=nonBotVisits-DESC", ["second", "first", "third"]),
        ("orderBy=dateCreated-ASC", ["first", "second", "third"]),
        ("startDate=2020-01-01", ["third", "second", "first"]),
        ("startDate=2035-01-01T00:00:00%2B01:00", []),
        ("endDate=2020-01-01T00:00:00 01:00", []),
    ):
        assert codes(ada, query) == expected, query
    counted = ada.shlink("GET", "/short-urls/first").get_json()
    assert counted["visitsSummary"] == {"total": 4, "nonBots": 1, "bots": 3}
    assert counted["visitsCount"] == 4
    for query, name in (
        ("orderBy=colour-ASC", "orderBy"),
        ("orderBy=title-UP", "orderBy"),
        ("tagsMode=some", "tagsMode"),
        ("page=x", "page"),
        ("itemsPerPage=1.5", "itemsPerPage"),
        ("startDate=soon", "startDate"),
        ("apiKeyName=Ada", "apiKeyName"),
    ):
        answer = ada.shlink("GET", f"/short-urls?{query}")
        assert_refused(answer, 400, "invalid-data", invalidElements=[name])


def test_there_are_no_redirect_rules(ada: Caller) -> None:
    ada.shorten(customSlug="mug")
    none = {"defaultLongUrl": "https://shop.example/mug", "redirectRules": []}
    assert ada.shlink("GET", "/short-urls/mug/redirect-rules").get_json() == none
    answer = ada.shlink("POST", "/short-urls/mug/redirect-rules", json={"redirectRules": []})
    assert answer.get_json() == none
    for wrong in ({"redirectRules": [{"longUrl": "https://shop.example", "conditions": []}]}, {}):
        answer = ada.shlink("POST", "/short-urls/mug/redirect-rules", json=wrong)
        assert_refused(answer, 400, "invalid-data", invalidElements=["redirectRules"])
    assert_refused(ada.shlink("GET", "/short-urls/nobody/redirect-rules"), 404, "short-url-not-found")


def test_the_token_of_the_environment_is_a_key(app: Any) -> None:
    assert Caller(app, "", OWN_TOKEN).shorten()["shortCode"]
