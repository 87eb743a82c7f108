import json
import re
import subprocess
import sys
import time
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import crawleruseragents
import pytest
from crawlerdetect import CrawlerDetect
from crawlerdetect.providers import crawlers
from hypothesis import given, settings
from hypothesis import strategies as st
from is_bot import Bots
from user_agents import parsers

from bench import accuracy
from shortlinks.clicks import agent_lists, agents, classify, parsed_agents

ROOT = Path(__file__).parent.parent
SAMPLE = accuracy.sample()
PEOPLE = [row for row in SAMPLE if row.kind in ("human", "in_app")]
OTHERS = [row for row in SAMPLE if row.kind not in ("human", "in_app")]
ROWS = tomllib.loads((ROOT / "shortlinks" / "clicks" / "agents.toml").read_text("utf-8"))
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)
WEB_VIEW_OF_ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; SM-S928B Build/AP3A.240905.015; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/140.0.7339.51 Mobile Safari/537.36"
)
WEB_VIEW_OF_IOS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)
WEB_VIEW_OF_MACOS = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ELECTRON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
    "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)


def named(name: str) -> agents.Agent:
    return agents.read(next(row.agent for row in SAMPLE if row.name == name))


class TestSample:
    @pytest.mark.parametrize("row", PEOPLE, ids=lambda row: row.name)
    def test_a_person_is_never_taken_for_a_machine(self, row):
        assert agents.read(row.agent).reason == "human"

    @pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.name)
    def test_a_machine_is_found_and_called_by_its_kind(self, row):
        assert agents.read(row.agent).reason == row.kind

    def test_it_is_whole(self):
        assert (len(PEOPLE), len(OTHERS)) == (121, 117)
        assert {row.kind for row in SAMPLE} == set(accuracy.KINDS)

    def test_what_is_said_of_the_accuracy_is_what_the_code_gives(self):
        said = json.loads(accuracy.KEPT.read_text("utf-8"))
        assert set(said) == {"date", "versions", "kinds"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["date"])
        assert (said["versions"], said["kinds"]) == (classify.LISTS, accuracy.figures(SAMPLE))

    def test_agents_of_ones_own_are_measured_and_what_is_missed_is_named(self):
        rows = [accuracy.Labelled("curl/8.5.0", "crawler", "a curl"), accuracy.Labelled(CHROME, "human", "a phone")]
        assert accuracy.figures(rows)["crawler"] == {"strings": 1, "human": 0, "right": 0}
        assert accuracy.missed(rows) == ["crawler taken for library (own rule: curl): a curl"]
        assert accuracy.confusion(rows).splitlines()[2].split("|")[1:3] == [" human   ", " 1     "]


class TestApps:
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
            ("Telegram Android", "Telegram"),
            ("Discord desktop", "Discord"),
            ("Slack desktop (Sonic)", "Slack"),
            ("Teams desktop", "Teams"),
            ("Chrome Windows", ""),
            ("Firefox Android", ""),
        ],
    )
    def test_it_names_the_app_whose_browser_it_was(self, name, app):
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
    def test_a_preview_is_credited_to_the_app_that_made_it(self, agent, app):
        read = agents.read(agent)
        assert (read.reason, read.app) == ("preview", app)

    def test_whatsapp_the_browser_is_not_whatsapp_the_preview(self):
        assert named("WhatsApp Android IAB").reason == "human"
        assert named("WhatsApp").reason == "preview"

    @pytest.mark.parametrize(
        "word", ["Googlebot", "crawler", "spider", "Headmaster preview", "monitor", "java", "scan", "url"]
    )
    def test_an_apps_browser_on_a_device_or_with_a_word_that_robots_have_is_a_person(self, word):
        agent = f"{CHROME} Instagram 406.0.0.58.159 Android (35/15; 480dpi; 1080x2400; {word}; IABMV/1)"
        assert (agents.read(agent).reason, agents.read(agent).app) == ("human", "Instagram")

    @pytest.mark.parametrize(
        "robot",
        [
            "(compatible; Otherbot/2.1; +https://other.example)",
            "(compatible; Otherbot/2.1)",
            "Other/1.0 (https://other.example)",
        ],
    )
    def test_a_robot_that_owns_up_is_none_the_less_one_for_quoting_an_app(self, robot):
        assert agents.read(f"{CHROME} Instagram 406.0.0.58.159 {robot}").reason == "crawler"

    @pytest.mark.parametrize("name", ["Feedly/98", "ChatGPT/1.2", "DownloadManager/8", "HealthCheck/3", "Java/8"])
    @pytest.mark.parametrize("browser", [WEB_VIEW_OF_ANDROID, WEB_VIEW_OF_IOS], ids=["Android", "iOS"])
    def test_a_phone_apps_browser_is_a_person_whatever_the_app_is_called(self, browser, name):
        read = agents.read(f"{browser} {name}")
        assert (read.reason, read.app, read.rule) == ("human", "", "own rule: a phone app's own browser")

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("Otherbot/2.1", "crawler"),
            ("other-crawler/1.0", "crawler"),
            ("Other/1.0 (+https://other.example)", "crawler"),
            ("Chrome-Lighthouse", "monitor"),
            ("HeadlessChrome/140", "headless"),
            ("(compatible; GoogleOther)", "crawler"),
            ("(compatible; Google-InspectionTool/1.0)", "crawler"),
            ("(compatible; Other Thing/1.0)", "crawler"),
            ("ChatGPT-User/1.0", "ai"),
            ("Perplexity-User/1.0", "ai"),
            ("Appium", "headless"),
            ("curl/8.0", "library"),
            ("Datadog Synthetics", "monitor"),
        ],
    )
    @pytest.mark.parametrize("browser", [WEB_VIEW_OF_ANDROID, WEB_VIEW_OF_IOS], ids=["Android", "iOS"])
    def test_a_robot_in_an_apps_browser_is_none_the_less_one(self, browser, name, reason):
        assert agents.read(f"{browser} {name}").reason == reason

    def test_a_phones_own_browser_is_no_apps(self):
        assert agents.read(f"{IPHONE} Feedly/98").reason == "crawler"

    @pytest.mark.parametrize("name", ["QRbot/3.2", "QRbot 3.2", "Tweetbot/7.0", "GoogleGo/3.1"])
    @pytest.mark.parametrize(
        "browser", [WEB_VIEW_OF_ANDROID, WEB_VIEW_OF_IOS, CHROME], ids=["Android", "iOS", "Chrome"]
    )
    def test_an_app_that_is_called_like_a_robot_is_a_person(self, browser, name):
        assert agents.read(f"{browser} {name}").reason == "human"

    @pytest.mark.parametrize("name", ["NetNewsWire/6.1.4", "Version/6.0 NetNewsWire/4.0.0", "Reeder/5.4", "Tweetbot/3"])
    def test_who_reads_feeds_on_a_mac_is_a_person_and_what_fetches_them_is_none(self, name):
        assert agents.read(f"{WEB_VIEW_OF_MACOS} {name}").reason == "human"
        assert agents.read(f"{name.split()[-1]} (Mac OS X; RSS Reader)").reason != "human"

    @pytest.mark.parametrize(
        "name", ["F-Secure/18", "KasperskySafeBrowser/1", "Kaspersky/1", "Bitdefender/138", "McAfee/1", "Sophos"]
    )
    def test_the_browser_of_a_security_company_is_a_person_and_its_scanner_is_none(self, name):
        assert agents.read(f"{CHROME} {name}").reason == "human"
        for agent in (name, f"Mozilla/5.0 {name}", f"{CHROME} {name} WebScanner"):
            assert agents.read(agent).reason == "scanner", agent

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("Notion/4.15.0", "human"),
            ("Claude/0.12.20", "human"),
            ("ChatGPT/1.2025.202", "human"),
            ("Perplexity/1.2", "human"),
            ("Mistral/1", "human"),
            ("Cypress/14.5.0", "headless"),
            ("@solarwinds/wpm/3.0.0", "monitor"),
        ],
    )
    def test_a_desktop_apps_browser_is_a_person_unless_a_program_drives_it(self, name, reason):
        assert agents.read(f"{ELECTRON} {name} Chrome/138.0.0.0 Electron/37.2.0 Safari/537.36").reason == reason

    @pytest.mark.parametrize("robot", ["ClaudeBot/1.0", "ChatGPT-User/1.0", "(compatible; Perplexity-User/1.0)"])
    def test_an_ai_companys_robot_is_one_wherever_it_runs(self, robot):
        assert agents.read(f"{ELECTRON} Chrome/138.0.0.0 Electron/37.2.0 Safari/537.36 {robot}").reason == "ai"

    def test_only_a_browser_has_an_apps_browser(self):
        assert agents.read("Instagram 406.0.0.58.159").reason == "library"


class TestDevices:
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
    def test_it_names_device_system_and_browser(self, name, device, os, browser):
        read = named(name)
        assert (read.device, read.os, read.browser) == (device, os, browser)

    def test_an_ipad_is_a_tablet(self):
        agent = "Mozilla/5.0 (iPad; CPU OS 15_0_1 like Mac OS X) WebKit/8612 Mobile/19A348 [FBAN/FBIOS;FBAV/1]"
        read = agents.read(agent)
        assert (read.reason, read.app, read.device) == ("human", "Facebook", "tablet")

    @pytest.mark.parametrize("row", PEOPLE, ids=lambda row: row.name)
    def test_they_are_what_user_agents_itself_says(self, row):
        said, read = parsers.parse(row.agent), parsed_agents.read(row.agent)
        assert (read.os.family, read.browser.family, read.device) == (said.os.family, said.browser.family, said.device)
        assert (read.is_tablet, read.is_mobile, read.is_pc) == (said.is_tablet, said.is_mobile, said.is_pc)
        assert not read.is_bot


class TestShape:
    @pytest.mark.parametrize("agent", ["", " ", "\t"])
    def test_no_agent_is_no_browser(self, agent):
        assert agents.read(agent) == agents.Agent("empty_agent", "", "other", "Other", "Other", "")

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
    def test_an_agent_of_its_own_shape_that_runs_on_nothing_known_is_a_program(self, agent):
        assert agents.read(agent).reason == "library"

    def test_one_of_its_own_shape_that_calls_itself_a_robot_is_a_crawler(self):
        assert agents.read("acme/1.0 (Plan 9) ops@acme.example").reason == "crawler"

    @pytest.mark.parametrize(
        ("agent", "reason"),
        [
            ("Mozilla/5.0 (compatible; Thing/1.0) Chrome/138.0.0.0 Safari/537.36", "crawler"),
            ("Mozilla/5.0 (compatible; Some Thing) Chrome/138.0.0.0 Safari/537.36", "crawler"),
            ("Mozilla/5.0 (X11; Linux x86_64; compatible; Thing/1.0) Chrome/138.0.0.0 Safari/537.36", "crawler"),
            ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)", "human"),
            ("Mozilla/4.0 (compatible; Thing/1.0; Windows NT 5.1; Trident/4.0)", "human"),
            ("Mozilla/5.0 (compatible; Konqueror/4.14; Linux) KHTML/4.14 (like Gecko)", "human"),
            ("Mozilla/5.0 (compatible; Windows NT 6.0)", "human"),
        ],
    )
    def test_what_is_compatible_and_has_a_name_is_a_robot(self, agent, reason):
        assert agents.read(agent).reason == reason

    @pytest.mark.parametrize(
        "agent",
        [
            "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16",
            "Nokia6100/1.0 (04.01) Profile/MIDP-1.0 Configuration/CLDC-1.0",
            "BlackBerry9000/4.6.0.167 Profile/MIDP-2.0 Configuration/CLDC-1.1 VendorID/102",
            "SonyEricssonU10/R1x Browser/NetFront/3.5 Profile/MIDP-2.1 Configuration/CLDC-1.1 JavaPlatform/JP-8.5",
            "UCWEB/2.0 (Java; U; MIDP-2.0; Nokia203/20.37) U2/1.0.0 UCMini/10.7.8.806 (SpeedMode; Proxy) U2/1.0.0 Mobile",
        ],
    )
    def test_old_browsers_with_agents_of_their_own_shape_are_people(self, agent):
        assert agents.read(agent).reason == "human"


class TestRules:
    @pytest.mark.parametrize("at", range(len(ROWS["rule"])), ids=lambda at: ROWS["rule"][at]["pattern"][:40])
    def test_its_example_is_decided_by_this_very_row(self, at):
        row, rule = ROWS["rule"][at], agents.RULES[at]
        agent = row["example"]
        decided = agents.first_rule(agent, agents._without_harmless(agent))
        assert decided is not None
        assert decided[0] is rule
        read = agents.read(agent)
        assert (read.reason, read.app) == (row["reason"], row.get("app", ""))

    @pytest.mark.parametrize("row", ROWS["rule"], ids=lambda row: row["pattern"][:40])
    def test_it_says_all_of_itself(self, row):
        assert set(row) <= {"reason", "app", "called", "pattern", "source", "example"}
        assert row["reason"] in classify.REASONS
        assert row["source"]
        assert row.get("app") or row.get("called") or row["reason"] != "human"

    @pytest.mark.parametrize("at", range(len(ROWS["harmless"])), ids=lambda at: ROWS["harmless"][at]["why"])
    def test_what_is_harmless_would_otherwise_cost_a_person(self, at, monkeypatch):
        agent = ROWS["harmless"][at]["example"]
        assert agents.read(agent).reason == "human"
        monkeypatch.setattr(agents, "HARMLESS", agents.HARMLESS[:at] + agents.HARMLESS[at + 1 :])
        assert agents._read.__wrapped__(agent).reason != "human"

    @pytest.mark.parametrize(
        ("agent", "rule"),
        [
            (f"{IPHONE} Instagram 406.0", "own rule: Instagram 4"),
            ("curl/8.5.0", "own rule: curl"),
            ("Mozilla/5.0 (compatible; SemrushBot/0.97)", "crawler-user-agents: S[eE][mM]rushBot"),
            ("Mozilla/5.0 (compatible; Tweetmemebot/2.11)", "crawlerdetect"),
            ("Mozilla/5.0 (X11; Linux) Zzz collapsify", "is-bot: collapsify"),
            ("MyOwn Thing; Plan 9, 1.0 beta", "shape: no browser's"),
            ("Mozilla/5.0 (compatible; Thing/1.0) Chrome/138.0.0.0", "shape: compatible; Thing/1"),
            (IPHONE, ""),
            ("", ""),
        ],
    )
    def test_the_owner_can_read_what_decided(self, agent, rule):
        assert agents.read(agent).rule.startswith(rule)
        assert bool(agents.read(agent).rule) == bool(rule)

    def test_what_decided_stays_short(self):
        longest = max(len(agents.read(row.agent).rule) for row in SAMPLE)
        assert longest < 120
        assert len(agents.read("facebookexternalhit/" + "x" * 900 + " Facebot Twitterbot/").rule) < 60


class TestLists:
    def test_they_are_the_ones_installed_and_pinned(self):
        pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))
        assert {name: metadata.version(name) for name in classify.LISTS} == classify.LISTS
        assert {name: pinned[name] for name in classify.LISTS} == classify.LISTS

    def test_crawlerdetect_answers_as_its_own_package_does(self):
        detector = CrawlerDetect()
        some = [row.agent for row in SAMPLE] + [
            "Lynx/2.8",
            "xbotx",
            "CUBOT",
            "Ruby",
            "a" * 300 + "spider",
            "libwww",
            "; M bot x",
        ]
        for agent in some:
            assert agent_lists.listed(agent) == detector.is_crawler(agent), agent

    def test_crawler_user_agents_answers_as_its_own_package_does_and_names_the_row(self):
        for row in crawleruseragents.CRAWLER_USER_AGENTS_DATA[::25]:
            for agent in row["instances"][:2]:
                found = agent_lists.row(agent)
                assert found is not None, agent
                assert re.search(found["pattern"], agent)
        for row in SAMPLE:
            assert (agent_lists.row(row.agent) is not None) == crawleruseragents.is_crawler(row.agent)

    @pytest.mark.parametrize(
        ("tags", "reason"),
        [(["ai-crawler"], "ai"), (["monitoring", "seo"], "monitor"), (["seo"], "crawler"), ([], "crawler")],
    )
    def test_a_tag_of_crawler_user_agents_tells_the_kind(self, tags, reason):
        assert agent_lists.kind({"pattern": "x", "tags": tags}) == reason

    def test_every_tag_that_is_looked_for_exists(self):
        tags = set(chain.from_iterable(row["tags"] for row in crawleruseragents.CRAWLER_USER_AGENTS_DATA))
        assert set(agent_lists._KINDS) <= tags


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


class TestHostileAgents:
    @pytest.mark.parametrize(("agent", "reason"), ODD_VERSIONS)
    def test_a_version_that_user_agents_does_not_survive_costs_nothing(self, agent, reason):
        with pytest.raises(ValueError, match="invalid literal"):
            parsers.parse(agent)
        assert agents.read(agent).reason == reason

    def test_half_a_character_does_not_stop_our_own_rules(self):
        read = agents.read(f"{IPHONE} Instagram 9.0 \ud83d")
        assert (read.reason, read.app, read.os, read.browser) == ("human", "Instagram", "Other", "Other")

    @settings(max_examples=200, deadline=None)
    @given(
        st.sampled_from(
            ["VLC/1.2.", "Mozilla/5.0 Clementine 1.2.", "Mozilla/5.0 (iPhone; CPU iPhone OS ", "MediaMonkey 1."]
        ),
        st.text(st.characters(categories=["Nd", "Nl", "No"]), max_size=5),
    )
    def test_digits_of_any_script_get_a_verdict(self, agent, digits):
        assert agents.read(agent + digits).reason in classify.REASONS

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
            "()",
            " ",
            "é",
            "@a",
            "a.",
            "bo",
            "1.",
            "Mozilla/5.0 (",
            "Android;",
            "(Linux; Android ",
            "SAMSUNG-",
            "Build/",
            "Instagram ",
            "Download",
            "Toolbar",
            "http://a.",
            "compatible; ",
            "U;",
        ],
    )
    def test_no_agent_of_4_kib_takes_long(self, piece):
        agent = (piece * 4_096)[:4_096]
        assert (
            least(lambda attempt: (agents.read(f"Mozilla/5.0 {attempt}{agent}"), agents.read(f"{attempt}{agent}")))
            < 0.1
        )

    def test_nothing_that_a_pattern_looks_for_makes_any_of_them_slow(self):
        """Words of all patterns, also of the lists', each over and over."""
        every = chain(
            (row["pattern"] for row in chain(ROWS["rule"], ROWS["harmless"])),
            Bots().patterns,
            (row["pattern"] for row in crawleruseragents.CRAWLER_USER_AGENTS_DATA),
            crawlers.data,
        )
        words = {word for pattern in every for word in re.split(r"[\\|()\[\]?*+{}^$.]+", pattern) if len(word) > 1}
        assert len(words) > 3_000
        for at, word in enumerate(sorted(words)):
            if at % 5 == 0:
                agent = (("Mozilla/5.0 (Linux; Android " if at % 2 else "") + word * 1_024)[:1_024]
                assert least(lambda attempt, agent=agent: agents.read(f"{attempt}{agent}")) < 0.05, word

    def test_what_comes_after_1024_characters_is_not_looked_at(self):
        assert agents.read(IPHONE.ljust(1_024) + "Googlebot").reason == "human"
        assert agents.read(IPHONE.ljust(900) + "Googlebot").reason == "crawler"


def least(read) -> float:
    """Seconds on the processor of the fastest of up to eight attempts, or of the first that is fast enough."""
    agents.read("warm up")
    agents.read("Mozilla/5.0 (compatible; Googlebot/2.1)")
    spent = []
    for attempt in range(8):
        begun = time.process_time()
        read(attempt)
        spent.append(time.process_time() - begun)
        if spent[-1] < 0.025:
            break
    return min(spent)


def test_only_processes_that_read_agents_load_what_reads_them():
    seen = "print('user_agents' in sys.modules, 'crawleruseragents' in sys.modules)"
    lines = f"import sys, shortlinks.web, worker.schedule; {seen}; from shortlinks.clicks import agents; agents.load(); {seen}"
    said = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.split() == ["False", "False", "True", "True"]
