"""Public interface of the engine: every operation that a screen or a command may call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import check_guards
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import EMPTY
from unsub_tui.engine.catalog import CatalogMixin
from unsub_tui.engine.engine_options import CatalogProgress, EngineOptions
from unsub_tui.engine.history import HistoryMixin

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.connection import Connection
    from unsub_tui.api.list_client import ListClient
    from unsub_tui.domain.account import AccountRef
    from unsub_tui.domain.actor import Actor
    from unsub_tui.domain.check import Check
    from unsub_tui.domain.plan import Confirmation, Plan, SavedPlan
    from unsub_tui.domain.quote import Payment
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.rules import SiteRules
    from unsub_tui.domain.secret import Secret
    from unsub_tui.domain.untrusted_text import UntrustedText
    from unsub_tui.engine.quotes import BillCache, QuoteProgress
    from unsub_tui.engine.run.executor import RunConfig, RunHandle


__all__ = ["CatalogProgress", "Engine", "EngineOptions"]


class Engine(CatalogMixin, HistoryMixin):
    """The operations on one account, from listing resources to reading the journal.

    `connect` is awaited once, in the event loop, so that its imports finish before any thread needs them. Every method
    that reaches Huawei Cloud or the journal raises `UnsubError` on failure.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], options: EngineOptions) -> None:
        super().__init__()
        self._connect = connect
        self.options = options
        self._guards = options.guards
        self.is_session_read_only = False
        """Whether read-only mode was turned on in this session. It then stays on after a switch of the profile."""
        self._connection: Connection | None = None
        self._client: ListClient | None = None
        self.account: AccountRef | None = None
        """The connected account; None until `open` has returned."""
        self._open_task: asyncio.Task[AccountRef] | None = None
        self._detected_site = ""
        self._rules: SiteRules | None = None
        self._bill_cache: BillCache | None = None
        self._caller: tuple[UntrustedText, UntrustedText] | None = None
        self.run_handle: RunHandle | None = None
        """Handle of the last run that was started. Before the process exits, it must join the thread of this run."""
        self.credentials_source = ""
        """Label of the credential in use, with the access key masked; empty until `open` has returned."""

    @property
    def site(self) -> str:
        """The Huawei Cloud site: cn, intl or eu. Empty if it is not configured and `open` has not detected it yet."""
        return self.options.site or self._detected_site

    @property
    def rules(self) -> SiteRules:
        """The rules of the account's site. Raise CONFIG if the override file is invalid."""
        if self._rules is None or self._rules.site != self.site:
            from unsub_tui.engine.rulebook import load_rules

            self._rules = load_rules(self.site, self.options.rules_file)
        return self._rules

    @property
    def profile(self) -> str:
        """The profile name, or an empty string."""
        return self.options.profile

    @property
    def read_only(self) -> bool:
        """Whether read-only mode is on, which blocks every unsubscription."""
        return self._guards.read_only

    @property
    def is_demo(self) -> bool:
        """Whether the engine talks to the embedded sandbox instead of Huawei Cloud."""
        return self.options.is_demo

    @property
    def is_production(self) -> bool:
        """Whether the profile is configured as production."""
        return self.options.is_production

    @property
    def state_dir(self) -> Path:
        """The directory that holds the journals."""
        return self.options.state_dir

    @property
    def cache_dir(self) -> Path | None:
        """The directory for data that can be downloaded again, or None."""
        return self.options.cache_dir

    def now(self) -> datetime:
        """Return the current UTC time of the engine's clock."""
        return self.options.clock.now()

    def enable_read_only(self) -> None:
        """Turn on read-only mode. It cannot be turned off again in this process."""
        origins = {**self._guards.origins, "read_only": self._guards.origins.get("read_only") or "in this session"}
        self._guards = replace(self._guards, read_only=True, origins=origins)
        self.is_session_read_only = True

    async def open(self) -> AccountRef:
        """Connect and return the account of the credentials. Concurrent callers share one connection attempt."""
        if self.account is not None:
            return self.account
        if self._open_task is None or self._open_task.done():
            self._open_task = asyncio.create_task(self._open())
        return await asyncio.shield(self._open_task)

    async def _open(self) -> AccountRef:
        from unsub_tui.domain.account import AccountRef

        connection = await self._connect()
        self._connection = connection
        await connection.credential_provider.refresh()
        if not connection.site:
            from unsub_tui.api.site import find_site

            self._detected_site = await find_site(connection)
            connection = connection.for_site(self._detected_site)
        await self._close_client()
        self._client = await connection.list_client().__aenter__()
        account_id, name = connection.credential_provider.current.domain_id, EMPTY
        try:
            account_id, name = await self._client.find_account()
        except UnsubError:
            if not account_id:
                raise
        self.credentials_source = connection.credential_provider.label
        self._connection = connection.for_account(account_id)
        self.account = AccountRef(
            account_id=account_id, name=name, site=self.site, profile=self.profile, alias=self.options.alias
        )
        return self.account

    @property
    def actor(self) -> Actor:
        """The user of the program, as far as known; `fetch_actor` asks Huawei Cloud for the missing user name."""
        from unsub_tui.domain.actor import Actor

        identity = self._connection.credential_provider if self._connection is not None else None
        known = identity.actor if identity is not None else Actor()
        user_id, user_name = self._caller or (known.user_id, known.user_name)
        account_id = self.account.account_id if self.account is not None else ""
        return replace(
            known,
            operator=self.options.operator,
            account_id=account_id,
            user_id=user_id,
            user_name=user_name,
        )

    async def fetch_actor(self) -> Actor:
        """Ask Huawei Cloud once for the user of the credentials, and return the actor. Ignore a failed lookup."""
        if self._caller is None and self._client is not None and not self.actor.user_name:
            with suppress(UnsubError):
                self._caller = await self._client.find_caller()
        return self.actor

    @property
    def can_sign_in(self) -> bool:
        """Whether a user must sign in interactively to renew expired credentials."""
        return self._connection is not None and self._connection.credential_provider.needs_sign_in

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Sign in and use the new token for all requests, also those of an active run. Raise UnsubError on failure."""
        if self._connection is None:
            raise _not_connected_error()
        await self._connection.credential_provider.sign_in(password, passcode)
        self.credentials_source = self._connection.credential_provider.label

    async def close(self) -> None:
        """Close all connections and cancel a pending `open`. Active runs continue."""
        if self._open_task is not None:
            self._open_task.cancel()
            await asyncio.wait([self._open_task])
        await self.cancel_prefetch()
        await self._close_client()

    async def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)

    def draft(
        self,
        catalog: Catalog,
        ids: Sequence[str],
        *,
        action: Action = Action.UNSUBSCRIBE,
        hidden: frozenset[str] = frozenset(),
        quote_only: bool = False,
        bundles: Sequence[Sequence[str]] = (),
    ) -> Plan:
        """Return the plan for these resources, without quotes; set `quote_only` for a plan that will not be run."""
        from unsub_tui.engine.planning import draft_plan

        return draft_plan(
            account=self._require_account(),
            catalog=catalog,
            ids=ids,
            hidden=hidden,
            rules=self.rules,
            guards=self._guards,
            now=self.now(),
            action=action,
            renewals=self.renewals,
            quote_only=quote_only,
            bundles=bundles,
        )

    def draft_from_file(self, catalog: Catalog, filed: SavedPlan) -> Plan:
        """Return a new plan for a plan file, with drifted items refused. Raise OTHER_ACCOUNT for another account."""
        from unsub_tui.engine.plan_files import check_plan_account, refuse_state_drift

        check_plan_account(filed, self._require_account())
        ids = [each.resource.id for each in filed.items]
        bundles = [(each.resource.id, *each.bundled_ids) for each in filed.items if each.bundled_ids]
        return refuse_state_drift(self.draft(catalog, ids, action=filed.action, bundles=bundles), filed, catalog)

    def plan_file_text(self, plan: Plan, ticket: str = "") -> str:
        """Return the text of a plan file. Raise FILE if it exceeds the size limit."""
        from unsub_tui.engine.plan_files import plan_file_text

        return plan_file_text(plan, self.actor, ticket, self.now())

    async def quotes(self, plan: Plan, *, reload: bool = False) -> AsyncIterator[QuoteProgress]:
        """Yield the plan repeatedly as its quotes arrive; the last one is final.

        `reload` discards all cached bills and orders except the bills of settled months.
        """
        from unsub_tui.engine.quotes.dispatch import quote_by_action

        now, bill_cache = self.now(), self._get_bill_cache()
        bill_cache.evict_stale(now, force=reload)
        async with aclosing(quote_by_action(self._require_client(), plan, self.rules, now, bill_cache)) as progress:
            async for step in progress:
                yield step

    def payments(self, resource_id: str) -> list[Payment]:
        """Return the payments for a resource found in the bills read so far, oldest month first."""
        return [] if self._bill_cache is None else self._bill_cache.payments(resource_id)

    def _get_bill_cache(self) -> BillCache:
        if self._bill_cache is None:
            from unsub_tui.engine.quotes import BillCache, BillDiskCache

            directory, disk_cache = self.cache_dir, None
            host = self._connection.hosts.bss if self._connection is not None else ""
            if directory is not None and host.startswith("https://"):  # a loopback sandbox may get other data later
                disk_cache = BillDiskCache(directory, account_id=self._require_account().account_id, host=host)
            self._bill_cache = BillCache(disk_cache)
        return self._bill_cache

    def check_plan(self, plan: Plan) -> list[Problem]:
        """Return the guard violations of this plan, and any problem that would prevent journaling its run."""
        from unsub_tui.journal.paths import preflight

        unrecorded = preflight(self.options.state_dir)
        return [*([unrecorded] if unrecorded is not None else []), *check_guards(plan, self._guards)]

    def run(
        self,
        plan: Plan,
        confirmation: Confirmation,
        *,
        attended: bool = True,
        keep_going: bool = False,
        settle_seconds: float | None = None,
    ) -> RunHandle:
        """Start a run of the plan in a new thread, and return its handle.

        In an unattended run, `keep_going` continues to submit after an unknown outcome. `settle_seconds` limits the
        wait for orders in progress after the last submission.
        """
        from unsub_tui.engine.run.executor import start_run

        config = self._run_config(attended=attended)
        policy = (
            config.policy
            if settle_seconds is None
            else config.policy.with_settle_limit(settle_seconds, keep_going=keep_going)
        )
        self.run_handle = start_run(plan, confirmation, replace(config, keep_going=keep_going, policy=policy))
        return self.run_handle

    def resume(self, *, attended: bool = True) -> RunHandle:
        """Start a run that checks the status of units left open by earlier runs. It submits nothing."""
        from unsub_tui.engine.run.executor import start_resume

        self.run_handle = start_resume(self._run_config(attended=attended))
        return self.run_handle

    async def doctor(self) -> AsyncIterator[Check]:
        """Yield checks of the account, permissions, rate limits and journals. A failed check does not stop the rest."""
        from unsub_tui.domain.check import Check, CheckState
        from unsub_tui.engine.doctor import (
            check_account,
            check_journal,
            check_protection_patterns,
            protection_checks,
            untested_checks,
        )

        try:
            account = await self.open()
        except UnsubError as error:
            yield Check(area="account", name="account", state=CheckState.FAILED, problem=error.problem)
            for check in (*untested_checks("the account could not be opened"), *protection_checks(self._guards, None)):
                yield check
        else:
            yield Check(area="credentials", name="in use", value=self.credentials_source)
            async with aclosing(check_account(self._require_client(), account, self.now())) as checks:
                async for check in checks:
                    yield check
            for check in await check_protection_patterns(
                self._guards, self._require_client().count_resources, self.full_catalog
            ):
                yield check
        for check in check_journal(self.options.state_dir, self.options.runtime_dirs, self.cache_dir):
            yield check

    def _run_config(self, *, attended: bool) -> RunConfig:
        from unsub_tui.engine.run.executor import RunConfig

        if self._connection is None:
            raise _not_connected_error()
        return RunConfig(
            connection=self._connection,
            account=self._require_account(),
            state_dir=self.options.state_dir,
            get_guards=lambda: self._guards,
            clock=self.options.clock,
            policy=self.options.run_policy,
            attended=attended,
            actor=self.actor,
            runtime_dirs=self.options.runtime_dirs,
            cache_dir=self.cache_dir,
        )

    def _require_client(self) -> BssClient:
        from unsub_tui.api.client import BssClient

        return self._require_list_client().share_transport(BssClient)

    def _require_list_client(self) -> ListClient:
        if self._client is None:
            raise _not_connected_error()
        return self._client

    def _require_account(self) -> AccountRef:
        if self.account is None:
            raise _not_connected_error()
        return self.account


def _not_connected_error() -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.INTERNAL, detail="the account is not connected yet"))
