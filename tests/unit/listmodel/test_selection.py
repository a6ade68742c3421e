"""Marks: a set of ids whose every change can be taken back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.listmodel.selection import Selection

IDS = st.sets(st.sampled_from("abcdefgh"), max_size=6)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove", "flip"]), IDS), max_size=12)


def apply_steps(steps: list[tuple[str, set[str]]]) -> tuple[Selection, list[set[str]]]:
    """Return marks after these steps, and what was marked after each step that changed something."""
    marks, history = Selection(), [set[str]()]
    for name, ids in steps:
        {"add": marks.add, "remove": marks.remove, "flip": marks.toggle}[name](ids)
        if set(marks) != history[-1]:
            history.append(set(marks))
    return marks, history


@given(STEPS)
def test_undo_goes_all_the_way_back_and_redo_all_the_way_forth(steps: list[tuple[str, set[str]]]) -> None:
    """Every state comes by again, in both directions."""
    marks, history = apply_steps(steps)
    for earlier in reversed(history[:-1]):
        marks.undo()
        assert set(marks) == earlier
    for later in history[1:]:
        marks.redo()
        assert set(marks) == later


@given(STEPS, IDS)
def test_flipping_twice_changes_nothing(steps: list[tuple[str, set[str]]], ids: set[str]) -> None:
    """Inverting is its own inverse."""
    marks, _ = apply_steps(steps)
    before = set(marks)
    marks.toggle(ids)
    marks.toggle(ids)
    assert set(marks) == before


@given(STEPS)
def test_clearing_says_how_many_and_comes_back(steps: list[tuple[str, set[str]]]) -> None:
    """Clearing is one step."""
    marks, history = apply_steps(steps)
    assert marks.clear() == len(history[-1])
    assert len(marks) == 0
    if history[-1]:
        marks.undo()
        assert set(marks) == history[-1]


def test_the_keys_of_a_dictionary_are_marked_and_it_stays_as_it_was() -> None:
    """What a list has ready for marking all is no part of the marks: unmarking leaves it alone."""
    ready = dict.fromkeys("abc")
    marks = Selection()
    assert marks.add(ready) == 3
    marks.toggle(["a", "d"])
    assert (list(marks), list(ready)) == (["b", "c", "d"], ["a", "b", "c"])
    assert marks.add(ready) == 1
