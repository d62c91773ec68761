"""The environment, read once at start: typed, checked and frozen.

Every name is described in README.md (a test compares the two). A default exists only where it is right in production.
Each secret may also be given as ``NAME_FILE``, a file that holds it. Nothing else in Kontor reads ``os.environ``.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet

from webapp.hosts import is_loopback, parse_address

PRODUCTION_ADDRESSES = {
    "SOPHOS_ID_URL": "https://id.sophos.com",
    "SOPHOS_API_URL": "https://api.central.sophos.com",
    "AUTOTASK_ZONE_URL": "https://webservices.autotask.net",
}
LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 107, and servers add a few of their own while binding
LONGEST_POST = 150  # seconds; a POST must end before the lease of 180 seconds that it is sent under
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """The environment cannot be used; the message names the variable and says what to do."""


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    ``settle_seconds``, ``read_timeout`` and ``post_deadline`` are seconds. ``timezone`` is the zone of "today" and of the
    schedules. ``test_clock`` is the raw value of KONTOR_TEST_CLOCK (webapp/clock.py), None in production.
    """

    instance: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    credential_keys: tuple[str, ...]
    timezone: ZoneInfo
    bind: str
    port: int
    public_url: str | None
    trusted_proxies: int
    sophos_id_url: str
    sophos_api_url: str
    autotask_zone_url: str
    settle_seconds: float
    read_timeout: float
    post_deadline: float
    metrics_token: str | None
    log_level: str
    test_clock: str | None
    on_heroku: bool

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def queue_socket(self) -> Path:
        """The Unix socket of the embedded queue, in a folder that only its owner may enter.

        A Unix socket's path is limited to some hundred bytes: below a long instance folder it lies in the folder for
        temporary files instead, under a name made of the instance's, so that every process of the instance finds it.
        """
        socket = self.instance / "queue" / "valkey.sock"
        if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
            return socket
        digest = hashlib.sha256(os.fsencode(self.instance)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"kontor-{os.getuid()}-{digest}" / "valkey.sock"

    @property
    def queue_url(self) -> str:
        return self.redis_url or f"unix://{quote(str(self.queue_socket))}"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure, except for plain http on loopback."""
        return self.public_url is not None and self.public_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the environment (``os.environ`` unless given). Raises SettingsError."""
    env = os.environ if environ is None else environ
    instance = Path(env.get("KONTOR_INSTANCE") or "instance").resolve()
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    shared_database = bool(_read_secret(env, "DATABASE_URL"))
    addresses = {name: _address(env, name) for name in PRODUCTION_ADDRESSES}
    bind, public_url = env.get("KONTOR_BIND") or "127.0.0.1", env.get("KONTOR_PUBLIC_URL") or None
    _check_bind(bind, public_url)
    return Settings(
        instance=instance,
        database_url=_database_url(env, instance),
        redis_url=_read_secret(env, "REDIS_URL"),
        secret_key=_secret(env, "SECRET_KEY", instance, required=shared_database, make=lambda: secrets.token_hex(32)),
        credential_keys=_fernet_keys(env, instance, required=shared_database),
        timezone=_timezone(env, required=shared_database),
        bind=bind,
        port=_whole(env, "PORT", 8000, 1, 65535),
        public_url=public_url,
        trusted_proxies=_whole(env, "KONTOR_TRUSTED_PROXIES", 0, 0, 10),
        sophos_id_url=addresses["SOPHOS_ID_URL"],
        sophos_api_url=addresses["SOPHOS_API_URL"],
        autotask_zone_url=addresses["AUTOTASK_ZONE_URL"],
        settle_seconds=_seconds(env, "KONTOR_SETTLE_SECONDS", 330),
        read_timeout=_seconds(env, "KONTOR_READ_TIMEOUT", 30),
        post_deadline=_seconds(env, "KONTOR_POST_DEADLINE", 60, LONGEST_POST),
        metrics_token=_read_secret(env, "KONTOR_METRICS_TOKEN"),
        log_level=_log_level(env),
        test_clock=_test_clock(env, addresses),
        on_heroku=bool(env.get("DYNO")),
    )


def _read_secret(env: Mapping[str, str], name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names; None where neither is set."""
    if file_name := env.get(f"{name}_FILE"):
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE: cannot read {file_name}: {error.strerror}") from error
    return env.get(name) or None


def _secret(env: Mapping[str, str], name: str, instance: Path, *, required: bool, make: Callable[[], str]) -> str:
    """The secret NAME; where it is not set and not required, one that is made once and kept in the instance (0600)."""
    if value := _read_secret(env, name):
        return value
    if required:
        raise SettingsError(f"{name} must be set when DATABASE_URL is set (or {name}_FILE).")
    path = instance / name.lower()
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _kept_secret(path, name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(make())
    return path.read_text(encoding="utf-8").strip()


def _kept_secret(path: Path, name: str) -> str:
    """The secret in ``path``. Another process may have created the file this moment and be writing it: look again briefly."""
    for _ in range(50):
        if value := path.read_text(encoding="utf-8").strip():
            return value
        time.sleep(0.02)
    raise SettingsError(f"{name}: {path} is empty. Restore it from the backup; without it stored credentials cannot be read.")


def _fernet_keys(env: Mapping[str, str], instance: Path, *, required: bool) -> tuple[str, ...]:
    raw = _secret(env, "KONTOR_CREDENTIAL_KEYS", instance, required=required, make=lambda: Fernet.generate_key().decode())
    keys = tuple(key.strip() for key in raw.split(",") if key.strip())
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise SettingsError("KONTOR_CREDENTIAL_KEYS: not a Fernet key (32 bytes, url-safe base64).") from error
    if not keys:
        raise SettingsError("KONTOR_CREDENTIAL_KEYS holds no key.")
    return keys


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    """The database address for SQLAlchemy; ``postgres://`` (Heroku) and ``postgresql://`` mean psycopg 3."""
    url = _read_secret(env, "DATABASE_URL")
    if not url:
        return f"sqlite:///{instance / 'kontor.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("postgresql+psycopg://", "sqlite:///")):
        return url
    raise SettingsError("DATABASE_URL must begin with postgres://, postgresql:// or sqlite:///.")


def _timezone(env: Mapping[str, str], *, required: bool) -> ZoneInfo:
    name = env.get("KONTOR_TIMEZONE")
    if not name and required:
        raise SettingsError("KONTOR_TIMEZONE must be set when DATABASE_URL is set, for example Europe/Berlin.")
    try:
        return ZoneInfo(name or _host_timezone())
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"KONTOR_TIMEZONE: {name} is not a time zone, write for example Europe/Berlin.") from error


def _host_timezone() -> str:
    """The name of the host's zone: /etc/timezone (Debian), else where /etc/localtime points, else UTC."""
    named = Path("/etc/timezone")
    if named.exists() and (name := named.read_text(encoding="utf-8").strip()):
        return name
    _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return name if found else "UTC"


def _address(env: Mapping[str, str], name: str) -> str:
    """One of the three API addresses: the vendor's, or any address on loopback."""
    value = (env.get(name) or PRODUCTION_ADDRESSES[name]).rstrip("/")
    if value == PRODUCTION_ADDRESSES[name]:
        return value
    parsed = parse_address(value)
    if parsed is None or not is_loopback(parsed.host):
        raise SettingsError(f"{name} must be {PRODUCTION_ADDRESSES[name]} or an address on loopback.")
    return value


def _check_bind(bind: str, public_url: str | None) -> None:
    if not is_loopback(bind) and not (public_url or "").startswith("https://"):
        raise SettingsError(
            f"KONTOR_BIND is {bind}, which other machines reach: set KONTOR_PUBLIC_URL to the https address that people use."
        )


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: float, most: float = 86400) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value <= most:
        raise SettingsError(f"{name} must be a number of seconds up to {most:.0f}, not {text!r}.")
    return value


def _log_level(env: Mapping[str, str]) -> str:
    level = (env.get("KONTOR_LOG_LEVEL") or "info").lower()
    if level not in LOG_LEVELS:
        raise SettingsError(f"KONTOR_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {level!r}.")
    return level


def _test_clock(env: Mapping[str, str], addresses: Mapping[str, str]) -> str | None:
    """KONTOR_TEST_CLOCK, honoured only while all three API addresses are loopback: no real invoice gets a false date."""
    value = env.get("KONTOR_TEST_CLOCK")
    if not value:
        return None
    for name, address in addresses.items():
        parsed = parse_address(address)
        if parsed is None or not is_loopback(parsed.host):
            raise SettingsError(f"KONTOR_TEST_CLOCK is refused: {name} is not a loopback address.")
    if not Path(value).exists():
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise SettingsError(f"KONTOR_TEST_CLOCK: {value!r} is neither an ISO moment nor a file.") from error
    return value
