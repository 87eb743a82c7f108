"""Dumps of YOURLS that were cut off, hold more than plain rows, or too much."""

import pytest
from test_link_rows import read, why

from shortlinks.link_imports import yourls_dumps

INTO = "INSERT INTO `y_url` (`keyword`, `url`) VALUES "
PLAIN = "has a row with something else than plain values: have mysqldump or phpMyAdmin write the dump"
TOO_MUCH = "has more in one row, or more columns, than a table of links has"


def test_a_dump_that_is_cut_off_is_never_taken_for_whole() -> None:
    """Wherever it is cut: within a value, between two of them, between rows, behind the last one."""
    whole = INTO + "('aaa1', 'https://pots.example/1'),\n('aaa2', 0x41);"
    assert [row.slug for row in read(yourls_dumps.read, whole)] == ["aaa1", "aaa2"]
    before = INTO + "('aaa0', 'https://pots.example/0');\n"
    for length in range(len("INSERT "), len(whole)):
        assert why(yourls_dumps.read, before + whole[:length]) == "is no SQL dump, or was cut off", whole[:length]


def test_what_an_insert_does_with_rows_that_are_there_already_is_no_row() -> None:
    more = "ON DUPLICATE KEY UPDATE url=VALUES(url), title = CONCAT('(', title);\n"
    found = read(yourls_dumps.read, 2 * f"{INTO}('a', 'https://pots.example/a'), ('b', NULL)\n{more}")
    assert [(row.slug, row.target) for row in found] == 2 * [("a", "https://pots.example/a"), ("b", "")]


def test_an_insert_without_values_takes_nothing_with_it() -> None:
    dump = f"INSERT INTO other SELECT 1;\n{INTO}('a', 'https://pots.example/a');\n"
    assert [row.slug for row in read(yourls_dumps.read, dump)] == ["a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (INTO + "('a', CONCAT('https://', 'pots.example'));", PLAIN),
        (INTO + "('a', NOW());", PLAIN),
        (INTO + "('a', CURRENT_TIMESTAMP);", PLAIN),
        (INTO + "('a', 'b' 'c');", PLAIN),
        (INTO + "('a', , 'b');", PLAIN),
        (INTO + "(`keyword`, 'b');", PLAIN),
        (INTO + "('a', 'b'; ('c', 'd');", PLAIN),
        (INTO + "(" + "1," * 5_000, TOO_MUCH),
        (INTO + "(" + f"'{'x' * 9_000}'," * 120, TOO_MUCH),
        ("INSERT INTO `y_url` (" + "`a`," * 5_000, TOO_MUCH),
        ("CREATE TABLE `y_url` (" + "`a` int," * 5_000, TOO_MUCH),
        (f"CREATE TABLE `y_url` (`{'a' * 9_000}` int,", TOO_MUCH),
        ("".join(f"CREATE TABLE `y{each}_url` (`keyword` text, `url` text);" for each in range(200)), TOO_MUCH),
    ],
)
def test_what_would_be_read_wrong_or_take_too_much_memory_is_refused(text: str, told: str) -> None:
    assert why(yourls_dumps.read, text) == told
