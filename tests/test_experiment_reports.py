"""What experiments say: nothing before their end, then what the clicks up to each post's views say."""

from typing import Any

import pytest
from clicking import asked, pour, record, roll_up_all

from shortlinks import times
from shortlinks.experiments import experiment_records, experiment_reports, experiments
from shortlinks.experiments.experiment_records import Experiment
from shortlinks.experiments.experiment_reports import Report
from shortlinks.links import links
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store

OWN_HOSTS = frozenset({"go.example"})
STICKER, BIO = "story_link_sticker", "bio_link"


def start(store: Store, now: int, **fields: Any) -> Experiment:
    asked = {"question": "Show the mug first", "platform": "instagram", "kind": "story", "per_arm": 6} | fields
    return experiments.create(store, asked, now=now)


def story(store: Store, at: int, *placements: str) -> posts.Post:
    hung = [{"placement": name, "target": "https://shop.example/"} for name in placements or (STICKER,)]
    asked = {"platform": "instagram", "kind": "story", "title": "A mug", "links": hung}
    return posts.create(store, asked, now=at, own_hosts=OWN_HOSTS)[0]


def click(store: Store, post: posts.Post, at: int, many: int, placement: str = STICKER) -> None:
    (link,) = (link for link in links.of_post(store, post.id) if link.placement.endswith(placement))
    pour(store, [record(post.id, link.slug, at + number * times.MINUTE) for number in range(many)])
    roll_up_all(store)


def note(store: Store, post: posts.Post, at: int, views: Any) -> None:
    snapshots.add(store, post, {"views": views}, now=at)


def six_and_six(store: Store, now: int, *, yes: int, no: int) -> Experiment:
    """Twelve stories of 150 viewers, with so many clicks each by their arm, noted after a day."""
    experiment = start(store, now)
    for number in range(12):
        at = now + number * times.HOUR
        post = story(store, at)
        assert post.experiment is not None
        click(store, post, at + times.HOUR, yes if post.experiment.arm == "yes" else no)
        note(store, post, at + 25 * times.HOUR, 150)
    return experiments.get(store, experiment.id)


def report(store: Store, experiment: Experiment, at: int) -> Report:
    return experiment_reports.read(store, experiments.get(store, experiment.id), now=at)


def test_when_it_has_ended_it_says_which_arm_brings_more(store: Store, now: int) -> None:
    experiment = six_and_six(store, now, yes=6, no=1)
    found = report(store, experiment, now + 2 * times.DAY)
    assert found.state == experiment_records.ENDED
    assert found.trial is not None
    assert (found.trial.yes.clicks, found.trial.yes.views, found.trial.yes.posts) == (36, 900, 6)
    assert (found.trial.no.clicks, found.trial.no.views, found.trial.no.posts) == (6, 900, 6)
    assert found.trial.verdict == "yes_higher"
    assert found.trial.p == pytest.approx(2 / 216)
    assert "It brings more clicks per view." in found.sentence
    assert found.trial == report(store, experiment, now + 3 * times.DAY).trial


def test_before_its_end_it_tells_how_far_it_is_and_nothing_else(store: Store, now: int) -> None:
    experiment = start(store, now, per_arm=14)
    for number in range(9):
        at = now + number * times.HOUR
        post = story(store, at)
        click(store, post, at, 20 if post.experiment and post.experiment.arm == "yes" else 0)
        if number < 7:
            note(store, post, at + times.DAY, 150)
    found = report(store, experiment, now + 8 * times.DAY + times.HOUR)
    assert (found.state, found.day, found.yes + found.no, found.trial) == (experiment_records.RUNNING, 9, 9, None)
    assert found.sentence == (
        f"Day 9 of 28; {found.yes} posts with, {found.no} without. "
        "Note the views of 2 posts, 18 hours or more after publication."
    )


def test_while_it_runs_a_post_that_lacks_a_link_is_told_in_time(store: Store, now: int) -> None:
    experiment = start(store, now)
    story(store, now, "newsletter")
    sentence = report(store, experiment, now + times.DAY).sentence
    assert sentence.endswith(" Not in the result: 1 post has no link that its viewers can tap.")


def test_days_that_are_over_end_it_with_the_posts_there_are(store: Store, now: int) -> None:
    experiment = start(store, now, days=3)
    post = story(store, now)
    note(store, post, now + times.DAY, 150)
    assert report(store, experiment, now + 3 * times.DAY - 1).trial is None
    found = report(store, experiment, now + 3 * times.DAY)
    assert (found.state, found.day) == (experiment_records.ENDED, 3)
    assert found.trial is not None
    assert found.trial.verdict == "cannot_tell_yet"


def test_one_that_was_stopped_never_has_a_verdict(store: Store, now: int) -> None:
    experiment = start(store, now, days=3)
    post = story(store, now)
    note(store, post, now + times.DAY, 150)
    experiments.update(store, experiment.id, {"state": "stopped"}, now=now + times.DAY)
    found = report(store, experiment, now + 30 * times.DAY)
    assert (found.state, found.trial) == (experiment_records.STOPPED, None)
    assert "no verdict" in found.sentence


def test_after_its_end_it_waits_a_week_for_views_that_are_not_noted(store: Store, now: int) -> None:
    experiment = start(store, now, per_arm=2)
    made = [story(store, now + number) for number in range(4)]
    for post in made[1:]:
        note(store, post, post.published_at + times.DAY, 150)
    ended = made[-1].created_at
    waiting = report(store, experiment, ended + 7 * times.DAY - 1)
    assert (waiting.waiting, waiting.trial) == ((made[0].id,), None)
    assert "Note the views of 1 post, " in waiting.sentence
    given_up = report(store, experiment, ended + 7 * times.DAY)
    assert given_up.trial is not None
    assert given_up.trial.yes.posts + given_up.trial.no.posts == 3
    assert "Not in the result: 1 post has no views noted." in given_up.sentence


@pytest.mark.parametrize(("after", "waits"), [(18 * times.HOUR - times.MINUTE, True), (18 * times.HOUR, False)])
def test_after_views_of_a_posts_first_hours_later_ones_are_waited_for(
    store: Store, now: int, after: int, waits: bool
) -> None:
    experiment = start(store, now)
    post = story(store, now)
    note(store, post, now + after, 150)
    assert report(store, experiment, now + 2 * times.DAY).waiting == ((post.id,) if waits else ())


def test_clicks_after_the_views_were_noted_are_not_counted(store: Store, now: int) -> None:
    experiment = start(store, now, days=5)
    post = story(store, now)
    click(store, post, now + times.HOUR, 2)
    note(store, post, now + 2 * times.DAY, "1.2K")
    click(store, post, now + 2 * times.DAY + times.HOUR, 3)
    found = report(store, experiment, now + 6 * times.DAY).trial
    assert found is not None
    assert {(arm.posts, arm.clicks, arm.views) for arm in (found.yes, found.no)} == {(1, 2, 1_200), (0, 0, 0)}


def test_only_viewers_clicks_count_and_only_those_in_its_spot(store: Store, now: int) -> None:
    numbers = []
    for placement in (None, BIO):
        experiment = start(store, now, days=5, placement=placement)
        post = story(store, now, STICKER, BIO, "newsletter")
        for many, name in ((2, STICKER), (4, BIO), (8, "newsletter")):
            click(store, post, now + times.HOUR, many, name)
        note(store, post, now + times.DAY, 150)
        trial = report(store, experiment, now + 6 * times.DAY).trial
        assert trial is not None
        numbers.append(trial.yes.clicks + trial.no.clicks)
        now += 5 * times.DAY
    assert numbers == [6, 4]


@pytest.mark.parametrize("spot", ["newsletter", "reel_caption"])
def test_posts_that_cannot_be_in_the_result_are_told(store: Store, now: int, spot: str) -> None:
    experiment = start(store, now, per_arm=2)
    made = [story(store, now + number, *([spot] if number == 0 else [])) for number in range(4)]
    for post in made:
        note(store, post, post.published_at + times.DAY, 150)
    posts.purge(store, made[1].id)
    posts.update(store, made[2].id, {"archived": True, "tags": []}, now=now)
    found = report(store, experiment, now + 2 * times.DAY)
    assert (found.unlinked, found.erased, found.yes, found.no) == (1, 1, 2, 2)
    assert found.trial is not None
    assert found.trial.yes.posts + found.trial.no.posts == 2
    assert found.sentence.endswith("Not in the result: 1 post was erased, 1 post has no link that its viewers can tap.")


def test_the_first_day_is_day_1_and_the_last_one_stays(store: Store, now: int) -> None:
    experiment = start(store, now)
    days = [experiment_reports.day(experiment, now + passed * times.DAY) for passed in (0, 1, 8, 27, 28, 400)]
    assert days == [1, 2, 9, 28, 28, 28]


def test_a_hundred_posts_are_read_in_a_handful_of_questions(
    store: Store, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = start(store, now, per_arm=50, days=5)
    for number in range(100):
        note(store, story(store, now + number), now + times.DAY + number * times.MINUTE, 150)
    with asked(monkeypatch) as sent:
        found = report(store, experiment, now + 6 * times.DAY)
    assert found.trial is not None
    assert found.trial.yes.posts + found.trial.no.posts == 100
    assert len(sent) < 10
    with asked(monkeypatch) as sent:
        (usual,) = experiment_reports.usual(store, now=now + 6 * times.DAY)
    assert usual.posts == 100
    assert len(sent) < 10
