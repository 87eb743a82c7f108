"""README, CHANGELOG, docs and code say the same."""

import re
from pathlib import Path

import pytest

import shortlinks
from shortlinks import config, keys
from shortlinks import store as stores
from shortlinks.clicks import classify
from shortlinks.findings import findings
from shortlinks.running import metrics

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
API = (ROOT / "docs" / "api.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def section(title: str, text: str = README) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")]


def test_the_data_layout_is_the_one_in_keys() -> None:
    assert table(section("Data layout")) == table(keys.__doc__ or "")


def test_the_settings_table_is_the_one_in_config() -> None:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |" for name, default, meaning in config.SETTINGS
    ]
    assert table(section("Settings"))[1:] == rows


def test_the_reasons_are_those_of_the_classifier_in_its_order() -> None:
    rows = [f"| `{reason}` | {meaning} |" for reason, meaning in classify.REASONS.items()]
    assert [row for row in table(section("How a click travels")) if row.startswith("| `")] == rows


def test_the_metrics_table_is_the_one_in_metrics() -> None:
    rows = [
        f"| `{metric.name}` | {metric.kind} | {metric.of} | {', '.join(metric.labels)} | {metric.meaning} |"
        for metric in metrics.METRICS
    ]
    assert table(section("What to watch", OPERATIONS))[1:] == rows


def test_the_table_of_findings_is_the_catalogue() -> None:
    rows = [f"| `{code}` | {row.trigger} | {row.source} |" for code, row in findings.CODES.items()]
    assert table((ROOT / "docs" / "findings.md").read_text("utf-8"))[1:] == rows


def test_every_key_has_its_row() -> None:
    """Each function and constant of keys.py, called with names in angle brackets, is spelled in its table."""
    described = set(re.findall(r"^\| `(sl:[^`]+)`", keys.__doc__ or "", re.MULTILINE))
    made = {
        value
        for name, value in vars(keys).items()
        if not name.startswith("_") and name.isupper() and isinstance(value, str) and value.startswith("sl:")
    }
    samples = [
        (keys.profile, "<id>"), (keys.profile_snapshots, "<id>"), (keys.post, "<id>"), (keys.post_links, "<id>"),
        (keys.post_parts, "<id>"), (keys.snapshots, "<id>"), (keys.polls, "<id>"), (keys.post_conversions, "<id>"),
        (keys.post_beside, "<id>"), (keys.refunds, "<external id>"), (keys.link, "<slug>"),
        (keys.bio_links, "<platform>"), (keys.bio_page, "<id>"), (keys.experiment, "<id>"),
        (keys.conversion, "<external id>"), (keys.salt, "<day>"), (keys.misses, "<day>"), (keys.pixel, "<day>"),
        (keys.hooks, "<day>"), (keys.beacon, "<day>"), (keys.uncredited, "<external id>"),
        (keys.clicks, "nn"), (keys.marks, "nn"), (keys.progress, "nn"), (keys.total, "<id>"), (keys.days, "<id>"),
        (keys.tail, "<id>"), (keys.kept, "<id>"), (keys.idempotent, "<digest>"), (keys.condition, "<id>"),
        (keys.cuts, "<id>"), (keys.tests, "nn"), (keys.recounted, "nn"),
        (keys.link_hits, "nn"), (keys.link_human, "nn"),
        (keys.arriving, "nn"), (keys.arrivals, "<id>"),
        (keys.events, "nn"), (keys.told, "nn"), (keys.webhook, "<id>"), (keys.webhook_posts, "<id>"),
        (keys.webhook_deliveries, "<id>"), (keys.webhook_due, "<id>"), (keys.webhook_done, "<id>"),
        (keys.webhook_lease, "<id>"), (keys.webhook_run, "<run>"),
    ]  # fmt: skip
    made |= {function(sample) for function, sample in samples}  # type: ignore[operator]
    made |= {keys.minutes("<id>", 0).replace(":0", ":<day>"), keys.visitors("<id>", 0).replace(":0", ":<day>")}
    made |= {keys.by("<id>", "<dimension>"), keys.recent("<id>", 0).replace(":0", ":<slot>")}
    made |= {
        function("<id>", 0).replace(":0", ":<day>") for function in (keys.arrived, keys.arrivals, keys.arrivals_read)
    }
    made.add(keys.draft("<id>", "<run>", "<aspect>"))
    made |= {keys.link_import("<id>", part) for part in ("file", "rows", "slugs", "left")}
    shard = keys.shard("<id>")
    assert {name.replace(f"{{{shard}}}", "{nn}") for name in made} == described
    functions = {name for name, value in vars(keys).items() if callable(value) and not name.startswith("_")}
    assert functions == {function.__name__ for function, _ in samples} | {
        "minutes",
        "visitors",
        "by",
        "recent",
        "arrived",
        "arrivals_read",
        "draft",
        "link_import",
        "counted",
    } | {
        "shard",
        "crc32",
    }


@pytest.mark.parametrize("name", stores.SCRIPTS)
def test_every_script_opens_with_its_contract(name: str) -> None:
    text = stores.script_text(name)
    head = text.partition("\nlocal ")[0]
    assert text.startswith("-- " if name.startswith("read_") else "#!lua\n-- ")
    for part in ("KEYS[1]", "returns", "Not a MULTI"):
        assert part in head, part


def test_every_script_is_loaded() -> None:
    assert {path.stem for path in (ROOT / "shortlinks" / "lua").glob("*.lua")} == set(stores.SCRIPTS)


def test_the_newest_change_is_this_version() -> None:
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heading is not None
    assert heading[1] == shortlinks.__version__


def test_the_readme_names_only_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\S+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_links_of_the_documentation_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text("utf-8")):
        name, _hash, heading = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE) if heading else []
        assert not heading or heading in {
            re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings
        }, target
