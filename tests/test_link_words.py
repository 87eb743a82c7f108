"""Words for the ending of a link that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.links import link_fields, link_words


@pytest.mark.parametrize(
    ("title", "target", "words"),
    [
        ("Three cats, one kiln", "", ["cats", "kiln"]),
        ("How I glaze the CATS; cats again", "", ["glaze", "cats", "again"]),
        ("Crème brûlée für die Gläser", "", ["creme", "brulee", "fur", "die", "glaser"]),
        ("A reel of 12 mugs2go", "", ["reel", "mugs"]),
        ("Кошки", "https://shop.example/blue-bowl.html?utm_source=x#top", ["blue", "bowl"]),
        ("", "shop.example/bowls/", ["bowls"]),
        ("Kiln", "https://shop.example/", ["kiln"]),
        ("Pneumonoultramicroscopic", "https://shop.example", []),
        ("", "", []),
        ("My new one", "nonsense", ["new"]),
    ],
)
def test_words_are_short_plain_and_those_that_say_something(title: str, target: str, words: list[str]) -> None:
    found = link_words.proposed(title, target)
    assert [word for word in found if word.isalpha()] == words
    assert found[len(words) :] == [f"{words[0]}{number}" for number in range(2, 10)] if words else found == []


@given(st.text(), st.text())
def test_whatever_a_post_is_called_each_is_a_slug_and_there_are_few(title: str, target: str) -> None:
    found = link_words.proposed(title, target)
    assert all(link_fields.SLUG.fullmatch(word) for word in found)
    assert len(set(found)) == len(found) <= 16
