"""The words of the contract check: its facts, its assumptions, and what the program does where one does not hold."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.domain.contract import Assumption
from unsub_tui.present.i18n import _

CONTRACT_SENTENCES: Mapping[str, str] = {
    "contract_row_ids": _("{rows} rows, {ids} ids; with status_list {filtered_rows} rows, {filtered_ids} ids"),
    "contract_rows_of_resources": _("{rows} rows of {resources} resources"),
    "contract_total": _("total_count {total}, {rows} rows, {primary} of them primary"),
    "contract_totals": _("total_count {total}, of primary resources only {primary}"),
    "contract_filter": _(
        "{rows} of {all_rows} rows, {others} with another status, {missing} rows with a wanted status are missing"
    ),
    "contract_filter_part": _("{rows} rows read, {others} with another status"),
    "contract_fields": _("present in all {rows} rows"),
    "contract_fields_lacking": _("{rows} rows; missing or null: {fields}"),
    "contract_parents": _("{attached} attached, {lost} without a listed parent"),
    "contract_overlaps": _("{equal} of {pages} pages begin with the last row of the page before"),
    "contract_page_length": _("a page with limit {limit} has {rows} rows"),
    "contract_page_begin": _("the page at offset {position} has the rows from this position on"),
    "contract_page_begin_primary": _("the page at offset {position} begins with the primary row at this position"),
    "contract_pages_undecided": _("a second page has neither the expected rows nor the expected primary row"),
    "contract_list_moves": _("the list changed while it was read; check again"),
    "contract_query_by_id": _("{present} of {attached} attached resources are in the answer"),
    "contract_term_ends": _("of {rows} terms, {utc} end at 15:59:59, {local} at 23:59:59"),
    "contract_delivery": _("a term begins {minutes} minutes after its payment"),
    "contract_codes": _("only known ones: {codes}"),
    "contract_codes_unknown": _("unknown: {codes}"),
    "contract_order": _("{lines} lines add up to the amount of their order"),
    "contract_order_fields": _("{lines} lines add up, but list and detail of the order differ"),
    "contract_order_sum": _("{lines} lines do not add up to the amount of their order"),
    "contract_refund": _("{rows} rows add up to refund, consumed amount and fee of their order"),
    "contract_refund_sum": _("{rows} rows do not add up to refund, consumed amount and fee of their order"),
    "contract_no_unsubscription": _("no completed unsubscription among the newest 100 orders"),
    "contract_windows": _("{whole} orders in a year, {halves} in its two halves"),
    "contract_bill": _("{rows} rows in the month of the newest purchase"),
    "contract_old_bills": _("the newer bill API is not published"),
    "contract_bill_method": _("{rows} rows of this account, {total} without method"),
    "contract_bill_rejected": _("{rows} rows of this account; without method: {code}"),
    "contract_parts_own": _("the disk of a server has its own rows"),
    "contract_parts_named": _("a row of the server names the disk as its part"),
    "contract_parts_whole": _("only the server has rows"),
    "contract_header": _("a response states a rate limit in its headers"),
    "contract_no_header": _("no response states a rate limit"),
    "contract_no_rows": _("no resource is listed"),
    "contract_one_row": _("the list has fewer than two rows"),
    "contract_no_attached": _("no attached resource is listed"),
    "contract_no_order": _("no suitable order within a year"),
    "contract_no_bill": _("the bill of that month has no rows"),
    "contract_list_too_long": _("more rows than this check reads"),
    "contract_times_undecided": _("neither the ends of the terms nor a purchase show it"),
    "capture_not_redacted": _("nothing was saved: a value of the account would have been in the file; run it again"),
    "capture_too_large": _("nothing was saved: even without rows, the file would be larger than {limit} bytes"),
}
"""The sentences of the facts that the contract check states."""

ASSUMPTION_LABELS: Mapping[Assumption, str] = {
    Assumption.ROW_IDS: _("a row has its own id"),
    Assumption.ONE_ROW_PER_RESOURCE: _("one row per resource"),
    Assumption.TOTAL_COUNTS_ATTACHED: _("total counts attached"),
    Assumption.PAGES_COUNT_ATTACHED: _("pages count attached"),
    Assumption.STATUS_FILTER: _("status_list filters"),
    Assumption.REQUIRED_FIELDS: _("required fields"),
    Assumption.NEEDED_FIELDS: _("fields for figures"),
    Assumption.PARENTS_LISTED: _("parents are listed"),
    Assumption.OVERLAP_ROWS: _("pages fit together"),
    Assumption.QUERY_BY_ID: _("query by id"),
    Assumption.TIMES_UTC: _("times are in UTC"),
    Assumption.RESOURCE_STATUSES: _("resource statuses"),
    Assumption.ORDER_STATUSES: _("order statuses"),
    Assumption.ORDER_LINES: _("order lines add up"),
    Assumption.REFUND_ROWS: _("refund rows add up"),
    Assumption.ORDER_WINDOWS: _("orders by window"),
    Assumption.MONTHLY_BILLS: _("newer bill API"),
    Assumption.BILL_METHOD: _("bill without method"),
    Assumption.BILL_PARTS: _("disks billed alone"),
    Assumption.RATE_HEADERS: _("no rate headers"),
    Assumption.CLOCK: _("clock"),
}
"""Assumptions in at most 21 characters."""

INSTEAD: Mapping[Assumption, str] = {
    Assumption.ROW_IDS: _("the program matches rows by id and resource_id together"),
    Assumption.ONE_ROW_PER_RESOURCE: _(
        "rows that agree count as one; rows that contradict each other are listed and in no plan"
    ),
    Assumption.TOTAL_COUNTS_ATTACHED: _("the list is complete if the number of primary resources is the total"),
    Assumption.PAGES_COUNT_ATTACHED: _("pages are joined by their primary resources, which prove the list complete"),
    Assumption.STATUS_FILTER: _("the program reads all statuses and sorts them itself"),
    Assumption.REQUIRED_FIELDS: _("such rows are listed as unreadable, counted, and in no plan"),
    Assumption.NEEDED_FIELDS: _("the cells are empty, and figures that need a field are unknown"),
    Assumption.PARENTS_LISTED: _("such resources stand alone in the list and cannot be selected"),
    Assumption.OVERLAP_ROWS: _(
        "the list is read again; what does not come to rest is shown with the number of rows at risk"
    ),
    Assumption.QUERY_BY_ID: _("an item whose attached resources are missing before the request is refused"),
    Assumption.TIMES_UTC: _("times are shown as if they were UTC: estimates may be off by the difference; report it"),
    Assumption.RESOURCE_STATUSES: _("such resources are listed with the code and cannot be selected"),
    Assumption.ORDER_STATUSES: _("such orders are shown with the code and never count as completed"),
    Assumption.ORDER_LINES: _("an amount of an order line counts only if all lines of its type agree; report it"),
    Assumption.REFUND_ROWS: _("the amounts of the order count; those by original order may be wrong; report it"),
    Assumption.ORDER_WINDOWS: _("orders may be missing from the record; an item then stays unknown; report it"),
    Assumption.MONTHLY_BILLS: _("the older bill API is used; its rows do not state the paid period"),
    Assumption.BILL_METHOD: _("the program asks for the rows of this account only"),
    Assumption.BILL_PARTS: _("the rows of a server are divided among it and its disks, or cover all of them"),
    Assumption.RATE_HEADERS: _("the headers are ignored; a rejected request slows the program down"),
    Assumption.CLOCK: _("from 5 minutes on, no run submits anything; set the clock"),
}
"""What the program does where an assumption does not hold."""
