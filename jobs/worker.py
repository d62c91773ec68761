"""``python -m jobs.worker``: takes jobs from the one queue and runs each in a process of its own.

Many workers may run, on many machines. SIGTERM ends a worker after its present job; killed at any moment, it loses nothing:
the run's lease ends and another worker goes on (design, section 6, rule 2).
"""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer
from rq.worker import HerokuWorker

from jobs.application import application
from jobs.signs import SignOfLife
from webapp.context import Context
from webapp.queueing import QUEUE_NAME, connect
from webapp.services import heartbeats
from webapp.settings import Settings, SettingsError

ATTENTION_SECONDS = 60
"""RQ looks after dead workers only when an idle wait ends, which is 15 seconds before this time-out (libraries.md, pitfall C)."""
LONGEST_PAUSE = 5.0

log = structlog.get_logger()


class LivelyWorker(Worker):
    """RQ's worker, which also gives its sign of life to the database and remembers that it was asked to stop."""

    sign: SignOfLife
    asked_to_stop = False

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        super().heartbeat(*args, **kwargs)
        self.sign.give()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


class LivelyHerokuWorker(LivelyWorker, HerokuWorker):
    """On Heroku SIGTERM reaches the job's process too: it may go on for some seconds and is then unwound (pitfall J).

    What unwinds it is no ``Exception``, so that the run is not taken for failed: another worker goes on with it.
    """

    def request_force_stop_sigrtmin(self, signum: int, frame: FrameType | None) -> None:
        raise SystemExit("the dyno is being stopped")


def main() -> int:
    """Work until asked to stop (0) or until the queue's server is lost for good (1: whoever started this starts it again)."""
    try:
        settings = _settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    connection = connect(settings, answer_seconds=None)
    wait_for_queue(connection)
    worker = make_worker(settings, connection)
    log.info("worker_started", name=worker.sign.name)
    worker.work(logging_level="WARNING")
    worker.sign.end()
    return 0 if worker.asked_to_stop else 1


def make_worker(settings: Settings, connection: Redis) -> LivelyWorker:
    """A worker on the one queue."""
    kind = LivelyHerokuWorker if settings.on_heroku else LivelyWorker
    worker = kind(
        [QUEUE_NAME],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=ATTENTION_SECONDS,
        maintenance_interval=ATTENTION_SECONDS,
    )
    worker.sign = SignOfLife(heartbeats.WORKER)
    return worker


def wait_for_queue(connection: Redis) -> None:
    """Return when the queue's server answers; it may be started after the worker."""
    pause = 0.05
    while True:
        try:
            connection.ping()
            return
        except RedisError as error:
            if pause >= LONGEST_PAUSE:
                log.warning("queue_not_there_yet", error=type(error).__name__)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _settings() -> Settings:
    context = application().extensions["kontor"]
    assert isinstance(context, Context)
    return context.settings


if __name__ == "__main__":
    sys.exit(main())
