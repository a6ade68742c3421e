"""Credentials of calls to other services: a token of the account gives temporary keys, which sign for any project."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.connections import NO_DELAYS, TemporaryKeys
from unsub_tui.api.connection import Connection, CredentialProvider, Token
from unsub_tui.api.credentials import User
from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.iam import sign_in
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import Project, ProjectRegion, RecycleBinPolicy
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox import SandboxOptions, build_sandbox
from unsub_tui.sandbox.account_fixtures import project_id
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

PLACE = ProjectRegion("cn-north-4", project_id("cn-north-4"))


@pytest.fixture
def sandbox() -> Sandbox:
    """An account with a user who signs in with a password."""
    return build_sandbox(SandboxOptions(resources=20, rate_scale=0))


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[BackgroundServer]:
    """The account on loopback sockets."""
    with BackgroundServer(sandbox) as running:
        yield running


def read(
    server: BackgroundServer, provider: CredentialProvider
) -> tuple[ServiceList[RecycleBinPolicy], ServiceList[Project]]:
    """Return a list of a region and one of the account."""
    connection = Connection(
        site="intl",
        endpoint=server.endpoint,
        service_endpoints=server.service_endpoints,
        credential_provider=provider,
        retry_policy=NO_DELAYS,
    )

    async def reading() -> tuple[ServiceList[RecycleBinPolicy], ServiceList[Project]]:
        async with connection.inventory_clients() as clients:
            return await clients.ecs.recycle_bin(PLACE), await clients.projects.projects()

    return asyncio.run(reading())


def token_of(sandbox: Sandbox, server: BackgroundServer) -> Token:
    """Return the token of a sign-in."""
    user = User(sandbox.account_name, sandbox.user.name, sandbox.user.user_id)
    return sign_in(Hosts.for_site("intl", server.endpoint), user, Secret(sandbox.user.password))


def test_a_token_of_the_account_gives_keys_for_regions(sandbox: Sandbox, server: BackgroundServer) -> None:
    """The services of a region refuse the token itself."""
    regional, of_account = read(server, CredentialProvider.static(token_of(sandbox, server)))
    assert regional.is_complete
    assert of_account.is_complete


def test_an_expired_token_is_a_fact(sandbox: Sandbox, server: BackgroundServer) -> None:
    """Neither keys nor lists, and nothing is raised."""
    token = token_of(sandbox, server)
    sandbox.auth_state.advance(100_000)
    for each in read(server, CredentialProvider.static(token)):
        assert each.problem == fact("inventory_failed", code="APIGW.0301")


def test_credentials_that_cannot_be_loaded_are_a_fact(sandbox: Sandbox, server: BackgroundServer) -> None:
    """They are loaded with the first call, and again with the next one."""
    source = TemporaryKeys(sandbox, is_down=True)
    provider = CredentialProvider(source)
    for each in read(server, provider):
        assert (each.origin, each.problem) == (None, fact("inventory_failed", code="the source is down"))
    source.is_down = False
    for each in read(server, provider):
        assert each.is_complete


def test_expired_keys_are_renewed_once(sandbox: Sandbox, server: BackgroundServer) -> None:
    """A rejected key is loaded again, whichever service rejected it."""
    source = TemporaryKeys(sandbox)
    provider = CredentialProvider(source)
    assert all(each.is_complete for each in read(server, provider))
    sandbox.auth_state.advance(7200)
    assert all(each.is_complete for each in read(server, provider))
    assert source.load_count == 2
