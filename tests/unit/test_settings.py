"""The environment: defaults, secrets from files, bad values named, and a test clock only where no real invoice can be met."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from webapp.settings import PRODUCTION_ADDRESSES, Settings, SettingsError, load_settings

KEY = Fernet.generate_key().decode()
LOOPBACK = dict.fromkeys(PRODUCTION_ADDRESSES, "http://127.0.0.1:9")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"KONTOR_INSTANCE": str(tmp_path / "instance")}


@pytest.fixture
def shared(env: dict[str, str]) -> dict[str, str]:
    """Everything that is required with DATABASE_URL."""
    more = {"DATABASE_URL": "postgres://kontor:x@db/kontor", "SECRET_KEY": "s", "KONTOR_CREDENTIAL_KEYS": KEY}
    return env | more | {"KONTOR_TIMEZONE": "Europe/Berlin"}


def loaded(env: dict[str, str], **more: str) -> Settings:
    return load_settings(env | more)


def refusal(env: dict[str, str], **more: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(env | more)
    return str(caught.value)


def test_an_empty_environment_is_enough_for_one_machine(env: dict[str, str]) -> None:
    settings = loaded(env)
    assert (settings.bind, settings.port, settings.public_url, settings.trusted_proxies) == ("127.0.0.1", 8000, None, 0)
    assert (settings.settle_seconds, settings.read_timeout, settings.post_deadline) == (330, 30, 60)
    assert (settings.log_level, settings.metrics_token, settings.test_clock) == ("info", None, None)
    assert (settings.redis_url, settings.on_heroku, settings.is_sqlite) == (None, False, True)
    assert settings.sophos_id_url == "https://id.sophos.com"
    assert settings.sophos_api_url == "https://api.central.sophos.com"
    assert settings.autotask_zone_url == "https://webservices.autotask.net"
    assert settings.database_url == f"sqlite:///{settings.instance / 'kontor.db'}"
    assert not settings.secure_cookies


def test_keys_are_made_once_and_only_their_owner_may_read_them(env: dict[str, str]) -> None:
    first, second = loaded(env), loaded(env)
    assert (first.secret_key, first.credential_keys) == (second.secret_key, second.credential_keys)
    for name in ("secret_key", "kontor_credential_keys"):
        assert stat.S_IMODE((first.instance / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(first.instance.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["SECRET_KEY", "KONTOR_CREDENTIAL_KEYS", "KONTOR_TIMEZONE"])
def test_with_a_shared_database_nothing_is_made_up(shared: dict[str, str], name: str) -> None:
    del shared[name]
    assert refusal(shared).startswith(f"{name} must be set")


@pytest.mark.parametrize("name", ["SECRET_KEY", "KONTOR_CREDENTIAL_KEYS", "KONTOR_METRICS_TOKEN", "DATABASE_URL"])
def test_a_secret_may_stand_in_a_file(shared: dict[str, str], tmp_path: Path, name: str) -> None:
    values = {"SECRET_KEY": "from a file", "KONTOR_CREDENTIAL_KEYS": KEY, "KONTOR_METRICS_TOKEN": "t" * 20}
    value = values.get(name, "postgresql://kontor@db/other")
    file = tmp_path / "secret"
    file.write_text(value + "\n")
    shared.pop(name, None)
    settings = loaded(shared, **{f"{name}_FILE": str(file)})
    found = {
        "SECRET_KEY": settings.secret_key,
        "KONTOR_CREDENTIAL_KEYS": ",".join(settings.credential_keys),
        "KONTOR_METRICS_TOKEN": settings.metrics_token,
        "DATABASE_URL": settings.database_url.replace("+psycopg", ""),
    }
    assert found[name] == value


def test_a_secret_file_that_is_not_there_is_named(env: dict[str, str]) -> None:
    assert "SECRET_KEY_FILE: cannot read /nowhere/secret" in refusal(env, SECRET_KEY_FILE="/nowhere/secret")


def test_the_database_address_file_counts_as_a_shared_database(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgres://kontor@db/kontor")
    assert "must be set when DATABASE_URL is set" in refusal(env, DATABASE_URL_FILE=str(file))


def test_the_addresses_of_hosting_platforms_are_understood(shared: dict[str, str]) -> None:
    assert loaded(shared).database_url == "postgresql+psycopg://kontor:x@db/kontor"
    assert not loaded(shared).is_sqlite


def test_the_first_of_several_keys_is_the_one_that_encrypts(env: dict[str, str]) -> None:
    other = Fernet.generate_key().decode()
    assert loaded(env, KONTOR_CREDENTIAL_KEYS=f"{KEY}, {other}").credential_keys == (KEY, other)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "0", "PORT must be a whole number from 1 to 65535, not '0'"),
        ("PORT", "http", "PORT must be a whole number"),
        ("KONTOR_TRUSTED_PROXIES", "11", "KONTOR_TRUSTED_PROXIES must be a whole number from 0 to 10"),
        ("KONTOR_SETTLE_SECONDS", "0", "KONTOR_SETTLE_SECONDS must be a number of seconds up to 86400, not '0'"),
        ("KONTOR_SETTLE_SECONDS", "nan", "KONTOR_SETTLE_SECONDS must be a number of seconds up to 86400, not 'nan'"),
        ("KONTOR_READ_TIMEOUT", "-1", "KONTOR_READ_TIMEOUT must be a number of seconds"),
        ("KONTOR_POST_DEADLINE", "soon", "KONTOR_POST_DEADLINE must be a number of seconds"),
        ("KONTOR_POST_DEADLINE", "151", "KONTOR_POST_DEADLINE must be a number of seconds up to 150"),
        ("KONTOR_LOG_LEVEL", "loud", "KONTOR_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'"),
        ("KONTOR_TIMEZONE", "Europe/Atlantis", "KONTOR_TIMEZONE: Europe/Atlantis is not a time zone"),
        ("KONTOR_CREDENTIAL_KEYS", "short", "KONTOR_CREDENTIAL_KEYS: not a Fernet key"),
        ("KONTOR_CREDENTIAL_KEYS", ",", "KONTOR_CREDENTIAL_KEYS holds no key"),
        ("DATABASE_URL", "mysql://db/kontor", "DATABASE_URL must begin with"),
        ("SOPHOS_ID_URL", "https://id.example", "SOPHOS_ID_URL must be https://id.sophos.com or an address on loopback"),
        ("SOPHOS_API_URL", "http://10.0.0.1", "SOPHOS_API_URL must be"),
        ("AUTOTASK_ZONE_URL", "http://127.0.0.1@evil.example", "AUTOTASK_ZONE_URL must be"),
        ("KONTOR_BIND", "0.0.0.0", "KONTOR_BIND is 0.0.0.0"),
        ("KONTOR_TEST_CLOCK", "2026-11-23T11:00:00+00:00", "KONTOR_TEST_CLOCK is refused: SOPHOS_ID_URL"),
    ],
)
def test_a_bad_value_is_named(env: dict[str, str], name: str, value: str, says: str) -> None:
    more = {"KONTOR_TIMEZONE": "UTC", "SECRET_KEY": "s", "KONTOR_CREDENTIAL_KEYS": KEY} if name == "DATABASE_URL" else {}
    assert says in refusal(env, **more, **{name: value})


def test_a_bind_that_others_reach_needs_an_https_address(env: dict[str, str]) -> None:
    assert "KONTOR_PUBLIC_URL" in refusal(env, KONTOR_BIND="0.0.0.0", KONTOR_PUBLIC_URL="http://kontor.example")
    settings = loaded(env, KONTOR_BIND="0.0.0.0", KONTOR_PUBLIC_URL="https://kontor.example")
    assert settings.secure_cookies


@pytest.mark.parametrize("real", list(PRODUCTION_ADDRESSES))
def test_the_test_clock_is_refused_while_one_address_is_real(env: dict[str, str], real: str) -> None:
    addresses = LOOPBACK | {real: PRODUCTION_ADDRESSES[real]}
    assert f"KONTOR_TEST_CLOCK is refused: {real}" in refusal(env, KONTOR_TEST_CLOCK="2026-11-23", **addresses)


def test_the_test_clock_is_a_moment_or_a_file(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.touch()
    assert loaded(env, KONTOR_TEST_CLOCK="2026-11-23T11:00:00Z", **LOOPBACK).test_clock == "2026-11-23T11:00:00Z"
    assert loaded(env, KONTOR_TEST_CLOCK=str(file), **LOOPBACK).test_clock == str(file)
    assert "neither an ISO moment nor a file" in refusal(env, KONTOR_TEST_CLOCK="tomorrow", **LOOPBACK)


def test_the_queue_of_a_deep_instance_folder_has_a_short_path(env: dict[str, str], tmp_path: Path) -> None:
    assert loaded(env).queue_url.startswith("unix://")
    deep = loaded(env, KONTOR_INSTANCE=str(tmp_path / ("deep" * 30)))
    assert len(str(deep.queue_socket)) <= 100
    assert loaded(env, REDIS_URL="redis://queue:6379/0").queue_url == "redis://queue:6379/0"
