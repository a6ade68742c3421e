"""What is written is read again, whatever it holds; what contradicts itself cannot be written or read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, ValidationError

from tests.support.journal_documents import ATTEMPT, NOW, make_run
from unsub_tui.domain.account import Actor
from unsub_tui.domain.fact import FACT_CODES, Fact
from unsub_tui.domain.plan import PlanFileRef
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal import events
from unsub_tui.journal.codec import Document, RunDocument

text = st.text(max_size=9)
untrusted = text.map(UntrustedText)
codes = st.sampled_from(sorted(FACT_CODES))
facts: st.SearchStrategy[Fact] = st.recursive(
    st.builds(Fact, codes),
    lambda inner: st.builds(
        Fact, codes, st.lists(st.tuples(text, text | st.integers() | inner | st.none()), max_size=2).map(tuple)
    ),
    max_leaves=3,
)
KNOWN: dict[object, st.SearchStrategy[Any]] = {
    str: text,
    UntrustedText: untrusted,
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    Fact: facts,
    AwareDatetime: st.datetimes(timezones=st.just(UTC)),
    events.Attempt: st.just(ATTEMPT),
}
"""What fields hold, where not every value of their type."""


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Return the values that a field can have; of a class of ours, those with any value in each field."""
    if annotation in KNOWN:
        return KNOWN[annotation]
    if isinstance(annotation, type) and is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return st.builds(annotation, **{field.name: values_of(hints[field.name]) for field in fields(annotation)})
    parts = get_args(annotation)
    if get_origin(annotation) is tuple:
        return st.lists(values_of(parts[0]), min_size=1, max_size=2).map(tuple)
    return st.one_of([values_of(each) for each in parts]) if parts else st.from_type(annotation)


problems = values_of(Problem)
entries: st.SearchStrategy[events.Entry] = st.one_of(
    [
        st.builds(each, **{name: values_of(field.annotation) for name, field in each.model_fields.items()})
        for each in events.ENTRY_TYPES.values()
    ]
)


def read_again(entry: events.Entry) -> events.Entry:
    """Return an entry after it was written to a row."""
    row = events.Event(seq=1, at="", run_id="", unit=0, kind=entry.kind, payload=entry.encode(), previous="", hash="")
    return row.decode()


@given(entries)
def test_an_entry_is_read_as_it_was_written(entry: events.Entry) -> None:
    """Every field of every type comes back, such as a missing permission, and is written in the same way again."""
    assert read_again(entry) == entry
    assert read_again(entry).encode() == entry.encode()


@given(problems, st.text(st.characters(categories=["Cs", "Lu"]), max_size=9))
def test_half_characters_are_spelled_out(problem: Problem, half: str) -> None:
    """A text that is no Unicode is stored so that it can be read; nothing else changes."""
    message = UntrustedText(f"\\\\{half}")
    spelled = UntrustedText(message.raw.encode("utf-8", "backslashreplace").decode())
    written = Problem(kind=problem.kind, code=problem.code, message=message)
    entry = events.Rejected(problem=written)
    assert read_again(entry) == events.Rejected(problem=Problem(kind=problem.kind, code=problem.code, message=spelled))
    assert entry.encode().encode()


@given(text, untrusted)
def test_a_run_is_read_as_it_was_written(name: str, ticket: UntrustedText) -> None:
    """The actor, the plan file and the items of a run come back with every field."""
    actor = Actor(operator=name, account_id=name, user_id=ticket, user_name=ticket, access_key=name)
    plan_file = PlanFileRef(digest=name, planner=actor, created=NOW, ticket=ticket)
    document = make_run().model_copy(update={"plan_file": plan_file, "actor": actor})
    assert RunDocument.model_validate_json(document.encode()) == document


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("rejected", '{"problem":{"kind":"service"},"order_ids":["CS1"]}'),
        ("rejected", "{}"),
        ("submitting", "{}"),
        ("orders_disproved", '{"order_ids":[],"problem":{"kind":"service"}}'),
        ("settled", '{"exact":{"currency":"USD","refunded":"1"}}'),
        ("unknown", '{"problem":{"kind":"bad luck"}}'),
        ("planned", "{}"),
    ],
)
def test_a_contradictory_entry_is_not_read(kind: str, payload: str) -> None:
    """A rejection has no order, a request has its attempt: anything else is refused, not guessed."""
    row = events.Event(seq=1, at="", run_id="", unit=0, kind=kind, payload=payload, previous="", hash="")
    with pytest.raises((KeyError, ValidationError)):
        row.decode()


def test_an_older_entry_has_no_time_of_the_next_request() -> None:
    """A record of the version that did not write it is read all the same."""
    row = events.Event(
        seq=1, at="", run_id="", unit=0, kind="busy", payload='{"problem":{"kind":"service"}}', previous="", hash=""
    )
    entry = row.decode()
    assert isinstance(entry, events.Busy)
    assert entry.retry_at is None


def test_every_kind_of_entry_has_its_name() -> None:
    """The names are part of every record's hash chain."""
    assert set(events.ENTRY_TYPES) == {
        "run_started",
        "run_ended",
        "submitting",
        "confirmed",
        "busy",
        "skipped",
        "rejected",
        "accepted",
        "order_status",
        "unknown",
        "orders_disproved",
        "candidates",
        "gone_no_order",
        "not_executed",
        "order_failed",
        "settled",
        "breakdown",
        "followup",
        "leftovers_read",
    }
    assert all(issubclass(each, Document) for each in events.ENTRY_TYPES.values())
