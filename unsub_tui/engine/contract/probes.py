"""Judges the responses of Huawei Cloud: for each assumption, whether it holds. Sends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import text_of
from unsub_tui.domain.contract import Assumption, ContractReport, ContractResult, FieldCount, Finding
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.order import OrderStatus
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Status
from unsub_tui.engine.contract.answers import LISTED_STATUSES, PAGE_SIZE, Answer, Answers, join_pages, row_key
from unsub_tui.engine.doctor import CLOCK_WARNING, clock_difference

REQUIRED_FIELDS = ("id", "resource_id", "is_main_resource", "status")
NEEDED_FIELDS = ("service_type_code", "resource_type_code", "effective_time", "expire_time", "expire_policy")
"""Fields on which rules and figures depend."""
OTHER_FIELDS = (
    *("resource_name", "resource_spec_code", "region_code", "project_id", "product_id", "parent_resource_id"),
    *("spec_size", "update_time", "enterprise_project"),
)
"""Fields of which Huawei Cloud may leave out any without consequence; their number is stated."""
_FIELDS_OF_ATTACHED = frozenset({"parent_resource_id"})
"""Fields that have a value in the rows of attached resources only."""

_SHANGHAI_OFFSET = timedelta(hours=8)
"""Difference that shows a time to be written in the time zone of Huawei Cloud's bills."""
_DELIVERY_TIME = timedelta(hours=2)
"""A term begins within this time after the payment."""
_DAY_ENDS_UTC, _DAY_ENDS_LOCAL = ("15:59:59", "16:00:00"), ("23:59:59", "00:00:00")
"""The end of a day in UTC+8, at which most terms end: written in UTC, and in UTC+8."""
_MAX_CODES = 8
"""Maximum number of unknown codes that a finding names."""

Judgment = tuple[bool, Fact]
"""Whether the assumption holds, and what was seen."""


class _UncheckedError(Exception):
    """The answers do not show whether the assumption holds."""

    def __init__(self, code: FactCode) -> None:
        self.fact = fact(code)
        super().__init__(code)


def judge(answers: Answers) -> ContractReport:
    """Return a finding about every assumption."""
    return ContractReport(
        findings=tuple(_finding(assumption, answers) for assumption in Assumption), reads=len(answers.sent)
    )


def _finding(assumption: Assumption, answers: Answers) -> Finding:
    unchecked = ContractResult.UNCHECKED
    try:
        holds, seen = _PROBES[assumption](answers)
        fields = tuple(_lacking_fields(answers, _FIELDS[assumption])) if assumption in _FIELDS else ()
    except _UncheckedError as error:
        return Finding(assumption=assumption, result=unchecked, seen=error.fact)
    except UnsubError as error:
        return Finding(assumption=assumption, result=unchecked, problem=error.problem)
    if not holds and assumption in _ABOUT_ALL_PAGES and len(answers.listing) > 1 and not _overlap_rows(answers)[0]:
        return Finding(assumption=assumption, result=unchecked, seen=fact("contract_list_moves"))
    result = ContractResult.HOLDS if holds else ContractResult.DIFFERS
    return Finding(assumption=assumption, result=result, seen=seen, fields=fields)


def _row_ids(answers: Answers) -> Judgment:
    rows, filtered = _rows(answers), join_pages(answers.filtered)
    ids, filtered_ids = ({row.text("id") for row in some} - {""} for some in (rows, filtered))
    seen = fact(
        "contract_row_ids",
        rows=len(rows),
        ids=len(ids),
        filtered_rows=len(filtered),
        filtered_ids=len(filtered_ids),
    )
    return len(ids) == len(rows) and len(filtered_ids) == len(filtered), seen


def _one_row_per_resource(answers: Answers) -> Judgment:
    named = [row.text("resource_id") for row in _rows(answers) if row.text("resource_id")]
    resources = len(set(named))
    return resources == len(named), fact("contract_rows_of_resources", rows=len(named), resources=resources)


def _total_counts_attached(answers: Answers) -> Judgment:
    rows, total = _rows(answers), answers.listing[0].total()
    primary = sum(row.integer("is_main_resource") == 1 for row in rows)
    if primary == len(rows):
        raise _UncheckedError("contract_no_attached")
    if answers.is_listing_complete:
        return total == len(rows), fact("contract_total", total=total, rows=len(rows), primary=primary)
    of_primary = _read(answers.primary, "contract_no_rows").total()
    return total > of_primary, fact("contract_totals", total=total, primary=of_primary)


def _status_filter(answers: Answers) -> Judgment:
    filtered = join_pages(answers.filtered)
    others = sum(row.integer("status") not in (None, *LISTED_STATUSES) for row in filtered)
    rows = _rows(answers)
    if not answers.is_listing_complete:  # the pages do not contain the same rows
        return not others, fact("contract_filter_part", rows=len(filtered), others=others)
    wanted = Counter(row_key(row) for row in rows if row.integer("status") in LISTED_STATUSES)
    missing = (wanted - Counter(map(row_key, filtered))).total()
    seen = fact("contract_filter", rows=len(filtered), others=others, missing=missing, all_rows=len(rows))
    return not others and not missing, seen


def _required_fields(answers: Answers) -> Judgment:
    rows, lacking = len(_rows(answers)), _lacking_fields(answers, REQUIRED_FIELDS)
    return not lacking, fact("contract_fields_lacking", rows=rows, fields=_numbers(lacking)) if lacking else _all(rows)


def _needed_fields(answers: Answers) -> Judgment:
    rows, needed = len(_rows(answers)), _lacking_fields(answers, NEEDED_FIELDS)
    lacking = [*needed, *_lacking_fields(answers, OTHER_FIELDS)]
    return not needed, fact("contract_fields_lacking", rows=rows, fields=_numbers(lacking)) if lacking else _all(rows)


def _all(rows: int) -> Fact:
    return fact("contract_fields", rows=rows)


def _numbers(fields: Iterable[FieldCount]) -> str:
    return ", ".join(f"{each.name} {each.missing + each.null}" for each in fields)


def _lacking_fields(answers: Answers, names: Iterable[str]) -> list[FieldCount]:
    """Return the fields that some rows lack, with the number of these rows."""
    found: list[FieldCount] = []
    for name in names:
        rows = [
            row for row in _rows(answers) if name not in _FIELDS_OF_ATTACHED or row.integer("is_main_resource") == 0
        ]
        missing = sum(name not in row.values for row in rows)
        null = sum(row.values.get(name, "absent") in (None, "") for row in rows)
        found += [FieldCount(name, missing, null)] if missing or null else []
    return found


def _parents_listed(answers: Answers) -> Judgment:
    rows = _rows(answers)
    ids = {row.text("resource_id") for row in rows}
    parents = [row.text("parent_resource_id") for row in rows if row.integer("is_main_resource") == 0]
    if not parents:
        raise _UncheckedError("contract_no_attached")
    lost = sum(each not in ids for each in parents)
    if lost and not answers.is_listing_complete:
        raise _UncheckedError("contract_list_too_long")
    return not lost, fact("contract_parents", attached=len(parents), lost=lost)


def _pages_count_attached(answers: Answers) -> Judgment:
    rows, longest = _rows(answers), max(len(page.rows()) for page in answers.listing)
    if longest > PAGE_SIZE:
        return False, fact("contract_page_length", limit=PAGE_SIZE, rows=longest)
    if all(row.integer("is_main_resource") == 1 for row in rows):
        raise _UncheckedError("contract_no_attached")
    if len(answers.listing) > 1:
        return True, fact("contract_page_length", limit=PAGE_SIZE, rows=longest)
    second = _read(answers.overlap, "contract_one_row")
    if list(map(row_key, second.rows())) == list(map(row_key, rows[second.offset :])):
        return True, fact("contract_page_begin", position=second.offset)
    if _first_key(second) != _last_primary(answers.listing[0]):
        raise _UncheckedError("contract_pages_undecided")
    return False, fact("contract_page_begin_primary", position=second.offset)


def _overlap_rows(answers: Answers) -> Judgment:
    """Compare the first row of each page with the row at its position, by either way of counting."""
    rows, pages = _rows(answers), answers.listing
    if answers.overlap is not None:
        expected = {row_key(rows[answers.overlap.offset]), _last_primary(pages[0])}
        equal, count = int(_first_key(answers.overlap) in expected), 1
    else:
        is_by_primary = any(len(page.rows()) > PAGE_SIZE for page in pages)
        ends = [_last_primary(page) if is_by_primary else row_key(page.rows()[-1]) for page in pages[:-1]]
        equal, count = sum(_first_key(page) == end for page, end in zip(pages[1:], ends, strict=True)), len(ends)
    if not count:
        raise _UncheckedError("contract_one_row")
    return equal == count, fact("contract_overlaps", pages=count, equal=equal)


def _first_key(page: Answer) -> tuple[str, str] | None:
    rows = page.rows()
    return row_key(rows[0]) if rows else None


def _last_primary(page: Answer) -> tuple[str, str] | None:
    return next((row_key(row) for row in reversed(page.rows()) if row.integer("is_main_resource") == 1), None)


def _query_by_id(answers: Answers) -> Judgment:
    found = {row.text("resource_id") for row in _read(answers.server_by_id, "contract_no_attached").rows()}
    server_id = answers.server.text("resource_id") if answers.server is not None else ""
    attached = {row.text("resource_id") for row in _rows(answers) if row.text("parent_resource_id") == server_id != ""}
    present = len(attached & found)
    return {server_id, *attached} <= found, fact("contract_query_by_id", attached=len(attached), present=present)


def _times_utc(answers: Answers) -> Judgment:
    """Judge by the end of the terms, which is the end of a day in UTC+8, else by the time of a payment."""
    ends = Counter(f"{time:%H:%M:%S}" for row in _rows(answers) if (time := row.timestamp("expire_time")) is not None)
    utc, local = (sum(ends[each] for each in times) for times in (_DAY_ENDS_UTC, _DAY_ENDS_LOCAL))
    if max(utc, local) * 2 > ends.total():
        return utc > local, fact("contract_term_ends", rows=ends.total(), utc=utc, local=local)
    delay = _delay_of_delivery(answers)
    if delay is None or not timedelta() <= delay % _SHANGHAI_OFFSET <= _DELIVERY_TIME:
        raise _UncheckedError("contract_times_undecided")
    return delay < _SHANGHAI_OFFSET, fact("contract_delivery", minutes=round(delay / timedelta(minutes=1)))


def _delay_of_delivery(answers: Answers) -> timedelta | None:
    """Return the time between payment and begin of the newest purchase, if it is within ten hours."""
    paid = answers.purchase.timestamp("payment_time") if answers.purchase is not None else None
    lines = answers.purchase_order.rows() if answers.purchase_order is not None else []
    begun: datetime | None = next((time for row in lines if (time := row.timestamp("effective_time"))), None)
    if paid is None or begun is None:
        return None
    return begun - paid if timedelta() <= begun - paid <= _SHANGHAI_OFFSET + _DELIVERY_TIME else None


def _resource_statuses(answers: Answers) -> Judgment:
    return _known_codes((row.integer("status") for row in _rows(answers)), Status)


def _order_statuses(answers: Answers) -> Judgment:
    rows = _read(answers.orders, "contract_no_order").rows()
    if not rows:
        raise _UncheckedError("contract_no_order")
    return _known_codes((row.integer("status") for row in rows), OrderStatus)


def _known_codes(codes: Iterable[int | None], known: type[Status | OrderStatus]) -> Judgment:
    seen = Counter(each for each in codes if each is not None)
    unknown = sorted(seen.keys() - set(map(int, known)))[:_MAX_CODES]
    if unknown:
        return False, fact("contract_codes_unknown", codes=", ".join(map(str, unknown)))
    return True, fact("contract_codes", codes=", ".join(map(str, sorted(seen))))


def _order_lines(answers: Answers) -> Judgment:
    detail = _read(answers.purchase_order, "contract_no_order")
    lines, order, listed = detail.rows(), detail.required().required_object("order_info"), answers.purchase
    if len(lines) != detail.total():
        raise _UncheckedError("contract_list_too_long")
    sums = sum(filter(None, map(_amount, lines)), Decimal(0))
    names = ("order_id", "status", "order_type", "create_time")
    equal = listed is not None and all(
        text_of(order.values.get(each)) == text_of(listed.values.get(each)) for each in names
    )
    is_sum = sums == _amount(order) and (listed is None or _amount(listed) == sums)
    code: FactCode = (
        "contract_order" if is_sum and equal else "contract_order_fields" if is_sum else "contract_order_sum"
    )
    return is_sum and equal, fact(code, lines=len(lines))


def _amount(row: JsonObject) -> Decimal | None:
    amount = row.amount("amount_after_discount")
    return amount if isinstance(amount, Decimal) else None


def _refund_rows(answers: Answers) -> Judgment:
    rows = _read(answers.refund_rows, "contract_no_unsubscription").rows()
    order = answers.unsubscription
    amounts = [amount for row in rows if isinstance(amount := row.amount("amount"), Decimal)]
    refund, charges = (sum((each for each in amounts if (each < 0) is sign), Decimal(0)) for sign in (True, False))
    info = order.optional_object("amount_info") if order is not None else None
    parts = [info.amount(name) for name in ("commission_amount", "consumed_amount")] if info is not None else []
    is_refund = order is not None and -refund == _amount(order)
    known = [each for each in parts if isinstance(each, Decimal)]
    is_charge = len(known) < len(parts) or charges == sum(known, Decimal(0)) or not parts
    return is_refund and is_charge, fact(
        "contract_refund" if is_refund and is_charge else "contract_refund_sum", rows=len(rows)
    )


def _order_windows(answers: Answers) -> Judgment:
    whole = _read(answers.orders, "contract_no_order").total()
    if not whole or answers.order_halves is None:
        raise _UncheckedError("contract_no_order")
    halves = sum(each.total() for each in answers.order_halves)
    return halves == whole, fact("contract_windows", whole=whole, halves=halves)


def _monthly_bills(answers: Answers) -> Judgment:
    bill = _read(answers.bill, "contract_no_bill")
    if bill.problem is not None and bill.problem.http_status == 404:
        return False, fact("contract_old_bills")
    return True, fact("contract_bill", rows=bill.total())


def _bill_method(answers: Answers) -> Judgment:
    own, without = (_read(each, "contract_no_bill") for each in (answers.bill, answers.bill_without_method))
    rows = own.total()
    if without.problem is not None and without.problem.http_status == 400:  # too many members
        return False, fact("contract_bill_rejected", rows=rows, code=without.problem.short_code)
    total = without.total()
    if not rows and not total:
        raise _UncheckedError("contract_no_bill")
    return total == rows, fact("contract_bill_method", rows=rows, total=total)


def _bill_parts(answers: Answers) -> Judgment:
    of_server, of_disk = (_read(each, "contract_no_attached") for each in (answers.server_bill, answers.disk_bill))
    disk_id = answers.disk.text("resource_id") if answers.disk is not None else ""
    named = [row for row in of_disk.rows() if row.text("res_instance_id") == disk_id]
    if named:
        return True, fact("contract_parts_own")
    if not of_server.rows():
        raise _UncheckedError("contract_no_bill")
    is_part = any(disk_id in (row.text("sub_resource_id"), *_related_ids(row)) for row in of_server.rows())
    return False, fact("contract_parts_named" if is_part else "contract_parts_whole")


def _related_ids(row: JsonObject) -> Iterator[str]:
    extended = row.values.get("extend_params")
    for each in extended.values() if isinstance(extended, dict) else ():
        yield text_of(each)
        for inner in each if isinstance(each, list) else ():
            yield text_of(inner.get("relative_resource_id")) if isinstance(inner, dict) else ""


def _rate_headers(answers: Answers) -> Judgment:
    return not answers.has_stated_rate, fact("contract_header" if answers.has_stated_rate else "contract_no_header")


def _clock(answers: Answers) -> Judgment:
    offset = answers.server_time_offset
    if offset is None:
        raise _UncheckedError("clock_unknown")
    return abs(offset) < CLOCK_WARNING, clock_difference(offset)


def _rows(answers: Answers) -> list[JsonObject]:
    """Return the rows of the list. Raise if it could not be read or is empty."""
    rows = answers.listed_rows()
    if not rows:
        raise _UncheckedError("contract_no_rows")
    return rows


def _read(answer: Answer | None, reason: FactCode) -> Answer:
    """Return an answer. Raise with the reason if an earlier answer gave no reason to read it."""
    if answer is None:
        raise _UncheckedError(reason)
    return answer


_PROBES: Mapping[Assumption, Callable[[Answers], Judgment]] = {
    Assumption.ROW_IDS: _row_ids,
    Assumption.ONE_ROW_PER_RESOURCE: _one_row_per_resource,
    Assumption.TOTAL_COUNTS_ATTACHED: _total_counts_attached,
    Assumption.PAGES_COUNT_ATTACHED: _pages_count_attached,
    Assumption.STATUS_FILTER: _status_filter,
    Assumption.REQUIRED_FIELDS: _required_fields,
    Assumption.NEEDED_FIELDS: _needed_fields,
    Assumption.PARENTS_LISTED: _parents_listed,
    Assumption.OVERLAP_ROWS: _overlap_rows,
    Assumption.QUERY_BY_ID: _query_by_id,
    Assumption.TIMES_UTC: _times_utc,
    Assumption.RESOURCE_STATUSES: _resource_statuses,
    Assumption.ORDER_STATUSES: _order_statuses,
    Assumption.ORDER_LINES: _order_lines,
    Assumption.REFUND_ROWS: _refund_rows,
    Assumption.ORDER_WINDOWS: _order_windows,
    Assumption.MONTHLY_BILLS: _monthly_bills,
    Assumption.BILL_METHOD: _bill_method,
    Assumption.BILL_PARTS: _bill_parts,
    Assumption.RATE_HEADERS: _rate_headers,
    Assumption.CLOCK: _clock,
}
_FIELDS: Mapping[Assumption, tuple[str, ...]] = {
    Assumption.REQUIRED_FIELDS: REQUIRED_FIELDS,
    Assumption.NEEDED_FIELDS: (*NEEDED_FIELDS, *OTHER_FIELDS),
}
"""Fields whose numbers are part of a finding."""
_ABOUT_ALL_PAGES = frozenset(
    {
        *(Assumption.ROW_IDS, Assumption.ONE_ROW_PER_RESOURCE, Assumption.TOTAL_COUNTS_ATTACHED),
        *(Assumption.STATUS_FILTER, Assumption.PARENTS_LISTED),
    }
)
"""Assumptions about the rows of several pages: if these do not fit together, rows are missing or there twice."""
