"""Targets that send requests to the whole application: visitors' headers, the API's bodies and queries, the owner's forms."""

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

from hypothesis import strategies as st
from pydantic import BaseModel
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from shortlinks import keys
from shortlinks.clicks import classify
from shortlinks.links import link_fields
from shortlinks.owner import own_browser, tokens
from shortlinks.placements import placements
from shortlinks.posts import post_fields
from shortlinks.rollups import timelines
from shortlinks.snapshots import polls
from shortlinks.web.admin import packed
from shortlinks.web.api import schemas
from shortlinks.webhooks import webhooks
from tests.clicking import NOW
from tests.fuzz import Target, deliveries, dialects, reports, words
from tests.fuzz.site import API, ORIGIN, Site, assert_answered, leads_to

_NEW_LINK = {"placement": "instagram/bio_link", "target": "https://shop.example/new"}
WRITES: dict[tuple[str, str], tuple[type[BaseModel], dict[str, Any]]] = {
    ("POST", "/posts"): (schemas.NewPost, {"platform": "instagram", "title": "Autumn", "links": [_NEW_LINK]}),
    ("PATCH", "/posts/{post}"): (schemas.PostChanges, {"title": "Autumn", "siblings": ["{sibling}"]}),
    ("POST", "/posts/{post}/links"): (schemas.NewLink, _NEW_LINK),
    ("PATCH", "/links/{slug}"): (schemas.LinkChanges, {"target": "https://shop.example/newer", "post_id": "{story}"}),
    ("POST", "/posts/{post}/snapshots"): (schemas.NewSnapshot, {"views": "12.4K", "likes": 931}),
    ("POST", "/profiles"): (schemas.NewProfile, {"platform": "tiktok", "handle": "ada"}),
    ("PATCH", "/profiles/{profile}"): (schemas.ProfileChanges, {"bio_slug": "{slug}", "shop": "shop.example"}),
    ("POST", "/profiles/{profile}/snapshots"): (
        schemas.NewProfileSnapshot,
        {"followers": "12.4K", "day": "2026-01-01"},
    ),
    ("PUT", "/profiles/{profile}/page"): (schemas.BioPageChanges, {"name": "ada", "title": "Ada", "theme": "dark"}),
    ("POST", "/profiles/{profile}/page/rows"): (schemas.NewBioRow, {"post_id": "{other}", "title": "Autumn"}),
    ("PATCH", "/profiles/{profile}/page/rows/{row}"): (schemas.BioRowChanges, {"title": "Autumn", "position": 1}),
    ("PUT", "/shops/{shop}/totals/{week}"): (schemas.NewShopTotals, {"visits": "1.2K", "orders": 3}),
    ("POST", "/posts/{story}/polls"): (schemas.NewPoll, {"votes": {"later": "12", "no_link": 5}}),
    ("POST", "/experiments"): (
        schemas.NewExperiment,
        {"question": "Ask in the caption", "platform": "x", "kind": "text", "per_arm": 8},
    ),
    ("PATCH", "/experiments/{experiment}"): (schemas.ExperimentChanges, {"state": "stopped"}),
    ("POST", "/conversions"): (schemas.NewConversion, {"external_id": "2", "kind": "sale", "slug": "{slug}"}),
    ("POST", "/webhooks"): (
        schemas.NewWebhook,
        {"url": "https://shop.example/hook", "events": ["post.clicks", "link.broken"]},
    ),
    ("POST", "/webhooks/{webhook}/rotate-secret"): (BaseModel, {}),
    ("POST", "/webhooks/{webhook}/test"): (BaseModel, {}),
    ("POST", "/webhooks/{webhook}/deliveries/{delivery}/replay"): (BaseModel, {}),
    ("PATCH", "/webhooks/{webhook}"): (schemas.WebhookChanges, {"state": "disabled", "events": ["post.clicks"]}),
    ("POST", "/tokens"): (schemas.NewToken, {"name": "spreadsheet", "scopes": ["read"]}),
}
READS: dict[str, type[BaseModel] | None] = {
    "/posts": schemas.PostsQuery,
    "/posts/{post}": None,
    "/compare": schemas.CompareQuery,
    "/export": None,
    "/insights": None,
    "/posts/{post}/funnel": schemas.FunnelQuery,
    "/posts/{post}/timeline": schemas.TimelineQuery,
    "/posts/{post}/breakdown": schemas.BreakdownQuery,
    "/posts/{post}/snapshots": schemas.ListQuery,
    "/links": schemas.LinksQuery,
    "/links/{slug}": None,
    "/clicks": schemas.ClicksQuery,
    "/conversions": schemas.ConversionsQuery,
    "/events": schemas.EventsQuery,
    "/export/posts": None,
    "/export/funnels": None,
    "/export/clicks": None,
    "/profiles": schemas.ListQuery,
    "/profiles/{profile}": None,
    "/profiles/{profile}/snapshots": schemas.ListQuery,
    "/profiles/{profile}/funnel": schemas.ProfileFunnelQuery,
    "/profiles/{profile}/page": None,
    "/posts/{story}/polls": schemas.ListQuery,
    "/shops/{shop}/totals": schemas.ListQuery,
    "/shops/{shop}/totals/{week}": None,
    "/experiments": schemas.ListQuery,
    "/experiments/{experiment}": None,
    "/experiments/power": schemas.PowerQuery,
    "/placements": None,
    "/tokens": schemas.ListQuery,
    "/webhooks": schemas.ListQuery,
    "/webhooks/{webhook}": None,
    "/webhooks/{webhook}/deliveries": schemas.ListQuery,
}
UPLOADS = ("/profiles/{profile}/snapshots/import", "/snapshots/import")
LISTS = (
    "/posts",
    "/links",
    "/profiles",
    "/tokens",
    "/webhooks",
    "/webhooks/{webhook}/deliveries",
    "/experiments",
    "/clicks?post={post}",
    "/posts/{post}/snapshots",
    "/profiles/{profile}/snapshots",
    "/posts/{story}/polls",
    "/shops/{shop}/totals",
)
_POST_FORM = {
    **{
        "title": "Autumn",
        "seen": "title.abc notes.def",
        "kind": "video",
        "permalink": "",
        "published_at": "2026-01-01T10:00",
        "tags": "a, b",
        "part_of": "",
        "notes": "",
    },
    **{"siblings": "{sibling}", "sibling": "", "target": "https://shop.example/new", "placement": "bio_link"},
}
_LINK_FORM = {
    "nonce": "abc",
    "target": "https://shop.example/new",
    "placement": "bio_link",
    "slug": "",
    **{"click_id_param": "", "coupon": ""},
    "forward_query": "1",
}
_NUMBERS = ("views", "likes", "reach", "comments", "shares", "saves", "profile_visits", "link_taps")
_PROFILE = "/profiles/{profile}"
FORMS: dict[str, dict[str, str]] = {
    f"{_PROFILE}/edit": {"handle": "ada", "kind": "creator", "followers": "12400", "shop": "shop.example"},
    f"{_PROFILE}/snapshots": dict.fromkeys(("followers", "profile_visits", "link_taps", "views"), "1.2K")
    | {"days": "7"},
    f"{_PROFILE}/overview": {},
    f"{_PROFILE}/page/settings": {
        **{"seen": "about.abc", "making": ""},
        **{"name": "ada", "title": "Ada", "about": "", "theme": "dark", "accent": "sea"},
        "online": "1",
    },
    f"{_PROFILE}/page/rows": {"post_id": "{other}", "title": "", "target": "https://shop.example/new"},
    f"{_PROFILE}/page/rows/{{row}}": {"title": "Autumn", "position": "1"},
    f"{_PROFILE}/totals": {"week": "{week}", "visits": "60", "orders": "2"},
    "/posts/{story}/polls": dict.fromkeys(polls.MOTIVES, "12"),
    "/profiles/": {
        "platform": "tiktok",
        "handle": "ada",
        "kind": "creator",
        "followers": "600",
        "shop": "shop.example",
    },
    "/posts/new?platform=instagram": _POST_FORM,
    "/posts/new?platform=tiktok": _POST_FORM
    | {"placement": "tiktok/spoken", "ending-spoken": "", "profile_id": "", "target": "shop.example"},
    "/posts/new?platform=x": _POST_FORM | {"placement": "x/spoken", "ending-spoken": "", "propose": "1"},
    "/posts/new?platform=threads": _POST_FORM
    | dict.fromkeys(("also", "shown"), "tiktok")
    | {
        "on-tiktok-placement": "tiktok/spoken",
        "on-tiktok-permalink": "tiktok.com/@a/video/1",
        "on-tiktok-profile_id": "",
    },
    "/posts/{post}/edit": _POST_FORM,
    "/posts/{post}/archive": {"archived": "1"},
    "/posts/{story}/purge": {"sure": "1"},
    "/posts/{post}/snapshots": dict.fromkeys(_NUMBERS, "12.4K")
    | {"non_followers": "84,2 %", "taken_at": "", "suggested": ""},
    "/posts/{post}/links": _LINK_FORM,
    "/posts/{post}/mine": {"click": "{click}", "mine": "1"},
    "/profiles/{profile}/page/mine": {"click": "{click}", "mine": "1"},
    "/posts/{story}/links/move": {"slug": "{slug}", "target": ""},
    "/links/{slug}": _LINK_FORM | {"post_id": "{story}", "expires_at": ""},
    "/links/{wide}": {"state": "disabled"},
    "/import/": {},
    "/import/save": {
        **{"packed": packed.pack(b"Post id,Post Link,Impressions\n5,https://x.com/me/status/5,9\n"), "name": "x.csv"},
        **{"row-2": "new", "taken_at": "", "suggested": "", "with_lower": "1", "profile_id": ""},
    },
    "/set-up/": {
        "platforms": "tiktok",
        **{"handle-tiktok": "ada", "followers-tiktok": "600", "kind-tiktok": "personal"},
        "shop": "shop.example",
    },
    "/settings/language": {"language": "de"},
    "/posts/{post}/sales": {
        **{"amount": "12,50 €", "slug": "{slug}", "nonce": "abc", "coupon": "", "order": ""},
        **{"occurred_at": "", "suggested": ""},
    },
    "/posts/{post}/sales/remove": {"external_id": "typed-abc"},
    "/settings/sales/window": {"window": "30"},
    "/settings/sales/pixel": {"do": "new"},
    "/settings/sales/arrivals": {"do": "new"},
    "/settings/sales/hooks/{system}": {"do": "save", "secret": "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"},
    "/settings/time-zone": {"timezone": "Europe/Berlin"},
    "/settings/password": {"present": "wrong", "password": "correct horse", "again": "correct horse"},
    "/settings/tokens": {"name": "spreadsheet", "scopes": "read"},
    "/settings/tokens/{token}/revoke": {},
    "/settings/recount/": {},
    "/settings/webhooks/": {"url": "https://shop.example/hook", "events": "post.clicks", "description": ""},
    "/settings/webhooks/{webhook}/test": {},
    "/settings/webhooks/{webhook}/secret": {},
    "/settings/webhooks/{webhook}/state": {"do": "stop"},
    "/settings/webhooks/{webhook}/erase": {},
    "/settings/webhooks/{webhook}/deliveries/{delivery}/replay": {},
    "/settings/links/file": {"source": "csv"},
    "/settings/links/service": {"source": "shlink", "address": "https://sho.rt", "key": "abc"},
    "/settings/links/take": {"id": "abc"},
    "/settings/links/discard": {"id": "abc"},
    "/settings/reminders/calendar": {"do": "new"},
    "/posts/{post}/shown": {"do": "new"},
    "/settings/reminders/{channel}": {"do": "start", "address": "https://ntfy.example/topic"},
    "/numbers?posts={post}.{story}&place=1": dict.fromkeys(_NUMBERS, "12.4K") | {"pasted": "", "source": ""},
    "/experiments/new": {"question": "Ask in the caption", "place": "x/text", "per_arm": "8", "days": "28"}
    | {"placement": ""},
    "/experiments/{experiment}/stop": {},
    "/testing/browser": {"mine": "1"},
    "/testing/network": {"testing": "1"},
}

_ids = words.sample("{post}", "{story}", "{sibling}", "{profile}", "{token}", "none")
_PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("post", "post_id", "part_of", "profile_id", "sibling"), _ids),
    **dict.fromkeys(("target", "permalink", "shop", "url"), words.urls),
    **dict.fromkeys(
        ("taken_at", "published_at", "expires_at", "occurred_at", "day", "suggested"), words.instants | st.just("{now}")
    ),
    **dict.fromkeys(("at", "from", "to"), words.instants | st.just("{now}")),
    **dict.fromkeys((*_NUMBERS, "followers", "non_followers", "visits", "orders", "days"), words.counts),
    **dict.fromkeys(polls.MOTIVES, words.counts),
    "week": words.sample("{week}", "2026-W53", "2025-W53", "9999-W52", "0000-W01"),
    "votes": st.dictionaries(words.sample(*polls.MOTIVES), words.counts, max_size=3),
    "weeks": st.integers(-1, 60).map(str) | words.counts,
    **dict.fromkeys(("slug", "bio_slug", "ending-spoken"), words.slugs),
    **dict.fromkeys(("tz", "timezone"), words.zones),
    "siblings": st.lists(_ids, max_size=3),
    "tags": st.lists(words.plain, max_size=4),
    "utm": st.dictionaries(words.sample(*link_fields.UTM, "utm_source"), words.plain, max_size=3),
    "platform": words.sample(*placements.platforms()),
    "placement": words.sample("bio_link", "instagram/bio_link", "story_link_sticker", "tiktok/video_caption"),
    "kind": words.sample(*post_fields.KINDS, *post_fields.ALIASES, "sale", "business"),
    **dict.fromkeys(("click", "click_id"), words.sample("{click}", "{slug}.00000000000000000000000")),
    **{"click_id_param": words.sample("slc"), "coupon": words.sample("MUG10", "mug10")},
    "currency": words.sample("EUR"),
    **{"amount": words.sample("12,50 €", "$5", "1.250 KWD"), "external_id": words.sample("1", "typed-abc")},
    "state": words.sample("active", "disabled", "erased"),
    "scopes": st.lists(st.sampled_from((*tokens.SCOPES, "x")), max_size=3),
    "events": st.lists(st.sampled_from((*webhooks.EVENTS, "x")), max_size=3),
    "bucket": words.sample(*timelines.BUCKETS),
    "by": words.sample(*keys.DIMENSIONS, "link", "placement", "reason"),
    "reason": words.sample("human", "visitors", "preview"),
    "limit": st.integers(-1, 300).map(str) | words.counts,
    "after": words.sample("latest", "", "AAAA"),
    "cursor": words.sample("{cursor}", "1795300000000:{post}", ">0-0.-1", "=1-1.0", "{post}"),
    **dict.fromkeys(
        ("archived", "purge", "sure", "forward_query", "mine", "testing"), st.sampled_from(("1", "0", "true", "no", ""))
    ),
}


@st.composite
def _spoilt(draw: st.DrawFn, whole: dict[str, Any], fields: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """What would be taken, with up to three of `fields` put in or drawn anew, and perhaps one left out."""
    changed = draw(st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True)) if fields else []
    made = whole | {name: draw(fields[name]) for name in changed}
    if made and draw(st.integers(0, 9)) == 9:
        del made[draw(st.sampled_from(sorted(made)))]
    return made


def _field(name: str) -> st.SearchStrategy[Any]:
    """A value for a field of a body: mostly one that could be meant."""
    if name == "links":
        links = {each: _field(each) for each in schemas.NewLink.model_fields}
        return st.lists(_spoilt(_NEW_LINK, links) | words.json_values, max_size=3)
    meant = st.booleans() if name in ("archived", "forward_query") else _PLAUSIBLE.get(name, words.plain)
    return meant | meant | meant | words.json_values


_BODIES = {
    (method, path): _spoilt(whole, {name: _field(name) for name in model.model_fields})
    for (method, path), (model, whole) in WRITES.items()
}


@st.composite
def _writes(draw: st.DrawFn) -> tuple[str, str, str]:
    method, path = draw(st.sampled_from(sorted(WRITES)))
    # As JSON clients write it; "\\ud800" and NaN too.
    return method, path, json.dumps(draw(_BODIES[method, path] if draw(st.integers(0, 9)) else words.json_values))


def check_write(site: Site, sent: tuple[str, str, str]) -> None:
    """A body is taken, and then everything can still be read; or it is refused as a problem."""
    method, path, body = sent
    _write(site, method, path, site.filled(body).encode("utf-8", "surrogatepass"), "application/json")


@st.composite
def _raw_bodies(draw: st.DrawFn) -> tuple[str, str, bytes, str]:
    method, path = draw(st.sampled_from(sorted(WRITES)))
    valid = st.sampled_from(
        ('{"views": 1}', '{"title": "Autumn"}', '{"platform": "instagram", "title": "a", "links": []}', "[" * 5_000)
    )
    text = draw(words.bent(valid))
    kind = words.header(
        words.sample(
            "application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=x"
        )
    )
    encoding = draw(st.sampled_from(("utf-8", "utf-16", "utf-8-sig", "utf-32-le")))
    return method, path, draw(st.just(text.encode(encoding, "surrogatepass")) | st.binary(max_size=40)), draw(kind)


def check_raw_body(site: Site, sent: tuple[str, str, bytes, str]) -> None:
    """The same for bytes that need not be JSON, of whatever type they claim to be."""
    _write(site, *sent)


def _write(site: Site, method: str, path: str, body: bytes, kind: str) -> None:
    with site.as_it_was():
        answer = site.call(method, site.filled(path), data=body, content_type=kind)
        assert_answered(answer, API + path)
        if answer.status_code >= 300:
            return
        made = answer.get_json()
        post_id = made["id"] if path.startswith("/posts") and "title" in made else site.names["post"]
        site.look(post_id)
        for link in made.get("links", [made] if "short_url" in made else []):
            assert site.call("GET", f"/links/{link['slug']}").get_json() == link
            followed = site.app.test_client().get(f"/{link['slug']}")
            assert followed.status_code == (302 if link["state"] == "active" else 410)
            assert site.app.test_client().get(f"/{link['slug']}+").status_code == (
                200 if link["state"] == "active" else 410
            )


@st.composite
def _uploads(draw: st.DrawFn) -> tuple[str, bytes, bool]:
    return draw(st.sampled_from(UPLOADS)), draw(words.overviews() | words.post_exports()), draw(st.booleans())


def check_upload(site: Site, sent: tuple[str, bytes, bool]) -> None:
    """A file is taken or refused, in either of the two ways to send it."""
    path, data, in_form = sent
    if in_form:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="Overview.csv"\r\n\r\n'
        _write(site, "POST", path, head + data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    else:
        _write(site, "POST", path, data, "text/csv")


@st.composite
def _query(draw: st.DrawFn, names: list[str]) -> str:
    pairs = []
    for name in draw(st.lists(st.sampled_from([*names, "limit", "x"]), max_size=4)):
        text = str(draw(_PLAUSIBLE.get(name, words.plain) | words.plain))
        # Half of them as browsers write them, half as they come.
        coded = draw(st.booleans())
        pairs.append(f"{name}={quote(text, safe='{}', errors='surrogatepass') if coded else text}")
    return "&".join(pairs)


@st.composite
def _reads(draw: st.DrawFn) -> tuple[str, str, str]:
    path = draw(st.sampled_from(sorted(READS)))
    model = READS[path]
    names = [info.alias or name for name, info in model.model_fields.items()] if model else []
    always = {"/clicks": "post={post}&", "/posts/{post}/breakdown": f"by={draw(_PLAUSIBLE['by'])}&"}.get(path, "")
    accept = draw(st.sampled_from(("*/*", "text/csv", "application/x-ndjson")) | words.header(words.plain))
    return path, always + draw(_query(names)), accept


def check_read(site: Site, sent: tuple[str, str, str]) -> None:
    """A query string is answered or refused as a problem."""
    path, query, accept = sent
    assert_answered(_get(site, path, query, accept), API + path)


def _get(site: Site, path: str, query: str, accept: str = "*/*") -> Any:
    raw = site.filled(query).encode("utf-8", "surrogatepass").decode("latin-1")
    return site.call("GET", site.filled(path), environ_overrides={"QUERY_STRING": raw}, headers={"Accept": accept})


@st.composite
def _cursors(draw: st.DrawFn) -> tuple[str, str]:
    return draw(st.sampled_from(LISTS)), draw(_PLAUSIBLE["cursor"])


def check_cursor(site: Site, sent: tuple[str, str]) -> None:
    """A cursor is refused, or leads to the end of the list."""
    where, cursor = sent
    path, _, query = where.partition("?")
    first = _get(site, path, f"{query}&limit=1").get_json()
    following: str | None = cursor.replace("{cursor}", first["next_cursor"] or "")
    for _ in range(20):
        answer = _get(site, path, f"{query}&limit=1&cursor={quote(following or '', safe='{}', errors='surrogatepass')}")
        assert_answered(answer, API + path)
        if answer.status_code == 422:
            assert [error["field"] for error in answer.get_json()["errors"]] == ["cursor"]
            return
        page = answer.get_json()
        assert len(page["items"]) <= 1
        following = page["next_cursor"]
        if following is None:
            return
    raise AssertionError("the list has no end")


@st.composite
def _forms(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]], bool]:
    path = draw(st.sampled_from(sorted(FORMS)))
    fields = {name: _PLAUSIBLE.get(name, words.plain) | words.plain for name in FORMS[path]}
    pairs = []
    for name, value in draw(_spoilt(FORMS[path], fields)).items():
        pairs += [(name, text) for text in (value if isinstance(value, list) else [value])]
    return path, pairs, draw(st.booleans())


def check_form(site: Site, sent: tuple[str, list[tuple[str, str]], bool]) -> None:
    """A form of the owner's is taken and leads to a page that is there, or is shown again."""
    path, pairs, coded = sent
    place = f"/admin{site.filled(path)}"
    body = "&".join(
        f"{name}={quote(text, safe='{}', errors='surrogatepass') if coded else text}" for name, text in pairs
    )
    with site.as_it_was():
        answer = site.browser.post(
            place,
            data=site.filled(body).encode("utf-8", "surrogatepass"),
            content_type="application/x-www-form-urlencoded",
            headers={"X-CSRFToken": site.csrf},
        )
        assert answer.status_code in (200, 303, 404, 422), answer.status_code
        if answer.status_code == 303:
            assert site.browser.get(leads_to(answer, place)).status_code == 200
            site.look(site.names["post"])


def check_way_back(site: Site, text: str) -> None:
    """Whoever signs in is sent on within the owner's pages, whatever the address says."""
    path = f"/admin/sign-in?next={quote(site.filled(text), safe='', errors='surrogatepass')}"
    answer = site.browser.get(path)
    assert answer.status_code == 303
    assert leads_to(answer, path).startswith("/admin/")


# Well made, and signed with another key than the site's.
_FORGED = ("1.1826836000.c2lnbmF0dXJl", own_browser.OwnBrowsers("of a stranger").cookie(now=NOW))
_HEADERS: dict[str, st.SearchStrategy[str]] = {
    "HTTP_USER_AGENT": words.agents,
    "HTTP_REFERER": words.urls,
    "HTTP_X_FORWARDED_FOR": words.chains(),
    "HTTP_SEC_PURPOSE": words.sample("prefetch;prerender"),
    "HTTP_HOST": words.sample(*words.SAMPLES["hosts"]),
    "HTTP_COOKIE": words.sample(
        *(f"shortlinks=eyJzdGFtcCI6IjAifQ.aaaaaa.bbbbbb; {own_browser.NAME}={each}" for each in _FORGED)
    ),
    "HTTP_AUTHORIZATION": words.sample("Bearer x", "Basic YTpi", "Basic !"),
    "HTTP_ACCEPT": words.sample("text/html, */*;q=0.5"),
    "HTTP_ACCEPT_LANGUAGE": words.sample("de-DE,de;q=0.9"),
    "HTTP_IF_NONE_MATCH": words.sample('W/"x", "y"'),
    "HTTP_IF_MODIFIED_SINCE": words.sample("Sun, 22 Nov 2026 10:00:00 GMT"),
    "HTTP_RANGE": words.sample("bytes=0-0,-1"),
    "HTTP_FORWARDED": words.sample("for=192.0.2.60;proto=http"),
    "CONTENT_TYPE": words.sample("multipart/form-data; boundary=x", "application/json"),
    "CONTENT_LENGTH": words.sample("0", "10"),
    "QUERY_STRING": words.sample("a=1&utm_source=x&slc=k7m2p.0", "%"),
    "REMOTE_ADDR": words.addresses,
}


@st.composite
def _visits(draw: st.DrawFn) -> tuple[str, str, dict[str, str]]:
    slug = draw(st.sampled_from(("{slug}", "{wide}", "{off}")))
    method = draw(st.sampled_from(("GET", "GET", "GET", "HEAD")))
    names = draw(st.lists(st.sampled_from(sorted(_HEADERS)), unique=True, max_size=8))
    return slug, method, {name: draw(words.header(_HEADERS[name])) for name in names}


def check_visit(site: Site, sent: tuple[str, str, dict[str, str]]) -> None:
    """Whatever stands in the headers, the visitor is sent on, and one click is recorded that can be read."""
    slug, method, headers = sent
    since = site.follower.journal.size
    answer = _request(site, method, f"/{site.filled(slug)}", headers)
    if answer.status_code == 400:
        # No server name can be made of it. A link in memory does not ask.
        assert "HTTP_HOST" in headers
        return
    assert answer.status_code == (410 if slug == "{off}" else 302)
    if answer.status_code == 302:
        place = urlsplit(answer.headers["Location"])
        assert place[:3] == ("https", "shop.example", "/mug")
        assert all(" " < letter < "\x7f" for letter in answer.headers["Location"])
    (click,) = site.recorded(since)
    assert classify.SELF not in click.signals.split(",")
    assert (click.slug, click.post_id, click.method) == (site.filled(slug), site.names["post"], method)


_paths = words.sample(
    *(
        "/",
        "/{slug}",
        "/{slug}+",
        "/{slug}/",
        "/{slug}.",
        "/admin",
        "/admin/posts/{post}",
        "/admin/posts/{post}/live",
        "/admin/testing/live",
        "/admin/first",
        "/admin/export/funnels.csv",
        "/admin/export/clicks.xlsx",
    ),
    *(
        "/admin/links/{slug}",
        "/admin/experiments/{experiment}",
        "/admin/insights/",
        "/admin/insights/four-weeks",
        "/admin/experiments/new?place=x&per_arm=%00&question=a&placement=%00",
        "/api",
        "/api/v1/posts/{post}",
        "/api/v1/clicks",
        "/static/app.js",
        "/static/../wsgi.py",
        "/healthz",
    ),
    *(
        "/robots.txt",
        "/admin/?cursor=1:x&q=%00&platform=x",
        "/admin/posts/new?platform=tiktok&part_of=x",
        "/admin/posts/new?platform=x&permalink=%00&again=%00&title=%00",
        "/admin/posts/new?url=x.com/a/status/1%00&text=//x&title=%00",
        "//evil.example/",
        "/from-outside/%00",
        "/shown/%00",
        "/shown/x/path.png",
        "/c/{pixel}.gif?order=%ff&sl={click}",
        "/c/%00",
        "/a/{beacon}.gif?sl={click}%ff",
        "/a/{beacon}.js?p=%00",
        "/a/%00.js",
        "/hooks/{system}/%00",
        "/hooks/%00/x",
        "/how-we-count?agent=Mozilla/5.0%20VLC/1.2.%C2%B2%00&referrer=//x",
        "",
    ),
)


@st.composite
def _anything(draw: st.DrawFn) -> tuple[str, str, dict[str, str]]:
    method = draw(
        st.sampled_from(("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND", ""))
    )
    names = draw(st.lists(st.sampled_from(sorted(_HEADERS)), unique=True, max_size=2))
    return (
        method,
        draw(_paths | words.slugs.map("/{}".format)),
        {name: draw(words.header(_HEADERS[name])) for name in names},
    )


def check_anything(site: Site, sent: tuple[str, str, dict[str, str]]) -> None:
    """Any method on any path is answered, for strangers and for the owner."""
    method, path, headers = sent
    for extra in ({}, {"HTTP_COOKIE": _cookie(site)}):
        answer = _request(site, method, site.filled(path), headers | extra)
        assert answer.status_code < 500
        if answer.status_code in (301, 302, 303, 308) and answer.headers["Location"].startswith("/"):
            assert not answer.headers["Location"].startswith(("//", "/\\"))


def _cookie(site: Site) -> str:
    cookie = site.browser.get_cookie("shortlinks", domain="localhost")
    assert cookie is not None
    return f"shortlinks={cookie.value}"


def _request(site: Site, method: str, path: str, headers: dict[str, str]) -> Response:
    """One request as a server hands it over: the path decoded to bytes, everything as latin-1."""
    bare, _, query = path.partition("?")
    environ = create_environ("/", ORIGIN, method=method or "GET")
    environ |= {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(bare.encode("utf-8", "surrogatepass")).decode("latin-1"),
        "QUERY_STRING": quote_from_bytes(query.encode("utf-8", "surrogatepass"), safe="=&%"),
    }
    body, status, sent = run_wsgi_app(site.app.wsgi_app, environ | headers, buffered=True)
    answer = Response(b"".join(body), status, sent)
    for name, value in answer.headers:
        assert "\n" not in name + value
        value.encode("latin-1")
    return answer


TARGETS = (
    Target("API bodies", _writes(), check_write, 40),
    Target("raw bodies", _raw_bodies(), check_raw_body, 60),
    Target("uploads", _uploads(), check_upload, 30),
    Target("API queries", _reads(), check_read, 100),
    Target("cursors", _cursors(), check_cursor, 40),
    Target("forms", _forms(), check_form, 40),
    Target(
        "ways back",
        words.sample("/admin/", "/admin/posts/{post}", "//evil.example", "https://evil.example/", "/admin/../x"),
        check_way_back,
        60,
    ),
    Target("visits", _visits(), check_visit, 150),
    reports.TARGET,
    reports.ARRIVALS,
    deliveries.TARGET,
    dialects.TARGET,
    Target("any request", _anything(), check_anything, 100),
)
