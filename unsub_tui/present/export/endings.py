"""How a command ended, in its JSON document: outcome, account, problems and refused resources, whatever the ending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.export.formats import SCHEMA_VERSION, Row
from unsub_tui.present.export.forms import Form, nested_list, optional, value
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.problems import advice, problem_facts
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.domain.account import AccountRef


class CommandOutcome(StrEnum):
    """How a command ended. The values are stable, and each exit code has one of them."""

    DONE = "done"
    """Exit code 0."""
    NOTHING_TO_DO = "nothing_to_do"
    """0: `apply` of a plan that is done already, `resume` without pending items. 10: nothing that `plan` can plan."""
    INCOMPLETE = "incomplete"
    """5: some items were refused, failed or were not submitted."""
    PENDING = "pending"
    """6: at least one outcome is pending or unknown."""
    REFUSED = "refused"
    """7: a guard, a wrong phrase or digest, or a plan for another account."""
    CANCELED = "canceled"
    """8 or the code of a signal."""
    LOCKED = "locked"
    """9: another process runs a plan for the account."""
    FAILED = "failed"
    """1 to 4: an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the document of a command states about its ending."""

    outcome: CommandOutcome
    exit_code: int
    account: AccountRef | None
    """None if the command ended before it knew the account."""
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport:
    """A problem, of the engine or in the arguments of a command."""

    kind: ProblemKind
    message: str
    code: str = ""
    resource_id: str = ""
    request_id: str = ""
    hint: str = ""
    facts: Sequence[Fact] = ()


FACT = Form[Fact](
    "FactRow",
    "A fact: `code` is stable, `values` are those that `text` names. A value is a text, a number, another fact, or "
    "null if it is unknown.",
    code=value(str, lambda fact: fact.code),
    values=value(dict[str, object], lambda fact: {name: _fact_value(each) for name, each in fact.values}),
    text=value(str, fact_text),
)

PROBLEM = Form[ProblemReport](
    "ProblemRow",
    "A problem. `kind` is `usage` for wrong arguments; `code` is that of Huawei Cloud, else that of the first fact, "
    "else the kind. `resource_id` is the resource that it is about, if it is about one; `request_id` is Huawei "
    "Cloud's.",
    kind=value(str, lambda problem: problem.kind.value),
    code=value(str, lambda problem: problem.code or problem.kind.value),
    resource_id=optional(str, lambda problem: problem.resource_id or None),
    request_id=optional(str, lambda problem: problem.request_id or None),
    message=value(str, lambda problem: problem.message),
    hint=optional(str, lambda problem: problem.hint or None),
    facts=nested_list(FACT, lambda problem: problem.facts),
)


def report_of(problem: Problem) -> ProblemReport:
    """Return the report of a problem."""
    return ProblemReport(
        kind=problem.kind,
        code=problem.code.raw or next((each.code for each in problem.facts), ""),
        resource_id=_resource_id(problem),
        request_id=problem.request_id.raw,
        message=problem_facts(problem),
        hint=advice(problem),
        facts=problem.facts,
    )


def problem_rows(problems: Iterable[Problem]) -> list[Row]:
    """Return problems for a document."""
    return PROBLEM.rows(map(report_of, problems))


def ending_fields(ending: Ending) -> Row:
    """Return the fields at the beginning of a document."""
    account = ending.account
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": ending.outcome.value,
        "exit_code": int(ending.exit_code),
        "account": account.account_id if account is not None else None,
        "site": account.site if account is not None else None,
        "as_of": rfc3339(ending.as_of),
    }


def error_document(error: ProblemReport, ending: Ending) -> Row:
    """Return the document of a command that an error ended: it has neither items nor refused resources."""
    row = PROBLEM.row(error)
    return ending_fields(ending) | {"items": [], "refused": [], "problems": [row], "error": row}


def _resource_id(problem: Problem) -> str:
    """Return the resource that a guard or a drift is about; the id in other facts may be one of something else."""
    if problem.kind not in (ProblemKind.GUARD, ProblemKind.DRIFT):
        return ""
    return next((str(each) for fact in problem.facts for name, each in fact.values if name == "id"), "")


def _fact_value(found: str | int | Fact | None) -> object:
    return FACT.row(found) if isinstance(found, Fact) else found
