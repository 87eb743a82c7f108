"""The journal: what is written is read back, and nothing in a file can stop its reader. Real processes own the files."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from zlib import crc32

import pytest
from clicking import ROOT, started
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortlinks.clicks import journal
from shortlinks.clicks.journal import HEADER_SIZE, Header, Journal

BEGIN = """
import os, resource, sys
from pathlib import Path
from shortlinks.clicks.journal import Journal
own = Journal(Path(sys.argv[1]), "store")
"""


def lines(path: Path, offset: int = HEADER_SIZE, limit: int = 1 << 20) -> list[bytes | None]:
    with path.open("rb") as file:
        return [record for _, _, record in journal.read(file.fileno(), offset, limit)]


def header(path: Path) -> Header | None:
    with path.open("rb") as file:
        return journal.read_header(file.fileno())


def in_a_process(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BEGIN + code, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_appended_lines_are_read_back_in_order(tmp_path: Path) -> None:
    own = Journal(tmp_path, "store")
    records = [f"click {number}".encode() for number in range(100)]
    assert all(own.append(record, "post") for record in records)
    assert own.path is not None
    assert own.size == own.path.stat().st_size
    assert lines(own.path) == records
    assert header(own.path) == Header("store", name=own.path.stem)
    own.close()


def test_threads_append_side_by_side(tmp_path: Path) -> None:
    own = Journal(tmp_path)
    threads = [
        threading.Thread(target=lambda name=name: [own.append(b"%d/%d" % (name, n), "post") for n in range(200)])
        for name in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (path,) = journal.files(tmp_path)
    assert sorted(lines(path)) == sorted(b"%d/%d" % (name, n) for name in range(8) for n in range(200))
    own.close()


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    own = Journal(tmp_path)
    records = [b"x" * size for size in range(1, 200)]
    for record in records:
        own.append(record, "post")
    (path,) = journal.files(tmp_path)
    found, offset = [], HEADER_SIZE
    with path.open("rb") as file:
        while piece := list(journal.read(file.fileno(), offset, 256)):
            offset = piece[-1][0]
            found += [record for _, _, record in piece]
    assert found == records
    assert offset == path.stat().st_size
    own.close()


def test_a_line_that_is_not_finished_is_left_for_later(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(journal.framed(b"whole") + journal.framed(b"half")[:-3])
    with path.open("rb") as file:
        assert [record for _, _, record in journal.read(file.fileno(), 0)] == [b"whole"]


def test_a_line_longer_than_any_click_does_not_stop_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 1_000 + b"\n" + journal.framed(b"good"))
    found, offset = [], 0
    with path.open("rb") as file:
        while piece := list(journal.read(file.fileno(), offset, 300)):
            offset = piece[-1][0]
            found += [record for _, _, record in piece]
    assert found[-1] == b"good"
    assert set(found[:-1]) == {None}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.binary(max_size=40).filter(lambda data: b"\n" not in data), min_size=1, max_size=8),
    damage=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 60),
    inserted=st.binary(max_size=30),
    limit=st.integers(60, 300),
)
def test_garbled_bytes_never_stop_the_reader_or_invent_a_click(
    tmp_path: Path, records: list[bytes], damage: list[tuple[int, int]], cut: int, inserted: bytes, limit: int
) -> None:
    data = bytearray(b"".join(map(journal.framed, records)))
    for place, value in damage:
        data[place % len(data)] = value
    middle = len(data) // 2
    data = (data[:middle] + inserted + data[middle:])[: len(data) + len(inserted) - cut]
    path = tmp_path / "garbled.log"
    path.write_bytes(data)
    found, offset = [], 0
    with path.open("rb") as file:
        while piece := list(journal.read(file.fileno(), offset, limit)):
            assert offset < piece[0][0] <= piece[-1][0] <= len(data)
            offset = piece[-1][0]
            found += [record for _, _, record in piece if record is not None]
    assert set(found) <= set(records)
    # What is left unread is an unfinished line.
    assert b"\n" not in data[offset:]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"1234",
        b"zzzzzzzz x",
        b"00000000",
        b"0x00000f x",
        b"%08x click" % crc32(b"another"),
        b"-0000001 x",
        b"%08X click" % crc32(b"click"),
        b"+%07x a21" % crc32(b"a21"),
        b"\xff" * 20,
    ],
)
def test_a_line_with_a_wrong_checksum_is_garbled(line: bytes) -> None:
    assert journal.unframed(line) is None


def test_the_header_always_has_its_size(tmp_path: Path) -> None:
    most = Header("0" * 16, {f"{number:010d}": 10**9 for number in range(101)})
    assert len(most.encode()) == len(Header("").encode()) == HEADER_SIZE
    (tmp_path / "a.log").write_bytes(most.encode())
    assert header(tmp_path / "a.log") == most


@pytest.mark.parametrize("block", [b"", b"\0" * HEADER_SIZE, b"{}" * 2048, Header("store").encode()[:-1] + b"x"])
def test_a_garbled_header_is_none(tmp_path: Path, block: bytes) -> None:
    (tmp_path / "a.log").write_bytes(block[:-2] + b"xx" if block.endswith(b"x") else block)
    assert header(tmp_path / "a.log") is None


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        {},
        {"store": "s", "lost": {}, "name": "a"},
        {"v": 1, "store": None, "lost": {}, "name": "a"},
        {"v": 1, "store": "s", "lost": {"post": "many"}, "name": "a"},
    ],
)
def test_a_header_of_another_shape_is_none_and_stops_no_reader(tmp_path: Path, fields: object) -> None:
    (tmp_path / "a.log").write_bytes(journal.framed(json.dumps(fields).encode().ljust(HEADER_SIZE - 10)))
    assert header(tmp_path / "a.log") is None


def test_of_a_header_of_another_format_only_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(journal.framed(b'{"v":2,"store":"s"}'.ljust(HEADER_SIZE - 10)))
    assert header(tmp_path / "a.log") == Header("", format=2)


def test_another_store_gets_another_file(tmp_path: Path) -> None:
    own = Journal(tmp_path, "")
    own.append(b"before", "post")
    own.renew("new")
    own.append(b"after", "post")
    contents = {header(path).store_id: lines(path) for path in journal.files(tmp_path)}  # type: ignore[union-attr]
    assert contents == {"": [b"before"], "new": [b"after"]}
    own.close()


def test_a_large_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ROTATE_BYTES", HEADER_SIZE + 10)
    own = Journal(tmp_path, "store")
    own.append(b"x" * 100, "post")
    own.renew("store")
    own.append(b"y", "post")
    assert sorted(lines(path) for path in journal.files(tmp_path)) == [[b"x" * 100], [b"y"]]
    assert own.lost == 0
    own.close()


def test_a_file_that_was_deleted_under_us_is_replaced(tmp_path: Path) -> None:
    own = Journal(tmp_path, "store")
    own.append(b"gone", "post")
    assert own.path is not None
    own.path.unlink()
    own.renew("store")
    own.append(b"kept", "post")
    (path,) = journal.files(tmp_path)
    assert lines(path) == [b"kept"]
    own.close()


def test_an_owner_that_lives_keeps_its_lock_and_one_that_was_killed_does_not(tmp_path: Path) -> None:
    code = f"{BEGIN}own.append(b'click', 'post'); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        (path,) = journal.files(tmp_path)
        with path.open("r+b") as file:
            assert not journal.abandoned(file.fileno())
            owner.kill()
            owner.wait()
            assert journal.abandoned(file.fileno())
            assert journal.abandoned(file.fileno())
    assert lines(path) == [b"click"]


def test_a_forked_child_writes_a_file_of_its_own(tmp_path: Path) -> None:
    code = """
own.append(b"parent", "post")
child = os.fork()
if not child:
    own.forget()
    own.append(b"child", "post")
    os._exit(0)
os.waitpid(child, 0)
own.append(b"parent again", "post")
"""
    assert in_a_process(code, tmp_path).stderr == ""
    assert sorted(lines(path) for path in journal.files(tmp_path)) == [[b"child"], [b"parent", b"parent again"]]


def test_a_full_disk_loses_whole_lines_and_says_how_many(tmp_path: Path) -> None:
    """A limit on the size of files behaves like a full disk: the last write is cut short, the next ones fail."""
    code = """
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
written = [own.append(b"%03d" % number + b"x" * 87, "post%d" % (number % 2)) for number in range(20)]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert own.append(b"space again", "post")
print(sum(written), own.lost)
"""
    run = in_a_process(code, tmp_path)
    assert run.stdout.split() == ["9", "11"], run.stderr
    (path,) = journal.files(tmp_path)
    found = lines(path)
    assert [line[:3] for line in found if line] == [b"%03d" % number for number in range(9)] + [b"spa"]
    assert header(path) == Header("store", {"post1": 6, "post0": 5}, path.stem)


def test_losses_that_could_not_be_noted_go_on_to_the_next_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Journal(tmp_path, "store")
    own.renew("store")
    first = own.path
    assert first is not None
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write", lambda *_: -1)
        patch.setattr(os, "write", lambda *_: 0)
        patch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError("no")))
        assert not own.append(b"lost", "post")
        own.renew("another")
    own._next_attempt = 0.0
    assert own.append(b"kept", "post")
    path = own.path
    own.close()
    assert path is not None
    found = header(path)
    assert found is not None
    assert found.lost == {"post": 1}


def test_an_old_file_is_given_up_once_it_holds_a_click(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Journal(tmp_path, "store")
    own.renew("store")
    first = own.path
    clock = time.monotonic() + journal.ROTATE_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    own.renew("store")
    assert own.path == first
    own.append(b"a click", "post")
    own.renew("store")
    assert own.path != first
    own.close()


def test_a_file_that_is_large_serves_on_while_no_other_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROTATE_BYTES", 10)
    folder = tmp_path / "journal"
    own = Journal(folder, "store")
    assert own.append(b"first", "post")
    first = own.path
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(OSError("no file can be made")))
        own.renew("store")
        assert own.append(b"second", "post")
    assert own.path == first
    own._next_attempt = 0.0
    own.renew("store")
    assert own.append(b"third", "post")
    assert own.path not in (None, first)
    own.close()
    assert sorted(lines(path) for path in journal.files(folder)) == [[b"first", b"second"], [b"third"]]


def test_losses_that_nothing_could_take_are_told_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "journal"
    folder.write_text("a file where the folder should be")
    own = Journal(folder, "store")
    own.append(b"lost", "post")
    own.close()
    assert "1 clicks are lost" in caplog.text


def test_losses_of_very_many_posts_are_summed_up(tmp_path: Path) -> None:
    code = """
own.append(b"x", "post")
resource.setrlimit(resource.RLIMIT_FSIZE, (own.size, resource.RLIM_INFINITY))
for number in range(150):
    own.append(b"x", f"{number:010d}")
"""
    assert in_a_process(code, tmp_path).stderr == ""
    (path,) = journal.files(tmp_path)
    found = header(path)
    assert found is not None
    assert len(found.lost) == 101
    assert found.lost[journal.ANY_POST] == 50
    assert sum(found.lost.values()) == 150


def test_where_no_file_can_be_made_clicks_are_lost_until_one_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "journal"
    folder.write_text("a file where the folder should be")
    clock = [100.0]
    monkeypatch.setattr(journal.time, "monotonic", lambda: clock[0])
    own = Journal(folder, "store")
    assert not own.append(b"lost", "post")
    folder.unlink()
    assert not own.append(b"lost", "post")
    clock[0] += 1
    assert own.append(b"kept", "post")
    (path,) = journal.files(folder)
    assert header(path) == Header("store", {"post": 2}, path.stem)
    assert lines(path) == [b"kept"]
    own.close()


def test_a_half_line_that_cannot_be_cut_back_ends_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Journal(tmp_path, "store")
    own.append(b"good", "post")
    monkeypatch.setattr(journal, "_write", lambda file, data, _: os.write(file, data[:12]))
    monkeypatch.setattr(journal.os, "ftruncate", _fail)
    assert not own.append(b"cut in the middle", "post")
    monkeypatch.undo()
    assert own.append(b"next", "post")
    own.close()
    assert sorted(lines(path) for path in journal.files(tmp_path)) == [[b"good"], [b"next"]]
    assert own.lost == 1


def _fail(*_: object) -> None:
    raise OSError("no")


def test_drafts_and_other_files_are_no_journals(tmp_path: Path) -> None:
    for name in (".0123.new", ".hidden.log", "ship.lock", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "aside").mkdir()
    assert journal.files(tmp_path) == []
    assert journal.files(tmp_path / "nowhere") == []


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    own = Journal(tmp_path / "journal")
    own.append(b"click", "post")
    assert own.path is not None
    assert own.path.stat().st_mode & 0o777 == 0o600
    assert own.path.parent.stat().st_mode & 0o777 == 0o700
    own.close()
    assert (
        json.loads(own.folder.joinpath(journal.files(own.folder)[0]).read_bytes()[9:HEADER_SIZE])["v"] == journal.FORMAT
    )
