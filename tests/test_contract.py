"""The API does what its OpenAPI document says, whatever is sent: no 500, no status, content type, header or shape of its own.

Schemathesis draws the calls from the document: good ones, broken ones, and walks from one call to the next along the ids in
the answers. It calls the application in this process, over a real server; always with the same input.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from shortlinks import store as stores
from shortlinks.web.api import openapi
from tests.fuzz.site import TOKEN, Site

SEED = 1
QUICK = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
"""Cases of each call, and ten times as many in `make test-all`. With the walks they are about 300."""

WALKS, STEPS = 14, 6
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "identity"}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_PATHS = {
    **{"post_id": "post", "profile_id": "profile", "experiment_id": "experiment", "token_id": "token"},
    **{"slug": "slug", "host": "shop", "week": "week"},
}
_FIELDS = {"post": "post", "post_id": "other", "profile_id": "profile", "part_of": "post", "bio_slug": "slug"}


@pytest.fixture(scope="module")
def site(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = stores.open_store(server)
    made = Site(store, tmp_path_factory.mktemp("data"))
    yield made
    made.close()
    store.redis.flushall()
    store.redis.close()


@pytest.fixture(scope="module")
def schema(site: Site) -> Any:
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            # The words in our own code would change what is drawn with each change of it.
            "analysis": {"constants": {"enabled": False}},
            "generation": {"with-security-parameters": False},
            # What is broken may also be asked for on a condition that does not hold.
            "checks": {"negative_data_rejection": {"expected-statuses": [400, 404, 409, 412, 413, 415, 422]}},
        }
    )
    return schemathesis.openapi.from_wsgi(openapi.PATH, site.app, config=config)


def drawn(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def fill(site: Site, case: Any, *, also_fields: bool) -> None:
    """Put names of what there is where they belong, so that more than the refusals is tried."""
    row = {"slug": "row"} if "/rows/" in case.path else {}
    places = [(case.path_parameters, _PATHS | row)]
    if also_fields:
        places += [(case.query, _FIELDS), (case.body, _FIELDS)]
    for values, known in places:
        if isinstance(values, dict):
            for name in values.keys() & known.keys():
                values[name] = site.names[known[name]]


def takes_more_than_names(operation: dict[str, Any]) -> bool:
    """Whether there is something to get wrong: what stands in a path is a name that exists or does not."""
    return "requestBody" in operation or any(parameter["in"] == "query" for parameter in operation["parameters"])


def call_all(site: Site, schema: Any, mode: GenerationMode, examples: int) -> int:
    """Call every call so many times, each on the site as it was. Returns how many calls that were."""
    good = mode is GenerationMode.POSITIVE
    wanted = CHECKS if good else [*CHECKS, checks.negative_data_rejection]
    called = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if not good and not takes_more_than_names(operation.definition.raw):
            continue

        @seed(SEED)
        @drawn(examples)
        @given(case=operation.as_strategy(generation_mode=mode), chance=st.integers(0, 3))
        def all_is_well(case: Any, chance: int) -> None:
            nonlocal called
            called += 1
            if chance:
                fill(site, case, also_fields=good)
            with site.as_it_was():
                case.validate_response(case.call(headers=HEADERS), checks=wanted)

        all_is_well()
    return called


def walk(site: Site, schema: Any, walks: int) -> int:
    """Go from call to call, with the ids that were answered. Returns how many calls that were."""
    called = 0
    # Told when all is over: ids are drawn anew each time, so a walk that fails cannot be gone again.
    wrong: list[FailureGroup] = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.kept = ExitStack()
            self.kept.enter_context(site.as_it_was())

        def teardown(self) -> None:
            self.kept.close()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": HEADERS}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            nonlocal called
            called += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as failed:
                wrong.append(failed)

    seed(SEED)(Walk)
    try:
        Walk.run(settings=drawn(walks))
    except Flaky:
        if not wrong:
            raise
    assert wrong == [], "\n".join(str(each) for each in wrong[:5])
    return called


@pytest.mark.parametrize("mode", list(QUICK))
def test_no_call_answers_what_is_not_written(site: Site, schema: Any, mode: GenerationMode) -> None:
    assert call_all(site, schema, mode, QUICK[mode]) > 60


def test_no_walk_from_call_to_call_does(site: Site, schema: Any) -> None:
    assert walk(site, schema, WALKS) > 30


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(QUICK))
def test_no_call_of_thousands_does(site: Site, schema: Any, mode: GenerationMode) -> None:
    assert call_all(site, schema, mode, 10 * QUICK[mode]) > 600


@pytest.mark.slow
def test_no_walk_of_hundreds_does(site: Site, schema: Any) -> None:
    assert walk(site, schema, 10 * WALKS) > 300
