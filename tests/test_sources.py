"""Origins grouped by name, and the names of click ids."""

import json
import re
from importlib import resources
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.clicks import agents, clicks, sources

EVERY_HOST = [(host, row.name) for row in sources.NETWORKS for host in row.hosts]


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://l.instagram.com", "Instagram"),
        ("https://lm.facebook.com", "Facebook"),
        ("http://m.facebook.com", "Facebook"),
        ("https://facebook.com.", "Facebook"),
        ("https://t.co", "X"),
        ("https://t.co:443", "X"),
        ("https://l.threads.com", "Threads"),
        ("https://out.reddit.com", "Reddit"),
        ("https://go.bsky.app", "Bluesky"),
        ("https://t.umblr.com", "Tumblr"),
        ("https://vm.tiktok.com", "TikTok"),
        ("android-app://com.twitter.android", "X"),
        ("android-app://com.google.android.gm", "Gmail"),
        # The longest that fits counts.
        ("https://www.google.com", "Google"),
        ("https://mail.google.com", "Gmail"),
        ("https://gemini.google.com", "Gemini"),
        ("https://de.search.yahoo.com", "Yahoo"),
        ("https://mail.yahoo.com", "Yahoo Mail"),
        # Every country's ending, and nobody else's.
        ("https://www.google.de", "Google"),
        ("https://google.co.uk", "Google"),
        ("https://google.com.au", "Google"),
        ("https://www.pinterest.at", "Pinterest"),
        ("https://google.shop", "google.shop"),
        ("https://google.my.de", "google.my.de"),
        # What only looks like one.
        ("https://notfacebook.com", "notfacebook.com"),
        ("https://facebook.com.evil.example", "facebook.com.evil.example"),
        ("https://google.com.evil.example", "google.com.evil.example"),
        ("https://instagram.com@evil.example", "instagram.com@evil.example"),
        ("https://max.com", "max.com"),
        ("ftp://facebook.com", "ftp://facebook.com"),
        ("android-app://com.twitter.android.evil", "com.twitter.android.evil"),
        ("android-app://facebook.com", "facebook.com"),
        ("https://com.twitter.android", "com.twitter.android"),
        # Others go by their host.
        ("https://www.blog.example", "blog.example"),
        ("https://blog.example:8443", "blog.example:8443"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("https://www.", "https://www."),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("(other)", "(other)"),
        ("", ""),
    ],
)
def test_an_origin_has_the_name_that_people_know(origin: str, name: str) -> None:
    assert sources.name(origin) == name


def test_a_network_is_named_only_for_what_is_one() -> None:
    assert sources.network("https://l.instagram.com") == "Instagram"
    assert sources.network("https://www.blog.example") == ""
    assert sources.network("(other)") == ""


@given(st.text(max_size=60), st.sampled_from(["https://", "http://", "android-app://", ""]))
def test_no_origin_loses_its_name(rest: str, scheme: str) -> None:
    origin = scheme + rest
    assert bool(sources.name(origin)) == bool(origin)


@given(st.sampled_from(EVERY_HOST), st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8))
def test_only_a_dot_makes_a_sub_domain(row: tuple[str, str], word: str) -> None:
    host, name = row[0].replace("*", "de"), row[1]
    assert sources.network(f"https://{host}") == name
    assert sources.network(f"https://{word}-{host}") != name or name == "GMX"  # deref-gmx.net is its own
    assert sources.network(f"https://{host}.{word}.example") == ""
    assert sources.network(f"https://{host}{word}.example") == ""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fbclid=IwAR0", "fbclid"),
        ("utm_source=ig&fbclid=IwAR0&x=1", "fbclid"),
        ("ScCid=abc", "sccid"),
        ("sccid=abc", "sccid"),
        ("igshid=1", "igshid"),
        ("igsh=MzRl&ttclid=E.C.P", "igsh,ttclid"),
        ("fbclid=1&fbclid=2", "fbclid"),
        ("xfbclid=1", ""),
        ("fbclid", ""),
        ("a=fbclid=1", ""),
        ("q=https://other.example/?fbclid=1", ""),
        ("", ""),
    ],
)
def test_of_a_query_only_the_names_of_click_ids_are_taken(query: str, found: str) -> None:
    assert sources.click_ids(query) == found


@pytest.mark.parametrize(
    ("token", "name"),
    [
        *(("fbclid", "Facebook or Instagram"), ("igsh", "Instagram"), ("ttclid", "TikTok"), ("twclid", "X")),
        *(("li_fat_id", "LinkedIn"), ("epik", "Pinterest"), ("sccid", "Snapchat")),
        *(("prefetch", ""), ("expired", ""), ("self", ""), ("", "")),
    ],
)
def test_a_click_id_names_its_network(token: str, name: str) -> None:
    assert sources.of_click_id(token) == name


class TestTable:
    def test_no_host_package_or_click_id_is_in_two_rows(self) -> None:
        for field in ("hosts", "android", "click_ids"):
            found = list(chain.from_iterable(getattr(row, field) for row in sources.NETWORKS))
            assert len(found) == len(set(found)), field
        assert len({row.name for row in sources.NETWORKS}) == len(sources.NETWORKS)

    def test_every_row_can_be_met_and_names_its_source(self) -> None:
        text = resources.files("shortlinks.clicks").joinpath("sources.toml").read_text("utf-8")
        known = set(
            re.findall(
                r"^# (\w+) +\S+", text.partition("by the names below\n")[2].partition("Packages")[0], re.MULTILINE
            )
        )
        for row in sources.NETWORKS:
            assert row.hosts or row.android or row.click_ids, row.name
            assert row.source in known, row.name
            for host in row.hosts:
                assert clicks.origin(f"https://{host.replace('*', 'de')}/") == f"https://{host.replace('*', 'de')}"
            for package in row.android:
                assert clicks.origin(f"android-app://{package}/") == f"android-app://{package}"

    def test_no_click_id_is_a_token_of_another_meaning(self) -> None:
        tokens = {one.lower() for row in sources.NETWORKS for one in row.click_ids}
        assert not tokens & {clicks.PREFETCH, clicks.EXPIRED, "self"}
        assert all(re.fullmatch("[a-z_]+", token) for token in tokens)

    def test_apps_and_networks_are_spelled_alike(self) -> None:
        sample = json.loads((Path(__file__).parent / "data" / "user_agents.json").read_text("utf-8"))
        apps = {found for row in sample if (found := agents.read(row["ua"]).app)}
        ours = {row.name.lower(): row.name for row in sources.NETWORKS}
        both = {app: ours[app.lower()] for app in apps if app.lower() in ours}
        assert len(both) > 15
        assert both == {app: app for app in both}
