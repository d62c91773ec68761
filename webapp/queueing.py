"""The queue: it carries run ids to the workers, and nothing else. Losing it loses nothing (design, section 6, rule 2).

Jobs are named by string, because webapp never imports jobs; a test resolves each name. A job's id holds the run's fence
number: a run that a worker took and lost is enqueued under a new id, so an old job of RQ's never stands in its way.
"""

from __future__ import annotations

import threading
from functools import partial

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import select

from webapp.context import context
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Run
from webapp.settings import Settings

QUEUE_NAME = "kontor"
JOBS = {RunKind.REFRESH: "jobs.refresh.refresh", RunKind.USAGE: "jobs.usage.sync", RunKind.TICKETS: "jobs.tickets.sync"}
HOUSEKEEPING = "jobs.housekeeping.tidy"
JOB_SECONDS = 6 * 3600
"""A bound for a job that hangs. Who may work on a run is decided by the run's lease, not by this."""
RESULT_SECONDS = 3600
FAILURE_SECONDS = 7 * 24 * 3600
ANSWER_SECONDS = 3
"""How long a request waits for the queue. What could not be enqueued is enqueued later by the housekeeping."""
ON_THE_WAY = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED)

log = structlog.get_logger()
_making = threading.Lock()


def enqueue_run(run_id: int) -> bool:
    """Send one run to the workers; call it after the commit that made or freed the run.

    Says whether the queue has it now. False where the queue cannot be reached (the housekeeping enqueues it later) or the
    run is unknown. Enqueueing a run twice does no harm: only one worker can claim it.
    """
    with db.engine.connect().execution_options(read_only=True) as connection:
        run = connection.execute(select(Run.kind, Run.fence).where(Run.id == run_id)).first()
    if run is None:
        return False
    return _enqueue(JOBS[RunKind(run.kind)], (run_id,), job_id=f"run-{run_id}-{run.fence}", keep_seconds=RESULT_SECONDS)


def enqueue_housekeeping() -> bool:
    """Send one round of housekeeping to the workers; a round that still waits is enough."""
    return _enqueue(HOUSEKEEPING, (), job_id="housekeeping", keep_seconds=0)


def ping() -> bool:
    """Whether the queue answers."""
    try:
        return bool(queue().connection.ping())
    except RedisError:
        return False


def queue(app: Flask | None = None) -> Queue:
    """The queue of the current application; one connection pool for each application."""
    app = app or current_app
    with _making:
        if "kontor-queue" not in app.extensions:
            app.extensions["kontor-queue"] = make_queue(connect(context().settings, answer_seconds=ANSWER_SECONDS))
    found = app.extensions["kontor-queue"]
    assert isinstance(found, Queue)
    return found


def make_queue(connection: Redis) -> Queue:
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def connect(settings: Settings, *, answer_seconds: float | None) -> Redis:
    """A client for the queue's server. No connection is made yet.

    ``answer_seconds`` bounds the wait for each answer; None is for workers, which wait for the next job.
    """
    return Redis.from_url(
        settings.queue_url,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=answer_seconds,
        retry=Retry(NoBackoff(), 1),
    )


def _enqueue(function: str, args: tuple[int, ...], *, job_id: str, keep_seconds: int) -> bool:
    try:
        target = queue()
        create = partial(
            target.enqueue_call, function, args, timeout=JOB_SECONDS, result_ttl=keep_seconds, failure_ttl=FAILURE_SECONDS
        )
        for _ in range(2):
            try:
                create(job_id=job_id, unique=True)
                return True
            except DuplicateJobError:
                if _is_on_the_way(target, job_id):
                    return True
                _forget(target, job_id)
    except RedisError as error:
        log.warning("queue_unreachable", job=job_id, error=type(error).__name__)
    return False


def _is_on_the_way(target: Queue, job_id: str) -> bool:
    try:
        job = Job.fetch(job_id, connection=target.connection, serializer=JSONSerializer)
        return job.get_status() in ON_THE_WAY
    except NoSuchJobError:
        return False


def _forget(target: Queue, job_id: str) -> None:
    """Remove what is left of an ended job, so that its id is free."""
    try:
        Job.fetch(job_id, connection=target.connection, serializer=JSONSerializer).delete()
    except NoSuchJobError:
        return
