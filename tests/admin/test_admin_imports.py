"""Taking in a platform's own file: choose it, look, save."""

import re
import secrets
import zlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from html import unescape

import pytest
from admin_cast import Browser, wrong
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from shortlinks import times
from shortlinks.errors import Invalid
from shortlinks.links.links import Link
from shortlinks.posts import posts
from shortlinks.profiles import profiles
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from shortlinks.web.admin import packed

Reel = tuple[posts.Post, Link]
HERE = "/admin/import/"
HEADER = "Post ID,Account ID,Description,Publish time,Permalink,Date,Views,Likes,Comments\n"
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')
_OPTION = re.compile(r'<option value="([^"]*)"[^>]*>([^<]*)')


def line(code: str, title: str = "Cup", views: object = 1_000, span: str = "Lifetime") -> str:
    return f"1,2,{title},11/01/2026 18:00,https://www.instagram.com/reel/{code}/,{span},{views},90,4\n"


def look(owner: Browser, *lines: str, name: str = "export.csv", header: str = HEADER) -> TestResponse:
    # By hand: the test client would put a large file on the disk and leave it open.
    head = f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{owner.token(HERE)}\r\n'
    head += f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = f"{head}{header}{''.join(lines)}\r\n--x--\r\n".encode()
    return owner.client.post(HERE, data=body, content_type="multipart/form-data; boundary=x")


def save(owner: Browser, seen: TestResponse, rows: dict[int, str] | None = None, **fields: str) -> TestResponse:
    """Send the form of a preview as it stands, with what is chosen for some rows."""
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(seen.text)}
    chosen = {f"row-{number}": choice for number, choice in (rows or {}).items()}
    return owner.client.post(f"{HERE}save", data=hidden | chosen | fields)


def flashed(owner: Browser) -> str:
    found = re.search(r'class="note" role="status">([^<]*)', owner.get("/admin/").text)
    return unescape(found[1]) if found else ""


def addressed(store: Store, reel: Reel, code: str = "A") -> posts.Post:
    changes = {"permalink": f"https://www.instagram.com/p/{code}/", "published_at": times.now() - 40 * times.DAY}
    return posts.update(store, reel[0].id, changes, now=times.now())


def views(store: Store, post: posts.Post) -> list[int | None]:
    return [row.views for row in snapshots.of_post(store, post.id)]


def test_the_list_of_posts_leads_here_and_each_platform_says_where_its_file_is(owner: Browser, reel: Reel) -> None:
    assert f'href="{HERE}"' in owner.get("/admin/").text
    page = owner.get(HERE).text
    for text in ("YouTube Studio: Analytics", "Meta Business Suite in a browser", "Pinterest in a browser"):
        assert text in page


def test_strangers_are_sent_to_sign_in(stranger: Browser) -> None:
    assert stranger.get(HERE).status_code == 303
    assert stranger.client.post(HERE).status_code in (303, 400)


def test_looking_shows_what_would_be_saved_and_saves_nothing(owner: Browser, reel: Reel, store: Store) -> None:
    post = addressed(store, reel)
    page = look(owner, line("A"), line("B", "Hat"), line("C", "Day", span="2026-11-02"))
    assert page.status_code == 200
    text = unescape(page.text)
    assert "of 3 rows, 1 matches a post here. Nothing is saved yet." in text
    assert "The blue mug" in text
    assert "Comments 4" in text
    assert "Row 3: views 1,000, likes 90, comments 4; no post here has its address." in text
    assert "Row 4, “Day”, is of one day, not of all the time since it was published." in text
    assert views(store, post) == []


def test_saving_takes_it_in_once(owner: Browser, reel: Reel, store: Store) -> None:
    post, seen = addressed(store, reel), look(owner, line("A"))
    answer = save(owner, seen)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert flashed(owner) == "The numbers of 1 post are saved."
    (row,) = snapshots.of_post(store, post.id)
    assert (row.views, row.source) == (1_000, "imported")
    assert abs(row.taken_at - times.now()) < times.MINUTE
    save(owner, seen)
    assert flashed(owner) == "This file was taken in already: the numbers of 1 post."
    again = look(owner, line("A"))
    assert "There is nothing new in it." in again.text
    assert "was taken in before" in again.text
    assert "Save these numbers" not in again.text
    assert views(store, post) == [1_000]


def test_a_row_gets_the_post_that_is_chosen_or_a_new_one_or_none(owner: Browser, reel: Reel, store: Store) -> None:
    post, _ = reel
    seen = look(owner, line("A"), line("B", "Hat"), line("C", "Scarf"))
    for told in (
        "The numbers of 2 posts are saved. One of them is new here.",
        "This file was taken in already: the numbers of 2 posts.",  # the same form, sent twice
    ):
        assert save(owner, seen, {2: post.id, 3: "new", 4: ""}).status_code == 303
        assert flashed(owner) == told
    assert posts.get(store, post.id).permalink == "https://www.instagram.com/reel/A/"
    titles = {each.title for each in posts.list_(store, limit=9)[0]}
    assert titles == {"The blue mug", "Hat"}


def test_a_post_called_alike_is_proposed_and_nothing_is_chosen_beforehand(
    owner: Browser, reel: Reel, store: Store
) -> None:
    out = datetime(2026, 11, 1, 18).timestamp()
    posts.update(store, reel[0].id, {"published_at": int(out * 1_000)}, now=times.now())
    page = unescape(look(owner, line("A", "The blue mug #clay")).text)
    options = _OPTION.findall(page)
    assert options[:3] == [
        ("", "Leave it out"),
        (reel[0].id, "Probably “The blue mug”"),
        ("new", "Make a new post of it"),
    ]
    assert [text for _, text in options].count("Probably “The blue mug”") == 1
    assert len(options) == 3
    assert "selected" not in page.replace('value="" selected', "")
    assert "Is it “The blue mug”, called alike and of about that day?" in page


def test_views_that_would_go_down_are_marked_and_saved_only_if_asked(owner: Browser, reel: Reel, store: Store) -> None:
    post = addressed(store, reel)
    snapshots.add(store, post, {"views": 2_000, "comments": 9}, now=times.now() - times.DAY)
    seen = look(owner, line("A"))
    for text in ("lower than noted", "was 2,000", "Comments 4 (was 9)", "Save the one with lower views, too"):
        assert text in seen.text
    save(owner, seen)
    assert flashed(owner) == "Nothing was saved. 1 post was left out: the views would go down."
    assert views(store, post) == [2_000]
    save(owner, seen, with_lower="1")
    assert views(store, post) == [2_000, 1_000]


def test_a_chosen_post_whose_views_go_down_is_told_of(owner: Browser, reel: Reel, store: Store) -> None:
    snapshots.add(store, reel[0], {"views": 2_000}, now=times.now() - times.MINUTE)
    save(owner, look(owner, line("A")), {2: reel[0].id})
    page = unescape(owner.get("/admin/").text)
    assert "“The blue mug”: The views, 1,000, are lower than the 2,000 you noted on" in page


def test_the_time_of_reading_is_asked_with_now_or_the_day_in_the_files_name_proposed(
    owner: Browser, reel: Reel, store: Store
) -> None:
    post = addressed(store, reel)
    yesterday = datetime.now(tz=times.zone("UTC")) - timedelta(days=1)
    seen = look(owner, line("A"), name=f"Nov-01-2025_{yesterday:%b-%d-%Y}_12.csv")
    proposed = f"{yesterday:%Y-%m-%dT23:59}"
    assert f'value="{proposed}"' in seen.text
    assert "Taken from the file’s name" in unescape(seen.text)
    save(owner, seen, taken_at=proposed)
    assert [times.rfc3339(row.taken_at)[:16] for row in snapshots.of_post(store, post.id)] == [proposed]
    old = look(owner, line("A"), line("B"), name="content_2026-01-01_2026-01-28.csv")
    assert "The file’s name speaks of Wed 28 Jan: if you downloaded it then, say so." in unescape(old.text)
    assert "2026-01-28T" not in old.text


def test_what_is_refused_comes_back_as_it_was_chosen_and_nothing_is_saved(
    owner: Browser, reel: Reel, store: Store
) -> None:
    post = addressed(store, reel)
    other, _ = posts.create(store, {"platform": "x", "title": "Y"}, now=times.now(), own_hosts=frozenset())
    seen = look(owner, line("A"), line("B", "Hat"))
    answer = save(owner, seen, {3: "new"}, taken_at="2099-01-01T10:00")
    assert answer.status_code == 422
    assert wrong(answer) == ["Downloaded is in the future."]
    assert re.search(r'<option value="new" selected', answer.text)
    assert 'value="2099-01-01T10:00"' in answer.text
    answer = save(owner, seen, {3: other.id})
    assert (answer.status_code, len(wrong(answer))) == (422, 1)
    assert "“Y” is no post on Instagram" in unescape(wrong(answer)[0])
    answer = save(owner, seen, {3: post.id})
    assert "has another address" in unescape(wrong(answer)[0])
    assert (views(store, post), len(posts.list_(store, limit=9)[0])) == ([], 2)
    posts.purge(store, other.id)
    answer = save(owner, seen, {3: other.id})
    assert wrong(answer) == ["The post that was chosen is gone: it was erased meanwhile."]
    assert (views(store, post), len(posts.list_(store, limit=9)[0])) == ([], 1)
    save(owner, answer, {3: "new"})
    assert (views(store, post), len(posts.list_(store, limit=9)[0])) == ([1_000], 2)


def test_where_a_platform_has_several_profiles_it_is_asked_which_new_posts_are_on(
    owner: Browser, reel: Reel, store: Store
) -> None:
    assert "New posts are on" not in look(owner, line("B")).text
    second = profiles.create(store, platform="instagram", handle="second", now=times.now())
    seen = look(owner, line("B", "Hat"))
    assert "New posts are on" in seen.text
    assert save(owner, seen, {2: "new"}, profile_id="nothere").status_code == 422
    save(owner, seen, {2: "new"}, profile_id=second.id)
    assert [each.profile_id for each in posts.list_(store, limit=9)[0] if each.title == "Hat"] == [second.id]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "File is empty."),
        ("a,b\n1,2\n", "File is none that is known here."),
        ("PK\x03\x04[Content_Types].xml", "File is a spreadsheet: open it, save the sheet with the posts as CSV"),
        (HEADER, "File holds no posts"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(owner: Browser, header: str, message: str) -> None:
    answer = look(owner, header=header)
    assert answer.status_code == 422
    assert unescape(wrong(answer)[0]).startswith(message)


def test_no_file_at_all_is_asked_for(owner: Browser) -> None:
    assert wrong(owner.send(HERE)) == ["Choose the file first."]
    assert owner.get(f"{HERE}save").status_code == 303


def test_a_file_beyond_the_limit_is_refused(owner: Browser) -> None:
    assert look(owner, "x" * (1 << 20)).status_code == 413
    noise = look(owner, *(line(str(number), secrets.token_urlsafe(690)) for number in range(1_000)))
    assert (noise.status_code, wrong(noise)) == (422, ["File is too large: download a shorter time."])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "é",
        "AAAA",
        urlsafe_b64encode(zlib.compress(b"a" * 100))[:-8].decode(),
        urlsafe_b64encode(zlib.compress(b"a" * (2 << 20))).decode(),
        urlsafe_b64encode(zlib.compress(b"a,b\n1,2\n")).decode(),
    ],
)
def test_what_was_not_looked_at_is_not_taken(owner: Browser, text: str) -> None:
    fields = MultiDict({"csrf_token": owner.token(HERE), "packed": text})
    answer = owner.client.post(f"{HERE}save", data=fields)
    assert answer.status_code == 422
    assert wrong(answer)


def test_a_packed_file_comes_back_whole_or_not_at_all() -> None:
    data = (HEADER + line("A") * 50).encode()
    text = packed.pack(data)
    assert packed.unpack(text) == data
    for cut in (text[:-4], text[: len(text) // 8 * 4], text[4:]):
        with pytest.raises(Invalid, match="did not come whole"):
            packed.unpack(cut)


def test_who_leaves_the_proposed_minute_means_the_moment_of_saving(owner: Browser, reel: Reel, store: Store) -> None:
    post, seen = addressed(store, reel), look(owner, line("A"))
    save(owner, seen, taken_at="2026-11-01T10:00", suggested="2026-11-01T10:00")
    (row,) = snapshots.of_post(store, post.id)
    assert abs(row.taken_at - times.now()) < times.MINUTE


def test_many_rows_without_a_post_are_shown_in_part(owner: Browser, reel: Reel) -> None:
    page = look(owner, *(line(f"B{number}", f"Cup {number}") for number in range(130))).text
    assert page.count("<select") == 100
    assert "30 more are not shown" in page
    assert len(page) < 120_000
