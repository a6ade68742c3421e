"""The order of the list: groups, folding, two sort keys, filters; nothing that was found is out of sight."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.lists import ECS, NOW, make_resource
from unsub_tui.domain.resource import Status
from unsub_tui.listmodel.filters import parse, parse_lenient
from unsub_tui.listmodel.row_model import RowModel
from unsub_tui.present.filter_facts import ResourceFacts


def build(shape: list[tuple[str, int]]) -> RowModel:
    """Return a settled list of main resources, each of a service and with so many attached ones."""
    listing = RowModel(lambda rows: ResourceFacts(rows, lambda: NOW, {}, lambda _: None))
    resources = []
    for number, (service, attached) in enumerate(shape):
        main = f"m{number}"
        resources += [make_resource(f"{main}a{each}", name=f"disk-{number}", main=main) for each in range(attached)]
        resources.append(make_resource(main, service, name=f"host-{number % 3}"))
    listing.add_page(resources)
    listing.reorder()
    return listing


def ids(listing: RowModel) -> list[str]:
    """Return the ids in the order of the screen."""
    return [listing.resources[row].id for row in listing.visible_rows]


SHAPES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8)


@given(SHAPES)
def test_attached_ones_follow_their_main_one_wherever_it_goes(shape: list[tuple[str, int]]) -> None:
    """Sorted by service, then by name, both keys hold; groups stay whole."""
    listing = build(shape)
    listing.set_sort(
        ("service", lambda each: each.service_type_code.raw, True), ("name", lambda each: each.resource_name.raw, False)
    )
    shown = [listing.resources[row] for row in listing.visible_rows]
    assert len(shown) == len(listing)
    mains = [each for each in shown if each.is_main_resource]
    keys = [(-ord(each.service_type_code.raw), each.resource_name.raw) for each in mains]
    assert keys == sorted(keys)
    above = ""
    for each in shown:
        above = each.id if each.is_main_resource else above
        assert each.is_main_resource or each.parent_resource_id.raw == above


@given(
    SHAPES,
    st.sampled_from(["all", "none"]),
    st.sets(st.integers(0, 7)),
    st.sampled_from(["", "host", "disk", "host-0"]),
)
def test_folding_hides_only_what_stands_under_a_main_one_that_is_shown(
    shape: list[tuple[str, int]], folded: str, toggled: set[int], words: str
) -> None:
    """A filter that finds an attached one shows it, folded or not, where its main one does not fit."""
    listing, all_folded = build(shape), folded == "all"
    listing.fold_all(folded=all_folded)
    for number in toggled:
        row = listing.row_of(f"m{number}")
        if row is not None:
            has_attached = shape[number][1] > 0
            assert listing.toggle_fold(row) is has_attached
    listing.set_filter(parse(words))
    fitting = {listing.resources[row].id for row in parse(words).match_rows(listing.facts, range(len(listing)))}
    shown = set(ids(listing))
    assert shown <= fitting
    for hidden in fitting - shown:
        main = hidden.split("a")[0]
        assert main in shown
        assert (int(main[1:]) in toggled) is not all_folded


@given(
    SHAPES, st.lists(st.sampled_from(["h", "ho", "host", "host-1", "d", "disk", "", "-host", "is:primary"]), max_size=6)
)
def test_a_row_of_filters_ends_where_the_last_one_alone_would(shape: list[tuple[str, int]], texts: list[str]) -> None:
    """Narrowing while one types is only a shorter way."""
    listing, fresh = build(shape), build(shape)
    for text in texts:
        listing.set_filter(parse(text))
    fresh.set_filter(parse(texts[-1] if texts else ""))
    assert ids(listing) == ids(fresh)


@given(
    SHAPES,
    st.sampled_from(["web OR", "-type:bogus", "state:2", "name:/(/", "refund>"]),
    st.sampled_from(["all", "none"]),
)
def test_a_wrong_filter_shows_nothing_whatever_else_changes(
    shape: list[tuple[str, int]], text: str, folded: str
) -> None:
    """Sorted, folded, narrowed to some or grown: no rows; the right filter shows all that fit, as in a new list."""
    listing, fresh = build(shape), build([*shape, ("b", 1)])
    listing.set_filter(parse_lenient("host"))
    listing.set_filter(parse_lenient(text))
    listing.fold_all(folded=folded == "all")
    listing.set_sort(("name", lambda each: each.resource_name.raw, False))
    listing.restrict_to(lambda each: each.is_main_resource)
    listing.restrict_to(None)
    listing.fold_all(folded=False)
    listing.add_page(fresh.resources[len(listing) :])
    assert (listing.visible_rows, listing.filter_error is not None) == ([], True)
    listing.set_filter(parse_lenient("hos"))
    listing.set_sort()
    fresh.set_filter(parse_lenient("hos"))
    assert (ids(listing), listing.filter_error) == (ids(fresh), None)


def test_a_value_is_unknown_until_the_page_with_it_arrives() -> None:
    """While the list grows, a service that nobody knows yet is wrong; negated as well."""
    more = build([("quantum", 1)])
    for text, found in (("type:quantum", ["m0"]), ("-type:quantum", ["n0"])):
        listing = build([])
        listing.set_filter(parse_lenient(text))
        listing.add_page([make_resource("n0", ECS)])
        assert (listing.visible_rows, listing.filter_error is not None) == ([], True)
        listing.add_page([each for each in more.resources if each.is_main_resource])
        assert (ids(listing), listing.filter_error) == (found, None)


def test_what_is_known_of_a_row_later_is_asked_anew() -> None:
    """A row that was closed in the list is not found any more by typing on from a filter that had found it."""
    listing = build([("a", 0), ("b", 0)])
    listing.set_filter(parse_lenient("use"))
    listing.replace_resources([replace(listing.resources[0], status=Status.CLOSED)])
    listing.set_filter(parse_lenient("use h"))
    listing.set_filter(parse_lenient("use ho"))
    assert ids(listing) == ["m1"]


@given(SHAPES, st.sampled_from(["h", "host-1", "m1", "-host", "type:a", "-type:b d", "is:primary", "zz"]))
def test_a_filter_keeps_the_order_of_a_sorted_list(shape: list[tuple[str, int]], text: str) -> None:
    """A sorted list shows what fits, and nothing else, where it stood among all rows."""
    listing = build(shape)
    fitting = {listing.resources[row].id for row in parse(text).match_rows(listing.facts, range(len(listing)))}
    listing.set_sort(
        ("service", lambda each: each.service_type_code.raw, True), ("name", lambda each: each.resource_name.raw, False)
    )
    before = ids(listing)
    listing.set_filter(parse(text))
    assert ids(listing) == [each for each in before if each in fitting]
    listing.set_filter(parse(""))
    assert ids(listing) == before


def test_groups_are_as_they_were_while_more_rows_arrive() -> None:
    """Folded ones stay folded until the listing is whole; one that arrives before its main one then follows it."""
    listing = build([("a", 2)])
    listing.fold_all(folded=True)
    listing.add_page([make_resource("late", main="new"), make_resource("new")])
    assert ids(listing) == ["m0", "late", "new"]
    listing.reorder()
    assert ids(listing) == ["m0", "new"]
    listing.fold_all(folded=False)
    assert ids(listing) == ["m0", "m0a0", "m0a1", "new", "late"]
