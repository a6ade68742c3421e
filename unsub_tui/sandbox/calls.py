"""An operation of the interface, and one call of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.auth_state import AuthState
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import invalid_value

CHINESE = "zh_CN"
ENGLISH = "en_US"
_LANGUAGES = {"zh_cn": CHINESE, "en_us": ENGLISH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, authenticated; its operation runs while the ledger is locked."""

    account: AccountState
    parameters: RequestParameters
    path_params: Mapping[str, str]
    """What the path holds in place of its braces."""
    headers: Mapping[str, str]
    """By lower-case name."""
    domain_id: str
    auth_state: AuthState

    def language(self, default: str = CHINESE) -> str:
        """Say in which language names are wanted."""
        wanted = self.headers.get("x-language")
        if not wanted:
            return default
        language = _LANGUAGES.get(wanted.lower().replace("-", "_"))
        if language is None:
            raise invalid_value("X-Language", "zh_CN or en_US is needed")
        return language


Payload = dict[str, object]
"""The JSON object of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """An answer that is more than a payload."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: where it is, how often it may be called, what it does."""

    name: str
    method: str
    path: str
    handler: Callable[[Call], Payload | RawResponse | None]
    """None is answered with 204 and no body, a payload with 200."""
    per_second: int = 10
    needs_write_access: bool = False
    """Needs a key that may do more than look."""
    is_logged: bool = False
    """Every request is kept in the ledger's list of attempts."""
    is_unauthenticated: bool = False
    """Takes no signature: it is asked for credentials."""
    policy: str = ""
    """The permission that it needs, as the vendor's refusal names it."""
