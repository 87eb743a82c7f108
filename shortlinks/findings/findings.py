"""Findings: explanations of where a post's count drops off, each with its evidence and what to do next.

Pure. CODES is the catalogue; each row's rule is a function of a case (see `cases`), in the modules by subject. Every rule
holds at a handful of clicks: rates are held against the creator's own other posts or tested exactly, never against a
fixed figure, and not on one end of what a shared bio link leaves open.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shortlinks.findings import (
    findings_arrivals,
    findings_drop,
    findings_formats,
    findings_hits,
    findings_links,
    findings_numbers,
    findings_ways,
)
from shortlinks.findings.cases import Case
from shortlinks.findings.finding import SEVERITIES, Finding
from shortlinks.funnels import path_words


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the catalogue: what makes the finding appear, the source of that rule, and the rule.

    `step` is the step of the path that it explains and whose numbers it tells, if it is of one.
    """

    trigger: str
    source: str
    rule: Callable[[Case], Finding | None]
    step: path_words.Step | None = None


_OWN_POSTS = "The creator's own other posts on the same way, as a gamma-Poisson range (see `expectation`, `spread`)."
_ARITHMETIC = "Follows from the numbers."

CODES = {
    "dead_placement": Code(
        "A link hangs where the platform shows it as mere text and nobody is expected to type it. Told when the link is "
        "made, too.",
        "`placements.toml`, with a source in each row.",
        findings_links.dead_placement,
    ),
    "other_format": Code(
        "By its address the post is of a format that does not have the spot in which a link hangs, such as a Short with one in "
        "the description of a long video, and no click through it. Told when the link is made, too.",
        "`formats` in `placements.toml`: YouTube's announcement of August 2023.",
        findings_formats.other_format,
    ),
    "no_link": Code(
        "No link promotes the post or ever did, and no click was counted for it.",
        _ARITHMETIC,
        findings_links.no_link,
    ),
    "no_tappable_spot": Code(
        "A personal account with fewer followers than the platform's spot for a link takes (TikTok: 1,000), and no click "
        "through that spot. Told when a post or its link is made, too; where a link hangs in a dead placement there, or none "
        "anywhere, as what to do about that.",
        "`personal_from` in `placements.toml`: unil.ink and link.boo (2026). The threshold varies by region.",
        findings_links.no_tappable_spot,
    ),
    "slow_or_broken_target": Code(
        "Our server's last visits found the page behind the link broken, or slow to answer.",
        "Our server's own visits: how a phone sees it may differ.",
        findings_ways.slow_or_broken_target,
    ),
    "link_broken_during_peak": Code(
        "In the first 48 hours (of a story 24), or on the day with the most clicks, hits met a link that was switched off or "
        "ended, with about one person among them by the post's other hits; or clicks met a target that did not work.",
        "Half of a link's clicks come within hours of the peak (Bitly 2011: 3 hours on Facebook, 7 on YouTube).",
        findings_ways.link_broken_during_peak,
    ),
    "lost_on_the_way": Code(
        "Of the clicks that were made while a page told of arrivals, at least 5 did not arrive: clearly more than usual, or of "
        "those in one app clearly more than of all others, an exact test at 1 % by the number of apps.",
        "The creator's own other posts on the same way, as a gamma-Poisson range of the lost (see `expectation`, `spread`); "
        "Przyborowski and Wilenski 1940 (see `comparing`).",
        findings_arrivals.lost_on_the_way,
        step=("clicks", "arrivals"),
    ),
    "no_click_ids": Code(
        "Clicks and no sale, where sales of the creator's other posts were reported by click id, and none of the links that work "
        "adds its click ids to the address or has a coupon code. Told instead of `clicks_without_conversions`.",
        _ARITHMETIC,
        findings_links.no_click_ids,
    ),
    "clicks_without_conversions": Code(
        "No sale, where it would be under 5 % likely at the rate of the creator's other posts, with at least 3 sales among "
        "them and the post a day old or more. Nine clicks without a sale happen 83 times in 100 even at 2 sales per 100 clicks.",
        _OWN_POSTS,
        findings_drop.clicks_without_conversions,
        step=("clicks", "conversions"),
    ),
    "profile_visits_without_taps": Code(
        "Profile visits (at least 5), and none of the post's links could be tapped there or before its viewers; or clearly "
        "fewer clicks per profile visit than usual.",
        _OWN_POSTS,
        findings_drop.profile_visits_without_taps,
        step=("profile_visits", "clicks"),
    ),
    "bio_pointed_elsewhere": Code(
        "The bio link was turned to another post, and the views noted after that grew by a tenth of all or more; or they "
        "grew by a fifth over a time of which most came after the turn.",
        _ARITHMETIC,
        findings_ways.bio_pointed_elsewhere,
    ),
    "shown_to_strangers": Code(
        "Fewer clicks than usual, and 60 in 100 viewers or more do not follow: as noted from the app, or because twice the "
        "usual views leave no more room for followers, each watching twice.",
        _OWN_POSTS,
        findings_drop.shown_to_strangers,
    ),
    "likes_without_clicks": Code(
        "Clearly fewer clicks per like than usual (outside the 98 % range), while likes per view are as usual or more. Not "
        "where the post was shown to strangers.",
        _OWN_POSTS,
        findings_drop.likes_without_clicks,
    ),
    "saves_without_clicks": Code(
        "Clearly fewer clicks per save than usual (outside the 98 % range), while saves per view are as usual or more. Not "
        "where the post was shown to strangers.",
        _OWN_POSTS,
        findings_drop.saves_without_clicks,
    ),
    "more_clicks_than_views": Code(
        "More clicks by people who can have viewed the post than views, whatever their rounding.",
        _ARITHMETIC,
        findings_numbers.more_clicks_than_views,
    ),
    "noted_before_publish": Code(
        "Numbers dated more than five minutes before the post was published: they are kept, and in no rate.",
        _ARITHMETIC,
        findings_numbers.noted_before_publish,
    ),
    "clicks_before_publish": Code(
        "Clicks from before the minute in which the post was published.",
        _ARITHMETIC,
        findings_hits.clicks_before_publish,
    ),
    "previews_only": Code(
        "Link previews, no hit by a person or another program, and no sale or other conversion.",
        "Messengers and networks fetch a preview when a link is sent or posted; see how clicks are counted.",
        findings_hits.previews_only,
    ),
    "bots_only": Code(
        "Hits by programs alone, not only previews, and no sale or other conversion.",
        "See how clicks are counted.",
        findings_hits.bots_only,
    ),
    "maybe_you": Code(
        "Of 20 clicks at most, the first one or two came within 10 minutes of making the link or of publication, before any "
        "other hit and before views were noted.",
        "A rule of thumb of ours: who makes a link tries it.",
        findings_hits.maybe_you,
    ),
    "typed_in": Code(
        "Clicks through a spot where nobody can tap (not print, which is scanned), without those that are maybe your own.",
        "`placements.toml`: there is no other way to get there.",
        findings_hits.typed_in,
    ),
    "late_clicks": Code(
        "At least 3 clicks after the first reading from the third day on, and more per new view than before: an exact test "
        "of two rates at 5 %.",
        "Przyborowski and Wilenski 1940 (see `comparing`). Clicks keep coming for days (Gabielkov et al. 2016).",
        findings_numbers.late_clicks,
    ),
    "link_shortened_by_platform": Code(
        "The address, with its https://, is longer than the platform leaves as it is (LinkedIn: 26 characters). Told when "
        "the link is made, too.",
        "`shortens_over` in `placements.toml`, which quotes LinkedIn Help.",
        findings_links.link_shortened_by_platform,
    ),
    "snapshot_stale": Code(
        "Clicks since the views were noted, a day ago or more, if that is a week, or longer than the post was out then.",
        _ARITHMETIC,
        findings_numbers.snapshot_stale,
    ),
    "too_early_to_tell": Code(
        "A link in reach, and no other posts to judge by: the numbers end within the first 24 hours of the post, or there are "
        "under 20 clicks, unless there are so many views that fewer than 1 click per 1,000 is certain all the same.",
        "Of two posts, one twice as good as the other, the exact test tells the better one 37 times in 100 at 10 against 20 "
        "clicks, 69 times at 20 against 40. Clicks keep coming for days (Bitly 2011; Gabielkov et al. 2016).",
        findings_numbers.too_early_to_tell,
    ),
}


def steps(found: Iterable[Finding]) -> set[path_words.Step]:
    """The steps of the path that these findings explain."""
    return {step for finding in found if (step := CODES[finding.code].step)}


def find(case: Case) -> list[Finding]:
    """Everything to be said about a post, the gravest first, and of the same weight in the order of CODES."""
    found = [finding for code in CODES.values() if (finding := code.rule(case))]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
