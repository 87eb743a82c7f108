from pathlib import Path

import pytest
from werkzeug import routing

from shortlinks import store as stores
from shortlinks import web
from shortlinks.config import Config


def test_addresses_are_those_of_werkzeugs_rules_which_compile_all_of_their_ways_back_at_once(
    tmp_path: Path, fake: stores.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []
    compile_one = routing.Rule._compile_builder

    def counted(rule, append_unknown=True):
        compiled.append(rule.rule)
        return compile_one(rule, append_unknown)

    monkeypatch.setattr(routing.Rule, "_compile_builder", counted)
    app = web.create_app(Config(data_dir=tmp_path, secret_key="k" * 32, base_url="https://go.example"), store=fake)
    rules = list(app.url_map.iter_rules())
    # Those of Flask itself: static files, and the document of the API.
    assert len(compiled) <= 4
    assert len(rules) > 100
    for rule in rules:
        usual = routing.Rule(rule.rule, endpoint=rule.endpoint, defaults=rule.defaults)
        routing.Map([usual], converters=app.url_map.converters)
        values = {
            name: {"kind": "png", "shape": "tall", "name": "posts"}.get(name, "k7 m2p") for name in rule.arguments
        } | {"said": "ä & b"}
        for append_unknown in (True, False):
            assert rule.build(values, append_unknown) == usual.build(values, append_unknown)
