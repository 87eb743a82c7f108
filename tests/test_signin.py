"""The password and the one-time code."""

from pathlib import Path

import pytest

from shortlinks.config import Config
from shortlinks.errors import Invalid
from shortlinks.owner import settings, signin
from shortlinks.store import Store

GOOD = "correct horse battery"
CONFIG = Config(data_dir=Path("unused"), secret_key="not used here at all")
WITH_PASSWORD = Config(data_dir=Path("unused"), secret_key="not used here at all", admin_password="fröhlich-2026")


def test_the_password_that_was_set_is_right_and_others_are_not(fake: Store) -> None:
    signin.set_password(fake, GOOD)
    assert signin.check_password(fake, CONFIG, GOOD)
    assert not signin.check_password(fake, CONFIG, GOOD + " ")
    assert not signin.check_password(fake, CONFIG, "")


def test_only_an_argon2_hash_is_kept(fake: Store) -> None:
    signin.set_password(fake, GOOD)
    kept = settings.password_hash(fake)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert GOOD not in kept


def test_without_any_password_nothing_is_right(fake: Store) -> None:
    assert not signin.check_password(fake, CONFIG, "")
    assert not signin.check_password(fake, CONFIG, GOOD)


def test_a_hash_that_is_none_lets_nobody_in(fake: Store) -> None:
    settings.set_password_hash(fake, "plain text")
    assert not signin.check_password(fake, CONFIG, "plain text")


@pytest.mark.parametrize("text", ["", "short", "nine char", "x" * 1_001])
def test_it_refuses_a_password_too_short_or_absurdly_long(fake: Store, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        signin.set_password(fake, text)
    assert caught.value.errors[0][0] == "password"
    assert settings.password_hash(fake) is None


def test_an_absurdly_long_try_is_just_wrong(fake: Store) -> None:
    signin.set_password(fake, GOOD)
    assert not signin.check_password(fake, CONFIG, "x" * 1_000_000)


def test_the_configured_password_is_the_only_one(fake: Store) -> None:
    signin.set_password(fake, GOOD)
    assert signin.check_password(fake, WITH_PASSWORD, "fröhlich-2026")
    assert not signin.check_password(fake, WITH_PASSWORD, GOOD)
    assert not signin.check_password(fake, WITH_PASSWORD, "fr\udcf6hlich")


def test_the_code_sets_the_first_password_once(fake: Store) -> None:
    code = signin.first_code(fake)
    assert code is not None
    assert signin.redeem_code(fake, code, GOOD)
    assert signin.check_password(fake, CONFIG, GOOD)
    assert not signin.redeem_code(fake, code, "another password")
    assert signin.check_password(fake, CONFIG, GOOD)


@pytest.mark.parametrize("spell", [str.upper, lambda code: code.replace("-", ""), lambda code: f" {code} \n"])
def test_the_code_may_be_typed_as_people_type(fake: Store, spell: object) -> None:
    code = signin.first_code(fake)
    assert callable(spell)
    assert signin.redeem_code(fake, spell(code), GOOD)


@pytest.mark.parametrize("code", ["", "-", "2222-2222-2222-2222"])
def test_a_wrong_code_changes_nothing(fake: Store, code: str) -> None:
    right = signin.first_code(fake)
    assert right is not None
    assert not signin.redeem_code(fake, code, GOOD)
    assert settings.password_hash(fake) is None
    assert signin.redeem_code(fake, right, GOOD)


def test_a_bad_password_does_not_use_the_code_up(fake: Store) -> None:
    code = signin.first_code(fake)
    assert code is not None
    with pytest.raises(Invalid):
        signin.redeem_code(fake, code, "short")
    assert signin.redeem_code(fake, code, GOOD)


def test_without_a_code_there_is_nothing_to_redeem(fake: Store) -> None:
    assert not signin.redeem_code(fake, "", GOOD)


def test_the_last_code_is_the_one_that_works(fake: Store) -> None:
    first, second = signin.first_code(fake), signin.first_code(fake)
    assert first is not None
    assert second is not None
    assert not signin.redeem_code(fake, first, GOOD)
    assert signin.redeem_code(fake, second, GOOD)


def test_no_code_once_a_password_is_set(fake: Store) -> None:
    code = signin.first_code(fake)
    assert code is not None
    signin.set_password(fake, GOOD)
    assert signin.first_code(fake) is None
    assert not signin.redeem_code(fake, code, "another password")


def test_a_code_that_was_made_while_a_password_was_being_set_is_void(fake: Store) -> None:
    code = signin.first_code(fake)
    assert code is not None
    waiting = settings.setup_code_hash(fake)
    signin.set_password(fake, GOOD)
    settings.set_setup_code_hash(fake, waiting)
    assert not signin.redeem_code(fake, code, "another password")


def test_the_code_itself_is_not_kept(fake: Store) -> None:
    code = signin.first_code(fake)
    assert code is not None
    kept = settings.setup_code_hash(fake)
    assert kept is not None
    assert len(kept) == 64
    assert code not in kept
