"""The sandbox as a process of its own, and its state file."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import TODAY, Autotask, Sophos
from webapp.sandbox import persistence
from webapp.sandbox.server import Sandbox

START = "from webapp.sandbox.server import run; run(control_port=0, seed='small', state_file={file!r})"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_prints_one_line_serves_and_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", START.format(file=str(tmp_path / "state.json"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        about = json.loads(process.stdout.readline())
        assert about.keys() == {"control", "environment", "credentials"}
        assert requests.get(f"{about['control']}/state", timeout=10).json()["customers"] == 6
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert (tmp_path / "state.json").exists()


def test_a_state_file_carries_units_refusals_and_ports_over(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    first = Sandbox(seed="small", today=lambda: TODAY, state_file=file)
    first.start()
    line = next(iter(first.state.autotask.lines))
    Autotask(first).adjust(line, 3)
    alert = first.state.add_alert(customer_id=first.state.customer_id("Amsel Bau GmbH"))
    urls, customers = dict(first.state.urls), dict(first.state.sophos.customers)
    first.stop()
    second = Sandbox(seed="empty", today=lambda: TODAY, state_file=file)
    second.start()
    assert second.state.units(line, TODAY) == 13
    assert second.state.urls == urls
    assert second.state.sophos.customers == customers
    assert list(second.state.sophos.alerts) == [alert]
    assert Autotask(second).adjust(line, 1).status_code == 500
    assert Sophos(second).partner_get("/partner/v1/billing/usage/2026/11").json()["items"]
    second.state.set_usage(
        customer_id=second.state.customer_id("Amsel Bau GmbH"), product_code="CIXA-MSP", billable=1, month="2026-11"
    )
    assert len(second.state.sophos.usage["2026-11"]) == 18
    second.stop()


def test_a_file_that_is_no_state_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("[]")
    with pytest.raises(ValueError, match="no state file"):
        persistence.load(Sandbox(seed="empty").state, file)


def test_a_port_that_is_taken_is_an_error_and_one_of_last_time_is_replaced(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = Sandbox(seed="empty", ports={"sophos_id": port})
        with pytest.raises(OSError, match="in use"):
            busy.start()
        busy.stop()


def test_environment_and_credentials_have_the_names_kontor_reads(sandbox: Sandbox) -> None:
    assert sandbox.environment().keys() == {"SOPHOS_ID_URL", "SOPHOS_API_URL", "AUTOTASK_ZONE_URL"}
    assert sandbox.credentials().keys() == {"sophos", "autotask"}
    assert sandbox.control_url.startswith("http://127.0.0.1:")
