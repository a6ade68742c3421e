"""Log of received unsubscribe requests and their results; tests read it in-process, never over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLogEntry:
    """A received unsubscribe request and its result."""

    received: datetime
    """Simulated time of the request."""
    resource_ids: tuple[str, ...]
    """Ids in the request; empty if the body could not be parsed."""
    unsubscribe_type: int | None
    access_key: str
    executed: tuple[str, ...] = ()
    """Ids of the request that were unsubscribed; other attached resources are not listed."""
    order_ids: tuple[str, ...] = ()
    """Ids of the created orders: one per group of primary resources, or one for the whole request."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Error codes of the rejected ids."""
    error_code: str | None = None
    """Error code of a request that was rejected as a whole, or `fault ACTION` if a fault prevented it."""

    def to_json(self) -> str:
        """Return the entry as JSON."""
        return json.dumps(
            {
                "received": self.received.isoformat(),
                "resource_ids": self.resource_ids,
                "unsubscribe_type": self.unsubscribe_type,
                "access_key": self.access_key,
                "executed": self.executed,
                "order_ids": self.order_ids,
                "failures": dict(self.failures),
                "error_code": self.error_code,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> RequestLogEntry:
        """Return the entry stored in `text`."""
        facts = json.loads(text)
        for name in ("resource_ids", "executed", "order_ids"):
            facts[name] = tuple(facts[name])
        facts["received"] = datetime.fromisoformat(facts["received"])
        return cls(**facts)


def parse_unsubscribe_body(body: bytes) -> tuple[tuple[str, ...], int | None]:
    """Return the ids and the type of an unsubscribe request; an empty tuple and None for invalid values."""
    try:
        wanted = json.loads(body)
    except ValueError:
        return (), None
    if not isinstance(wanted, dict):
        return (), None
    ids, unsubscribe_type = wanted.get("resource_ids"), wanted.get("unsubscribe_type")
    named = tuple(str(one) for one in ids) if isinstance(ids, list) else ()
    return named, unsubscribe_type if isinstance(unsubscribe_type, int) else None
