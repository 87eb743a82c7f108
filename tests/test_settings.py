import pytest

from shortlinks.errors import Invalid
from shortlinks.owner import settings


def test_the_time_zone_is_utc_until_it_is_set(fake):
    assert settings.timezone(fake) == "UTC"
    assert settings.timezone(fake, "Asia/Tokyo") == "Asia/Tokyo"
    settings.set_timezone(fake, " Europe/Berlin ")
    assert settings.timezone(fake, "Asia/Tokyo") == "Europe/Berlin"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Mars/Olympus",
        "../etc/passwd",
        "/etc/localtime",
        "a\x00b",
        5,
        None,
        "localtime",
        "posixrules",
        "Factory",
        "right/UTC",
        "posix/UTC",
    ],
)
def test_an_unknown_time_zone_is_refused(fake, name):
    with pytest.raises(Invalid) as caught:
        settings.set_timezone(fake, name)
    assert [field for field, _ in caught.value.errors] == ["timezone"]
    assert settings.timezone(fake) == "UTC"


def test_a_time_zone_that_this_machine_does_not_know_is_read_as_utc(fake):
    settings.put(fake, settings.TIMEZONE, "US/Nowhere")
    assert (settings.timezone(fake), settings.zone(fake).key) == ("US/Nowhere", "UTC")
    settings.set_timezone(fake, "Asia/Tokyo")
    assert settings.zone(fake).key == "Asia/Tokyo"


def test_setting_the_password_uses_up_the_one_time_code(store):
    assert settings.password_hash(store) is settings.setup_code_hash(store) is None
    settings.set_setup_code_hash(store, "code")
    assert settings.setup_code_hash(store) == "code"
    settings.set_password_hash(store, "$argon2id$x")
    assert (settings.password_hash(store), settings.setup_code_hash(store)) == ("$argon2id$x", None)
    settings.set_password_hash(store, None)
    assert settings.password_hash(store) is None


def test_a_setting_can_be_removed(fake):
    settings.set_setup_code_hash(fake, "code")
    settings.set_setup_code_hash(fake, None)
    assert settings.setup_code_hash(fake) is None
