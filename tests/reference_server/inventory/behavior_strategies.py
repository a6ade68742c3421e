"""How services answer: well, or with what is missing, wrong or in motion."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.reference_server.inventory.behavior import ABSENT, Behavior, Failure, FieldChange, PageChange
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.failures import DENIALS, FORMS
from tests.reference_server.inventory.routes import ROUTES, SERVICES

TELLS_MORE = (
    *("evs.list_volumes", "vpc.list_publicips", "cbr.list_vault", "cbr.list_backups", "rds.list_instances"),
    *("rds.list_backups", "cce.list_nodes", "rms.list_all_resources"),
)
"""Lists that say whether there is more by something else than a full page."""
TELLS_COUNT = (
    *("ecs.list_servers_details", "evs.list_volumes", "evs.list_snapshots", "vpc.list_publicips", "cbr.list_vault"),
    *("cbr.list_backups", "rds.list_instances", "rds.list_backups", "rds.list_off_site_instances"),
)
"""Lists that say how many rows they have."""
_FIELDS = (
    *("status", "name", "id", "metadata", "attachments", "tags", "created", "created_at", "billing_info", "vnic"),
    *("bandwidth", "resource_id", "vault_id", "expired_at", "children", "billing", "resources", "related_instance"),
    *("charge_info", "spec", "os-extended-volumes:volumes_attached", "OS-EXT-STS:task_state", "updated", "type"),
)
_ODD: tuple[object, ...] = (None, ABSENT, 7, -1, "", "\x1b[31m", True, [], [None], {}, {"a": []}, 1e300, "2026-99-99T")


@st.composite
def behaviors(draw: st.DrawFn, estate: Estate) -> Behavior:
    """Return behaviors of services that hold an estate: mostly one thing is odd, sometimes several."""
    topics = draw(st.sets(st.sampled_from(("failures", "grants", "counts", "rows", "fields", "pages")), max_size=3))
    ids = [*(each.id for each in estate.items()), *(each.id for each in estate.backups)]
    some_ids = st.frozensets(st.sampled_from(ids), max_size=2) if ids else st.just(frozenset[str]())
    has_grants = "grants" in topics
    granted = draw(st.frozensets(st.sampled_from(("0", "ep1", "ep2")))) if has_grants else None
    return Behavior(
        failures=tuple(draw(st.lists(failures(estate), min_size=1, max_size=3))) if "failures" in topics else (),
        granted=granted,
        lists_default_only=draw(st.booleans()) if has_grants else False,
        knows_all_granted=has_grants or draw(st.integers(0, 3)) > 0,
        wrong_counts=tuple(draw(_wrong_counts())) if "counts" in topics else (),
        hidden=draw(some_ids) if "rows" in topics else frozenset(),
        strays=draw(some_ids) if "rows" in topics else frozenset(),
        field_changes=tuple(draw(st.lists(_field_changes(ids), min_size=1, max_size=2)))
        if "fields" in topics and ids
        else (),
        **(draw(_pages()) if "pages" in topics else {}),
        most_metrics=draw(st.sampled_from((500, 500, 10))),
        day_starts_hour=estate.behavior.day_starts_hour,
        includes_end=estate.behavior.includes_end,
        tells_empty_metrics=draw(st.booleans()),
    )


def operations() -> st.SearchStrategy[str]:
    """Return operations of services."""
    return st.sampled_from(sorted(each.full_name for each in ROUTES))


def failures(estate: Estate) -> st.SearchStrategy[Failure]:
    """Return failures of one operation or a whole service: missing permissions in each form above all."""
    return st.builds(
        Failure,
        operation=operations() | st.sampled_from(SERVICES),
        form=st.sampled_from((*DENIALS, "not offered")) | st.sampled_from(FORMS),
        project_id=st.sampled_from(("", *(each.id for each in estate.projects))),
        times=st.sampled_from((None, None, 1)),
    )


def _wrong_counts() -> st.SearchStrategy[list[tuple[str, int]]]:
    wrong = st.tuples(st.sampled_from(TELLS_COUNT), st.sampled_from((-1, 1, 1000)))
    return st.lists(wrong, min_size=1, max_size=2, unique_by=lambda each: each[0])


def _field_changes(ids: list[str]) -> st.SearchStrategy[FieldChange]:
    return st.builds(FieldChange, id=st.sampled_from(ids), field=st.sampled_from(_FIELDS), value=st.sampled_from(_ODD))


@st.composite
def _pages(draw: st.DrawFn) -> dict[str, Any]:
    """Return short pages of an operation, and perhaps what happens behind the first of them."""
    operation = draw(st.sampled_from(TELLS_MORE))
    change = PageChange(operation=operation, removes_marker=True)
    return {
        "page_sizes": ((operation, draw(st.integers(1, 3))),),
        "page_changes": (change,) if draw(st.booleans()) else (),
    }
