"""Experiments: who runs where, how arms are drawn and kept, and that nobody can choose them."""

import threading
from collections import Counter
from typing import Any

import pytest

from shortlinks import times
from shortlinks.errors import Conflict, Invalid, NotFound
from shortlinks.experiments import arms, experiment_records, experiments, trial_power
from shortlinks.experiments.experiment_records import Experiment
from shortlinks.posts import posts
from shortlinks.posts.posts import Post
from shortlinks.store import Store

ADDRESS = "Say the address in the first 3 seconds"


def start(store: Store, now: int, **fields: Any) -> Experiment:
    asked = {"question": ADDRESS, "platform": "instagram", "kind": "reel", "per_arm": 6} | fields
    return experiments.create(store, asked, now=now)


def make(store: Store, now: int, **fields: Any) -> Post:
    asked = {"platform": "instagram", "kind": "reel", "title": "A mug"} | fields
    return posts.create(store, asked, now=now, own_hosts=frozenset())[0]


def drawn(post: Post) -> str:
    assert post.experiment is not None
    return post.experiment.arm


def test_a_post_of_its_kind_is_given_an_arm_that_its_tags_tell(store: Store, now: int) -> None:
    experiment = start(store, now)
    post = make(store, now + 1, tags=["sale", "Say-the-address:no", "say-the-address:yes"])
    assert post.experiment is not None
    assert (post.experiment.experiment_id, post.experiment.question) == (experiment.id, ADDRESS)
    assert post.tags == ("sale", f"say-the-address:{drawn(post)}")
    assert posts.get(store, post.id) == post
    (draw,) = experiments.get(store, experiment.id).draws
    assert (draw.post_id, draw.arm) == (post.id, drawn(post))
    found, _ = posts.list_(store, limit=10, tag=f"say-the-address:{drawn(post)}")
    assert found == [post]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "story"},
        {"platform": "tiktok", "kind": "video"},
        {"experiment": False},
        {"published_at": "2026-11-21T21:00:00Z"},
    ],
)
def test_other_posts_are_given_none(store: Store, now: int, fields: dict[str, Any]) -> None:
    """Of another kind or platform, declined, or out before anybody could do what the arm says."""
    experiment = start(store, now)
    post = make(store, now, **fields)
    assert (post.experiment, post.tags) == (None, ())
    assert experiments.get(store, experiment.id).draws == ()


def test_a_post_that_is_planned_or_was_just_published_is_given_one(store: Store, now: int) -> None:
    start(store, now)
    for published_at in ("2026-11-21T22:00:00Z", "2026-11-25T18:00:00Z"):
        assert make(store, now, published_at=published_at).experiment is not None


def test_of_each_four_in_a_row_two_are_yes_and_of_the_last_two_one(store: Store, now: int) -> None:
    start(store, now, per_arm=5)
    found = [drawn(make(store, now)) for _ in range(10)]
    assert [found[at : at + 4].count("yes") for at in (0, 4, 8)] == [2, 2, 1]


def test_all_orders_of_a_block_come_equally_often() -> None:
    rounds = 3_000
    counts: Counter[str] = Counter()
    for _ in range(rounds):
        block: list[experiment_records.Arm] = []
        while len(block) < trial_power.BLOCK:
            block.append(arms.next_arm(block, 8))
        counts["".join(arm[0] for arm in block)] += 1
    assert counts.keys() == {"yynn", "ynyn", "ynny", "nyyn", "nyny", "nnyy"}
    assert all(400 < count < 600 for count in counts.values()), counts


def test_it_ends_with_its_last_post_and_the_next_ones_are_free(store: Store, now: int) -> None:
    experiment = start(store, now, per_arm=2)
    made = [make(store, now + number) for number in range(5)]
    assert [post.experiment is not None for post in made] == [True] * 4 + [False]
    ended = experiments.get(store, experiment.id)
    assert (ended.state, ended.ended_at) == (experiment_records.ENDED, now + 3)
    assert start(store, now + 5).tag == "say-the-address-2"


def test_it_ends_when_its_days_are_over(store: Store, now: int) -> None:
    experiment = start(store, now, days=28)
    last = now + 28 * times.DAY
    assert make(store, last - 1).experiment is not None
    assert make(store, last).experiment is None
    assert experiment_records.state_at(experiments.get(store, experiment.id), last) == experiment_records.ENDED
    assert experiments.running(store, now=last) == []
    newer = start(store, last)
    assert experiments.running(store, now=last) == [newer]
    found = make(store, last)
    assert found.experiment is not None
    assert found.experiment.experiment_id == newer.id


def test_one_runs_at_a_time_for_a_platform_and_kind(store: Store, now: int) -> None:
    start(store, now)
    with pytest.raises(Conflict, match=f"“{ADDRESS}”"):
        start(store, now, question="Ask in the caption")
    for other in ({"kind": "story"}, {"platform": "tiktok"}):
        assert start(store, now, **other).state == experiment_records.RUNNING


def test_two_that_start_together_are_not_both_started(store: Store, now: int) -> None:
    outcomes: list[str] = []

    def begin() -> None:
        try:
            outcomes.append(start(store, now).state)
        except Conflict:
            outcomes.append("refused")

    together([begin] * 8)
    assert sorted(outcomes) == ["refused"] * 7 + ["running"]


def together(tasks: list[Any]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_twenty_posts_made_together_have_balanced_arms_and_none_is_left_out(store: Store, now: int) -> None:
    experiment = start(store, now, per_arm=14)
    made: list[Post] = []
    together([lambda: made.append(make(store, now))] * 20)
    assert Counter(drawn(post) for post in made) == {"yes": 10, "no": 10}
    kept = experiments.get(store, experiment.id).draws
    assert {draw.post_id: draw.arm for draw in kept} == {post.id: drawn(post) for post in made}
    assert all([draw.arm for draw in kept[at : at + 4]].count("yes") == 2 for at in range(0, 20, 4))


def test_an_answer_that_is_lost_draws_no_second_arm(store: Store, now: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction went through, its answer was lost, and it is run again."""
    experiment = start(store, now)
    transact = store.transact

    def twice(change: Any, *watched: str) -> Any:
        transact(change, *watched)
        return transact(change, *watched)

    monkeypatch.setattr(store, "transact", twice)
    post = make(store, now)
    (draw,) = experiments.get(store, experiment.id).draws
    assert (draw.post_id, draw.arm) == (post.id, drawn(post))


@pytest.mark.parametrize("tags", [None, [], ["say-the-address:yes", "say-the-address:no", "sale"], ["x"] * 3])
def test_editing_tags_changes_nothing_about_the_arm(store: Store, now: int, tags: list[str] | None) -> None:
    experiment = start(store, now)
    post = make(store, now)
    changed = posts.update(store, post.id, {"tags": tags, "kind": "image", "archived": True}, now=now)
    assert changed.experiment == post.experiment
    assert [tag for tag in changed.tags if tag.startswith("say-")] == [f"say-the-address:{drawn(post)}"]
    assert experiments.get(store, experiment.id).draws[0].arm == drawn(post)


def test_twenty_tags_and_an_arm_can_be_saved_as_they_are(store: Store, now: int) -> None:
    start(store, now)
    post = make(store, now, tags=[f"tag {number}" for number in range(20)])
    assert len(post.tags) == 21
    assert posts.update(store, post.id, {"tags": list(post.tags)}, now=now).tags == post.tags


def test_an_erased_post_leaves_its_place_and_nothing_of_itself(store: Store, now: int) -> None:
    experiment = start(store, now)
    first, second = make(store, now), make(store, now)
    posts.purge(store, first.id)
    kept = experiments.get(store, experiment.id).draws
    assert [(draw.post_id, draw.arm) for draw in kept] == [(None, drawn(first)), (second.id, drawn(second))]


def test_one_that_is_stopped_draws_no_more_and_stays_so(store: Store, now: int) -> None:
    experiment = start(store, now)
    make(store, now)
    stopped = experiments.update(store, experiment.id, {"state": "stopped"}, now=now + 5)
    assert (stopped.state, stopped.ended_at, len(stopped.draws)) == (experiment_records.STOPPED, now + 5, 1)
    assert make(store, now + 6).experiment is None
    assert experiments.update(store, experiment.id, {"state": "stopped"}, now=now + 7) == stopped
    assert start(store, now + 8).state == experiment_records.RUNNING


def test_one_that_ended_by_itself_cannot_be_stopped(store: Store, now: int) -> None:
    experiment = start(store, now, days=1)
    with pytest.raises(Conflict, match="has ended"):
        experiments.update(store, experiment.id, {"state": "stopped"}, now=now + times.DAY)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "x" * 121}, "question"),
        ({"platform": "myspace"}, "platform"),
        ({"kind": "painting"}, "kind"),
        ({"per_arm": 1}, "per_arm"),
        ({"per_arm": 51}, "per_arm"),
        ({"per_arm": "many"}, "per_arm"),
        ({"per_arm": 2.5}, "per_arm"),
        ({"per_arm": True}, "per_arm"),
        ({"per_arm": None}, "per_arm"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
        ({"placement": "ceiling"}, "placement"),
        ({"placement": "newsletter"}, "placement"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_fields_are_named_and_nothing_starts(store: Store, now: int, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        start(store, now, **change)
    assert [name for name, _ in caught.value.errors] == [field]
    assert experiments.list_(store, limit=10) == ([], None)


def test_it_takes_numbers_as_a_form_sends_them(store: Store, now: int) -> None:
    experiment = start(store, now, per_arm=" 14 ", days="7", placement="bio_link")
    assert (experiment.per_arm, experiment.days, experiment.placement) == (14, 7, "instagram/bio_link")


@pytest.mark.parametrize(
    ("question", "tag"),
    [
        (ADDRESS, "say-the-address"),
        ("Ask in the caption", "ask-in-the-caption"),
        ("No like-asking!", "no-like-asking"),
        ("Donaudampfschifffahrtsgesellschaftskapitän", "donaudampfschifffahrtsge"),
        ("Сказать адрес", "сказать-адрес"),
        ("?!", "test"),
    ],
)
def test_the_tag_is_made_of_the_first_words(question: str, tag: str) -> None:
    assert experiments.tag_of(question) == tag


def test_lists_are_newest_first(store: Store, now: int) -> None:
    first, second = start(store, now), start(store, now + 1, kind="story")
    assert experiments.list_(store, limit=1) == ([second], f"{now + 1}:{second.id}")
    assert experiments.list_(store, limit=1, cursor=f"{now + 1}:{second.id}") == ([first], None)


def test_one_that_is_not_there_is_not_found(store: Store) -> None:
    for ask in (experiments.get, lambda *which: experiments.update(*which, {"state": "stopped"}, now=0)):
        with pytest.raises(NotFound, match="no experiment 'nothing'"):
            ask(store, "nothing")
