"""The face of the engine: all that a screen or a command may ask for."""

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
    """One account, from the list to the record.

    `connect` is awaited once; what it imports, it imports in the loop, before any thread needs it. Every method that
    reaches the service or the record raises `UnsubError`.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], options: EngineOptions) -> None:
        super().__init__()
        self._connect = connect
        self.options = options
        self._guards = options.guards
        self.is_session_read_only = False
        """Whether read-only was switched on in this session: then it stays on, whatever profile is used next."""
        self._connection: Connection | None = None
        self._client: ListClient | None = None
        self.account: AccountRef | None = None
        """Known once `open` has returned."""
        self._open_task: asyncio.Task[AccountRef] | None = None
        self._detected_site = ""
        self._rules: SiteRules | None = None
        self._bill_cache: BillCache | None = None
        self._caller: tuple[UntrustedText, UntrustedText] | None = None
        self.run_handle: RunHandle | None = None
        """The run that was begun last; whoever ends the process waits for its thread."""
        self.credentials_source = ""
        """Which credential is used, with the access key masked; known once `open` has returned."""

    @property
    def site(self) -> str:
        """The vendor's site: cn, intl or eu; empty where nobody has set it and `open` has not yet found it out."""
        return self.options.site or self._detected_site

    @property
    def rules(self) -> SiteRules:
        """The rules of the account's site; raises CONFIG for an override that is not valid."""
        if self._rules is None or self._rules.site != self.site:
            from unsub_tui.engine.rulebook import load_rules

            self._rules = load_rules(self.site, self.options.rules_file)
        return self._rules

    @property
    def profile(self) -> str:
        """The profile's name, or nothing."""
        return self.options.profile

    @property
    def read_only(self) -> bool:
        """Whether nothing may be unsubscribed."""
        return self._guards.read_only

    @property
    def is_demo(self) -> bool:
        """Whether the service is the embedded sandbox."""
        return self.options.is_demo

    @property
    def is_production(self) -> bool:
        """Whether the profile is marked as production."""
        return self.options.is_production

    @property
    def state_dir(self) -> Path:
        """The directory that holds the record."""
        return self.options.state_dir

    @property
    def cache_dir(self) -> Path | None:
        """The directory of what can be read again, or None."""
        return self.options.cache_dir

    def now(self) -> datetime:
        """Return the present moment of the engine's clock, UTC."""
        return self.options.clock.now()

    def enable_read_only(self) -> None:
        """Switch read-only on. There is no way back in this process."""
        origins = {**self._guards.origins, "read_only": self._guards.origins.get("read_only") or "in this session"}
        self._guards = replace(self._guards, read_only=True, origins=origins)
        self.is_session_read_only = True

    async def open(self) -> AccountRef:
        """Connect and find out whose account it is; who asks while that is under way waits for the same answer."""
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
        """Who works with it, as far as known; `find_person` asks the service for more."""
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
        """Ask the service whose keys these are, once; what it does not tell stays unknown."""
        if self._caller is None and self._client is not None and not self.actor.user_name:
            with suppress(UnsubError):
                self._caller = await self._client.find_caller()
        return self.actor

    @property
    def can_sign_in(self) -> bool:
        """Whether refused credentials are renewed by a person who signs in."""
        return self._connection is not None and self._connection.credential_provider.needs_sign_in

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Take the token that a typed password gives, for everything that is under way as well; raises UnsubError."""
        if self._connection is None:
            raise _not_connected_error()
        await self._connection.credential_provider.sign_in(password, passcode)
        self.credentials_source = self._connection.credential_provider.label

    async def close(self) -> None:
        """Close the connections, also one that is being opened. Runs that are under way are not touched."""
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
        """Return the plan for these resources, its quotes still unknown; `figures_only` where it will not be run."""
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
        """Return a fresh plan of what a plan file names, without what is no longer as it says; raises GUARD."""
        from unsub_tui.engine.plan_files import check_plan_account, refuse_state_drift

        check_plan_account(filed, self._require_account())
        ids = [each.resource.id for each in filed.items]
        bundles = [(each.resource.id, *each.bundled_ids) for each in filed.items if each.bundled_ids]
        return refuse_state_drift(self.draft(catalog, ids, action=filed.action, bundles=bundles), filed, catalog)

    def plan_file_text(self, plan: Plan, ticket: str = "") -> str:
        """Return the text of a plan file; raises FILE where it would be too long."""
        from unsub_tui.engine.plan_files import plan_file_text

        return plan_file_text(plan, self.actor, ticket, self.now())

    async def quotes(self, plan: Plan, *, reload: bool = False) -> AsyncIterator[QuoteProgress]:
        """Yield the plan with more and more quotes; the last one is final.

        `anew` reads again what may have changed since, which is everything but the bills of settled months.
        """
        from unsub_tui.engine.quotes.dispatch import quote_by_action

        now, bill_cache = self.now(), self._get_bill_cache()
        bill_cache.evict_stale(now, force=reload)
        async with aclosing(quote_by_action(self._require_client(), plan, self.rules, now, bill_cache)) as progress:
            async for step in progress:
                yield step

    def payments(self, resource_id: str) -> list[Payment]:
        """Return what the bills that were read so far show for a resource, oldest month first."""
        return [] if self._bill_cache is None else self._bill_cache.payments(resource_id)

    def _get_bill_cache(self) -> BillCache:
        if self._bill_cache is None:
            from unsub_tui.engine.quotes import BillCache, BillDiskCache

            directory, disk_cache = self.cache_dir, None
            host = self._connection.hosts.bss if self._connection is not None else ""
            if directory is not None and host.startswith("https://"):  # a sandbox on loopback may be another tomorrow
                disk_cache = BillDiskCache(directory, account_id=self._require_account().account_id, host=host)
            self._bill_cache = BillCache(disk_cache)
        return self._bill_cache

    def check_plan(self, plan: Plan) -> list[Problem]:
        """Return what the guards have against this plan, and what would keep its run from being recorded."""
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
        """Start carrying the plan out, in a thread of its own.

        Where nobody attends, `keep_going` sends the rest after an unknown outcome; `settle_seconds` is how long it
        stays for what was accepted once nothing is left to send.
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
        """Start settling what earlier runs left open; sends nothing."""
        from unsub_tui.engine.run.executor import start_resume

        self.run_handle = start_resume(self._run_config(attended=attended))
        return self.run_handle

    async def doctor(self) -> AsyncIterator[Check]:
        """Yield what there is to know of account, permissions, limits and record; goes on after whatever fails."""
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
            guards=self._guards,
            operator=self.options.operator,
            clock=self.options.clock,
            policy=self.options.run_policy,
            attended=attended,
            actor=self.actor,
            get_guards=lambda: self._guards,
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
