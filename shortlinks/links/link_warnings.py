"""Reads what it takes to warn whoever hangs links, and says it: the findings that need not wait for clicks."""

from collections.abc import Sequence

from shortlinks import keys
from shortlinks.findings import case_reports, findings_formats, findings_links
from shortlinks.findings.cases import Account
from shortlinks.links.links import Link
from shortlinks.placements import placements
from shortlinks.posts import permalinks, posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.store import Store

Warnings = list[tuple[str, str]]
"""As (code, message)."""


def of_links(store: Store, found: Sequence[Link], *, base_url: str) -> dict[str, Warnings]:
    """The warnings of each of these links, by slug; `base_url` is what short links begin with."""
    spots = {link.slug: placements.by_id(link.placement) for link in found}
    # Only where the format of a post or the size of its account matters is it read.
    sized = {link.post_id for link in found if placements.from_followers(spots[link.slug].platform)}
    there = posts.find_all(store, sized | {link.post_id for link in found if spots[link.slug].formats})
    accounts = _accounts(store, [post for post in there.values() if post.id in sized])
    said = {}
    for link in found:
        spot, post = spots[link.slug], there.get(link.post_id)
        own = post if post and post.platform == spot.platform else None
        format_ = permalinks.format_on(own.platform, own.permalink) if own else None
        account = accounts.get(own.id) if own else None
        url = f"{base_url}/{link.slug}"
        said[link.slug] = [
            *findings_links.warnings(spot, account=account, format_=format_, short_url=url),
            *findings_formats.warnings(spot, format_),
        ]
    return said


def of_platform(store: Store, platform: str) -> Warnings:
    """What to say before a post is made: of the profile that it will be on, or of each that it may be on, by its handle."""
    own = profiles.of_platform(store, platform) if placements.from_followers(platform) else []
    accounts = case_reports.accounts(store, [(profile, None) for profile in own])
    return [
        (code, f"@{profile.handle}: {message}" if len(own) > 1 else message)
        for profile, account in zip(own, accounts, strict=True)
        for code, message in findings_links.account_warnings(platform, account)
    ]


def _accounts(store: Store, found: Sequence[Post]) -> dict[str, Account]:
    """The account of each of these posts, by its id; read at once."""
    names = [keys.profile(name) for name in {post.profile_id for post in found}]
    raws = store.redis.mget(names) if names else []
    known = {profile.id: profile for profile in (profiles.decode(raw) for raw in raws if raw is not None)}
    there = [post for post in found if post.profile_id in known]
    accounts = case_reports.accounts(store, [(known[post.profile_id], post) for post in there])
    return {post.id: account for post, account in zip(there, accounts, strict=True)}
