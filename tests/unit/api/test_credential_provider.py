from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.connections import NO_DELAYS, TemporaryKeys, connect, make_sandbox, with_credentials
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.credential_provider import RENEWAL_MARGIN
from unsub_tui.api.mutation_results import Accepted, Unauthorized
from unsub_tui.api.site import find_site
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@dataclass
class Watch:
    """A clock that tests move on."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def sandbox() -> Sandbox:
    """A vendor."""
    return make_sandbox(40)


@pytest.fixture
def endpoint(sandbox: Sandbox) -> Iterator[str]:
    """Where it listens."""
    with BackgroundServer(sandbox) as server:
        yield server.endpoint


def connected(endpoint: str, identity: CredentialProvider) -> Connection:
    """Return a connection of an identity."""
    return Connection(site="intl", endpoint=endpoint, credential_provider=identity, retry_policy=NO_DELAYS)


async def test_keys_are_renewed_before_they_end(sandbox: Sandbox) -> None:
    """Not while more than the margin is left, once when it is not, and never twice at the same time."""
    source, watch = TemporaryKeys(sandbox, seconds=7200), Watch()
    identity = CredentialProvider(source, watch.now)
    await identity.refresh()
    watch.ahead = timedelta(hours=2) - RENEWAL_MARGIN - timedelta(minutes=1)
    await identity.refresh()
    assert source.load_count == 1
    watch.ahead += timedelta(minutes=2)
    await asyncio.gather(*(identity.refresh() for _ in range(8)))
    assert source.load_count == 2


async def test_a_renewal_that_fails_keeps_what_lasts(sandbox: Sandbox) -> None:
    """Keys that still last go on being used; once they have ended, it is said."""
    source, watch = TemporaryKeys(sandbox), Watch()
    identity = CredentialProvider(source, watch.now)
    first = await identity.refresh()
    source.is_down = True
    watch.ahead = timedelta(minutes=45)
    assert await identity.refresh() is first
    assert await identity.refresh() is first
    assert source.load_count == 2
    watch.ahead = timedelta(minutes=61)
    with pytest.raises(UnsubError, match="the source is down"):
        await identity.refresh()


async def test_reads_get_over_refused_keys(sandbox: Sandbox, endpoint: str) -> None:
    """Keys that the service refuses are loaded anew once, and all reads under way use the new ones."""
    source = TemporaryKeys(sandbox)
    identity = CredentialProvider(source)
    async with connected(endpoint, identity).read_client() as client:
        assert await client.count_resources() == 40
        first = identity.current
        assert isinstance(first, AccessKey)
        sandbox.auth_state.revoke(first.access_key)
        assert await asyncio.gather(*(client.count_resources() for _ in range(5))) == [40] * 5
    assert source.load_count == 2


async def test_keys_that_stay_refused_are_told(sandbox: Sandbox, endpoint: str) -> None:
    """Where there are no others, the refusal is the answer, after one more try at most."""
    async with connect(sandbox, endpoint=endpoint).read_client() as client:
        sandbox.faults = parse_faults([{"operation": "query_resources", "action": "expired"}])
        with pytest.raises(UnsubError) as caught:
            await client.count_resources()
    assert caught.value.problem.kind is ProblemKind.CREDENTIALS


async def test_the_unsubscribe_request_is_never_repeated(sandbox: Sandbox, endpoint: str) -> None:
    """A refusal of the keys is its answer; with a new sign-in the next request goes through."""
    source = TemporaryKeys(sandbox)
    identity = CredentialProvider(source)
    connection = connected(endpoint, identity)
    async with connection.read_client() as reader, connection.mutation_client() as client:
        main = next(
            each for page in [await anext(reader.resource_pages())] for each in page.rows if is_plain(sandbox, each.id)
        )
        prepared = client.prepare(Action.UNSUBSCRIBE, (main.id,))
        sandbox.auth_state.advance(4000)
        assert isinstance(await client.send(prepared), Unauthorized)
        assert len(sandbox.account.request_log) == 1
        await identity.sign_in(Secret("any"), "")
        again = client.prepare(Action.UNSUBSCRIBE, (main.id,))
        assert isinstance(await client.send(again), Accepted)
    assert len(sandbox.account.executions(main.id)) == 1


def is_plain(sandbox: Sandbox, resource_id: str) -> bool:
    """Whether nothing is the matter with a main resource."""
    resource = sandbox.account.resources.get(resource_id)
    return resource is not None and resource.parent is None and resource.condition.name == "NORMAL"


async def test_nothing_is_sent_without_keys(sandbox: Sandbox, endpoint: str) -> None:
    """Where no keys can be had, no request leaves."""
    source = TemporaryKeys(sandbox, is_down=True)
    async with connected(endpoint, CredentialProvider(source)).mutation_client() as client:
        answer = await client.send(client.prepare(Action.UNSUBSCRIBE, ("ecs-1",)))
    assert isinstance(answer, Unauthorized)
    assert not sandbox.account.request_log


@pytest.mark.parametrize(("site", "found"), [("cn", "cn"), ("intl", "intl"), ("eu", "intl")])
async def test_the_site_of_an_endpoint_is_told_by_its_currency(site: str, found: str) -> None:
    """At an address of one's own only the currency tells."""
    sandbox = make_sandbox(5, site=site)
    assert await find_site(connect(sandbox, site="")) == found


async def test_a_site_that_cannot_be_told() -> None:
    """Without the permission to see balance and orders, a person has to say it."""
    sandbox = make_sandbox(5, site="cn")
    sandbox.auth_state.deny("balances")
    assert await find_site(connect(sandbox, site="")) == "cn"
    sandbox.auth_state.deny("balances", "list_orders")
    with pytest.raises(UnsubError, match="site_undetermined"):
        await find_site(connect(sandbox, site=""))


@pytest.mark.parametrize("code", ["CBC.0150", "CBC.0156"])
async def test_an_account_of_another_site(code: str) -> None:
    """Both codes are told as what they are."""
    sandbox = make_sandbox(5)
    sandbox.wrong_site_code = code
    async with connect(sandbox).read_client() as client:
        with pytest.raises(UnsubError) as caught:
            await client.check_site()
    assert caught.value.problem.kind is ProblemKind.WRONG_SITE


@pytest.mark.parametrize(("asked", "belongs"), [("cn", "intl"), ("intl", "cn")])
async def test_an_account_of_another_site_is_told_which(asked: str, belongs: str) -> None:
    """At the vendor's own hosts, the refusal of one site means the other."""
    sandbox = make_sandbox(5)
    sandbox.wrong_site_code = "CBC.0156"
    async with replace(connect(sandbox, site=asked), endpoint="").read_client() as client:
        with pytest.raises(UnsubError, match=f"other_site site={belongs}"):
            await client.count_resources()


@pytest.mark.parametrize(
    ("refusal", "found"), [("", "cn"), ("CBC.0150", "intl"), ("CBC.0156", "intl")], ids=["cn", "0150", "0156"]
)
async def test_the_site_of_the_vendors_own_hosts(refusal: str, found: str) -> None:
    """The Chinese site is asked; what it refuses as another site's is the international one's."""
    sandbox = make_sandbox(5)
    sandbox.wrong_site_code = refusal
    assert await find_site(replace(connect(sandbox, site=""), endpoint="")) == found


async def test_keys_that_no_site_knows() -> None:
    """They are told as wrong keys, not as a wrong site."""
    sandbox = make_sandbox(5)
    with pytest.raises(UnsubError) as caught:
        await find_site(replace(with_credentials(connect(sandbox, site=""), secret_key="wrong"), endpoint=""))
    assert caught.value.problem.kind is ProblemKind.CREDENTIALS
