"""The form of a plan file: nothing is lost on the way through it, and nothing that was changed in it is taken."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import FACT_CODES, fact
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan, PlanItem, Refusal
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.journal.plan_file import load_saved_plan, plan_file_text

MOMENT = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)

texts = st.text(max_size=12).map(UntrustedText)
money = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**9), max_value=10**9)
moments = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.builds(
    Amounts,
    currency=st.sampled_from(["USD", "CNY", ""]),
    paid=money,
    consumed=money,
    handling_fee=money,
    refund=money,
    coupon_lost=money,
)
values = st.dictionaries(st.sampled_from(["count", "name", "origin"]), st.none() | st.integers() | st.text(max_size=9))
facts = st.builds(lambda code, values: fact(code, **values), st.sampled_from(sorted(FACT_CODES)), values)


quotes = st.builds(
    Quote,
    amounts=amounts,
    kind=st.sampled_from([each for each in UnsubscriptionKind if each is not UnsubscriptionKind.RENEWAL_ONLY]),
    rules=st.lists(facts, max_size=2).map(tuple),
    missing=st.lists(facts | st.text(max_size=9), max_size=2).map(tuple),
    as_of=st.just(MOMENT),
    order_ids=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)


@st.composite
def resources(draw: st.DrawFn, *, resource_id: str = "") -> Resource:
    """Return any resource."""
    return Resource(
        resource_id=UntrustedText(resource_id or draw(st.text(max_size=9))),
        resource_name=draw(texts),
        service_type_code=draw(texts),
        region_code=draw(texts),
        status=draw(st.integers(0, 9)),
        expire_time=draw(moments),
        expire_policy=draw(st.none() | st.integers(0, 9)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Return any plan that has something in it."""
    ids = draw(st.lists(st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=3, unique=True))
    items = tuple(
        PlanItem(
            resource=draw(resources(resource_id=each)),
            attached=tuple(draw(st.lists(resources(), max_size=2))),
            quote=draw(quotes),
        )
        for each in ids
    )
    refused = draw(
        st.lists(
            st.builds(
                Refusal,
                resource=resources(),
                reason=st.sampled_from(BlockedReason),
                facts=st.lists(facts, max_size=2).map(tuple),
            )
        )
    )
    refused = [each for each in refused if each.resource.id not in ids]
    account = AccountRef(account_id="acc-1", name=draw(texts), site="intl", profile="p", alias="a")
    return Plan(
        account=account,
        created=MOMENT,
        items=items,
        refused=tuple(refused),
        account_resource_count=9,
        one_by_one=draw(st.booleans()),
    )


PLANNER = Actor(operator="alice@jump", account_id="acc-1", user_name=UntrustedText("alice"), access_key="HPUA…2C")
PLAN = Plan(
    account=AccountRef(account_id="acc-1", site="intl"),
    created=MOMENT,
    items=(
        PlanItem(
            resource=Resource(resource_id=UntrustedText("ecs-1"), resource_name=UntrustedText("web\x1b[31m")),
            quote=Quote(
                kind=UnsubscriptionKind.IN_USE,
                amounts=Amounts(currency="USD", paid=Decimal("1E+2")),
                as_of=MOMENT,
            ),
        ),
    ),
    refused=(Refusal(resource=Resource(resource_id=UntrustedText("ecs-2")), reason=BlockedReason.FROZEN),),
)
TEXT = plan_file_text(PLAN, PLANNER, "CHG-1", MOMENT)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3), max_size=3))
def test_facts_are_for_readers_only(facts: dict[str, dict[str, object]]) -> None:
    """They are in the file and in its hash, and the plan that is read is the same without them."""
    text = plan_file_text(PLAN, PLANNER, "CHG-1", MOMENT, facts)
    assert text.isascii()
    assert json.loads(text).get("facts", {}) == facts
    read, plain = load_saved_plan(text.encode()), load_saved_plan(TEXT.encode())
    assert replace(read, digest="") == replace(plain, digest="")
    assert (read.digest == plain.digest) is not bool(facts)


@given(plans(), st.text(max_size=200))
def test_what_was_written_is_read(plan: Plan, ticket: str) -> None:
    """Items with state, quote and every digit, who planned it, and the ticket come back; what is shown is ASCII."""
    text = plan_file_text(plan, PLANNER, ticket, MOMENT)
    assert text.isascii()
    filed = load_saved_plan(text.encode())
    assert [item.resource.id for item in filed.items] == [item.id for item in plan.items]
    for read, written in zip(filed.items, plan.items, strict=True):
        assert (read.resource, read.attached, read.quote) == (written.resource, written.attached, written.quote)
        assert read.fingerprint == written.fingerprint
    assert (filed.planner, filed.created, filed.as_of) == (PLANNER, MOMENT, MOMENT)
    assert (filed.ticket.raw, filed.one_by_one) == (ticket, plan.one_by_one)
    assert len(filed.digest) == 64


def refusal_reason(data: bytes) -> str:
    """Return why a file is not taken."""
    with pytest.raises(UnsubError) as caught:
        load_saved_plan(data)
    assert caught.value.problem.kind is ProblemKind.FILE
    assert caught.value.problem.detail.isprintable()
    return caught.value.problem.detail


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 255))
def test_any_other_byte_is_found(place: int, byte: int) -> None:
    """Whichever byte is changed, be it a blank: the file is refused, with a sentence."""
    data = bytearray(TEXT.encode())
    if data[place] == byte:
        byte ^= 1
    data[place] = byte
    assert refusal_reason(bytes(data))


@given(st.integers(0, len(TEXT) - 1))
def test_a_file_that_was_cut_off_is_found(length: int) -> None:
    """Half a file is no plan."""
    assert refusal_reason(TEXT.encode()[:length])


def field_paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every field of a document."""
    found: list[tuple[str | int, ...]] = []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        found += [(*path, name), *field_paths(child, (*path, name))]
    return found


def text_with(path: tuple[str | int, ...], *value: object) -> bytes:
    """Return the file with another value in one place, or without that field."""
    document: Any = json.loads(TEXT)
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    if value:
        inner[path[-1]] = value[0]
    else:
        del inner[path[-1]]
    return (json.dumps(document, indent=2) + "\n").encode()


@pytest.mark.parametrize("path", field_paths(json.loads(TEXT)), ids=lambda path: ".".join(map(str, path)))
def test_a_field_that_is_missing_is_found(path: tuple[str | int, ...]) -> None:
    """Whichever field is taken out."""
    assert refusal_reason(text_with(path))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "JSON"),
        (b"[]", "object"),
        (b"[" * 100_000, "JSON"),
        (b'{"form": NaN}', "form: Input should be 'unsub-tui plan'"),
        (b"\xff\xfe", "JSON"),
        (TEXT.replace('"schema_version": 1', '"schema_version": 2').encode(), "schema_version"),
        (TEXT.replace('"unsub-tui plan"', '"another plan"').encode(), "form"),
        (TEXT.replace('"paid": "100.00"', '"paid": "NaN"').encode(), "plan.items.0.quote.amounts.paid"),
        (TEXT.replace('"paid": "100.00"', '"paid": "99"').encode(), "as it was written"),
        (TEXT.replace("\n", "\r\n").encode(), "as it was written"),
        ((TEXT + " ").encode(), "as it was written"),
        (TEXT.replace('  "ticket"', '  "ticket": "x",\n  "ticket"').encode(), "as it was written"),
        (TEXT.replace('"ecs-1"', '"ecs 1"').encode(), "an id has characters"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_the_reason_names_the_place(data: bytes, words: str) -> None:
    """A person can see what kind of file it is, or which field is wrong."""
    assert words in refusal_reason(data)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("plan", "items", 0, "quote", "kind"), "renewal_only", "the kind renewal_only does not fit the action"),
        (("plan", "items", 0, "bundled_ids"), ["ecs-9"], "items.0: a member of the bundle is not among the resources"),
        (("refused", 0, "resource", "resource_id"), "ecs-1", "a resource is both planned and refused"),
        (("sentinel_id",), "ecs-1", "the sentinel is a resource of the plan"),
        (("totals", 0, "refund"), "1000", "the totals are not the sums of the items"),
        (("totals", 0, "unknown_items"), 0, "the totals are not the sums of the items"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_file_that_contradicts_itself_is_rejected(path: tuple[str | int, ...], value: object, words: str) -> None:
    """The reason names the contradiction, before the hash is compared."""
    assert words in refusal_reason(text_with(path, value))


def test_money_has_the_digits_that_say_something_and_no_exponent() -> None:
    """Readers of other languages can add it up."""
    assert json.loads(TEXT)["plan"]["items"][0]["quote"]["amounts"]["paid"] == "100.00"


def test_a_plan_without_items_or_with_one_twice_is_none() -> None:
    """What could not be carried out is not taken for a plan."""
    twice = replace(PLAN, items=PLAN.items * 2)
    for plan in (replace(PLAN, items=()), twice):
        with pytest.raises(ValueError, match=r"items|twice"):
            plan_file_text(plan, PLANNER, "", MOMENT)


FIGURES_OF_THE_ITEM = ("plan", "items", 0, "quote", "amounts")
ABSURD: dict[str, tuple[tuple[str | int, ...], object]] = {
    "an exponent of nine digits": ((*FIGURES_OF_THE_ITEM, "paid"), "1E+400000000"),
    "an exponent of eighteen digits": ((*FIGURES_OF_THE_ITEM, "paid"), "1E+999999999999999999"),
    "a small exponent": ((*FIGURES_OF_THE_ITEM, "paid"), "1E-400000000"),
    "a million digits": (("totals", 0, "refund"), "9" * 1_000_000),
    "a zero with an exponent": (("totals", 0, "refund"), "0E-400000000"),
    "the year 1": (("plan", "as_of"), "0001-01-01T00:00:00Z"),
    "the year 9999": (("plan", "items", 0, "quote", "as_of"), "9999-12-31T23:59:59-12:00"),
    "a time without a zone": (("plan", "created"), "2026-03-02T09:30:00"),
    "a count of twenty digits": (("account_resources",), 10**20),
    "a count of four thousand digits": (("account_resources",), 10**4000),
}


@pytest.mark.parametrize(("path", "value"), ABSURD.values(), ids=ABSURD)
def test_a_number_or_time_out_of_range_is_refused_before_it_is_used(path: tuple[str | int, ...], value: object) -> None:
    """Such a file is a problem of the file, told with its place; its digits are never written out."""
    place = ".".join(map(str, path))
    assert re.search(rf"{place}.*(out of range|less than|integer)", refusal_reason(text_with(path, value)))
