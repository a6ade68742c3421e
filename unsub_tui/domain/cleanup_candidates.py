"""Candidates for a cleanup: resources whose state or figures are a reason to look at them. Never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.resource_findings import ResourceFindings, RunState
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.run_states import run_state_of
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.quote import TERM_BILL_TYPES, Payment
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status

CENT = Decimal("0.01")

DEFAULT_EXPIRY_DAYS = 30
"""Days before its expiry from which a resource without auto-renewal is a candidate, unless the user names others."""


class CandidateReason(StrEnum):
    """Reasons to look at a resource. The values are stable."""

    STOPPED = "stopped"
    """A server or database that is stopped."""
    UNATTACHED = "unattached"
    """A disk that is attached to no server."""
    UNBOUND = "unbound"
    """An EIP that is bound to nothing."""
    EMPTY = "empty"
    """A shared bandwidth without an EIP."""
    QUIET = "quiet"
    """A running server below all thresholds on every day of the measured period."""
    EXPIRES_SOON = "expires_soon"
    """It expires soon, and auto-renewal is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A resource with at least one reason."""

    resource: Resource
    reasons: tuple[CandidateReason, ...]
    findings: ResourceFindings


def candidate_reasons(
    resource: Resource, findings: ResourceFindings, now: datetime, expiry: timedelta
) -> tuple[CandidateReason, ...]:
    """Return the reasons to look at a primary resource in use; what is unknown is no reason."""
    if not resource.is_main_resource or resource.status != Status.IN_USE or not resource.is_effective(now):
        return ()
    run, activity = findings.run_state, findings.activity
    holds = {
        CandidateReason.STOPPED: run is not None and run.value is not None and run.value.state is RunState.STOPPED,
        CandidateReason.UNATTACHED: _is_none_seen(findings.attached_to),
        CandidateReason.UNBOUND: _is_none_seen(findings.bound_to),
        CandidateReason.EMPTY: kind_of(resource) is ResourceKind.BANDWIDTH and _is_none_seen(findings.shared_with),
        CandidateReason.QUIET: activity is not None and activity.value is not None and activity.value.is_quiet,
        CandidateReason.EXPIRES_SOON: _expires_soon(resource, now, expiry),
    }
    return tuple(reason for reason, is_given in holds.items() if is_given)


def needs_measuring(subject: Subject, now: datetime) -> bool:
    """Return whether a resource is a running server, which could be quiet."""
    resource = subject.resource
    is_in_use = resource.status == Status.IN_USE and resource.is_effective(now)
    if not is_in_use or not resource.is_main_resource or subject.kind is not ResourceKind.SERVER:
        return False
    run = run_state_of(subject)
    return run is not None and run.value is not None and run.value.state is RunState.RUNNING


def monthly_cost(payments: Iterable[Sequence[Payment]]) -> tuple[Decimal, str] | None:
    """Return the cost of a month, in cents, and its currency, from the last payment of each of these resources.

    None if a resource has no known payment for a term, or if the currencies differ.
    """
    total, currencies = Decimal(0), set[str]()
    for each in payments:
        terms = [one for one in each if one.bill_type in TERM_BILL_TYPES and one.period_months and one.is_amount_known]
        if not terms:
            return None
        last = max(terms, key=lambda one: (one.term_start is not None, one.term_start))
        total += last.payable / (last.period_months or 1)
        currencies.add(last.currency)
    return (total.quantize(CENT), currencies.pop()) if len(currencies) == 1 else None


def _is_none_seen(finding: Finding[object] | None) -> bool:
    return finding is not None and finding.state is FindingState.NONE_SEEN


def _expires_soon(resource: Resource, now: datetime, expiry: timedelta) -> bool:
    is_soon = resource.expire_time is not None and now <= resource.expire_time <= now + expiry
    return is_soon and resource.expire_policy != ExpirePolicy.AUTO_RENEW
