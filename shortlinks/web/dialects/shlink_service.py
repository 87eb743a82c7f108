"""What Shlink says of itself: its health, its one domain, and that it pushes nothing."""

from typing import Any

import redis
from flask import Response, jsonify

from shortlinks.rollups import rollups
from shortlinks.web.dialects import making, shlink
from shortlinks.web.services import services

_REDIRECTS = ("baseUrlRedirect", "regular404Redirect", "invalidShortUrlRedirect")


@shlink.on("GET", "/health", (*shlink.VERSIONS, ""))
def health() -> Response:
    """Whether the service works, and as which version of Shlink it answers. Needs no key."""
    try:
        rollups.progress(services().store)
        status = "pass"
    except redis.RedisError:
        status = "fail"
    about = f"{services().config.base_url}/how-we-count"
    answer = jsonify({"status": status, "version": shlink.VERSION, "links": {"about": about}})
    answer.content_type = "application/health+json"
    answer.status_code = 200 if status == "pass" else 503
    return answer


@shlink.on("GET", "/mercure-info")
@shlink.needs("read")
def mercure_info() -> Response:
    """Nothing is pushed: clients ask again."""
    detail = "This instance is not integrated with a mercure hub"
    raise shlink.Refused(501, "mercure-not-configured", "Mercure integration not configured", detail)


def _redirects() -> dict[str, Any]:
    return dict.fromkeys(_REDIRECTS)


@shlink.on("GET", "/domains")
@shlink.needs("read")
def list_domains() -> Response:
    """The one of our public address, which sends nobody elsewhere who asks for what does not exist."""
    own = {"domain": making.authority(), "isDefault": True, "redirects": _redirects()}
    return jsonify({"domains": {"data": [own], "defaultRedirects": _redirects()}})


@shlink.on("PATCH", "/domains/redirects")
@shlink.needs("write")
def edit_domain_redirects() -> Response:
    """Taking redirects away changes nothing; others are refused, as are those of another domain."""
    asked = shlink.body()
    if not asked.get("domain") or not shlink.is_ours(asked["domain"]):
        raise shlink.invalid("domain", detail=f"domain: there is only {making.authority()}")
    if wrong := [name for name in _REDIRECTS if asked.get(name)]:
        raise shlink.invalid(*wrong, detail="what does not exist is answered with a page that says so")
    return jsonify(_redirects())
