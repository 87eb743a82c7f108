"""Links from another service: looked at first, taken in once, whatever is killed, repeated or made meanwhile."""

import io
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clicking import NOW, make_post

from shortlinks import keys, times
from shortlinks.backups import export
from shortlinks.errors import Conflict, Unavailable
from shortlinks.fetching import fetching
from shortlinks.fetching.addresses import Allowed
from shortlinks.link_imports import import_records, import_words, kept_files, link_imports
from shortlinks.link_imports.import_records import LinkImport
from shortlinks.links import links
from shortlinks.links.links import Before
from shortlinks.owner import settings
from shortlinks.posts import posts
from shortlinks.records import nouns
from shortlinks.rollups import rollups
from shortlinks.store import Store

OWN = frozenset({"go.example"})
NOBODY = fetching.Fetcher(allowed=Allowed(frozenset(), ()), agent="test")
HEADER = "slug,target,title,created_at,tags,expires_at,clicks\n"


def begin(store: Store, *lines: str, source: str = "csv") -> LinkImport:
    data = HEADER + "\n".join(lines) + "\n"
    return link_imports.from_file(store, source, io.BytesIO(data.encode()), "links.csv", now=NOW)


def go_on(store: Store) -> LinkImport:
    while link_imports.step(store, NOBODY, own_hosts=OWN, seconds=60):
        pass
    found = link_imports.last(store)
    assert found is not None
    return found


def bring(store: Store, *lines: str, source: str = "csv") -> LinkImport:
    begin(store, *lines, source=source)
    found = go_on(store)
    assert found.stage == "looked"
    link_imports.take(store, found.id)
    return go_on(store)


def many(number: int) -> list[str]:
    return [f"k{each},https://pots.example/{each},Pot {each},2024-03-01,,,{each}" for each in range(number)]


def parts(store: Store) -> set[str]:
    return {name.decode().rpartition("link_import")[2] for name in store.redis.keys("*link_import*")}


def left(store: Store, found: LinkImport) -> list[tuple[str, str, str]]:
    return [(row.slug, kind, why) for row, kind, why in import_records.left_over(store, found.id)]


def test_nothing_is_made_before_somebody_says_so(store: Store) -> None:
    begun = begin(store, "Spring,pots.example/spring,Spring,2024-03-01,mugs,,1234")
    assert (begun.stage, begun.rows, begun.counts["take"]) == ("reading", 0, 0)
    found = go_on(store)
    assert (found.stage, found.counts) == ("looked", {"take": 1, "here": 0, "conflict": 0, "refused": 0})
    assert posts.list_(store, limit=9)[0] == []
    assert links.all_(store) == []


def test_a_link_becomes_a_post_of_its_own_with_its_clicks_as_a_number_beside_ours(store: Store) -> None:
    found = bring(store, 'Spring,pots.example/spring,"Spring, early",2024-03-01,mugs,2035-01-01,1234', source="bitly")
    assert (found.stage, found.counts["take"]) == ("done", 1)
    (post,), _ = posts.list_(store, limit=9)
    (link,) = links.of_post(store, post.id)
    assert (post.platform, post.kind, post.title, post.tags) == (
        "other",
        "text",
        "Spring, early",
        ("mugs", "from-bitly"),
    )
    assert times.rfc3339(post.published_at) == "2024-03-01T00:00:00Z"
    assert (link.slug, link.target, link.placement) == ("spring", "https://pots.example/spring", "other/elsewhere")
    assert link.expires_at is not None
    assert times.rfc3339(link.expires_at) == "2035-01-01T00:00:00Z"
    assert link.before == Before(clicks=1234, source="bitly", at=NOW, id="Spring")
    assert links.get(store, "SPRING") == link
    assert rollups.hits(rollups.totals(store, [post.id])[0]) == 0
    assert import_words.before(link.before, "2026-11-21") == (
        "Bitly: 1,234 clicks until 2026-11-21, in none of the counts here. Bitly counts bots as well."
    )
    # It can be turned to a real post later, and says the same.
    other, _hung = make_post(store, "bio_link")
    turned = links.update(store, "spring", {"post_id": other.id}, now=times.now(), own_hosts=OWN)
    assert (turned.post_id, turned.before) == (other.id, link.before)


def test_a_link_without_title_and_date_is_called_by_its_target_and_no_news_of_today(store: Store) -> None:
    bring(store, "d,https://pots.example/x,,,,,")
    (post,), _ = posts.list_(store, limit=9)
    (link,) = links.of_post(store, post.id)
    assert (post.title, post.published_at, post.created_at) == ("pots.example", *(2 * [NOW - 366 * times.DAY]))
    assert "does not say when" in post.notes
    assert link.before == Before(clicks=None, source="csv", at=NOW, id="d")


@pytest.mark.parametrize(
    ("line", "kind", "why"),
    [
        ("mug,https://pots.example/,,,,,", "here", "is here already"),
        ("MUG,https://pots.example/,,,,,", "here", "is here already"),
        ("mug,https://pots.example/other,,,,,", "conflict", "leads elsewhere here, to https://pots.example/"),
        ("gone,https://pots.example/,,,,,", "conflict", "was the link of a post that was erased"),
        ("Admin,https://pots.example/,,,,,", "conflict", "is reserved for this service"),
        ("my_mug,https://pots.example/,,,,,", "conflict", "has up to 64 characters"),
        ("a/b,https://pots.example/,,,,,", "conflict", "has up to 64 characters"),
        (f"{'x' * 65},https://pots.example/,,,,,", "conflict", "has up to 64 characters"),
        ('"",https://pots.example/,,,,,', "conflict", "has no ending"),
        ("x,javascript:alert(1),,,,,", "refused", "its target must begin with https:// or http://"),
        ("x,https://go.example/mug,,,,,", "refused", "its target leads back to this service"),
        ("https://sho.rt/x,https://sho.rt/y,,,,,", "refused", "leads to its own short domain"),
        ("x,https://ada:secret@pots.example/,,,,,", "refused", "must not contain a user name or password"),
        ("x,https://pots.example/,,,,2020-01-01,", "refused", "ended on 2020-01-01"),
        ("x,https://pots.example/,,,,2199-01-01,", "refused", "ends in more than ten years"),
        ("x,https://pots.example/,,,,soon,", "refused", "ends at a time that cannot be read"),
        ("x,,,,,,", "refused", "its target is empty"),
    ],
)
def test_what_cannot_be_the_same_link_here_is_left_with_the_reason(
    store: Store, line: str, kind: str, why: str
) -> None:
    post, _ = make_post(store, "bio_link")
    for slug in ("mug", "gone"):
        wish = {"placement": "bio_link", "target": "https://pots.example/", "slug": slug}
        links.create(store, post.id if slug == "mug" else make_post(store)[0].id, wish, now=NOW, own_hosts=OWN)
    posts.purge(store, links.get(store, "gone").post_id)
    found = bring(store, line, "free,https://pots.example/free,,,,,")
    assert (found.counts["take"], found.counts[kind]) == (1, 1)
    ((_slug, told, reason),) = left(store, found)
    assert told == kind
    assert why in reason
    assert links.get(store, "mug").target == "https://pots.example/"


def test_two_links_that_differ_by_capitals_only_are_both_left_unless_they_lead_to_the_same(store: Store) -> None:
    lines = ["aB,https://pots.example/1,,,,,", "bowl,https://pots.example/3,,,,,", "Bowl,pots.example/3,,,,,"]
    # So many rows between that they are in different pieces.
    found = bring(store, *lines, *many(import_records.PIECE), "Ab,https://pots.example/2,,,,,")
    assert found.counts == {"take": 1 + import_records.PIECE, "here": 1, "conflict": 2, "refused": 0}
    twice = "is there twice, with other targets: here, capitals and small letters are the same"
    assert left(store, found) == [
        ("aB", "conflict", twice),
        ("Bowl", "here", "is the same as row 2"),
        ("Ab", "conflict", twice),
    ]


def test_the_same_file_again_takes_nothing_in(store: Store) -> None:
    lines = many(300)
    assert bring(store, *lines).counts["take"] == 300
    again = bring(store, *lines)
    assert again.counts == {"take": 0, "here": 300, "conflict": 0, "refused": 0}
    assert len(links.all_(store)) == len(posts.list_(store, limit=999)[0]) == 300
    # What was turned here since is known by what its source calls it.
    links.update(store, "k7", {"target": "https://pots.example/newer"}, now=times.now(), own_hosts=OWN)
    third = bring(store, *lines)
    assert third.counts["here"] == 300
    assert ("k7", "here", "was brought here before, and turned since") in left(store, third)
    assert links.get(store, "k7").target == "https://pots.example/newer"


def test_whoever_makes_a_link_of_that_name_at_that_moment_keeps_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's link appears between our look at the slug and our transaction: which must not write over it."""
    post, _ = make_post(store, "bio_link")
    begin(store, *many(5))
    found = go_on(store)
    link_imports.take(store, found.id)
    staged, meddled = link_imports.import_steps.post_making.stage, []

    def stage(pipe: Any, *rest: Any) -> None:
        if not meddled:
            wish = {"placement": "bio_link", "target": "https://mine.example/", "slug": "k3"}
            meddled.append(links.create(store, post.id, wish, now=times.now(), own_hosts=OWN))
        staged(pipe, *rest)

    monkeypatch.setattr(link_imports.import_steps.post_making, "stage", stage)
    done = go_on(store)
    assert meddled
    assert (done.counts["take"], done.counts["conflict"]) == (4, 1)
    assert left(store, done) == [("k3", "conflict", "leads elsewhere here, to https://mine.example/")]
    assert links.get(store, "k3") == meddled[0]


def test_one_that_two_go_on_with_at_once_is_taken_in_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_records, "PIECE", 20)
    begin(store, *many(100))
    link_imports.take(store, go_on(store).id)
    staged, inside = link_imports.import_steps.post_making.stage, []

    def stage(pipe: Any, *rest: Any) -> None:
        if len(inside) < 2:
            inside.append(1)
            link_imports.step(store, NOBODY, own_hosts=OWN, seconds=0)
        staged(pipe, *rest)

    monkeypatch.setattr(link_imports.import_steps.post_making, "stage", stage)
    done = go_on(store)
    assert (done.at, done.done) == (5, 100)
    assert done.counts == {"take": 100, "here": 0, "conflict": 0, "refused": 0}
    assert left(store, done) == []
    assert len(posts.list_(store, limit=999)[0]) == 100


def test_another_one_waits_until_it_is_over_or_discarded(store: Store) -> None:
    first = begin(store, *many(3))
    with pytest.raises(Conflict):
        begin(store, *many(3))
    looked = go_on(store)
    second = begin(store, *many(2))
    with pytest.raises(Conflict):
        link_imports.take(store, looked.id)
    link_imports.discard(store, first.id)
    assert link_imports.last(store) == second
    link_imports.discard(store, second.id)
    assert link_imports.last(store) is None
    assert [key for key in store.redis.keys("*link_import*") if b":left" not in key] == []


def test_of_two_files_read_at_once_the_later_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put, begun = kept_files.put, list[LinkImport]()

    def put_behind(*given: Any) -> int:
        monkeypatch.undo()
        begun.append(begin(store, *many(2)))
        return put(*given)

    monkeypatch.setattr(kept_files, "put", put_behind)
    with pytest.raises(Conflict):
        begin(store, *many(3))
    assert link_imports.last(store) == begun[0]
    assert parts(store) == {"", f":{begun[0].id}:file"}
    assert go_on(store).rows == 2


def test_what_was_left_for_a_week_says_so(store: Store) -> None:
    found = begin(store, *many(3))
    go_on(store)
    store.redis.delete(keys.link_import(found.id, "rows"))
    link_imports.take(store, found.id)
    failed = go_on(store)
    assert (failed.stage, failed.error) == ("failed", "It was left for more than a week: begin again.")


def test_not_while_a_backup_is_read_in(store: Store) -> None:
    begin(store, *many(3))
    link_imports.take(store, go_on(store).id)
    settings.put(store, nouns.IMPORTING, "counts x")
    with pytest.raises(Unavailable):
        link_imports.step(store, NOBODY, own_hosts=OWN, seconds=0)
    assert links.all_(store) == []


def test_more_links_than_there_is_room_for_are_refused_and_leave_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_records, "MOST_ROWS", 400)
    begin(store, *many(501))
    failed = go_on(store)
    assert (failed.stage, failed.error) == ("failed", "The file holds more than 400 links: split it.")
    assert parts(store) == {""}


def test_what_the_making_of_posts_refuses_is_left_and_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = link_imports.import_steps._asked

    def spoilt(found: Any, row: Any, *rest: Any) -> Any:
        return asked(found, row, *rest) | ({"title": ""} if row.slug == "k1" else {})

    monkeypatch.setattr(link_imports.import_steps, "_asked", spoilt)
    done = bring(store, *many(3))
    assert (done.counts["take"], done.counts["refused"]) == (2, 1)
    assert left(store, done) == [("k1", "refused", "title: must not be empty")]


def test_export_and_import_keep_the_number(store: Store, tmp_path: Path) -> None:
    bring(store, "spring,https://pots.example/,,2024-03-01,,,1234")
    link, path = links.get(store, "spring"), tmp_path / "all.ndjson"
    assert link.before is not None
    settings.put(store, import_records.KEY, "top-secret")
    export.write(store, path)
    assert "top-secret" not in path.read_text("utf-8")
    assert import_records.KEY not in path.read_text("utf-8")
    store.redis.flushall()
    export.read(store, path)
    assert links.get(store, "spring") == link


def test_an_erased_posts_link_forgets_it(store: Store) -> None:
    bring(store, "spring,https://pots.example/,,2024-03-01,,,1234")
    posts.purge(store, links.get(store, "spring").post_id)
    (link,) = links.all_(store)
    assert (link.state, link.before) == ("erased", None)


def test_records_from_before_it_are_read(store: Store) -> None:
    _post, (link,) = make_post(store, "bio_link")
    record = json.loads(store.redis.get(keys.link(link.slug)))
    del record["before"]
    store.redis.set(keys.link(link.slug), json.dumps(record))
    assert links.get(store, link.slug) == replace(link, before=None)


STEPPER = """
import os, signal, sys
from shortlinks import store as stores
from shortlinks.link_imports import import_steps, link_imports
from shortlinks.posts import post_making
url, calls, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
made, staged, seen = import_steps._move_on, post_making.stage, []
def die(*rest, **named):
    seen.append(1)
    if len(seen) == calls and where == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    made(*rest, **named)
import_steps._move_on = die
store = stores.open_store(url, timeout=10)
found = link_imports.last(store)
while link_imports.step(store, None, own_hosts=frozenset({"go.example"}), seconds=0):
    if len(seen) == calls and where == "after":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_in_the_middle_it_goes_on_where_it_was_and_makes_nothing_twice(
    store: Store, server: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real processes, killed with everything of a piece staged but not sent, or sent but not noticed by us."""
    monkeypatch.setattr(import_records, "PIECE", 20)
    number = 100
    begin(store, *many(number))
    link_imports.take(store, go_on(store).id)
    for call in (1, 2):
        process = subprocess.run(
            [sys.executable, "-c", STEPPER, server, str(call), where], cwd=Path(__file__).parent.parent, check=False
        )
        assert process.returncode == -signal.SIGKILL
        there = link_imports.last(store)
        assert there is not None
        assert there.stage == "taking"
        assert len(links.all_(store)) == there.done == there.counts["take"]
    done = go_on(store)
    assert (done.stage, done.counts["take"]) == ("done", number)
    assert len(links.all_(store)) == len(posts.list_(store, limit=number + 1)[0]) == number
    assert sum(link.before.clicks for link in links.all_(store) if link.before) == sum(range(number))  # type: ignore[misc]
