"""The formats of YOURLS's answers: XML (where none is asked for), JSON, a script that hands JSON to a function, and bare text."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from flask import Response

_CALLBACK = re.compile(r"[A-Za-z_$][\w$.\[\]]{0,127}", re.ASCII)


def names_a_function(callback: str) -> bool:
    """Whether a script may call it: `angular.callbacks._0`, `__yourls1_jsonp[2]`, and nothing that would do more."""
    return _CALLBACK.fullmatch(callback) is not None


def answer(format_: str, body: dict[str, Any], simple: str, status: int, callback: str = "") -> Response:
    """An answer as xml, json or jsonp, which is JSON where `callback` is no function's name; as text for every other word."""
    match format_:
        case "jsonp" if names_a_function(callback):
            # The empty comment keeps a plug-in from taking the first letters for a file of its own.
            script = f"/**/{callback}({json.dumps(body | {'callback': callback})})"
            return _never_kept(Response(script, status, mimetype="application/javascript"))
        case "json" | "jsonp":
            return _never_kept(Response(json.dumps(body), status, mimetype="application/json"))
        case "xml":
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n<result>{_elements(body)}</result>\n'
            return _never_kept(Response(text, status, mimetype="application/xml"))
    return _never_kept(Response(simple, status, mimetype="text/plain"))


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _elements(body: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_element(value)}</{name}>" for name, value in body.items())


def _element(value: Any) -> str:
    return _elements(value) if isinstance(value, Mapping) else escape("".join(filter(_allowed, str(value))))


def _allowed(letter: str) -> bool:
    """Whether XML 1.0 can hold it (section 2.2)."""
    return letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"
