"""What an operation is: its place on the wire, its rate, its permission, its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.reference_server.account_state import AccountState
from tests.reference_server.authentication import User
from tests.reference_server.inventory import Inventory
from tests.reference_server.parameters import Parameter

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that was let in: its parameters, the last part of its path, who asks, in which language."""

    account: AccountState
    inventory: Inventory
    user: User
    parameters: Json
    name: str
    is_english: bool


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation; `rate` is requests a second, `is_billing` those that need the account named."""

    method: str
    path: re.Pattern[str]
    rate: int
    permission: str
    parameters: Mapping[str, Parameter]
    is_billing: bool
    says_success: bool
    """Whether a good answer carries an error code, too."""
    answer: Callable[[Call], Json | None]


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    parameters: Mapping[str, Parameter] | None = None,
    *,
    rate: int = 10,
    permission: str = "",
    is_billing: bool = True,
    says_success: bool = False,
) -> Callable[[Callable[[Call], Json | None]], Callable[[Call], Json | None]]:
    """Register what answers an operation; `{name}` in the path is any one part."""

    def register(answer: Callable[[Call], Json | None]) -> Callable[[Call], Json | None]:
        OPERATIONS.append(
            Operation(
                method=method,
                path=re.compile(path.replace("{name}", "([^/]+)")),
                rate=rate,
                permission=permission,
                parameters=parameters or {},
                is_billing=is_billing,
                says_success=says_success,
                answer=answer,
            )
        )
        return answer

    return register
