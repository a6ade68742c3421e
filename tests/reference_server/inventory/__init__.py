"""The read-only services that know what resources do, once more from the written contract alone.

ECS, EVS, EIP with bandwidths (`vpc`), RDS, CCE, CBR, Cloud Eye (`ces`) and Config (`rms`) each have a port of their
own, since some of them have the same paths; IAM's projects are on the account's own host. They answer from one
`Estate`, plain data that a test writes; `strategies` generates estates, and `truth` says what is true in one.

A test lets the account hold an estate, runs the program, and has judged what it says:

    with ReferenceServer(rate_factor=1000) as vendor:
        vendor.hold(estate)  # its subscriptions, and what the services know
        ...  # the program reads `vendor.endpoint` and `vendor.service_endpoints`
        assert not list(Judge(estate, now).violations(resource_id, facts))

The signature must cover `X-Project-Id` (of Config `X-Domain-Id`), which must be that of the path.
"""

from __future__ import annotations

from tests.reference_server.inventory import cbr, cce, ces, ecs, evs, rds, rms, vpc
from tests.reference_server.inventory.service_app import Inventory, SeenCall, ServiceApp

__all__ = ["Inventory", "SeenCall", "ServiceApp", "cbr", "cce", "ces", "ecs", "evs", "rds", "rms", "vpc"]
