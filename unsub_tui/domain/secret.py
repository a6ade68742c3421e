"""Secret values, revealed only to sign a request, to sign in and to check that a value fits into a header."""

from __future__ import annotations

from hmac import compare_digest
from typing import NoReturn


class Secret:
    """A secret key or token that cannot be printed, formatted or pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value. Call it within an expression, so that no variable holds the value in a traceback."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored")


def mask_access_key(access_key: str) -> str:
    """Return an access key masked for display: the first four and the last two characters."""
    return f"{access_key[:4]}…{access_key[-2:]}" if len(access_key) >= 12 else "…"
