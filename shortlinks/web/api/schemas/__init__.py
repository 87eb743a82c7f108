"""The shapes of the API: what goes in and what comes out, with descriptions and examples for the OpenAPI document.

Input is checked twice. Here: known fields and types. In the core: meaning, with the same names in the errors. So a schema says
`string` where the core reads a time, a URL or a count.
"""

from shortlinks.web.api.schemas.base import FieldError, ListQuery, Made, Problem
from shortlinks.web.api.schemas.compare import Compared, CompareQuery
from shortlinks.web.api.schemas.links import Link, LinkChanges, LinkPage, LinksQuery, NewLink
from shortlinks.web.api.schemas.numbers import (
    Breakdown,
    BreakdownQuery,
    Click,
    ClickPage,
    ClicksQuery,
    Conversion,
    Funnel,
    FunnelQuery,
    NewConversion,
    Timeline,
    TimelineQuery,
)
from shortlinks.web.api.schemas.posts import NewPost, Post, PostChanges, PostPage, PostsQuery, PurgeQuery
from shortlinks.web.api.schemas.profiles import (
    NewProfile,
    NewProfileSnapshot,
    Profile,
    ProfileChanges,
    ProfilePage,
    ProfileSnapshot,
    ProfileSnapshotPage,
)
from shortlinks.web.api.schemas.service import NewToken, PlacementPage, ShownToken, TokenPage
from shortlinks.web.api.schemas.snapshots import NewSnapshot, Snapshot, SnapshotPage

__all__ = [
    "Breakdown",
    "BreakdownQuery",
    "Click",
    "ClickPage",
    "ClicksQuery",
    "CompareQuery",
    "Compared",
    "Conversion",
    "FieldError",
    "Funnel",
    "FunnelQuery",
    "Link",
    "LinkChanges",
    "LinkPage",
    "LinksQuery",
    "ListQuery",
    "Made",
    "NewConversion",
    "NewLink",
    "NewPost",
    "NewProfile",
    "NewProfileSnapshot",
    "NewSnapshot",
    "NewToken",
    "PlacementPage",
    "Post",
    "PostChanges",
    "PostPage",
    "PostsQuery",
    "Problem",
    "Profile",
    "ProfileChanges",
    "ProfilePage",
    "ProfileSnapshot",
    "ProfileSnapshotPage",
    "PurgeQuery",
    "ShownToken",
    "Snapshot",
    "SnapshotPage",
    "Timeline",
    "TimelineQuery",
    "TokenPage",
]
