"""The filter: one grammar for the list, for marking by pattern, and for `--filter`.

`grammar.parse` makes a `Query` of what was typed; a `Query` asks `Facts` about rows and returns those that fit.
"""

from unsub_tui.domain.filters.facts import FIELDS, RECORDS, RESOURCES, Facts, Field, FieldKind, Vocabulary
from unsub_tui.domain.filters.filter_errors import FilterError, UnknownValueError
from unsub_tui.domain.filters.grammar import parse, parse_lenient
from unsub_tui.domain.filters.query import Query
from unsub_tui.domain.filters.search_text import SearchText

__all__ = [
    "FIELDS",
    "RECORDS",
    "RESOURCES",
    "Facts",
    "Field",
    "FieldKind",
    "FilterError",
    "Query",
    "SearchText",
    "UnknownValueError",
    "Vocabulary",
    "parse",
    "parse_lenient",
]
