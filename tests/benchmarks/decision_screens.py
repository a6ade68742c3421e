"""What a key costs on the screens that lead to a decision: details beside the list, review, confirmation, run."""

from __future__ import annotations

from collections.abc import Mapping

from tests.benchmarks import budgets
from tests.benchmarks.keys import FIXED_WORK, PAGE_DOWN, PAGE_UP, Presses, fixed_work, last_byte, lead
from tests.benchmarks.measured_programs import MeasuredProgram, serve_account, wait_until_quiet
from tests.benchmarks.report import Measure, Report
from tests.program.terminal_steps import confirm_plan, missing_acknowledgements, open_confirmation, wait_for_amounts
from tests.support.program_process import PROGRAM_COMMAND
from tests.support.pseudo_terminal import is_list_loaded

ITEMS = 20
"""Number of items of the confirmation and of the run: with their attached resources, a plan may have them."""

DETAILS_SECONDS = 0.5
"""Time after which the details of the current row are drawn, even on a busy machine."""

TAB, BACK_TAB, BACKSPACE = "\t", "\x1b[Z", "\x7f"


def run(report: Report, rounds: int = 5) -> None:
    """Report the tables."""
    with serve_account(10_000) as environment:
        _details(report, environment, rounds)
    with serve_account(3_000) as environment:
        for columns, rows in ((120, 40), (80, 24)):
            _review(report, environment, rounds, columns, rows)
        _run(report, environment, rounds)


def _start(environment: Mapping[str, str], columns: int, rows: int) -> MeasuredProgram:
    """Return the app on the list."""
    terminal = MeasuredProgram(command=PROGRAM_COMMAND, columns=columns, rows=rows, env=environment)
    terminal.wait_until(is_list_loaded, "the list")
    wait_until_quiet(terminal, 1.5)
    return terminal


def _open_review(terminal: MeasuredProgram, count: int) -> None:
    """Select so many rows, and wait for the review with its amounts."""
    terminal.type("/is:eligible\r")
    wait_until_quiet(terminal, 1.5)
    for _ in range(count):
        terminal.type(" ")
        terminal.wait_for_first_byte()
    wait_until_quiet(terminal)
    terminal.type("p")
    wait_for_amounts(terminal)
    wait_until_quiet(terminal, 1.5)


def _report(report: Report, rounds: int, presses: Mapping[str, Presses], drawn: Mapping[str, Measure]) -> None:
    """Report keys: the milliseconds to the first answer, to the last byte, and the bytes."""
    measures = {name: Measure(each, FIXED_WORK) for name, each in presses.items()}
    report.compare({FIXED_WORK: Measure(fixed_work), **measures, **drawn}, rounds)
    for name, each in presses.items():
        each.add_sizes(report, name)


def _details(report: Report, environment: Mapping[str, str], rounds: int) -> None:
    """Report keys in the list with the details of the current row beside it."""
    with report.table(budgets.DETAILS), _start(environment, 120, 40) as terminal:
        bottom = "j" * terminal.screen.lines
        keys = (("down inside", "j", "g"), ("down scrolling", "j", f"g{bottom}"), ("page down", PAGE_DOWN, "g"))
        presses = {name: Presses(terminal, key, 4, before, DETAILS_SECONDS) for name, key, before in keys}
        _report(report, rounds, presses, {})


def _review(report: Report, environment: Mapping[str, str], rounds: int, columns: int, rows: int) -> None:
    """Report keys in the review of 100 items."""
    with report.table(budgets.review(columns, rows)), _start(environment, columns, rows) as terminal:
        _open_review(terminal, 100)
        keys = (
            ("down", "j", "g"),
            ("page down", PAGE_DOWN, "g"),
            ("page up", PAGE_UP, "G"),
            ("drop an item", " ", "g"),
            ("next danger", "n", "g"),
        )
        presses = {name: Presses(terminal, key, 4, before) for name, key, before in keys}
        drawn = {
            f"{name}, drawn": Measure(lambda key=key, before=before: last_byte(terminal, key, before), FIXED_WORK)  # type: ignore[misc]
            for name, key, before in keys
        }
        _report(report, rounds, presses, drawn)


def _run(report: Report, environment: Mapping[str, str], rounds: int) -> None:
    """Report keys in a confirmation and in the result of its run, and what the run sends by itself."""
    with _start(environment, 80, 24) as terminal:
        with report.table(budgets.CONFIRMATION):
            _open_review(terminal, ITEMS)
            _confirmation(report, terminal, rounds)
        with report.table(budgets.RUN):
            sent = 0

            def begin() -> None:
                nonlocal sent
                sent = terminal.received_bytes

            confirm_plan(terminal, begin)
            terminal.wait_for("Ended. ")
            wait_until_quiet(terminal, 1.5)
            report.add("while it runs: bytes for an item", (terminal.received_bytes - sent) / ITEMS, "B")
            presses = {  # few pages: a key at the end of the table draws nothing
                "down": Presses(terminal, "j", 4, "g"),
                "page down": Presses(terminal, PAGE_DOWN, 1, "g"),
                "page up": Presses(terminal, PAGE_UP, 1, "G"),
            }
            _report(report, rounds, presses, {})


def _confirmation(report: Report, terminal: MeasuredProgram, rounds: int) -> None:
    """Report keys in the confirmation that the review leads to, and go back to the review."""
    phrase = open_confirmation(terminal)
    wait_until_quiet(terminal, 1.5)
    # Each round ends where it began, because a measure may have more rounds than the others.
    presses = {"check a box": Presses(terminal, " ", 4), "next field": Presses(terminal, TAB, 2, BACK_TAB * 2)}
    _report(report, rounds, presses, {})
    lead(terminal, TAB * missing_acknowledgements(terminal))
    character = Presses(terminal, phrase[0], 1, BACKSPACE)
    report.compare({"a character of the phrase": Measure(character)}, rounds)
    character.add_sizes(report, "a character of the phrase")
    lead(terminal, "\x1b")
