"""What tests of the contract check do: check the account of a server, and let a sandbox answer otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.support.connections import NO_DELAYS, connector
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.domain.contract import Assumption, ContractReport, ContractResult, Finding
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.contract.answers import Answers
from unsub_tui.engine.contract.check import check_contract
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.sandbox.asgi import AsgiApp, Message, Receive, Scope, Send
from unsub_tui.sandbox.capture_server import Replay
from unsub_tui.sandbox.sandbox import Sandbox

Json = dict[str, Any]


async def read_contract(connection: Connection) -> tuple[ContractReport, Answers]:
    """Check the contract of an account."""
    engine = Engine(connector(connection), EngineOptions(state_dir=Path("/nonexistent"), site=connection.site))
    try:
        await engine.account.open()
        return await check_contract(engine)
    finally:
        await engine.close()


async def findings_of(connection: Connection) -> dict[Assumption, Finding]:
    """Return the findings about an account by assumption."""
    report, _ = await read_contract(connection)
    return {each.assumption: each for each in report.findings}


def results(found: dict[Assumption, Finding], result: ContractResult) -> set[Assumption]:
    """Return the assumptions with a result."""
    return {assumption for assumption, finding in found.items() if finding.result is result}


def connect_replay(replay: Replay) -> Connection:
    """Return a connection into a replay of this process."""
    key = AccessKey(
        access_key=replay.access_key, secret_key=Secret(replay.secret_key), domain_id=replay.domain_id, source="a test"
    )
    return Connection(
        site="intl",
        endpoint="http://127.0.0.1",
        credential_provider=CredentialProvider.static(key),
        transport_factory=lambda: httpx.ASGITransport(app=replay.app),
        retry_policy=NO_DELAYS,
    )


def change_responses(sandbox: Sandbox, path: str, change: Callable[[Json], None]) -> None:
    """Let every JSON response of a path that contains this text be changed before it is sent."""
    answered = sandbox.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if path not in scope["path"]:
            await answered(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await answered(scope, receive, keep)
        document = json.loads(b"".join(each.get("body", b"") for each in messages))
        change(document)
        body = json.dumps(document).encode()
        headers = [(name, value) for name, value in messages[0]["headers"] if name != b"content-length"]
        await send({**messages[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    changed: AsgiApp = app
    sandbox.app = changed
