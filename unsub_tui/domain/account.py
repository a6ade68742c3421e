"""What an account holds: its money and its enterprise projects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.foreign import Foreign


@dataclass(frozen=True, slots=True)
class Purse:
    """One of the account's balances."""

    account_type: int
    """1 balance, 2 credit, 5 bonus, 7 deposit; newer numbers are kept."""
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Balance:
    """All balances of the account, and what it owes."""

    currency: str
    debt: Decimal | None
    purses: tuple[Purse, ...]


@dataclass(frozen=True, slots=True)
class EnterpriseProject:
    """A group of resources within the account."""

    project_id: str
    """"0" is the default project."""
    name: Foreign
    is_enabled: bool
