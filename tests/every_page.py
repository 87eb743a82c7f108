"""Every page that people see, filled with the demo, and a way to look at all of them: for what holds on each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from shortlinks import times, urls
from shortlinks.arrivals import beacon
from shortlinks.bio_pages import bio_page_rows, bio_pages
from shortlinks.demo import demo
from shortlinks.experiments import experiments
from shortlinks.posts import posts, shown
from shortlinks.sales import pixel
from shortlinks.shop_hooks import endpoints, orders, told
from shortlinks.store import Store
from shortlinks.webhooks import deliveries, webhooks
from tests import hook_cast
from tests.phone import PASSWORD, Phone
from tests.service import Service

BIO_NAME = "pots.and-mugs"
SIGN_IN = "sign in"


class Ids(NamedTuple):
    """What addresses of pages are made of."""

    post: str
    story: str
    profile: str
    experiment: str
    shown: str
    webhook: str


PAGES: dict[str, Callable[[Ids], str]] = {
    SIGN_IN: lambda ids: "/admin/sign-in",
    "posts": lambda ids: "/admin/",
    "found posts": lambda ids: "/admin/?q=bowl",
    "archived posts": lambda ids: "/admin/?archived=1",
    "post": lambda ids: f"/admin/posts/{ids.post}",
    "story": lambda ids: f"/admin/posts/{ids.story}",
    "card": lambda ids: f"/admin/links/{demo.BIO_SLUG}/card?line=Type+it+into+your+browser",
    "edit a post": lambda ids: f"/admin/posts/{ids.post}/edit",
    "erase a post": lambda ids: f"/admin/posts/{ids.post}/purge",
    "new post, platform": lambda ids: "/admin/posts/new",
    "new post": lambda ids: "/admin/posts/new?platform=instagram",
    "numbers": lambda ids: f"/admin/numbers?posts={ids.post}.{ids.story}&place=1",
    "numbers that are due": lambda ids: "/admin/numbers?posts=&place=1",
    "reminders": lambda ids: "/admin/settings/reminders",
    "webhooks": lambda ids: "/admin/settings/webhooks",
    "webhook": lambda ids: f"/admin/settings/webhooks/{ids.webhook}",
    "sales": lambda ids: "/admin/settings/sales",
    "new post, from its address": lambda ids: (
        "/admin/posts/new?platform=tiktok&permalink=https://www.tiktok.com/@a/video/71"
    ),
    "compare": lambda ids: f"/admin/compare?posts={ids.post}&posts={ids.story}",
    "answers": lambda ids: "/admin/insights/",
    "four weeks": lambda ids: "/admin/insights/four-weeks",
    "experiments": lambda ids: "/admin/experiments/",
    "new experiment": lambda ids: "/admin/experiments/new",
    "experiment": lambda ids: f"/admin/experiments/{ids.experiment}",
    "profiles": lambda ids: "/admin/profiles/",
    "profile": lambda ids: f"/admin/profiles/{ids.profile}",
    "page of links": lambda ids: f"/admin/profiles/{ids.profile}/page/",
    "bio page": lambda ids: f"/@{BIO_NAME}",
    "settings": lambda ids: "/admin/settings/",
    "set-up": lambda ids: "/admin/set-up/",
    "testing": lambda ids: "/admin/testing/",
    "bring links": lambda ids: "/admin/settings/links/",
    "import": lambda ids: "/admin/import/",
    "styles": lambda ids: "/admin/_styles",
    "how we count": lambda ids: "/how-we-count",
    "API": lambda ids: "/api-reference",
    "where a link leads": lambda ids: f"/{demo.BIO_SLUG}+",
    "tried from outside": lambda ids: "/from-outside/used-up",
    "path shown to others": lambda ids: f"/shown/{ids.shown}",
    "missing": lambda ids: "/no-such-link",
}
"""By name, the address of a page, in the order of `visits`."""

NO_PAGES = {
    *("static", "redirect.follow", "counting.facts", "front.door", "admin.session.first"),
    *("admin.page.live", "admin.recount.live", "admin.testing.live"),
    *("admin.link_imports.live", "admin.link_imports.left"),
    *("admin.share.qr", "admin.share.card_picture", "admin.showing.picture", "shown.picture"),
    *("health.healthz", "health.readyz", "health.prometheus", "calendar.feed"),
    *("admin.exports.everything", "admin.exports.table"),
    *(
        "pixel.report",
        "beacon.report",
        "beacon.script",
        "files.robots",
        "files.favicon",
        "files.manifest",
        "yourls.api",
    ),
}
"""Endpoints that answer a GET with no page of their own; those called `reloaded` send back to one."""


@contextmanager
def demo_service(folder: Path) -> Iterator[tuple[Service, Ids]]:
    """The service with the posts of the demo, every click counted and its answers made, its pixel, arrivals and webhooks on."""
    with Service(folder, SHORTLINKS_ADMIN_PASSWORD=PASSWORD, TZ="UTC") as running:
        running.redis.ensure()
        demo.fill(running.store, now=times.now())
        pixel.renew(running.store)
        beacon.renew(running.store, now=times.now())
        fill_hooks(running.store)
        running.supervise(running.redis.url)
        running.settle()
        running.until(lambda: running.call("GET", "/api/v1/insights")[1]["up_to_date"], "the answers are made")
        found = ids_of(running.store)
        fill_bio_page(running.store, found.profile)
        yield running, found


def fill_hooks(store: Store) -> None:
    """Each shop system is switched on, all but Stripe with its secret, and Shopify told of orders that no link brought."""
    for system, secret in hook_cast.SECRETS.items():
        endpoints.renew(store, system)
        if system != "stripe":
            endpoints.set_secret(store, system, secret)
    for sent in (hook_cast.ordered(5_001), hook_cast.ordered(820982911946154508), (b"{}", {})):
        with suppress(told.Refused):
            orders.take(store, "shopify", hook_cast.SECRETS["shopify"], *sent, now=times.now())


def ids_of(store: Store) -> Ids:
    """Of the demo's posts the newest video and the newest story, the profile of the newest, its newest experiment.

    The video's path is shown to others from now on.
    """
    found, _ = posts.list_(store, limit=200)
    newest = {post.kind: post for post in reversed(found)}
    (experiment,), _ = experiments.list_(store, limit=1)
    post_id = newest["video"].id
    shown.renew(store, post_id)
    token = shown.token(store, post_id) or ""
    return Ids(post_id, newest["story"].id, found[0].profile_id, experiment.id, token, a_webhook(store))


def a_webhook(store: Store) -> str:
    """One that something was to be sent to, and that is off, because nobody is there to take it."""
    now, where = times.now(), {"url": "https://shop.example/hooks", "events": ["post.clicks"], "description": "Sheet"}
    webhook = webhooks.create(store, where, address=urls.permalink, now=now)
    deliveries.ping(store, webhook.id, now=now)
    webhooks.update(store, webhook.id, {"state": "disabled"}, address=urls.permalink, now=now)
    return webhook.id


def fill_bio_page(store: Store, profile_id: str) -> None:
    """The profile's page of links, with its newest posts that lead somewhere."""
    now, looks = times.now(), {"name": BIO_NAME, "about": "Bowls, mugs and seconds, thrown by hand", "accent": "sea"}
    bio_pages.put(store, profile_id, looks, now=now)
    own = [post for post in posts.list_(store, limit=200)[0] if post.profile_id == profile_id]
    for post in reversed(own[:3]):
        wish = {"post_id": post.id, "target": "https://shop.example/"}
        bio_page_rows.add(store, profile_id, wish, now=now, own_hosts=frozenset())


def visits(phone: Phone, ids: Ids) -> Iterator[str]:
    """Open one page after the other, and tell its name: first those that strangers see, then all others, signed in."""
    for name, path in PAGES.items():
        phone.go(path(ids))
        yield name
        if name == SIGN_IN:
            phone.sign_in()
