"""The list that app and commands share: eligible rows, filters by state, selection, and the sum of hidden ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lists import EVS, NOW, WAF, StubAccount, listed_tabs, make_resource
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.guards import Guards
from unsub_tui.domain.resource import Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.listmodel.filters import parse
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.filter_facts import ResourceFacts


def matching(resources: ResourceList, text: str) -> list[str]:
    """Return the ids that a filter finds."""
    return [resources.rows.ids[row] for row in resources.matching_rows(parse(text))]


def test_protected_resources_are_neither_eligible_nor_selectable() -> None:
    """The guard holds for the filter as for the selection, on every tab."""
    account = StubAccount(guards=Guards(protected=("*",)))
    tabs = listed_tabs(make_resource("a"), make_resource("b", days=3), account=account)
    for tab, key in ((Tab.ACTIVE, "a"), (Tab.INACTIVE, "b")):
        resources = tabs.by_tab[tab]
        assert matching(resources, "is:eligible") == []
        assert matching(resources, "is:blocked") == [key]
        result = resources.selection.select_visible()
        assert (result.selected_count, result.skipped) == (0, {BlockedReason.PROTECTED: 1})


def test_states_of_rows() -> None:
    """Eligible rows can be selected; blocked ones cannot be unsubscribed from in any way."""
    closed = replace(make_resource("gone"), status=Status.CLOSED)
    fresh = make_resource("fresh", days=-2)
    resources = listed_tabs(fresh, make_resource("disk", main="fresh"), make_resource("waf", WAF), closed).current
    resources.selection.select_ids(["fresh"])
    assert matching(resources, "is:eligible") == ["fresh"]
    assert matching(resources, "is:blocked") == ["gone"]
    assert matching(resources, "is:selected") == ["fresh"]
    assert matching(resources, "is:five-day") == ["fresh"]


def test_selected_resources_that_are_hidden_are_counted() -> None:
    """By filter, folding, and undo while they are hidden; clearing forgets them."""
    resources = listed_tabs(make_resource("a"), make_resource("b"), make_resource("c")).current
    selection = resources.selection
    assert selection.select([0, 1]).selected_count == 2
    resources.rows.set_filter(parse("id:b"))
    assert (selection.hidden_count, set(selection.hidden_ids())) == (1, {"a"})
    assert selection.deselect_visible() == 1
    assert selection.undo() == 1
    assert selection.hidden_count == 1
    assert selection.clear() == 2
    assert selection.hidden_count == 0
    assert (selection.undo(), selection.hidden_count, selection.redo(), selection.hidden_count) == (2, 1, 2, 0)


@pytest.mark.parametrize("text", ["", "c"])
def test_rows_that_cannot_be_selected_are_skipped_with_a_reason(text: str) -> None:
    """All rows at once, or a part of them; ids that are not in the list are reported."""
    resources = listed_tabs(
        make_resource("c1"), make_resource("c2", WAF), make_resource("c3", EVS, main="c1"), make_resource("d", WAF)
    ).current
    resources.rows.set_filter(parse(text))
    result = resources.selection.select_visible()
    assert (result.selected_count, result.skipped[BlockedReason.ATTACHED]) == (1, 1)
    assert resources.selection.in_listing_order() == ["c1"]
    found = resources.selection.select_ids(["c1", "c1", "c2", "x"])
    assert (found.selected_count, found.missing) == (1, ("x",))
    assert [(each.id, reason) for each, reason in found.skipped] == [("c2", BlockedReason.NOT_BATCH_ELIGIBLE)]


KINDS = {
    "server": make_resource("server"),
    "disk": make_resource("disk", main="server"),
    "waf": make_resource("waf", WAF),
    "closed": replace(make_resource("closed", WAF), status=Status.CLOSED),
    "protected": make_resource("protected", WAF),
}


@given(st.lists(st.sampled_from(["on", "off", "page", "listing"]), max_size=12))
def test_queue_mode_frees_the_selection_from_the_batch_list_only(steps: list[str]) -> None:
    """Whatever comes while a listing is read: what is shown is as if the mode had been so from the beginning."""
    tabs = ResourceTabs(
        ListContext(StubAccount(guards=Guards(protected=("protected",))), lambda: NOW),
        ResourceFacts,
    )
    resources, listing, number = tabs.current, tabs.start_listing(), 0
    for step in [*steps, "page", "listing"]:
        match step:
            case "page":
                number += 1
                page = [replace(each, resource_id=UntrustedText(f"{key}{number}")) for key, each in KINDS.items()]
                tabs.add_page(listing, page)
            case "listing":
                tabs.finish_listing(listing)
                listing = tabs.start_listing()
            case _:
                resources.set_one_by_one(on=step == "on")
        wanted = {"server", "waf"} if resources.one_by_one else {"server"}
        selectable = {each.rstrip("0123456789") for each in matching(resources, "is:eligible")}
        assert selectable == (wanted if len(resources.rows) else set())
        assert resources.selection.select_visible().selected_count == len(matching(resources, "is:eligible"))
        dropped = resources.set_one_by_one(on=False)
        assert {each.id.rstrip("0123456789") for each in dropped} == selectable - {"server"}
        resources.set_one_by_one(on=wanted != {"server"})


def test_a_new_listing_keeps_the_view_and_drops_lost_resources() -> None:
    """Filter, folding and selection stay; a selected resource that is gone is reported and forgotten by undo."""
    tabs = listed_tabs(make_resource("a"), make_resource("b"), make_resource("c", main="b"))
    resources = tabs.current
    resources.selection.select_ids(["a", "b"])
    resources.rows.set_filter(parse("-zzz"))
    resources.rows.fold_all(folded=True)
    listing = tabs.start_listing()
    tabs.add_page(listing, [make_resource("b"), make_resource("c", main="b"), make_resource("d")])
    assert tabs.compare_with(listing) == (1, 1, 0)
    assert [each.id for each in tabs.finish_listing(listing)] == ["a"]
    assert [each.id for each in resources.shown_resources()] == ["b", "d"]
    assert (resources.query.text, resources.selection.in_listing_order()) == ("-zzz", ["b"])
    resources.selection.undo()
    resources.selection.redo()
    assert resources.selection.in_listing_order() == ["b"]


def test_rows_of_one_resource_on_several_pages() -> None:
    """Agreeing rows become one; contradictory ones are all shown and cannot be selected, whichever page comes first."""
    same, odd, closed, plain = map(make_resource, ("same", "odd", "closed", "plain"))
    tabs = ResourceTabs(ListContext(StubAccount(), lambda: NOW), ResourceFacts)
    listing = tabs.start_listing()
    for page in ([same, odd, closed], [plain, replace(closed, status=3)], [same, replace(odd, status=4)]):
        tabs.add_page(listing, page)
    tabs.finish_listing(listing)

    active = tabs.current
    assert [each.id for each in active.shown_resources()] == ["same", "odd", "odd", "closed", "plain"]
    assert [active.reason_at(row) for row in range(5)] == [
        *(None, BlockedReason.CONTRADICTORY, BlockedReason.CONTRADICTORY),
        *(None, None),
    ]
    active.selection.select_visible()
    assert [each.id for each in active.selected_resources()] == ["same", "closed", "plain"]
    active.catalog.mark_closed(["same"])
    assert [each.status for each in active.catalog.resources] == [3, 2, 4, 2, 2]
