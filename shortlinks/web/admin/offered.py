"""What the form of a new post holds from the start: what its address tells, and what was used last."""

from flask import request
from werkzeug.datastructures import MultiDict

from shortlinks.placements import placements
from shortlinks.posts import last_used, permalinks, post_fields, posts
from shortlinks.posts.posts import Post
from shortlinks.profiles import profiles
from shortlinks.web.admin import forms, pasted, words
from shortlinks.web.services import services
from shortlinks.words.language import _

_STORY = "story"


def form(platform: str, newest: last_used.Newest) -> forms.Form:
    """The form for a post on `platform`, filled from the address of the page."""
    store, asked = services().store, request.args
    whole = posts.find(store, asked.get("part_of", ""))
    text = asked.get("permalink", "").strip()
    kind = _kind(platform, text, whole)
    used = (
        last_used.on_story(store, newest, whole)
        if whole and whole.platform == platform and kind == _STORY
        else last_used.on_platform(newest, platform, kind, permalinks.format_on(platform, text))
    )
    named = pasted.profile(profiles.of_platform(store, platform), text)
    values: MultiDict[str, str] = MultiDict({"kind": kind, "part_of": asked.get("part_of", "")})
    values["title"] = asked.get("title", "") or (_title(whole) if whole and kind == _STORY else "")
    values["permalink"], values["again"] = text, asked.get("again", "")
    values["click_id_param"] = last_used.click_id_param(newest)
    values["profile_id"] = named.id if named else ""
    # An address without a spot would be refused, so both are offered or none.
    values["target"] = (used.target or "") if used.placements else ""
    values.setlist("placement", list(used.placements))
    return forms.Form("new", MultiDict((name, value) for name, value in values.items(multi=True) if value))


def _kind(platform: str, text: str, whole: Post | None) -> str:
    """What the post most likely is."""
    address = permalinks.recognise(text)
    if address is not None and address.platform == platform and address.kind is not None:
        return address.kind
    return _STORY if whole and _STORY in dict(words.kinds(platform)) else placements.default_kind(platform)


def _title(whole: Post) -> str:
    return _("Story: {title}", title=whole.title)[: post_fields.LONGEST_TITLE]
