"""The account: its identity, balances and enterprise projects, the persons who act on it, the owner of its lock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.fact import Fact, fact
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, as far as known: unknown fields are empty. Contains no secrets."""

    operator: str = ""
    """Linux user, host and SSH origin as one text."""
    account_id: str = ""
    user_id: UntrustedText = EMPTY
    """Huawei Cloud's id of the IAM user or of the agency session."""
    user_name: UntrustedText = EMPTY
    access_key: str = ""
    """Masked access key: the first four and the last two characters."""

    @property
    def user(self) -> str:
        """The IAM user for display: the name, else the id, else the masked access key."""
        return self.user_name.for_display() or self.user_id.for_display() or self.access_key

    def is_known_to_differ_from(self, other: Actor) -> bool:
        """Return whether both are certainly two IAM users.

        Sessions of the same agency may be of the same person, who chooses their names.
        """
        ids = (_without_session(self.user_id, ":"), _without_session(other.user_id, ":"))
        names = (_without_session(self.user_name, "/"), _without_session(other.user_name, "/"))
        known = [pair for pair in (ids, names) if all(pair)]
        return bool(known) and all(ours != theirs for ours, theirs in known)

    @property
    def label(self) -> str:
        """Operator and IAM user for display."""
        user = f"as {self.user}" if self.user else ""
        return " ".join(part for part in (UntrustedText(self.operator).for_display(), user) if part)


def _without_session(principal: UntrustedText, separator: str) -> str:
    """Return an id or name in a form to compare: of an agency session, the part that all its sessions share."""
    return principal.raw.partition(separator)[0].casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOwner:
    """Self-description of another process on this machine, cleaned for display."""

    pid: int = 0
    """Process id; 0 if unknown."""
    user: str = ""
    host: str = ""
    terminal: str = ""
    since: str = ""
    run_id: str = ""
    """The run in progress; a run that only checks the status of pending items has an id but no journal entry."""
    is_suspended: bool = False
    """Whether the process is stopped, for example by Ctrl+Z."""

    @property
    def is_known(self) -> bool:
        """Whether the process identified itself."""
        return self.pid > 0

    def is_same_run(self, other: LockOwner | None) -> bool:
        """Return whether both describe the same run of the same process."""
        return other is not None and (self.pid, self.since, self.run_id) == (other.pid, other.since, other.run_id)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The process, and whether it is suspended, for the facts of a problem."""
        if not self.is_known:
            return (fact("lock_owner_unknown"),)
        known = {"user": self.user, "host": self.host, "since": self.since}
        process = (
            fact("lock_owner_on_terminal", pid=str(self.pid), terminal=self.terminal, **known)
            if self.terminal
            else fact("lock_owner", pid=str(self.pid), **known)
        )
        return (process, fact("lock_owner_suspended")) if self.is_suspended else (process,)
