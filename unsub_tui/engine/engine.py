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
from unsub_tui.domain.foreign import NOTHING
from unsub_tui.domain.guards import check
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.bookkeeping import Bookkeeping
from unsub_tui.engine.cataloguing import Cataloguing
from unsub_tui.engine.options import CatalogueProgress, EngineOptions

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.connection import Connection
    from unsub_tui.api.list_client import ListClient
    from unsub_tui.domain.account import AccountRef
    from unsub_tui.domain.check import Check
    from unsub_tui.domain.foreign import Foreign
    from unsub_tui.domain.person import Person
    from unsub_tui.domain.plan import Confirmation, FiledPlan, Plan
    from unsub_tui.domain.quote import Payment
    from unsub_tui.domain.resource import Catalogue
    from unsub_tui.domain.rules import SiteRules
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.quoting import BillShelf, QuoteProgress
    from unsub_tui.engine.runner import RunHandle, RunParts


__all__ = ["CatalogueProgress", "Engine", "EngineOptions"]


class Engine(Cataloguing, Bookkeeping):
    """One account, from the list to the record.

    `connect` is awaited once; what it imports, it imports in the loop, before any thread needs it. Every method that
    reaches the service or the record raises `UnsubError`.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], options: EngineOptions) -> None:
        super().__init__()
        self._connect = connect
        self.options = options
        self._guards = options.guards
        self.is_tightened = False
        """Whether read-only was switched on in this session: then it stays on, whatever profile is used next."""
        self._connection: Connection | None = None
        self._client: ListClient | None = None
        self.account: AccountRef | None = None
        """Known once `open` has returned."""
        self._opening: asyncio.Task[AccountRef] | None = None
        self._found_site = ""
        self._rules: SiteRules | None = None
        self._shelf: BillShelf | None = None
        self._caller: tuple[Foreign, Foreign] | None = None
        self.handle: RunHandle | None = None
        """The run that was begun last; whoever ends the process waits for its thread."""
        self.credentials_source = ""
        """Which credential is used, with the access key masked; known once `open` has returned."""

    @property
    def site(self) -> str:
        """The vendor's site: cn, intl or eu; empty where nobody has set it and `open` has not yet found it out."""
        return self.options.site or self._found_site

    @property
    def rules(self) -> SiteRules:
        """The rules of the account's site; raises CONFIG for an override that is not valid."""
        if self._rules is None or self._rules.site != self.site:
            from unsub_tui.engine.rulebook import rules_of

            self._rules = rules_of(self.site, self.options.rules_file)
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
    def record_path(self) -> Path:
        """The directory that holds the record."""
        return self.options.state_dir

    @property
    def cache_dir(self) -> Path | None:
        """The directory of what can be read again, or None."""
        return self.options.cache_dir

    def now(self) -> datetime:
        """Return the present moment of the engine's clock, UTC."""
        return self.options.clock.now()

    def tighten(self) -> None:
        """Switch read-only on. There is no way back in this process."""
        origins = {**self._guards.origins, "read_only": self._guards.origins.get("read_only") or "in this session"}
        self._guards = replace(self._guards, read_only=True, origins=origins)
        self.is_tightened = True

    async def open(self) -> AccountRef:
        """Connect and find out whose account it is; who asks while that is under way waits for the same answer."""
        if self.account is not None:
            return self.account
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> AccountRef:
        from unsub_tui.domain.account import AccountRef

        connection = await self._connect()
        self._connection = connection
        await connection.identity.fresh()
        if not connection.site:
            from unsub_tui.api.site import find_site

            self._found_site = await find_site(connection)
            connection = connection.at(self._found_site)
        await self._close_client()
        self._client = await connection.lister().__aenter__()
        account_id, name = connection.identity.current.domain_id, NOTHING
        try:
            account_id, name = await self._client.find_account()
        except UnsubError:
            if not account_id:
                raise
        self.credentials_source = connection.identity.label
        self._connection = connection.for_account(account_id)
        self.account = AccountRef(
            account_id=account_id, name=name, site=self.site, profile=self.profile, alias=self.options.alias
        )
        return self.account

    @property
    def person(self) -> Person:
        """Who works with it, as far as known; `find_person` asks the service for more."""
        from unsub_tui.domain.person import Person

        identity = self._connection.identity if self._connection is not None else None
        known = identity.person if identity is not None else Person()
        user_id, user_name = self._caller or (known.user_id, known.user_name)
        account_id = self.account.account_id if self.account is not None else ""
        return replace(
            known,
            operator=self.options.operator,
            account_id=account_id,
            user_id=user_id,
            user_name=user_name,
        )

    async def find_person(self) -> Person:
        """Ask the service whose keys these are, once; what it does not tell stays unknown."""
        if self._caller is None and self._client is not None and not self.person.user_name:
            with suppress(UnsubError):
                self._caller = await self._client.caller()
        return self.person

    @property
    def wants_login(self) -> bool:
        """Whether refused credentials are renewed by a person who signs in."""
        return self._connection is not None and self._connection.identity.wants_login

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Take the token that a typed password gives, for everything that is under way as well; raises UnsubError."""
        if self._connection is None:
            raise _not_open()
        await self._connection.identity.sign_in(password, passcode)
        self.credentials_source = self._connection.identity.label

    async def close(self) -> None:
        """Close the connections, also one that is being opened. Runs that are under way are not touched."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self.drop_ahead()
        await self._close_client()

    async def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)

    def draft(
        self,
        catalogue: Catalogue,
        ids: Sequence[str],
        *,
        action: Action = Action.UNSUBSCRIBE,
        hidden: frozenset[str] = frozenset(),
        figures_only: bool = False,
        bundles: Sequence[Sequence[str]] = (),
    ) -> Plan:
        """Return the plan for these resources, its quotes still unknown; `figures_only` where it will not be run."""
        from unsub_tui.engine.planning import draft_plan

        return draft_plan(
            account=self._known_account(),
            catalogue=catalogue,
            ids=ids,
            hidden=hidden,
            rules=self.rules,
            guards=self._guards,
            now=self.now(),
            action=action,
            renewals=self.renewals,
            figures_only=figures_only,
            bundles=bundles,
        )

    def draft_filed(self, catalogue: Catalogue, filed: FiledPlan) -> Plan:
        """Return a fresh plan of what a plan file names, without what is no longer as it says; raises GUARD."""
        from unsub_tui.engine.filing import expected, with_file

        expected(filed, self._known_account())
        ids = [each.resource.id for each in filed.items]
        bundles = [(each.resource.id, *each.together_ids) for each in filed.items if each.together_ids]
        return with_file(self.draft(catalogue, ids, action=filed.action, bundles=bundles), filed, catalogue)

    def plan_text(self, plan: Plan, ticket: str = "") -> str:
        """Return the text of a plan file; raises FILE where it would be too long."""
        from unsub_tui.engine.filing import plan_text

        return plan_text(plan, self.person, ticket, self.now())

    async def quotes(self, plan: Plan, *, anew: bool = False) -> AsyncIterator[QuoteProgress]:
        """Yield the plan with more and more quotes; the last one is final.

        `anew` reads again what may have changed since, which is everything but the bills of settled months.
        """
        from unsub_tui.engine.figures import figures

        now, shelf = self.now(), self._bill_shelf()
        shelf.forget(now, everything=anew)
        async with aclosing(figures(self._opened(), plan, self.rules, now, shelf)) as progress:
            async for step in progress:
                yield step

    def payments(self, resource_id: str) -> list[Payment]:
        """Return what the bills that were read so far show for a resource, oldest month first."""
        return [] if self._shelf is None else self._shelf.payments(resource_id)

    def _bill_shelf(self) -> BillShelf:
        if self._shelf is None:
            from unsub_tui.engine.quoting import Archive, BillShelf

            directory, archive = self.cache_dir, None
            host = self._connection.hosts.bss if self._connection is not None else ""
            if directory is not None and host.startswith("https://"):  # a sandbox on loopback may be another tomorrow
                archive = Archive(directory, account_id=self._known_account().account_id, host=host)
            self._shelf = BillShelf(archive)
        return self._shelf

    def check(self, plan: Plan) -> list[Problem]:
        """Return what the guards have against this plan, and what would keep its run from being recorded."""
        from unsub_tui.journal.place import obstacle

        unrecorded = obstacle(self.options.state_dir)
        return [*([unrecorded] if unrecorded is not None else []), *check(plan, self._guards)]

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
        from unsub_tui.engine.runner import start_run

        parts = self._parts(attended=attended)
        pace = parts.pace if settle_seconds is None else parts.pace.within(settle_seconds, keep_going=keep_going)
        self.handle = start_run(plan, confirmation, replace(parts, keep_going=keep_going, pace=pace))
        return self.handle

    def resume(self, *, attended: bool = True) -> RunHandle:
        """Start settling what earlier runs left open; sends nothing."""
        from unsub_tui.engine.runner import start_resume

        self.handle = start_resume(self._parts(attended=attended))
        return self.handle

    async def doctor(self) -> AsyncIterator[Check]:
        """Yield what there is to know of account, permissions, limits and record; goes on after whatever fails."""
        from unsub_tui.domain.check import Check, CheckState
        from unsub_tui.engine.doctor import (
            examine_account,
            examine_guards,
            examine_record,
            not_tried,
            protection_checks,
        )

        try:
            account = await self.open()
        except UnsubError as error:
            yield Check(area="account", name="account", state=CheckState.FAILED, problem=error.problem)
            for check in (*not_tried("the account could not be opened"), *protection_checks(self._guards, None)):
                yield check
        else:
            yield Check(area="credentials", name="in use", value=self.credentials_source)
            async with aclosing(examine_account(self._opened(), account, self.now())) as checks:
                async for check in checks:
                    yield check
            for check in await examine_guards(self._guards, self._opened().count_resources, self.whole_catalogue):
                yield check
        for check in examine_record(self.options.state_dir, self.options.runtime_dirs, self.cache_dir):
            yield check

    def _parts(self, *, attended: bool) -> RunParts:
        from unsub_tui.engine.runner import RunParts

        if self._connection is None:
            raise _not_open()
        return RunParts(
            connection=self._connection,
            account=self._known_account(),
            state_dir=self.options.state_dir,
            guards=self._guards,
            operator=self.options.operator,
            clock=self.options.clock,
            pace=self.options.pace,
            attended=attended,
            person=self.person,
            guards_now=lambda: self._guards,
            runtime_dirs=self.options.runtime_dirs,
            cache_dir=self.cache_dir,
        )

    def _opened(self) -> BssClient:
        from unsub_tui.api.client import BssClient

        return self._lister().over_its_line(BssClient)

    def _lister(self) -> ListClient:
        if self._client is None:
            raise _not_open()
        return self._client

    def _known_account(self) -> AccountRef:
        if self.account is None:
            raise _not_open()
        return self.account


def _not_open() -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.INTERNAL, detail="the account is not connected yet"))
