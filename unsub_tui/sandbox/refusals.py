"""What the service says when it does not do what was asked."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - the vendor refused: that is an answer, not an accident
    """An answer with an error code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(name: str, why: str) -> Refusal:
    """Say that a parameter's value failed validation."""
    return Refusal("CBC.0100", f"Parameter {name} failed validation: {why}.")


def unfit(name: str, why: str) -> Refusal:
    """Say that a parameter is missing or has no business here."""
    return Refusal("CBC.0101", f"Parameter {name} is not valid: {why}.")
