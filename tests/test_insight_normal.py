"""Is this normal? One rate for each way, beside published research."""

import pytest
from insight_cast import POSTS, STORIES, ask, many
from outcome_cast import STICKER, outcome, reading

from shortlinks.words import language, voices


def test_what_is_normal_has_its_year_and_denominator_and_goes_by_size() -> None:
    normal = ask(*many(3, 500, 1), *many(2, 5_000, 4), *many(1, 50_000, 20))["normal"]
    assert normal.evidence["published"]["rate"] == pytest.approx(0.000128)
    assert "75 billion potential views (Gabielkov and others, 2016): 0.013\u00a0%" in normal.answer
    assert {row["size"]: row["views"] for row in normal.evidence["by_size"]} == {
        "smaller posts": 1_500,
        "posts of 1,000 to 9,999 views": 10_000,
        "posts of 10,000 views and more": 50_000,
    }


def test_what_is_normal_is_one_rate_for_each_way() -> None:
    stories = [outcome(reading(150, 5, spot=STICKER), spots=(STICKER,), kind="story") for _ in range(4)]
    normal = ask(*many(3, 2_000, 2), *stories)["normal"]
    told = {row["group"]: (row["clicks"], row["views"]) for row in [normal.evidence, *normal.evidence["others"]]}
    assert told == {STORIES: (20, 600), POSTS: (6, 6_000)}
    assert f"{STORIES}: 20 clicks from 600 views, about 1 per 30, between 1 per " in normal.answer
    assert f"{POSTS}: " not in normal.answer
    assert "Your other posts are told apart, each kind by itself. Links on Twitter" in normal.answer
    assert "other posts" not in ask(*many(3, 2_000, 2))["normal"].answer
    assert [(point.group, point.label) for point in normal.picture.points] == [
        (STORIES, "All"),
        (POSTS, "All"),
        ("Published research", "Links to news on Twitter, 2016"),
    ]


@pytest.mark.parametrize(
    ("tag", "research", "size"),
    [
        ("es-MX", "9.6 millones de clics", "publicaciones de 1,000 a 9,999 visualizaciones"),
        ("es-ES", "9,6 millones de clics", "publicaciones de 1.000 a 9.999 visualizaciones"),
    ],
)
def test_numbers_within_an_answer_are_written_as_in_the_region(tag: str, research: str, size: str) -> None:
    with language.speaking(voices.of(tag)):
        normal = ask(*many(3, 500, 1), *many(2, 5_000, 4))["normal"]
    assert research in normal.answer
    assert [row["size"] for row in normal.evidence["by_size"]][1] == size
