"""The environment as a Config: defaults, files, and sentences for nonsense."""

from pathlib import Path

import pytest

from shortlinks import config
from shortlinks.running import sentinels

KEY = "a key of sixteen or more"


def load(tmp_path: Path, **environ: str) -> config.Config:
    return config.load({"SHORTLINKS_DATA_DIR": str(tmp_path / "data")} | environ)


def test_an_empty_environment_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = config.load({})
    assert found == config.Config(data_dir=tmp_path / "data", secret_key=found.secret_key)
    assert found.redis_url is None
    assert found.base_url == "http://localhost:8000"


def test_every_setting_is_read(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        PORT="9000",
        BASE_URL="https://Go.Example/",
        REDIS_URL="redis://r:6379/1",
        SHORTLINKS_QUEUE_URL="redis://q:6379",
        SECRET_KEY=KEY,
        SHORTLINKS_ADMIN_PASSWORD="open sesame",
        SHORTLINKS_API_TOKEN="token-for-automation",
        SHORTLINKS_TRUSTED_PROXIES="1",
        WEB_CONCURRENCY="4",
        SHORTLINKS_ALLOW_FETCH="Shlink.lan, 10.0.0.0/8,::1",
        SHORTLINKS_CHECK_TARGETS="No",
        SHORTLINKS_CLICK_RETENTION_DAYS="30",
        SHORTLINKS_REPEAT_SECONDS="0",
        TZ="Europe/Berlin",
    )
    assert found == config.Config(
        data_dir=tmp_path / "data",
        secret_key=KEY,
        port=9000,
        base_url="https://go.example",
        redis_url="redis://r:6379/1",
        queue_url="redis://q:6379",
        admin_password="open sesame",
        api_token="token-for-automation",
        trusted_proxies=1,
        web_concurrency=4,
        allow_fetch=("shlink.lan", "10.0.0.0/8", "::1"),
        check_targets=False,
        click_retention_days=30,
        repeat_seconds=0,
        timezone="Europe/Berlin",
    )


@pytest.mark.parametrize("setting", config.SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_be_a_file(tmp_path: Path, setting: config.Setting) -> None:
    values = {
        "PORT": "9000",
        "BASE_URL": "https://go.example",
        "REDIS_URL": "redis://r",
        "SHORTLINKS_QUEUE_URL": "redis://q",
        "SHORTLINKS_DATA_DIR": str(tmp_path / "elsewhere"),
        "SHORTLINKS_TRUSTED_PROXIES": "2",
        "WEB_CONCURRENCY": "3",
        "SHORTLINKS_SERVER": "granian",
        "SHORTLINKS_CHECK_TARGETS": "no",
        "SHORTLINKS_CLICK_RETENTION_DAYS": "7",
        "SHORTLINKS_REPEAT_SECONDS": "60",
        "SHORTLINKS_LOG": "json",
        "TZ": "Asia/Tokyo",
    }
    value = values.get(setting.name, "twenty-characters-ok")
    secret = tmp_path / "secret"
    secret.write_text(value + "\n")
    environ = {"SECRET_KEY": KEY, "SHORTLINKS_DATA_DIR": str(tmp_path / "data")}
    plain = config.load({**environ, setting.name: value})
    environ.pop(setting.name, None)
    assert config.load({**environ, f"{setting.name}_FILE": str(secret)}) == plain
    with pytest.raises(config.ConfigError, match="both set"):
        config.load({**environ, setting.name: value, f"{setting.name}_FILE": str(secret)})


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"/no/such/file named by SECRET_KEY_FILE"):
        load(tmp_path, SECRET_KEY_FILE="/no/such/file")


def test_empty_variables_count_as_unset(tmp_path: Path) -> None:
    found = load(tmp_path, **{setting.name: "" for setting in config.SETTINGS if setting.name != "SHORTLINKS_DATA_DIR"})
    assert found == load(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "٨٠"),
        ("PORT", "-1"),
        ("BASE_URL", "go.example"),
        ("BASE_URL", "ftp://go.example"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://go.example/links"),
        ("BASE_URL", "https://go.example?x=1"),
        ("BASE_URL", "https://me:secret@go.example"),
        ("BASE_URL", "https://go.example:port"),
        ("BASE_URL", "https://[::1"),
        ("BASE_URL", "https://go example"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis+sentinel://one:26379"),
        ("REDIS_URL", "redis+sentinel://one:port/primary"),
        ("SHORTLINKS_QUEUE_URL", "queue"),
        ("SECRET_KEY", "short"),
        ("SHORTLINKS_API_TOKEN", "short"),
        ("SHORTLINKS_API_TOKEN", "with spaces inside"),
        ("SHORTLINKS_TRUSTED_PROXIES", "yes"),
        ("SHORTLINKS_TRUSTED_PROXIES", "11"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "2.5"),
        ("SHORTLINKS_SERVER", "apache"),
        ("SHORTLINKS_ALLOW_FETCH", "10.0.0.0/99"),
        ("SHORTLINKS_ALLOW_FETCH", "http://shlink.lan"),
        ("SHORTLINKS_CHECK_TARGETS", "never"),
        ("SHORTLINKS_CLICK_RETENTION_DAYS", "0"),
        ("SHORTLINKS_REPEAT_SECONDS", "601"),
        ("SHORTLINKS_REPEAT_SECONDS", "-1"),
        ("SHORTLINKS_CLICK_RETENTION_DAYS", "forever"),
        ("SHORTLINKS_LOG", "xml"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_that_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        load(tmp_path, **{"SECRET_KEY": KEY, name: value})
    assert name in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bad_redis_url_is_not_shown_because_it_may_hold_a_password(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError) as caught:
        load(tmp_path, REDIS_URL="rediss//:hunter2@host", SECRET_KEY=KEY)
    assert "hunter2" not in str(caught.value)


def test_secrets_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    secrets = ["first-secret-value-00", "second-secret-value", "third-secret-value", "fourth-secret-value"]
    found = load(
        tmp_path,
        SECRET_KEY=secrets[0],
        SHORTLINKS_ADMIN_PASSWORD=secrets[1],
        SHORTLINKS_API_TOKEN=secrets[2],
        REDIS_URL=f"redis://:{secrets[3]}@host",
    )
    assert not [secret for secret in secrets if secret in repr(found)]


def test_a_secret_key_is_made_once_and_kept_for_the_owner_only(tmp_path: Path) -> None:
    first = load(tmp_path)
    kept = tmp_path / "data" / "secret_key"
    assert len(first.secret_key) == 64
    assert load(tmp_path).secret_key == first.secret_key == kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_a_kept_key_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text("\n")
    with pytest.raises(config.ConfigError, match="no usable secret key"):
        load(tmp_path)


def test_with_a_redis_of_its_own_the_secret_key_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="SECRET_KEY must be set"):
        load(tmp_path, REDIS_URL="redis://r")
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(config.ConfigError, match=f"{tmp_path}/data cannot be made"):
        load(tmp_path)


def test_the_queue_lives_with_the_data_unless_told_otherwise(tmp_path: Path) -> None:
    assert load(tmp_path, REDIS_URL="redis://r", SECRET_KEY=KEY).queue_url == "redis://r"


def test_a_process_of_the_procfile_needs_a_redis(tmp_path: Path) -> None:
    environ = {"SHORTLINKS_DATA_DIR": str(tmp_path), "SECRET_KEY": KEY}
    with pytest.raises(config.ConfigError, match="REDIS_URL is not set"):
        config.load_connected(environ)
    assert config.load_connected(environ | {"REDIS_URL": "redis://r"}).redis_url == "redis://r"


@pytest.mark.parametrize("name", [":/etc/localtime", "CET-1CEST", "Mars/Olympus", "../../etc/passwd"])
def test_a_system_zone_that_has_no_name_is_utc(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, TZ=name).timezone == "UTC"


@pytest.mark.parametrize(
    ("base_url", "own"),
    [
        ("https://GO.example:8443", {"go.example"}),
        ("http://localhost:8000", {"localhost"}),
        ("http://[::1]:8000", {"::1"}),
        ("http://192.168.0.10:8000", {"192.168.0.10"}),
    ],
)
def test_own_hosts_are_those_that_lead_back_here(tmp_path: Path, base_url: str, own: set[str]) -> None:
    assert load(tmp_path, BASE_URL=base_url).own_hosts == own


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Go.Example:443/", "https://go.example"),
        ("http://go.example:80", "http://go.example"),
        ("http://go.example:443", "http://go.example:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_base_url_is_kept_in_its_short_form(tmp_path: Path, given: str, kept: str) -> None:
    assert load(tmp_path, BASE_URL=given).base_url == kept


def test_only_https_is_secure(tmp_path: Path) -> None:
    assert load(tmp_path, BASE_URL="https://go.example").secure
    assert not load(tmp_path).secure


def test_a_sentinel_url_is_taken_apart() -> None:
    assert sentinels.parse("redis+sentinel://one:26380,two/primary/3") == sentinels.Sentinel(
        [("one", 26_380), ("two", 26_379)], "primary", 3
    )
    assert sentinels.parse("redis://one") is None
