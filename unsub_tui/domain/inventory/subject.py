"""The subject of a conclusion: a resource, what was read in its project and region, and what is unsubscribed from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from unsub_tui.domain.inventory.place_index import PlaceIndex
from unsub_tui.domain.inventory.resource_findings import RelatedResource
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryThresholds:
    """Limits that conclusions depend on; the settings can change them."""

    quiet_cpu: Decimal = Decimal(3)
    """Percent of CPU that every daily maximum of a quiet server is below."""
    quiet_network: Decimal = Decimal(1000)
    """Bytes per second, in each direction, that every daily average of a quiet server is below."""
    quiet_disk_write: Decimal = Decimal(5000)
    """Bytes per second that every daily average of a quiet server is below."""
    expiry_warned: timedelta = timedelta(days=30)
    """Remaining life of a backup or its vault below which its expiry is a danger."""
    min_backup_life: timedelta = timedelta(days=7)
    """Remaining life that a usable backup and its vault have at least."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that conclusions depend on apart from the lists of the services."""

    catalog: Catalog
    """The yearly/monthly resources."""
    now: datetime
    thresholds: InventoryThresholds
    selected: Collection[str] = frozenset()
    """Ids of the resources that are unsubscribed from."""

    def is_selected(self, resource_id: str) -> bool:
        """Return whether a resource is unsubscribed from, itself or with its primary resource."""
        if resource_id in self.selected:
            return True
        primary = self.primary_of(resource_id) if self.selected else None
        return primary is not None and primary.id in self.selected

    def primary_of(self, resource_id: str) -> Resource | None:
        """Return the primary resource that an attached yearly/monthly resource is deleted with, or None."""
        row = self.catalog.get(resource_id)
        return None if row is None or row.is_main_resource else self.catalog.primary_of(row)

    def related(self, resource_id: UntrustedText, kind: str = "", name: UntrustedText = EMPTY) -> RelatedResource:
        """Return a related resource, with its name in the list of yearly/monthly resources if there is no other."""
        row = self.catalog.get(resource_id.raw)
        return RelatedResource(
            resource_id=resource_id,
            name=name or (row.resource_name if row is not None else EMPTY),
            kind=kind,
            is_selected=self.is_selected(resource_id.raw),
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource with everything that conclusions about it are drawn from."""

    resource: Resource
    kind: ResourceKind
    ids: tuple[str, ...]
    """The ids by which its service may know it, the likeliest first."""
    estate: Estate
    place: PlaceIndex
    """Its own project."""
    region: Sequence[PlaceIndex]
    """All known projects of its region, its own one first."""
    other_regions: Sequence[PlaceIndex] = ()

    def server(self, server_id: UntrustedText) -> RelatedResource:
        """Return a server of its project as a related resource."""
        row = self.place.servers.get(server_id.raw)
        return self.estate.related(server_id, "server", EMPTY if row is None else row.name)
