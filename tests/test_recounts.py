"""The re-count of everything: resumed where it was cut off, told once."""

from collections import Counter
from pathlib import Path

import pytest
from clicking import CRAWLER, NOW, counted, make_post, pour, record, roll_up_all
from test_recounting import other_rules

from shortlinks import __main__ as command
from shortlinks import keys
from shortlinks.clicks import classify, neighbours
from shortlinks.errors import Unavailable
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.rollups import recounting, recounts, rollups
from shortlinks.store import Store
from worker import jobs


def fill(store: Store, number: int = 5) -> list[str]:
    """Posts with a click by a crawler each, which older rules took for a person, and a click by a person."""
    made = [make_post(store, "bio_link") for _ in range(number)]
    with other_rules():
        for post, (link,) in made:
            pour(store, [record(post.id, link.slug, agent=CRAWLER), record(post.id, link.slug)])
        roll_up_all(store)
    return [post.id for post, _ in made]


def run(store: Store, seconds: float = 60) -> recounts.Recount:
    recounts.begin(store, now=NOW)
    while recounts.step(store, seconds=seconds):
        pass
    found = recounts.last(store)
    assert found is not None
    return found


def test_it_counts_every_post_and_says_what_moved(store: Store) -> None:
    made = fill(store)
    assert recounts.last(store) is None
    begun = recounts.begin(store, now=NOW)
    assert (begun.finished, begun.posts, begun.done, begun.clicks) == (None, 5, 0, 0)
    found = run(store)
    assert found.finished is not None
    assert (found.posts, found.done, found.failed, found.clicks, found.left) == (5, 5, 0, 10, 0)
    assert found.moved == {("human", "crawler"): 5}
    assert [rollups.totals(store, [post_id])[0]["crawler"] for post_id in made] == [1] * 5
    assert recounts.sentences(found) == [
        f"10 clicks of 5 posts counted again by the rules of version {classify.VERSION}, with repeats within 30 seconds.",
        "5 clicks went from human to crawler.",
    ]


def test_a_second_one_finds_nothing_to_move(store: Store) -> None:
    fill(store)
    first, second = run(store), run(store)
    assert second.run != first.run
    assert (second.done, second.clicks, second.moved) == (5, 10, Counter())
    assert recounts.sentences(second)[1] == "No click has another reason now."


def test_one_of_other_rules_or_another_window_is_begun_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No post may be left by the rules from before an upgrade, or by another window than the others."""
    fill(store)
    first = recounts.begin(store, now=NOW)
    recounts.step(store, seconds=1e-9)
    second = recounts.begin(store, neighbours.limits(60), now=NOW)
    assert (second.run > first.run, second.repeat, second.done) == (True, 60_000, 0)
    recounts.step(store, seconds=1e-9)
    monkeypatch.setattr(classify, "VERSION", classify.VERSION + 1)
    assert recounts.step(store, seconds=60) == 5
    found = recounts.last(store)
    assert found is not None
    assert (found.version, found.repeat, found.done) == (classify.VERSION, 60_000, 5)


def test_one_that_is_under_way_is_not_begun_again(store: Store) -> None:
    fill(store)
    begun = recounts.begin(store, now=NOW)
    assert recounts.begin(store, now=NOW + 1) == begun


def test_it_goes_on_where_it_was_cut_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also between a post's swap and what follows: what moved is noted with it."""
    fill(store)
    recounts.begin(store, now=NOW)
    recount, turns = recounting.recount, []

    def killed_after_three(store: Store, post_id: str, *arguments: object, **named: object) -> recounting.Outcome:
        turns.append(post_id)
        outcome = recount(store, post_id, *arguments, **named)  # type: ignore[arg-type]
        if len(turns) == 3:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(recounting, "recount", killed_after_three)
    with pytest.raises(KeyboardInterrupt):
        recounts.step(store, seconds=60)
    found = recounts.last(store)
    assert found is not None
    assert (found.finished, found.done, found.moved) == (None, 3, {("human", "crawler"): 3})
    assert recounts.step(store, seconds=60) == 2
    assert len(set(turns)) == len(turns) == 5
    found = recounts.last(store)
    assert found is not None
    assert found.finished is not None
    assert (found.done, found.clicks, found.moved) == (5, 10, {("human", "crawler"): 5})


def test_it_does_a_little_at_a_time(store: Store) -> None:
    fill(store)
    recounts.begin(store, now=NOW)
    assert [recounts.step(store, seconds=1e-9) for _ in range(6)] == [1, 1, 1, 1, 1, 0]


def test_a_post_that_fails_keeps_no_other_from_its_turn(store: Store) -> None:
    made = fill(store)
    store.redis.delete(keys.by(made[2], "app"))
    store.redis.set(keys.by(made[2], "app"), "no hash")
    before = store.redis.hgetall(keys.total(made[2]))
    found = run(store)
    assert (found.done, found.failed, found.clicks, found.moved) == (5, 1, 8, {("human", "crawler"): 4})
    assert store.redis.hgetall(keys.total(made[2])) == before
    assert recounts.sentences(found)[-1] == "1 post could not be counted again; the log says why."


def test_neither_does_one_whose_clicks_nobody_can_read(store: Store) -> None:
    made = fill(store)
    store.redis.xadd(keys.kept(made[4]), {"z": b"no chunk"})
    found = run(store)
    assert (found.done, found.failed, found.clicks) == (5, 1, 8)


def test_one_that_its_worker_does_not_survive_is_passed_over_in_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fill(store)
    recount = recounting.recount

    def killed_by_one(store: Store, post_id: str, *arguments: object, **named: object) -> recounting.Outcome:
        if post_id == made[3]:
            raise KeyboardInterrupt
        return recount(store, post_id, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(recounting, "recount", killed_by_one)
    recounts.begin(store, now=NOW)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            recounts.step(store, seconds=60)
    assert recounts.step(store, seconds=60)
    found = recounts.last(store)
    assert found is not None
    assert (found.done, found.failed, found.clicks) == (5, 1, 8)
    assert found.finished is not None


def test_two_side_by_side_share_the_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    recounts.begin(store, now=NOW)
    recount, turns = recounting.recount, []

    def with_another_beside(store: Store, post_id: str, *arguments: object, **named: object) -> recounting.Outcome:
        outcome = recount(store, post_id, *arguments, **named)  # type: ignore[arg-type]
        turns.append(post_id)
        if len(turns) == 1:
            recounts.step(store, seconds=60)
        return outcome

    monkeypatch.setattr(recounting, "recount", with_another_beside)
    recounts.step(store, seconds=60)
    assert len(turns) == 5


def test_an_older_one_that_is_late_tells_nothing_any_more(store: Store) -> None:
    made = fill(store)
    older = recounts.begin(store, now=NOW)
    store.redis.hset(keys.RECOUNT, "finished", NOW)
    run(store)
    recounting.recount(store, made[0], now=NOW, days=(), of=older.run)
    recounts._note_failure(store, made[1], older.run)
    found = recounts.last(store)
    assert found is not None
    assert (found.done, found.failed, found.clicks, found.moved) == (5, 0, 10, {("human", "crawler"): 5})


def test_it_waits_while_an_import_is_under_way(store: Store) -> None:
    fill(store)
    recounts.begin(store, now=NOW)
    settings.put(store, nouns.IMPORTING, "counts x")
    with pytest.raises(Unavailable, match="import"):
        recounts.step(store, seconds=60)
    settings.put(store, nouns.IMPORTING, None)
    assert recounts.step(store, seconds=60) == 5


def test_what_was_noted_in_another_shape_is_no_hindrance(store: Store) -> None:
    made = fill(store)
    store.redis.set(keys.recounted(keys.shard(made[0])), "no hash")
    assert run(store).clicks == 10


def test_days_that_were_left_are_told(store: Store) -> None:
    made = fill(store)
    for post_id in made[:2]:
        store.redis.lpop(keys.tail(post_id))
    found = run(store)
    assert (found.left, found.clicks) == (2, 6)
    assert recounts.sentences(found)[-1].startswith("2 days left as counted before")


def test_a_post_that_is_purged_meanwhile_is_passed_over(store: Store) -> None:
    made = fill(store)
    recounts.begin(store, now=NOW)
    recounts.step(store, seconds=1e-9)
    posts.purge(store, made[0])
    posts.purge(store, made[-1])
    found = run(store)
    assert found.finished is not None
    assert not list(store.redis.scan_iter(f"*{made[0]}*:total"))


def test_not_while_an_import_is_under_way(store: Store) -> None:
    settings.put(store, nouns.IMPORTING, "counts x")
    with pytest.raises(Unavailable, match="import"):
        recounts.begin(store, now=NOW)
    assert recounts.last(store) is None


def test_without_any_post_it_is_over_at_once(store: Store) -> None:
    found = run(store)
    assert (found.posts, found.done) == (0, 0)
    assert found.finished is not None


class TestWhoDoesIt:
    @pytest.fixture(autouse=True)
    def configured(self, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REDIS_URL", server)
        monkeypatch.setenv("SECRET_KEY", "k" * 32)
        monkeypatch.setenv("SHORTLINKS_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SHORTLINKS_REPEAT_SECONDS", "0")
        jobs._config.cache_clear()
        jobs._store.cache_clear()

    def test_the_worker_by_the_window_that_it_was_begun_with(self, store: Store) -> None:
        post, (link,) = make_post(store, "bio_link")
        pour(store, [record(post.id, link.slug, visitor="v")] * 2)
        roll_up_all(store)
        assert counted(store, post.id)["total"]["repeat"] == 1
        assert jobs.recount() == 0
        recounts.begin(store, neighbours.limits(0), now=NOW)
        assert jobs.recount() == 1
        assert jobs.recount() == 0
        assert counted(store, post.id)["total"] == {"human": 2, "visitors": 1, "lost": 0}

    def test_the_command_line(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        fill(store)
        assert command.main(["recount"]) == 0
        assert capsys.readouterr().out == (
            f"10 clicks of 5 posts counted again by the rules of version {classify.VERSION}, without repeats.\n"
            "5 clicks went from human to crawler.\n"
        )

    def test_the_command_line_says_by_its_status_when_some_failed(
        self, store: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (post_id,) = fill(store, 1)
        store.redis.delete(keys.by(post_id, "os"))
        store.redis.set(keys.by(post_id, "os"), "no hash")
        assert command.main(["recount"]) == 1
        assert "1 post could not be counted again" in capsys.readouterr().out
