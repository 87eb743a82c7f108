"""What the OpenAPI document gives as an example can be sent as it stands."""

from typing import Any

from api_cast import Person
from apiflask import APIFlask

from shortlinks import bio_page_rows, bio_pages, experiments, posts, times
from shortlinks.store import Store

EARLY = 1_700_000_000_000


def _example(schema: dict[str, Any]) -> Any:
    """The example of a schema, that of the first choice which has one, or None."""
    own = schema.get("examples")
    return own[0] if own else next(filter(None, map(_example, schema.get("anyOf", []))), None)


def test_every_documented_example_is_taken(app: APIFlask, ada: Person, store: Store) -> None:
    post, _ = posts.create(store, {"platform": "instagram", "title": "A"}, now=EARLY, own_hosts=frozenset())
    bio_pages.put(store, post.profile_id, {"name": "mugs"}, now=EARLY)
    wish = {"post_id": post.id, "target": "https://shop.example/", "slug": "k7m2p"}
    bio_page_rows.add(store, post.profile_id, wish, now=EARLY, own_hosts=frozenset())
    other, _ = posts.create(store, {"platform": "instagram", "title": "B"}, now=EARLY, own_hosts=frozenset())
    asked = {"question": "Ask in the caption", "platform": "x", "kind": "text", "per_arm": 2}
    experiment = experiments.create(store, asked, now=times.now())
    names = {"post_id": post.id, "profile_id": post.profile_id, "slug": "k7m2p", "experiment_id": experiment.id}
    names |= {"host": "shop.example", "week": "2026-W01"}
    document = ada.get("/openapi.json").get_json()
    sent = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rpartition("/")[2]]
            fields = {name: _example(field) for name, field in schema["properties"].items()}
            body = _example(schema) or {name: value for name, value in fields.items() if value is not None}
            if reference.endswith("/NewBioRow"):  # a post that is on this page's profile
                body["post_id"] = other.id
            assert body.keys() >= set(schema.get("required", [])), reference
            answer = ada.call(method.upper(), path.format(**names), json=body)
            assert answer.status_code in (200, 201), (path, body, answer.get_json())
            sent += 1
    assert sent >= 10
