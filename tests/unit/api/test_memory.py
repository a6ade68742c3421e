"""Large answers take little memory: measured in a process that does nothing else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tracemalloc
from contextlib import suppress

import pytest

from tests.support.connections import NO_DELAYS, administrator_credentials, make_sandbox
from tests.support.effort import some
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.server import BackgroundServer

MEMORY_LIMIT = 64 * 1024 * 1024


async def read_all(endpoint: str, access_key: str, secret_key: str, domain_id: str) -> None:
    """List everything and read an order, whatever comes of it."""
    keys = AccessKey(access_key=access_key, secret_key=Secret(secret_key), domain_id=domain_id, source="a test")
    connection = Connection(
        site="intl", endpoint=endpoint, credential_provider=CredentialProvider.static(keys), retry_policy=NO_DELAYS
    )
    async with connection.read_client() as client:
        with suppress(UnsubError):
            _ = [page.total async for page in client.resource_pages()]
        with suppress(UnsubError):
            await client.order("CS0000000000FAKE")


@pytest.mark.parametrize("action", some(["oversize", "bomb", "nested"], 1))
def test_a_large_answer_takes_little_memory(action: str) -> None:
    """Megabytes of zeros, a compressed bomb, a deep tree: refused before they are held."""
    sandbox = make_sandbox(520)
    keys = administrator_credentials(sandbox)
    with BackgroundServer(sandbox) as server:
        sandbox.faults = parse_faults([{"operation": "*", "action": action}])
        arguments = (server.endpoint, keys.access_key, keys.secret_key.reveal(), sandbox.domain_id)
        command = [sys.executable, "-m", "tests.unit.api.test_memory"]
        done = subprocess.run(command, input=json.dumps(arguments), capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < MEMORY_LIMIT


if __name__ == "__main__":
    tracemalloc.start()
    asyncio.run(read_all(*json.load(sys.stdin)))
    sys.stdout.write(str(tracemalloc.get_traced_memory()[1]))
