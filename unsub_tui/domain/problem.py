"""What went wrong, as facts a person can be told: the words are made in `present`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText, escape_unprintable


class ProblemKind(StrEnum):
    """The kinds of trouble, each with its own advice and exit code."""

    CONFIG = "config"
    """A setting, a profile file or a flag is wrong."""
    CREDENTIALS = "credentials"
    """No keys, or the service refused them."""
    PERMISSION = "permission"
    """The identity may not do this."""
    FROZEN = "frozen"
    """The account is frozen: nothing can be changed until that is settled."""
    WRONG_SITE = "wrong_site"
    """The account belongs to another site of the vendor."""
    NETWORK = "network"
    """The service could not be reached or did not answer in time."""
    THROTTLED = "throttled"
    SERVICE = "service"
    """The service answered with an error."""
    BAD_RESPONSE = "bad_answer"
    """The service answered something that is not its contract."""
    CLOCK = "clock"
    """This machine's clock is too far from the service's."""
    INCOMPLETE = "incomplete"
    """A listing that is not whole; nothing is planned from it."""
    GUARD = "guard"
    """A protection refused: read-only, too many items, protected, wrong phrase."""
    OTHER_ACCOUNT = "other_account"
    """A plan file is for another account than the keys."""
    DRIFT = "drift"
    """The resource is no longer what was confirmed."""
    JOURNAL = "journal"
    """The record cannot be written or read."""
    FILE = "file"
    """A file that was named cannot be read or written, or is not what it should be."""
    LOCKED = "locked"
    """Another process is running a plan for this account."""
    STOPPED = "stopped"
    """Stopped before it was sent."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One trouble: kind, the vendor's own words where there are any, and what it happened to."""

    kind: ProblemKind
    detail: str = ""
    """A fact in plain English that adds to the kind. It may quote a path or a setting, so it is made printable."""
    code: UntrustedText = EMPTY
    """The vendor's error code."""
    message: UntrustedText = EMPTY
    """The vendor's own message."""
    request_id: UntrustedText = EMPTY
    http_status: int | None = None
    operation: str = ""
    """Our name of the call that failed, for example `list_resources`."""
    permission: str = ""
    """The permission that is missing, where the vendor names it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", escape_unprintable(self.detail))


class UnsubError(Exception):
    """Every error of ours that a person may meet; carries the `Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.code.for_display() or problem.kind.value)
        self.problem = problem
