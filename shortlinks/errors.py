"""What can go wrong with what a person or program asks for.

Each error names the field it is about, so that a form can mark it and the API can list it. None of them knows HTTP;
`web/` turns `Invalid` into 422, `Conflict` into 409, `NotFound` into 404, `Missed` into 410, `Stale` into 412 and
`Unavailable` into 503.
"""

from collections.abc import Iterable

from shortlinks.words.language import N_, _

_NOTHING = {
    "post": N_("There is no post {name}."),
    "profile": N_("There is no profile {name}."),
    "link": N_("There is no link {name}."),
    "token": N_("There is no token {name}."),
    "experiment": N_("There is no experiment {name}."),
    "conversion": N_("There is no conversion {name}."),
    "row": N_("There is no row {name}."),
    "bio page": N_("There is no bio page {name}."),
    "webhook": N_("There is no webhook {name}."),
    "delivery": N_("There is no delivery {name}."),
    "shop's totals": N_("There is no shop's totals {name}."),
}


class ShortlinksError(Exception):
    """Anything this service refuses to do, with a sentence for people in `str(error)`."""


class Invalid(ShortlinksError):
    """Bad input. `errors` is a list of `(field, message)`; nothing has been written."""

    def __init__(self, errors: Iterable[tuple[str, str]]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{field}: {message}" for field, message in self.errors))

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        """One field's error: `raise Invalid.field("target", "is not a URL")`."""
        return cls([(field, message)])


class Conflict(ShortlinksError):
    """The input is well-formed but clashes with what exists (a taken slug, a lost race). Names the `field`."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The same as `Invalid.errors`."""
        return [(self.field, self.message)]


class NotFound(ShortlinksError):
    """There is no such thing. `what` is the noun, one of _NOTHING, `name` its id or slug as it was asked for."""

    def __init__(self, what: str, name: str) -> None:
        self.what = what
        self.name = name
        super().__init__(_(_NOTHING[what], name=repr(name)))


class Stale(ShortlinksError):
    """What was to be changed is another version than the one that was asked to be changed; nothing has been written."""


class Missed(ShortlinksError):
    """What was asked for next is not kept any more, and was never given."""


class Unavailable(ShortlinksError):
    """Redis cannot do this now. Unless the sentence says otherwise nothing has been written; try again."""
