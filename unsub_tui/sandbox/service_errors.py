"""Errors returned by the sandbox API."""

from __future__ import annotations


class ServiceError(Exception):
    """An error response with a code, a message and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_value(name: str, reason: str) -> ServiceError:
    """Return the error for an invalid parameter value (CBC.0100)."""
    return ServiceError("CBC.0100", f"Parameter {name} failed validation: {reason}.")


def invalid_parameter(name: str, reason: str) -> ServiceError:
    """Return the error for a missing or unexpected parameter (CBC.0101)."""
    return ServiceError("CBC.0101", f"Parameter {name} is not valid: {reason}.")
