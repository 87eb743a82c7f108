"""The rows of bio pages: a post is put on the page with a link of its own, moved up and down, renamed, taken off."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shortlinks import keys
from shortlinks.bio_pages import bio_page_records
from shortlinks.bio_pages.bio_page_records import LONGEST_TITLE, MOST_ROWS, BioPage, Row
from shortlinks.errors import Invalid, NotFound
from shortlinks.links import link_fields, links
from shortlinks.links.links import Link
from shortlinks.posts import post_records
from shortlinks.posts.post_records import Post
from shortlinks.records import nouns, versions
from shortlinks.store import Store
from shortlinks.words.language import _

PLACEMENT = "bio_page"
FIELDS = ("post_id", "title", "target", "slug")


def add(
    store: Store,
    profile_id: str,
    fields: Any,
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str] = links.RESERVED_ALWAYS,
) -> tuple[BioPage, Link]:
    """Put a post on top of the page: `post_id`, and if wanted `title`, `target` and `slug` of its row.

    Without them the title is the post's, and the target that of the post's newest link. A post that was on the page
    before gets its link back, unless another target or slug is wanted. Raises NotFound, Invalid, Conflict("slug").
    """
    tried: list[Link] = []

    def change(pipe: Any) -> tuple[BioPage, Link]:
        page = bio_page_records.get(pipe, profile_id)
        if tried and page.rows and page.rows[0].slug == tried[-1].slug:
            return page, tried[-1]  # an earlier run got through, and its answer was lost
        asked = nouns.Fields(fields, FIELDS, "row")
        post = _post(pipe, page, asked)
        title = asked.take("title", nouns.text(LONGEST_TITLE), post.title[:LONGEST_TITLE].strip() if post else "")
        target = asked.take("target", link_fields.target(own_hosts), None)
        asked.raise_errors()
        assert post is not None
        names = [keys.link(name.decode()) for name in pipe.zrange(keys.post_links(post.id), 0, -1)]
        ever = (links.decode(raw) for raw in post_records.watched(pipe, names))
        own = [link for link in ever if link.post_id == post.id and link.state != "erased"]
        slug = asked.given.get("slug")
        old = _again(page, own, target) if slug is None else None
        link = old or _made(pipe, post, own, target, slug, now=now, own_hosts=own_hosts, reserved=reserved)
        tried.append(link)
        ever_on = page.ever if link.slug in page.ever else (*page.ever, link.slug)
        page = replace(page, rows=(Row(link.slug, title), *page.rows), ever=ever_on)
        pipe.multi()
        if old is None:
            links.stage(pipe, link)
            links.tell(pipe, link, "made")
        bio_page_records.stage(pipe, page)
        return page, link

    return nouns.commit(store, change, keys.bio_page(profile_id))


def edit(
    store: Store, profile_id: str, slug: str, changes: Any, *, only_if: versions.Condition | None = None
) -> BioPage:
    """Change the `title` of a row, or its `position` (the top one's is 1; beyond the last means last).

    Raises NotFound, Invalid, and Stale unless the page is as `only_if` wants it.
    """

    def rows(page: BioPage) -> list[Row]:
        row = _row(page, slug)
        asked = nouns.Fields(changes, ("title", "position"), "row")
        position = asked.change("position", nouns.whole(1, MOST_ROWS), page.rows.index(row) + 1)
        title = asked.change("title", nouns.text(LONGEST_TITLE), row.title)
        asked.raise_errors()
        found = [each for each in page.rows if each is not row]
        found.insert(position - 1, replace(row, title=title))
        return found

    return _with_rows(store, profile_id, rows, only_if)


def remove(store: Store, profile_id: str, slug: str, *, only_if: versions.Condition | None = None) -> BioPage:
    """Take a row off the page. Its link goes on working, and its clicks stay the post's. Raises NotFound and Stale."""
    _row(bio_page_records.get(store.redis, profile_id), slug)
    gone = links.normalise(slug)
    return _with_rows(store, profile_id, lambda page: [row for row in page.rows if row.slug != gone], only_if)


def _with_rows(
    store: Store, profile_id: str, rows: Callable[[BioPage], list[Row]], only_if: versions.Condition | None
) -> BioPage:
    def change(pipe: Any) -> BioPage:
        page = bio_page_records.get(pipe, profile_id)
        versions.check(only_if, pipe, page)
        page = replace(page, rows=tuple(rows(page)))
        pipe.multi()
        versions.stage(only_if, pipe)
        bio_page_records.stage(pipe, page)
        return page

    return nouns.commit(store, change, keys.bio_page(profile_id))


def _row(page: BioPage, slug: str) -> Row:
    found = next((row for row in page.rows if row.slug == links.normalise(slug)), None)
    if found is None:
        raise NotFound("row", slug)
    return found


def _post(pipe: Any, page: BioPage, asked: nouns.Fields) -> Post | None:
    """The post that was asked for, if it can go on the page; else what is wrong is noted."""
    post_id = asked.need("post_id", nouns.an_id, "")
    if not post_id:
        return None
    post = post_records.read(pipe, [post_id]).get(post_id)
    if post is None:
        asked.fail("post_id", _("is no post"))
    elif post.profile_id != page.profile_id:
        asked.fail("post_id", _("is a post of another profile"))
    elif any(link.post_id == post.id for link in bio_page_records.links_of(pipe, page.slugs).values()):
        asked.fail("post_id", _("is on the page already"))
    elif len(page.rows) >= MOST_ROWS:
        asked.fail("post_id", _("is one too many: a page has {most} rows at most", most=MOST_ROWS))
    return post


def _again(page: BioPage, own: Sequence[Link], target: str | None) -> Link | None:
    """The link that the post had on the page before, if it leads to `target`."""
    before = (link for link in own if link.slug in page.ever and link.state == "active")
    return next((link for link in before if target in (None, link.target)), None)


def _made(
    pipe: Any,
    post: Post,
    own: Sequence[Link],
    target: str | None,
    slug: Any,
    *,
    now: int,
    own_hosts: frozenset[str],
    reserved: frozenset[str],
) -> Link:
    """A new link for the post's row."""
    if not own and target is None:
        raise Invalid.field("target", _("is required: the post has no link yet that tells it"))
    wish, errors = link_fields.read(
        {"placement": PLACEMENT, "target": target or own[-1].target, "slug": slug},
        platform=post.platform,
        now=now,
        own_hosts=own_hosts,
        reserved=reserved,
    )
    if errors:
        raise Invalid(errors)
    return links.made(pipe, wish, post.id, now=now, reserved=reserved)
