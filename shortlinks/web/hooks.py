"""`/hooks/<system>/<token>`: what a shop system tells of an order. Not of the API: no token, but the shop's own proof.

Whatever is the shop's is answered by 200, also where nothing could be made of it, because shops switch off an address that
fails; and by 503 where the same may be tried again.
"""

from dataclasses import replace

from flask import Blueprint, Response, abort, jsonify, request

from shortlinks import times
from shortlinks.shop_hooks import endpoints, gumroad, orders, told
from shortlinks.web import limits, problems, webhooks
from shortlinks.web.services import services

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
problems.speaks_below("/hooks", problems.as_json)

_REFUSED = {
    "signature": (401, "The signature does not fit the body and the secret that is set here."),
    "token": (401, "The verification token is not the one that is set here."),
    "seller": (401, "The seller_id is not the one that is set here."),
    "replay": (400, "The signature was made more than five minutes ago, or from now."),
    "body": (400, "The body cannot be read."),
}


@bp.post("/<system>/<token>")
@limits.limiter.limit(limits.hook_rate)
def arrive(system: str, token: str) -> Response:
    """Take down an order or a refund. 404 where the system is not set up, or has another address now."""
    store = services().store
    endpoint = endpoints.get(store, system) if system in endpoints.SYSTEMS else None
    if endpoint is None or not endpoint.is_at(token):
        abort(404)
    body = request.get_data()
    if endpoint.secret is not None:
        outcomes = orders.take(store, system, endpoint.secret, body, dict(request.headers), now=times.now())
        webhooks.wake()
    elif system == "gumroad" and (seller := gumroad.tried_by(body)):
        endpoints.note_found(store, system, seller)
        outcomes = [orders.TEST]
    else:
        abort(404)
    return jsonify(outcomes=outcomes)


@bp.errorhandler(Exception)
def refused(error: Exception) -> Response:
    """A short problem, for whoever looks at the deliveries in the shop system."""
    if not isinstance(error, told.Refused):
        trouble = problems.of(error)
        # Gumroad sends again what was answered by a 503, and never what was answered by a 429; others send both again.
        return problems.as_json(replace(trouble, status=503) if trouble.status == 429 else trouble)
    status, detail = _REFUSED[error.reason]
    challenge = {"WWW-Authenticate": "Webhook"} if status == 401 else {}
    return problems.as_json(problems.Trouble(status, detail, headers=challenge))


@bp.after_request
def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
