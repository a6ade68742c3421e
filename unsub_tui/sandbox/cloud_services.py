"""The cloud services beside billing: how each of them is called, and the form of its errors.

Each service has a host of its own for each region, so each has an application of its own here; the project id in the
path says which region is meant. Only IAM shares the application of billing.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from unsub_tui.sandbox.service_errors import ErrorForm, InvalidParameterError, ServiceError, rate_limited


class Scope(enum.Enum):
    """The scope that a signed call must name in a header, and the header must be signed."""

    NOTHING = enum.auto()
    PROJECT = enum.auto()
    """X-Project-Id: the project in the path, or the only one if the path has none."""
    ACCOUNT = enum.auto()
    """X-Domain-Id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudService:
    """A service: its application, and its errors for a missing permission, an invalid parameter, too many calls."""

    key: str
    """Key of its application; empty for those that share the application of billing."""
    scope: Scope = Scope.PROJECT
    form: ErrorForm = ErrorForm.FLAT
    denied_status: int = 403
    denied_code: str
    denied_text: str = "Policy doesn't allow {} to be performed."
    invalid_code: str
    throttled_code: str = "APIGW.0308"

    def denied(self, action: str) -> ServiceError:
        """Return the error for a missing permission."""
        return ServiceError(self.denied_code, self.denied_text.format(action), self.denied_status, self.form)

    def invalid(self, error: InvalidParameterError) -> ServiceError:
        """Return the error of this service for an invalid parameter."""
        return ServiceError(self.invalid_code, error.message, 400, self.form)

    def rate_limited(self, limit: int) -> ServiceError:
        """Return the error for more than `limit` calls per second."""
        return rate_limited(limit, self.throttled_code)


class _Billing(CloudService):
    """Billing and the services that answer like it."""

    def denied(self, action: str) -> ServiceError:
        """Name the permission, if it is known."""
        message = "Access denied. The customer does not have the permission to perform this operation"
        named = f", the correct permission code is {action}" if ":" in action else ""
        return ServiceError(self.denied_code, message + named, self.denied_status)

    def invalid(self, error: InvalidParameterError) -> ServiceError:
        """Return the error unchanged: parameters raise the errors of billing."""
        return error


BILLING = _Billing(
    key="", scope=Scope.NOTHING, denied_code="CBC.0151", invalid_code="CBC.0100", throttled_code="APIG.0308"
)
IAM = CloudService(key="", scope=Scope.NOTHING, denied_code="IAM.0003", invalid_code="IAM.0007")
ECS = CloudService(
    key="ecs",
    form=ErrorForm.NESTED,
    denied_status=401,
    denied_code="EPS.0003",
    denied_text="policy doesn't allow {}",
    invalid_code="Ecs.0005",
)
EVS = CloudService(key="evs", form=ErrorForm.NESTED, denied_code="EVS.0003", invalid_code="EVS.0004")
BANDWIDTHS = CloudService(key="vpc", form=ErrorForm.PLAIN, denied_code="VPC.0010", invalid_code="VPC.0002")
ADDRESSES = replace(BANDWIDTHS, form=ErrorForm.FLAT, denied_code="VPC.2201", invalid_code="VPC.2002")
"""Version 3 of the operations for EIPs, on the same host as bandwidths."""
RDS = CloudService(key="rds", denied_code="DBS.200056", invalid_code="DBS.280001")
CCE = CloudService(key="cce", form=ErrorForm.KUBERNETES, denied_code="CCE.01403001", invalid_code="CCE.01400001")
CBR = replace(ECS, key="cbr", invalid_code="BackupService.0001")
CES = CloudService(key="ces", denied_code="ces.0015", invalid_code="ces.0014", throttled_code="ces.0429")
CONFIG = CloudService(
    key="rms", scope=Scope.ACCOUNT, denied_code="RMS.00010302", invalid_code="RMS.00010301", throttled_code="APIG.0308"
)

SERVICE_KEYS = ("ecs", "evs", "vpc", "rds", "cce", "cbr", "ces", "rms")
"""Keys of the services with an application of their own."""
