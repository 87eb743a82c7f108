"""The pages of experiments: ideas, chances before the start, how far it is, what it says."""

import re
from urllib.parse import urlencode

import pytest
from admin_cast import Browser, count, wrong

from shortlinks import times
from shortlinks.experiments import experiment_records, experiments
from shortlinks.experiments.experiment_records import Experiment
from shortlinks.posts import posts
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import experiments as pages

ADDRESS = {
    "question": "Say the address in the first 3 seconds",
    "place": "instagram/video",
    "per_arm": "8",
    "days": "28",
}
NEW = "/admin/experiments/new"


def start(store: Store, now: int, **fields: object) -> Experiment:
    asked = {"question": ADDRESS["question"], "platform": "instagram", "kind": "video", "per_arm": 2}
    return experiments.create(store, asked | fields, now=now)


def publish(store: Store, at: int, *, yes: int, no: int) -> posts.Post:
    """A reel with as many clicks as its arm has, and 1,000 views after a day."""
    asked = {"platform": "instagram", "kind": "reel", "title": f"Mug {at % 1_000}"}
    asked |= {"links": [{"placement": "bio_link", "target": "https://shop.example/"}]}
    post, (link,) = posts.create(store, asked, now=at, own_hosts=frozenset())
    assert post.experiment is not None
    count(store, link, yes if post.experiment.arm == "yes" else no, at=at + times.HOUR)
    snapshots.add(store, post, {"views": 1_000}, now=at + times.DAY)
    return post


def test_the_list_has_ideas_that_lead_to_a_filled_form(owner: Browser) -> None:
    page = owner.get("/admin/experiments/").text
    for question, _ in pages.IDEAS:
        assert f"{NEW}?{urlencode({'question': question})}" in page
        assert experiments.tag_of(question)
    form = owner.get(f"{NEW}?{urlencode({'question': pages.IDEAS[0][0]})}").text
    assert f'value="{pages.IDEAS[0][0]}"' in form
    assert "Start the experiment" not in form, "the chances come first"


def test_the_chances_are_shown_before_it_can_be_started(owner: Browser, store: Store) -> None:
    page = owner.get(f"{NEW}?{urlencode(ADDRESS)}")
    assert page.status_code == 200
    assert "8 + 8 reels of 1,000 views at about 1 click per 1,000 views see a doubling" in page.text
    assert "A poor chance" in page.text
    assert "the numbers of a small creator" in page.text
    assert experiments.list_(store, limit=5) == ([], None)
    answer = owner.send(NEW, ADDRESS, seen=f"{NEW}?{urlencode(ADDRESS)}")
    (experiment,), _ = experiments.list_(store, limit=5)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/experiments/{experiment.id}")
    assert (experiment.platform, experiment.kind, experiment.per_arm, experiment.days) == ("instagram", "video", 8, 28)
    assert "It has begun. On each new reel, chance says" in owner.get(answer.headers["Location"]).text


def test_an_address_may_call_posts_what_people_call_them(owner: Browser) -> None:
    page = owner.get(f"{NEW}?{urlencode(ADDRESS | {'place': 'Instagram/reel'})}")
    assert page.status_code == 200
    assert "8 + 8 reels of 1,000 views" in page.text
    assert re.search(r'<option value="instagram/video" selected', page.text)


def test_the_creators_own_posts_come_first_and_better_places_are_named(owner: Browser, store: Store) -> None:
    now = times.now() - 20 * times.DAY
    for number in range(4):
        links = [{"placement": "story_link_sticker", "target": "https://shop.example/"}]
        asked = {"platform": "instagram", "kind": "story", "title": "Mug", "links": links}
        post, (link,) = posts.create(store, asked, now=now + number, own_hosts=frozenset())
        count(store, link, 5, at=now + times.HOUR)
        snapshots.add(store, post, {"views": 150}, now=now + 2 * times.DAY)
    page = owner.get(f"{NEW}?{urlencode(ADDRESS | {'place': 'tiktok/video'})}").text
    assert re.findall(r'<option value="([^"]+)"', page)[0] == "instagram/story"
    assert "Where you would see more" in page
    assert "8 + 8 stories of 150 views at about 3.3 clicks per 100 views" in page


def sticker_story(store: Store, at: int, clicks: int) -> None:
    """A story of 150 views with that many clicks on its sticker, and one on the word that it shows."""
    links = [{"placement": name, "target": "https://shop.example/"} for name in ("story_link_sticker", "on_screen")]
    asked = {"platform": "instagram", "kind": "story", "title": "Mug", "links": links}
    post, (sticker, shown) = posts.create(store, asked, now=at, own_hosts=frozenset())
    count(store, sticker, clicks, at=at + times.HOUR)
    count(store, shown, 1, at=at + times.HOUR)
    snapshots.add(store, post, {"views": 150}, now=at + 2 * times.DAY)


def test_one_spot_alone_may_count_and_the_chances_are_of_its_clicks(owner: Browser, store: Store) -> None:
    for number in range(4):
        sticker_story(store, times.now() - 20 * times.DAY + number, 5)
    asked = ADDRESS | {"place": "instagram/story"}
    assert 'name="placement"' not in owner.get(NEW).text
    page = owner.get(f"{NEW}?{urlencode(asked)}").text
    assert "8 + 8 stories of 150 views at about 4 clicks per 100 views" in page
    spots = re.findall(r'<option value="([^"]*)"', page.partition('name="placement"')[2].partition("</select>")[0])
    assert spots[0] == ""
    assert {"instagram/bio_link", "instagram/story_link_sticker", "instagram/on_screen"} < set(spots)
    assert not {"instagram/reel_caption", "instagram/newsletter"} & set(spots), "dead, and not of viewers"
    for spot, rate in (("story_link_sticker", "3.3 clicks per 100"), ("on_screen", "6.7 clicks per 1,000")):
        page = owner.get(f"{NEW}?{urlencode(asked | {'placement': f'instagram/{spot}'})}").text
        assert f"8 + 8 stories of 150 views at about {rate} views" in page
        assert "Only clicks in one spot count:" in page
        assert f'<input type="hidden" name="placement" value="instagram/{spot}">' in page
    assert "Where you would see more, with all links" in page
    page = owner.get(f"{NEW}?{urlencode(asked | {'placement': 'instagram/bio_link'})}").text
    assert "Your own posts of this kind with a link there have no noted views yet" in page


def test_the_spot_is_kept_and_told_until_the_end(owner: Browser, store: Store) -> None:
    asked = ADDRESS | {"placement": "instagram/bio_link"}
    made = owner.send(NEW, asked, seen=f"{NEW}?{urlencode(asked)}").headers["Location"]
    (experiment,), _ = experiments.list_(store, limit=5)
    assert experiment.placement == "instagram/bio_link"
    for path in (made, "/admin/experiments/"):
        assert "Instagram: Reel, Bio link only" in owner.get(path).text
    form = owner.get("/admin/posts/new?platform=instagram").text
    assert "Only clicks in one spot count: <strong>Bio link</strong>. Hang a link there." in form
    owner.send("/admin/posts/new?platform=instagram", {"kind": "video", "title": "A"})
    assert "1 post has no link in the spot that counts (Bio link)" in owner.get(made).text


def test_with_another_platform_all_its_links_count_again(owner: Browser, store: Store) -> None:
    asked = ADDRESS | {"place": "tiktok/video", "placement": "instagram/bio_link"}
    page = owner.get(f"{NEW}?{urlencode(asked)}")
    assert page.status_code == 200
    assert '<input type="hidden" name="placement" value="">' in page.text
    assert "Count one spot only" in page.text
    answer = owner.send(NEW, ADDRESS | {"placement": "instagram/newsletter"}, seen="/admin/settings/")
    assert answer.status_code == 422
    assert wrong(answer) == [
        "Which clicks count is seen by people who need not have viewed the post: no rate on its views."
    ]
    assert experiments.list_(store, limit=5) == ([], None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": ""}, "What to try is required."),
        ({"place": "moon/video"}, "On which posts must be one of"),
        ({"place": "instagram/poem"}, "On which posts must be one of"),
        ({"per_arm": "1"}, "Posts with it must be from 2 to 50."),
        ({"per_arm": "many"}, "Posts with it must be a whole number."),
        ({"days": "0"}, "Days at most must be from 1 to 366."),
    ],
)
def test_what_is_wrong_is_said_at_the_chances_and_at_the_start(
    owner: Browser, store: Store, change: dict[str, str], message: str
) -> None:
    looked = owner.get(f"{NEW}?{urlencode(ADDRESS | change)}")
    started = owner.send(NEW, ADDRESS | change, seen="/admin/settings/")
    for answer in (looked, started):
        assert answer.status_code == 422
        (said,) = wrong(answer)
        assert said.startswith(message)
    assert experiments.list_(store, limit=5) == ([], None)


def test_a_second_one_for_the_same_posts_is_refused_with_its_name(owner: Browser, store: Store) -> None:
    start(store, times.now())
    answer = owner.send(NEW, ADDRESS, seen="/admin/settings/")
    assert answer.status_code == 422
    assert wrong(answer) == [
        "This kind of post has an experiment that still runs: “Say the address in the first 3 seconds”. One at a time."
    ]


def test_a_new_post_says_what_to_do_and_may_be_left_out(owner: Browser, store: Store) -> None:
    new = "/admin/posts/new?platform=instagram"
    assert "Not this one" not in owner.get(new).text
    experiment = start(store, times.now())
    form = owner.get(new).text
    assert ADDRESS["question"] in form
    assert "Not this one" in form
    assert "Not this one" not in owner.get("/admin/posts/new?platform=tiktok").text
    kept = owner.send(new, {"kind": "video", "title": "A", "decline": "1"}).headers["Location"]
    assert "This post:" not in owner.get(kept).text
    made = owner.send(new, {"kind": "video", "title": "B"}).headers["Location"]
    post = posts.get(store, made.rpartition("/")[2])
    assert post.experiment is not None
    order = {"yes": "YES – say", "no": "NO – this time do not: say"}[post.experiment.arm]
    page = owner.get(made).text
    assert f"This post: {order} the address in the first 3 seconds." in page
    assert f"/admin/experiments/{experiment.id}" in page


def test_the_list_of_posts_leads_there(owner: Browser, store: Store) -> None:
    posts.create(store, {"platform": "x", "title": "A"}, now=times.now(), own_hosts=frozenset())
    assert "Try one thing at a time" in owner.get("/admin/").text
    start(store, times.now())
    assert 'Being tried: <a href="/admin/experiments/' in owner.get("/admin/").text


def test_while_it_runs_the_page_tells_how_far_it_is_and_not_who_leads(owner: Browser, store: Store) -> None:
    now = times.now() - 8 * times.DAY - times.HOUR
    experiment = start(store, now, per_arm=4)
    for number in range(4):
        publish(store, now + number, yes=9, no=0)
    page = owner.get(f"/admin/experiments/{experiment.id}").text
    assert "Day 9 of 28; 2 posts with, 2 without." in page
    assert "18" not in page.partition("What it says")[0].partition("How far it is")[2].partition("Its posts")[0]
    assert "With it" not in page
    assert "Day 9 of 28" in owner.get("/admin/experiments/").text


def test_views_of_the_first_hours_are_not_called_missing_but_asked_for_again(owner: Browser, store: Store) -> None:
    now = times.now() - 3 * times.DAY
    experiment = start(store, now, per_arm=4)
    asked = {"platform": "instagram", "kind": "reel", "title": "Mug"}
    asked |= {"links": [{"placement": "bio_link", "target": "https://shop.example/"}]}
    post, _ = posts.create(store, asked, now=now, own_hosts=frozenset())
    snapshots.add(store, post, {"views": 271}, now=now + 2 * times.HOUR)
    page = owner.get(f"/admin/experiments/{experiment.id}").text
    assert "note its views, 18 hours or more after publication" in page
    assert "not noted yet" not in page


def test_when_it_is_over_the_page_shows_both_arms_and_a_sentence(owner: Browser, store: Store) -> None:
    now = times.now() - 40 * times.DAY
    experiment = start(store, now, per_arm=6)
    for number in range(12):
        publish(store, now + number, yes=8, no=1)
    page = owner.get(f"/admin/experiments/{experiment.id}").text
    assert "It brings more clicks per view." in page
    assert "With it: 48 clicks in 6,000 views of 6 posts; without: 6 clicks in 6,000 views of 6 posts." in page
    assert page.count('class="range"') == 2
    assert "Stop the experiment" not in page
    assert "It brings more clicks per view." in owner.get("/admin/experiments/").text


def test_one_without_a_post_is_shown_too(owner: Browser, store: Store) -> None:
    over = start(store, times.now() - 30 * times.DAY)
    runs = start(store, times.now())
    for experiment in (over, runs):
        page = owner.get(f"/admin/experiments/{experiment.id}")
        assert page.status_code == 200
        assert "None yet." in page.text
    assert "Cannot tell" in owner.get(f"/admin/experiments/{over.id}").text


def test_it_can_be_stopped_once_and_for_all(owner: Browser, store: Store) -> None:
    experiment = start(store, times.now())
    place = f"/admin/experiments/{experiment.id}"
    assert owner.get(f"{place}/stop").headers["Location"] == place
    assert owner.send(f"{place}/stop", seen=place).headers["Location"] == place
    assert experiments.get(store, experiment.id).state == experiment_records.STOPPED
    page = owner.get(place).text
    assert "no verdict" in page
    assert "Stop the experiment" not in page
    over = start(store, times.now() - 30 * times.DAY)
    owner.send(f"/admin/experiments/{over.id}/stop", seen="/admin/settings/")
    assert experiments.get(store, over.id).state == experiment_records.RUNNING
    assert "It has ended meanwhile." in owner.get(f"/admin/experiments/{over.id}").text


def test_strangers_see_none_of_it(stranger: Browser, store: Store) -> None:
    experiment = start(store, times.now())
    for path in ("", "new", experiment.id):
        assert "sign-in" in stranger.get(f"/admin/experiments/{path}").headers["Location"]
    assert (
        "sign-in"
        in stranger.send(f"/admin/experiments/{experiment.id}/stop", seen="/admin/sign-in").headers["Location"]
    )
    assert experiments.get(store, experiment.id).state == experiment_records.RUNNING
