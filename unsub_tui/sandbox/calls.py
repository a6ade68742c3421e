"""API operations and calls of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unsub_tui.sandbox.account_fixtures import REGION_PROJECTS, RegionProject
from unsub_tui.sandbox.account_state import AccountState
from unsub_tui.sandbox.asgi import RawResponse
from unsub_tui.sandbox.auth_state import AuthState, Key
from unsub_tui.sandbox.cloud_services import BILLING, CloudService
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import invalid_value

if TYPE_CHECKING:
    from unsub_tui.sandbox.estate.estate import ProjectEstate

ALL_GRANTED = "all_granted_eps"
DEFAULT_PROJECT = "0"
_LANGUAGES = {"zh_cn": "zh_CN", "en_us": "en_US"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authenticated call; its operation runs while the account is locked."""

    account: AccountState
    parameters: RequestParameters
    path_params: Mapping[str, str]
    """Values of the path parameters."""
    headers: Mapping[str, str]
    """Header values by lowercase name."""
    auth_state: AuthState
    key: Key
    """Key of the caller."""

    @property
    def project_id(self) -> str:
        """Id of the project that is asked: the one in the path, else the one in the header."""
        return self.path_params.get("project_id") or self.headers["x-project-id"]

    @property
    def region_project(self) -> RegionProject:
        """The project that is asked; the gateway has checked that it exists."""
        return REGION_PROJECTS[self.project_id]

    @property
    def project(self) -> ProjectEstate:
        """The state of the resources of this project."""
        return self.account.estate.project(self.project_id)

    def granted_projects(self, name: str = "enterprise_project_id") -> frozenset[str] | None:
        """Read the parameter, and return the ids of the enterprise projects of which rows are returned; None for all.

        A user with grants for enterprise projects sees rows of all of them only with `all_granted_eps`; without the
        parameter, only those of the default project.
        """
        wanted = self.parameters.text(name, max_length=64)
        granted = self.auth_state.granted_projects
        if wanted == ALL_GRANTED:
            return granted
        if wanted:
            return frozenset({wanted}) if granted is None else granted & {wanted}
        return None if granted is None else granted & {DEFAULT_PROJECT}

    def language(self, default: str = "zh_CN") -> str:
        """Return the language of X-Language. Raise ServiceError for an unknown language."""
        wanted = self.headers.get("x-language")
        if not wanted:
            return default
        language = _LANGUAGES.get(wanted.lower().replace("-", "_"))
        if language is None:
            raise invalid_value("X-Language", "zh_CN or en_US is needed")
        return language


Payload = dict[str, object]
"""JSON object of a response."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An API operation: its route, rate limit, permissions and handler.

    The decorator `@partial(Operation, method, path, …)` makes an operation of its handler.
    """

    method: str
    path: str
    handler: Callable[[Call], Payload | RawResponse | None]
    """Returns a payload for status 200, None for status 204, or a complete response."""
    per_second: int = 10
    per_minute: int = 0
    """Maximum number of calls per minute, which replaces that per second; 0 if there is none."""
    needs_write_access: bool = False
    """Whether the operation requires a key with write access."""
    is_logged: bool = False
    """Whether every request is added to the account's request log."""
    is_unauthenticated: bool = False
    """Whether the operation needs no signature, because it returns credentials."""
    policy: str = ""
    """Required permission, as named in the permission error."""
    service: CloudService = BILLING
    further_policies: tuple[str, ...] = ()
    """Further permissions that are required."""

    def first_denied(self, denied: frozenset[str]) -> str:
        """Return what is denied: the permission if it is known, else the operation; empty if nothing is."""
        if self.name in denied:
            return self.policy or self.name
        return next((each for each in (self.policy, *self.further_policies) if each in denied), "")

    @property
    def name(self) -> str:
        """Name of the operation in fault rules."""
        return self.handler.__name__
