"""The targets that send reports to the pixel and arrivals, as a shop's page does: whatever it says, the page never breaks."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from shortlinks import times
from shortlinks.arrivals import arrival_counts
from shortlinks.funnels import reports
from shortlinks.sales import conversions, pixel
from tests.fuzz import Target, words
from tests.fuzz.site import Site

_LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "order": words.sample("1001", "typed-abc", "x" * 201),
    "amount": words.counts | words.sample("12.50", "1.234,50 €", "1,234", "-5", "9" * 20, "1e9"),
    "minor": words.counts | st.integers(-1, 10**13),
    "currency": words.sample("EUR", "eur", "JPY", "XXX"),
    "sl": words.sample("{click}", "{slug}.00000000000000000000000", "{slug}_0"),
    "slug": words.slugs,
    "coupon": words.sample("MUG10", "mug10"),
    "kind": words.sample("sale", "sign-up", "refund"),
}
_KINDS = ("application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data; boundary=x")


@st.composite
def _reports(draw: st.DrawFn) -> tuple[str, dict[str, Any], str, bytes]:
    names = draw(st.lists(st.sampled_from(pixel.PARAMETERS), unique=True))
    told = {name: draw(_LIKELY[name] | words.plain | words.json_values) for name in names}
    kind = draw(st.sampled_from(("", *_KINDS)) | words.header(words.sample(*_KINDS)))
    return draw(st.sampled_from(("{pixel}", "{pixel}", "{pixel}.gif", "x"))), told, kind, draw(st.binary(max_size=30))


def check(site: Site, sent: tuple[str, dict[str, Any], str, bytes]) -> None:
    """A report by query, as a form, as JSON, or as anything is answered alike, and what was taken can be read."""
    token, told, kind, noise = sent
    query = "&".join(f"{name}={quote(str(value), safe='{}', errors='surrogatepass')}" for name, value in told.items())
    path, client = f"/c/{site.filled(token)}", site.app.test_client()
    text = json.dumps(told) if kind in ("application/json", "text/plain") else query
    body = site.filled(text).encode("utf-8", "surrogatepass")
    with site.as_it_was():
        answers = [
            client.get(f"{path}?{site.filled(query)}"),
            client.post(path, data=body, content_type=kind or None),
            client.post(path, data=noise, content_type=kind or None),
        ]
        for answer in answers:
            assert answer.status_code == (200 if answer.request.method == "GET" else 204)
            assert answer.headers["Conversion"].startswith(("taken", "refused"))
            assert "something broke" not in answer.headers["Conversion"], answer.headers["Conversion"]
            assert "Set-Cookie" not in answer.headers
        post_id = site.names["post"]
        for each in conversions.beside(site.store, post_id):
            assert each.verified or each.source == conversions.PIXEL
        site.look(post_id)


TARGET = Target("reports", _reports(), check, 40)


@st.composite
def _arrivals(draw: st.DrawFn) -> tuple[str, Any, str, bytes]:
    told = draw(_LIKELY["sl"] | words.plain | words.json_values)
    kind = draw(st.sampled_from(("", *_KINDS)) | words.header(words.sample(*_KINDS)))
    return draw(st.sampled_from(("{beacon}", "{beacon}.gif", "x"))), told, kind, draw(st.binary(max_size=30))


def check_arrival(site: Site, sent: tuple[str, Any, str, bytes]) -> None:
    """An arrival is answered alike however it is told, and what was taken can be counted."""
    token, told, kind, noise = sent
    query = f"sl={quote(str(told), safe='{}', errors='surrogatepass')}"
    path, client = f"/a/{site.filled(token)}", site.app.test_client()
    text = json.dumps({"sl": told}) if kind in ("application/json", "text/plain") else query
    body = site.filled(text).encode("utf-8", "surrogatepass")
    with site.as_it_was():
        answers = [
            client.get(f"{path}?{site.filled(query)}"),
            client.post(path, data=body, content_type=kind or None),
            client.post(path, data=noise, content_type=kind or None),
        ]
        for answer in answers:
            assert answer.status_code == (200 if answer.request.method == "GET" else 204)
            assert answer.headers["Arrival"].startswith(("taken", "refused"))
            assert "something broke" not in answer.headers["Arrival"], answer.headers["Arrival"]
            assert "Set-Cookie" not in answer.headers
        now = times.now()
        arrival_counts.count(site.store, now=now)
        steps = {step.name: step for step in reports.funnel(site.store, site.names["post"], now=now).steps}
        if "arrivals" in steps:
            assert 0 <= steps["arrivals"].count <= steps["clicks"].count


ARRIVALS = Target("arrivals", _arrivals(), check_arrival, 40)
