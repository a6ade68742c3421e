"""Messages for invalid filters: position, expected syntax, and a caret line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unsub_tui.domain.untrusted_text import cell_width, for_display
from unsub_tui.listmodel.filters import FilterError, FilterProblem
from unsub_tui.present.i18n import _

_QUOTING = _('to search for it as text, put it in "quotes"')

_SENTENCES: Mapping[FilterProblem, str] = {
    FilterProblem.TOO_LONG: _("expected at most {limit} characters"),
    FilterProblem.BLANK_BETWEEN_TERMS: _("expected a space between two terms"),
    FilterProblem.WORD: _("expected a word"),
    FilterProblem.WORD_AFTER_NEGATION: _("expected a word after '{sign}'"),
    FilterProblem.CLOSING_QUOTE: _('expected a closing "'),
    FilterProblem.QUOTE_AROUND_ALL: _('expected a " only around a whole value'),
    FilterProblem.CLOSING_SLASH: _("expected a closing /"),
    FilterProblem.NO_BLANK: _("expected no space in {term}"),
    FilterProblem.NO_BLANKS: _("expected no spaces in {term}"),
    FilterProblem.VALUE_BESIDE_SEPARATOR: _("expected a value on both sides of each , or |"),
    FilterProblem.VALUE_BESIDE_BAR: _(
        "expected a value on both sides of | without spaces, as in type:ecs|evs; between two terms write or; {quoting}"
    ),
    FilterProblem.VALUE_IS_TERM: _("expected a value, but {term} is a term: write or between two terms; {quoting}"),
    FilterProblem.VALUE_BEFORE_OPERATOR: _("expected a value after {head}, as in {hint}; {quoting}"),
    FilterProblem.KNOWN_FIELD: _('expected a known field{similar} To look for a colon, put the words in "quotes"'),
    FilterProblem.REGEX_INSTEAD_OF_TILDE: _("expected {field}:/REGEX/ for a regular expression"),
    FilterProblem.TERM_BESIDE_OR: _("expected a term on both sides of {word}; {quoting}"),
    FilterProblem.AND_IS_NO_TERM: _(
        "expected a term, but {word} is not one: all terms must match, so a space between them is enough; {quoting}"
    ),
    FilterProblem.NOT_IS_NO_TERM: _(
        "expected a term, but {word} is not one: to negate a term write !type:ecs or -type:ecs; {quoting}"
    ),
    FilterProblem.NO_PARENTHESES: _(
        "expected a term without parentheses: for one of several values write type:ecs|evs, between alternatives or; "
        "{quoting}"
    ),
    FilterProblem.FIELD_BEFORE_COMPARISON: _("expected a field before the comparison, such as expires<30; {quoting}"),
    FilterProblem.ONE_NEGATION: _("expected only one ! or - before a term; {quoting}"),
    FilterProblem.FIELD_BEFORE_REGEX: _("expected a field before a regular expression, such as name:{word}; {quoting}"),
    FilterProblem.FIELD_BEFORE_PATTERN: _("expected a field before a pattern, such as name:{word}; {quoting}"),
    FilterProblem.ONE_OF_STATES: _("expected one of {states}{similar}"),
    FilterProblem.TEXT_TERM: _("expected {field}:TEXT, {field}=TEXT or {field}:/REGEX/"),
    FilterProblem.VALUE_OF_FIELD: _("expected a value after {head}; it is never empty"),
    FilterProblem.REGEX_TERM: _("expected {field}:/REGEX/"),
    FilterProblem.REGEX_IS_EMPTY: _("expected a regular expression between the slashes"),
    FilterProblem.REGEX_TOO_LONG: _("expected a regular expression of at most {limit} characters"),
    FilterProblem.REGEX_INVALID: _("expected a regular expression; {error}"),
    FilterProblem.REGEX_TOO_SLOW: _("this regular expression takes too long; write a simpler one"),
    FilterProblem.AMOUNT: _("expected an amount or a range, such as {field}>=100, {field}<10.50USD or {field}:10..20"),
    FilterProblem.DAYS_OR_DATE: _(
        "expected days or a date, such as {field}<30, {field}>2026-01-31, {field}<today or {field}:7d..30d"
    ),
    FilterProblem.LESS_OR_MORE: _("expected {field}<{value} or {field}>{value}"),
    FilterProblem.RANGE_REVERSED: _("expected the smaller or earlier value before the two dots of a range"),
    FilterProblem.DAYS: _("expected a number of days, such as {field}:30d"),
    FilterProblem.DATE: _("expected a date such as 2026-01-31"),
    FilterProblem.KNOWN_STATE: _("expected a state: {states}{similar}"),
    FilterProblem.KNOWN_SERVICE: _("expected a known service or resource type{similar}"),
    FilterProblem.KNOWN_VALUE: _("expected a known {field}{similar}"),
    FilterProblem.SEVERAL_CURRENCIES: _("amounts in {currencies} are not comparable; name one, such as 10{first}"),
}
RESOURCE_FILTER_HELP = (
    (_("web or db (either)"), _("!test (not)"), _("type:ecs|evs (one of)"), '"two words"', "refund<10"),
    ("name:web-*", _("expires<60 (days)"), "run:stopped", "tag:env=dev", "backup:none", "is:auto-renew"),
)
"""Cheat sheet of the filter of resources: examples by line, the most important ones first."""

RECORD_FILTER_HELP = (
    (_("web or db (either)"), _("!test (not)"), _("state:pending|failed (one of)"), '"two words"'),
    ("is:others", "user:ann", _("date<30 (days)"), "date:2026-03", "fee>0", "is:open"),
)
"""Cheat sheet of the filter of records."""

_WITHOUT_SIMILAR: Mapping[FilterProblem, str] = {
    FilterProblem.KNOWN_FIELD: _(": {names}."),
    FilterProblem.KNOWN_SERVICE: _(", or one that the account has{existing}"),
    FilterProblem.KNOWN_VALUE: _(", or one that the account has{existing}"),
}
"""What replaces the similar words in a sentence if there are none."""


def filter_help_lines(lines: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the lines of a cheat sheet, each with as many examples as fit."""
    shown = []
    for examples in lines:
        text = ""
        for each in examples:
            if len(text) + 2 + len(each) <= width:
                text += f"  {each}"
        shown.append(text)
    return shown


def filter_problem_text(error: FilterError) -> str:
    """Return the problem of a filter, without its position."""
    values: dict[str, object] = {
        name: _(" and ").join(each) if isinstance(each, list) else each for name, each in error.values.items()
    }
    values["existing"] = f": {values['existing']}" if values.get("existing") else ""  # none while the list is loading
    if error.similar:
        words = _(" or ").join(f'"{each}"' for each in error.similar)
        similar = _("; did you mean {words}?").format(words=words)
    else:
        similar = _WITHOUT_SIMILAR.get(error.problem, "").format(**values)
    return _SENTENCES[error.problem].format(similar=similar, quoting=_QUOTING, **values)


def filter_error_text(text: str, error: FilterError) -> str:
    """Return the position of the error, the invalid part of the filter, and what was expected."""
    part = for_display(text[error.start : error.end])
    return _("at character {place}, {part}: {message}").format(
        place=error.start + 1,
        part=f'"{part}"' if part else _("the end"),
        message=for_display(filter_problem_text(error)),
    )


def filter_with_caret(text: str, error: FilterError) -> str:
    """Return the filter and below it a line with carets under the invalid part."""
    before, part, after = text[: error.start], text[error.start : error.end], text[error.end :] if error.end else ""
    margin = " " * (2 + cell_width(for_display(before)))
    carets = "^" * max(1, cell_width(for_display(part)))
    return f"  {for_display(before)}{for_display(part)}{for_display(after)}\n{margin}{carets}"
