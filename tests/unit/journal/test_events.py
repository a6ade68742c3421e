"""What is written is read again, whatever it holds; what contradicts itself cannot be written or read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.journal_documents import ATTEMPT, NOW, make_run
from unsub_tui.domain.account import Actor
from unsub_tui.domain.breakdown import Breakdown, OrderShare, ResourceShare
from unsub_tui.domain.fact import FACT_CODES, Fact
from unsub_tui.domain.leftovers import FollowupResult, Leftover, LeftoverReason
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.run import PlanFileRef
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal import events
from unsub_tui.journal.codec import Document, RunDocument

text = st.text(max_size=9)
untrusted = text.map(UntrustedText)
money = st.decimals(allow_nan=False, allow_infinity=False)
count = st.integers(0, 10**6)
amounts = st.builds(
    Amounts,
    currency=text,
    **dict.fromkeys(("paid", "consumed", "handling_fee", "refund", "coupon_lost"), st.none() | money),
)
stated: st.SearchStrategy[Fact] = st.recursive(
    st.builds(Fact, st.sampled_from(sorted(FACT_CODES))),
    lambda inner: st.builds(
        Fact,
        st.sampled_from(sorted(FACT_CODES)),
        st.lists(st.tuples(text, text | count | inner | st.none()), max_size=2).map(tuple),
    ),
    max_leaves=3,
)
problems = st.builds(
    Problem,
    kind=st.sampled_from(ProblemKind),
    facts=st.lists(stated, max_size=2).map(tuple),
    detail=text,
    code=untrusted,
    message=untrusted,
    request_id=untrusted,
    http_status=st.none() | count,
    operation=text,
    permission=text,
)
breakdowns = st.builds(
    Breakdown,
    by_order=st.tuples(st.builds(OrderShare, text, money, money)),
    by_resource=st.tuples(st.builds(ResourceShare, text, text, money, money, money)),
    missing=st.tuples(stated),
)
leftovers = st.builds(
    Leftover,
    resource_id=text,
    reason=st.sampled_from(LeftoverReason),
    status=count,
    resource_name=untrusted,
    service_type_code=untrusted,
    resource_type_code=untrusted,
    region_code=untrusted,
)
followups = st.builds(FollowupResult, leftovers=st.tuples(leftovers), unlisted_count=count, missing=st.tuples(stated))
order_ids = st.lists(text, min_size=1, max_size=2).map(tuple)
entries: st.SearchStrategy[events.Entry] = st.one_of(
    st.builds(events.RunStarted, document_hash=text),
    st.builds(events.RunClosed, problem=st.none() | problems),
    st.builds(events.Submitting, attempt=st.builds(ATTEMPT.model_copy)),
    st.builds(events.Confirmed, problem=st.none() | problems),
    st.builds(events.Skipped, problem=problems),
    st.builds(events.Rejected, problem=problems),
    st.builds(events.Accepted, order_ids=order_ids),
    st.builds(events.OrderStatusRead, order_status=count),
    st.builds(events.Unknown, problem=problems),
    st.builds(events.OrdersDisproved, order_ids=order_ids, problem=problems),
    st.builds(events.CandidatesFound, candidates=order_ids),
    st.just(events.GoneNoOrder()),
    st.just(events.NotExecuted()),
    st.builds(events.OrderFailed, problem=problems),
    st.builds(events.Settled, exact=st.none() | amounts),
    st.builds(events.BreakdownRead, breakdown=breakdowns),
    st.builds(events.FollowupChecked, followup=followups),
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


def test_every_kind_of_entry_has_its_name() -> None:
    """The names are part of every record's hash chain."""
    assert set(events.ENTRY_TYPES) == {
        "run_started",
        "run_ended",
        "submitting",
        "confirmed",
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
    }
    assert all(issubclass(each, Document) for each in events.ENTRY_TYPES.values())
