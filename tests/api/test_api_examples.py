"""What the OpenAPI document gives as an example can be sent as it stands."""

from typing import Any

from api_cast import Person
from apiflask import APIFlask

from shortlinks import experiments, links, posts, profiles, times
from shortlinks.store import Store

EARLY = 1_700_000_000_000


def _example(schema: dict[str, Any]) -> Any:
    """The example of a schema, that of the first choice which has one, or None."""
    own = schema.get("examples")
    return own[0] if own else next(filter(None, map(_example, schema.get("anyOf", []))), None)


def test_every_documented_example_is_taken(app: APIFlask, ada: Person, store: Store) -> None:
    post, _ = posts.create(store, {"platform": "instagram", "title": "A"}, now=EARLY, own_hosts=frozenset())
    wish = {"placement": "bio_link", "target": "https://shop.example/", "slug": "k7m2p"}
    links.create(store, post.id, wish, now=EARLY, own_hosts=frozenset())
    asked = {"question": "Ask in the caption", "platform": "x", "kind": "text", "per_arm": 2}
    profile = profiles.create(store, platform="instagram", handle="bob", now=EARLY)

    experiment = experiments.create(store, asked, now=times.now())
    names = {"post_id": post.id, "profile_id": profile.id, "slug": "k7m2p", "experiment_id": experiment.id}
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
            assert body.keys() >= set(schema.get("required", [])), reference
            answer = ada.call(method.upper(), path.format(**names), json=body)
            assert answer.status_code in (200, 201), (path, body, answer.get_json())
            sent += 1
    assert sent >= 10
