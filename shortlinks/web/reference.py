"""`/api-reference`: the API for people, made from the same OpenAPI document that programs read. English, as the API is."""

import re
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup, escape

from shortlinks.web.api import openapi, reference
from shortlinks.web.api.ways import WAYS
from shortlinks.words import language

bp = Blueprint("reference", __name__)

_CODE = re.compile(r"`([^`]+)`")


@bp.get("/api-reference", strict_slashes=False)
def page() -> Response:
    """Every call with what it takes and answers, and what holds for all of them."""
    language.speak(language.ENGLISH)
    # The same for everybody as long as this process runs.
    if "reference" not in current_app.extensions:
        current_app.extensions["reference"] = _rendered()
    answer = Response(current_app.extensions["reference"])
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _rendered() -> str:
    document = cast(dict[str, Any], cast(APIFlask, current_app).spec)
    return render_template(
        "public/reference.html",
        document=openapi.PATH,
        base_url=document["servers"][0]["url"],
        ways=WAYS,
        groups=reference.groups(document),
        shapes=reference.shapes(document),
        refused=reference.example_of(document, "422"),
        said=_said,
    )


def _said(text: str) -> Markup:
    """A description with its `code` marked as such."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
