"""The engine with one rule switched off, to see whether anybody notices. Called in victims only, after the fork."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from unsub_tui.api.mutation_results import MutationResult, NotSent, Unknown
from unsub_tui.api.mutations import MutationClient, PreparedMutation
from unsub_tui.api.transport import to_json
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.run import UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run import executor, prechecks, presence, reconcile, recovery, settle, submit
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.prechecks import PrecheckResult
from unsub_tui.engine.run.presence import Presence
from unsub_tui.engine.run.submit import Sender, Trouble
from unsub_tui.journal import events, store
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.schema import TABLES
from unsub_tui.journal.store import Journal

SendResult = Trouble | None


def _patch(name: str, value: object, *owners: object) -> None:
    for owner in owners:
        if not hasattr(owner, name):
            raise AttributeError(f"there is no {name} to switch off any more")
        setattr(owner, name, value)


def _record_after_sending() -> None:
    """S1: the request leaves before it is on disk."""

    async def submit(self: Sender, unit: UnitState) -> SendResult:
        request = self._prepare(unit)
        answer = await self._client.send(request)
        entry = events.Submitting(attempt=self._new_attempt(request))
        return await self._record_answer(self._context.record(unit, entry), answer)

    _patch("_submit", submit, Sender)


def _resend_without_entry() -> None:
    """S1: a request that was refused because of another transaction is sent again under its old entry."""
    send = Sender._submit  # noqa: SLF001 - what is switched off

    async def submit(self: Sender, unit: UnitState) -> SendResult:
        if not unit.busy_count:
            return await send(self, unit)
        request = self._prepare(unit)
        answer = await self._client.send(request)
        entry = events.Submitting(attempt=self._new_attempt(request))
        return await self._record_answer(self._context.record(unit, entry), answer)

    _patch("_submit", submit, Sender)


def _resend_without_precheck() -> None:
    """S3: a request that was refused because of another transaction is sent again without another read."""
    read = prechecks.revalidate

    async def unread(context: RunContext, unit: UnitState) -> PrecheckResult:
        return PrecheckResult(context.clock.monotonic(), None) if unit.busy_count else await read(context, unit)

    _patch("revalidate", unread, submit)


def _trust_refusals() -> None:
    """S7: a refusal because of another transaction is not examined again before the next request."""

    async def trust(*_: object) -> None:
        await asyncio.sleep(0)

    _patch("doubts_about_refusal", trust, submit)


def _resend_despite_external_orders() -> None:
    """S7: a refusal because of another transaction is taken as definite, whatever orders there are."""

    async def trust(*_: object) -> None:
        await asyncio.sleep(0)

    _patch("possible_earlier_request", trust, submit)
    _patch("doubts_about_refusal", trust, submit)


def _skip_open_attempt_check() -> None:
    """S2, in code: a resource with an open attempt is sent again; the record's index is left."""
    _patch("open_attempt_problem", lambda *_: None, submit)


def _allow_two_open_attempts() -> None:
    """S2: neither the code nor the record's index minds a second open attempt."""
    _skip_open_attempt_check()
    _patch("TABLES", TABLES.replace("CREATE UNIQUE INDEX", "CREATE INDEX"), store)


def _skip_precheck() -> None:
    """S3: no read before the request."""

    async def unread(context: RunContext, _: UnitState) -> PrecheckResult:
        return PrecheckResult(context.clock.monotonic(), None)

    _patch("revalidate", unread, submit)


def _ignore_drift() -> None:
    """S3: the read before the request is not compared with what was confirmed."""
    _patch("state_changes", lambda *_: [], prechecks)


def _continue_after_unknown() -> None:
    """S4: the next request follows an unknown outcome at once."""

    async def go_on(self: Sender, unit: UnitState, problem: Problem) -> Problem | None:
        unknown = self._context.record(unit, events.Unknown(problem=problem))
        self._settlement_tasks.start_reconciling(unknown)
        return None

    _patch("_record_unknown", go_on, Sender)


def _ignore_lock_stop_heartbeat() -> None:
    """S5: lock, stop and heartbeat are not looked at."""
    _patch("send_blocker", lambda _: None, submit)
    _patch("can_send", property(lambda self: self._error is None), RunContext)


def _send_extra_id() -> None:
    """S6: the request names more than was confirmed."""
    prepare = MutationClient.prepare

    def prepare_more(self: MutationClient, *arguments: object) -> PreparedMutation:
        prepared = prepare(self, *arguments)  # type: ignore[arg-type]  # passed on as they come
        ids = [*prepared.resource_ids, "one-that-nobody-confirmed"]
        body = to_json({"resource_ids": ids, "unsubscribe_type": 1})
        return replace(prepared, request=replace(prepared.request, body=body))

    _patch("prepare", prepare_more, MutationClient)


def _resend_unknown() -> None:
    """S7: an unknown outcome is taken for a request that never left."""
    record_answer = Sender._record_answer  # noqa: SLF001 - what is switched off

    async def retry(self: Sender, unit: UnitState, answer: MutationResult) -> SendResult:
        return await record_answer(self, unit, NotSent(answer.problem) if isinstance(answer, Unknown) else answer)

    _patch("_record_answer", retry, Sender)


def _forget_submitting() -> None:
    """S8: after a restart, what was under way counts as not sent."""

    def forget(journal: Journal, now: datetime) -> None:
        for unit in list(journal.state.units()):
            if unit.state is State.SUBMITTING:
                journal.record_unit(unit, events.Confirmed(), now)
        mark_interrupted(journal, now)

    mark_interrupted = recovery.mark_interrupted
    _patch("mark_interrupted", forget, recovery, executor)


def _emit_before_recording() -> None:
    """S9: the screen hears of an order before the disk does."""
    record = RunContext.record

    def show(self: RunContext, unit: UnitState, entry: events.UnitEntry) -> UnitState:
        order_ids = entry.order_ids if isinstance(entry, events.Accepted) else ()
        self.emit(UnitChanged(unit=replace(unit, state=entry.state, order_ids=order_ids)))
        return record(self, unit, entry)

    _patch("record", show, RunContext)


def _settle_accepted() -> None:
    """S10: an order id is taken for success."""

    async def settled(context: RunContext, unit: UnitState, *_: object) -> UnitState:
        return context.record(unit, events.Settled())

    _patch("_record_end", settled, settle)


def _settle_in_any_status() -> None:
    """S10: a completed order counts although its resource is listed as in use."""
    _patch("RETAINED_STATUSES", frozenset(range(2, 9)), presence)


def _ignore_changed_state() -> None:
    """S11: a resource that is listed counts as unchanged, in whatever status, expiry or policy."""
    _patch("_is_unchanged", lambda *_: True, presence)


def _claim_order_of_purchase() -> None:
    """An order counts as the unit's if it refunds the purchase, whatever else was bought with it."""

    async def claim(*_: object) -> bool:
        await asyncio.sleep(0)
        return True

    _patch("_concerns_only", claim, reconcile)


def _skip_sentinel_check() -> None:
    """S11: what is not listed is gone, whether a witness is listed or not."""
    observe = presence.observe

    async def trusting(context: RunContext, unit: UnitState, *, allow_full_listing: bool = False) -> Presence:
        presence = await observe(context, unit, allow_full_listing=allow_full_listing)
        return Presence.GONE if presence is Presence.UNSURE else presence

    _patch("observe", trusting, presence, settle, reconcile)


def _conclude_after_one_observation() -> None:
    """S11: one look is enough for an end without an order."""

    async def conclude(context: RunContext, unit: UnitState, _: Presence, outcome: events.UnitEntry) -> UnitState:
        await asyncio.sleep(0)
        return context.record(unit, outcome)

    _patch("_record_no_order", conclude, reconcile)


def _skip_settled_event() -> None:
    """S12: what becomes of an accepted unit is changed in the table of states alone."""
    append = Journal._append  # noqa: SLF001 - what is switched off

    def skip(self: Journal, event: events.Event) -> None:
        if event.kind != State.SETTLED:
            append(self, event)

    _patch("_append", skip, Journal)


def _forget_leftovers() -> None:
    """A status check does not ask again about the leftovers of a run that ended before it recorded the answers."""
    _patch("_has_leftovers", lambda _: False, recovery)


MUTATIONS: Mapping[str, Callable[[], None]] = {
    "S1": _record_after_sending,
    "S1 again": _resend_without_entry,
    "S3 again": _resend_without_precheck,
    "S7 again": _trust_refusals,
    "S7 trusting": _resend_despite_external_orders,
    "S2": _allow_two_open_attempts,
    "S2 in code": _skip_open_attempt_check,
    "S3": _skip_precheck,
    "S3 drift": _ignore_drift,
    "S4": _continue_after_unknown,
    "S5": _ignore_lock_stop_heartbeat,
    "S6": _send_extra_id,
    "S7": _resend_unknown,
    "S8": _forget_submitting,
    "S9": _emit_before_recording,
    "S10": _settle_accepted,
    "S10 kept": _settle_in_any_status,
    "S11": _skip_sentinel_check,
    "S11 changed": _ignore_changed_state,
    "false claim": _claim_order_of_purchase,
    "S11 once": _conclude_after_one_observation,
    "S12": _skip_settled_event,
    "leftovers": _forget_leftovers,
}
"""Each rule's switch."""
