"""The address a visitor is sent to: a link's target with what the link adds to its query. Pure."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote_plus, urlencode

# What may stand in a query (RFC 3986, 3.4) and "%", because the visitor's is already encoded.
_QUERY = "!$&'()*+,;=:@/?-._~%[]|"


class Followable(Protocol):
    """What of a link decides where its visitors go: a Link, or what is kept of one in memory."""

    @property
    def target(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def expires_at(self) -> int | None: ...
    @property
    def forward_query(self) -> bool: ...
    @property
    def utm(self) -> dict[str, str] | None: ...
    @property
    def click_id_param(self) -> str | None: ...


def location(
    target: str, *, utm: Mapping[str, str] | None, forwarded: str, click_id_param: str | None, click_id: str
) -> str:
    """`target` with the visitor's query (`forwarded`, as in QUERY_STRING), UTM parameters and the click id.

    What the target's query holds stays byte for byte, since it may be signed. UTM parameters are added only where
    neither the target nor the visitor brings the same one. A click id that one of them brings is another click's, as
    where a target was copied from the browser after a click: it is left out, since pages read the first that they find.
    """
    address, mark, fragment = target.partition("#")
    path, _, query = address.partition("?")
    parts = query.split("&") if query else []
    if forwarded:
        parts += filter(None, quote(forwarded, safe=_QUERY, encoding="latin-1", errors="replace").split("&"))
    if click_id_param:
        parts = [part for part in parts if _name(part) != click_id_param]
    present = {click_id_param, *map(_name, parts)}
    if utm:
        added = {f"utm_{name}": text for name, text in utm.items() if f"utm_{name}" not in present}
        parts += [urlencode(added, errors="replace")] if added else []
    if click_id_param and click_id:
        parts.append(urlencode({click_id_param: click_id}))
    return (f"{path}?{'&'.join(parts)}" if parts else address) + mark + fragment


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0])
