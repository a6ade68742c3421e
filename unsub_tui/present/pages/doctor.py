"""Formats the results of `doctor` as lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from unsub_tui.domain.permissions import policy_texts
from unsub_tui.domain.problem import Check, CheckState, PermissionState, ProblemKind
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text

CONDITION_KEY_WARNING = _(
    "The condition key billing:cloudServiceType works with the unsubscribe action only. In one statement with other "
    "actions it makes those fail."
)

_STATE_LABELS: Mapping[CheckState, str] = {
    CheckState.OK: _("ok"),
    CheckState.WARNING: _("warn"),
    CheckState.FAILED: _("FAIL"),
    CheckState.UNTESTABLE: "-",
    CheckState.NOT_TRIED: "-",
}

_WIDTH = 80
_INDENT = 31


def check_lines(checks: Iterable[Check]) -> Iterator[str]:
    """Yield a heading per area and its checks below it, at most 80 columns wide."""
    area = ""
    for check in checks:
        if check.area != area:
            yield from ("", check.area) if area else (check.area,)
            area = check.area
        mark = _STATE_LABELS[check.state]
        first = f"  {mark:<5} {check.name:<{_INDENT - 9}} "
        problem = problem_text(check.problem) if check.problem else ""
        words = " ".join(filter(None, (fact_text(check.value), problem)))
        margin = " " * _INDENT
        if len(first) > _INDENT:
            yield first.rstrip()
            first = margin
        yield from textwrap.wrap(words, _WIDTH, initial_indent=first, subsequent_indent=margin) or [first.rstrip()]
        if check.advice and check.state is not CheckState.OK:
            yield from textwrap.wrap(fact_text(check.advice), _WIDTH, initial_indent=margin, subsequent_indent=margin)


def policy_lines(checks: Sequence[Check]) -> Iterator[str]:
    """Yield IAM policies to paste if permissions are missing: for billing, and for the inventory; otherwise nothing."""
    missing = [
        each.name
        for each in checks
        if each.area == "permissions" and each.problem is not None and each.problem.kind is ProblemKind.PERMISSION
    ]
    if missing:
        older, newer = policy_texts([*missing, "unsubscribe"])
        yield from ("", _("A policy to paste for an identity policy:"), newer)
        yield from ("", _("The same for role-based permissions:"), older, "")
        yield from textwrap.wrap(CONDITION_KEY_WARNING, _WIDTH)
    optional = [each.name for each in checks if each.permission is PermissionState.MISSING]
    if optional:
        older, newer = policy_texts(optional)
        yield from ("", _("For the inventory, which is optional and only reads, an identity policy:"), newer)
        yield from ("", _("The same for role-based permissions:"), older)
