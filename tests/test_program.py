"""A program is known by its files."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import shortlinks
from shortlinks.records import program

PACKAGE = Path(shortlinks.__file__).parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    own = tmp_path / "package"
    (own / "insights").mkdir(parents=True)
    (own / "web").mkdir()
    for name in ("keys.py", "placements.toml", "insights/month.py", "web/page.py"):
        (own / name).write_text("one")
    return own


def copied(package: Path) -> Path:
    return Path(shutil.copytree(package, package.parent / "copy"))


def test_the_same_files_make_the_same_program(package: Path) -> None:
    assert program.fingerprint(package) == program.fingerprint(copied(package))


def rule(copy: Path) -> None:
    (copy / "insights" / "month.py").write_text("two")


def data(copy: Path) -> None:
    (copy / "placements.toml").write_text("two")


def renamed(copy: Path) -> None:
    (copy / "keys.py").rename(copy / "names.py")


def added(copy: Path) -> None:
    (copy / "insights" / "path.py").write_text("")


@pytest.mark.parametrize("change", [rule, data, renamed, added])
def test_any_file_that_answers_may_rest_on_makes_another(package: Path, change: Callable[[Path], None]) -> None:
    copy = copied(package)
    change(copy)
    assert program.fingerprint(package) != program.fingerprint(copy)


def test_pages_and_compiled_files_do_not(package: Path) -> None:
    copy = copied(package)
    (copy / "web" / "page.py").write_text("two")
    (copy / "insights" / "__pycache__").mkdir()
    (copy / "insights" / "__pycache__" / "month.pyc").write_text("two")
    assert program.fingerprint(package) == program.fingerprint(copy)


def test_web_and_worker_take_each_other_for_the_same_program() -> None:
    code = "from shortlinks.records import program; print(program.fingerprint())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert other.stdout.strip() == program.fingerprint()
