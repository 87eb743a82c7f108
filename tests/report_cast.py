"""What tests of reports put into the store, and read from a funnel."""

from typing import Any

from clicking import pour, record, roll_up_all

from shortlinks import times
from shortlinks.funnels import funnel
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store


def take(store: Store, post: posts.Post, at: int, views: int, **counts: Any) -> None:
    snapshots.add(store, post, {"views": views, "taken_at": times.rfc3339(at), **counts}, now=at)


def step(found: funnel.Funnel, name: str) -> funnel.Step:
    (one,) = (step for step in found.steps if step.name == name)
    return one


def tap(store: Store, link: links.Link, *moments: int, **fields: Any) -> None:
    """Clicks for the post that the link promoted at each moment."""
    pour(store, [record(links.turn_at(link, at).post_id, link.slug, at, **fields) for at in moments])
    roll_up_all(store)
