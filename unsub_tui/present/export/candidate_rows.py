"""Rows of the report about candidates for a cleanup, for other programs."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from unsub_tui.domain.cleanup_candidates import Candidate, CandidateReason
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.resource import service_code
from unsub_tui.present.export.forms import Form, amount, nested, optional, time, value, values
from unsub_tui.present.export.inventory_facts import FACTS


class ReportRow(NamedTuple):
    """A candidate with its figures."""

    candidate: Candidate
    cost: tuple[Decimal, str] | None
    """Cost of a month and its currency, from the last payments."""
    refund: Decimal | None
    amounts: Amounts | None
    """Estimate of an unsubscription; None if it is not possible."""

    @property
    def currency(self) -> str:
        """Currency of the figures, or an empty text."""
        if self.amounts is not None and self.amounts.currency:
            return self.amounts.currency
        return self.cost[1] if self.cost is not None else ""


CANDIDATE = Form[ReportRow](
    "CandidateRow",
    "A candidate for a cleanup. `monthly_cost` is that of its last payment and those of its attached resources; it and "
    "`refund`, an estimate, are null if unknown. A candidate is a reason to look, never a verdict.",
    resource_id=value(str, lambda row: row.candidate.resource.id),
    resource_name=value(str, lambda row: row.candidate.resource.resource_name.raw),
    service=value(str, lambda row: service_code(row.candidate.resource.service_type_code.raw)),
    service_type_code=value(str, lambda row: row.candidate.resource.service_type_code.raw),
    region_code=value(str, lambda row: row.candidate.resource.region_code.raw),
    expire_time=time(lambda row: row.candidate.resource.expire_time),
    why=values(CandidateReason, lambda row: row.candidate.reasons),
    monthly_cost=amount(lambda row: row.cost[0] if row.cost is not None else None),
    refund=amount(lambda row: row.refund),
    currency=optional(str, lambda row: row.currency or None),
    facts=nested(FACTS, lambda row: row.candidate.findings),
)
