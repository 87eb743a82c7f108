from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.links import locations


def _location(target="https://s.example/", utm=None, forwarded="", click_id_param=None):
    return locations.location(target, utm=utm, forwarded=forwarded, click_id_param=click_id_param, click_id="k.1")


@pytest.mark.parametrize(
    ("target", "fields", "expected"),
    [
        ("https://s.example/", {}, "https://s.example/"),
        ("https://s.example/?", {}, "https://s.example/?"),
        ("https://s.example/?a=%zz&b#top", {}, "https://s.example/?a=%zz&b#top"),
        ("https://s.example/", {"forwarded": "a=1&b=%20"}, "https://s.example/?a=1&b=%20"),
        ("https://s.example/?x=1#top", {"forwarded": "a=1"}, "https://s.example/?x=1&a=1#top"),
        ("https://s.example/#/r?x", {"forwarded": "a=1"}, "https://s.example/?a=1#/r?x"),
        ("https://s.example/", {"forwarded": "&&"}, "https://s.example/"),
        ("https://s.example/", {"utm": {"source": "\ud800a"}}, "https://s.example/?utm_source=%3Fa"),
        ("https://s.example/", {"forwarded": 'a=<"\xe9\x80>'}, "https://s.example/?a=%3C%22%E9%80%3E"),
        (
            "https://s.example/",
            {"forwarded": "a=\r\nSet-Cookie: x#y"},
            "https://s.example/?a=%0D%0ASet-Cookie:%20x%23y",
        ),
        (
            "https://s.example/?sig=a%2Fb+c%zz",
            {"utm": {"source": "i g"}},
            "https://s.example/?sig=a%2Fb+c%zz&utm_source=i+g",
        ),
        ("https://s.example/?utm_source=own", {"utm": {"source": "x"}}, "https://s.example/?utm_source=own"),
        (
            "https://s.example/",
            {"utm": {"source": "x"}, "forwarded": "utm_source=v"},
            "https://s.example/?utm_source=v",
        ),
        ("https://s.example/", {"utm": {"term": "é&co#"}}, "https://s.example/?utm_term=%C3%A9%26co%23"),
        ("https://s.example/", {"click_id_param": "cid"}, "https://s.example/?cid=k.1"),
        (
            "https://s.example/",
            {"click_id_param": "cid", "forwarded": "cid=old&a=1&ci%64=old"},
            "https://s.example/?a=1&cid=k.1",
        ),
        (
            "https://s.example/?sig=%zz&cid=old&&ci%64=old#top",
            {"click_id_param": "cid"},
            "https://s.example/?sig=%zz&&cid=k.1#top",
        ),
        ("https://s.example/?cid=old", {"click_id_param": "cid"}, "https://s.example/?cid=k.1"),
        ("https://s.example/?cid=own", {}, "https://s.example/?cid=own"),
        (
            "https://s.example/",
            {"utm": {"content": "x", "term": "y"}, "click_id_param": "utm_content"},
            "https://s.example/?utm_term=y&utm_content=k.1",
        ),
    ],
)
def test_the_query_holds_what_the_link_adds(target, fields, expected):
    assert _location(target, **fields) == expected


@given(
    st.text(st.characters(max_codepoint=255)), st.dictionaries(st.sampled_from(["source", "term"]), st.text(min_size=1))
)
def test_whatever_is_added_stays_in_the_query_and_takes_nothing_away(forwarded, utm):
    utm = {name: text.encode("utf-8", "replace").decode() for name, text in utm.items()}
    found = _location("https://s.example/p?sig=a%2Fb#top", utm=utm, forwarded=forwarded, click_id_param="cid")
    parts = urlsplit(found)
    assert found.isascii()
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "s.example", "/p", "top")
    assert parts.query.startswith("sig=a%2Fb")
    assert parts.query.endswith("cid=k.1")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    assert [text for name, text in pairs if name == "cid"] == ["k.1"]
    assert {f"utm_{name}" for name in utm} <= {name for name, _ in pairs}
