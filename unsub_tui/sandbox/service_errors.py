"""What the service says when it does not do what was asked."""

from __future__ import annotations


class ServiceError(Exception):
    """An answer with an error code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_value(name: str, reason: str) -> ServiceError:
    """Say that a parameter's value failed validation."""
    return ServiceError("CBC.0100", f"Parameter {name} failed validation: {reason}.")


def invalid_parameter(name: str, reason: str) -> ServiceError:
    """Say that a parameter is missing or has no business here."""
    return ServiceError("CBC.0101", f"Parameter {name} is not valid: {reason}.")
