"""The list of posts; editing, archiving and erasing one."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shortlinks import times
from shortlinks.errors import Conflict, Invalid
from shortlinks.experiments import experiments
from shortlinks.funnels import gathered, overviews
from shortlinks.insights import insight_reports
from shortlinks.links import links
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.rollups import rollups
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import day_zero, forms, local, meanwhile, once, pasted, post_cards, words
from shortlinks.web.admin.meanwhile import Stands
from shortlinks.web.admin.post_cards import Card
from shortlinks.web.services import services
from shortlinks.webhooks import webhooks
from shortlinks.words.language import N_, _

bp = Blueprint("posts", __name__)

_PAGE = 30
_PICKED = 50
_PROFILES = 200
_ORDERS: dict[str, Callable[[Card], int]] = {
    "clicks": lambda card: card.human,
    "views": lambda card: card.views or 0,
}
_SORTS = [("", N_("Newest first")), ("clicks", N_("Most clicks first")), ("views", N_("Most views first"))]
_EDIT = ("title", "kind", "permalink", "published_at", "tags", "part_of", "siblings", "sibling", "notes")


@bp.get("/")
def index() -> str:
    """The posts as cards: newest first and paged, or the newest ones in another order."""
    now, store = times.now(), services().store
    asked = _Asked.of_request()
    newest = gathered.newest(store)
    found, following = _found(store, asked)
    post_ids = [post.id for post in found]
    totals, taken = rollups.totals(store, post_ids), snapshots.of_posts(store, post_ids)
    overview = overviews.read(store, found, newest, now=now)
    cards = post_cards.cards(found, totals, taken, overview.expected, insight_reports.gravest(store), now=now)
    if asked.sort in _ORDERS:
        cards.sort(key=_ORDERS[asked.sort], reverse=True)
    return render_template(
        "admin/posts.html",
        tab="posts",
        cards=cards,
        stopped_webhooks=webhooks.stopped(store),
        nobody="" if asked.filtered or asked.archived or following else day_zero.of_posts(totals, taken),
        overview=overview,
        asked=asked,
        running=experiments.running(store, now=now),
        platforms=words.platforms(),
        profiles=[(each.id, profiles.called(each)) for each in profiles.list_(store, limit=_PROFILES)[0]],
        tags=sorted({tag for post in newest for tag in post.tags}, key=str.casefold),
        sorts=[(name, _(label)) for name, label in _SORTS],
        older=url_for(".index", cursor=following, **asked.query) if following else None,
        sorted_of=len(found) if asked.sort in _ORDERS else 0,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the list was asked for."""

    q: str
    platform: str
    profile: str
    tag: str
    sort: str
    archived: bool

    @classmethod
    def of_request(cls) -> Self:
        """As the address says."""
        q, platform, profile, tag, sort = (
            request.args.get(name, "").strip() for name in ("q", "platform", "profile", "tag", "sort")
        )
        return cls(q, platform, profile, tag, sort, "archived" in request.args)

    @property
    def filtered(self) -> bool:
        """Whether not all posts are meant."""
        return bool(self.q or self.platform or self.profile or self.tag)

    @property
    def query(self) -> dict[str, Any]:
        """The same as the parameters of an address."""
        found = asdict(self) | {"archived": "1" if self.archived else ""}
        return {name: value for name, value in found.items() if value}


def _found(store: Store, asked: _Asked) -> tuple[list[posts.Post], str | None]:
    """The posts to show, and the cursor of the next page. Those in another order than by age are the newest ones."""
    in_order = asked.sort in _ORDERS
    found, following = posts.list_(
        store,
        limit=gathered.SEARCHED if in_order else _PAGE,
        cursor=None if in_order else request.args.get("cursor"),
        platform=asked.platform or None,
        profile_id=asked.profile or None,
        tag=asked.tag or None,
        q=asked.q or None,
        archived=asked.archived,
    )
    return found, None if in_order else following


@bp.route("/posts/<post_id>/edit", methods=["GET", "POST"])
@once.once
def edit(post_id: str) -> Response | str | tuple[str, int]:
    """Change what a post is called and belongs to."""
    store, tz = services().store, local.zone()
    if request.method == "GET":
        return _edit_form(posts.get(store, post_id), forms.Form("edit"), tz)
    try:
        meanwhile.change(
            lambda: posts.get(store, post_id),
            lambda post: _standing(post, tz, _titles(post)),
            _typed(),
            lambda post, only_if: posts.update(store, post_id, _changes(post, tz), now=times.now(), only_if=only_if),
        )
    except (Invalid, Conflict) as error:
        return _edit_form(posts.get(store, post_id), meanwhile.failed("edit", error, _EDIT), tz), 422
    flash(_("Saved."))
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.post("/posts/<post_id>/archive")
def archive(post_id: str) -> Response:
    """Put a post away, or bring it back. Its links go on working and counting."""
    away = request.form.get("archived") == "1"
    posts.update(services().store, post_id, {"archived": away}, now=times.now())
    flash(_("The post is archived; its links go on working.") if away else _("The post is back in the list."))
    return redirect(url_for("admin.page.show", post_id=post_id), 303)


@bp.route("/posts/<post_id>/purge", methods=["GET", "POST"])
def purge(post_id: str) -> Response | str | tuple[str, int]:
    """Erase a post for good, after asking."""
    store = services().store
    post = posts.get(store, post_id)
    form = forms.Form("purge")
    if request.method == "POST":
        if request.form.get("sure") == "1":
            posts.purge(store, post_id)
            flash(_("“{title}” is erased, with its clicks and numbers.", title=post.title))
            return redirect(url_for(".index"), 303)
        form = forms.Form("purge", request.form, {"sure": _("must be ticked")})
    total = rollups.totals(store, [post_id])[0]
    hung = [link for link in links.ever_of_post(store, post_id) if link.state != "erased"]
    page = render_template(
        "admin/purge.html",
        tab="posts",
        post=post,
        hits=rollups.hits(total),
        stopping=[(link, placements.by_id(link.placement)) for link in hung if link.post_id == post_id],
        going_on=[(link, posts.find(store, link.post_id)) for link in hung if link.post_id != post_id],
        form=form,
    )
    return (page, 422) if form.errors else page


def choices(
    *, but: str = "", platform: str | None = None, whole: bool = False, present: str | None = None
) -> list[tuple[str, str]]:
    """(id, title) of the newest posts for a form, without the post `but`; with `whole` none that is part of another.

    The post `present` is always among them, also when it is old or archived: what a form does not offer, saving loses.
    """
    store = services().store
    found = posts.list_(store, limit=_PICKED, platform=platform)[0]
    offered = [post for post in found if post.id != but and not (whole and post.part_of)]
    if present and present not in (post.id for post in offered) and (other := posts.find(store, present)):
        offered.append(other)
    return [(post.id, f"{post.title} ({placements.platform_label(post.platform)})") for post in offered]


def _changes(post: posts.Post, tz: ZoneInfo) -> dict[str, Any]:
    sent = request.form
    changes: dict[str, Any] = {
        "title": sent.get("title", ""),
        "kind": sent.get("kind", post.kind),
        "permalink": pasted.changed(sent.get("permalink", "").strip(), post.permalink),
        "part_of": sent.get("part_of") or None,
        "tags": forms.parts(sent.get("tags", "")),
        "siblings": [*sent.getlist("siblings"), *([sent["sibling"]] if sent.get("sibling") else [])],
        "notes": sent.get("notes", ""),
    }
    # Shown to the minute: what was not touched keeps its seconds.
    if (text := sent.get("published_at", "").strip()) != local.to_input(post.published_at, tz):
        changes["published_at"] = local.asked(text, tz, "published_at")
    return changes


def _titles(post: posts.Post) -> dict[str, str]:
    """Those of the posts that a post belongs to, by id."""
    found = posts.find_all(services().store, [*post.siblings, *filter(None, [post.part_of])])
    return {name: other.title for name, other in found.items()}


def _standing(post: posts.Post, tz: ZoneInfo, titles: Mapping[str, str]) -> dict[str, Stands]:
    """What stands in the fields of a post's form; `titles` are only for people."""
    return {
        "title": Stands(post.title),
        "kind": Stands(post.kind, words.kind(post.platform, post.kind)),
        "permalink": Stands(post.permalink or ""),
        "published_at": Stands(local.to_input(post.published_at, tz), local.moment(post.published_at, tz)),
        "tags": Stands(", ".join(post.tags)),
        "part_of": Stands(post.part_of or "", titles.get(post.part_of or "", "")),
        "siblings": Stands(
            " ".join(sorted(post.siblings)), ", ".join(titles[name] for name in post.siblings if name in titles)
        ),
        "notes": Stands(post.notes),
    }


def _typed() -> dict[str, str]:
    """The same fields as they were sent."""
    sent = request.form
    return {
        **sent.to_dict(),
        "tags": ", ".join(forms.parts(sent.get("tags", ""))),
        "siblings": " ".join(sorted({*sent.getlist("siblings"), *filter(None, [sent.get("sibling")])})),
    }


def _edit_form(post: posts.Post, form: forms.Form, tz: ZoneInfo) -> str:
    siblings = list(posts.find_all(services().store, post.siblings).values())
    return render_template(
        "admin/edit.html",
        tab="posts",
        post=post,
        form=form,
        seen=meanwhile.mark(_standing(post, tz, {})),
        kinds=words.kinds(post.platform, present=post.kind),
        published_at=local.to_input(post.published_at, tz),
        zone=str(tz),
        siblings=siblings,
        sibling_options=[("", _("No other")), *(pair for pair in choices(but=post.id) if pair[0] not in post.siblings)],
        part_of_options=[("", _("No")), *choices(but=post.id, whole=True, present=post.part_of)],
    )
