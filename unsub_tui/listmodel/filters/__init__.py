"""The filter language of the list, of pattern selection and of `--filter`.

`grammar.parse` turns a text into a `Query`; a `Query` reads column values from `Facts` and returns the matching rows.
"""

from unsub_tui.listmodel.filters.completion import Completion, complete
from unsub_tui.listmodel.filters.facts import FIELDS, RECORDS, RESOURCES, Facts, SearchText, Vocabulary
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem, UnknownValueError
from unsub_tui.listmodel.filters.grammar import parse, parse_lenient, quoted_value, split_alternatives
from unsub_tui.listmodel.filters.query import Query

__all__ = [
    "FIELDS",
    "RECORDS",
    "RESOURCES",
    "Completion",
    "Facts",
    "FilterError",
    "FilterProblem",
    "Query",
    "SearchText",
    "UnknownValueError",
    "Vocabulary",
    "complete",
    "parse",
    "parse_lenient",
    "quoted_value",
    "split_alternatives",
]
