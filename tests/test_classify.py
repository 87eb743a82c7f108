import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortlinks.clicks import agents, classify

SAMPLE = json.loads((Path(__file__).parent / "data" / "user_agents.json").read_text("utf-8"))
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
    assert {rule.reason for rule in agents.RULES} <= set(classify.REASONS)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from([row["ua"] for row in SAMPLE]), max_size=2).map(" ".join))
def test_whatever_the_agent_says_it_gets_one_defined_verdict(agent):
    verdict = of_agent(agent)
    assert verdict.reason in classify.REASONS
    assert verdict.device in {"phone", "tablet", "desktop", "other"}
    assert verdict == of_agent(agent)
