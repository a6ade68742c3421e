"""The read-only services that know what resources do, once more from the written contract alone.

ECS, EVS, EIP with bandwidths (`vpc`), RDS, CCE, CBR, Cloud Eye (`ces`) and Config (`rms`) each have a port of their
own, since some of them have the same paths; IAM's projects are on the account's own host. They answer from one
`Estate`, plain data that a test writes; `strategies` generates estates, and `truth` says what is true in one.

The signature must cover `X-Project-Id` (of Config `X-Domain-Id`), which must be that of the path.
"""

from __future__ import annotations

from tests.reference_server.inventory import cbr, cce, ces, ecs, evs, rds, rms, vpc
from tests.reference_server.inventory.service_app import Inventory, SeenCall, ServiceApp

__all__ = ["Inventory", "SeenCall", "ServiceApp", "cbr", "cce", "ces", "ecs", "evs", "rds", "rms", "vpc"]
