"""The engine: everything that a screen or command does with one account of Huawei Cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.guards import Guards, check_guards
from unsub_tui.engine.account import Account, Connect
from unsub_tui.engine.catalog import CatalogReader
from unsub_tui.engine.run.policy import Clock, RunPolicy

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.subject import InventoryThresholds
    from unsub_tui.domain.plan import Confirmation, Plan, SavedPlan
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.quote import Payment
    from unsub_tui.domain.resource import Catalog
    from unsub_tui.domain.rules import SiteRules
    from unsub_tui.domain.run import Unit
    from unsub_tui.engine.bundle_reader import BundleReader
    from unsub_tui.engine.history import History
    from unsub_tui.engine.inventory.plan_reads import PlanInventory
    from unsub_tui.engine.inventory.reader import InventoryReader
    from unsub_tui.engine.quotes.bills import BillCache
    from unsub_tui.engine.quotes.builder import QuoteProgress
    from unsub_tui.engine.run.context import RunConfig
    from unsub_tui.engine.run.executor import RunHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Account, directory, guard and timing settings of one engine."""

    state_dir: Path
    """The directory that holds the journals."""
    site: str
    """cn, intl or eu; empty to detect the site."""
    profile: str = ""
    alias: str = ""
    """The profile's name for the account, used in the confirmation phrase."""
    guards: Guards = field(default_factory=Guards)
    operator: str = ""
    """Linux user, host and SSH origin, recorded in the journal."""
    is_demo: bool = False
    """Whether the engine talks to the embedded sandbox instead of Huawei Cloud."""
    is_production: bool = False
    """Whether the profile is configured as production."""
    clock: Clock = field(default_factory=Clock)
    run_policy: RunPolicy = field(default_factory=RunPolicy)
    rules_file: Path | None = None
    """The user's rules file, which overrides the rules that ship with the program. The file need not exist."""
    cache_dir: Path | None = None
    """Directory for bills of settled months (not of the sandbox) and copies of the journal heads; None: no cache."""
    inventory_thresholds: InventoryThresholds | None = None
    """Thresholds of the inventory; None for the defaults."""
    runtime_dirs: tuple[Path, ...] = ()
    """Candidate directories for the lock that all state directories of this user share; empty for no shared lock."""


class Engine:
    """The parts that work on one account (`account`, `catalog`, `history`), and its plans, quotes and runs.

    Every method that reaches Huawei Cloud or the journal raises `UnsubError` on failure.
    """

    def __init__(self, connect: Connect, options: EngineOptions) -> None:
        self.options = options
        self.clock = options.clock
        self.account = Account(connect, options)
        self.catalog = CatalogReader(self.account, options.clock)
        self.guards = options.guards
        """The guards in force: the configured ones, made stricter by `enable_read_only`."""
        self.is_session_read_only = False
        """Whether read-only mode was turned on in this session. It then stays on after a switch of the profile."""
        self.run_handle: RunHandle | None = None
        """Handle of the last run that was started. Before the process exits, it must join the thread of this run."""
        self._rules: SiteRules | None = None

    @cached_property
    def history(self) -> History:
        """The past runs and orders. First used in the event loop, because this imports what reads the journal."""
        from unsub_tui.engine.history import History

        return History(self.account, self.options)

    @cached_property
    def inventory(self) -> InventoryReader:
        """Reads what resources are doing and what is known of their backups. First used after the listing."""
        from unsub_tui.engine.inventory.reader import InventoryReader

        return InventoryReader(self.account, self.clock, self.options.inventory_thresholds)

    def plan_inventory(self) -> PlanInventory:
        """Return a reader of what the services say about the resources of a plan."""
        from unsub_tui.engine.inventory.plan_reads import PlanInventory

        return PlanInventory(self.inventory, self.account, self.clock)

    @cached_property
    def bundles(self) -> BundleReader:
        """What is known of bundles. First used in the event loop, because this imports the types of the record."""
        from unsub_tui.engine.bundle_reader import BundleReader

        return BundleReader(self.catalog)

    @property
    def rules(self) -> SiteRules:
        """The rules of the account's site. Raise CONFIG if the override file is invalid."""
        site = self.account.site
        if self._rules is None or self._rules.site != site:
            from unsub_tui.engine.rulebook import load_rules

            self._rules = load_rules(site, self.options.rules_file)
        return self._rules

    def enable_read_only(self) -> None:
        """Turn on read-only mode, also for a run in progress."""
        self.guards = replace(self.guards, read_only=True)
        self.is_session_read_only = True

    def disable_read_only(self) -> None:
        """Turn read-only mode off again, unless it is configured: nothing makes the configured guards less strict."""
        self.guards = self.options.guards
        self.is_session_read_only = False

    async def close(self) -> None:
        """Close all connections and cancel pending reads. Active runs continue."""
        await self.account.cancel_open()  # first, because it may be followed by a prefetch
        await self.catalog.cancel_prefetch()
        await self.account.close()

    def draft(
        self,
        catalog: Catalog,
        ids: Sequence[str],
        *,
        action: Action = Action.UNSUBSCRIBE,
        hidden: frozenset[str] = frozenset(),
        one_by_one: bool = False,
        quote_only: bool = False,
        bundles: Sequence[Sequence[str]] = (),
    ) -> Plan:
        """Return the plan for these resources, without quotes; set `quote_only` for a plan that will not be run.

        With `one_by_one` (queue mode), the batch list does not apply.
        """
        from unsub_tui.engine.planning import DraftContext, draft_plan

        context = DraftContext(
            account=self.account.require_ref(),
            catalog=catalog,
            rules=self.rules,
            guards=self.guards,
            now=self.clock.now(),
            action=action,
            renewals=self.catalog.renewals,
            one_by_one=one_by_one,
            quote_only=quote_only,
        )
        return draft_plan(context, ids, hidden=hidden, bundles=bundles)

    async def draft_from_file(self, catalog: Catalog, filed: SavedPlan) -> Plan:
        """Return a new plan for a plan file, with drifted items refused. Raise OTHER_ACCOUNT for another account."""
        from unsub_tui.engine.plan_drift import check_plan_account, refuse_state_drift

        check_plan_account(filed, self.account.require_ref())
        ids = [each.resource.id for each in filed.items]
        bundles = [(each.resource.id, *each.bundled_ids) for each in filed.items if each.bundled_ids]
        named = [each for item in filed.items for each in (item.resource.id, *item.bundled_ids)]
        catalog = await self.catalog.read_afresh(catalog, named)
        plan = self.draft(catalog, ids, action=filed.action, one_by_one=filed.one_by_one, bundles=bundles)
        return refuse_state_drift(plan, filed, catalog)

    def plan_file_text(
        self, plan: Plan, ticket: str = "", facts: Mapping[str, Mapping[str, object]] | None = None
    ) -> str:
        """Return the text of a plan file, with JSON facts about its resources by id. Raise FILE if it is too large."""
        from unsub_tui.journal.plan_file import plan_file_text

        return plan_file_text(plan, self.account.actor, ticket, self.clock.now(), facts)

    def quotes(self, plan: Plan, *, reload: bool = False) -> AsyncIterator[QuoteProgress]:
        """Yield the plan repeatedly as its quotes and the warnings about bundles arrive; the last one is final.

        `reload` discards all cached bills and orders except the bills of settled months.
        """
        from unsub_tui.engine.quotes.builder import quote_by_action

        now = self.clock.now()
        self._bill_cache.evict_stale(now, force=reload)
        return self.bundles.add_warnings(quote_by_action(self._bill_cache, plan, self.rules, now), plan)

    def payments(self, resource_id: str) -> list[Payment]:
        """Return the payments for a resource found in the bills read so far, oldest month first."""
        return self._bill_cache.payments(resource_id)

    @cached_property
    def _bill_cache(self) -> BillCache:
        from unsub_tui.engine.quotes.bills import BillCache, BillDiskCache

        client, directory, host = self.account.client(), self.options.cache_dir, self.account.connection.hosts.bss
        if directory is None or not host.startswith("https://"):  # a loopback sandbox may get other data later
            return BillCache(client)
        return BillCache(client, BillDiskCache(directory, account_id=self.account.account_id, host=host))

    def check_plan(self, plan: Plan) -> list[Problem]:
        """Return the guard violations of this plan, and any problem that would prevent journaling its run."""
        from unsub_tui.journal.paths import preflight

        unrecorded = preflight(self.options.state_dir)
        problems = [
            *([unrecorded] if unrecorded is not None else []),
            *check_guards(plan, self.guards, self.account.actor),
        ]
        if self.guards.depend_on_findings:
            from unsub_tui.domain.inventory_guards import check_findings

            problems += check_findings(plan, self.guards)
        return problems

    def needs_findings(self, action: Action) -> bool:
        """Return whether a guard for this action depends on what the services say about the resources."""
        if not self.guards.depend_on_findings:
            return False
        from unsub_tui.domain.inventory_guards import needs_findings

        return needs_findings(self.guards, action)

    def refuse_violations(self, plan: Plan) -> Plan:
        """Return the plan with the items refused that violate a guard by what the services say about them."""
        if not self.guards.depend_on_findings:
            return plan
        from unsub_tui.domain.inventory_guards import refuse_violations

        return refuse_violations(plan, self.guards)

    def refuse_missing_backups(self, plan: Plan) -> Plan:
        """Return the plan with the items refused that have no backup as the guard `require_backup` asks for."""
        if self.guards.require_backup is None:
            return plan
        from unsub_tui.domain.inventory_guards import refuse_missing_backups

        return refuse_missing_backups(plan, self.guards)

    async def with_findings(self, plan: Plan, catalog: Catalog, *, is_wanted: bool) -> Plan:
        """Return the plan with what the services say, if that is wanted or a guard needs it; such guards are applied.

        Only plans that delete something have findings to show.
        """
        if self.needs_findings(plan.action) or (is_wanted and plan.action.deletes_resource):
            plan = await self.plan_inventory().plan_with_findings(plan, catalog)
        return self.refuse_violations(plan)

    def is_first_unsubscription(self, plan: Plan, recorded: Iterable[Unit]) -> bool:
        """Return whether a plan unsubscribes on an account whose recorded units have no completed unsubscription.

        Never in the demo, where nothing can be lost.
        """
        from unsub_tui.domain.run import has_completed_unsubscription

        is_real = plan.action.creates_order and not self.options.is_demo
        return is_real and not has_completed_unsubscription(recorded)

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

        config = replace(self._run_config(attended=attended), keep_going=keep_going)
        if settle_seconds is not None:
            config = replace(config, policy=config.policy.with_settle_limit(settle_seconds, keep_going=keep_going))
        self.run_handle = start_run(plan, confirmation, config)
        return self.run_handle

    def resume(self, *, attended: bool = True, settle_seconds: float | None = None) -> RunHandle:
        """Start a run that checks the status of units left open by earlier runs. It submits nothing.

        `settle_seconds` limits the wait for their outcomes.
        """
        from unsub_tui.engine.run.executor import start_resume

        config = self._run_config(attended=attended)
        if settle_seconds is not None:
            config = replace(config, policy=config.policy.with_settle_limit(settle_seconds, keep_going=False))
        self.run_handle = start_resume(config)
        return self.run_handle

    def _run_config(self, *, attended: bool) -> RunConfig:
        from unsub_tui.engine.run.context import RunConfig

        return RunConfig(
            connection=self.account.connection,
            account=self.account.require_ref(),
            state_dir=self.options.state_dir,
            get_guards=lambda: self.guards,
            clock=self.clock,
            policy=self.options.run_policy,
            attended=attended,
            actor=self.account.actor,
            runtime_dirs=self.options.runtime_dirs,
            inventory_thresholds=self.options.inventory_thresholds,
            cache_dir=self.options.cache_dir,
        )
