"""A creator's week, told in calls: every call of the API once, and what the real application answers.

`make examples` writes it down as the examples of the OpenAPI document (`shortlinks/web/api/examples.json`), and
test_api_examples.py tells it again and holds what is written against what is answered.
"""

import json
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shortlinks import ids, keys, times, web
from shortlinks.config import Config
from shortlinks.insights import insight_reports
from shortlinks.owner import tokens
from shortlinks.records import events
from shortlinks.store import Store
from shortlinks.web.api import openapi_examples
from shortlinks.webhooks import attempts, deliveries, queueing
from shortlinks.webhooks.retrying import Outcome
from tests.api.api_cast import Person, click
from tests.clicking import CRAWLER, PREVIEW, own_server

_NAMED = re.compile(
    r'"(?:id|token|secret|after|next|(?:post|profile|click|experiment|snapshot)_id)": '
    r'"([2-9b-z]{10}|slk_[\w-]+|whsec_[\w+/]+|[a-z]+\.[0-9a-f]{20,}|[\w-]{30,})"'
)
"""Whatever the service drew by chance, where it is written first."""

PUBLISHED = 3 * times.DAY
"""How long ago the story's first post was published."""


class Story:
    """What was told so far: `told` by operation id, as in `openapi_examples`, and `refused` by status."""

    def __init__(self, person: Person, store: Store) -> None:
        self.told: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, Any] = {}
        self.person = person
        self._store = store
        document = person.get("/openapi.json").get_json()
        self._calls = {
            operation["operationId"]: (method.upper(), path)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }

    def tell(
        self, name: str, *, body: Any = None, file: str | None = None, query: Any = None, first: int = 0, **path: str
    ) -> Any:
        """Make the call `name` and keep it; of `items` or `weeks` in the answer only the `first`. Returns all of the answer."""
        method, address = self._calls[name]
        options = {"json": body} if file is None else {"data": file, "content_type": "text/csv"}
        answer = self.person.call(method, address.format(**path), query_string=query, **options)
        said = answer.get_data(as_text=True)
        assert answer.status_code in (200, 201, 204), (name, said)
        # Files to take along are no JSON, and none of them is shown.
        found = json.loads(said) if answer.is_json else None
        shown = json.loads(said) if answer.is_json else None
        for rows in ("items", "weeks"):
            if first and rows in shown:
                del shown[rows][first:]
        kept = {"path": path, "query": query or {}, "body": body if file is None else file, "answer": shown}
        self.told[name] = {part: value for part, value in kept.items() if value not in (None, {})}
        return found

    def refuse(self, status: int, method: str, path: str, person: Person | None = None, **options: Any) -> None:
        """Make a call that is refused, and keep the answer."""
        answer = (person or self.person).call(method, path, **options)
        assert answer.status_code == status, answer.get_data(as_text=True)
        self.refused[str(status)] = answer.get_json()

    def deliver(self, hook: str) -> None:
        """The webhook gets what it is to be told, and takes it."""
        now = times.now()
        queueing.take(self._store, hook, now=now)
        self._store.redis.set(keys.webhook_lease(hook), "story")
        for each, _at in deliveries.of_webhook(self._store, hook):
            attempts.begin(self._store, hook, each.id, lease=b"story", now=now)
            attempts.record(self._store, hook, each.id, Outcome(status=200, duration=84), now=now)

    def tapped(self, slug: str, at: int) -> None:
        """Five people tap the link; a chat and a search engine look at it, too."""
        click(self._store, slug, at, referrer="https://l.instagram.com", count=5)
        click(self._store, slug, at + times.MINUTE, agent=PREVIEW, count=2)
        click(self._store, slug, at + times.HOUR, agent=CRAWLER)


def told(person: Person, store: Store) -> Story:
    """The whole story, told by `person`, who may do everything, to a service where nothing has happened yet."""
    story, now = Story(person, store), times.now() // times.MINUTE * times.MINUTE
    _, secret = tokens.create(store, "reads", ["read"], now=now)
    _make(story, now)
    post_id = story.told["get_post"]["path"]["post_id"]
    _judge(story, store, post_id)
    _try_things(story, post_id, now)
    _refuse(story, store, post_id, Person(person.app, secret))
    return story


def _make(story: Story, now: int) -> None:
    handle = {"platform": "instagram", "handle": "ada.mugs", "kind": "creator", "followers": "12.4K"}
    profile = story.tell("create_profile", body=handle)["id"]
    story.tell("get_profile", profile_id=profile)
    story.tell("update_profile", profile_id=profile, body={"shop": "shop.example", "followers": 12_600})
    out = times.rfc3339(now - PUBLISHED)
    bio = {"placement": "bio_link", "target": "https://shop.example/bowls", "slug": "bowls", "click_id_param": "ref"}
    post = {
        **{"platform": "instagram", "kind": "reel", "title": "Glazing the blue bowls", "profile_id": profile},
        **{"permalink": "https://www.instagram.com/reel/C8aB3xyNq0T/", "published_at": out, "tags": ["bowls"]},
        "links": [bio],
    }
    post_id = story.tell("create_post", body=post)["id"]
    short = {"title": "Glazing, the short version", "platform": "youtube", "kind": "video", "siblings": [post_id]}
    hung = [{"placement": "video_description", "target": "https://shop.example/bowls", "slug": "bowls-yt"}]
    other = story.person.post("/posts", short | {"published_at": out, "links": hung}).get_json()["id"]
    sticker = {"placement": "story_link_sticker", "target": "https://shop.example/", "slug": "glaze", "coupon": "MUG10"}
    story.tell("create_link", post_id=post_id, body=sticker | {"utm": {"source": "instagram", "campaign": "bowls"}})
    story.tell("update_link", slug="glaze", body={"target": "https://shop.example/bowls"})
    story.tell("get_link", slug="glaze")
    story.tell("list_links", query={"post": post_id, "limit": 1})
    story.tapped("bowls", now - 2 * times.DAY)
    story.tapped("bowls-yt", now - times.DAY)
    seen = times.rfc3339(now - times.HOUR)
    story.tell("add_snapshot", post_id=post_id, body={"taken_at": seen, "views": "12.4K", "likes": 931, "reach": 9800})
    story.person.post(f"/posts/{other}/snapshots", {"taken_at": seen, "views": 800, "likes": 41})
    story.tell("list_snapshots", post_id=post_id)
    tapped = story.tell("list_clicks", query={"post": post_id, "limit": 1})["items"][0]["id"]
    sale = {"external_id": "order-1001", "kind": "sale", "click_id": tapped, "amount_minor": 3900, "currency": "EUR"}
    sale["occurred_at"] = times.rfc3339(now - times.DAY)
    story.tell("report_conversion", body=sale)
    refund = {"external_id": "refund-1001", "kind": "refund", "refunds": "order-1001", "amount_minor": -1500}
    story.person.post("/conversions", refund | {"currency": "EUR", "occurred_at": times.rfc3339(now - times.HOUR)})
    story.tell("list_conversions", query={"post": post_id})
    story.tell("update_post", post_id=post_id, body={"tags": ["bowls", "glaze"], "notes": "Filmed in daylight"})
    story.tell("get_post", post_id=post_id)
    story.tell("list_posts", query={"platform": "instagram"})
    story.tell("compare", query={"posts": f"{post_id},{other}"})
    story.tell("list_profiles", first=1)
    happened = story.person.get("/events").get_json()["items"]
    first = next(number for number, event in enumerate(happened) if event["type"] == "rollup")
    story.tell("list_events", query={"after": happened[first - 1]["id"], "limit": 5})


def _judge(story: Story, store: Store, post_id: str) -> None:
    story.tell("get_funnel", post_id=post_id)
    story.tell("get_timeline", post_id=post_id, query={"bucket": "day", "tz": "Europe/Berlin"})
    story.tell("get_breakdown", post_id=post_id, query={"by": "app"})
    insight_reports.refresh(store, now=times.now())
    story.tell("get_insights", first=1)
    story.tell("list_placements", first=2)
    for name in ("export_all", "export_posts", "export_funnels", "export_clicks"):
        story.tell(name)


def _try_things(story: Story, post_id: str, now: int) -> None:
    profile = story.told["get_profile"]["path"]["profile_id"]
    yesterday, week = times.day_name(times.day_of(now) - 1), "2026-W01"
    numbers = {"day": yesterday, "followers": "12.6K", "profile_visits": 310, "link_taps": 12}
    story.tell("add_profile_snapshot", profile_id=profile, body=numbers)
    story.tell("list_profile_snapshots", profile_id=profile)
    story.tell("get_profile_funnel", profile_id=profile, query={"weeks": 2})
    tiktok = story.person.post("/profiles", {"platform": "tiktok", "handle": "ada"}).get_json()["id"]
    days = f"Date,Video Views,Profile Views\n{yesterday},1204,31\n"
    story.tell("import_profile_snapshots", profile_id=tiktok, file=days)
    rows = (
        "Post ID,Account ID,Description,Publish time,Permalink,Date,Views,Likes\n"
        "1,2,Glazing,,https://www.instagram.com/reel/C8aB3xyNq0T/,Lifetime,12600,940\n"
        "3,2,Firing,,https://www.instagram.com/reel/C8bK2vwMp1R/,Lifetime,500,9\n"
    )
    story.tell("import_snapshots", file=rows)
    story.tell("put_shop_totals", host="shop.example", week=week, body={"visits": "1.2K", "orders": 31})
    story.tell("get_shop_totals", host="shop.example", week=week)
    story.tell("list_shop_totals", host="shop.example")
    story.tell(
        "put_bio_page", profile_id=profile, body={"name": "ada.mugs", "title": "Ada makes mugs", "accent": "sea"}
    )
    story.tell("add_bio_row", profile_id=profile, body={"post_id": post_id, "title": "The blue bowls", "slug": "blue"})
    story.tell("update_bio_row", profile_id=profile, slug="blue", body={"title": "Blue bowls, back in stock"})
    story.tell("get_bio_page", profile_id=profile)
    story.tell("remove_bio_row", profile_id=profile, slug="blue")
    asked = story.person.post("/posts", {"platform": "instagram", "kind": "story", "title": "What held you back?"})
    poll = asked.get_json()["id"]
    story.tell("add_poll", post_id=poll, body={"votes": {"later": 12, "no_link": 5}})
    story.tell("list_polls", post_id=poll)
    story.tell("delete_post", post_id=poll, query={"purge": False})
    question = {"question": "Say the address in the first 3 seconds", "platform": "tiktok", "kind": "video"}
    tried = story.tell("create_experiment", body=question | {"per_arm": 14})["id"]
    story.tell("list_experiments")
    story.tell("get_experiment", experiment_id=tried)
    story.tell("update_experiment", experiment_id=tried, body={"state": "stopped"})
    story.tell("get_power", query={"platform": "tiktok", "kind": "video", "per_arm": 14})
    _be_told(story, post_id, now)
    token = story.tell("create_token", body={"name": "spreadsheet", "scopes": ["read"]})["id"]
    story.tell("list_tokens", first=1)
    story.tell("delete_token", token_id=token)


def _be_told(story: Story, post_id: str, now: int) -> None:
    where = {"url": "https://shop.example/hooks/clicks", "events": ["post.clicks", "conversion.created"]}
    hook = story.tell("create_webhook", body=where | {"description": "Spreadsheet of the shop"})["id"]
    slug = story.person.get(f"/posts/{post_id}").get_json()["links"][0]["slug"]
    story.tapped(slug, now - times.HOUR)
    story.deliver(hook)
    story.tell("list_deliveries", webhook_id=hook)
    last = story.told["list_deliveries"]["answer"]["items"][0]["id"]
    story.tell("replay_delivery", webhook_id=hook, delivery_id=last)
    story.tell("test_webhook", webhook_id=hook)
    story.tell("update_webhook", webhook_id=hook, body={"events": ["post.clicks"]})
    story.tell("rotate_webhook_secret", webhook_id=hook)
    story.tell("get_webhook", webhook_id=hook)
    story.tell("list_webhooks")
    story.tell("delete_webhook", webhook_id=hook)


def _refuse(story: Story, store: Store, post_id: str, reader: Person) -> None:
    story.refuse(400, "POST", "/posts", data=b'{"title": ')
    story.refuse(401, "GET", "/posts", Person(reader.app, None))
    story.refuse(403, "POST", "/posts", reader, json={})
    story.refuse(404, "GET", "/posts/k7m2pq9x4r")
    events.forget(store, before=times.now() + times.MINUTE)
    story.refuse(410, "GET", f"/events?after={story.told['list_events']['query']['after']}")
    again = {"placement": "bio_link", "target": "https://shop.example/", "slug": "bowls"}
    story.refuse(409, "POST", f"/posts/{post_id}/links", json=again)
    story.refuse(413, "POST", "/posts", data=b" " * (1 << 20) + b"{}")
    story.refuse(415, "POST", "/snapshots/import", data=b"x", content_type="text/plain")
    story.refuse(
        422, "POST", "/posts", json={"platform": "instagram", "title": "", "links": [{"placement": "bio_link"}]}
    )


def lasting(story: Story) -> dict[str, Any]:
    """The story with the names that the service drew by chance replaced by ones that are the same each time."""
    text = json.dumps({"calls": story.told, "refusals": story.refused}, ensure_ascii=False)
    drawn = random.Random(1)
    for name in dict.fromkeys(_drawn(text)):
        text = text.replace(name, "".join(_alike(letter, drawn) for letter in name))
    found: dict[str, Any] = json.loads(text)
    return found


def _drawn(text: str) -> Iterator[str]:
    for name in _NAMED.findall(text):
        # Of a click's id the slug is chosen and the rest is drawn.
        yield name.rpartition(".")[2].removeprefix("slk_").removeprefix("whsec_")


def _alike(letter: str, drawn: random.Random) -> str:
    return letter if letter in "-_" else drawn.choice(ids.ALPHABET if letter not in "0123456789abcdef" else "23456789")


def main() -> None:
    """Write the story down."""
    with own_server() as server, tempfile.TemporaryDirectory() as folder:
        config = Config(
            data_dir=Path(folder), secret_key="k" * 32, base_url="https://go.example", api_token="all-of-it"
        )
        app = web.create_app(config, store=server.store)
        story = told(Person(app, "all-of-it"), server.store)
        app.extensions["shortlinks"].follower.stop()
    openapi_examples.FILE.write_text(json.dumps(lasting(story), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
