"""Rows about the contract check for other programs."""

from __future__ import annotations

from unsub_tui.domain.contract import Assumption, ContractReport, ContractResult, FieldCount, Finding
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.present.contract_texts import INSTEAD
from unsub_tui.present.export.forms import Form, nested_list, optional, value
from unsub_tui.present.pages.contract import finding_text

_FIELD = Form[FieldCount](
    "FieldCountRow",
    "A field that some rows of the list lack.",
    name=value(str, lambda found: found.name),
    missing=value(int, lambda found: found.missing),
    null=value(int, lambda found: found.null),
)

_FINDING = Form[Finding](
    "FindingRow",
    "What the account shows about an assumption; `instead` says what the program does where it does not hold.",
    assumption=value(Assumption, lambda found: found.assumption),
    result=value(ContractResult, lambda found: found.result),
    seen=value(str, finding_text),
    instead=optional(str, lambda found: INSTEAD[found.assumption] if found.result is ContractResult.DIFFERS else None),
    problem=optional(ProblemKind, lambda found: found.problem.kind if found.problem else None),
    code=optional(str, lambda found: found.problem.code.raw if found.problem else None),
    fields=nested_list(_FIELD, lambda found: found.fields),
)

CONTRACT = Form[ContractReport](
    "ContractRow",
    "The result of `doctor --contract`.",
    reads=value(int, lambda report: report.reads),
    holds=value(int, lambda report: len(report.with_result(ContractResult.HOLDS))),
    differs=value(int, lambda report: len(report.with_result(ContractResult.DIFFERS))),
    unchecked=value(int, lambda report: len(report.with_result(ContractResult.UNCHECKED))),
    findings=nested_list(_FINDING, lambda report: report.findings),
)
