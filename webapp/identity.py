"""Who this process is, and whether another one still lives: host, process id and start time."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process on a host. ``started`` tells it from a later process with the same id ("" where the system does not say)."""

    host: str
    process_id: int
    started: str

    def is_dead(self) -> bool:
        """True only where it is certain: on this host, and no process with this id and start time exists."""
        if self.host != socket.gethostname():
            return False
        return _started(self.process_id) != self.started


def this_process() -> ProcessIdentity:
    """The identity of the running process (a forked child has its own)."""
    number = os.getpid()
    return ProcessIdentity(socket.gethostname(), number, _started(number) or "")


def _started(process_id: int) -> str | None:
    """The start time of a process as the kernel counts it; None where it does not exist or is a zombie.

    Where there is no /proc, a process that takes signal 0 counts as alive.
    """
    stat = Path(f"/proc/{process_id}/stat")
    if Path("/proc/self/stat").exists():
        try:
            after_name = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if after_name[0] in "ZX" else after_name[19]
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
