"""Settings for behavior that is not known of the real service, and for processing times."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Behavior that could not be determined for the real service. The defaults are the more likely variant."""

    settle_seconds: float = 3.0
    """Time from acceptance or approval of an unsubscription order to its completion."""
    review_seconds: float = 60.0
    """Time that an order above the review threshold waits for approval."""
    review_above: Decimal | None = None
    """Review threshold that replaces the site's threshold."""
    reject_reviewed: bool = False
    """Whether orders under review are canceled instead of approved; their resources remain."""
    whole_request_fails: bool = False
    """Whether an invalid id fails the whole request instead of being listed in `fail_resource_infos`."""
    one_order_per_request: bool = False
    """Whether a request with several primary resources creates a single order instead of separate orders."""
    closed_seconds: float = 3600.0
    """Time during which a closed resource is still listed, with status 3."""
    leaves_attached: bool = False
    """Whether attached resources remain in use after unsubscription of their primary resource."""
    attached_id_narrows: bool = False
    """Whether a query that contains the id of an attached resource returns only the resources with the given ids."""
    names_projects: bool = True
    """Whether the resource listing contains the names of enterprise projects in addition to their ids."""
    ignores_order_id: bool = False
    """Whether the resource listing ignores the order id."""
    bill_lag_seconds: float = 0.0
    """Delay between completion of an order and the appearance of its refund in the bills."""
    gzip: bool = False
    """Whether large responses are compressed if the client accepts gzip."""
