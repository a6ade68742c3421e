"""Looks at everything that the program needs of the account and of this machine, and changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unsub_tui.api.client import BssClient
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.check import Check, CheckState
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.order import OrderType
from unsub_tui.domain.permissions import PERMISSIONS
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.protection import matches
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.engine.record_files import record_files, set_aside_files
from unsub_tui.journal.lock import holder_of
from unsub_tui.journal.place import ROOM_BYTES, check_directory, lock_path, runtime_dir
from unsub_tui.journal.presence import is_there
from unsub_tui.journal.store import read_book

CLOCK_WARNING = timedelta(seconds=60)
CLOCK_LIMIT = timedelta(minutes=5)
"""Beyond this nothing is unsubscribed; the service itself refuses what is 15 minutes off."""

SET_ASIDE_ADVICE = "compare with `unsub-tui orders` and Huawei Cloud's list of orders; then move the file elsewhere"
"""What to do about a record that was set aside."""

ACTING = ("unsubscribe", "autorenew_on", "to_on_demand")
"""Calls whose permission cannot be tried without doing what they do."""

COUNT_LIMIT = 5000
"""Maximum number of resources that are listed to count those which a pattern protects: ten calls."""

Read = Callable[[], Awaitable[object]]


async def examine_account(client: BssClient, account: AccountRef, now: datetime) -> AsyncGenerator[Check, None]:
    """Yield whose account it is, how its clock is, and what may be read of it."""
    name = account.name.clean()
    yield Check(area="account", name="account", value=f"{name} ({account.account_id})" if name else account.account_id)
    yield Check(area="account", name="site", value=account.site)
    for operation, read in _reads(client, now).items():
        yield await _tried(operation, read)
    for operation in ACTING:
        yield Check(
            area="permissions", name=operation, state=CheckState.UNTESTABLE, value="trying it would do it",
            advice=_needs(operation),
        )  # fmt: skip
    yield _clock(client.server_time_offset)
    for check in _limits(client.limits_seen):
        yield check


async def examine_guards(
    guards: Guards, count: Callable[[], Awaitable[int]], listing: Callable[[], Awaitable[Catalogue]]
) -> list[Check]:
    """Return how many resources each protected pattern matches; lists the account only where it is small enough."""
    if not guards.protected:
        return []
    try:
        total = await count()
        if total > COUNT_LIMIT:
            return protection_checks(guards, None, f"the account has more than {COUNT_LIMIT} resources")
        return protection_checks(guards, (await listing()).resources)
    except UnsubError:
        return protection_checks(guards, None, "the resources could not be listed")


def protection_checks(
    guards: Guards, resources: Sequence[Resource] | None, why: str = "the account could not be opened"
) -> list[Check]:
    """Return a line for each protected pattern, with the number of its resources where they are known."""
    found: list[Check] = []
    for pattern in guards.protected:
        says = guards.says("protected", pattern).removeprefix("protected = ")
        if resources is None:
            found.append(Check(area="guards", name="protected", value=f"{says}: not counted, {why}"))
            continue
        number = sum(matches(each, pattern) for each in resources)
        value = f"{says}: {number} resource{'' if number == 1 else 's'}"
        state = CheckState.OK if number else CheckState.WARNING
        advice = "the pattern matches no resource; is it misspelt?"
        found.append(Check(area="guards", name="protected", state=state, value=value, advice=advice))
    return found


def not_tried(why: str) -> Iterator[Check]:
    """Yield what could not be looked at because the account could not be opened."""
    for operation in ("list_resources", "list_orders", "order", "refund_rows", "bills", "balance", *ACTING):
        yield Check(area="permissions", name=operation, state=CheckState.NOT_TRIED, value=why)


def _reads(client: BssClient, now: datetime) -> Mapping[str, Read]:
    since = now - timedelta(days=364)

    async def newest(order_type: int | None = None) -> str:
        order = await client.newest_order(order_type=order_type, created_from=since, created_to=now)
        if order is None:
            raise LookupError("there is no order to try it on")
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
        "bills": lambda: client.payments(f"{now:%Y-%m}", resource_id="none"),
        "balance": client.balance,
        "enterprise_projects": client.enterprise_projects,
    }


async def _tried(operation: str, read: Read) -> Check:
    try:
        await read()
    except LookupError:
        words = "there is no order in the last year to try it on"
        return Check(
            area="permissions", name=operation, state=CheckState.UNTESTABLE, value=words, advice=_needs(operation)
        )
    except UnsubError as error:
        state = CheckState.FAILED if operation in _NEEDED else CheckState.WARNING
        return Check(area="permissions", name=operation, state=state, problem=error.problem, advice=_needs(operation))
    return Check(area="permissions", name=operation, value="allowed")


_NEEDED = frozenset({"list_resources", "list_orders", "order", "refund_rows", "bills"})
"""Without these the program cannot do its job; the others make it less convenient."""


def _needs(operation: str) -> str:
    permission = PERMISSIONS[operation]
    return f"needed to {permission.purpose}: {permission.action} (older policies: {permission.policy_code})"


def _clock(offset: timedelta | None) -> Check:
    if offset is None:
        return Check(area="network", name="clock", state=CheckState.NOT_TRIED, value="no answer had a date")
    seconds = round(offset.total_seconds())
    value = (
        f"{abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} the service's" if seconds else "as the service's"
    )
    if abs(offset) < CLOCK_WARNING:
        return Check(area="network", name="clock", value=value)
    state = CheckState.FAILED if abs(offset) > CLOCK_LIMIT else CheckState.WARNING
    return Check(
        area="network", name="clock", state=state, value=value, advice="set it right: timedatectl set-ntp true"
    )


def _limits(seen: Mapping[str, float]) -> Iterator[Check]:
    if not seen:
        yield Check(area="limits", name="refused as too many", value="no call")
    for operation, allowed in seen.items():
        words = f"slowed down to {allowed:g} calls a second"
        yield Check(area="limits", name=f"rate of {operation}", state=CheckState.WARNING, value=words)


def examine_record(
    state_dir: Path, runtime_dirs: Sequence[Path] = (), cache_dir: Path | None = None
) -> Iterator[Check]:
    """Yield whether the record can be written, is sound, and who writes it now."""
    if runtime_dirs:
        yield _shared_lock(runtime_dirs)
    try:
        check_directory(state_dir)
        if not is_there(state_dir):
            words = f"{clean(str(state_dir))}: not there yet, made when needed"
            yield Check(area="record", name="directory", value=words)
            return
        free = shutil.disk_usage(state_dir).free
        aside, records = set_aside_files(state_dir), record_files(state_dir)
    except (UnsubError, OSError) as error:
        problem = error.problem if isinstance(error, UnsubError) else None
        yield Check(
            area="record", name="directory", state=CheckState.FAILED, value=clean(str(state_dir)), problem=problem
        )
        return
    state = CheckState.OK if free > ROOM_BYTES else CheckState.FAILED
    value = f"{clean(str(state_dir))}, {free // 1_000_000} MB free"
    yield Check(area="record", name="directory", state=state, value=value)
    for path in aside:
        words = "set aside; the outcome of items in it may be unknown"
        yield Check(
            area="record", name=clean(path.name), state=CheckState.WARNING, value=words, advice=SET_ASIDE_ADVICE
        )
    for path in records:
        yield _journal(path, cache_dir)
        holder = holder_of(lock_path(state_dir, path.stem))
        if holder is not None:
            yield Check(
                area="record", name=f"lock of {clean(path.stem)}", state=CheckState.WARNING, value=f"held by {holder}"
            )


def _shared_lock(candidates: Sequence[Path]) -> Check:
    """Return whether a run keeps other state directories of this user from sending for its account."""
    found, name = runtime_dir(candidates), "lock of all state directories"
    if found is not None:
        return Check(area="record", name=name, value=clean(str(found)))
    places = " nor ".join(clean(str(each)) for each in candidates)
    words = f"none: neither {places} can be used; a second state directory of yours is not kept from sending"
    advice = "use one state directory only; or set XDG_RUNTIME_DIR to a private directory of yours (chmod 700)"
    return Check(area="record", name=name, state=CheckState.WARNING, value=words, advice=advice)


def _journal(path: Path, cache_dir: Path | None) -> Check:
    name = f"record of {clean(path.stem)}"
    try:
        book = read_book(path, cache_dir)
    except UnsubError as error:
        return Check(area="record", name=name, state=CheckState.FAILED, problem=error.problem)
    open_units = len(book.open_units())
    last = f", last event of {book.last.moment().astimezone(UTC):%Y-%m-%d %H:%M} UTC" if book.last else ""
    value = f"sound, {len(book.runs)} runs{last}"
    if not open_units:
        return Check(area="record", name=name, value=value)
    advice = "run `unsub-tui resume` to settle them"
    return Check(
        area="record", name=name, state=CheckState.WARNING, value=f"{value}, {open_units} items open", advice=advice
    )
