"""The filter: one grammar for the list, for marking by pattern, and for `--filter`.

`grammar.parse` makes a `Query` of what was typed; a `Query` asks `Facts` about rows and returns those that fit.
"""

from unsub_tui.domain.filters.facts import FIELDS, Facts, Field, FieldKind
from unsub_tui.domain.filters.grammar import parse
from unsub_tui.domain.filters.query import FilterError, Query

__all__ = ["FIELDS", "Facts", "Field", "FieldKind", "FilterError", "Query", "parse"]
