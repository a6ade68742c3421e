from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.fork_client import ForkServer


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """One process that forks worlds, for all tests of a worker."""
    with ForkServer() as process:
        yield process
