"""Every target of `tests/fuzz`, always with the same input. `make fuzz` goes on for longer and with other input."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from shortlinks import store as stores
from tests.fuzz import Target, calls, dialects, parsers, run
from tests.fuzz.site import API, Site

SEED = 1


@pytest.fixture(scope="module")
def site(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = stores.open_store(server)
    made = Site(store, tmp_path_factory.mktemp("data"))
    yield made
    made.close()
    store.redis.flushall()
    store.redis.close()


def named(targets: tuple[Target, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("target", targets, ids=[target.name for target in targets])


@named(parsers.TARGETS)
def test_no_bytes_break_a_parser(target: Target) -> None:
    assert run(target, SEED, target.quick) > 0


@named(calls.TARGETS)
def test_no_request_breaks_the_application(site: Site, target: Target) -> None:
    assert run(target, SEED, target.quick, site) > 0


def test_every_way_in_is_tried(site: Site) -> None:
    """A body, a query or a form that is added is to be added to the targets."""
    tried = {(method, shape(API + path)) for method, path in calls.WRITES}
    tried |= {("GET", shape(API + path)) for path in calls.READS}
    tried |= {("POST", shape(API + path)) for path in calls.UPLOADS}
    tried |= {("POST", shape(f"/admin{path.partition('?')[0]}")) for path in calls.FORMS}
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith(("api.", "admin."))]
    there = {(method, shape(rule.rule)) for rule in rules for method in methods(rule)}
    assert there - tried == {
        ("POST", "/admin/sign-in"),
        ("POST", "/admin/first"),
        ("POST", "/admin/sign-out"),
    }
    assert tried - there == set()


def test_every_call_of_other_protocols_is_tried(site: Site) -> None:
    tried = {(method, shape(path)) for method, path in dialects.CALLS}
    rules = [
        rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith(("shlink.", "yourls.", "kutt."))
    ]
    newest = [(re.sub("^/rest/v[12]/", "/rest/v3/", rule.rule), rule) for rule in rules]
    there = {(method, shape(path)) for path, rule in newest for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there == tried


def methods(rule: Rule) -> set[str]:
    """The methods of a route that bring input: of the owner's pages only forms."""
    return (rule.methods or set()) & (
        {"POST", "PATCH", "PUT"} | ({"GET"} if rule.endpoint.startswith("api.") else set())
    )


def shape(path: str) -> str:
    """A path with `*` for each name in it."""
    return "/".join("*" if part.startswith(("<", "{")) else part for part in path.split("/"))
