"""Addresses of channels, and the requests that messages become."""

import json

import pytest

from shortlinks.errors import Invalid
from shortlinks.reminders import channels
from shortlinks.reminders.channels import Message

HOOK = "https://discord.com/api/webhooks/123456789/abc-DEF_1"
LINK = "https://go.example/admin/numbers"


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [
        ("ntfy", "ntfy.sh/my-topic_1", "https://ntfy.sh/my-topic_1"),
        ("ntfy", " https://ntfy.example:8443/topic/?auth=abc ", "https://ntfy.example:8443/topic/?auth=abc"),
        ("ntfy", "http://ntfy.lan/topic", "http://ntfy.lan/topic"),
        ("discord", HOOK, HOOK),
        ("discord", HOOK.replace("/api/", "/api/v10/"), HOOK.replace("/api/", "/api/v10/")),
    ],
)
def test_an_address_is_taken_as_it_is_copied(channel: str, typed: str, kept: str) -> None:
    assert channels.address(channel, typed) == kept


@pytest.mark.parametrize(
    ("channel", "typed"),
    [
        ("ntfy", ""),
        ("ntfy", "https://ntfy.sh/"),
        ("ntfy", "https://ntfy.sh/a/b"),
        ("ntfy", "https://ntfy.sh/" + "x" * 65),
        ("ntfy", "ftp://ntfy.sh/topic"),
        ("ntfy", "https://me:secret@ntfy.sh/topic"),
        ("ntfy", "my topic"),
        ("discord", "https://discord.com/channels/1/2"),
        ("discord", "https://discord.com/api/webhooks/abc"),
        ("discord", None),
    ],
)
def test_another_address_is_refused(channel: str, typed: object) -> None:
    with pytest.raises(Invalid) as refused:
        channels.address(channel, typed)
    assert refused.value.errors[0][0] == "address"


def test_a_message_for_ntfy_is_published_as_json_at_the_root() -> None:
    message = Message("Größer", ["12,4 mil", "<b>"], LINK)
    url, body = channels.request("ntfy", "https://ntfy.example/my-topic?auth=abc", message)
    assert url == "https://ntfy.example/?auth=abc"
    assert json.loads(body) == {"topic": "my-topic", "title": "Größer", "message": "12,4 mil\n<b>", "click": LINK}


def test_a_message_for_discord_calls_nobody_and_shows_text_as_text() -> None:
    url, body = channels.request("discord", HOOK, Message("A *title*", ["@everyone [x](http://y)"], LINK))
    said = json.loads(body)
    assert url == HOOK
    assert said["allowed_mentions"] == {"parse": []}
    assert said["content"].split("\n") == [r"**A \*title\***", r"\@everyone \[x\]\(http://y\)", LINK]


@pytest.mark.parametrize("letter", ["x", "ü", "🏺", "*"])
def test_no_message_is_too_long(letter: str) -> None:
    message = Message("Title", [letter * 900] * 9, LINK)
    sent = json.loads(channels.request("ntfy", "https://ntfy.sh/t", message)[1])
    assert len(sent["message"].encode()) < 4_096
    said = json.loads(channels.request("discord", HOOK, message)[1])["content"]
    assert len(said) <= 2_000
    assert said.endswith(f"\n{LINK}")
