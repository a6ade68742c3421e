"""The end of `doctor`: the next step of the first day on an account, and the line for a bug report."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from unsub_tui.domain.contract import ContractReport, ContractResult
from unsub_tui.domain.first_day import FirstDayStep
from unsub_tui.present.i18n import _

_COMMANDS: Mapping[FirstDayStep, str] = {
    FirstDayStep.FIX: "unsub-tui doctor",
    FirstDayStep.RESUME: "unsub-tui resume",
    FirstDayStep.CONTRACT: "unsub-tui doctor --contract",
    FirstDayStep.QUOTE: "unsub-tui quote ID",
    FirstDayStep.RECORD: "unsub-tui runs {run_id}",
}

_STEP_TEXTS: Mapping[FirstDayStep, str] = {
    FirstDayStep.FIX: _("correct the failed checks, and check again"),
    FirstDayStep.RESUME: _("an item is pending; check its status"),
    FirstDayStep.CONTRACT: _("check the assumptions about Huawei Cloud's API on this account"),
    FirstDayStep.QUOTE: _("compare the estimate of one cheap resource with the console, then start with it"),
    FirstDayStep.RECORD: _("compare the record of the first unsubscription with the order in the console"),
}

_WIDTH = 80


def step_command(step: FirstDayStep, run_id: str) -> str:
    """Return the command of a step; `run_id` is the run of the first unsubscription."""
    return _COMMANDS[step].format(run_id=run_id)


def next_step_lines(step: FirstDayStep, run_id: str) -> Iterator[str]:
    """Yield what comes next, and its command on a line of its own."""
    words = _("Next step (docs/first-day.md): {step}").format(step=_STEP_TEXTS[step])
    yield from textwrap.wrap(words, _WIDTH)
    yield f"  {step_command(step, run_id)}"


def report_line(versions: str, platform: str, site: str, contract: ContractReport | None) -> str:
    """Return one line for a bug report. It names no account and contains no secret."""
    parts = [versions, platform, _("site {site}").format(site=site or _("unknown")), _contract_text(contract)]
    return "; ".join(parts)


def _contract_text(contract: ContractReport | None) -> str:
    if contract is None:
        return _("contract not checked")
    parts = [_("{count} hold").format(count=len(contract.with_result(ContractResult.HOLDS)))]
    words = {ContractResult.DIFFERS: _("differ: {names}"), ContractResult.UNCHECKED: _("not checked: {names}")}
    for result, text in words.items():
        if names := ", ".join(each.assumption for each in contract.with_result(result)):
            parts.append(text.format(names=names))
    return _("contract: {results}").format(results="; ".join(parts))
