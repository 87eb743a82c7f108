"""What the protocols share: making a link with a post of its own, and finding one again."""

from typing import Any
from urllib.parse import urlsplit

from shortlinks import times, urls
from shortlinks.errors import Invalid, NotFound
from shortlinks.links import link_search, links
from shortlinks.links.links import Link
from shortlinks.posts import post_fields, posts
from shortlinks.posts.posts import Post
from shortlinks.web.api.blueprint import reserved
from shortlinks.web.services import services

PLATFORM, PLACEMENT = "other", "elsewhere"
LINK = "links[0]."
"""What stands before the name of a link's field in an error of `make`."""


def make(target: Any, *, title: Any = None, tags: Any = None, **fields: Any) -> tuple[Post, Link]:
    """A new link of a post of its own, called as the target's host unless there is a `title`; all of it or nothing.

    `fields` are further ones of the link; those that are None are left out. Raises what `posts.create` raises.
    """
    here = services()
    wish = {name: value for name, value in fields.items() if value is not None}
    asked = {
        "platform": PLATFORM,
        "title": fitted(title) or host(target),
        "tags": tags,
        "links": [{"placement": PLACEMENT, "target": target, **wish}],
        "experiment": False,
    }
    post, (link,) = posts.create(
        here.store, asked, now=times.now(), own_hosts=here.config.own_hosts, reserved=reserved()
    )
    return post, link


def fitted(title: Any) -> Any:
    """A title, which tools take from web pages unasked, cut to what a post's may be; what is no text stays what it is."""
    return post_fields.title_from(title) if isinstance(title, str) else title


def host(target: Any) -> str:
    """The host that a target leads to, as a title for it."""
    try:
        return urlsplit(urls.target(target, own_hosts=frozenset())).hostname or PLACEMENT
    except Invalid:  # which is told when the link is made
        return PLACEMENT


def same_target(target: Any, slug: str = "", **more: Any) -> Link | None:
    """The newest link to this target that works and has this slug, if one is given; None also for what is no target.

    Only one that hangs elsewhere: what comes by it must not be taken for taps on a link in somebody's profile. `more` are the
    link's fields as they have to be.
    """
    try:
        wanted = urls.target(target, own_hosts=frozenset())
    except Invalid:
        return None
    return link_search.with_target(
        services().store,
        wanted,
        now=times.now(),
        keep=lambda link: (
            (link.placement == f"{PLATFORM}/{PLACEMENT}")
            and slug in ("", link.slug)
            and all(getattr(link, name) == value for name, value in more.items())
        ),
    )


def named(slug: str) -> Link:
    """The link with this slug, unless it was switched off, by which a protocol deletes. Raises NotFound."""
    link = links.get(services().store, slug)
    if link.state != "active":
        raise NotFound("link", slug)
    return link


def switch_off(slug: str) -> None:
    """What deleting means here: the link answers 410, its clicks stay counted, and its owner can switch it on again."""
    here = services()
    links.update(here.store, named(slug).slug, {"state": "disabled"}, now=times.now(), own_hosts=here.config.own_hosts)


def short_url(link: Link) -> str:
    """The address that people share."""
    return f"{services().config.base_url}/{link.slug}"


def authority() -> str:
    """Our only domain, as clients name it."""
    return urlsplit(services().config.base_url).netloc


def is_ours(domain: Any) -> bool:
    """Whether a domain, as it is asked for, is the one that there is; none is."""
    return domain in (None, "") or (isinstance(domain, str) and domain.lower() == authority().lower())
