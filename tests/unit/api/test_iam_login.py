from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from tests.support.connections import NO_DELAYS
from unsub_tui.api.connection import Connection, CredentialProvider
from unsub_tui.api.credentials import User
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.iam import agency_credentials, sign_in
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@pytest.fixture
def sandbox() -> Sandbox:
    """A vendor with users and an agency."""
    return build_sandbox(SandboxOptions(resources=20, rate_scale=0))


@pytest.fixture
def endpoints(sandbox: Sandbox) -> Iterator[Hosts]:
    """Its hosts, over a loopback socket."""
    with BackgroundServer(sandbox) as server:
        yield Hosts.for_site("intl", server.endpoint)


def user_of(sandbox: Sandbox, *, mfa: bool = False) -> User:
    """Return a user of the sandbox."""
    user = sandbox.mfa_user if mfa else sandbox.user
    return User(sandbox.account_name, user.name, user.user_id)


def connect_as(endpoints: Hosts, identity: CredentialProvider) -> Connection:
    """Return a connection of an identity."""
    return Connection(site="intl", endpoint=endpoints.bss, credential_provider=identity, retry_policy=NO_DELAYS)


async def resource_count(connection: Connection) -> int:
    """Return how many resources the service tells of."""
    async with connection.read_client() as client:
        return await client.count_resources()


def test_a_password_gives_a_token(sandbox: Sandbox, endpoints: Hosts) -> None:
    """The token reads the account, without a signature and without naming the account."""
    token = sign_in(endpoints, user_of(sandbox), Secret(sandbox.user.password))
    assert token.expires is not None
    assert token.domain_id == sandbox.domain_id
    assert asyncio.run(resource_count(connect_as(endpoints, CredentialProvider.static(token)))) == 20
    assert sandbox.user.password not in repr(token) + token.label


@pytest.mark.parametrize("is_guarded", [True, False])
def test_no_client_library_logs_a_header(
    sandbox: Sandbox, endpoints: Hosts, caplog: pytest.LogCaptureFixture, *, is_guarded: bool
) -> None:
    """The library would log headers, tokens among them; even with the root logger at DEBUG it does not here."""
    caplog.set_level(logging.DEBUG)
    if not is_guarded:
        caplog.set_level(logging.DEBUG, "httpcore")
    token = sign_in(endpoints, user_of(sandbox), Secret(sandbox.user.password))
    assert asyncio.run(resource_count(connect_as(endpoints, CredentialProvider.static(token)))) == 20
    foreign = [record for record in caplog.records if record.name.partition(".")[0] not in {"asyncio", "unsub_tui"}]
    assert bool(foreign) is not is_guarded
    assert ("x-subject-token" in caplog.text.lower() and token.value.reveal() in caplog.text) is not is_guarded


def test_a_second_factor(sandbox: Sandbox, endpoints: Hosts) -> None:
    """With the code it works, without it or with another one it does not."""
    user, password = user_of(sandbox, mfa=True), Secret(sandbox.mfa_user.password)
    assert sign_in(endpoints, user, password, sandbox.mfa_user.passcode).value
    for passcode in ("", "654321"):
        with pytest.raises(UnsubError, match="sign_in_rejected"):
            sign_in(endpoints, user, password, passcode)


def test_a_code_needs_the_users_id(endpoints: Hosts) -> None:
    """That is said before anything is sent."""
    with pytest.raises(UnsubError, match="user_id_missing"):
        sign_in(endpoints, User("account", "somebody"), Secret("x"), "123456")


def test_a_wrong_password_is_told_without_it(sandbox: Sandbox, endpoints: Hosts) -> None:
    """The words name the user and what else may be the reason, never the password."""
    with pytest.raises(UnsubError) as caught:
        sign_in(endpoints, user_of(sandbox), Secret("wrong-password-canary"))
    assert caught.value.problem.kind is ProblemKind.CREDENTIALS
    assert ("user", sandbox.user.name) in caught.value.problem.facts[0].values
    assert "canary" not in str(caught.value.problem)


@pytest.mark.parametrize("action", ["garbage", "empty", "drop_after", "nested", "wrong_types", "redirect", "not_http"])
def test_a_sign_in_that_goes_wrong(sandbox: Sandbox, endpoints: Hosts, action: str) -> None:
    """Whatever answers, it is an error of ours, and not asked again: users get locked."""
    sandbox.faults = parse_faults([{"operation": "auth_tokens", "action": action, "calls": [1]}])
    with pytest.raises(UnsubError):
        sign_in(endpoints, user_of(sandbox), Secret(sandbox.user.password))


@pytest.mark.parametrize("knows_tokens", [True, False], ids=["version 2", "version 1"])
def test_the_agency_of_a_server(sandbox: Sandbox, endpoints: Hosts, *, knows_tokens: bool) -> None:
    """Its temporary keys come from the metadata service of either version, with their end, and work."""
    sandbox.auth_state.supports_metadata_tokens = knows_tokens
    keys = agency_credentials("a test", endpoints.bss)
    assert keys.expires is not None
    assert asyncio.run(resource_count(connect_as(endpoints, CredentialProvider.static(keys)))) == 20


def test_no_agency(sandbox: Sandbox, endpoints: Hosts) -> None:
    """A server without one is told what it lacks; where nothing answers, that it is no such server."""
    sandbox.auth_state.has_agency = False
    with pytest.raises(UnsubError, match="no_agency"):
        agency_credentials("a test", endpoints.bss)
    with pytest.raises(UnsubError, match="metadata_silent"):
        agency_credentials("a test", "http://127.0.0.1:1")


@pytest.mark.parametrize("action", ["garbage", "empty", "drop_after", "nested", "missing_fields", "not_http", "bomb"])
@pytest.mark.parametrize("operation", ["metadata_token", "metadata_keys"])
def test_metadata_that_goes_wrong(sandbox: Sandbox, endpoints: Hosts, operation: str, action: str) -> None:
    """Nothing but keys is taken for keys; what is none of them is told as that."""
    sandbox.faults = parse_faults([{"operation": operation, "action": action, "seed": 3}])
    with pytest.raises(UnsubError) as caught:
        agency_credentials("a test", endpoints.bss)
    assert caught.value.problem.kind is ProblemKind.CREDENTIALS
