"""The inventory of an account: everything that was read from the services, and the findings about each resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from unsub_tui.domain.inventory.activity import activity_of
from unsub_tui.domain.inventory.attachments import attached_to, bound_to, shared_with
from unsub_tui.domain.inventory.backups import backup_findings_of
from unsub_tui.domain.inventory.database_findings import (
    automatic_backup_of,
    manual_backup_of,
    primary_of,
    replicas_of,
)
from unsub_tui.domain.inventory.place_index import ExpectedIds, PlaceIndex
from unsub_tui.domain.inventory.place_lists import PlaceLists
from unsub_tui.domain.inventory.recycle_bins import recycle_bin_of, snapshots_of
from unsub_tui.domain.inventory.resource_findings import ResourceFindings
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, is_listed_by_service, kind_of, service_ids
from unsub_tui.domain.inventory.run_states import cluster_of, deletion_protection_of, run_state_of, tags_of
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.inventory.stays_behind import shared_bandwidths_of, stays_behind_of
from unsub_tui.domain.inventory.subject import Estate, InventoryThresholds, Subject
from unsub_tui.domain.inventory.vaults import backups_inside, vaults_of
from unsub_tui.domain.resource import Catalog, Resource, Status

_DEFAULT_THRESHOLDS = InventoryThresholds()

NOTHING_EXPECTED: ExpectedIds = {}
"""Ids that the lists of a project without resources must contain."""

MAX_KEPT = 200
"""Maximum number of resources whose findings are kept: more than a screen shows."""


class Inventory:
    """Findings about the resources of an account, from the lists of all places that were read.

    The rows of the billing API are the control group: a list of a service that lacks a resource in use is partial.
    Findings are computed when they are asked for. Those of the last resources are kept until a list of their region
    changes: together with all of them, the findings of an account take more memory than its lists.
    """

    def __init__(
        self,
        catalog: Catalog,
        places: Iterable[PlaceLists] = (),
        *,
        now: datetime,
        thresholds: InventoryThresholds = _DEFAULT_THRESHOLDS,
    ) -> None:
        self._lists = {each.place: each for each in places}
        self._estate = Estate(catalog, now, thresholds)
        self._places: dict[ProjectRegion, PlaceIndex] = {}
        self._expected: Mapping[ProjectRegion, ExpectedIds] = {}
        self._findings: defaultdict[str, dict[tuple[str, str], ResourceFindings]] = defaultdict(dict)
        """Findings by region, then by project and id of the resource."""
        self.versions: dict[str, int] = {}
        """Number of changes by region: findings about its resources are the same while it is the same."""
        self._scopes: dict[ProjectRegion, tuple[PlaceIndex, list[PlaceIndex], list[PlaceIndex]]] = {}
        """A place, all places of its region, those of other regions."""
        self.replace_catalog(catalog, now)

    def replace_catalog(self, catalog: Catalog, now: datetime) -> None:
        """Use another listing of the yearly/monthly resources, or another time."""
        self._estate = Estate(catalog, now, self._estate.thresholds)
        self._expected = _expected_ids(catalog, now)
        known = {place_of(each) for each in catalog.resources if each.project_id} | self._lists.keys()
        self._places = {each: self._index(self._lists.get(each, PlaceLists(place=each))) for each in known}
        self._findings.clear()
        self._scopes.clear()
        for region in {each.region for each in self._places}:
            self._count_change(region)

    def replace_place(self, lists: PlaceLists) -> None:
        """Use what was read in a project in place of what was read there before."""
        self._lists[lists.place] = lists
        self._places[lists.place] = self._index(lists, self._places.get(lists.place))
        self._findings.pop(lists.place.region, None)
        self._scopes.clear()
        self._count_change(lists.place.region)

    def findings_of(self, resource: Resource, selected: Collection[str] = ()) -> ResourceFindings:
        """Return the findings about a resource, if the resources with the `selected` ids are unsubscribed from.

        Only findings without a selection are kept. For one finding about many resources, call its function, such as
        `run_state_of`, with the `subject_of` each resource: all findings take ten times as long.
        """
        if selected:
            return _findings(self.subject_of(resource, selected))
        kept, key = self._findings[resource.region_code.raw], (resource.project_id.raw, resource.id)
        if key not in kept:
            if sum(map(len, self._findings.values())) >= MAX_KEPT:
                self._findings.clear()
                kept = self._findings[resource.region_code.raw]
            kept[key] = _findings(self.subject_of(resource))
        return kept[key]

    def subject_of(self, resource: Resource, selected: Collection[str] = ()) -> Subject:
        """Return a resource with everything that conclusions about it are drawn from."""
        place = place_of(resource)
        if place not in self._scopes:
            own = self._places.get(place) or PlaceIndex(PlaceLists(place=place), {})
            others = [each for each in self._places.values() if each is not own]
            near = [own, *(each for each in others if each.lists.place.region == place.region)]
            self._scopes[place] = own, near, [each for each in others if each.lists.place.region != place.region]
        estate = replace(self._estate, selected=frozenset(selected)) if selected else self._estate
        return Subject(resource, kind_of(resource), service_ids(resource), estate, *self._scopes[place])

    @property
    def catalog(self) -> Catalog:
        """The yearly/monthly resources."""
        return self._estate.catalog

    @property
    def places(self) -> Iterable[PlaceLists]:
        """The lists that were read, of all projects."""
        return tuple(self._lists.values())

    @property
    def known_places(self) -> Iterable[PlaceLists]:
        """The lists of all projects in which the account has resources; those of one that was not read are empty."""
        return tuple(each.lists for each in self._places.values())

    def lists_of(self, place: ProjectRegion) -> PlaceLists:
        """Return what was read in a project."""
        return self._lists.get(place, PlaceLists(place=place))

    def _count_change(self, region: str) -> None:
        self.versions[region] = self.versions.get(region, 0) + 1

    def _index(self, lists: PlaceLists, before: PlaceIndex | None = None) -> PlaceIndex:
        return PlaceIndex(lists, self._expected.get(lists.place, NOTHING_EXPECTED), before)


def place_of(resource: Resource) -> ProjectRegion:
    """Return region and project of a resource: its own project, never the default one of its region."""
    return ProjectRegion(resource.region_code.raw, resource.project_id.raw)


def _expected_ids(catalog: Catalog, now: datetime) -> Mapping[ProjectRegion, ExpectedIds]:
    """Return the ids of the resources in use by their place and kind."""
    expected: defaultdict[ProjectRegion, defaultdict[ResourceKind, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in catalog.resources:
        if each.status == Status.IN_USE and each.is_effective(now) and is_listed_by_service(each):
            expected[place_of(each)][kind_of(each)].append(each.id)
    return expected


def _findings(subject: Subject) -> ResourceFindings:
    cluster = cluster_of(subject) if subject.kind is ResourceKind.SERVER else None
    backups, manual = backup_findings_of(subject), manual_backup_of(subject)
    return ResourceFindings(
        run_state=run_state_of(subject),
        attached_to=attached_to(subject),
        bound_to=bound_to(subject),
        shared_with=shared_with(subject),
        tags=tags_of(subject),
        cluster=cluster,
        deletion_protection=deletion_protection_of(subject, cluster),
        newest_backup=backups.newest or manual,
        lasting_backup=backups.lasting or manual,
        automatic_backup=automatic_backup_of(subject),
        backup_copies=backups.copies,
        snapshots=snapshots_of(subject),
        replicas=replicas_of(subject),
        replica_of=primary_of(subject),
        stays_behind=stays_behind_of(subject),
        shared_bandwidths=shared_bandwidths_of(subject),
        vaults=vaults_of(subject),
        backups_inside=backups_inside(subject),
        recycle_bin=recycle_bin_of(subject),
        activity=activity_of(subject),
    )
