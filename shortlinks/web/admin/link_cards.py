"""The links on a post's page: what each shows, and the bio links that could be turned to the post."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from shortlinks.funnels import reports
from shortlinks.funnels.funnel import Funnel
from shortlinks.link_imports import import_words
from shortlinks.links import link_warnings, links, target_health, target_visits
from shortlinks.links.target_health import Health
from shortlinks.placements import placements
from shortlinks.posts import posts
from shortlinks.web.admin import local, share, words
from shortlinks.web.services import services
from shortlinks.words.language import _

_MOST_BIO_LINKS = 50


def of_post(
    known: reports.Known, funnel: Funnel, others: Mapping[str, posts.Post], now: int, tz: ZoneInfo
) -> list[dict[str, Any]]:
    """The links that promote or promoted the post, those that can be used first.

    What a finding of the `funnel` tells of the links that work is not said again at each.
    """
    found = [link for link in known.ever if link.state != "erased"]
    health = target_visits.of_targets(services().store, [link.target for link in found])
    said = link_warnings.of_links(services().store, found, base_url=services().config.base_url)
    told = {finding.code for finding in funnel.findings}
    usable = [link for link in found if links.leads_on(link, known.post.id, now)]
    cards = [
        _card(
            link,
            health.get(link.target),
            [each for each in said[link.slug] if each[0] not in told or links.state_at(link, now) != "active"],
            known.post,
            others,
            now,
            tz,
        )
        | {"share": share.of_link(link, known.post.title, usable) if link in usable else None}
        for link in found
    ]
    return sorted(cards, key=lambda card: (not card["here"], card["placement"].dead))


def _card(
    link: links.Link,
    health: Health | None,
    said: link_warnings.Warnings,
    post: posts.Post,
    others: Mapping[str, posts.Post],
    now: int,
    tz: ZoneInfo,
) -> dict[str, Any]:
    """What the page shows of a link. `here`: it promotes this post now, not another one."""
    placement = placements.by_id(link.placement)
    warnings = said + target_health.warnings(health, now, tz)
    return {
        "link": link,
        "placement": placement,
        "platform": placements.platform_label(placement.platform),
        "state": links.state_at(link, now),
        "here": link.post_id == post.id,
        "other": None if link.post_id == post.id else others.get(link.post_id),
        "warnings": [message for _, message in warnings],
        "seen": None if health is None else words.seen(health, now),
        "expires": local.moment(link.expires_at, tz) if link.expires_at is not None else None,
        "expires_input": local.to_input(link.expires_at, tz) if link.expires_at is not None else "",
        "before": import_words.before(link.before, local.moment(link.before.at, tz)) if link.before else "",
        "turns": [(local.moment(turn.from_, tz), turn) for turn in link.history],
    }


def bio_links_elsewhere(post: posts.Post) -> list[links.Link]:
    """The platform's bio links that promote another post now and could be turned to this one."""
    found = links.in_bios(services().store, post.platform, limit=_MOST_BIO_LINKS)
    return [link for link in found if link.post_id != post.id]


def choices(bios: Sequence[links.Link], others: Mapping[str, posts.Post]) -> list[tuple[str, str]]:
    """(slug, label) of these links, but for those whose post was erased since."""
    return [
        (
            link.slug,
            _(
                "{address} ({spot}), now for “{title}”",
                address="/" + link.slug,
                spot=placements.by_id(link.placement).label,
                title=other.title,
            ),
        )
        for link in bios
        if (other := others.get(link.post_id))
    ]
