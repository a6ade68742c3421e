"""Short ways to write resources, lists and inventories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from unsub_tui.domain.inventory.finding import Origin
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

Row = TypeVar("Row")

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLACE = ProjectRegion("ap-southeast-1", "project")
OTHER_PROJECT = ProjectRegion("ap-southeast-1", "project-b")
OTHER_REGION = ProjectRegion("ap-southeast-3", "project-q")

SERVER = ("ec2", "vm")
DISK = ("ebs", "volume")
EIP = ("vpc", "ip")
BANDWIDTH = ("vpc", "bandwidth")
DATABASE = ("rds", "rds.vm")
CLUSTER = ("cce", "cce.cluster")
VAULT = ("cbr", "cbr")


def text(raw: str) -> UntrustedText:
    """Return an untrusted text."""
    return UntrustedText(raw)


def texts(*raw: str) -> tuple[UntrustedText, ...]:
    """Return untrusted texts."""
    return tuple(map(UntrustedText, raw))


def resource(
    kind: tuple[str, str], resource_id: str, parent: str = "", place: ProjectRegion = PLACE, **fields: object
) -> Resource:
    """Return a yearly/monthly resource; with a parent it is attached."""
    made = Resource(
        resource_id=text(resource_id),
        service_type_code=text(f"hws.service.type.{kind[0]}"),
        resource_type_code=text(f"hws.resource.type.{kind[1]}"),
        region_code=text(place.region),
        project_id=text(place.project_id),
        parent_resource_id=text(parent) if parent else EMPTY,
        is_main_resource=not parent,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def listed(*rows: Row, source: str = "service:list", place: ProjectRegion = PLACE) -> ServiceList[Row]:
    """Return a complete list that was just read."""
    return ServiceList(place, rows, Origin(source, place.region, NOW))


def catalog_of(resources: Iterable[Resource]) -> Catalog:
    """Return a catalog."""
    catalog = Catalog()
    catalog.add_page([*resources])
    return catalog


def findings(
    lists: PlaceLists | Iterable[PlaceLists], *resources: Resource, selected: Iterable[str] = ()
) -> ResourceFindings:
    """Return the findings about the first resource of an account that has these."""
    places = [lists] if isinstance(lists, PlaceLists) else [*lists]
    return Inventory(catalog_of(resources), places, now=NOW).findings_of(resources[0], {*selected})
