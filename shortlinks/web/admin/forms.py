"""A form as it was sent: the typed values to show again, and what was wrong with each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from shortlinks.errors import Conflict, Invalid

# Errors name fields as the API does; a form has one target for all its links.
_OF_LINK = re.compile(r"links\[\d+\]\.")
_INDEX = re.compile(r"\[\d+\].*|\..*")


@dataclass(frozen=True)
class Form:
    """`values` as typed, `errors` by field, `name` to keep the ids of several forms of a page apart."""

    name: str = "form"
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, default: Any = "") -> Any:
        """What was typed, or `default` when nothing was sent yet."""
        return self.values.get(name, default)

    def all(self, name: str) -> list[str]:
        """Everything that was ticked under `name`."""
        return self.values.getlist(name)

    def any(self, name: str, rows: Iterable[Any]) -> bool:
        """Whether one of `rows` was ticked."""
        ticked = self.all(name)
        return any(row.id in ticked for row in rows)

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether anything was typed into one of these fields."""
        return any(self.values.get(name, "").strip() for name in names)

    def error(self, name: str) -> str:
        """What is wrong with a field, to be read after its label unless it is a whole sentence; "" when nothing is."""
        return self.errors.get(name, "")

    def id(self, name: str) -> str:
        """The element id of a field."""
        return f"{self.name}-{name}"

    @property
    def strays(self) -> dict[str, str]:
        """Errors of what the form has no field for."""
        return {name: message for name, message in self.errors.items() if name not in self.values}


def failed(name: str, values: MultiDict[str, str], error: Invalid | Conflict, fields: Iterable[str]) -> Form:
    """The form to show again after `error`. `fields` are those it has; other errors are shown above it."""
    errors: dict[str, str] = {}
    for path, message in error.errors:
        errors.setdefault(_INDEX.sub("", _OF_LINK.sub("", path)), message)
    shown = values.copy()
    for field_name in fields:
        shown.setdefault(field_name, "")
    return Form(name, shown, errors)


def given(values: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields among `names` that hold something."""
    return {name: text for name in names if (text := values.get(name, "").strip())}


def parts(text: str) -> list[str]:
    """What was typed with commas between."""
    return [part for each in text.split(",") if (part := each.strip())]
