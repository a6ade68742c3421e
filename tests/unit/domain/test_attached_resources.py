"""Which resources are deleted with a primary one: attached to it, or to one that is, at any depth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import UntrustedText


def catalogue_of(parents: dict[str, str]) -> Catalog:
    """Return a catalogue of `main` and of these attached resources, each with its parent."""
    catalogue = Catalog()
    attached = [
        Resource(resource_id=UntrustedText(each), parent_resource_id=UntrustedText(parent), is_main_resource=False)
        for each, parent in parents.items()
    ]
    catalogue.add_page([Resource(resource_id=UntrustedText("main")), *attached])
    return catalogue


def attached_ids(catalogue: Catalog) -> list[str]:
    """Return what is deleted with `main`."""
    main = catalogue.get("main")
    assert main is not None
    return [each.id for each in catalogue.attached_to(main)]


def test_chains_belong_to_their_primary_resource() -> None:
    """A disk of a disk of a server goes with the server, and is told to belong to it."""
    catalogue = catalogue_of({"a": "main", "b": "a", "c": "b", "other": "elsewhere"})
    assert attached_ids(catalogue) == ["a", "b", "c"]
    last = catalogue.get("c")
    assert last is not None
    assert catalogue.primary_of(last) is catalogue.get("main")


def test_a_cycle_belongs_to_nothing() -> None:
    """Resources that are attached to each other end no loop and go with nothing."""
    catalogue = catalogue_of({"a": "b", "b": "a", "c": "c", "d": "a"})
    assert attached_ids(catalogue) == []
    assert [catalogue.primary_of(each) for each in catalogue.resources] == [None] * 5


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([*"abcdefgh", "main", "gone"])))
def test_exactly_what_leads_to_the_primary_resource_is_deleted_with_it(parents: dict[str, str]) -> None:
    """Whatever the parents are: each attached resource once, and both directions agree."""
    catalogue = catalogue_of(parents)
    found = attached_ids(catalogue)
    assert len(set(found)) == len(found)
    main = catalogue.get("main")
    assert set(found) == {each.id for each in catalogue.resources if catalogue.primary_of(each) is main}
