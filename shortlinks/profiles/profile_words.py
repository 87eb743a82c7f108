"""A profile's week, a shop's week and a poll in sentences. Plain text, never HTML."""

from datetime import UTC, datetime

from shortlinks import times
from shortlinks.funnels.funnel import Gap
from shortlinks.profiles.profile_weeks import Week
from shortlinks.words import wording
from shortlinks.words.language import N_, _, ngettext, spoken

_GAPS = {
    "views_gained": N_("Views gained are not noted for that week. Where to find them: {where}."),
    "profile_visits": N_("Profile visits are not noted for that week. Where to find them: {where}."),
    "link_taps": N_("Link taps are not noted for that week. Where to find them: {where}."),
}


def week(found: Week, no_spot: str = "") -> list[str]:
    """What became of a week, a sentence a step. What is not measured is said by the gaps, not here.

    `no_spot` says why the platform gives the profile no spot for a link, where it does not.
    """
    told = _views(found)
    for name, count in (("profile visit", found.profile_visits), ("link tap", found.link_taps)):
        if count is not None:
            key, counted = f"{name.replace(' ', '_')}s", wording.plural(count, name)
            text = _("About {number}", number=counted) if key in found.spread else counted
            told.append(_with_rates(text, found, f"{key}_per_"))
    told.append(_bio_clicks(found, no_spot))
    if found.page_opens is not None and found.page_taps is not None:
        told.append(_page(found.page_opens, found.page_taps, found))
    if found.bio_clicks or found.conversions:
        sales = wording.plural(found.conversions, "conversion")
        told.append(_with_rates(_("{conversions} through the bio link", conversions=sales), found, "conversions_per_"))
    return told


def gap(found: Gap) -> str:
    """What is not measured of that week, and where to find it."""
    return _(_GAPS[found.name], where=found.where)


def shop(visits: int | None, orders: int | None, clicks: int, *, exact: bool) -> str:
    """What a shop had in a week, and how much of it came through links. `exact`: its visits are not rounded."""
    if visits is None:
        had = _("The shop had {orders}; its visits are not noted.", orders=wording.plural(orders or 0, "order"))
        return f"{had} {_came(clicks)}"
    had = wording.plural(visits, "visit") if exact else _about(wording.plural(visits, "visit"))
    if orders is not None:
        had = wording.listed([had, wording.plural(orders, "order")])
    if clicks > visits:
        return _(
            "The shop had {visits}, fewer than the {clicks} on your links: shops leave out visitors who refuse to be counted, "
            "and take two taps for one visit.",
            visits=had,
            clicks=wording.plural(clicks, "click"),
        )
    if visits == 0:
        return _("The shop had {visits}.", visits=had)
    others = wording.number(visits - clicks)
    return _(
        "The shop had {visits}; {came} came through your links, {others} another way.",
        visits=had,
        came=clicks,
        others=others if exact else _about(others),
    )


def _views(found: Week) -> list[str]:
    day = datetime.fromtimestamp(found.monday * times.DAY / times.SECOND, UTC)
    begins = _("{day} {month} {year}", day=day.day, month=spoken().long_months[day.month - 1], year=str(day.year))
    if found.views_gained is None:
        unknown = _(
            "None of your posts here was out yet in the week from {date}: of its views nothing is known.", date=begins
        )
        return [] if found.posts else [unknown]
    views, spread = wording.plural(found.views_gained, "view"), "views_gained" in found.spread
    if spread:
        told = [_("Your posts gained about {views} in the week from {date}.", views=views, date=begins)]
    elif found.open:
        told = [_("Your posts gained at least {views} in the week from {date}.", views=views, date=begins)]
    else:
        told = [_("Your posts gained {views} in the week from {date}.", views=views, date=begins)]
    if spread and found.over:
        told.append(
            _(
                "How many came in that very week is not known, because the views were noted too long before or after its "
                "ends: so nothing is said per view of it."
            )
        )
    if found.over and found.unread:
        posts = wording.plural(found.unread, "post")
        if spread:
            told.append(_("It may be more: the views of {posts} were not noted since.", posts=posts))
        else:
            told.append(
                _(
                    "It may be more: the views of {posts} were not noted since, so nothing is said per view of this week.",
                    posts=posts,
                )
            )
    if found.quiet:
        told.append(
            ngettext(
                "What {count} older post may still have gained is not counted: so late it is little, and nobody noted it.",
                "What {count} older posts may still have gained is not counted: so late it is little, and nobody noted it.",
                found.quiet,
            )
        )
    return told


def _bio_clicks(found: Week, no_spot: str) -> str:
    if found.bio_link == "none":
        return _("No link that can be tapped was in the bio.")
    if found.bio_link == "withheld":
        return no_spot
    clicks = _("{clicks} on the bio link", clicks=wording.plural(found.bio_clicks, "click"))
    return _with_rates(clicks, found, "bio_clicks_per_")


def _page(opens: int, taps: int, found: Week) -> str:
    if opens == 0 and taps == 0:
        return _("Nobody opened your page of links.")
    taps_on_it = _("{taps} on it", taps=wording.plural(taps, "tap"))
    return ngettext(
        "Your page of links was opened {count} time; {tapped}",
        "Your page of links was opened {count} times; {tapped}",
        opens,
        tapped=_with_rates(taps_on_it, found, "page_taps_per_"),
    )


def _came(clicks: int) -> str:
    if clicks == 0:
        return _("Nobody came through your links.")
    return ngettext("{count} visit came through your links.", "{count} visits came through your links.", clicks)


def _about(number: str) -> str:
    return _("about {number}", number=number)


def _with_rates(text: str, found: Week, prefix: str) -> str:
    """A count with what there is to say of it, as in "9 clicks on the bio link: 9 of 310 profile visits, 2.9 %, …"."""
    rates = [rate for rate in found.rates if rate.name.startswith(prefix)]
    says = "; ".join(map(wording.rate, rates))
    if not rates:
        return f"{text}."
    # A rate of nothing says itself of what there was none.
    return f"{text}: {says}." if rates[0].numerator else f"{says}."
