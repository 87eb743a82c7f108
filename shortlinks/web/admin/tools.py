"""What to enter into tools made for other shorteners, on the page that shows a new token: there, and only there, it is known."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from shortlinks.owner import signatures
from shortlinks.owner.tokens import Token
from shortlinks.web.dialects import yourls
from shortlinks.web.services import services

_CREATE = "/rest/v3/short-urls"


def of_token(token: Token, secret: str) -> dict[str, Any] | None:
    """Addresses, files and what else there is to enter; None for a token that may neither look nor make."""
    config = services().config
    home = config.base_url
    if not {"read", "write"} & set(token.scopes):
        return None
    name = urlsplit(home).netloc
    makes = "write" in token.scopes
    return {
        "home": home,
        "sharex": _file(f"{_plain(name)}.sxcu", _sharex(home, secret, name)) if makes else None,
        "shortcut": f"{home}{_CREATE}/shorten?apiKey={secret}&format=txt&longUrl=" if makes else None,
        "shlink": _file("servers.json", [{"name": name, "url": home, "apiKey": secret}]),
        "yourls": home + yourls.PATH,
        "signature": signatures.of_token(token.id, config.secret_key),
    }


def _sharex(home: str, secret: str, name: str) -> dict[str, Any]:
    """A custom uploader of ShareX (https://getsharex.com/docs/custom-uploader, 2026)."""
    return {
        "Version": "15.0.0",
        "Name": name,
        "DestinationType": "URLShortener",
        "RequestMethod": "POST",
        "RequestURL": home + _CREATE,
        "Headers": {"X-Api-Key": secret},
        "Body": "JSON",
        "Data": json.dumps({"longUrl": "{input}", "findIfExists": True}),
        "URL": "{json:shortUrl}",
        "ErrorMessage": "{json:detail}",
    }


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in name)


def _file(name: str, content: Any) -> dict[str, str]:
    """A file to save, in an address of its own: so the token is in no request, and no script is needed."""
    data = b64encode(json.dumps(content, indent=2).encode()).decode()
    return {"name": name, "href": f"data:application/json;base64,{data}"}
