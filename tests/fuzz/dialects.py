"""Hostile input in other shorteners' protocols: each answers in its own way, and never with a page."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from shortlinks.owner import signatures
from shortlinks.web.dialects import shlink
from tests.fuzz import Target, words
from tests.fuzz.site import TOKEN, Site

_CODE = "/rest/v3/short-urls/{slug}"
CALLS: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/rest/v3/short-urls"): {"page": "1", "itemsPerPage": "2", "searchTerm": "mug", "orderBy": "visits-DESC"},
    ("POST", "/rest/v3/short-urls"): {"longUrl": "https://shop.example/new", "customSlug": "new", "tags": ["a"]},
    ("GET", "/rest/v3/short-urls/shorten"): {"longUrl": "https://shop.example/new", "format": "txt", "apiKey": TOKEN},
    ("GET", _CODE): {"domain": "go.example"},
    ("PATCH", _CODE): {"longUrl": "https://shop.example/newer", "title": "Autumn", "validUntil": None},
    ("DELETE", _CODE): {"domain": "DEFAULT"},
    ("GET", f"{_CODE}/redirect-rules"): {},
    ("POST", f"{_CODE}/redirect-rules"): {"redirectRules": []},
    ("GET", f"{_CODE}/visits"): {"page": "1", "itemsPerPage": "1", "startDate": "{now}", "excludeBots": "true"},
    ("GET", "/rest/v3/tags/{tag}/visits"): {"endDate": "{now}"},
    ("GET", "/rest/v3/domains/{tag}/visits"): {},
    ("GET", "/rest/v3/visits"): {},
    ("GET", "/rest/v3/visits/orphan"): {"type": "base_url"},
    ("GET", "/rest/v3/visits/non-orphan"): {"domain": "go.example"},
    ("GET", "/rest/v3/tags"): {"searchTerm": "a"},
    ("GET", "/rest/v3/tags/stats"): {"orderBy": "visits-ASC"},
    ("PUT", "/rest/v3/tags"): {"oldName": "a", "newName": "b"},
    ("DELETE", "/rest/v3/tags"): {"tags[]": "a"},
    ("GET", "/rest/v3/domains"): {},
    ("PATCH", "/rest/v3/domains/redirects"): {"domain": "go.example", "baseUrlRedirect": None},
    ("GET", "/rest/v3/health"): {},
    ("GET", "/rest/health"): {},
    ("GET", "/rest/v3/mercure-info"): {},
    ("GET", "/yourls-api.php"): {"action": "stats", "limit": "2", "filter": "top", "signature": "{signature}"},
    ("POST", "/yourls-api.php"): {"action": "shorturl", "url": "shop.example/new", "signature": "{signature}"},
    ("GET", "/api/v2/links"): {"skip": "0", "limit": "2", "search": "mug"},
    ("POST", "/api/v2/links"): {"target": "https://shop.example/new", "customurl": "new", "expire_in": "2 days"},
    ("PATCH", "/api/v2/links/{slug}"): {"target": "https://shop.example/new", "address": "{slug}"},
    ("DELETE", "/api/v2/links/{slug}"): {},
    ("GET", "/api/v2/users"): {},
    ("GET", "/api/v2/health"): {},
}
"""Every call, with parameters that it takes; those of Shlink's v3 go to its other versions, too."""

_DATES = words.instants | st.just("{now}")
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("longUrl", "url", "target"), words.urls),
    **dict.fromkeys(("validUntil", "validSince", "startDate", "endDate", "timestamp"), _DATES),
    **dict.fromkeys(("customSlug", "keyword", "customurl", "shorturl", "address"), words.slugs | st.just("{slug}")),
    **dict.fromkeys(("page", "itemsPerPage", "limit", "start", "skip", "shortCodeLength", "maxVisits"), words.counts),
    **dict.fromkeys(("findIfExists", "forwardQuery", "crawlable", "excludeBots", "reuse"), st.booleans()),
    "tags": st.lists(words.plain, max_size=3),
    "action": words.sample("shorturl", "expand", "url-stats", "stats", "db-stats", "version"),
    "format": words.sample("json", "xml", "simple", "jsonp", "txt"),
    "filter": words.sample("top", "bottom", "rand", "last"),
    "orderBy": words.sample("title-ASC", "nonBotVisits-DESC", "shortUrlsCount"),
    "domain": words.sample("go.example", "DEFAULT", "other.example"),
    "expire_in": words.sample("2 days", "1h", "999999 minutes"),
    "redirectRules": words.json_values,
    "deviceLongUrls": words.json_values,
    **dict.fromkeys(("title", "description", "searchTerm", "search", "hash", "username", "password"), words.plain),
}


@st.composite
def _calls(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], str, str]:
    method, path = draw(st.sampled_from(sorted(CALLS)))
    fields = dict(CALLS[method, path])
    for name in draw(st.lists(st.sampled_from(sorted({*fields, *_VALUES})), max_size=4, unique=True)):
        fields[name] = draw(_VALUES.get(name, words.plain) | words.plain | words.json_values)
    name = draw(st.sampled_from(("{slug}", "{slug}", "{slug}", "{off}")) | words.plain)
    how = draw(st.sampled_from(("json", "form", "query", "broken") if method != "GET" else ("query",)))
    version = draw(st.sampled_from(shlink.VERSIONS))
    return method, path.replace("/rest/v3", f"/rest{version}"), fields, name, how


def check_call(site: Site, sent: tuple[str, str, dict[str, Any], str, str]) -> None:
    """A call is answered in the protocol's own way, and afterwards everything can still be read."""
    method, path, fields, name, how = sent
    signature = signatures.of_token("environment", "k" * 32)
    where = path.replace("{slug}", name).replace("{tag}", name)
    target = quote(site.filled(where), safe="/", errors="surrogatepass")
    text = site.filled(json.dumps(fields)).replace("{signature}", signature)
    flat = {key: each if isinstance(each, str) else json.dumps(each) for key, each in json.loads(text).items()}
    coded = urlencode(flat, errors="surrogatepass")
    options: dict[str, Any] = {
        "json": {"data": text.encode("utf-8", "surrogatepass"), "content_type": "application/json"},
        "form": {"data": coded.encode(), "content_type": "application/x-www-form-urlencoded"},
        "query": {"query_string": coded},
        "broken": {"data": text.encode("utf-16", "surrogatepass"), "content_type": "multipart/form-data; boundary=x"},
    }[how]
    with site.as_it_was():
        client = site.app.test_client()
        answer = client.open(target, method=method, headers={"X-Api-Key": TOKEN}, **options)
        said = f"{answer.status_code} {answer.content_type} {answer.get_data()[:300]!r}"
        assert answer.status_code < 500 or path.endswith("/mercure-info"), said
        assert answer.mimetype != "text/html" or _nobodys(target, path), said
        if answer.status_code >= 400 and path.startswith("/rest") and not _nobodys(target, path):
            assert answer.content_type == "application/problem+json", said
            kind = answer.get_json()["type"]
            assert kind.startswith("https://shlink.io/api/error/") or ("v3" not in path and kind.isupper()), said
        if method != "GET" and answer.status_code < 300:
            assert site.call("GET", "/posts").status_code == 200
            assert site.browser.get("/admin/").status_code == 200
            for call in ("short-urls", "tags/stats", "visits/non-orphan"):
                assert client.get(f"/rest/v3/{call}", headers={"X-Api-Key": TOKEN}).status_code == 200


def _nobodys(target: str, path: str) -> bool:
    """Whether a name has made it another address than that of the call."""
    return not target.startswith(path.partition("{")[0]) or "//" in target or "/." in target


TARGET = Target("other shorteners' protocols", _calls(), check_call, 80)
