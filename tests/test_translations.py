"""Nothing that people read is left in English: what is said is marked, what is marked is translated, and every page is said."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from shortlinks.words import plurals
from tests import catalogs
from tests.catalogs import SOURCES, TRANSLATED, placeholders, tags

OF_WHO_RUNS_IT = {
    *(
        "config.py",
        "metrics.py",
        "supervise.py",
        "demo.py",
        "gunicorn_conf.py",
        "ship.py",
        "shipper.py",
        "embedded.py",
        "restore.py",
        "export.py",
        "agents.py",
        "findings.py",
        "idempotency.py",
        "versions.py",
    ),
}
"""Modules whose words are for who runs the service or calls its API, who reads English as its logs and README are."""

OUR_NAME = "From likes to clicks"

_WORDS = re.compile(r"[A-Za-z’]{2,} [A-Za-z’]{2,}")
_SAYS = {"_", "N_", "ngettext", "pgettext"}
_TELLS_NOBODY = {
    *("log", "logging", "ValueError", "RuntimeError", "TypeError", "KeyError", "AssertionError", "compile"),
    *("ConnectionError", "OSError"),
    # Their nouns are names in the API, and have messages of their own.
    *("Fields", "NotFound"),
}
_DATA = {
    "classify.py": {"_BROWSER", "EXAMPLES"},
    "counting.py": {"_WINDOWS"},
    "month_names.py": {"_NAMES"},
    "number_words.py": {"_BUTTONS", "_FILLERS", "_STRONG", "_WEAK"},
    "pasted_items.py": {"_UNITS"},
    "post_exports.py": {"_OVERVIEW"},
    "session.py": {"_COMMAND"},
    "typed.py": {"_FACTORS"},
}
"""What is read from people or given to machines and told to nobody, by module."""


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_holds_what_the_code_says_and_all_of_it_is_translated(language: str) -> None:
    catalog, said = catalogs.read(language), catalogs.said()
    held = {(message.id, message.context): message for message in catalog if message.id}
    assert held.keys() == said.keys(), "run `make messages` and translate what is new"
    for message in held.values():
        ours = [message.id] if isinstance(message.id, str) else list(message.id)
        theirs = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(theirs), message.id
        assert not message.fuzzy, message.id
        for place, text in enumerate(theirs, start=1):
            # One thing need not be counted: “a click”.
            uncounted = {"count"} if place < len(theirs) else set()
            assert placeholders(ours[-1]) - uncounted <= placeholders(text) <= placeholders(ours[-1]), text
            assert tags(text) == tags(ours[-1]), text
            assert text[:1].isspace() == ours[-1][:1].isspace(), text
            assert text[-1:].isspace() == ours[-1][-1:].isspace(), text


# The page of the API speaks English, as the API does.
TEMPLATES = sorted({*(SOURCES / "web/templates").rglob("*.html")} - {SOURCES / "web/templates/public/reference.html"})
MODULES = sorted({*SOURCES.glob("*.py"), *SOURCES.glob("insights/*.py"), *SOURCES.glob("web/admin/*.py")})


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_the_text_of_a_template_is_said(path: Path) -> None:
    assert list(_plain(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_sentences_of_a_module_are_said(path: Path) -> None:
    if path.name not in OF_WHO_RUNS_IT:
        assert list(_unsaid(path)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_only_what_is_written_in_it(path: Path) -> None:
    """A message is taken for HTML there, so what somebody typed must never be one."""
    tree = Environment().parse(path.read_text())
    calls = (call for call in tree.find_all(nodes.Call) if getattr(call.node, "name", "") in _SAYS)
    for call in calls:
        texts = call.args[: 1 + (call.node.name in ("ngettext", "pgettext"))]
        assert all(isinstance(text, nodes.Const) for text in texts), f"{path.name}:{call.lineno}"


def _plain(path: Path) -> Iterator[str]:
    """The text of a template that is looked up nowhere: words between tags, and in attributes that people read or hear."""
    source = re.sub(r"{% block width %}.*?{% endblock %}", "", path.read_text())
    html = "".join(
        text if kind == "data" else "\0"
        for _, kind, text in Environment().lex(source)
        if kind in ("data", "variable_begin")
    )
    html = re.sub(r"<!--.*?-->|<(script|style|code)\b.*?</\1>", "", html, flags=re.S)
    for attribute in re.findall(r'\b(?:aria-label|placeholder|title|alt|content)="([^"]*)"', html):
        if re.search(r"[A-Za-z]{3,}", attribute) and not re.search(r"[=;#/-]|^(noindex|light dark)$", attribute):
            yield attribute
    for text in re.findall(r">([^<>]*)<", f">{html}<"):
        # A macro may also write attributes, for within a tag.
        if re.search(r"[A-Za-z]{2,}", re.sub(r'&\w+;|[\w-]+="[^"]*"', "", text).replace(OUR_NAME, "")):
            yield text.strip().replace("\0", "…")


def _unsaid(path: Path) -> Iterator[str]:
    """The sentences of a module that are looked up nowhere."""
    tree = ast.parse(path.read_text())
    data = _DATA.get(path.name, set())
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and data.intersection(map(_name, _targets(node))):
            skipped |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.Dict):
            skipped |= {id(key) for key in node.keys}
        if isinstance(node, ast.Call) and _name(node.func) == "Fields":
            # What a record is called is read where it has fields that no form has: by programs.
            skipped |= {id(each) for each in node.args[2:3]}
        if isinstance(node, ast.keyword) and node.arg in ("salt", "source"):
            # Of a source there is the title, which stays what it is.
            skipped.add(id(node.value))
        if isinstance(node, ast.Call) and _name(node.func) in _SAYS | _TELLS_NOBODY:
            # What is filled into a message is looked at, the message itself is not.
            inside = node.args if _name(node.func) in _SAYS else [node]
            skipped |= {id(each) for part in inside for each in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            calls = (each for each in ast.walk(node) if isinstance(each, ast.Call) and _name(each.func) in _SAYS)
            yield from (
                f"{path.name}:{call.lineno}: said within an f-string, where no message is found" for call in calls
            )
            skipped |= {id(part) for part in node.values}
        text = (
            "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            if isinstance(node, ast.JoinedStr)
            else node.value
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            else ""
        )
        # A font is asked for by the name of its file.
        named = text in plurals.NOUNS or text.endswith(".ttf")
        if id(node) not in skipped and _WORDS.search(text) and not named:
            yield f"{path.name}:{node.lineno}: {text}"


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return "log" if isinstance(node.value, ast.Name) and node.value.id == "log" else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_every_message_of_a_module_is_found_by_what_collects_them() -> None:
    said = {one if isinstance(one, str) else one[0] for one, _context in catalogs.said()}
    lost = [
        f"{path.name}:{node.lineno}: {node.args[0].value}"
        for path in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _name(node.func) in _SAYS - {"pgettext"}
        if node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value not in said
    ]
    assert lost == [], "a message inside an f-string is not found"
