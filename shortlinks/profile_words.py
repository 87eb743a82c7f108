"""A profile's week, a shop's week and a poll in sentences. Plain text, never HTML."""

from datetime import UTC, datetime

from shortlinks import times, wording
from shortlinks.funnel import Gap
from shortlinks.profile_weeks import Week


def week(found: Week, no_spot: str = "") -> list[str]:
    """What became of a week, a sentence a step. What is not measured is said by the gaps, not here.

    `no_spot` says why the platform gives the profile no spot for a link, where it does not.
    """
    told = _views(found)
    for name, count in (("profile visit", found.profile_visits), ("link tap", found.link_taps)):
        if count is not None:
            about = "About " if f"{name.replace(' ', '_')}s" in found.spread else ""
            told.append(_with_rates(f"{about}{wording.plural(count, name)}", found, f"{name.replace(' ', '_')}s_per_"))
    told.append(_bio_clicks(found, no_spot))
    if found.page_opens is not None and found.page_taps is not None:
        told.append(_page(found.page_opens, found.page_taps, found))
    if found.bio_clicks or found.conversions:
        sales = wording.plural(found.conversions, "conversion")
        told.append(_with_rates(f"{sales} through the bio link", found, "conversions_per_"))
    return told


def gap(found: Gap) -> str:
    """What is not measured of that week, and where to find it. The names of all gaps are plural."""
    name = found.name.replace("_", " ").capitalize()
    return f"{name} are not noted for that week. Where to find them: {found.where}."


def shop(visits: int | None, orders: int | None, clicks: int, *, exact: bool) -> str:
    """What a shop had in a week, and how much of it came through links. `exact`: its visits are not rounded."""
    if visits is None:
        return f"The shop had {wording.plural(orders or 0, 'order')}; its visits are not noted. {_came(clicks)}."
    about = "" if exact else "about "
    had = f"The shop had {about}{wording.plural(visits, 'visit')}"
    told = f" and {wording.plural(orders, 'order')}" if orders is not None else ""
    if clicks > visits:
        links = wording.plural(clicks, "click")
        return (
            f"{had}{told}, fewer than the {links} on your links: shops leave out visitors who refuse to be counted, and "
            "take two taps for one visit."
        )
    if visits == 0:
        return f"{had}{told}."
    return f"{had}{told}; {wording.number(clicks)} came through your links, {about}{wording.number(visits - clicks)} another way."


def _views(found: Week) -> list[str]:
    day = datetime.fromtimestamp(found.monday * times.DAY / times.SECOND, UTC)
    begins = f"the week from {day.day} {day:%B %Y}"
    if found.views_gained is None:
        return (
            [] if found.posts else [f"None of your posts here was out yet in {begins}: of its views nothing is known."]
        )
    spread = "views_gained" in found.spread
    about = "about " if spread else "at least " if found.open else ""
    told = [f"Your posts gained {about}{wording.plural(found.views_gained, 'view')} in {begins}."]
    if spread and found.over:
        told.append(
            "How many came in that very week is not known, because the views were noted too long before or after its "
            "ends: so nothing is said per view of it."
        )
    if found.over and found.unread:
        posts = wording.plural(found.unread, "post")
        so = "" if spread else ", so nothing is said per view of this week"
        told.append(f"It may be more: the views of {posts} were not noted since{so}.")
    if found.quiet:
        posts = wording.plural(found.quiet, "older post")
        told.append(f"What {posts} may still have gained is not counted: so late it is little, and nobody noted it.")
    return told


def _bio_clicks(found: Week, no_spot: str) -> str:
    if found.bio_link == "none":
        return "No link that can be tapped was in the bio."
    if found.bio_link == "withheld":
        return no_spot
    return _with_rates(wording.plural(found.bio_clicks, "click") + " on the bio link", found, "bio_clicks_per_")


def _page(opens: int, taps: int, found: Week) -> str:
    if opens == 0 and taps == 0:
        return "Nobody opened your page of links."
    opened = f"Your page of links was opened {wording.plural(opens, 'time')}"
    tapped = _with_rates(wording.plural(taps, "tap") + " on it", found, "page_taps_per_")
    return f"{opened}; {tapped}"


def _came(clicks: int) -> str:
    if clicks == 0:
        return "Nobody came through your links"
    return (
        "1 visit came through your links" if clicks == 1 else f"{wording.number(clicks)} visits came through your links"
    )


def _with_rates(text: str, found: Week, prefix: str) -> str:
    """A count with what there is to say of it, as in "9 clicks on the bio link: 9 of 310 profile visits, 2.9 %, …"."""
    rates = [rate for rate in found.rates if rate.name.startswith(prefix)]
    says = "; ".join(map(wording.rate, rates))
    if not rates:
        return f"{text}."
    # A rate of nothing says itself of what there was none.
    return f"{text}: {says}." if rates[0].numerator else f"{says}."
