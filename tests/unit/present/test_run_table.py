"""A run as a table: its figures add up in every state, problems come first, and the bar says what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.present.test_run_texts import unit
from unsub_tui.domain.action import Action
from unsub_tui.domain.leftovers import FollowupResult, Leftover, LeftoverReason
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.present.pages.run_table import BAR_WIDTH, RunTable, is_problem
from unsub_tui.present.units import unit_line


@given(states=st.lists(st.sampled_from(list(State)), max_size=120))
def test_the_counts_add_up_and_the_bar_is_completed_plus_in_progress(states: Sequence[State]) -> None:
    """In whatever states the items are, also after a stop."""
    table = RunTable([replace(unit(index), state=state) for index, state in enumerate(states)])
    assert sum(table.counts.values()) == len(states)
    figures = [int(part.split()[0]) for part in table.counts_text.split(" · ")]
    assert sum(figures) == len(states)
    for words in ("completed", "in progress", "failed", "not submitted"):
        assert words in table.counts_text
    done, waiting = table.counts[Outcome.SETTLED], table.counts[Outcome.ACCEPTED]
    share = BAR_WIDTH * (done + waiting) // len(states) if states else 0
    assert len(table.bar) == BAR_WIDTH + 2
    assert table.bar.count("#") + table.bar.count("=") == share
    assert (table.bar == f"[{'#' * BAR_WIDTH}]") is (bool(states) and done == len(states))
    assert len(table.rows) == len(states)
    problems = [is_problem(unit) for unit in table.rows]
    assert problems == sorted(problems, reverse=True)


def test_the_title_counts_by_kind_as_the_review_does() -> None:
    """An address is an EIP; attached resources whose kind is not recorded are others; a change leaves them out."""
    eip = (UntrustedText("hws.service.type.vpc"), UntrustedText("hws.resource.type.ip"))
    address = replace(unit(0), service_type_code=eip[0], resource_type_code=eip[1])
    server = replace(unit(1), attached_ids=("a", "b"), attached_kinds=(eip, eip))
    old = replace(server, attached_kinds=())
    assert RunTable([address]).title == "Unsubscribe from 1 resource: 1 EIP"
    assert RunTable([address, server]).title == "Unsubscribe from 4 resources: 3 EIP, 1 ECS; 2 attached"
    assert RunTable([old]).title == "Unsubscribe from 3 resources: 1 ECS, 2 others; 2 attached"
    changed = replace(server, action=Action.AUTO_RENEW_OFF)
    assert RunTable([changed]).title == "Auto-renewal off for 1 resource: 1 ECS"
    assert "EIP" in unit_line(address)


@pytest.mark.parametrize(("reason", "alarms"), [(LeftoverReason.SAME_ORDER, False), (LeftoverReason.ATTACHED, True)])
def test_what_was_only_bought_together_is_no_problem(reason: LeftoverReason, alarms: bool) -> None:  # noqa: FBT001 - a parameter
    """An item is marked for what should be gone, not for what its order also bought."""
    left = Leftover(resource_id="id-9", reason=reason, status=2)
    settled = replace(unit(0), state=State.SETTLED, followup=FollowupResult(leftovers=(left,)))
    assert is_problem(settled) is alarms
    *_others, note = RunTable([settled]).columns()
    assert ("1 leftover" in note.cell(settled)) is alarms
