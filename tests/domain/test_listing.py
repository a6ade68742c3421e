"""The order of the list: groups, folding, two sort keys, filters; nothing that was found is out of sight."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.filters import parse
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.listing import Listing
from unsub_tui.domain.resource import Resource
from unsub_tui.present.facts import RowFacts

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def build(shape: list[tuple[str, int]]) -> Listing:
    """Return a settled list of main resources, each of a service and with so many attached ones."""
    listing = Listing(lambda rows: RowFacts(rows, lambda: NOW, {}, lambda _: None))
    resources = []
    for number, (service, attached) in enumerate(shape):
        resources += [
            Resource(
                resource_id=Foreign(f"m{number}a{each}"),
                resource_name=Foreign(f"disk-{number}"),
                parent_resource_id=Foreign(f"m{number}"),
                is_main_resource=False,
            )
            for each in range(attached)
        ]
        resources.append(
            Resource(
                resource_id=Foreign(f"m{number}"),
                resource_name=Foreign(f"host-{number % 3}"),
                service_type_code=Foreign(service),
            )
        )
    listing.extend(resources)
    listing.settle()
    return listing


def ids(listing: Listing) -> list[str]:
    """Return the ids in the order of the screen."""
    return [listing.rows[row].id for row in listing.shown]


SHAPES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=8)


@given(SHAPES)
def test_attached_ones_follow_their_main_one_wherever_it_goes(shape: list[tuple[str, int]]) -> None:
    """Sorted by service, then by name, both keys hold; groups stay whole."""
    listing = build(shape)
    listing.sort(
        ("service", lambda each: each.service_type_code.raw, True), ("name", lambda each: each.resource_name.raw, False)
    )
    shown = [listing.rows[row] for row in listing.shown]
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
            assert listing.fold(row) is has_attached
    listing.filter(parse(words))
    fitting = {listing.rows[row].id for row in parse(words).rows(listing.facts, range(len(listing)))}
    shown = set(ids(listing))
    assert shown <= fitting
    for hidden in fitting - shown:
        main = hidden.split("a")[0]
        assert main in shown
        assert (int(main[1:]) in toggled) is not all_folded


@given(
    SHAPES, st.lists(st.sampled_from(["h", "ho", "host", "host-1", "d", "disk", "", "-host", "is:main"]), max_size=6)
)
def test_a_row_of_filters_ends_where_the_last_one_alone_would(shape: list[tuple[str, int]], texts: list[str]) -> None:
    """Narrowing while one types is only a shorter way."""
    listing, fresh = build(shape), build(shape)
    for text in texts:
        listing.filter(parse(text))
    fresh.filter(parse(texts[-1] if texts else ""))
    assert ids(listing) == ids(fresh)
