"""The vendor's services and the types of resources that they have."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.foreign import Foreign


@dataclass(frozen=True, slots=True)
class Service:
    """One service, such as the Elastic Cloud Server."""

    code: Foreign
    name: Foreign
    abbreviation: Foreign


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type of resource of a service."""

    code: Foreign
    name: Foreign
    service_type_code: Foreign
