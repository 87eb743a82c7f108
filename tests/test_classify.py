import json
import time
from pathlib import Path

import pytest
from crawlerdetect import CrawlerDetect
from hypothesis import given, settings
from hypothesis import strategies as st
from user_agents import parsers

from shortlinks import agents, classify

SAMPLE = json.loads((Path(__file__).parent / "data" / "user_agents.json").read_text("utf-8"))
PEOPLE = [row for row in SAMPLE if row["kind"] in ("human", "inapp")]
OTHERS = [row for row in SAMPLE if row["kind"] not in ("human", "inapp")]
REASON_OF_KIND = {
    "human": "human",
    "inapp": "human",
    "preview": "preview",
    "crawler": "crawler",
    "ai": "ai",
    "headless": "headless",
    "scanner": "scanner",
    "library": "library",
    "monitor": "monitor",
}
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)
IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)


def of_agent(agent: str) -> classify.Verdict:
    return classify.classify("GET", "", agent, "")


def named(name: str) -> classify.Verdict:
    return of_agent(next(row["ua"] for row in SAMPLE if row["name"] == name))


@pytest.mark.parametrize("row", PEOPLE, ids=lambda row: row["name"])
def test_a_person_is_never_taken_for_a_machine(row):
    assert of_agent(row["ua"]).reason == "human"


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row["name"])
def test_a_machine_is_found_and_called_by_its_kind(row):
    assert of_agent(row["ua"]).reason == REASON_OF_KIND[row["kind"]]


def test_the_sample_is_whole():
    assert (len(PEOPLE), len(OTHERS)) == (97, 89)


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("Instagram iOS (2026)", "Instagram"),
        ("Instagram Android on Pixel", "Instagram"),
        ("Facebook iOS MetaIAB", "Facebook"),
        ("Facebook Android", "Facebook"),
        ("Messenger Android Orca", "Messenger"),
        ("Threads iOS", "Threads"),
        ("Threads Android", "Threads"),
        ("TikTok Android", "TikTok"),
        ("TikTok iOS (2025)", "TikTok"),
        ("Snapchat iOS", "Snapchat"),
        ("LinkedIn", "LinkedIn"),
        ("X/Twitter iOS", "X"),
        ("X/Twitter Android", "X"),
        ("Pinterest", "Pinterest"),
        ("WhatsApp iOS IAB", "WhatsApp"),
        ("Chrome Windows", ""),
        ("Firefox Android", ""),
    ],
)
def test_it_names_the_app_whose_browser_it_was(name, app):
    assert named(name).app == app


@pytest.mark.parametrize(
    ("agent", "app"),
    [
        (IMESSAGE, "iMessage"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "Facebook"),
        ("facebookexternalhit/1.1;line-poker/1.0", "LINE"),
        ("TelegramBot (like TwitterBot)", "Telegram"),
        ("Twitterbot/1.0", "X"),
        ("WhatsApp/2.23.20.0 A", "WhatsApp"),
        ("WhatsApp/2", "Signal"),
        ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "Discord"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slack"),
        ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "LinkedIn"),
        ("Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)", "Pinterest"),
        ("http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)", "Mastodon"),
    ],
)
def test_a_preview_is_credited_to_the_app_that_made_it(agent, app):
    verdict = of_agent(agent)
    assert (verdict.reason, verdict.app) == ("preview", app)


def test_whatsapp_the_browser_is_not_whatsapp_the_preview():
    assert named("WhatsApp Android IAB").reason == "human"
    assert named("WhatsApp").reason == "preview"


@pytest.mark.parametrize(
    ("name", "device", "os", "browser"),
    [
        ("Chrome Windows", "desktop", "Windows", "Chrome"),
        ("ChromeOS", "desktop", "Chrome OS", "Chrome"),
        ("Google Pixel", "phone", "Android", "Chrome Mobile"),
        ("Firefox Android", "phone", "Android", "Firefox Mobile"),
        ("Edge iOS", "phone", "iOS", "Edge Mobile"),
        ("Silk", "tablet", "Android", "Amazon Silk"),
        ("WeChat", "phone", "Android", "QQ Browser Mobile"),
        ("Snapchat", "phone", "iOS", "Snapchat"),
        ("Go-http-client", "other", "Other", "Go-http-client"),
    ],
)
def test_it_names_device_system_and_browser(name, device, os, browser):
    verdict = named(name)
    assert (verdict.device, verdict.os, verdict.browser) == (device, os, browser)


def test_an_ipad_is_a_tablet():
    agent = "Mozilla/5.0 (iPad; CPU OS 15_0_1 like Mac OS X) WebKit/8612 (KHTML, like Gecko) Mobile/19A348 [FBAN/FBIOS;FBAV/1]"
    verdict = of_agent(agent)
    assert (verdict.reason, verdict.app, verdict.device) == ("human", "Facebook", "tablet")


@pytest.mark.parametrize("agent", ["", " ", "\t"])
def test_no_agent_is_no_browser(agent):
    assert of_agent(agent) == classify.Verdict("empty_agent", "", "other", "Other", "Other")


@pytest.mark.parametrize(
    "agent",
    [
        "-",
        "MyApp/1.0",
        "<script>alert(1)</script>",
        "Dalvik/2.1.0 (Linux; U; Android 13)",
        "Foo/1 CFNetwork/14 Darwin/24",
    ],
)
def test_an_agent_of_its_own_shape_that_runs_on_nothing_known_is_a_program(agent):
    assert of_agent(agent).reason == "library"


@pytest.mark.parametrize(
    "agent",
    [
        "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16",
        "Nokia6100/1.0 (04.01) Profile/MIDP-1.0 Configuration/CLDC-1.0",
        "BlackBerry9000/4.6.0.167 Profile/MIDP-2.0 Configuration/CLDC-1.1 VendorID/102",
    ],
)
def test_old_browsers_with_agents_of_their_own_shape_are_people(agent):
    assert of_agent(agent).reason == "human"


@pytest.mark.parametrize(
    ("method", "signals", "agent", "reason"),
    [
        ("GET", "", IPHONE, "human"),
        ("GET", "prefetch", IPHONE, "prefetch"),
        ("HEAD", "", IPHONE, "head"),
        ("HEAD", "prefetch", "", "head"),
        ("GET", "prefetch", "", "prefetch"),
        ("GET", "expired", IPHONE, "expired"),
        ("HEAD", "prefetch,expired", "", "expired"),
        ("GET", "", "", "empty_agent"),
        ("GET", "prefetch", "curl/8.5.0", "prefetch"),
        ("GET", "", "curl/8.5.0", "library"),
        ("GET", "prefetched,unexpired", IPHONE, "human"),
    ],
)
def test_the_first_reason_that_holds_wins(method, signals, agent, reason):
    assert classify.classify(method, signals, agent, "").reason == reason


def test_an_expired_link_still_tells_on_what_it_was_opened():
    verdict = classify.classify("GET", "expired", IPHONE, "")
    assert (verdict.device, verdict.os) == ("phone", "iOS")


CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "origin", "signals", "app"),
    [
        # An app's own browser needs no other witness.
        ("Instagram iOS (2026)", "https://t.co", "ttclid", "Instagram"),
        # One that opens the plain browser names itself in the referrer, or its network does.
        (CHROME, "android-app://com.twitter.android", "", "X"),
        (CHROME, "https://t.co", "", "X"),
        (CHROME, "https://l.instagram.com", "fbclid", "Instagram"),
        (CHROME, "https://www.blog.example", "", ""),
        # Without either, the click id tells, and the last of them is the nearest.
        (CHROME, "", "fbclid", "Facebook or Instagram"),
        (CHROME, "", "igsh", "Instagram"),
        (CHROME, "https://www.blog.example", "ttclid", "TikTok"),
        (CHROME, "", "expired,igsh,twclid", "X"),
        (CHROME, "", "fbclid,prefetch", "Facebook or Instagram"),
        (CHROME, "", "unknown", ""),
        # A program says itself whose it is, or nothing does.
        (IMESSAGE, "https://t.co", "fbclid", "iMessage"),
        ("curl/8.5.0", "https://t.co", "fbclid", ""),
        ("", "https://t.co", "fbclid", ""),
    ],
)
def test_the_app_is_that_of_the_agent_else_of_the_referrer_else_of_the_click_id(agent, origin, signals, app):
    strings = {row["name"]: row["ua"] for row in SAMPLE}
    assert classify.classify("GET", signals, strings.get(agent, agent), origin).app == app


def test_every_reason_it_gives_is_defined():
    given_reasons = {of_agent(row["ua"]).reason for row in SAMPLE}
    assert set(classify.REASONS) == given_reasons | {
        "expired",
        "head",
        "prefetch",
        "empty_agent",
        "self",
        "burst",
        "repeat",
    }
    assert {reason for reason, _, _ in agents._NOT_HUMAN} <= set(classify.REASONS)


def test_the_crawler_list_answers_as_its_own_package_does():
    detector = CrawlerDetect()
    some = [row["ua"] for row in SAMPLE] + [
        "Lynx/2.8",
        "xbotx",
        "CUBOT",
        "Ruby",
        "a" * 300 + "spider",
        "libwww",
        "; M bot x",
    ]
    for agent in some:
        assert agents._listed(agent) == detector.is_crawler(agent), agent


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from([row["ua"] for row in SAMPLE]), max_size=2).map(" ".join))
def test_whatever_the_agent_says_it_gets_one_defined_verdict(agent):
    verdict = of_agent(agent)
    assert verdict.reason in classify.REASONS
    assert verdict.device in {"phone", "tablet", "desktop", "other"}
    assert verdict == of_agent(agent)


# Versions with digits that str.isdigit() knows and int() does not, where ua-parser looks for versions.
ODD_VERSIONS = [
    ("VLC/1.2.²", "library"),
    ("Player FM BMID/²", "library"),
    ("ArcGIS Pro 1.2.②", "library"),
    ("MediaMonkey 1.2.²", "library"),
    ("abc-HTTPClient/1.2-²", "library"),
    ("Mozilla/5.0 Clementine 1.2.²", "human"),
    ("Mozilla/5.0 Instagram 9 Clementine 1.2.²", "human"),
    ("MediaMonkey 1.2.² link-preview", "preview"),
]


@pytest.mark.parametrize(("agent", "reason"), ODD_VERSIONS)
def test_an_agent_that_an_outside_parser_does_not_survive_still_gets_its_reason_from_our_own_rules(agent, reason):
    with pytest.raises(ValueError, match="invalid literal"):
        parsers.parse(agent)
    assert of_agent(agent) == classify.Verdict(reason, of_agent(agent).app, "other", "Other", "Other")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        ["VLC/1.2.", "Mozilla/5.0 Clementine 1.2.", "Mozilla/5.0 (iPhone; CPU iPhone OS ", "MediaMonkey 1."]
    ),
    st.text(st.characters(categories=["Nd", "Nl", "No"]), max_size=5),
)
def test_digits_of_any_script_get_a_verdict(agent, digits):
    assert of_agent(agent + digits).reason in classify.REASONS


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "_",
        "-",
        ";",
        "; ",
        "/",
        "(",
        " ",
        "é",
        "bo",
        "Mozilla/5.0 (",
        "Android;",
        "SAMSUNG-",
        "Build/",
        "Instagram ",
        "U;",
    ],
)
def test_no_agent_of_4_kib_takes_long(piece):
    of_agent("warm both parsers up")
    agent = (piece * 4_096)[:4_096]
    spent = []
    for attempt in range(3):
        begun = time.process_time()
        of_agent(f"Mozilla/5.0 {attempt}{agent}")
        of_agent(f"{attempt}{agent}")
        spent.append((time.process_time() - begun) / 2)
    assert min(spent) < 0.05


def test_what_comes_after_1024_characters_is_not_looked_at():
    assert of_agent(IPHONE.ljust(1_024) + "Googlebot").reason == "human"
    assert of_agent(IPHONE.ljust(900) + "Googlebot").reason == "crawler"
