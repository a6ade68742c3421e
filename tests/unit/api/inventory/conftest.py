"""The reference server as the services of the tests: each module has its ESTATE."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reference_server import ReferenceServer


@pytest.fixture(scope="module")
def server() -> Iterator[ReferenceServer]:
    """A reference server; each test lets it hold an estate."""
    with ReferenceServer() as running:
        yield running


@pytest.fixture
def vendor(server: ReferenceServer, request: pytest.FixtureRequest) -> ReferenceServer:
    """The server with the estate of the module, and no requests so far."""
    server.inventory.hold(request.module.ESTATE)
    server.inventory.seen_calls.clear()
    return server
