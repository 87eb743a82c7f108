"""The walls of the house: who may import whom, and where keys and Redis commands are spelled. Read from the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

ROOT = Path(__file__).parent.parent
WEB = sorted((ROOT / "shortlinks" / "web").rglob("*.py"))
CORE = sorted(set((ROOT / "shortlinks").rglob("*.py")) - set(WEB))
WORKER = sorted((ROOT / "worker").glob("*.py"))
WHOLLY_PURE = ("placements", "statistics")
PURE = (
    "clicks/agent_lists",
    "clicks/agents",
    "clicks/classify",
    "clicks/click_ids",
    "clicks/clicks",
    "clicks/counting",
    "clicks/neighbours",
    "clicks/parsed_agents",
    "clicks/previews",
    "clicks/selves",
    "clicks/sources",
    "clicks/visitors",
    "experiments/chances",
    "experiments/trial_power",
    "experiments/trial_words",
    "experiments/trials",
    "fetching/addresses",
    "findings/cases",
    "findings/finding",
    "findings/findings",
    "findings/findings_arrivals",
    "findings/findings_drop",
    "findings/findings_formats",
    "findings/findings_hits",
    "findings/findings_links",
    "findings/findings_numbers",
    "findings/findings_ways",
    "funnels/bio_range",
    "funnels/decay",
    "funnels/expectation",
    "funnels/funnel",
    "funnels/funnel_steps",
    "funnels/leaks",
    "funnels/outcomes",
    "funnels/path_cards",
    "funnels/path_words",
    "funnels/pools",
    "funnels/windows",
    "ids",
    "link_imports/far_answers",
    "link_imports/left_over",
    "link_imports/link_tables",
    "link_imports/rows",
    "link_imports/sources",
    "link_imports/text_files",
    "link_imports/yourls_dumps",
    "links/address_cards",
    "links/lettering",
    "links/link_words",
    "links/locations",
    "links/qr_codes",
    "links/target_health",
    "owner/reach",
    "posts/permalinks",
    "profiles/profile_spans",
    "profiles/profile_weeks",
    "profiles/profile_words",
    "records/stream_ids",
    "reminders/calendar_feed",
    "reminders/channels",
    "reminders/digest",
    "rollups/steps",
    "rollups/swapping",
    "rollups/tally",
    "running/sentinels",
    "sales/money",
    "sales/revenue",
    "shop_hooks/gumroad",
    "shop_hooks/kofi",
    "shop_hooks/shopify",
    "shop_hooks/stripe",
    "shop_hooks/told",
    "snapshots/month_names",
    "snapshots/number_labels",
    "snapshots/number_words",
    "snapshots/overview_csv",
    "snapshots/pasted",
    "snapshots/pasted_items",
    "snapshots/post_exports",
    "snapshots/post_matches",
    "snapshots/post_times",
    "snapshots/readings",
    "snapshots/table_csv",
    "snapshots/typed",
    "times",
    "urls",
    "webhooks/retrying",
    "webhooks/signing",
    "weeks",
    "words/lists",
    "words/wording",
    *(
        f"insights/{path.stem}"
        for path in sorted((ROOT / "shortlinks" / "insights").glob("*.py"))
        if path.stem != "insight_reports"
    ),
    *(
        f"{path.parent.name}/{path.stem}"
        for name in WHOLLY_PURE
        for path in sorted((ROOT / "shortlinks" / name).glob("*.py"))
    ),
)
FLASK = {"flask", "apiflask", "werkzeug", "flask_limiter", "flask_wtf", "wtforms", "jinja2"}
# What only starts the web application is no rule or noun of the core. The command line starts it within its own process, to
# ask its API: so shapes, checks and sentences are those of the API, and written once.
STARTERS = {"shortlinks/command_line/api.py", "shortlinks/running/gunicorn_conf.py", "shortlinks/wsgi.py"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Each module that a file imports, also inside functions, but not for types only; `from a import b` gives a and a.b."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_there_is_something_to_look_at() -> None:
    assert len(CORE) > 30
    assert len(WEB) > 15
    assert len(WORKER) > 3


def test_flask_is_imported_only_under_web() -> None:
    assert {name_of(path): roots(path) & FLASK for path in [*CORE, *WORKER] if roots(path) & FLASK} == {}


def test_neither_core_nor_worker_imports_the_web() -> None:
    found = {
        name_of(path) for path in [*CORE, *WORKER] if any(within(name, "shortlinks.web") for name in imported(path))
    }
    assert found == STARTERS


def test_nothing_in_the_library_imports_the_worker() -> None:
    assert [name_of(path) for path in [*CORE, *WEB] if "worker" in roots(path)] == []


def test_keys_are_spelled_only_in_keys() -> None:
    everything = [*CORE, *WEB, *WORKER, *(ROOT / "shortlinks" / "lua").glob("*.lua")]
    assert [path.name for path in everything if "sl:" in path.read_text("utf-8")] == ["keys.py"]


def test_the_web_issues_no_redis_command() -> None:
    """No `store.redis`, no script, no transaction: the nouns do that. The driver's exceptions are fine."""
    found = []
    for path in WEB:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            of_driver = (
                isinstance(node.value, ast.Name) and node.value.id == "redis" and hasattr(redis.Redis, node.attr)
            )
            if of_driver or node.attr in ("redis", "transact", "script", "pipeline", "from_url"):
                found.append(f"{name_of(path)}:{node.lineno} .{node.attr}")
    assert found == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_import_no_redis(name: str) -> None:
    path = ROOT / "shortlinks" / f"{name}.py"
    assert not roots(path) & {"redis", "rq"}
    assert not set(imported(path)) & {
        "shortlinks.store",
        "shortlinks.clicks.journal",
        "shortlinks.clicks.ship",
        "shortlinks.links.follow",
        "shortlinks.links.links",
        "shortlinks.posts.posts",
        "shortlinks.records.nouns",
        "shortlinks.rollups.rolling_up",
        "shortlinks.rollups.rollups",
        "shortlinks.snapshots.snapshots",
    }


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported(ROOT / "shortlinks" / "__init__.py")) == []
