"""Asks the services after a run about the resources that were expected to stay behind, and journals their answers.

Nothing is submitted any more when this begins. Whatever cannot be read is unknown, and neither an outcome nor an exit
code depends on it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.account import Actor
from unsub_tui.domain.fact import fact
from unsub_tui.domain.leftovers import ExpectedLeftover, LeftoverAnswer, LeftoverCheck, LeftoverState
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Status
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.inventory.leftover_answers import Answers, LeftoverGroup, Leftovers, all_unknown, ask_about
from unsub_tui.engine.run.context import RunContext
from unsub_tui.journal import events
from unsub_tui.journal.replay import UnitState

MAX_SECONDS = 30.0
"""Maximum time of all these reads; what has not arrived by then is unknown."""


async def read_leftovers(context: RunContext, units: Sequence[UnitState]) -> None:
    """Ask the services about the expected leftovers of the settled units among these, and journal the answers.

    If the run is stopped, the recorded answers stay unchanged, and `resume` asks again.
    """
    settled = [unit for unit in units if unit.state is State.SETTLED and unit.expected_leftovers]
    if not settled or context.is_stopped or context.has_failed:
        return
    groups: defaultdict[LeftoverGroup, dict[str, ExpectedLeftover]] = defaultdict(dict)
    for unit in settled:
        for each in unit.expected_leftovers or ():
            groups[LeftoverGroup.of(each)][each.resource_id] = each
    answers = await context.unless_stopped(_ask_about_all(context, groups))
    if answers is None:
        return
    for unit in settled:
        is_same_user = _is_same_user(context.config.actor, context.document(unit).actor)
        found = tuple(
            LeftoverCheck(each, _for_user(answers[LeftoverGroup.of(each)][each.resource_id], is_same_user=is_same_user))
            for each in unit.expected_leftovers or ()
        )
        context.record(unit, events.LeftoversRead(stays_behind=found))


def _is_same_user(one: Actor, other: Actor) -> bool:
    """Return whether two persons are the same user of Huawei Cloud; a user id is not always known."""
    if one.user_id and other.user_id:
        return one.user_id == other.user_id
    return one.access_key == other.access_key


def _for_user(answer: LeftoverAnswer, *, is_same_user: bool) -> LeftoverAnswer:
    """Return an answer, unknown if it is that of a user who may not see what the user of the run saw."""
    if answer.state is not LeftoverState.GONE or is_same_user:
        return answer
    return replace(answer, state=LeftoverState.UNKNOWN, reason=fact("leftover_not_seen_by_other_user"))


async def _ask_about_all(
    context: RunContext, groups: Mapping[LeftoverGroup, Leftovers]
) -> Mapping[LeftoverGroup, Answers]:
    """Return an answer about each leftover; those that do not arrive in time are unknown."""
    late = fact("inventory_no_response", reason=fact("response_timeout", seconds=int(MAX_SECONDS)))
    answers = {group: all_unknown(leftovers, late) for group, leftovers in groups.items()}

    async def ask(clients: InventoryClients, group: LeftoverGroup, control_ids: frozenset[str]) -> None:
        wanted = groups[group]
        try:
            answers[group] = await ask_about(clients, group, wanted, control_ids & _control_ids(wanted.values()))
        except Exception as error:  # noqa: BLE001 - a wrong assumption about a service costs its rows only
            answers[group] = all_unknown(wanted, fact("inventory_failed", code=type(error).__name__))

    with suppress(Exception):  # nothing that happens to these reads is a problem of the run
        async with asyncio.timeout(MAX_SECONDS), context.config.connection.inventory_clients() as clients:
            in_use = await _in_use(
                context, _control_ids(each for leftovers in groups.values() for each in leftovers.values())
            )
            await asyncio.gather(*(ask(clients, group, in_use) for group in groups))
    return answers


def _control_ids(leftovers: Iterable[ExpectedLeftover]) -> frozenset[str]:
    return frozenset(each for leftover in leftovers for each in leftover.control_ids)


async def _in_use(context: RunContext, ids: frozenset[str]) -> frozenset[str]:
    """Return the ids of the resources that are still in use; all of them if that cannot be read."""
    try:
        rows = await context.reader.resources_by_id(sorted(ids))
    except UnsubError:
        return ids
    return ids.intersection(each.id for each in rows if each.status == Status.IN_USE)
