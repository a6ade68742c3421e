"""Answers that are none: refusals in all forms that services write, and good answers that arrive spoiled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.reference_server.http_server import Response, encode

Json = dict[str, Any]


class ServiceError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Json, code: str = "") -> None:
        super().__init__(code)
        self.status, self.body = status, body

    @property
    def response(self) -> Response:
        """How it is written."""
        return Response(self.status, encode(self.body).encode())


def flat(status: int, code: str, message: str, **more: object) -> ServiceError:
    """Return an error as gateways, Config and RDS write it."""
    return ServiceError(status, {"error_code": code, "error_msg": message, **more}, code)


def nested(status: int, code: object, message: str) -> ServiceError:
    """Return an error as ECS, EVS and IAM write it."""
    return ServiceError(status, {"error": {"code": code, "message": message}}, str(code))


def short(status: int, code: str, message: str) -> ServiceError:
    """Return an error as VPC and Cloud Eye write it."""
    return ServiceError(status, {"code": code, "message": message, "request_id": "7f3a"}, code)


def camel(status: int, code: str, message: str) -> ServiceError:
    """Return an error as CCE writes it."""
    return ServiceError(status, {"errorCode": code, "errorMsg": message}, code)


def bad_request(service: str, message: str) -> ServiceError:
    """Return the refusal of a request that does not suit."""
    forms: Mapping[str, Callable[[], ServiceError]] = {
        "ecs": lambda: nested(400, "Ecs.0005", message),
        "evs": lambda: nested(400, "EVS.0001", message),
        "vpc": lambda: short(400, "VPC.0002", message),
        "cce": lambda: camel(400, "CCE.01400001", message),
        "ces": lambda: short(400, "ces.0014", message),
    }
    return forms.get(service, lambda: flat(400, f"{service.upper()}.0400", message))()


def not_allowed(service: str, action: str) -> ServiceError:
    """Return the refusal of a service for want of a permission."""
    message = f"policy doesn't allow {action}"
    forms: Mapping[str, Callable[[], ServiceError]] = {
        "evs": lambda: nested(403, "EVS.0003", f"Policy doesn't allow {action} to be performed."),
        "vpc": lambda: short(403, "VPC.2201", f"Policy doesn't allow {action} to be performed."),
        "rds": lambda: _by_identity_policy(action),
        "cce": lambda: camel(403, "CCE.01403001", message),
        "ces": lambda: short(403, "ces.0007", message),
        "rms": lambda: flat(403, "RMS.00010003", message),
    }
    return forms.get(service, lambda: nested(401, "EPS.0003", message))()


def _by_identity_policy(action: str) -> ServiceError:
    message = f"access denied: User: viewer is not authorized to perform: {action} on resource: *"
    return flat(403, "PAP5.0001", message, encoded_authorization_message="bWVzc2FnZQ==")


def not_published() -> ServiceError:
    """Return the refusal of an operation that a region does not have."""
    return flat(404, "APIGW.0101", "The API does not exist or has not been published in the environment")


REFUSALS: Mapping[str, Callable[[str, str], ServiceError]] = {
    "denied": not_allowed,
    "denied nested 401": lambda _, action: nested(401, "EPS.0003", f"policy doesn't allow {action}"),
    "denied nested 403": lambda _, action: nested(403, 403, f"Policy doesn't allow {action} to be performed."),
    "denied flat 403": lambda _, action: _by_identity_policy(action),
    "denied or balance": lambda *_: short(403, "VPC.2701", "No permission, or the balance is insufficient"),
    "not offered": lambda *_: not_published(),
    "bin not available": lambda *_: nested(403, "EVS.2106", "The recycle bin is not available"),
    "frozen": lambda *_: nested(403, "EVS.2144", "The tenant is frozen"),
    "suspended": lambda *_: nested(403, "EVS.2145", "The tenant is suspended"),
    "no agency": lambda *_: nested(401, "EVS.2143", "The agency does not exist"),
    "throttled": lambda *_: flat(429, "APIGW.0308", "The throttling threshold has been reached"),
    "throttled by ces": lambda *_: short(429, "ces.0429", "Too Many Requests"),
    "busy": lambda *_: nested(409, "EVS.2409", "A snapshot is being created"),
    "bad request": lambda service, _: bad_request(service, "Invalid parameter"),
    "broken": lambda service, _: flat(500, f"{service.upper()}.0001", "Internal error"),
    "not available": lambda *_: flat(503, "APIGW.0201", "Backend unavailable"),
}
"""By form, what service and action are refused with."""

DENIALS = tuple(each for each in REFUSALS if each.startswith("denied"))
"""Forms in which a permission is missing."""


def _without_rows(found: Json | list[Json], value: object) -> bytes:
    if isinstance(found, list):
        return json.dumps(value).encode()
    return json.dumps({key: value if isinstance(each, list) else each for key, each in found.items()}).encode()


SPOILS: Mapping[str, Callable[[Json | list[Json]], bytes]] = {
    "page of html": lambda _: b"<!DOCTYPE html><html><body>login</body></html>",
    "cut off": lambda found: json.dumps(found).encode()[:-7],
    "empty": lambda _: b"",
    "null": lambda _: b"null",
    "list": lambda _: b"[]",
    "text": lambda _: b'"ok"',
    "object without rows": lambda _: b"{}",
    "rows are null": lambda found: _without_rows(found, None),
    "rows are text": lambda found: _without_rows(found, "none"),
    "rows are an object": lambda found: _without_rows(found, {}),
    "rows are numbers": lambda found: _without_rows(found, [1, 2]),
    "error in 200": lambda _: b'{"error_code": "APIGW.0308", "error_msg": "throttled"}',
    "invalid utf-8": lambda found: json.dumps(found).encode()[:-1] + b', "note": "\xff\xfe"}',
    "deep": lambda _: b"[" * 20000 + b"]" * 20000,
}
"""By form, what arrives with status 200 in the place of a good answer."""

FORMS = (*REFUSALS, *SPOILS, "dropped")
