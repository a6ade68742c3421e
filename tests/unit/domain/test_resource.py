"""Which resources are deleted with a primary one, and which orders concern a service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.order import Order, OrderAmounts
from unsub_tui.domain.resource import Catalog, Resource, RowDefect, Status, have_common_service, join_rows
from unsub_tui.domain.untrusted_text import UntrustedText

EC2, EBS, RDS = "hws.service.type.ec2", "hws.service.type.ebs", "hws.service.type.rds"


def catalog_of(parents: dict[str, str]) -> Catalog:
    """Return a catalog of `main` and of these attached resources, each with its parent."""
    catalog = Catalog()
    attached = [
        Resource(resource_id=UntrustedText(each), parent_resource_id=UntrustedText(parent), is_main_resource=False)
        for each, parent in parents.items()
    ]
    catalog.add_page([Resource(resource_id=UntrustedText("main")), *attached])
    return catalog


def attached_ids(catalog: Catalog) -> list[str]:
    """Return what is deleted with `main`."""
    main = catalog.get("main")
    assert main is not None
    return [each.id for each in catalog.attached_to(main)]


def test_chains_belong_to_their_primary_resource() -> None:
    """A disk of a disk of a server goes with the server, and is told to belong to it."""
    catalog = catalog_of({"a": "main", "b": "a", "c": "b", "other": "elsewhere"})
    assert attached_ids(catalog) == ["a", "b", "c"]
    last = catalog.get("c")
    assert last is not None
    assert catalog.primary_of(last) is catalog.get("main")


def test_a_cycle_belongs_to_nothing() -> None:
    """Resources that are attached to each other end no loop and go with nothing."""
    catalog = catalog_of({"a": "b", "b": "a", "c": "c", "d": "a"})
    assert attached_ids(catalog) == []
    assert [catalog.primary_of(each) for each in catalog.resources] == [None] * 5


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([*"abcdefgh", "main", "gone"])))
def test_exactly_what_leads_to_the_primary_resource_is_deleted_with_it(parents: dict[str, str]) -> None:
    """Whatever the parents are: each attached resource once, and both directions agree."""
    catalog = catalog_of(parents)
    found = attached_ids(catalog)
    assert len(set(found)) == len(found)
    main = catalog.get("main")
    assert set(found) == {each.id for each in catalog.resources if catalog.primary_of(each) is main}


@pytest.mark.parametrize(
    ("named", "services", "concerns"),
    [
        (EC2, (EC2,), True),
        (EC2, (EBS,), False),
        (f"{EBS},{EC2}", (EC2,), True),
        (f"{EBS}, {EC2}", (EC2,), True),
        (f" {EBS} ,{RDS}", (EC2,), False),
        (f"{EBS},{RDS}", (EC2, EBS), True),
        (f"{EBS};{EC2}", (EC2,), True),
        (f"{EBS} {EC2}", (EC2,), True),
        ("ebs, ec2", ("ec2",), True),
        ("EBS,EC2", ("ebs, ec2",), True),
        (EC2.upper(), (EC2,), True),
        (EC2, (EC2.upper(),), True),
        (EC2, (f"{EBS},{EC2}",), True),
        ("", (EC2,), True),
        (" , ", (EC2,), True),
        (EC2, (), False),
        (EC2, ("",), False),
        ("hws.service.type.ec", (EC2,), False),
    ],
)
def test_an_order_concerns_the_services_that_it_names(named: str, services: tuple[str, ...], *, concerns: bool) -> None:
    """Its service types are a list, blanks and case aside; one that names none can be about any."""
    kind, amounts = UntrustedText(named), OrderAmounts()
    order = Order(order_id="CS1", order_type=4, status=5, currency="USD", service_type_code=kind, amounts=amounts)
    assert order.concerns(*services) is concerns


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((EC2, EBS), (f" {EBS.upper()}, {RDS}",), True),
        (("ebs, ec2",), ("EC2",), True),
        ((EC2,), (EBS, RDS), False),
        (("",), ("",), True),
    ],
)
def test_items_are_compared_like_orders(one: tuple[str, ...], other: tuple[str, ...], *, common: bool) -> None:
    """Two items of a crashed run compete for an order if their service types overlap, in whatever form they are."""
    assert have_common_service(one, other) is common
    assert have_common_service(other, one) is common


ROWS = st.builds(
    Resource,
    resource_id=st.sampled_from("ab").map(UntrustedText),
    resource_name=st.sampled_from(["", "web", "db"]).map(UntrustedText),
    is_main_resource=st.booleans(),
    status=st.sampled_from([2, 3, 4, 8]),
    expire_policy=st.sampled_from([None, 0, 3]),
    update_time=st.sampled_from([None, datetime(2026, 1, 1, tzinfo=UTC)]),
)


@given(st.lists(ROWS, max_size=8))
def test_rows_of_one_resource(rows: list[Resource]) -> None:
    """One row for each resource, or all living ones marked; nothing that two rows state differently counts."""
    joined = join_rows(rows)
    for resource_id in {each.id for each in rows}:
        same = [each for each in rows if each.id == resource_id]
        living = [each for each in same if each.status != Status.CLOSED]
        found = [each for each in joined if each.id == resource_id]
        names = {each.resource_name.raw for each in living} - {""}
        policies = {each.expire_policy for each in living} - {None}
        states = {(each.status, each.is_main_resource) for each in living}
        if not living:
            assert found == same[:1]
        elif max(len(names), len(policies), len(states)) > 1:
            assert found == [replace(each, defect=RowDefect.CONTRADICTORY) for each in living]
        else:
            (row,) = found
            assert {row.resource_name.raw} - {""} == names
            assert {row.expire_policy} - {None} == policies
            assert row.defect is None
    assert join_rows(joined) == joined
