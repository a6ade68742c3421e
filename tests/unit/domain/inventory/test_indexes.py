"""Indexes of lists that have not changed are used again; the findings are those of new indexes."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import by_effort
from tests.unit.domain.inventory.builders import NOW, catalog_of
from tests.unit.domain.inventory.worlds import views, worlds
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.place_index import SOURCES, PlaceIndex
from unsub_tui.domain.inventory.place_lists import PlaceLists


def test_the_lists_of_each_index_are_known() -> None:
    """An index whose lists are not named would never be used again."""
    cached = {name for name, value in vars(PlaceIndex).items() if isinstance(value, cached_property)}
    assert cached == set(SOURCES)


@settings(max_examples=by_effort(15, 300, 3000), deadline=None)
@given(st.data())
def test_findings_do_not_depend_on_the_order_in_which_lists_arrive(data: st.DataObject) -> None:
    """One list after the other, with conclusions in between, or all of them at once."""
    world = data.draw(worlds())
    final = data.draw(views(world)).places
    catalog = catalog_of(world.billed)
    growing = Inventory(catalog, now=NOW)
    names = [each.name for each in fields(PlaceLists) if each.name != "place"]
    for whole in final:
        lists = PlaceLists(place=whole.place)
        for name in data.draw(st.permutations(names)):
            lists = replace(lists, **{name: getattr(whole, name)})
            growing.replace_place(lists)
            growing.findings_of(data.draw(st.sampled_from(catalog.resources)))
    at_once = Inventory(catalog, final, now=NOW)
    for each in catalog.resources:
        assert growing.findings_of(each) == at_once.findings_of(each)
