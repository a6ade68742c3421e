"""Formats the findings of `doctor --contract` as lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from unsub_tui.domain.contract import ContractReport, ContractResult, Finding
from unsub_tui.present.contract_texts import ASSUMPTION_LABELS, INSTEAD
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text

RESULT_LABELS: Mapping[ContractResult, str] = {
    ContractResult.HOLDS: _("holds"),
    ContractResult.DIFFERS: _("DIFFERS"),
    ContractResult.UNCHECKED: "-",
}

_WIDTH = 80
_INDENT = 33


def contract_lines(report: ContractReport) -> Iterator[str]:
    """Yield a heading and the findings below it, at most 80 columns wide."""
    words = _("contract ({reads} reads, nothing was changed): {summary}")
    yield from textwrap.wrap(words.format(reads=report.reads, summary=contract_summary(report)), _WIDTH)
    margin = " " * _INDENT
    for each in report.findings:
        first = f"  {RESULT_LABELS[each.result]:<8} {ASSUMPTION_LABELS[each.assumption]:<22}"
        yield from textwrap.wrap(finding_text(each), _WIDTH, initial_indent=first, subsequent_indent=margin)
        if each.result is ContractResult.DIFFERS:
            words = _("Instead: {instead}.").format(instead=INSTEAD[each.assumption])
            yield from textwrap.wrap(words, _WIDTH, initial_indent=margin, subsequent_indent=margin)


def finding_text(finding: Finding) -> str:
    """Return what was seen, or why the assumption could not be checked."""
    seen = fact_text(finding.seen) if finding.seen is not None else ""
    problem = problem_text(finding.problem) if finding.problem is not None else ""
    text = seen or problem
    return _("not checked: {why}").format(why=text) if finding.result is ContractResult.UNCHECKED else text


def contract_summary(report: ContractReport) -> str:
    """Return the number of findings of each result."""
    holds, differs, unchecked = (len(report.with_result(each)) for each in ContractResult)
    words = _("{holds} hold, {differs} differ, {unchecked} not checked")
    return words.format(holds=holds, differs=differs, unchecked=unchecked)
