"""How a command ends: its exit status, and the sentence on standard error."""

import click
import redis

from shortlinks.command_line.escapes import visible
from shortlinks.config import ConfigError
from shortlinks.errors import Conflict, Invalid, NotFound, ShortlinksError, Stale, Unavailable
from shortlinks.running.embedded import EmbeddedError

FAILED, BAD_INPUT, NOT_FOUND, CONFLICT, UNAVAILABLE = 1, 2, 3, 4, 5
INTERRUPTED, UNREAD = 130, 141
"""Ctrl-C, and a reader (`| head`) that went away: what shells make of SIGINT and SIGPIPE."""

EXPECTED = (ConfigError, EmbeddedError, ShortlinksError, OSError, redis.RedisError)
"""What people can put right themselves."""

WORDS = """\b
Exit status:
  0  done
  1  it could not be done: settings, files, an import into what is not empty
  2  the input is wrong: the field is named
  3  there is no such thing
  4  it clashes with what exists
  5  Redis does not answer, or takes no changes now
"""
_OF_ANSWER = {400: BAD_INPUT, 404: NOT_FOUND, 409: CONFLICT, 412: CONFLICT, 422: BAD_INPUT, 503: UNAVAILABLE}


class Refused(ShortlinksError):
    """The API's refusal (problem+json), in its words: a line for each field at fault, else its `detail`."""

    def __init__(self, problem: dict[str, object]) -> None:
        self.status = _OF_ANSWER.get(int(str(problem["status"])), FAILED)
        errors = problem.get("errors")
        named = [f"{error['field']} {error['message']}" for error in errors] if isinstance(errors, list) else []
        super().__init__("\n".join(named) or str(problem["detail"]))


class Ambiguous(ShortlinksError):
    """A name that several things have."""


def of(error: Exception) -> int:
    """The exit status for one of EXPECTED."""
    match error:
        case Refused():
            return error.status
        case Invalid() | Ambiguous():
            return BAD_INPUT
        case NotFound():
            return NOT_FOUND
        case Conflict() | Stale():
            return CONFLICT
        case Unavailable() | redis.RedisError():
            return UNAVAILABLE
    return FAILED


def tell(error: Exception) -> None:
    """Say on standard error what is wrong, a line for each thing."""
    match error:
        case Invalid():
            said = [f"{name} {message}" for name, message in error.errors]
        case redis.RedisError():
            said = [f"Redis does not answer: {error}"]
        case OSError() if error.filename and error.strerror:
            said = [f"{error.filename}: {error.strerror}."]
        case _:
            said = str(error).split("\n")
    for line in said:
        # What belongs to the line before is indented.
        click.echo(visible(line) if line.startswith(" ") else f"shortlinks: {visible(line)}", err=True)
