"""What link previews tell: in words, and all the way from requests with the agents that are really sent."""

from pathlib import Path

import pytest
from clicking import PHONE, make_config, make_link, make_shipper, roll_up_all, ship_all

from shortlinks import times, web
from shortlinks.clicks import neighbours, previews
from shortlinks.clicks.previews import Previews
from shortlinks.funnels import reports
from shortlinks.rollups import rollups
from shortlinks.store import Store

IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 "
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
WHATSAPP = "WhatsApp/2.23.20.0 i"
FACEBOOK = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
MASTODON = "http.rb/2.2.2 (Mastodon/1.5.1; +https://one.example/)"
DISCORD = "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"


def test_pastes_are_those_fetched_by_the_senders_device_and_the_rest_is_apart_most_first() -> None:
    beside = {
        ("preview", "iMessage"): 5,
        ("pasted", "WhatsApp"): 1,
        ("pasted", "iMessage"): 2,
        ("preview", "WhatsApp"): 1,
        ("preview", "Mastodon"): 4,
        ("preview", "Facebook"): 12,
        ("version", "3"): 40,
    }
    found = previews.of(beside)
    assert list(found.pasted.items()) == [("iMessage", 2), ("WhatsApp", 1)]
    assert list(found.fetched.items()) == [("Facebook", 12), ("Mastodon", 4)]
    assert found.to_dict() == {"pasted": found.pasted, "fetched": found.fetched}


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ({}, ""),
        ({"WhatsApp": 1}, "Pasted into at least 1 chat: WhatsApp 1."),
        ({"iMessage": 2, "WhatsApp": 1}, "Pasted into at least 3 chats: iMessage 2, WhatsApp 1."),
        ({"WhatsApp": 12_000}, "Pasted into at least 12,000 chats: WhatsApp 12,000."),
    ],
)
def test_pastes_in_words(pasted: dict[str, int], said: str) -> None:
    assert Previews(pasted, {}).chats().replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("fetched", "why"),
    [
        ({"Facebook": 12}, "Facebook fetches again and again"),
        ({"Mastodon": 4}, "Each Mastodon server fetches for itself"),
        ({"Discord": 1}, "One fetch can serve many who see the link"),
        (
            {"Facebook": 12, "Mastodon": 4},
            "Facebook fetches again and again, and each Mastodon server fetches for itself",
        ),
        (
            {"Mastodon": 4, "Slack": 2, "Facebook": 1},
            "Facebook fetches again and again, each Mastodon server fetches for itself, "
            "and one fetch can serve many who see the link",
        ),
    ],
)
def test_other_previews_come_with_the_reasons_why_they_are_no_people(fetched: dict[str, int], why: str) -> None:
    counts = ", ".join(f"{app}\u00a0{number}" for app, number in fetched.items())
    assert (
        Previews({}, fetched).others() == f"Link previews: {counts}. {why}, so this tells no number of people or chats."
    )
    assert Previews({"iMessage": 1}, fetched).others().startswith(f"Other link previews: {counts}. ")


def test_without_previews_nothing_is_said() -> None:
    found = previews.of({("version", "3"): 7})
    assert (found.chats(), found.others()) == ("", "")


def test_requests_become_pastes_by_device_and_none_of_them_people(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two iPhones and one WhatsApp paste it; one fetches again at once and pastes once more later. Servers join in."""
    link = make_link(store, now=times.now())
    noon = times.day_of(times.now()) * times.DAY + 12 * times.HOUR
    later = noon + neighbours.PASTE
    app = web.create_app(make_config(tmp_path, trusted_proxies=1), store=store)
    app.extensions["shortlinks"].follower.start()
    try:
        for at, address, agent in [
            *[(noon, "198.51.100.1", IMESSAGE)] * 3,
            (noon + times.MINUTE, "198.51.100.2", IMESSAGE),
            (later, "198.51.100.1", IMESSAGE),
            (noon, "203.0.113.5", WHATSAPP),
            *[(noon + minute * times.HOUR, "203.0.113.9", FACEBOOK) for minute in range(5)],
            *[(noon, f"192.0.2.{host}", MASTODON) for host in range(4)],
            (noon, "192.0.2.77", DISCORD),
            (noon, "203.0.113.5", PHONE),
        ]:
            monkeypatch.setattr(times, "now", lambda at=at: at)
            monkeypatch.setattr("shortlinks.web.redirect.time_ns", lambda at=at: at * 1_000_000)
            headers = {"User-Agent": agent, "X-Forwarded-For": address}
            assert app.test_client().get(f"/{link.slug}", headers=headers).status_code == 302
        ship_all(make_shipper(store, tmp_path / "journal"))
        roll_up_all(store)
    finally:
        app.extensions["shortlinks"].follower.stop()
    funnel = reports.funnel(store, link.post_id, now=later)
    assert funnel.ledger == {"hits": 17, "human": 1, "preview": 16, "lost": 0}
    assert funnel.previews.pasted == {"iMessage": 3, "WhatsApp": 1}
    assert funnel.previews.fetched == {"Facebook": 5, "Mastodon": 4, "Discord": 1}
    assert rollups.totals(store, [link.post_id])[0]["visitors"] == 1
