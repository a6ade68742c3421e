"""Parser of resource id lists: plain text, tables from spreadsheets, plans and the program's own exports."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import zip_longest
from typing import Literal
from unicodedata import normalize

from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

MAX_ID_FILE_BYTES = 20_000_000
"""Maximum size of a file of ids; 100,000 ids take 4 MB, in a table several times as much."""

ID_FIELDS = ("resource_id", "id")
"""Names of the JSON fields that contain ids."""

HEADINGS = ("resourceid", "资源id", "instanceid", "实例id", "id")
"""Headings of the columns that contain ids, the best ones first, without case, spaces and punctuation."""

HEADING_ROWS = 10
"""Number of rows in which a heading is searched: exports begin with a title and a date."""

DELIMITERS = "\t;,"
"""Characters between the cells of a table; the first ones win a tie."""

_DOCUMENT_FIELDS = ("plan", "items", "resource", "resources", "quotes", "ids")
"""Fields of plans and exports in which ids are searched."""

_NAMED_DELIMITER = re.compile(r"sep=([\t;,])\r?\n", re.IGNORECASE)
"""First line of some CSV files, for Excel."""
_SEPARATORS = re.compile(r"[\s,;]+")
_COMMENT = re.compile(r"#.*")
_QUOTED = re.compile(r'"[^"]*("|$)')
_INVISIBLE = " \t\r\n\u00a0\u200b\ufeff"
"""Characters around a cell that spreadsheets and web pages add."""

IsKnown = Callable[[str], bool]
"""Returns whether the account has a resource with this id."""


@dataclass(frozen=True, slots=True)
class IdList:
    """The ids found in a text."""

    ids: tuple[str, ...]
    """Distinct ids, in order."""
    heading: str = ""
    """Heading of the column that was read, as written; empty if it has none."""
    column: int = 0
    """Number of that column, from 1; 0 if the text is not a table."""
    rows_without_id: int = 0
    """Number of rows of the table that have other cells but no id."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """For each id of a table, the first other cell of its row, usually a name."""
    in_other_columns: int = 0
    """Number of known ids that only other columns of the table contain."""


def parse_ids(text: str, is_known: IsKnown) -> IdList:
    """Return the ids in a text; raise a FILE problem for JSON that is invalid or has no ids, or a table without ids."""
    text = text.strip("\ufeff\r\n")
    stripped = text.lstrip()
    if stripped.startswith(("{", "[")):
        return IdList(_distinct(_parse_json_ids(stripped)))
    table = _Table(_read_rows(text), is_known)
    if table.heading and (table.known_counts[table.id_column] or not any(table.known_counts)):
        return table.id_list(table.id_column)
    words = _distinct(_parse_words(text))
    is_list = table.width < 2 or 2 * sum(map(is_known, words)) > len(words)
    if any(table.known_counts) and not is_list:
        return table.id_list(table.known_counts.index(max(table.known_counts)))
    if not is_list and table.is_rectangular and _find_delimiter(_COMMENT.sub("", text)):
        raise _invalid("table_without_ids")
    return IdList(words)


class _Table:
    """The rows of a text, with the known ids in each column and the heading of the ids."""

    def __init__(self, rows: Sequence[Sequence[str]], is_known: IsKnown) -> None:
        self._rows = rows
        self.width = max(map(len, rows), default=0)
        self.is_rectangular = len(rows) > 1 and all(len(row) == self.width for row in rows)
        self._known = [[_known_word(cell, is_known) for cell in row] for row in rows]
        """The known id in each cell, or ""."""
        columns = zip_longest(*self._known, fillvalue="")
        self.known_counts = [sum(map(bool, column)) for column in columns]
        """Number of known ids in each column."""
        self.heading, self._heading_row, self.id_column = "", 0, 0
        for number, row in enumerate(rows[:HEADING_ROWS]):
            names = [_normalized(cell) for cell in row]
            name = next((each for each in HEADINGS if each in names), None)
            if name is not None:
                self._heading_row, self.id_column = number, names.index(name)
                self.heading = row[self.id_column]
                break

    def id_list(self, column: int) -> IdList:
        """Return the ids in a column: those below the heading, and known ones above it; no repeated heading."""
        is_headed = bool(self.heading) and column == self.id_column
        found: dict[str, str] = {}
        without = 0
        for number, (row, known) in enumerate(zip(self._rows, self._known, strict=True)):
            cell = row[column] if len(row) > column else ""
            is_heading = (is_headed and number <= self._heading_row) or _normalized(cell) in HEADINGS
            if cell and (known[column] or not is_heading):
                label = next((each for at, each in enumerate(row) if each and at != column), "")
                found.setdefault(known[column] or cell, label)
            elif not is_heading:
                without += 1
        all_known = {each for known in self._known for each in known if each}
        return IdList(
            ids=tuple(found),
            labels=found,
            heading=self.heading if is_headed else "",
            column=column + 1,
            rows_without_id=without,
            in_other_columns=len(all_known.difference(found)),
        )


def _read_rows(text: str) -> list[list[str]]:
    """Return the cells of each row that is not empty; a text without delimiters has one cell a row."""
    named = _NAMED_DELIMITER.match(text)
    delimiter = named[1] if named is not None else _find_delimiter(text)
    text = text[named.end() if named is not None else 0 :]
    # A lone quote would swallow the rows after it.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter or "\t", quoting=quoting))
    except csv.Error:
        rows = [line.split(delimiter or "\t") for line in text.splitlines()]
    cleaned = [[_clean(cell) for cell in row] for row in rows]
    return [row for row in cleaned if any(row)]


def _find_delimiter(text: str) -> str:
    """Return the delimiter that most of the first lines contain outside quotes, or "" if there is none."""
    sample = text[:20_000]
    lines = (sample if text.count('"') % 2 else _QUOTED.sub("", sample)).splitlines()[:20]

    def weight(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return sum(map(bool, counts)), sum(counts)

    best = max(DELIMITERS, key=weight)
    return best if any(weight(best)) else ""


def _clean(cell: str) -> str:
    """Return the content of a cell without the characters that spreadsheets and web pages add."""
    text = cell.strip(_INVISIBLE)
    if text.startswith('="') and text.endswith('"'):  # keeps Excel from reading an id as a number
        text = text[2:-1]
    return text.strip(_INVISIBLE + '"')


def _normalized(heading: str) -> str:
    return "".join(filter(str.isalnum, normalize("NFKC", heading).casefold()))


def _known_word(cell: str, is_known: IsKnown) -> str:
    """Return the cell or the word in it that is a known id, or ""; consoles write name and id into one cell."""
    return cell if is_known(cell) else next(filter(is_known, cell.split()), "")


def _parse_words(text: str) -> Iterator[str]:
    """Yield the words separated by whitespace, commas or semicolons; `#` begins a comment."""
    for line in text.splitlines():
        words = (_clean(word) for word in _SEPARATORS.split(line.split("#", 1)[0]))
        yield from filter(None, words)


def _distinct(ids: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _parse_json_ids(text: str) -> list[str]:
    """Return the ids in JSON or JSON Lines."""
    try:
        try:
            document = json.loads(text)
        except ValueError:
            document = [json.loads(line) for line in text.splitlines() if line.strip()]
        found = list(_extract_ids(document))
    except (ValueError, RecursionError) as error:
        raise _invalid("json_invalid") from error
    if not found:
        raise _invalid("json_without_ids")
    return found


def _invalid(code: FactCode) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.FILE, facts=(fact(code),)))


def _extract_ids(value: object) -> Iterator[str]:
    """Yield the ids in lists and objects; of an object without an id, the fields in `_DOCUMENT_FIELDS` are searched."""
    if isinstance(value, list):
        for each in value:
            if isinstance(each, str):
                yield each
            else:
                yield from _extract_ids(each)
    elif isinstance(value, dict):
        own = next((value[name] for name in ID_FIELDS if isinstance(value.get(name), str)), None)
        if own is not None:
            yield own
            return
        for name in _DOCUMENT_FIELDS:
            yield from _extract_ids(value.get(name))
