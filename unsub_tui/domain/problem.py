"""Problems and results of checks as data; the `present` package turns them into sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact, Statement
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText, escape_unprintable

if TYPE_CHECKING:
    from unsub_tui.domain.account import AccountRef


class ProblemKind(StrEnum):
    """Kinds of problems, each with its own advice and exit code."""

    USAGE = "usage"
    """An argument of a command that nothing fits."""
    CONFIG = "config"
    """An invalid setting, profile file or flag."""
    CREDENTIALS = "credentials"
    """Missing or rejected credentials."""
    PERMISSION = "permission"
    """The identity lacks a permission."""
    ORGANIZATION = "organization"
    """A service control policy of the account's organization denies the operation, whatever IAM allows."""
    FROZEN = "frozen"
    """The account is frozen and cannot be changed until that is resolved."""
    WRONG_SITE = "wrong_site"
    """The account belongs to another site of Huawei Cloud."""
    NETWORK = "network"
    """Huawei Cloud was unreachable or did not respond in time."""
    THROTTLED = "throttled"
    SERVICE = "service"
    """Huawei Cloud responded with an error."""
    BAD_RESPONSE = "bad_answer"
    """The response violates the API contract."""
    CLOCK = "clock"
    """This machine's clock differs too much from Huawei Cloud's."""
    INCOMPLETE = "incomplete"
    """An incomplete listing, which no plan may be based on."""
    GUARD = "guard"
    """Refused by a guard: read-only mode, too many items, protected resource, wrong phrase."""
    OTHER_ACCOUNT = "other_account"
    """A plan file is for a different account than the credentials."""
    DRIFT = "drift"
    """The resource no longer matches the confirmed state."""
    JOURNAL = "journal"
    """The journal cannot be written or read."""
    FILE = "file"
    """A file given by the user cannot be read or written, or has the wrong content."""
    LOCKED = "locked"
    """Another process is running a plan for this account."""
    STOPPED = "stopped"
    """Stopped before the request was sent."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem: its kind, Huawei Cloud's message if there is one, and the failed operation."""

    kind: ProblemKind
    facts: tuple[Fact, ...] = ()
    detail: str = ""
    """Text from outside, such as the operating system's message. Unprintable characters are escaped."""
    code: UntrustedText = EMPTY
    message: UntrustedText = EMPTY
    request_id: UntrustedText = EMPTY
    http_status: int | None = None
    operation: str = ""
    """Our name of the failed operation, for example `list_resources`."""
    permission: str = ""
    """The missing permission, if Huawei Cloud names it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", escape_unprintable(self.detail))

    @property
    def short_code(self) -> str:
        """Huawei Cloud's error code, or else the kind: short enough to be named inside a sentence."""
        return self.code.for_display() or self.kind.value


class UnsubError(Exception):
    """Base class of all errors shown to users; carries the `Problem`."""

    def __init__(self, problem: Problem) -> None:
        facts = "; ".join(map(str, problem.facts))
        super().__init__(facts or problem.detail or problem.short_code)
        self.problem = problem
        self.account: AccountRef | None = None
        """The account that a failed command worked on, if it got to know it."""


class CheckState(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNTESTABLE = "untestable"
    """The check would require an action that a check must not take."""
    NOT_TRIED = "not_tried"
    """Not tried because an earlier check failed."""


class PermissionState(StrEnum):
    """Whether a list of the inventory, which is optional, can be read."""

    HELD = "held"
    MISSING = "missing"
    DENIED = "denied"
    """A service control policy of the organization denies it."""
    NOT_OFFERED = "not_offered"
    """The region does not have the operation."""
    NOT_CONFIGURED = "not_configured"
    """A custom endpoint is set, but none for the service."""
    NOT_NEEDED = "not_needed"
    """The account has no resource that the list says something about."""
    FAILED = "failed"
    """The service did not answer usably."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and its result."""

    area: str
    """Area: credentials, account, guards, network, permissions, inventory, limits, record, terminal, program."""
    name: str
    state: CheckState = CheckState.OK
    value: Statement = ""
    advice: Statement = ""
    """Advice, if `problem` does not imply it."""
    problem: Problem | None = None
    permission: PermissionState | None = None
    """Whether a list of the inventory can be read; None in other areas."""
