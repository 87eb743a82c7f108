"""Forms that are carried out once, however often they are sent: by a double tap, by a reload, by a browser that sends again.

Each form that makes something holds a one-time value. Sent again as it was, also at the same moment, it does what it did the
first time, for a day: it leads to what was made then. Sent with anything in it changed (back, another title, once more) it is
meant as another one, and so is a form that was opened anew, be it in another tab. What was refused can be mended and sent
again, and so can what changed nothing. Forms that only switch something are not of these: who switches it on, off, and goes
back to switch it on again means just that.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, abort, flash, request, session

from shortlinks import ids
from shortlinks.errors import Unavailable
from shortlinks.records import idempotency
from shortlinks.records.idempotency import Claim
from shortlinks.web.once import carry_out, content
from shortlinks.web.services import services
from shortlinks.words.language import _

FIELD = "nonce"
_LONGEST = 40
_FLASHES = "_flashes"


def nonce() -> str:
    """A one-time value for a form, which asks nothing of the store."""
    return ids.new(16)


def sent_nonce() -> str:
    """The one-time value in the form that was sent; "" where it has none that can be one."""
    found = request.form.get(FIELD, "")
    return found if found.isalnum() and len(found) < _LONGEST else ""


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Carry out a POST once, and give its answer, with what it told the owner, to all that are sent with the same form."""

    @wraps(view)
    def wrapper(*args: Any, **named: Any) -> Any:
        own = sent_nonce()
        if request.method != "POST" or not own:
            return view(*args, **named)
        sent, before = content(), len(session.get(_FLASHES, []))
        try:
            answer, told, again = carry_out(
                idempotency.Request(idempotency.FORMS, f"{own} {sent}", sent),
                lambda: view(*args, **named),
                keeps=_made_something,
                aside=lambda: session.get(_FLASHES, [])[before:],
            )
        except idempotency.Lost:
            abort(409, _("This form was carried out before. Look at what it made before you send it again."))
        except idempotency.Busy as busy:
            raise Unavailable(
                _("The same form is being carried out already. Look in a moment what became of it.")
            ) from busy
        if again:
            _tell(told)
        return answer

    return wrapper


def _made_something(claim: Claim, answer: Response) -> bool:
    """A form that was refused, or only shown again with more in it, is no answer to be kept."""
    if answer.status_code == 200:
        return idempotency.has_changed(services().store, claim)
    return answer.status_code < 400


def _tell(told: list[tuple[str, str]]) -> None:
    again = _("The form came more than once, and was carried out once.")
    for category, message in told[:-1]:
        flash(message, category)
    for category, message in told[-1:]:
        flash(f"{message} {again}", category)
