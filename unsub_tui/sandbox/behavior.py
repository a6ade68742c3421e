"""How this vendor behaves where the real one's behavior is not known, and how quick it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Settings for what nobody could establish about the real service. The defaults are the likelier guess."""

    settle_seconds: float = 3.0
    """From acceptance, or approval, of an unsubscription order to its completion."""
    review_seconds: float = 60.0
    """How long an order above the review threshold waits for approval before that."""
    review_above: Decimal | None = None
    """Another threshold than the site's."""
    reject_reviewed: bool = False
    """Orders under review are cancelled in the end, and their resources stay."""
    whole_request_fails: bool = False
    """One bad id fails the whole request, instead of being named in `fail_resource_infos`."""
    one_order_per_request: bool = False
    """A request with several main resources yields one order, instead of one each."""
    closed_seconds: float = 3600.0
    """How long a closed resource is still listed, with status 3."""
    leaves_attached: bool = False
    """What is attached stays in use when its main resource is given up."""
    attached_id_narrows: bool = False
    """Where a query names an attached resource, only the named ones are listed, not what is attached to others."""
    names_projects: bool = True
    """The listing has the names of enterprise projects, not their ids alone."""
    ignores_order_id: bool = False
    """The listing of resources takes no notice of an order id."""
    bill_lag_seconds: float = 0.0
    """How long after completion a refund appears in the bills."""
    gzip: bool = False
    """Longer answers are compressed for clients that accept it."""
