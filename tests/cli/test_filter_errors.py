"""`--filter` on the command line: what cannot mean anything is an error, what matches nothing says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode

EXAMPLES = {
    "type:ecs OR": ('at character 10, "OR": expected', "           ^^"),
    "type:ecs | type:evs": ("between two terms write or", "           ^"),
    "expires < 30d": ("expected no spaces in expires<30d", "  ^^^^^^^^^^^^^"),
    "(type:ecs)": ("expected a term without parentheses", "  ^^^^^^^^^^"),
    "type:bogus": ("expected a known service or resource type", "       ^^^^^"),
    "type:evx": ('"evs"', "       ^^^"),
    "-type:esc": ('did you mean "ecs"', "        ^^^"),
    "state:2": ("expected a state: closed, expired, frozen, in-use, not-begun", "        ^"),
    "region:cn-nroth-4": ('did you mean "cn-north-4"', "         ^^^^^^^^^^"),
    "type:": ("expected a value after type:", "  ^^^^^"),
    "cost>": ("expected a known field", "  ^^^^^"),
    "<30d": ("expected a field before the comparison", "  ^^^^"),
    '"web': ('expected a closing "', "  ^^^^"),
    "name:/(/": ("expected a regular expression", "  ^^^^^^^^"),
    "is:selectd": ('did you mean "selected"', "  ^^^^^^^^^^"),
}
"""Filters, what is said of them, and the line below them."""


@pytest.mark.usefixtures("account")
def test_a_filter_that_cannot_mean_anything_is_an_error() -> None:
    """Exit 2 and no rows on stdout; the option, the place with a caret below it, and what was expected."""
    for text, (words, carets) in EXAMPLES.items():
        result = run_program("list", f"--filter={text}", "--format", "json")
        first, shown, below = result.stderr.splitlines()
        assert (result.returncode, '"resources"' in result.stdout) == (ExitCode.USAGE, False), text
        assert first.startswith("unsub-tui: --filter: at character ")
        assert words in first
        assert (shown, below) == (f"  {text}", carets)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (("quote",), "-type:esc"),
        (("plan", "-o", "-"), "-type:esc"),
        (("plan", "-o", "-"), "type:ecs OR"),
        (("orders",), "-state:dnoe"),
        (("list", "--tab", "renewal"), "state:2"),
    ],
)
@pytest.mark.usefixtures("account")
def test_every_command_with_a_filter_refuses_it(command: tuple[str, ...], text: str) -> None:
    """Negated too, where it would have meant everything."""
    result = run_program(*command, f"--filter={text}")
    assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
    assert "--filter: at character" in result.stderr


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("list", "--filter", "type:dws"), ExitCode.OK, " match --filter"),
        (("list", "--filter", "name:nobody", "--tab", "inactive"), ExitCode.OK, " match --filter"),
        (("quote", "--filter", "refund>1000000"), ExitCode.OK, " match --filter"),
        (("orders", "--filter", "user:nobody"), ExitCode.OK, " match --filter"),
        (("plan", "--filter", "type:dws", "-o", "-"), ExitCode.NOTHING_TO_DO, "Nothing to plan"),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_filter_that_matches_nothing_says_so(command: tuple[str, ...], code: ExitCode, words: str) -> None:
    """On stderr, with how many were looked at: an empty result alone could be an empty account."""
    result = run_program(*command)
    assert result.returncode == code
    assert "0 of " in result.stderr
    assert words in result.stderr
    assert "0 of " not in run_program("list").stderr


@pytest.mark.usefixtures("account")
def test_the_time_zone_of_days_is_said_once() -> None:
    """In every format if the filter has days, because they decide what is found; else only beside dates."""
    for command in (("list",), ("list", "--format", "json"), ("quote",), ("plan", "-o", "-"), ("orders",)):
        field = "date" if command == ("orders",) else "expires"
        result = run_program("--tz", "UTC+8", *command, "--filter", f"{field}:2026-01..2029")
        assert result.stderr.count("UTC+8") == 1, command
    assert "UTC" not in run_program("list", "--format", "json", "--filter", "expires<90d").stderr


@pytest.mark.usefixtures("account")
def test_a_named_filter_that_is_wrong_names_its_file(config: Path) -> None:
    """Whether the grammar or only the account tells; a name that nobody gave is told with the nearest one."""
    filters = config.with_name("filters.toml")
    filters.write_text('esc = "-type:esc"\n', encoding="utf-8")
    result = run_program("list", "--filter", "@esc")
    assert result.returncode == ExitCode.USAGE
    assert f"--filter @esc ({filters}): at character 7" in result.stderr
    missing = run_program("list", "--filter", "@ecs")
    assert missing.returncode == ExitCode.USAGE
    assert "known filters: esc; did you mean 'esc'" in missing.stderr
    filters.write_text('both = "type:ecs OR"\n', encoding="utf-8")
    result = run_program("list", "--filter", "@both")
    assert result.returncode == ExitCode.USAGE
    assert f'{filters}: filter both: at character 10, "OR"' in result.stderr
