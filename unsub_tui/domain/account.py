"""An account: how it is named, its money and its enterprise projects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText, for_display


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """Whose resources these are; on every screen from the plan to the result."""

    account_id: str
    name: UntrustedText = EMPTY
    site: str = ""
    """cn, intl or eu."""
    profile: str = ""
    alias: str = ""
    """The profile's own name for the account, where it has one."""

    @property
    def label(self) -> str:
        """What stands in the typed phrase: alias, else account name, else id."""
        # What an input method commits arrives at once, like a paste: only what is typed key by key can be asked for.
        return next(
            (each for each in (for_display(self.alias), self.name.for_display()) if each and each.isascii()),
            self.account_id,
        )


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One of the account's balances."""

    account_type: int
    """1 balance, 2 credit, 5 bonus, 7 deposit; newer numbers are kept."""
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class BalanceSummary:
    """All balances of the account, and what it owes."""

    currency: str
    debt: Decimal | None
    balances: tuple[AccountBalance, ...]


@dataclass(frozen=True, slots=True)
class EnterpriseProject:
    """A group of resources within the account."""

    project_id: str
    """"0" is the default project."""
    name: UntrustedText
    is_enabled: bool
