"""Checks the account and this machine for everything the program needs, without changing anything."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.api.client import BssClient
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.run_states import tags_of
from unsub_tui.domain.inventory_guards import matches_tags
from unsub_tui.domain.order import OrderType
from unsub_tui.domain.permissions import PERMISSIONS
from unsub_tui.domain.problem import Check, CheckState, ProblemKind, UnsubError
from unsub_tui.domain.protection_patterns import matches_pattern
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.inventory.permission_checks import permission_checks
from unsub_tui.engine.run.policy import RunPolicy
from unsub_tui.journal.lock import read_lock_owner
from unsub_tui.journal.paths import (
    MIN_FREE_BYTES,
    check_directory,
    lock_path,
    record_paths,
    runtime_dir,
    set_aside_records,
)
from unsub_tui.journal.store import read_state
from unsub_tui.journal.strict_stat import path_exists

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

CLOCK_WARNING = timedelta(seconds=60)
"""Difference to Huawei Cloud's clock from which `doctor` warns; requests fail from 15 minutes on."""

REQUIRED_READS = ("list_resources", "list_orders", "order", "refund_rows", "bills")
"""Read operations that the program cannot work without. As all reads, they are tested by using them."""

OPTIONAL_READS = ("balance", "coupons", "enterprise_projects")
"""Further read operations; without them, the program shows less."""

MUTATING_OPERATIONS = ("unsubscribe", "autorenew_on", "to_on_demand")
"""Operations whose permission cannot be tested without executing them."""

MUTATING_OPERATIONS_OF_SITE = {"cn": ("to_on_demand_now",)}
"""Those that only some sites have."""

ACCOUNT_NOT_OPENED = fact("account_not_opened")
"""Reason for checks that were not made."""

COUNT_LIMIT = 5000
"""Maximum number of resources to list: ten calls, or twenty if the list never stands still."""

Read = Callable[[], Awaitable[object]]


class _NoOrderError(Exception):
    """There is no order to try a read on."""


async def run_checks(engine: Engine) -> AsyncGenerator[Check, None]:
    """Yield checks of the account, permissions, rate limits and journals. A failed check does not stop the rest."""
    options, guards = engine.options, engine.guards
    try:
        account = await engine.account.open()
    except UnsubError as error:
        yield Check(area="account", name="account", state=CheckState.FAILED, problem=error.problem)
        for operation in (*REQUIRED_READS, *OPTIONAL_READS, *MUTATING_OPERATIONS):
            yield Check(area="permissions", name=operation, state=CheckState.NOT_TRIED, value=ACCOUNT_NOT_OPENED)
        for check in protection_checks(guards, None):
            yield check
    else:
        client = engine.account.client()
        yield Check(area="credentials", name="in use", value=engine.account.credentials_source)
        async for check in _check_account(client, account, engine.clock.now()):
            yield check
        async for check in _check_resources(engine, client):
            yield check
    for check in check_journal(options.state_dir, options.runtime_dirs, options.cache_dir):
        yield check


async def _check_account(client: BssClient, account: AccountRef, now: datetime) -> AsyncIterator[Check]:
    """Yield checks of the account, permissions, clock difference and rate limits."""
    name = account.name.for_display()
    yield Check(area="account", name="account", value=f"{name} ({account.account_id})" if name else account.account_id)
    yield Check(area="account", name="site", value=account.site)
    for operation, read in _reads(client, now).items():
        yield await _try_operation(operation, read)
    for operation in (*MUTATING_OPERATIONS, *MUTATING_OPERATIONS_OF_SITE.get(account.site, ())):
        yield _untestable(operation, "test_would_execute")
    yield await _total_count(client)
    yield _clock(client.transport.server_time_offset)
    if not client.transport.reduced_rates:
        yield Check(area="limits", name="throttled", value=fact("no_call"))
    for operation, rate in client.transport.reduced_rates.items():
        value = fact("rate_reduced", rate=f"{rate:g}")
        yield Check(area="limits", name=f"rate of {operation}", state=CheckState.WARNING, value=value)


async def list_small_account(
    count: Callable[[], Awaitable[int]], load_catalog: Callable[[], Awaitable[Catalog]]
) -> tuple[Catalog | None, Fact]:
    """Return the listing, or None and the reason; large accounts are not listed."""
    try:
        if await count() > COUNT_LIMIT:
            return None, fact("too_many_resources", limit=COUNT_LIMIT)
        return await load_catalog(), fact("allowed")
    except UnsubError:
        return None, fact("resources_not_listed")


async def _check_resources(engine: Engine, client: BssClient) -> AsyncIterator[Check]:
    """Yield the checks that need resources: of the list, of the protection patterns, and of the inventory."""
    catalog, reason = await list_small_account(client.count_resources, engine.catalog.read_all)
    yield _check_listing(catalog, reason)
    async for check in _check_protection(engine, catalog, reason):
        yield check
    async with engine.account.inventory_clients() as clients:
        for check in await permission_checks(clients, await _some_resources(client, catalog)):
            yield check


async def _some_resources(client: BssClient, catalog: Catalog | None) -> Sequence[Resource] | None:
    """Return the resources, or the first page of them if they were not listed; None if that cannot be read either."""
    if catalog is not None:
        return catalog.resources
    try:
        async with aclosing(client.resource_pages()) as pages:
            return (await anext(pages)).rows
    except UnsubError:
        return None


def _check_listing(catalog: Catalog | None, reason: Fact) -> Check:
    """Return the check whether the whole list can be read while it stands still."""
    if catalog is None:
        return Check(area="account", name="list", state=CheckState.NOT_TRIED, value=reason)
    if catalog.rows_at_risk:
        value = fact("list_changed", count=catalog.rows_at_risk)
        return Check(area="account", name="list", state=CheckState.WARNING, value=value)
    return Check(area="account", name="list", value=fact("list_complete", count=len(catalog)))


def protection_checks(
    guards: Guards, resources: Sequence[Resource] | None, reason: Fact = ACCOUNT_NOT_OPENED
) -> list[Check]:
    """Return a check for each protection pattern, with its number of matches if the resources are known."""
    found: list[Check] = []
    for pattern in guards.protected:
        if resources is not None and pattern in guards.tag_patterns:
            continue  # the services know the tags: `_check_tag_patterns`
        says = _with_origin(guards, pattern)
        if resources is None:
            value = fact("pattern_not_counted", pattern=says, reason=reason)
            found.append(Check(area="guards", name="protected", value=value))
            continue
        number = sum(matches_pattern(each, pattern) for each in resources)
        value = fact("pattern_matches", pattern=says, count=number)
        state = CheckState.OK if number else CheckState.WARNING
        advice = fact("pattern_misspelt")
        found.append(Check(area="guards", name="protected", state=state, value=value, advice=advice))
    return found


async def _check_protection(engine: Engine, catalog: Catalog | None, reason: Fact) -> AsyncIterator[Check]:
    """Yield a check for each protection pattern, with its number of matches if the resources could be listed."""
    for check in protection_checks(engine.guards, catalog.resources if catalog is not None else None, reason):
        yield check
    if catalog is not None and engine.guards.tag_patterns:
        async for check in _check_tag_patterns(engine, catalog):
            yield check


async def _check_tag_patterns(engine: Engine, catalog: Catalog) -> AsyncIterator[Check]:
    """Yield a check for each pattern of tags, with its number of matches by the lists of the services."""
    guards = engine.guards
    inventory = engine.inventory.new_inventory(catalog)
    async for _step in engine.inventory.sweep(inventory, catalog.resources):
        pass
    living = [each for each in catalog.resources if each.status != Status.CLOSED]
    tags = [tags_of(inventory.subject_of(each)) for each in living]
    unknown = sum(each.state is FindingState.UNKNOWN for each in tags)
    for pattern in guards.tag_patterns:
        number = sum(each.value is not None and matches_tags(pattern, each.value) for each in tags)
        says = _with_origin(guards, pattern)
        value = fact("pattern_matches", pattern=says, count=number)
        if unknown:
            value = fact("tag_pattern_matches", pattern=says, matches=number, count=unknown)
        state = CheckState.OK if number else CheckState.WARNING
        yield Check(area="guards", name="protected", state=state, value=value, advice=fact("pattern_misspelt"))


def _with_origin(guards: Guards, pattern: str) -> str:
    origin = guards.origin("protected", pattern)
    return f"{pattern} ({origin})" if origin else pattern


def _reads(client: BssClient, now: datetime) -> Mapping[str, Read]:
    since = now - timedelta(days=364)  # Huawei Cloud rejects periods of more than a year

    async def newest(order_type: int | None = None) -> str:
        order = await client.newest_order(order_type=order_type, created_from=since, created_to=now)
        if order is None:
            raise _NoOrderError
        return order.order_id

    async def order() -> object:
        return await client.order(await newest())

    async def refund_rows() -> object:
        return await client.refund_rows(await newest(OrderType.UNSUBSCRIPTION))

    return {
        "find_account": client.find_account,
        "list_resources": client.count_resources,
        "list_orders": lambda: client.newest_order(created_from=since, created_to=now),
        "order": order,
        "refund_rows": refund_rows,
        # no resource has this id, so the answer is short
        "bills": lambda: client.payments(f"{now:%Y-%m}", resource_id="none"),
        "balance": client.balance,
        "coupons": lambda: client.coupons("none"),
        "enterprise_projects": client.enterprise_projects,
    }


async def _try_operation(operation: str, read: Read) -> Check:
    try:
        await read()
    except _NoOrderError:
        return _untestable(operation, "no_order_to_test")
    except UnsubError as error:
        state = CheckState.FAILED if operation in REQUIRED_READS else CheckState.WARNING
        # A permission would not help against a policy of the organization.
        is_policy = error.problem.kind is ProblemKind.ORGANIZATION
        advice = "" if is_policy else _permission_advice(operation)
        return Check(area="permissions", name=operation, state=state, problem=error.problem, advice=advice)
    return Check(area="permissions", name=operation, value=fact("allowed"))


async def counts_attached_resources(client: BssClient) -> bool | None:
    """Return whether `total_count` counts attached resources; None if the first page of the list has none."""
    if await client.count_resources() != await client.count_resources(only_main_resource=True):
        return True
    async with aclosing(client.resource_pages()) as pages:
        first = await anext(pages)
    return False if any(not each.is_main_resource for each in first.rows) else None


async def _total_count(client: BssClient) -> Check:
    """Return the check that states which resources Huawei Cloud counts; listings are read accordingly."""
    try:
        counts_attached = await counts_attached_resources(client)
    except UnsubError:
        return Check(area="account", name="total_count", state=CheckState.NOT_TRIED, value=fact("resources_not_listed"))
    if counts_attached is None:
        value = fact("total_undecided")
        return Check(area="account", name="total_count", state=CheckState.NOT_TRIED, value=value)
    value = fact("total_of_all") if counts_attached else fact("total_of_primary")
    return Check(area="account", name="total_count", value=value)


def _untestable(operation: str, reason: FactCode) -> Check:
    """Return the check for a permission that cannot be tested."""
    state, advice = CheckState.UNTESTABLE, _permission_advice(operation)
    return Check(area="permissions", name=operation, state=state, value=fact(reason), advice=advice)


def _permission_advice(operation: str) -> Fact:
    permission = PERMISSIONS[operation]
    code = permission.policy_code or "-"
    return fact("permission_needed", operation=operation, action=permission.action, code=code)


def _clock(offset: timedelta | None) -> Check:
    if offset is None:
        value = fact("clock_unknown")
        return Check(area="network", name="clock", state=CheckState.NOT_TRIED, value=value)
    value = clock_difference(offset)
    if abs(offset) < CLOCK_WARNING:
        return Check(area="network", name="clock", value=value)
    state = CheckState.FAILED if abs(offset) > RunPolicy.MAX_CLOCK_OFFSET else CheckState.WARNING
    return Check(area="network", name="clock", state=state, value=value, advice=fact("set_clock"))


def clock_difference(offset: timedelta) -> Fact:
    """Return the difference between the clock of this machine and Huawei Cloud's, in whole seconds."""
    seconds = round(offset.total_seconds())
    code: FactCode = "clock_behind" if seconds > 0 else "clock_ahead"
    return fact(code, seconds=abs(seconds)) if seconds else fact("clock_equal")


def check_journal(state_dir: Path, runtime_dirs: Sequence[Path] = (), cache_dir: Path | None = None) -> Iterator[Check]:
    """Yield checks of each journal: whether it is writable and sound, and which process holds its lock."""
    if runtime_dirs:
        yield _shared_lock(runtime_dirs)
    try:
        check_directory(state_dir)
        if not path_exists(state_dir):
            yield Check(area="record", name="directory", value=fact("directory_absent", path=str(state_dir)))
            return
        free = shutil.disk_usage(state_dir).free
        aside, records = set_aside_records(state_dir), record_paths(state_dir)
    except (UnsubError, OSError) as error:
        value, problem = for_display(str(state_dir)), error.problem if isinstance(error, UnsubError) else None
        yield Check(area="record", name="directory", state=CheckState.FAILED, value=value, problem=problem)
        return
    state = CheckState.OK if free > MIN_FREE_BYTES else CheckState.FAILED
    space = fact("directory_free", path=str(state_dir), megabytes=free // 1_000_000)
    yield Check(area="record", name="directory", state=state, value=space)
    for path in aside:
        found, advice = fact("record_set_aside"), fact("compare_set_aside")
        yield Check(area="record", name=for_display(path.name), state=CheckState.WARNING, value=found, advice=advice)
    for path in records:
        yield _journal(path, cache_dir)
        lock_owner = read_lock_owner(lock_path(state_dir, path.stem))
        if lock_owner is not None:
            name, owner = f"lock of {for_display(path.stem)}", fact("lock_held", owner=lock_owner.facts[0])
            hint = lock_owner.facts[1] if lock_owner.is_suspended else ""
            yield Check(area="record", name=name, state=CheckState.WARNING, value=owner, advice=hint)


def _shared_lock(candidates: Sequence[Path]) -> Check:
    """Return the check for the lock that prevents concurrent runs from this user's other state directories."""
    found, name = runtime_dir(candidates), "shared lock"
    if found is not None:
        return Check(area="record", name=name, value=for_display(str(found)))
    value = fact("no_shared_lock", places=", ".join(map(str, candidates)))
    advice = fact("use_one_state_directory")
    return Check(area="record", name=name, state=CheckState.WARNING, value=value, advice=advice)


def _journal(path: Path, cache_dir: Path | None) -> Check:
    name = f"record of {for_display(path.stem)}"
    try:
        book = read_state(path, cache_dir)
    except UnsubError as error:
        return Check(area="record", name=name, state=CheckState.FAILED, problem=error.problem)
    value = fact("record_sound", count=len(book.runs))
    if book.last_event is not None:
        last = f"{book.last_event.written_at().astimezone(UTC):%Y-%m-%d %H:%M}"
        value = fact("record_sound_until", record=value, last=last)
    open_count = len(book.open_units())
    if not open_count:
        return Check(area="record", name=name, value=value)
    value = fact("record_with_open_items", record=value, count=open_count)
    advice = fact("resume_open_items")
    return Check(area="record", name=name, state=CheckState.WARNING, value=value, advice=advice)
