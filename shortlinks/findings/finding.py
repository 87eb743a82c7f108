"""What a finding is: one explanation of what happened to a post. `findings` holds the catalogue and puts them in order."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["high", "medium", "low"]
Confidence = Literal["certain", "likely", "possible"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One explanation. `evidence` holds the numbers it rests on, ready for JSON.

    It claims no more than its confidence: `certain` follows from the numbers or from what platforms document, `likely`
    rests on one source or on a strong pattern, `possible` is one explanation among others.
    """

    code: str
    severity: Severity
    title: str
    evidence: dict[str, Any]
    next_step: str
    confidence: Confidence

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the API."""
        return asdict(self)
