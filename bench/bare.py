"""What the redirects are held against: the same 302 from a WSGI callable that does nothing else."""

from collections.abc import Callable, Iterable
from typing import Any

TARGET = "https://shop.example/summer?utm_source=instagram"
_HEADERS = [
    ("Location", TARGET),
    ("Cache-Control", "private, no-store"),
    ("Content-Length", "0"),
]


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One 302, whatever is asked."""
    start_response("302 Found", list(_HEADERS))
    return (b"",)
