"""The queue carries ids and may be lost, full of old jobs, or asked twice."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from webapp import queueing
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Run
from webapp.queue_server import QueueServerError, prepare_folder
from webapp.services import runs
from webapp.settings import Settings, load_settings


def open_run(kind: RunKind = RunKind.USAGE) -> int:
    run_id = runs.open_run(kind=kind, trigger="web", by="user:dana").id
    db.session.commit()
    return run_id


def test_a_run_that_is_enqueued_twice_waits_once(queue: Settings, context: Flask) -> None:
    run_id = open_run()
    assert queueing.enqueue_run(run_id)
    assert queueing.enqueue_run(run_id)
    assert queueing.queue().job_ids == [f"run-{run_id}-0"]


def test_an_ended_job_does_not_keep_its_run_from_being_enqueued_again(queue: Settings, context: Flask) -> None:
    run_id = open_run()
    queueing.enqueue_run(run_id)
    target = queueing.queue()
    target.connection.delete(target.key)
    job = Job.fetch(f"run-{run_id}-0", connection=target.connection, serializer=JSONSerializer)
    job.set_status(JobStatus.FAILED)
    assert queueing.enqueue_run(run_id)
    assert target.job_ids == [f"run-{run_id}-0"]


def test_a_run_that_was_begun_before_gets_a_job_of_its_own(queue: Settings, context: Flask) -> None:
    run_id = open_run()
    queueing.enqueue_run(run_id)
    db.session.query(Run).update({"fence": 1})
    db.session.commit()
    queueing.enqueue_run(run_id)
    assert queueing.queue().job_ids == [f"run-{run_id}-0", f"run-{run_id}-1"]


def test_an_unknown_run_is_not_enqueued(queue: Settings, context: Flask) -> None:
    assert not queueing.enqueue_run(4711)


def test_without_a_queue_nothing_is_raised_and_nobody_waits(context: Flask) -> None:
    run_id = open_run()
    begun = time.monotonic()
    assert not queueing.enqueue_run(run_id)
    assert not queueing.enqueue_housekeeping()
    assert not queueing.ping()
    assert time.monotonic() - begun < 1


def test_housekeeping_that_still_waits_is_enough(queue: Settings, context: Flask) -> None:
    assert queueing.enqueue_housekeeping()
    assert queueing.enqueue_housekeeping()
    assert queueing.queue().job_ids == ["housekeeping"]


def test_only_its_owner_may_reach_the_queue_and_it_keeps_nothing(queue: Settings, context: Flask) -> None:
    assert queue.queue_socket.parent.stat().st_mode & 0o777 == 0o700
    server = queueing.queue().connection
    assert server.config_get("port") == {"port": "0"}
    assert server.config_get("save") == {"save": ""}
    assert server.config_get("appendonly") == {"appendonly": "no"}
    assert server.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_long_instance_folder_has_its_socket_where_it_is_short(
    environ: dict[str, str], tmp_path: Path, queue_server: Callable[[], object]
) -> None:
    environ["KONTOR_INSTANCE"] = str(tmp_path / ("long " * 30))
    settings = load_settings(environ)
    assert len(str(settings.queue_socket)) < 100
    assert settings.queue_socket == load_settings(dict(environ)).queue_socket
    prepare_folder(settings.queue_socket)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(settings.queue_socket))
    settings.queue_socket.unlink()
    settings.queue_socket.parent.rmdir()


def test_a_second_server_for_the_same_instance_is_refused(queue: Settings) -> None:
    with pytest.raises(QueueServerError, match="already answers"):
        prepare_folder(queue.queue_socket)
    assert queue.queue_socket.exists()
