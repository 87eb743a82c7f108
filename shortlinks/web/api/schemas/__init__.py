"""The shapes of the API: what goes in and what comes out, with descriptions and examples for the OpenAPI document.

Input is checked twice. Here: known fields and types. In the core: meaning, with the same names in the errors. So a schema says
`string` where the core reads a time, a URL or a count.
"""

from shortlinks.web.api.schemas.base import FieldError, ListQuery, Made, Problem, Query
from shortlinks.web.api.schemas.bio_pages import BioPage, BioPageChanges, BioRowChanges, NewBioRow
from shortlinks.web.api.schemas.compare import Compared, CompareQuery
from shortlinks.web.api.schemas.conversions import Conversion, ConversionPage, ConversionsQuery, NewConversion
from shortlinks.web.api.schemas.events import Event, EventPage, EventsQuery
from shortlinks.web.api.schemas.experiments import (
    ChanceReport,
    DrawnArm,
    ExperimentChanges,
    ExperimentPage,
    ExperimentReport,
    NewExperiment,
    PowerQuery,
)
from shortlinks.web.api.schemas.imports import ImportedSnapshots, ImportQuery
from shortlinks.web.api.schemas.insights import Insights
from shortlinks.web.api.schemas.links import Link, LinkChanges, LinkPage, LinksQuery, NewLink
from shortlinks.web.api.schemas.numbers import (
    Breakdown,
    BreakdownQuery,
    Click,
    ClickPage,
    ClicksQuery,
    Funnel,
    FunnelQuery,
    Timeline,
    TimelineQuery,
)
from shortlinks.web.api.schemas.polls import NewPoll, Poll, PollPage
from shortlinks.web.api.schemas.posts import NewPost, Post, PostChanges, PostPage, PostsQuery, PurgeQuery
from shortlinks.web.api.schemas.profiles import (
    ImportedDays,
    NewProfile,
    NewProfileSnapshot,
    Profile,
    ProfileChanges,
    ProfileFunnel,
    ProfileFunnelQuery,
    ProfilePage,
    ProfileSnapshot,
    ProfileSnapshotPage,
)
from shortlinks.web.api.schemas.service import NewToken, PlacementPage, ShownToken, TokenPage
from shortlinks.web.api.schemas.shops import NewShopTotals, ShopTotals, ShopTotalsPage
from shortlinks.web.api.schemas.snapshots import NewSnapshot, NotedSnapshot, Snapshot, SnapshotPage
from shortlinks.web.api.schemas.webhooks import (
    Delivery,
    DeliveryPage,
    NewWebhook,
    ShownWebhook,
    Webhook,
    WebhookChanges,
    WebhookPage,
)

__all__ = [
    "BioPage",
    "BioPageChanges",
    "BioRowChanges",
    "Breakdown",
    "BreakdownQuery",
    "ChanceReport",
    "Click",
    "ClickPage",
    "ClicksQuery",
    "CompareQuery",
    "Compared",
    "Conversion",
    "ConversionPage",
    "ConversionsQuery",
    "Delivery",
    "DeliveryPage",
    "DrawnArm",
    "Event",
    "EventPage",
    "EventsQuery",
    "ExperimentChanges",
    "ExperimentPage",
    "ExperimentReport",
    "FieldError",
    "Funnel",
    "FunnelQuery",
    "ImportQuery",
    "ImportedDays",
    "ImportedSnapshots",
    "Insights",
    "Link",
    "LinkChanges",
    "LinkPage",
    "LinksQuery",
    "ListQuery",
    "Made",
    "NewBioRow",
    "NewConversion",
    "NewExperiment",
    "NewLink",
    "NewPoll",
    "NewPost",
    "NewProfile",
    "NewProfileSnapshot",
    "NewShopTotals",
    "NewSnapshot",
    "NewToken",
    "NewWebhook",
    "NotedSnapshot",
    "PlacementPage",
    "Poll",
    "PollPage",
    "Post",
    "PostChanges",
    "PostPage",
    "PostsQuery",
    "PowerQuery",
    "Problem",
    "Profile",
    "ProfileChanges",
    "ProfileFunnel",
    "ProfileFunnelQuery",
    "ProfilePage",
    "ProfileSnapshot",
    "ProfileSnapshotPage",
    "PurgeQuery",
    "Query",
    "ShopTotals",
    "ShopTotalsPage",
    "ShownToken",
    "ShownWebhook",
    "Snapshot",
    "SnapshotPage",
    "Timeline",
    "TimelineQuery",
    "TokenPage",
    "Webhook",
    "WebhookChanges",
    "WebhookPage",
]
