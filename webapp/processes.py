"""The commands of Kontor's processes, and how long each may take to end. Jobs are named by string: webapp never imports them."""

from __future__ import annotations

import sys
from pathlib import Path

from webapp.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
THREADS = 8
WEB_PATIENCE = 10.0
"""Seconds in which requests that were begun may end."""
WORKER = [sys.executable, "-m", "jobs.worker"]
SCHEDULER = [sys.executable, "-m", "jobs.scheduler"]


def web_command(settings: Settings) -> list[str]:
    """gunicorn with one process and some threads: pages wait for the database, not for the processor."""
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return [
        *(sys.executable, "-m", "gunicorn", "--pythonpath", str(ROOT)),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)),
        *("--bind", f"{host}:{settings.port}", "--graceful-timeout", str(int(WEB_PATIENCE) - 2)),
        *("--no-control-socket", "--log-level", "warning", "wsgi:app"),
    ]


def sandbox_command(control_port: int) -> list[str]:
    return [sys.executable, "-m", "webapp", "sandbox", "--port", str(control_port)]


def worker_patience(settings: Settings) -> float:
    """Seconds in which a job may finish the call it is in before it is killed; the next worker goes on with its run."""
    return settings.post_deadline + 15
