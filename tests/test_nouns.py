import pytest

from shortlinks import store as stores
from shortlinks.errors import Invalid, Unavailable
from shortlinks.records import nouns


@pytest.mark.parametrize(
    "bad", ["a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\ud800b", "a\nb", "x" * 11, "", "  ", 5, None, ["a"]]
)
def test_text_with_control_characters_or_of_wrong_length_is_refused(bad):
    with pytest.raises(Invalid, match="title"):
        nouns.text(10)(bad, "title")


@pytest.mark.parametrize("good", ["x" * 10, "é", "👩\u200d💻", "<b>&\"'", "שלום"])
def test_text_is_kept_as_it_is(good):
    assert nouns.text(10)(f" {good}\n", "title") == good


def test_text_of_several_lines_may_have_them():
    assert nouns.text(20, lines=True)("a\r\n\tb\n", "notes") == "a\n\tb"
    with pytest.raises(Invalid):
        nouns.text(20, lines=True)("a\x00b", "notes")


def test_every_error_is_collected_with_its_path():
    fields = nouns.Fields({"a": 1, "odd": 2, 3: 4}, ("a", "b"), "thing", "things[0].")
    fields.need("b", nouns.text(5), "")
    fields.take("a", nouns.text(5), "")
    with pytest.raises(Invalid) as caught:
        fields.raise_errors()
    assert caught.value.errors == [
        ("things[0].odd", "is not a field of a thing"),
        ("things[0].3", "is not a field of a thing"),
        ("things[0].b", "is required"),
        ("things[0].a", "must be text"),
    ]


@pytest.mark.parametrize("given", [None, [], "text", 5])
def test_what_is_no_object_is_an_error(given):
    fields = nouns.Fields(given, ("a",), "post")
    assert fields.errors == [("post", "must be an object with named fields")]


def test_a_record_carries_its_format_version():
    assert nouns.dump({"a": "é"}) == '{"v":1,"a":"é"}'
    assert nouns.load(nouns.dump({"a": "é"}).encode()) == {"a": "é"}


def test_nothing_is_answered_that_the_disk_has_not_confirmed(server, store):
    hasty = stores.open_store(server, timeout=0.3)
    store.redis.config_set("appendfsync", "no")
    try:
        with pytest.raises(Unavailable, match="is appendfsync switched off on this Redis"):
            nouns.commit(hasty, lambda pipe: pipe.set("sl:{n}:x", 1))
    finally:
        store.redis.config_set("appendfsync", "always")
    nouns.commit(hasty, lambda pipe: pipe.set("sl:{n}:x", 1))


@pytest.mark.parametrize("full_before", [True, False])
def test_a_server_that_becomes_full_is_told_of_by_what_was_written(store, full_before):
    def change(pipe):
        pipe.multi()
        pipe.set("sl:{n}:x", 1)
        if not full_before:
            pipe.execute_command("CONFIG", "SET", "maxmemory", "1")

    store.redis.config_set("maxmemory", int(full_before))
    try:
        with pytest.raises(Unavailable, match="Nothing was changed" if full_before else "It was written"):
            nouns.commit(store, change)
    finally:
        store.redis.config_set("maxmemory", 0)
    assert store.redis.exists("sl:{n}:x") == (not full_before)
