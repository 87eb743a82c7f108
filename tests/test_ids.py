import re

from shortlinks import ids


def test_an_id_has_ten_characters_that_nobody_mixes_up():
    for _ in range(200):
        assert re.fullmatch(f"[{ids.ALPHABET}]{{10}}", ids.new())


def test_the_alphabet_holds_no_vowel_and_no_look_alike():
    assert len(set(ids.ALPHABET)) == len(ids.ALPHABET) == 27
    assert not set(ids.ALPHABET) & set("aeiouy01l")


def test_ids_do_not_repeat():
    assert len({ids.new() for _ in range(5_000)}) == 5_000


def test_a_length_can_be_asked_for():
    assert len(ids.new(5)) == 5


def test_a_sayable_word_goes_from_consonant_to_vowel_in_letters_that_are_spelled_as_they_sound():
    words = {ids.sayable(3) for _ in range(200)}
    assert len(words) > 150
    assert all(re.fullmatch("(?:[bdmnrtv][aeio]){3}", word) for word in words)


def test_the_same_texts_have_the_same_id_and_others_another():
    assert ids.of("a", "b") == ids.of("a", "b")
    assert len({ids.of("a", "b"), ids.of("b", "a"), ids.of("ab"), ids.of("a")}) == 4
    assert len(ids.of("")) == ids.LENGTH
    assert set(ids.of("a", "b")) <= set(ids.ALPHABET)
