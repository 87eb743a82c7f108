"""`python -m shortlinks import-from`."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from far_side import running
from test_far_links import KEY, shlink

from shortlinks.__main__ import main
from shortlinks.link_imports import far_links, import_records, link_imports
from shortlinks.links import links
from shortlinks.owner import settings
from shortlinks.store import Store

LINES = "Bitlink,Long URL,Title,Total Clicks\nbit.ly/Spring,https://pots.example/,Spring,1234\nbit.ly/api,https://pots.example/,,1\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "bitly.csv"
    path.write_text(LINES)
    return str(path)


@pytest.fixture
def run(
    store: Store, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    environ = {"REDIS_URL": server, "SECRET_KEY": "k" * 32, "SHORTLINKS_DATA_DIR": str(tmp_path)}
    for name, value in (environ | {"BASE_URL": "http://go.example", "SHORTLINKS_ALLOW_FETCH": "127.0.0.1"}).items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(["import-from", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return command


def test_a_dry_run_tells_and_makes_nothing(run: Run, store: Store, file: str) -> None:
    status, out, err = run("bitly", file, "--dry-run")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "2 links were read. Nothing is taken in yet.",
        "        1  To be taken in",
        "        0  Here already",
        "        1  Ending cannot be had",
        "        0  Cannot be a link here",
        "           row 2, 'api': is reserved for this service",
    ]
    assert links.all_(store) == []
    assert link_imports.last(store) is None


def test_it_takes_in_tells_as_json_and_writes_what_is_left(run: Run, store: Store, file: str, tmp_path: Path) -> None:
    left = tmp_path / "left.csv"
    status, out, _err = run("bitly", file, "--json", "--left", str(left))
    assert status == 0
    assert json.loads(out) == {
        **{"source": "bitly", "from": "bitly.csv", "rows": 2, "dry_run": False},
        **{"take": 1, "here": 0, "conflict": 1, "refused": 0},
    }
    assert left.read_text().splitlines()[1].startswith("api,https://pots.example/,")
    assert links.get(store, "spring").before.clicks == 1234  # type: ignore[union-attr]
    assert json.loads(run("bitly", file, "--json")[1])["here"] == 1


def test_a_file_for_what_is_left_that_cannot_be_written_is_told_before_anything_is_taken_in(
    run: Run, store: Store, file: str
) -> None:
    status, out, err = run("bitly", file, "--left", "/no/such/folder/x")
    assert (status, out) == (1, "")
    assert "/no/such/folder/x" in err
    assert links.all_(store) == []
    assert store.redis.keys("*link_import*") == []


def test_what_was_left_before_is_written_over_when_it_is_read_and_stays_when_it_cannot_be(
    run: Run, file: str, tmp_path: Path
) -> None:
    left = tmp_path / "left.csv"
    left.write_text("of another time\n")
    assert run("bitly", "/no/such/file", "--left", str(left))[0] == 1
    assert left.read_text() == "of another time\n"
    assert run("bitly", file, "--dry-run", "--left", str(left))[0] == 0
    assert [line[:4] for line in left.read_text().splitlines()] == ["slug", "api,"]
    assert run("bitly", file, "--dry-run", "--left", "/dev/null")[0] == 0


def test_a_name_that_is_not_utf_8_is_told_as_well_as_it_can_be(run: Run, file: str) -> None:
    path = Path(file).rename(os.fsdecode(os.fsencode(file).replace(b"bitly", b"b\xfctly")))
    status, out, err = run("bitly", str(path), "--dry-run", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["from"] == "b\ufffdtly.csv"


def test_what_is_wrong_further_down_in_a_file_is_one_sentence_and_leaves_nothing(
    run: Run, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "bitly.csv"
    path.write_text(LINES + "".join(f"bit.ly/k{each},pots.example,,1\n" for each in range(12_000)) + "x" * 200_000)
    status, out, err = run("bitly", str(path))
    assert (status, out) == (1, "")
    assert err == "shortlinks: The file has a line of more than 131,072 characters.\n"
    assert store.redis.keys("*link_import*") == []
    assert links.all_(store) == []


def test_a_service_is_read_and_a_wrong_key_is_one_sentence(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_links, "AT_ONCE", {"shlink": 2})
    monkeypatch.setattr(far_links, "PAUSES", ())
    with running() as side:
        shlink(side, "a1", "b", "x1")
        assert run("shlink", side.url(""), "--key", KEY)[1].startswith("3 links were taken in.")
        side.replies.clear()
        status, out, err = run("shlink", side.url(""), "--key", KEY)
        assert (status, out) == (1, "")
        assert err == "shortlinks: Shlink answered something else than its links. Is the address right?\n"
        assert settings.get(store, import_records.KEY) is None


@pytest.mark.parametrize(
    ("arguments", "told", "ends"),
    [
        (["bitly", "/no/such/file"], "/no/such/file", 1),
        (["shlink", "links.csv"], "must be the address of the service", 2),
        (["bitly", "https://bit.ly", "--key", "x"], "source must be one of shlink, yourls, kutt", 2),
    ],
)
def test_what_people_can_put_right_is_one_sentence(run: Run, arguments: list[str], told: str, ends: int) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (ends, "")
    assert told in err
    assert err.count("\n") == 1
