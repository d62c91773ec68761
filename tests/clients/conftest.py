"""Clients against real sockets: the sandbox for what the vendors do, pytest-httpserver for what nobody should do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from webapp.clients.http import Counter, Options


class Naps(list[float]):
    """Notes for how long a client would have slept."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def options(naps: Naps) -> Options:
    """Short time-outs; back-off is noted, not slept."""
    return Options(read_timeout=0.5, connect_timeout=0.5, sleep=naps, chance=lambda: 1.0)


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """A server of its own for each test; what it was not told answers 500 and fails the test at the end."""
    with HTTPServer(host="127.0.0.1") as running:
        yield running
        running.clear()
