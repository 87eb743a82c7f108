"""The pages as an app on the home screen: manifest, icons, colours, and what other apps may share with it."""

import re
import struct
from typing import Any

import pytest
from admin_cast import Browser

from shortlinks.owner import settings
from shortlinks.store import Store
from shortlinks.web.admin import pasted

MANIFEST = "/static/admin.webmanifest"


@pytest.fixture
def manifest(owner: Browser) -> dict[str, Any]:
    answer = owner.get(MANIFEST)
    assert answer.mimetype == "application/manifest+json"
    found: dict[str, Any] = answer.get_json(force=True)
    answer.close()
    return found


def _colours(owner: Browser, token: str) -> list[str]:
    """What a token of the stylesheet is in light and in dark."""
    answer = owner.get("/static/style.css")
    found = re.findall(rf"--{token}: (#\w+);", answer.text)
    answer.close()
    return found[:2]


def test_every_page_of_the_admin_names_the_manifest_also_before_one_is_signed_in(stranger: Browser) -> None:
    link = f'<link rel="manifest" href="{MANIFEST}">'
    assert link in stranger.get("/admin/sign-in").text
    stranger.sign_in()
    assert link in stranger.get("/admin/").text
    assert link not in stranger.get("/how-we-count").text


def test_the_app_is_called_what_its_creator_speaks(stranger: Browser, store: Store) -> None:
    def told(**headers: str) -> tuple[str, ...]:
        answer = stranger.client.get(MANIFEST, headers=headers)
        found: dict[str, Any] = answer.get_json(force=True)
        return found["lang"], found["short_name"], found["shortcuts"][0]["name"]

    assert told() == ("en", "Clicks", "New post")
    assert told(**{"Accept-Language": "es-MX"}) == ("es-MX", "Clics", "Nueva publicación")
    settings.set_language(store, "de")
    assert told(**{"Accept-Language": "es-MX"}) == ("de", "Klicks", "Neuer Post")


def test_the_manifest_is_asked_for_again_and_read_again_only_when_it_is_another(
    stranger: Browser, store: Store
) -> None:
    first = stranger.client.get(MANIFEST)
    assert (first.headers["Cache-Control"], first.vary.as_set()) == ("no-cache", {"accept-language"})
    known = {"If-None-Match": first.headers["ETag"]}
    assert stranger.client.get(MANIFEST, headers=known).status_code == 304
    settings.set_language(store, "es")
    assert stranger.client.get(MANIFEST, headers=known).status_code == 200


def test_the_app_opens_within_its_scope(owner: Browser, manifest: dict[str, Any]) -> None:
    places = [
        manifest["start_url"],
        manifest["share_target"]["action"],
        *(each["url"] for each in manifest["shortcuts"]),
    ]
    assert [place for place in places if not place.startswith(manifest["scope"])] == []
    assert [owner.get(place).status_code for place in places] == [200] * len(places)
    assert manifest["display"] == "standalone"


def test_the_icons_are_there_in_the_sizes_that_are_told(owner: Browser, manifest: dict[str, Any]) -> None:
    touch = re.search(r'<link rel="apple-touch-icon" href="([^"]+)">', owner.get("/admin/").text)
    assert touch
    sizes = {icon["src"]: icon["sizes"] for icon in manifest["icons"]} | {touch[1]: "180x180"}
    assert {"192x192", "512x512"} <= set(sizes.values())
    for path, told in sizes.items():
        answer = owner.get(path)
        assert answer.mimetype == "image/png"
        assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
        assert "{}x{}".format(*struct.unpack(">II", answer.data[16:24])) == told
        assert len(answer.data) < 12_000
        answer.close()


def test_the_frame_has_the_colours_of_the_page(owner: Browser, manifest: dict[str, Any]) -> None:
    bars = re.findall(r'<meta name="theme-color"[^>]* content="(#\w+)">', owner.get("/admin/").text)
    assert bars == _colours(owner, "card")
    assert manifest["theme_color"] == bars[0]
    assert manifest["background_color"] == _colours(owner, "page")[0]


def test_what_an_app_shares_is_read_from_any_of_the_three_fields(owner: Browser, manifest: dict[str, Any]) -> None:
    target = manifest["share_target"]
    assert target["method"] == "GET"
    assert set(target["params"].values()) == set(pasted.SHARED)
    for field in target["params"].values():
        answer = owner.get(target["action"], query_string={field: "https://vm.tiktok.com/ZMabc/"})
        assert "platform=tiktok" in answer.headers["Location"]


def test_a_share_to_who_is_not_signed_in_is_kept_until_then(owner: Browser, stranger: Browser) -> None:
    shared = "/admin/posts/new?text=https://vm.tiktok.com/ZMabc/"
    asked = stranger.get(shared).headers["Location"]
    answer = stranger.send(asked, {"password": "correct horse battery"})
    assert answer.headers["Location"] == shared
