"""The engine on an account of the second vendor: over a socket, in real time, but with short waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.reference_server import ReferenceServer
from tests.support.engine_stage import collect_events, confirm_all, quote_all, read_catalog
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.run import Unit
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.planning import DraftContext, draft_plan
from unsub_tui.engine.quotes.renewals import RenewalCache, read_renewals
from unsub_tui.engine.rulebook import load_rules
from unsub_tui.engine.run.context import RunConfig
from unsub_tui.engine.run.executor import start_run
from unsub_tui.engine.run.policy import Clock, RunPolicy

SHORT_POLICY = RunPolicy(
    poll_delays=(0.1,),
    reconcile_delays=(1.1,),
    second_observation_delay_seconds=0.1,
    reconcile_limit_seconds=0.3,
    unknown_limit_seconds=0.3,
    settle_limit_seconds=20,
    review_limit_seconds=20,
    busy_wait_seconds=0,
)
"""What is known within 20 seconds is waited for; what stays unknown holds up nothing for long.

A request refused for the rate is repeated after more than the second in which the vendor counts.
"""


@dataclass(frozen=True)
class ReferenceStage:
    """One account, and where its record goes."""

    vendor: ReferenceServer
    state_dir: Path
    pacing: RetryPolicy = DEFAULT_RETRY_POLICY

    @property
    def site(self) -> str:
        """The account's site."""
        return self.vendor.account.site

    @property
    def account(self) -> AccountRef:
        """Whose resources these are."""
        return AccountRef(account_id=self.vendor.domain_id, site=self.site, alias="second")

    def connection(self) -> Connection:
        """Return the owner's way to the vendor."""
        keys = AccessKey(
            access_key=self.vendor.access_key,
            secret_key=Secret(self.vendor.secret_key),
            domain_id=self.vendor.domain_id,
            source="a test",
        )
        identity = CredentialProvider.static(keys)
        return Connection(
            site=self.site, endpoint=self.vendor.endpoint, credential_provider=identity, retry_policy=self.pacing
        )

    def ids(self, *names: str) -> list[str]:
        """Return the ids of main resources by their names."""
        found = {each.name: each.resource_id for each in self.vendor.account.resources.values() if not each.parent}
        return [found[each] for each in names]

    async def catalog(self) -> Catalog:
        """List the account."""
        async with self.connection().read_client() as reader:
            return await read_catalog(reader)

    async def plan(self, ids: Sequence[str], action: Action = Action.UNSUBSCRIBE, *, one_by_one: bool = False) -> Plan:
        """Plan it for these resources, with the final quotes."""
        catalog = await self.catalog()
        context = DraftContext(
            account=self.account,
            catalog=catalog,
            rules=load_rules(self.site),
            guards=Guards(),
            now=Clock().now(),
            action=action,
            one_by_one=one_by_one,
            renewals=await self._renewals(catalog) if action is Action.RENEWAL else NO_RENEWALS,
        )
        plan = draft_plan(context, ids)
        if not plan.items or not action.creates_order:
            return plan
        async with self.connection().read_client() as reader:
            return await quote_all(reader, plan)

    async def run(self, plan: Plan, policy: RunPolicy = SHORT_POLICY) -> tuple[Unit, ...]:
        """Carry a plan out, and return what the record says of each item."""
        parts = RunConfig(
            connection=self.connection(),
            account=self.account,
            state_dir=self.state_dir,
            get_guards=Guards,
            actor=Actor(operator="tester@second"),
            clock=Clock(),
            policy=policy,
            attended=False,
            keep_going=True,
        )
        _, ended = await collect_events(start_run(plan, confirm_all(plan), parts))
        assert ended.problem is None, ended.problem
        return ended.run.units

    async def _renewals(self, catalog: Catalog) -> Renewals:
        async with self.connection().read_client() as reader:
            steps = read_renewals(reader, RenewalCache(), catalog.resources, Clock().now())
            found = [step async for step in steps][-1].renewals
        assert found.missing == ()
        return found
