"""The truth about unsubscribe requests: what came in, what was done. Tests ask in the process, never over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLogEntry:
    """One unsubscribe request that reached this service, and what became of it."""

    received: datetime
    """Ledger time."""
    resource_ids: tuple[str, ...]
    """As the request named them; empty where it was not readable."""
    unsubscribe_type: int | None
    access_key: str
    executed: tuple[str, ...] = ()
    """Ids that were acted on, without their attached resources."""
    order_ids: tuple[str, ...] = ()
    """Orders created, one for each id in `executed`, or one for all."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Ids that were refused, each with its code."""
    error_code: str | None = None
    """The code with which the whole request was refused, or never acted on."""

    def to_json(self) -> str:
        """Write it as JSON."""
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
        """Read it back."""
        facts = json.loads(text)
        for name in ("resource_ids", "executed", "order_ids"):
            facts[name] = tuple(facts[name])
        facts["received"] = datetime.fromisoformat(facts["received"])
        return cls(**facts)


def parse_unsubscribe_body(body: bytes) -> tuple[tuple[str, ...], int | None]:
    """See which ids and which type an unsubscribe request names, however broken it is."""
    try:
        wanted = json.loads(body)
    except ValueError:
        return (), None
    if not isinstance(wanted, dict):
        return (), None
    ids, unsubscribe_type = wanted.get("resource_ids"), wanted.get("unsubscribe_type")
    named = tuple(str(one) for one in ids) if isinstance(ids, list) else ()
    return named, unsubscribe_type if isinstance(unsubscribe_type, int) else None
