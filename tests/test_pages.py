"""Lists a page at a time."""

import pytest

from shortlinks.errors import Invalid
from shortlinks.records import pages


def _names(fake, limit, cursor=None, **options):
    return pages.page(
        fake, "index", lambda name: f"r:{name}", lambda raw: raw.decode(), limit=limit, cursor=cursor, **options
    )


def _fill(fake, rows):
    for name, score in rows:
        fake.redis.zadd("index", {name: score})
        fake.redis.set(f"r:{name}", name)


def test_pages_follow_each_other_without_gap_or_repeat_also_among_equal_scores(fake):
    rows = [(f"n{number:04d}", number // 300) for number in range(1_000)]
    _fill(fake, rows)
    seen, cursor = [], None
    while True:
        found, cursor = _names(fake, 70, cursor)
        seen += found
        if cursor is None:
            break
    assert seen == [name for name, _ in sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)]


def test_a_page_is_stable_when_records_are_added_and_erased_meanwhile(fake):
    _fill(fake, [(f"n{number}", number) for number in range(6)])
    first, cursor = _names(fake, 3)
    _fill(fake, [("newer", 9)])
    fake.redis.zrem("index", "n3")  # the very record that the cursor names
    second, end = _names(fake, 3, cursor)
    assert (first, second, end) == (["n5", "n4", "n3"], ["n2", "n1", "n0"], None)


def test_of_many_with_one_score_none_is_missed_while_others_of_them_go(fake, monkeypatch):
    """As many as are read at once stand before the position, and some of them go between two reads."""
    _fill(fake, [(f"n{number:04d}", 7) for number in range(700)])
    first, cursor = _names(fake, 450)
    assert first[-1] == "n0250"
    make, reads = fake.redis.pipeline, []

    def while_they_go(*args, **options):
        reads.append(fake.redis.zrem("index", *(f"n{690 - 60 * len(reads) - number:04d}" for number in range(60))))
        return make(*args, **options)

    monkeypatch.setattr(fake.redis, "pipeline", while_they_go)
    rest, end = _names(fake, 450, cursor)
    assert reads[0] == 60
    assert (rest, end) == ([f"n{number:04d}" for number in range(249, -1, -1)], None)


def test_a_filter_fills_the_page_from_further_down(fake):
    _fill(fake, [(f"n{number:03d}", number) for number in range(500)])
    found, cursor = _names(fake, 2, keep=lambda name: name.endswith("00"))
    assert found == ["n400", "n300"]
    assert _names(fake, 9, cursor, keep=lambda name: name.endswith("00")) == (["n200", "n100", "n000"], None)


@pytest.mark.parametrize("cursor", ["", "x", "12", "12:", ":n1", "-1:n", "1.5:n", "٣:n", "9" * 40 + ":n"])
def test_a_bad_cursor_is_named(fake, cursor):
    with pytest.raises(Invalid) as caught:
        _names(fake, 2, cursor)
    assert [field for field, _ in caught.value.errors] == ["cursor"]


def test_a_limit_below_one_is_named(fake):
    with pytest.raises(Invalid, match="limit"):
        _names(fake, 0)
