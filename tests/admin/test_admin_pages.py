"""What holds for every page: no inline code, hostile text stays text, forms carry tokens, Redis may be away."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from admin_cast import IPHONE, Browser, config, count
from apiflask import APIFlask

from shortlinks import store as stores
from shortlinks import times, web
from shortlinks.links import links
from shortlinks.links.links import Link
from shortlinks.owner import settings, signin, tokens
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.store import Store

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>'{{7*7}}"""
SETTINGS = "/admin/settings/"
REMINDERS = f"{SETTINGS}reminders/"
SALES = f"{SETTINGS}sales/"
HOMES = (REMINDERS, SALES, f"{SETTINGS}links/", f"{SETTINGS}webhooks/x", SETTINGS)
TEMPLATES = Path(web.__file__).parent / "templates"


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def pages(owner: Browser, store: Store, reel: tuple[Post, Link]) -> dict[str, str]:
    """The HTML of every page, with hostile text wherever somebody else's text can come from."""
    _, own = reel
    fields = {
        "platform": "instagram",
        "title": HOSTILE,
        "tags": [HOSTILE[:38]],
        "notes": HOSTILE,
        "part_of": reel[0].id,
        "siblings": [reel[0].id],
        "permalink": "https://www.instagram.com/p/?'\"<x>",
        "links": [{"placement": "reel_caption", "target": "https://shop.example/?'\"<x>"}],
    }
    post, (link,) = posts.create(store, fields, now=times.now(), own_hosts=frozenset({"go.example"}))
    count(store, link, 2, at=times.now(), agent=f"{IPHONE} {HOSTILE}")
    count(store, link, 1, at=times.now(), agent=HOSTILE)
    tokens.create(store, HOSTILE, ["read"], now=times.now())
    links.update(store, own.slug, {"post_id": post.id}, now=times.now(), own_hosts=frozenset({"go.example"}))
    paths = [
        "/admin/",
        f"/admin/?q={HOSTILE.replace('&', '%26').replace('#', '%23')}",
        "/admin/insights/",
        "/admin/insights/four-weeks",
        "/admin/posts/new",
        "/admin/posts/new?platform=instagram",
        f"/admin/posts/{post.id}",
        f"/admin/posts/{reel[0].id}",
        f"/admin/posts/{post.id}/live",
        f"/admin/posts/{post.id}/edit",
        f"/admin/posts/{post.id}/purge",
        f"/admin/links/{link.slug}/card?line={HOSTILE}",
        "/admin/settings/",
        "/admin/set-up/",
        "/admin/nothing",
        f"/{link.slug}+",
        "/no-such-link",
        "/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ]
    found = {path: owner.get(path).text for path in paths}
    refused = {"title": HOSTILE, "target": HOSTILE, "placement": "instagram/bio_link", "tags": HOSTILE}
    found["refused form"] = owner.send("/admin/posts/new?platform=instagram", refused).text
    found["sign-in"] = Browser(owner.client.application).get(f"/admin/sign-in?next={HOSTILE}").text
    return found


def test_no_page_has_inline_code_or_style_and_nothing_is_loaded_from_elsewhere(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        for tag, attributes in _Elements(text).found:
            assert tag != "style", path
            assert tag != "script" or (attributes.get("src") or "").startswith("/static/"), path
            assert not any(name == "style" or name.startswith("on") for name in attributes), (path, tag, attributes)
            for name in ("src", "srcset", "data", "poster"):
                assert (attributes.get(name) or "/").startswith("/"), (path, tag, attributes)
            if tag == "link":
                assert (attributes["href"] or "").startswith("/static/")


def test_hostile_text_shows_as_text(pages: dict[str, str]) -> None:
    shown = 0
    for path, text in pages.items():
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert not any(tag == "img" and attributes.get("src") == "x" for tag, attributes in _Elements(text).found)
        shown += "&lt;script&gt;alert(1)" in text
    assert shown >= 9


def test_every_form_that_changes_something_carries_the_token(pages: dict[str, str]) -> None:
    forms = 0
    for path, text in pages.items():
        for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
            if 'method="post"' in form:
                forms += 1
                assert 'name="csrf_token"' in form, path
            else:
                assert 'method="get"' in form, path
    assert forms > 20


def test_every_field_has_a_label_and_ids_are_unique(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        elements = _Elements(text).found
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids)), (path, sorted(ids))
        labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
        for tag, attributes in elements:
            visible = tag in ("input", "select", "textarea") and "hidden" not in (attributes.get("type"), *attributes)
            if visible and attributes.get("type") not in ("checkbox", "radio"):
                assert attributes.get("id") in labelled or attributes.get("aria-label"), (path, attributes)
            for name in ("aria-labelledby", "aria-describedby", "data-copy", "data-zone"):
                for reference in (attributes.get(name) or "").split():
                    assert reference in ids or path.endswith("/live"), (path, name, reference)


def test_the_pages_policy_is_strict_and_nothing_keeps_them(owner: Browser) -> None:
    answer = owner.get("/admin/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_no_template_switches_escaping_off() -> None:
    templates = list(TEMPLATES.rglob("*.html"))
    assert len(templates) > 12
    for template in templates:
        text = template.read_text()
        assert not re.search(r"\|\s*safe|autoescape|Markup", text), template


def test_the_preview_shows_the_target_and_is_no_click(owner: Browser, store: Store, reel: tuple[Post, Link]) -> None:
    answer = owner.get(f"/{reel[1].slug}+")
    assert answer.status_code == 200
    assert "https://shop.example/mug" in answer.text


def test_without_redis_a_page_says_so(tmp_path: Path) -> None:
    away = stores.open_store(f"unix://{tmp_path}/nobody.sock", timeout=0.2)
    app = web.create_app(config(tmp_path, admin_password="from the environment"), store=away)
    browser = Browser(app)
    assert browser.sign_in("from the environment").status_code == 503
    with browser.client.session_transaction() as held:
        held["stamp"] = "of a session from before"
    for path in ("/admin/", "/admin/posts/new?platform=x", "/admin/settings/", "/admin/posts/x", "/admin/posts/x/live"):
        answer = browser.get(path)
        assert answer.status_code == 503, path
        assert "does not answer" in answer.text
        assert "Traceback" not in answer.text
        assert int(answer.headers["Retry-After"]) > 0


def test_a_form_that_is_too_large_is_refused(owner: Browser) -> None:
    answer = owner.send("/admin/posts/new?platform=x", {"title": "x" * (1 << 20)})
    assert answer.status_code == 413


def test_the_zone_of_the_environment_is_used_until_one_is_set(store: Store, tmp_path: Path) -> None:
    app: APIFlask = web.create_app(
        config(tmp_path, admin_password="from the environment", timezone="Asia/Tokyo"), store=store
    )
    browser = Browser(app)
    browser.sign_in("from the environment")
    assert 'name="timezone" value="Asia/Tokyo"' in browser.get("/admin/settings/").text
    settings.set_timezone(store, "Europe/Berlin")
    assert 'name="timezone" value="Europe/Berlin"' in browser.get("/admin/settings/").text
    assert signin.first_code(store) is not None


def test_a_form_address_that_is_asked_for_leads_to_the_page_of_the_form(
    app: APIFlask, owner: Browser, reel: tuple[Post, Link]
) -> None:
    post, link = reel
    names = {"<post_id>": post.id, "<slug>": link.slug, "<token_id>": "x", "<channel>": "ntfy"}
    names |= {"<system>": "stripe", "<webhook_id>": "x", "<delivery_id>": "x"}
    checked = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not rule.rule.startswith(("/admin/posts/", "/admin/links/", SETTINGS)):
            continue
        path = re.sub("<[a-z_]+>", lambda found: names[found.group()], rule.rule)
        answer = owner.get(path)
        if answer.status_code == 200:
            continue
        assert answer.status_code == 303, path
        home = next(
            (page for page in HOMES if path.startswith(page)),
            f"/admin/posts/{post.id}",
        )
        assert answer.headers["Location"].partition("#")[0] == home, path
        checked += 1
    assert checked == 31
    assert owner.get("/admin/links/nothing").status_code == 404
