"""Reads what it takes to warn whoever hangs links, and says it: the findings that need not wait for clicks."""

from collections.abc import Sequence

from shortlinks import case_reports, findings, placements, posts, profiles
from shortlinks.cases import Account
from shortlinks.links import Link
from shortlinks.store import Store

Warnings = list[tuple[str, str]]
"""As (code, message)."""


def of_links(store: Store, found: Sequence[Link], *, base_url: str) -> dict[str, Warnings]:
    """The warnings of each of these links, by slug; `base_url` is what short links begin with."""
    accounts: dict[str, Account | None] = {}
    said = {}
    for link in found:
        placement = placements.by_id(link.placement)
        # Only where an account's size matters is it read.
        if link.post_id not in accounts and placements.from_followers(placement.platform):
            accounts[link.post_id] = _account_of(store, link.post_id, placement.platform)
        said[link.slug] = findings.warnings(
            placement, account=accounts.get(link.post_id), short_url=f"{base_url}/{link.slug}"
        )
    return said


def of_platform(store: Store, platform: str) -> Warnings:
    """What to say before a post is made: of the profile that it will be on unless another one is named."""
    profile = profiles.first(store, platform) if placements.from_followers(platform) else None
    return findings.account_warnings(platform, None if profile is None else case_reports.account(profile))


def _account_of(store: Store, post_id: str, platform: str) -> Account | None:
    """The account that a post is on, if that is one of the platform."""
    post = posts.find(store, post_id)
    if post is None or post.platform != platform:
        return None
    return case_reports.account(profiles.get(store, post.profile_id))
