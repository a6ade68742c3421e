"""Errors returned by the sandbox API."""

from __future__ import annotations

import enum
from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "CBC.18000048": "There are too many members that account independently. Name one.",
    "CBC.30000010": "The order is not valid or does not exist.",
    "CBC.30000052": "The resource or the account has been frozen.",
    "CBC.30000067": "The resource has been deleted or its subscription is not known.",
    "CBC.30050007": "The resource is not a main resource.",
    "CBC.30050009": "The resource has been deleted or is not known.",
    "CBC.30050010": "The resource is in an order that waits for payment.",
    "CBC.30050011": "The resource is being unsubscribed or changed.",
    "CBC.30050013": "The resource cannot be renewed.",
    "CBC.99003012": "The resource ID does not exist.",
    "CBC.99003100": "A resource is contained in an order that waits for payment.",
    "CBC.99003128": "There is no renewed period, or it has taken effect.",
    "CBC.99003185": "The cloud service must be operated as a whole.",
    "CBC.99003602": "The resource has expired or is frozen.",
    "CBC.99003605": "Auto-renewal is not switched on.",
    "CBC.99003609": "This type of product cannot be changed to pay-per-use.",
    "CBC.99003610": "The resource is in its grace or retention period.",
    "CBC.99003611": "A package cannot be changed to pay-per-use.",
    "CBC.99003622": "A solution product cannot be changed to pay-per-use.",
    "CBC.99003623": "Another transaction of the resource is in progress.",
    "CBC.99003624": "The resource has been frozen.",
    "CBC.99003643": "The service has been invoiced and cannot be unsubscribed.",
    "CBC.99003645": "This kind of service cannot be unsubscribed.",
    "CBC.99003647": "This package cannot be unsubscribed.",
    "CBC.99003649": "A trial service cannot be unsubscribed.",
    "CBC.99003650": "This marketplace service cannot be unsubscribed.",
    "CBC.99003651": "Another transaction of the resource is in progress. Try again later.",
    "CBC.99003652": "A DevCloud package cannot be unsubscribed.",
    "CBC.99003654": "A bandwidth add-on package exists; the renewed period cannot be unsubscribed.",
    "CBC.99003656": "The resource has been frozen.",
    "CBC.99005026": "The order is neither an unsubscription nor a downgrade.",
}
"""Messages of the codes that always have the same message."""


class ErrorForm(enum.Enum):
    """JSON form of an error response."""

    FLAT = enum.auto()
    """`error_code` and `error_msg`."""
    NESTED = enum.auto()
    """`code` and `message` in an object `error`."""
    PLAIN = enum.auto()
    """`code` and `message`."""
    KUBERNETES = enum.auto()
    """A status object of Kubernetes, which also has the names of the flat form."""


class ServiceError(Exception):
    """An error response with a code, a message and an HTTP status."""

    def __init__(
        self, code: str, message: str | None = None, status: int = 400, form: ErrorForm = ErrorForm.FLAT
    ) -> None:
        self.code = code
        self.message = MESSAGES[code] if message is None else message
        self.status = status
        self.form = form
        super().__init__(self.message)

    def payload(self) -> Mapping[str, object]:
        """Return the JSON object of the response."""
        match self.form:
            case ErrorForm.FLAT:
                return {"error_code": self.code, "error_msg": self.message}
            case ErrorForm.NESTED:
                return {"error": {"code": self.code, "message": self.message}}
            case ErrorForm.PLAIN:
                return {"code": self.code, "message": self.message}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": self.status,
            "message": self.message,
            "errorCode": self.code,
            "errorMessage": self.message,
            "error_code": self.code,
            "error_msg": self.message,
        }


class InvalidParameterError(ServiceError):
    """An error for a parameter; other services than billing have another code and form for it."""


def invalid_value(name: str, reason: str) -> ServiceError:
    """Return the error for an invalid parameter value (CBC.0100)."""
    return InvalidParameterError("CBC.0100", f"Parameter {name} failed validation: {reason}.")


def invalid_parameter(name: str, reason: str) -> ServiceError:
    """Return the error for a missing or unexpected parameter (CBC.0101)."""
    return InvalidParameterError("CBC.0101", f"Parameter {name} is not valid: {reason}.")


def unauthorized(reason: str) -> ServiceError:
    """Return the error for missing or invalid credentials (APIGW.0301)."""
    return ServiceError("APIGW.0301", f"Incorrect IAM authentication information: {reason}", 401)


def signature_expired() -> ServiceError:
    """Return the error for a signature with a date that is too far from the present (APIGW.0303)."""
    return ServiceError("APIGW.0303", "Incorrect app authentication information: x-sdk-date is out of range", 401)


def rate_limited(limit: int, code: str = "APIG.0308") -> ServiceError:
    """Return the error for more than `limit` calls per second."""
    message = f"The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:1 second"
    return ServiceError(code, message, 429)


def not_published() -> ServiceError:
    """Return the error for an operation that does not exist, or not in this region (APIGW.0101)."""
    return ServiceError("APIGW.0101", "API not exist or not published", 404)
