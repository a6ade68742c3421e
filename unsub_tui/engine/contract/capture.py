"""The file of `doctor --contract --save`: the answers that were judged, redacted, and sampled to a size for an issue.

Rows are stored once, as lists: the number of their field names in `columns`, then their values. `docs/contract.md`
describes the format; `unsub-tui sandbox --replay` serves it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from unsub_tui import __version__
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.wire_format import Json
from unsub_tui.domain.contract import Assumption, ContractReport, ContractResult, Finding
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.contract.answers import ROWS, Answer, Answers, is_last_page, join_pages
from unsub_tui.engine.contract.redaction import Redactor

FORMAT = "unsub-tui-capture"
SCHEMA_VERSION = 1
MAX_BYTES = 200_000
"""Maximum size of a capture."""
MAX_OTHER_ROWS = 40
"""Maximum number of rows of an answer that is not the list of resources."""
_ATTEMPTS = 5
_PAGING = frozenset({"limit", "offset"})
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class _Listing:
    """The pages of a listing, joined, or another answer."""

    answer: Answer
    """The answer, or the first page."""
    rows: Sequence[JsonObject]
    is_complete: bool
    is_whole_list: bool = False
    """Whether it is the list of resources, which is sampled by families: a primary resource with its attached ones."""


def capture_text(report: ContractReport, answers: Answers, site: str) -> str:
    """Return the text of a capture, at most MAX_BYTES long.

    Raise FILE if it cannot be made that short, or if it contains a replaced value by chance, again and again.
    """
    for _ in range(_ATTEMPTS):
        redactor = Redactor(answers.now)
        text = _shortened(redactor, report, answers, site)
        structure = _Capture(redactor, report, Answers(now=answers.now), site).text(set(), 0)
        if not redactor.leaks(text, structure):
            return text
    raise UnsubError(Problem(kind=ProblemKind.FILE, facts=(fact("capture_not_redacted"),)))


def _shortened(redactor: Redactor, report: ContractReport, answers: Answers, site: str) -> str:
    """Return a capture with as many resources as fit, then with fewer other rows."""
    families = _families(answers)
    count, other_rows = len(families), MAX_OTHER_ROWS
    while True:
        text = _Capture(redactor, report, answers, site).text(set(families[:count]), other_rows)
        size = len(text.encode())
        if size <= MAX_BYTES:
            return text
        if count:
            count = min(count - 1, count * MAX_BYTES * 95 // size // 100)
        elif other_rows:
            other_rows //= 2
        else:
            raise UnsubError(Problem(kind=ProblemKind.FILE, facts=(fact("capture_too_large", limit=MAX_BYTES),)))


@dataclass(slots=True)
class _Capture:
    """One capture; each row is stored once."""

    redactor: Redactor
    report: ContractReport
    answers: Answers
    site: str
    _columns: dict[tuple[str, ...], int] = field(default_factory=dict)
    _rows: dict[bytes, int] = field(default_factory=dict)
    """Number of each row by its encoded form."""

    def text(self, families: set[str], other_rows: int) -> str:
        """Return the text with these families of the list and at most so many rows of each other answer."""
        found = [self._answer(each, self._sample(each, families, other_rows)) for each in _listings(self.answers)]
        head: Row = {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "program": __version__,
            "site": self.site,
            "captured_at": self.redactor.time(self.answers.now),
        }
        lists = {
            "findings": [_encode(_finding(each)) for each in self.report.findings],
            "columns": [_encode(each) for each in self._columns],
            "rows": [each.decode() for each in self._rows],
            "answers": list(map(_encode, found)),
        }
        fields = [f'"{name}": {_encode(value)}' for name, value in head.items()]
        fields += [f'"{name}": [\n{_LINES.join(lines)}\n]' for name, lines in lists.items()]
        return "{\n" + _LINES.join(fields) + "\n}\n"

    def _sample(self, listing: _Listing, families: set[str], other_rows: int) -> list[JsonObject]:
        """Return the rows to keep: of orders also those with captured details, and of details five times as many."""
        if listing.is_whole_list:
            return [row for row in listing.rows if _family(row) in families]
        if listing.answer.operation in ("order", "refund_rows"):
            return list(listing.rows[: 5 * other_rows])
        detailed = {each.text("order_id") for each in (self.answers.purchase, self.answers.unsubscription) if each}
        is_orders = listing.answer.operation == "list_orders" and other_rows > 0
        return [
            row
            for number, row in enumerate(listing.rows)
            if number < other_rows or (is_orders and row.text("order_id") in detailed)
        ]

    def _answer(self, listing: _Listing, kept: Sequence[JsonObject]) -> Row:
        answer = listing.answer
        sent = {name: _as_json(value) for name, value in answer.fields.items() if name not in _PAGING}
        found: Row = {"operation": answer.operation, "fields": self.redactor.redact(sent), "error": None}
        if answer.problem is not None:
            code = self.redactor.value("error_code", answer.problem.code.raw)
            return found | {"error": {"http_status": answer.problem.http_status, "error_code": code}}
        values = answer.required().values
        rest = {name: value for name, value in values.items() if name not in (ROWS[answer.operation], "total_count")}
        return found | {
            "total_count": answer.total(),
            "total_of_rows": self._total_of_rows(listing, kept),
            "rows_left_out": len(listing.rows) - len(kept),
            "rows": [self._number(row) for row in kept],
            "rest": self.redactor.redact(rest),
        }

    def _total_of_rows(self, listing: _Listing, kept: Sequence[JsonObject]) -> int:
        """Return the total that fits the kept rows: as right or wrong as the total of all rows."""
        counted = len if self._counts_all(listing) else _primary
        if not listing.is_complete:
            return counted(kept) + self._members_rows(listing.answer)
        return max(0, listing.answer.total() - counted(listing.rows) + counted(kept))

    def _members_rows(self, answer: Answer) -> int:
        """Return how many rows more than the account's own bill a bill has; these are not read."""
        own = self.answers.bill
        if answer is not self.answers.bill_without_method or own is None or own.problem is not None:
            return 0
        return max(0, answer.total() - own.total())

    def _counts_all(self, listing: _Listing) -> bool:
        counts_primary = Assumption.TOTAL_COUNTS_ATTACHED in {
            each.assumption for each in self.report.with_result(ContractResult.DIFFERS)
        }
        return listing.answer.operation != "list_resources" or not counts_primary

    def _number(self, row: JsonObject) -> int:
        """Return the number of a row, and add it if it is new."""
        redacted = self.redactor.redact(row.values)
        names = tuple(sorted(redacted))  # the service may send the fields of each row in another order
        columns = self._columns.setdefault(names, len(self._columns))
        encoded = _ENCODER.encode([columns, *(redacted[name] for name in names)])
        return self._rows.setdefault(encoded, len(self._rows))


def _listings(answers: Answers) -> list[_Listing]:
    """Return the answers that are captured. The others follow from them, or are only counts."""
    found = [_joined(pages) for pages in (answers.listing, answers.filtered) if pages]
    single = (
        *(answers.server_by_id, answers.orders, answers.purchase_order, answers.refund_rows),
        *(answers.bill, answers.bill_without_method, answers.server_bill, answers.disk_bill),
    )
    for answer in single:
        if answer is not None:
            rows = [] if answer.problem is not None else answer.rows()
            found.append(_Listing(answer, rows, is_complete=answer.problem is None and len(rows) == answer.total()))
    return found


def _joined(pages: list[Answer]) -> _Listing:
    failed = [each for each in pages if each.problem is not None]
    if failed:
        return _Listing(failed[0], [], is_complete=False)
    return _Listing(pages[0], join_pages(pages), is_complete=is_last_page(pages[-1]), is_whole_list=True)


def _families(answers: Answers) -> list[str]:
    """Return the families of the list, those that are unlike all before them first."""
    listings = [each for each in _listings(answers) if each.is_whole_list]
    rows = [row for each in listings for row in each.rows]
    kinds: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        kinds[_family(row)].append(_kind(row))
    seen: Counter[str] = Counter()
    ranks: dict[str, int] = {}
    for family, found in kinds.items():
        kind = "\n".join(sorted(found))
        ranks[family] = seen[kind]
        seen[kind] += 1
    if not all(each.is_complete for each in listings):  # a parent among the rows that were not read is no finding
        listed = {row.text("resource_id") for row in rows}
        ranks = {family: rank for family, rank in ranks.items() if family in listed}
    return sorted(ranks, key=lambda family: ranks[family])


def _family(row: JsonObject) -> str:
    return row.text("parent_resource_id") or row.text("resource_id") or row.text("id")


def _kind(row: JsonObject) -> str:
    """Return what makes a row like another one: service, type, codes, and the fields that it lacks."""
    names = ("service_type_code", "resource_type_code", "status", "is_main_resource", "expire_policy")
    lacking = sorted(name for name, value in row.values.items() if value in (None, ""))
    return " ".join((*map(row.text, names), *lacking))


def _primary(rows: Iterable[JsonObject]) -> int:
    return sum(row.integer("is_main_resource") == 1 for row in rows)


def _finding(finding: Finding) -> Row:
    """Return a finding without texts from Huawei Cloud: codes and numbers only."""
    seen = finding.seen
    numbers: Row = {name: value for name, value in seen.values if isinstance(value, int)} if seen is not None else {}
    fields: list[Json] = [{"name": each.name, "missing": each.missing, "null": each.null} for each in finding.fields]
    return {
        "assumption": finding.assumption.value,
        "result": finding.result.value,
        "seen": seen.code if seen is not None else "",
        "numbers": numbers,
        "fields": fields,
    }


def _as_json(value: object) -> Json:
    """Return the value of a field of a request; those are texts, numbers, Booleans and lists of them."""
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    return value if isinstance(value, str | int) else str(value)


def _encode(value: object) -> str:
    return _ENCODER.encode(value).decode()


_LINES = ",\n"
