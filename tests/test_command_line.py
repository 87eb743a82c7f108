"""The commands about posts and links: what they print for programs and people, and how they end."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import fakeredis
import pytest
from apiflask import APIFlask
from clicking import make_config, make_post, pour, record

from shortlinks import keys, times, web
from shortlinks import store as stores
from shortlinks.__main__ import main
from shortlinks.command_line import statuses
from shortlinks.command_line.escapes import visible
from shortlinks.command_line.program import program
from shortlinks.links import links
from shortlinks.owner import settings, signatures, tokens
from shortlinks.posts import posts
from shortlinks.rollups import rolling_up
from shortlinks.sales import conversions
from shortlinks.snapshots import snapshots
from shortlinks.store import Store
from tests.api import documented

PERMALINK = "https://www.instagram.com/reel/C1abcdEFGHI/"


@dataclass
class Cast:
    """A post with a link and numbers, and a second one."""

    store: Store
    post: posts.Post
    link: links.Link
    other: posts.Post


@pytest.fixture
def cast(server: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    given = {
        "REDIS_URL": server,
        "SECRET_KEY": "k" * 32,
        "SHORTLINKS_DATA_DIR": str(tmp_path),
        "BASE_URL": "https://go.example",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "SHORTLINKS_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    now = times.now()
    settings.set_timezone(store, "Asia/Tokyo")
    post, (link,) = make_post(store, "bio_link", permalink=PERMALINK, kind="reel", now=now - times.DAY)
    other, _ = make_post(store, "story_link_sticker", title="A [red]mug[/red]\u202e", now=now - times.DAY)
    for each, views in ((post, "12.4K"), (other, 800)):
        snapshots.add(store, each, {"views": views, "likes": 931}, now=now - times.HOUR, source="api")
    pour(store, [record(post.id, link.slug, now - times.HOUR * 2, visitor=f"v{place}") for place in range(3)])
    rolling_up.roll_up(store, keys.shard(post.id))
    return Cast(store, post, link, other)


@pytest.fixture(scope="module")
def app() -> APIFlask:
    """The application that tells its document."""
    return web.create_app(make_config(Path("/nowhere")), store=stores.on(fakeredis.FakeRedis()))


@dataclass
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(cast: Cast, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(list(arguments))
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return run


ANSWERS = {
    "post add": ("A new one --platform tiktok --link on_screen=https://shop.example/a --tag blue", "POST /posts"),
    "post list": ("--platform instagram --search mug", "GET /posts"),
    "post show": ("POST", "GET /posts/{post_id}"),
    "post edit": ("POST --title Better --followers 1.2K --published-at 2026-11-20T09:00", "PATCH /posts/{post_id}"),
    "post archive": ("POST", "PATCH /posts/{post_id}"),
    "post erase": ("POST --yes", None),
    "link add": ("POST story_link_sticker https://shop.example/b --utm source=ig", "POST /posts/{post_id}/links"),
    "link list": ("--post POST", "GET /links"),
    "link show": ("SLUG", "GET /links/{slug}"),
    "link edit": ("SLUG --target https://shop.example/c --expires-at 2035-12-31T23:59", "PATCH /links/{slug}"),
    "link disable": ("SLUG", "PATCH /links/{slug}"),
    "link enable": ("SLUG", "PATCH /links/{slug}"),
    "snapshot add": ("POST --views 13.1K --likes 1,002", "POST /posts/{post_id}/snapshots"),
    "snapshot list": ("POST", "GET /posts/{post_id}/snapshots"),
    "funnel": ("POST", "GET /posts/{post_id}/funnel"),
    "compare": ("POST OTHER", "GET /compare"),
    "insights": ("", "GET /insights"),
    "clicks": ("POST --limit 2", "GET /clicks"),
    "profile add": ("tiktok ada --kind business --followers 12.4K", "POST /profiles"),
    "profile list": ("", "GET /profiles"),
    "placements": ("--platform tiktok", "GET /placements"),
    "sale add": ("POST 12.50€", "POST /conversions"),
    "conversion add": ("order-1 --slug SLUG --amount-minor 1999 --currency EUR", "POST /conversions"),
    "conversion list": ("", "GET /conversions"),
    "token add": ("sheet --scope read --scope write", "POST /tokens"),
    "token list": ("", "GET /tokens"),
    "token revoke": ("TOKEN", None),
}
"""Of each command that prints JSON: what to try it with, and the call of the API that answers so, None for nothing."""

OUTCOMES = {"export", "import", "import-from", "recount"}
"""Those that are no call of the API; see also test_import_from."""


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from leaves(found, *path, name)
        else:
            yield " ".join((*path, name)), found


def spelled(cast: Cast, words: str) -> list[str]:
    token, _ = tokens.create(cast.store, "old", ["read"], now=times.now())
    stand_in = {"POST": cast.post.id, "OTHER": cast.other.id, "SLUG": cast.link.slug, "TOKEN": token.id}
    whole = words.replace("A new one", "A\u00a0new\u00a0one")
    return [stand_in.get(word, word).replace("\u00a0", " ") for word in whole.split(" ") if word]


def test_every_command_that_prints_json_is_tried() -> None:
    told = {name for name, found in leaves(program) if "as_json" in {each.name for each in found.params}}
    assert told == {*ANSWERS, *OUTCOMES}


def test_every_command_says_what_it_does_with_an_example() -> None:
    for name, found in leaves(program):
        assert found.help, name
        assert found.epilog, name
        assert f"python -m shortlinks {name}" in found.epilog, name


@pytest.mark.parametrize("command", ANSWERS)
def test_json_is_what_the_api_answers(app: APIFlask, cast: Cast, run: Run, command: str) -> None:
    words, call = ANSWERS[command]
    done = run(*command.split(), *spelled(cast, words), "--json")
    assert (done.status, done.err) == (0, "")
    if call is None:
        assert done.out == ""
        return
    assert documented.misfits(app, call, done.json) == []
    assert done.out.isascii()


@pytest.mark.parametrize("command", ANSWERS)
def test_words_for_people_fit_eighty_columns_and_hold_no_command_of_a_terminal(
    cast: Cast, run: Run, command: str
) -> None:
    done = run(*command.split(), *spelled(cast, ANSWERS[command][0]))
    assert (done.status, done.err) == (0, "")
    assert done.out.strip()
    assert max(len(line) for line in done.out.splitlines()) <= 80
    assert "\x1b" not in done.out


class TestWhatIsChanged:
    def test_a_post_with_its_link(self, cast: Cast, run: Run) -> None:
        address, leads = "https://www.tiktok.com/@ada/video/7300000000000000001", "https://shop.example/?a=b"
        options = ("--permalink", address, "--link", f"on_screen={leads}", "--published-at", "2026-11-21T09:30")
        made = run("post", "add", "Blue bowls", *options, "--json").json
        post = posts.get(cast.store, made["id"])
        assert (post.title, post.platform, times.rfc3339(post.published_at)) == (
            "Blue bowls",
            "tiktok",
            "2026-11-21T00:30:00Z",
        )
        assert links.of_posts(cast.store, [post.id])[0][0].target == leads

    def test_an_empty_value_clears_and_what_is_absent_stays(self, cast: Cast, run: Run) -> None:
        run("post", "edit", cast.post.id, "--tag", "a", "--tag", "b", "--notes", "kept")
        assert posts.get(cast.store, cast.post.id).tags == ("a", "b")
        run("post", "edit", cast.post.id, "--tag", "", "--permalink", "")
        post = posts.get(cast.store, cast.post.id)
        assert (post.tags, post.permalink, post.notes) == ((), None, "kept")

    def test_archived_and_back(self, cast: Cast, run: Run) -> None:
        run("post", "archive", cast.post.id)
        assert cast.post.id not in run("post", "list").out
        assert cast.post.id in run("post", "list", "--archived").out
        run("post", "edit", cast.post.id, "--no-archived")
        assert cast.post.id in run("post", "list").out

    def test_nothing_is_erased_without_a_yes(self, cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for said, status in (("n\n", 1), ("", 1), ("y\n", 0)):
            monkeypatch.setattr(sys, "stdin", io.StringIO(said))
            assert posts.find(cast.store, cast.post.id)
            assert run("post", "erase", cast.post.id).status == status
        assert posts.find(cast.store, cast.post.id) is None

    def test_a_link(self, cast: Cast, run: Run) -> None:
        slug = cast.link.slug
        run(
            "link",
            "edit",
            f"https://go.example/{slug}",
            "--post",
            cast.other.id,
            "--utm",
            "campaign=x",
            "--forward-query",
        )
        link = links.get(cast.store, slug)
        assert (link.post_id, link.utm, link.forward_query) == (cast.other.id, {"campaign": "x"}, True)
        run("link", "disable", slug)
        assert links.get(cast.store, slug).state == "disabled"
        run("link", "enable", slug)
        assert links.get(cast.store, slug).state == "active"

    def test_a_count_as_people_type_it(self, cast: Cast, run: Run) -> None:
        run("snapshot", "add", cast.post.id, "--views", "13.1K", "--taken-at", "2026-11-22 10:00")
        newest = next(each for each in snapshots.of_post(cast.store, cast.post.id) if each.views == 13_100)
        assert times.rfc3339(newest.taken_at) == "2026-11-22T01:00:00Z"
        assert newest.precision == {"views": 50}

    def test_a_sale_counts_for_the_post_by_its_link(self, cast: Cast, run: Run) -> None:
        settings.set_language(cast.store, "de")
        run("sale", "add", cast.post.id, "12,50")
        run("sale", "add", cast.post.id)
        found = conversions.of_post(cast.store, cast.post.id)
        assert [(each.amount_minor, each.currency, each.source, each.slug) for each in found] == [
            (1250, "EUR", "typed", cast.link.slug),
            (None, None, "typed", cast.link.slug),
        ]

    def test_a_token_is_shown_once_and_opens_nothing_when_revoked(self, cast: Cast, run: Run) -> None:
        made = run("token", "add", "sheet", "--scope", "read", "--json").json
        assert tokens.find(cast.store, made["token"])
        assert made["token"] not in run("token", "list", "--json").out
        run("token", "revoke", made["id"])
        assert tokens.find(cast.store, made["token"]) is None

    def test_a_new_token_is_shown_with_what_yourls_tools_want(self, cast: Cast, run: Run) -> None:
        out = run("token", "add", "n8n", "--scope", "write").out
        facts = dict(line.rsplit(maxsplit=1) for line in out.splitlines()[:3])
        assert facts["Signature (YOURLS)"] == signatures.of_token(facts["Id"], "k" * 32)


class TestNames:
    def test_a_post_is_called_by_what_people_have_at_hand(self, cast: Cast, run: Run) -> None:
        short = next(cast.post.id[:size] for size in range(1, 11) if not cast.other.id.startswith(cast.post.id[:size]))
        address = "https://instagram.com/reel/C1abcdEFGHI?igsh=1"
        for name in (
            cast.post.id,
            short,
            short.upper(),
            cast.link.slug,
            f"https://go.example/{cast.link.slug}",
            address,
        ):
            done = run("post", "show", name, "--json")
            assert done.json["id"] == cast.post.id, name

    def test_one_that_may_be_several_is_refused_with_all_of_them(self, cast: Cast, run: Run) -> None:
        run("post", "edit", cast.other.id, "--permalink", PERMALINK)
        done = run("post", "erase", PERMALINK, "--yes")
        assert done.status == statuses.BAD_INPUT
        assert f"  {cast.post.id}  The blue mug\n" in done.err
        assert f"  {cast.other.id}  A [red]mug[/red]\\u202e\n" in done.err
        assert len(posts.find_all(cast.store, [cast.post.id, cast.other.id])) == 2

    def test_a_slug_that_is_also_the_beginning_of_another_posts_id(self, cast: Cast, run: Run) -> None:
        run("link", "add", cast.post.id, "bio_link", "https://shop.example", "--slug", cast.other.id[:6])
        assert run("post", "show", cast.other.id[:6]).status == statuses.BAD_INPUT
        assert run("post", "show", cast.other.id).status == 0


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("snapshot add POST --views many", 2, "views "),
        ("post add x", 2, "platform is required, or a permalink that tells it"),
        ("post add x --platform tiktok --link nowhere", 2, "links[0] must be PLACEMENT=TARGET"),
        ("post add x --platform tiktok --link on_screen=ftp://a", 2, "links[0].target must begin with https:// or http://"),
        ("post edit POST --published-at yesterday", 2, "published_at must be a time with its zone"),
        ("sale add POST -- -3", 2, "amount must not be negative"),
        ("clicks POST --limit 0", 2, "limit must be from 1 to 200"),
        ("post list --cursor made-up", 2, "cursor does not belong to this list"),
        ("post list --nonsense", 2, "No such option"),
        ("post list --platform nope", 2, "'nope' is not one of 'instagram', 'tiktok', "),
        ("placements --platform nope", 2, "'nope' is not one of 'instagram', 'tiktok', "),
        ("nonsense", 2, "No such command"),
        ("post show zz", 3, "There is no post 'zz'."),
        ("link show none", 3, "There is no link 'none'."),
        ("token revoke none", 3, "There is no token 'none'."),
        ("link add POST bio_link https://shop.example --slug SLUG", 4, "is taken"),
        ("import-from bitly none.csv", 1, "shortlinks: none.csv: No such file or directory.\n"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_a_status_of_its_own(
    cast: Cast, run: Run, words: str, status: int, sentence: str
) -> None:
    done = run(*spelled(cast, words))
    assert (done.status, done.out) == (status, "")
    assert sentence in done.err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("post show \udcff", "post"),
        ("post add \udcff --platform tiktok", "title"),
        ("post list --tag \udcff", "tag"),
        ("post edit POST --tag a --tag \udcff", "tags"),
        ("link show \udcff", "slug"),
        ("token revoke a\udcff", "token_id"),
    ],
)
def test_what_is_not_utf_8_is_refused_by_its_name(cast: Cast, run: Run, words: str, option: str) -> None:
    # So Python takes over what a shell passes on in another encoding (PEP 383).
    done = run(*spelled(cast, words))
    assert (done.status, done.out, done.err) == (statuses.BAD_INPUT, "", f"shortlinks: {option} is not UTF-8\n")


def test_a_password_that_is_not_utf_8_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\udcff long enough\n"))
    done = run("password")
    assert (done.status, done.err) == (statuses.BAD_INPUT, "shortlinks: password is not UTF-8\n")


def test_outcomes_are_told_as_one_object(cast: Cast, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    told = run("export", str(file), "--json").json
    assert told == {"file": str(file), "posts": 2, "links": 2, "clicks": 3, "bytes_left": 0}
    assert file.stat().st_size
    cast.store.redis.flushall()
    assert run("import", str(file), "--json").json == {"file": str(file), "posts": 2, "links": 2}
    again = run("recount", "--json").json
    assert again["moved"] == []
    assert (again["posts"], again["clicks"], again["failed"], again["days_left"]) == (2, 3, 0, 0)


def test_an_export_to_standard_output_has_no_room_for_its_outcome(cast: Cast, run: Run) -> None:
    done = run("export", "-", "--json")
    assert (done.status, done.out) == (statuses.BAD_INPUT, "")
    assert "--json goes with a file" in done.err


def test_a_redis_that_is_away_has_a_status_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    for words in (("post", "list"), ("post", "show", "abc"), ("recount",)):
        done = run(*words)
        assert (done.status, done.out) == (statuses.UNAVAILABLE, "")
        assert "does not answer" in done.err


def test_tables_tell_the_creators_time_and_json_utc(cast: Cast, run: Run) -> None:
    run("link", "edit", cast.link.slug, "--expires-at", "2035-12-31T23:59")
    assert run("link", "show", cast.link.slug, "--json").json["expires_at"] == "2035-12-31T14:59:00Z"
    assert "2035-12-31 23:59" in run("link", "show", cast.link.slug).out


def test_the_funnel_tells_rates_findings_and_the_next_step(cast: Cast, run: Run) -> None:
    found = run("funnel", cast.post.id, "--json").json
    said = " ".join(run("funnel", cast.post.id).out.split())
    for sentence in (
        *(rate["sentence"] for rate in found["rates"]),
        *(each["next_step"] for each in found["findings"]),
    ):
        assert " ".join(sentence.split()) in said
    assert found["rates"]
    assert found["findings"]
    assert run("funnel", cast.post.id, "--at", "2026-01-01T00:00", "--json").json["snapshot_at"] is None


def test_lists_go_on_where_they_ended(cast: Cast, run: Run) -> None:
    first = run("post", "list", "--limit", "1", "--json").json
    assert f"--cursor {first['next_cursor']}" in run("post", "list", "--limit", "1").out
    second = run("post", "list", "--limit", "1", "--cursor", first["next_cursor"], "--json").json
    assert {first["items"][0]["id"], second["items"][0]["id"]} == {cast.post.id, cast.other.id}
    assert second["next_cursor"] is None


def test_a_long_title_is_cut_and_nothing_beside_it(cast: Cast, run: Run) -> None:
    posts.update(cast.store, cast.post.id, {"title": "Glazing the blue bowls " * 8}, now=times.now())
    line = next(line for line in run("post", "list").out.splitlines() if line.startswith(cast.post.id))
    assert "Glazing the blue" in line
    assert "… " in line
    assert line.rstrip().endswith(" 12,400       3      0")


def test_the_newest_clicks_come_last(cast: Cast, run: Run) -> None:
    late = times.now()
    pour(cast.store, [record(cast.post.id, cast.link.slug, late, visitor="late")])
    rolling_up.roll_up(cast.store, keys.shard(cast.post.id))
    found = run("clicks", cast.post.id, "--limit", "2", "--json").json["items"]
    assert len(found) == 2
    assert found[-1]["at"] == times.rfc3339(late)


def test_no_character_commands_a_terminal() -> None:
    assert visible("a\x1b[31m\x9b2J\r\n\x07\u2028\u202e\u2066b") == r"a\x1b[31m\x9b2J\r\n\x07\u2028\u202e\u2066b"
    assert visible("größer 👩\u200d💻 می\u200cخواهم") == "größer 👩\u200d💻 می\u200cخواهم"


def test_a_terminal_that_lacks_letters_is_told_their_names(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    posts.update(cast.store, cast.post.id, {"title": "Größe"}, now=times.now())
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["funnel", cast.post.id]) == 0
    terminal.seek(0)
    assert r"Gr\xf6\xdfe" in terminal.read()


class TestColour:
    """What looks like a terminal gets colour; nothing else does."""

    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    @pytest.mark.parametrize(
        ("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_only_where_it_is_wanted(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], coloured: bool
    ) -> None:
        for name, value in ({"TERM": "xterm-256color"} | settings).items():
            monkeypatch.setenv(name, value)
        terminal = self.Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["post", "list"]) == 0
        said = terminal.getvalue()
        assert ("\x1b[" in said) == coloured
        assert "A [red]mug[/red]\\u202e" in said
