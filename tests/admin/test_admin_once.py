"""Forms that are sent more than once: without JavaScript nothing blocks the button."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
import redis
from admin_cast import Browser, wrong
from apiflask import APIFlask
from werkzeug.test import TestResponse

from shortlinks import keys, times, urls
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.records import idempotency
from shortlinks.reminders import reminders
from shortlinks.snapshots import polls
from shortlinks.store import Store
from shortlinks.webhooks import webhooks

HOSTS = frozenset({"go.example"})
NEW_POST = "/posts/new?platform=instagram"
MUG = {"kind": "reel", "title": "Mug", "target": "https://shop.example/new", "placement": "instagram/bio_link"}
_FORM = re.compile(r"<form\b([^>]*method=\"post\"[^>]*)>(.*?)</form>", re.S)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "new_post.make": (NEW_POST, NEW_POST, MUG),
    "links.create": (
        *("/posts/{post}", "/posts/{post}/links"),
        {"target": "https://shop.example/mug", "placement": "instagram/newsletter"},
    ),
    "sales.mark": ("/posts/{post}", "/posts/{post}/sales", {"amount": "€12.50", "slug": "{slug}"}),
    "numbers.add": ("/posts/{post}", "/posts/{post}/snapshots", {"views": "1200", "likes": "90"}),
    "numbers.note": ("/numbers?posts={post}", "/numbers?posts={post}&place=1", {"views": "1200", "likes": "90"}),
    "polls.add": ("/posts/{story}", "/posts/{story}/polls", {next(iter(polls.MOTIVES)): "12"}),
    "posts.edit": (
        *("/posts/{post}/edit", ""),
        {
            "title": "Cup",
            "kind": "reel",
            "published_at": "2026-01-02T03:04",
            "permalink": "instagram.com/p/A1b2C3/?igsh=1",
        },
    ),
    "profiles.create": ("/profiles/", "/profiles/", {"platform": "tiktok", "handle": "ada"}),
    "profiles.edit": ("/profiles/{profile}", "/profiles/{profile}/edit", {"handle": "@ada", "kind": "creator"}),
    "profiles.add_snapshot": (
        *("/profiles/{profile}", "/profiles/{profile}/snapshots"),
        {"followers": "1200", "days": "7"},
    ),
    "profiles.take_overview": (
        *("/profiles/{tiktok}", "/profiles/{tiktok}/overview"),
        {"file": b"Date,Video Views,Profile Views,Likes,Comments,Shares\nJanuary 2,10,3,1,0,0\n"},
    ),
    "bio_page.put": (
        *("/profiles/{tiktok}/page/", "/profiles/{tiktok}/page/settings"),
        {"name": "tik", "title": "Tik", "about": "", "theme": "dark", "accent": "sea"},
    ),
    "bio_page.add": ("/profiles/{profile}/page/", "/profiles/{profile}/page/rows", {"post_id": "{post}"}),
    "experiments.start": (
        *("/experiments/new?question=Say+it&place=instagram/video&per_arm=8&days=28&placement=", "/experiments/new"),
        {},
    ),
    "settings.create_token": ("/settings/", "/settings/tokens", {"name": "sheet", "scopes": "read"}),
    "showing.change": ("/posts/{post}", "/posts/{post}/shown", {"do": "new"}),
    "reminders.calendar": ("/settings/reminders/", "/settings/reminders/calendar", {"do": "new"}),
    "webhooks.create": (
        *("/settings/webhooks/", "/settings/webhooks/"),
        {"url": "https://shop.example/hook", "events": "post.clicks"},
    ),
    "webhooks.test": ("/settings/webhooks/{webhook}", "/settings/webhooks/{webhook}/test", {}),
    "webhooks.rotate": ("/settings/webhooks/{webhook}", "/settings/webhooks/{webhook}/secret", {}),
    "selling.switch": ("/settings/sales/", "/settings/sales/pixel", {"do": "new"}),
    "beacon.switch": ("/settings/sales/", "/settings/sales/arrivals", {"do": "new"}),
    "selling.hook": ("/settings/sales/", "/settings/sales/hooks/stripe", {"do": "new"}),
}
"""By endpoint: the page where a form stands, where it is sent, and what is typed into it."""

SECRETS = {"settings.create_token", "webhooks.create", "webhooks.rotate"}
"""What shows one, this once."""

SAME_EACH_TIME = {
    *("session.sign_in", "session.first", "session.sign_out", "settings.speak", "settings.time_zone", "selling.window"),
    *("settings.password", "settings.revoke_token", "reminders.change", "recount.begin", "set_up.answer"),
    *("testing.browser", "testing.network", "mine.say", "mine.say_of_open", "imports.look", "profiles.put_totals"),
    *("posts.archive", "posts.purge", "links.move", "links.change", "experiments.stop", "sales.remove"),
    *("bio_page.change", "imports.save", "webhooks.switch", "webhooks.erase", "webhooks.replay"),
    # There is one import of links at a time.
    *("link_imports.choose", "link_imports.ask", "link_imports.take", "link_imports.discard"),
}
"""What switches, puts in place or takes away, or knows again what it made: done twice it is as done once."""


@pytest.fixture
def names(store: Store, reel: tuple[Post, Link]) -> dict[str, str]:
    """A post, a story, and profiles of two platforms, one of them with a page of links."""
    now, (post, link) = times.now(), reel
    other, _ = posts.create(
        store,
        {
            "platform": "instagram",
            "kind": "story",
            "title": "S",
            "links": [{"placement": "bio_link", "target": "https://shop.example/"}],
        },
        now=now,
        own_hosts=HOSTS,
    )
    bio_pages.put(store, post.profile_id, {"name": "ada"}, now=now)
    bio_page_rows.add(store, post.profile_id, {"post_id": other.id}, now=now, own_hosts=HOSTS)
    tiktok = profiles.create(store, platform="tiktok", handle="tik", now=now)
    hook = webhooks.create(store, {"url": "shop.example", "events": ["post.clicks"]}, address=urls.permalink, now=now)
    return {
        "webhook": hook.id,
        "post": post.id,
        "slug": link.slug,
        "story": other.id,
        "profile": post.profile_id,
        "tiktok": tiktok.id,
    }


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def opened(owner: Browser, page: str, action: str) -> dict[str, Any]:
    """The hidden fields of the form on a page that is sent to `action` ("": to the page itself)."""
    return held(owner.get(f"/admin{page}"), action)


def held(seen: TestResponse, action: str) -> dict[str, Any]:
    for head, body in _FORM.findall(seen.text):
        to = re.search(r'action="([^"#]*)', head)
        if (unescape(to[1]) if to else "") == (f"/admin{action}" if action else ""):
            return {name: unescape(value) for name, value in _HIDDEN.findall(body)}
    raise AssertionError(f"no form for {action}")


def form_of(owner: Browser, case: str, names: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Where a case's form is sent, and with what."""
    page, action, typed = CASES[case]
    page, action = filled(page, names), filled(action, names)
    hidden = opened(owner, page, action)
    typed = {name: filled(text, names) if isinstance(text, str) else text for name, text in typed.items()}
    return f"/admin{action or page}", hidden | typed


def sent(owner: Browser, path: str, fields: dict[str, Any]) -> TestResponse:
    data = {name: (BytesIO(each), "a.csv") if isinstance(each, bytes) else each for name, each in fields.items()}
    return owner.client.post(path, data=data)


def state(store: Store) -> tuple[int, str | None]:
    """How many transactions have changed something, and the one thing that is changed without."""
    return int(store.redis.get(keys.REVISION)), reminders.calendar_secret(store)


def at_once(app: APIFlask, owner: Browser, path: str, fields: dict[str, Any], number: int = 6) -> list[TestResponse]:
    """The same form from the same browser, so many times at the same moment."""
    begin, cookie = Barrier(number), owner.client.get_cookie("shortlinks")
    assert cookie

    def one(_: int) -> TestResponse:
        browser = Browser(app)
        browser.client.set_cookie("shortlinks", cookie.value)
        begin.wait()
        return sent(browser, path, fields)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.parametrize("case", CASES)
def test_a_form_sent_many_times_makes_one_thing_and_leads_there_each_time(
    app: APIFlask, owner: Browser, store: Store, names: dict[str, str], case: str
) -> None:
    path, fields = form_of(owner, case, names)
    assert "nonce" in fields
    before = state(store)
    answers = at_once(app, owner, path, fields)
    after = state(store)
    assert {answer.status_code for answer in answers} == {200 if case in SECRETS else 303}
    assert after != before
    assert after[0] <= before[0] + 1
    late = sent(owner, path, fields)
    assert len({(answer.headers.get("Location"), answer.data) for answer in [*answers, late]}) == 1
    assert state(store) == after


def test_every_form_of_the_owner_is_either_carried_out_once_or_the_same_each_time(app: APIFlask) -> None:
    found = {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("admin.")
    }
    assert {name.removeprefix("admin.") for name in found} == CASES.keys() | SAME_EACH_TIME


def flashed(owner: Browser, path: str = "/admin/") -> list[str]:
    return [unescape(text) for text in re.findall(r'class="note" role="status">([^<]*)', owner.get(path).text)]


def titles(store: Store) -> list[str]:
    return sorted(post.title for post in posts.list_(store, limit=200)[0])


def test_who_sent_a_form_twice_is_told_what_it_made_and_that_it_was_done_once(owner: Browser, store: Store) -> None:
    fields = opened(owner, NEW_POST, NEW_POST) | MUG
    first = sent(owner, f"/admin{NEW_POST}", fields)
    assert flashed(owner) == ["The post is made, with 1 link."]
    again = sent(owner, f"/admin{NEW_POST}", fields)
    assert again.headers["Location"] == first.headers["Location"]
    assert flashed(owner) == [
        "The post is made, with 1 link. The form came more than once, and was carried out once.",
    ]
    assert titles(store) == ["Mug"]


def test_what_is_changed_or_opened_anew_is_meant_as_another_one(owner: Browser, store: Store) -> None:
    fields = opened(owner, NEW_POST, NEW_POST) | MUG
    for each in (fields, fields | {"title": "Cup"}, opened(owner, NEW_POST, NEW_POST) | MUG):
        assert sent(owner, f"/admin{NEW_POST}", each).status_code == 303
    assert titles(store) == ["Cup", "Mug", "Mug"]


def test_a_form_that_was_refused_is_mended_and_sent_again(owner: Browser, store: Store) -> None:
    bad = opened(owner, NEW_POST, NEW_POST) | MUG | {"target": "nonsense"}
    for _ in range(2):
        refused = sent(owner, f"/admin{NEW_POST}", bad)
        assert (refused.status_code, len(wrong(refused))) == (422, 1)
    assert not list(store.redis.scan_iter("sl:{n}:idempotent:*"))
    for hidden in (held(refused, NEW_POST), {name: bad[name] for name in ("csrf_token", "nonce")}):
        assert sent(owner, f"/admin{NEW_POST}", hidden | MUG).status_code == 303
    assert titles(store) == ["Mug", "Mug"], "the form that was shown again, and the first one after going back"


def test_a_form_that_was_only_filled_further_is_kept_nowhere(owner: Browser, store: Store) -> None:
    fields = opened(owner, NEW_POST, NEW_POST) | MUG
    assert sent(owner, f"/admin{NEW_POST}", fields | {"propose": "1"}).status_code == 200
    assert not list(store.redis.scan_iter("sl:{n}:idempotent:*"))
    assert sent(owner, f"/admin{NEW_POST}", fields).status_code == 303


def test_a_token_is_shown_again_to_who_sent_its_form_again(owner: Browser) -> None:
    fields = opened(owner, "/settings/", "/settings/tokens") | {"name": "sheet", "scopes": "read"}
    first, again = (sent(owner, "/admin/settings/tokens", fields) for _ in range(2))
    assert first.text == again.text
    assert "slk_" in again.text
    assert again.headers["Cache-Control"] == "no-store"


def test_a_form_that_is_still_being_carried_out_or_whose_answer_was_lost_is_not_carried_out_again(
    owner: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError

    fields = opened(owner, NEW_POST, NEW_POST) | MUG
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "keep", fail)
        assert sent(owner, f"/admin{NEW_POST}", fields).status_code == 303
    monkeypatch.setattr(idempotency, "PATIENCE", 50)
    early = sent(owner, f"/admin{NEW_POST}", fields)
    assert early.status_code == 503
    assert "The same form is being carried out already." in early.text
    (kept,) = store.redis.scan_iter("sl:{n}:idempotent:*")
    store.redis.hset(kept, "until", 0)
    late = sent(owner, f"/admin{NEW_POST}", fields)
    assert late.status_code == 409
    assert "This form was carried out before." in late.text
    assert titles(store) == ["Mug"]


def test_a_form_without_its_value_or_with_a_strange_one_is_carried_out_each_time(owner: Browser, store: Store) -> None:
    fields = opened(owner, NEW_POST, NEW_POST) | MUG
    for nonce in ("", "", "x" * 40, "x" * 40, "{n}:*", "{n}:*"):
        assert sent(owner, f"/admin{NEW_POST}", fields | {"nonce": nonce}).status_code == 303
    assert len(titles(store)) == 6
