"""Running sums of the web processes: read together, never going back, whoever ends and starts."""

import os
from pathlib import Path

import pytest

from shortlinks.running import metrics, sums
from shortlinks.running.metrics import CACHE_HITS, CACHE_MISSES, CLICKS_RECORDED
from shortlinks.running.sums import Sums


def test_all_processes_are_read_together(tmp_path: Path) -> None:
    one, other = Sums(tmp_path), Sums(tmp_path)
    one.add(CACHE_MISSES, 2)
    one.keep()
    other.add(CACHE_MISSES, 3)
    assert one.read()[CACHE_MISSES] == 2
    assert other.read()[CACHE_MISSES] == 5
    assert one.read()[CACHE_MISSES] == 5


def test_everything_is_zero_at_first(tmp_path: Path) -> None:
    found = Sums(tmp_path).read()
    assert set(found) == set(metrics.SUMMED)
    assert not any(found.values())


def test_who_starts_goes_on_with_the_file_of_who_ended(tmp_path: Path) -> None:
    lasting = Sums(tmp_path)
    for _ in range(5):
        ending = Sums(tmp_path)
        for each in (lasting, ending):
            each.add(CACHE_MISSES)
            each.keep()
        ending.close()
    assert len(list(tmp_path.glob("*.sums"))) == 2
    assert Sums(tmp_path).read()[CACHE_MISSES] == 10


def test_hits_are_put_into_their_buckets(tmp_path: Path) -> None:
    one = Sums(tmp_path)
    one.hits.extend([10_000, 25_000, 25_001, 3_000_000_000])
    one.observe(metrics.COLD, 200_000)
    found = one.read()
    name = metrics.REDIRECT_SECONDS
    of_hits = {bound: found[name, metrics.HIT, bound] for bound in metrics.BOUNDS}
    assert {bound: number for bound, number in of_hits.items() if number} == {"2.5e-05": 2, "5e-05": 1, "+Inf": 1}
    assert found[name, metrics.HIT, metrics.SUM] == pytest.approx(3.000060001)
    assert found[name, metrics.COLD, "0.00025"] == 1
    assert found[CACHE_HITS] == 4
    assert not one.hits


def test_a_total_counted_elsewhere_is_added_by_its_growth(tmp_path: Path) -> None:
    one = Sums(tmp_path)
    for total in (3, 3, 5):
        one.level(CLICKS_RECORDED, total)
    assert one.read()[CLICKS_RECORDED] == 5


def test_a_file_of_an_earlier_boot_counts_nothing_and_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Sums(tmp_path)
    one.add(CACHE_MISSES, 7)
    one.keep()
    one.close()
    monkeypatch.setattr(sums, "_BOOT", "another boot")
    assert Sums(tmp_path).read()[CACHE_MISSES] == 0
    assert len(list(tmp_path.glob("*.sums"))) == 1


@pytest.mark.parametrize("content", [b"", b"rubbish\n" * 100])
def test_a_garbled_file_counts_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.sums").write_bytes(content)
    one = Sums(tmp_path)
    one.add(CACHE_MISSES)
    assert one.read()[CACHE_MISSES] == 1


def test_what_cannot_be_opened_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.sums").mkdir()
    one = Sums(tmp_path)
    one.add(CACHE_MISSES)
    one.keep()
    assert Sums(tmp_path).read()[CACHE_MISSES] == 1


def test_without_a_folder_a_process_still_knows_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.write_text("in the way")
    one = Sums(folder)
    one.add(CACHE_MISSES)
    assert one.read()[CACHE_MISSES] == 1
    folder.unlink()
    assert one.read()[CACHE_MISSES] == 1
    assert len(list(folder.glob("*.sums"))) == 1


def test_a_folder_deleted_under_us_is_made_again(tmp_path: Path) -> None:
    one = Sums(tmp_path / "metrics")
    one.add(CACHE_MISSES)
    one.keep()
    for path in (tmp_path / "metrics").iterdir():
        path.unlink()
    assert one.read()[CACHE_MISSES] == 1
    assert Sums(tmp_path / "metrics").read()[CACHE_MISSES] == 1


def test_a_forked_child_begins_with_nothing_and_leaves_the_file_to_its_parent(tmp_path: Path) -> None:
    one = Sums(tmp_path)
    one.add(CACHE_MISSES)
    one.keep()
    pid = os.fork()
    if not pid:
        one.forget()
        one.add(CACHE_MISSES, 10)
        os._exit(int(one.read()[CACHE_MISSES]))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 11
    assert len(list(tmp_path.glob("*.sums"))) == 2
    assert one.read()[CACHE_MISSES] == 11
