"""The JSON API under `/api/v1`: one file a resource, each a thin layer over the noun of the same name.

A view reads the request, calls the core and shapes the answer. What goes wrong is raised and becomes a problem in
`web/problems.py`.
"""

from shortlinks.web.api import (
    bio_pages,
    clicks,
    compare,
    conversions,
    events,
    experiments,
    exports,
    funnel,
    insights,
    links,
    placements,
    polls,
    posts,
    profile_snapshots,
    profiles,
    shops,
    snapshot_imports,
    snapshots,
    tokens,
    webhooks,
)
from shortlinks.web.api.blueprint import bp

__all__ = [
    "bio_pages",
    "bp",
    "clicks",
    "compare",
    "conversions",
    "events",
    "experiments",
    "exports",
    "funnel",
    "insights",
    "links",
    "placements",
    "polls",
    "posts",
    "profile_snapshots",
    "profiles",
    "shops",
    "snapshot_imports",
    "snapshots",
    "tokens",
    "webhooks",
]
