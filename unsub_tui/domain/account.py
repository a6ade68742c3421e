"""The account: its identity, balances and enterprise projects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText, for_display


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRef:
    """The account that the resources belong to; shown on every screen from the plan to the result."""

    account_id: str
    name: UntrustedText = EMPTY
    site: str = ""
    """Site of Huawei Cloud: cn, intl or eu."""
    profile: str = ""
    alias: str = ""
    """Alias of the account from the profile; empty if none is configured."""

    @property
    def label(self) -> str:
        """The account's name in the confirmation phrase: its alias, else its account name, else its id."""
        # ASCII only: an input method commits a word at once, like a paste, but the phrase must be typed key by key.
        return next(
            (each for each in (for_display(self.alias), self.name.for_display()) if each and each.isascii()),
            self.account_id,
        )


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One balance of the account."""

    account_type: int
    """Huawei Cloud's code: 1 balance, 2 credit, 5 bonus, 7 deposit; unknown codes are kept."""
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class BalanceSummary:
    """All balances of the account and its debt."""

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
