"""docs/json.md names every field of every row, and every code, and none that does not exist."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from tests.support.output_forms import ROOT
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Risk
from unsub_tui.domain.problem import CheckState, PermissionState, ProblemKind
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.present.export.candidate_rows import CANDIDATE
from unsub_tui.present.export.endings import FACT, PROBLEM, CommandOutcome
from unsub_tui.present.export.forms import Form
from unsub_tui.present.export.profile_rows import PROFILE_FIELDS
from unsub_tui.present.export.quote_facts import QUOTE_WITH_FACTS
from unsub_tui.present.export.record_rows import CHECK, ITEM, JOURNAL, ORDER, REFUND, RUN, UNIT
from unsub_tui.present.export.rows import CHANGE, REFUSED, RENEWAL, RESOURCE

PAGE = (ROOT / "docs/json.md").read_text(encoding="utf-8")

FORMS: dict[str, tuple[Form, ...]] = {  # type: ignore[type-arg]  # of any source
    "Problems": (PROBLEM,),
    "Refused resources": (REFUSED,),
    "Facts": (FACT,),
    "Resources": (RESOURCE, RENEWAL, PROFILE_FIELDS),
    "Candidates": (CANDIDATE, PROFILE_FIELDS),
    "Quotes": (QUOTE_WITH_FACTS,),
    "Changes": (CHANGE,),
    "Runs": (RUN,),
    "Items of runs": (UNIT, ITEM),
    "Orders": (ORDER,),
    "Original orders": (REFUND,),
    "Checks": (CHECK,),
    "Records": (JOURNAL,),
}


def first_cells(section: str) -> list[set[str]]:
    """Return the names in the first column of each table of a section."""
    text = PAGE.partition(f"\n### {section}\n")[2]
    text = re.split(r"\n##", text)[0]
    tables = re.findall(r"\n\|[^\n]*\n\|---[^\n]*\n((?:\|[^\n]*\n?)+)", text)
    return [
        {name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
        for table in tables
    ]


@pytest.mark.parametrize("section", FORMS)
def test_every_field_is_explained(section: str) -> None:
    """By the first table of its section; facts of the services are explained on the page about them."""
    names = {name for form in FORMS[section] for name in form.fields} | ({"facts"} if section == "Resources" else set())
    assert first_cells(section)[0] == names


@pytest.mark.parametrize(
    "codes",
    [CommandOutcome, Outcome, State, BlockedReason, Risk, ProblemKind, CheckState, PermissionState],
    ids=lambda codes: codes.__name__,
)
def test_every_code_is_explained(codes: type[StrEnum]) -> None:
    """Somewhere on the page."""
    assert [each.value for each in codes if f"`{each.value}`" not in PAGE] == []


def test_kinds_of_problems_and_reasons_have_tables() -> None:
    """With all codes, and no other."""
    assert first_cells("Problems")[1] == {each.value for each in ProblemKind}
    assert first_cells("Refused resources")[1] == {each.value for each in BlockedReason}
