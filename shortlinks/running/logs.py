"""Log lines of every process, in one of two forms: `text` for people, `json` with one object a line (RFC 8259) for programs.

A line never holds an address, a token or a query string: nobody here logs requests, what gunicorn says of broken ones is cut
(see gunicorn_conf), and so is here what an error says of a path that is a secret, of what other shorteners' tools send to log in,
and the query of a report of the pixel, which holds an order's number.

What a line is about comes as `extra={"shard": …}` and stands behind the message, or as fields.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

FORMS = ("text", "json")
_LONGEST_MESSAGE = 4_000
_LONGEST_TRACE = 10_000
_SECRET_PATHS = re.compile(r"(/(?:calendar|from-outside|shown|hooks)/)[^\s\"'?\\]+")
"""None holds a backslash, which in JSON stands before the quotation mark that ends it."""
_ORDERS = re.compile(r"(/c/[^\s\"'?\\]+)\?[^\s\"'\\]+")
_LOGINS = re.compile(
    r"((?:^|[?&;\s\"'])(?:signature|timestamp|hash|username|password|api_?key|x-api-key|key|token)=)[^&;\s\"'\\]+",
    re.IGNORECASE,
)
_OURS = ("shortlinks", "worker")
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(form: str) -> None:
    """Have this process write its log lines to standard error in `form`: ours from INFO, others' from WARNING. Once is enough."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, Text | Json) for handler in root.handlers):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form))
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def formatter(form: str) -> logging.Formatter:
    """What turns a record into a line of `form`."""
    return Json() if form == "json" else Text()


class Text(logging.Formatter):
    """`2026-11-21 21:46:40,123 INFO shortlinks.clicks.ship shipping begins pid=17`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback behind it."""
        return discreet(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without a traceback."""
        return " ".join([super().formatMessage(record), *(f"{name}={value}" for name, value in _extra(record).items())])


class Json(logging.Formatter):
    """An object with `time`, `level`, `logger`, `message`, what was given as extra, and `exception`, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC)
        fields = _fields(at, record.levelname.lower(), record.name, record.getMessage()) | _extra(record)
        if record.exc_info:
            fields["exception"] = discreet(self.formatException(record.exc_info))[-_LONGEST_TRACE:]
        return discreet(json.dumps(fields, ensure_ascii=False, default=str))


def relayed(form: str, process: str, width: int, line: str) -> str:
    """What a process of ours has said, as a line of the whole: with its name in front, or as a field `process`."""
    if form == "text":
        return f"{process:{width}} | {line}"
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        said = _fields(datetime.now(UTC), "info", process, line)
    return json.dumps({"process": process} | said, ensure_ascii=False)


def discreet(line: str) -> str:
    """A line without what makes an address of this service a secret or opens it, and without the query of a shop's report."""
    return _LOGINS.sub(r"\1…", _ORDERS.sub(r"\1?…", _SECRET_PATHS.sub(r"\1…", line)))


def _fields(at: datetime, level: str, logger: str, message: str) -> dict[str, Any]:
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": when, "level": level, "logger": logger, "message": message[:_LONGEST_MESSAGE]}


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}
