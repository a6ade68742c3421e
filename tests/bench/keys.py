"""What a key costs in the list, in milliseconds and in bytes, beside the stock table, other programs and the least."""

from __future__ import annotations

import json
import os
import select
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.bench import budgets
from tests.bench.least import least_bytes, picture
from tests.bench.report import Measure, Report, percentile
from tests.bench.served import Program, read_stat, served, settle
from tests.contract.job import wait_for_amounts
from tests.program import START
from tests.terminal import is_listed

DOWN = "\x1bOB"
"""The arrow, as a terminal sends it to a program that has switched to application keys."""

PAGE_DOWN, PAGE_UP, TOP = "\x1b[6~", "\x1b[5~", "\x1b[1;5H"

LEAVE = "\x1b\x1b"
"""Out of the filter, and without it."""

FIXED_WORK = "fixed work of Python"
STOCK = "stock table"


@dataclass(slots=True)
class Presses:
    """Presses of one key; the figure of a round is the median of the milliseconds to the first answer."""

    terminal: Program
    key: str
    count: int
    before: str = ""
    """Keys that lead to where the key is pressed."""
    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    least: list[int] = field(default_factory=list)

    def __call__(self) -> float:
        """Take one round."""
        _lead(self.terminal, self.before)
        times = [self._press() for _ in range(self.count - 1)]
        before = picture(self.terminal.screen)
        times.append(self._press())
        self.least.append(least_bytes(before, picture(self.terminal.screen)))
        self.times += times
        return statistics.median(times)

    def _press(self) -> float:
        sent, began = self.terminal.sent, time.perf_counter()
        self.terminal.type(self.key)
        answered = self.terminal.wait_answer()
        settle(self.terminal)
        self.sizes.append(self.terminal.sent - sent)
        return (answered - began) * 1000

    def add_sizes(self, report: Report, name: str) -> None:
        """Add what a press sends, as a multiple of what a terminal needs for that change; and the slow presses."""
        if self.times:
            size, least = statistics.median(self.sizes), statistics.median(self.least)
            report.add(f"{name}: 95th percentile", percentile(self.times, 0.95), "ms")
            report.add(f"{name}: bytes", size, "B", ratio=size / least if least else None, reference="the least bytes")


def last_byte(terminal: Program, keys: str, before: str = "", after: str = "") -> float:
    """Press keys; return the milliseconds until the last byte that they cause. The others lead there and back."""
    _lead(terminal, before)
    began = time.perf_counter()
    terminal.type(keys)
    answered = terminal.wait_answer()
    took = (max(answered, settle(terminal, 0.4)) - began) * 1000
    _lead(terminal, after)
    return took


def _lead(terminal: Program, keys: str) -> None:
    if keys:
        terminal.type(keys)
        settle(terminal)


def fixed_work() -> float:
    """Return the milliseconds that a fixed piece of work takes in Python: how fast the machine is just now."""
    began = time.perf_counter()
    sorted(str(number * 7919 % 100_003) for number in range(50_000))
    return (time.perf_counter() - began) * 1000


def idle_bytes(terminal: Program) -> int:
    """Return what is sent in ten seconds in which nobody presses anything."""
    before = terminal.sent
    select.select([], [], [], 10.0)
    settle(terminal)
    return terminal.sent - before


def held(terminal: Program, key: str, seconds: float = 3.0, rate: int = 30) -> tuple[float, float, float]:
    """Hold a key; return kB a second, percent of a processor, and the milliseconds until all of it is worked off."""
    before, spent, began = terminal.sent, processor_seconds(terminal), time.perf_counter()
    for press in range(int(seconds * rate)):
        while (left := began + press / rate - time.perf_counter()) > 0:
            terminal.take(left)
        terminal.type(key)
    ended = time.perf_counter()
    last = settle(terminal)
    took = ended - began
    percent = (processor_seconds(terminal) - spent) / took * 100
    return (terminal.sent - before) / took / 1000, percent, (last - ended) * 1000


def processor_seconds(terminal: Program) -> float:
    """Return the processor time that the program has used so far."""
    return read_stat(Path(f"/proc/{terminal.process.pid}/stat"))[1]


def memory_mib(terminal: Program) -> float:
    """Return the resident memory of the program."""
    pages = int(Path(f"/proc/{terminal.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run(report: Report, rounds: int = 5) -> None:
    """Report the tables."""
    for columns, rows, count in ((120, 40, 1_000), (120, 40, 10_000), (120, 40, 100_000), (80, 24, 10_000)):
        with (
            report.table(budgets.keys(columns, rows, count)),
            served(count) as environment,
            Program(command=START, columns=columns, rows=rows, env=environment) as ours,
        ):
            _list(report, ours, count, rounds)
    with report.table(budgets.REVIEW), served(3_000) as environment:
        _review(report, environment, rounds)
    with report.table("Keys in other programs, 120x40"):
        _others(report, rounds)


def _list(report: Report, ours: Program, count: int, rounds: int) -> None:
    """Report our list and the stock table with as many rows, in turn."""
    ours.wait_until(is_listed, "the list")
    settle(ours, 1.5)
    report.add("memory, loaded and shown", memory_mib(ours), "MiB")
    with _stock(report, ours.screen, count) as stock:
        _presses(report, ours, stock, rounds)
        _whole_list(report, ours, stock, rounds)
    kilobytes, percent, lag = held(ours, "j")
    report.add("j held, 30 a second", kilobytes, "kB/s")
    report.add("j held, 30 a second: processor", percent, "%")
    report.add("j held, 30 a second: lag", lag, "ms")
    report.add("bytes in ten idle seconds", idle_bytes(ours), "B")
    began = time.perf_counter()
    ours.type("q")
    ours.wait_end()
    report.add("q to the end of the process", (time.perf_counter() - began) * 1000, "ms")


@contextmanager
def _stock(report: Report, screen: pyte.Screen, count: int) -> Iterator[Program]:
    """Give the stock table, filled; where it cannot be filled it is ended, and no measure of it is taken."""
    command = (sys.executable, "-m", "tests.bench.stock")
    with Program(str(count), command=command, columns=screen.columns, rows=screen.lines) as terminal:
        try:
            began = time.perf_counter()
            terminal.wait_for(f"of {count:,}")
            report.add(f"{STOCK}: start to filled", (time.perf_counter() - began) * 1000, "ms")
            settle(terminal, 1.5)
            report.add(f"{STOCK}: memory", memory_mib(terminal), "MiB")
        except AssertionError as error:
            terminal.process.kill()
            report.miss(f"{STOCK}: start to filled", str(error))
        yield terminal


def _presses(report: Report, ours: Program, stock: Program, rounds: int) -> None:
    """Report single keys."""
    bottom = "j" * ours.screen.lines
    for name, count, key, here, there in (
        ("down inside", 6, "j", "g", TOP),
        ("down scrolling", 6, "j", f"g{bottom}", f"{TOP}{bottom}"),
        ("page down", 4, PAGE_DOWN, "g", TOP),
        ("select and move on", 4, " ", "g", TOP),
    ):
        _beside_stock(report, name, Presses(ours, key, count, here), Presses(stock, key, count, there), rounds)
    last_byte(ours, "/is:eligible\r")
    last_byte(ours, "G")
    _beside_stock(report, "select in place", Presses(ours, " ", 4), Presses(stock, " ", 4), rounds)
    last_byte(ours, "n")
    last_byte(ours, "\x1b")


def _beside_stock(report: Report, name: str, ours: Presses, stock: Presses, rounds: int) -> None:
    rival = f"{STOCK}: {name}"
    report.compare({rival: Measure(stock), name: Measure(ours, rival)}, rounds)
    stock.add_sizes(report, rival)
    ours.add_sizes(report, name)


def _whole_list(report: Report, ours: Program, stock: Program, rounds: int) -> None:
    """Report what concerns all rows, to the last byte."""
    with report.attempt("select all, the first time"):
        report.add("select all, the first time", last_byte(ours, "a", after="n"), "ms")

    def pressed(keys: str, before: str = "", after: str = "") -> Measure:
        return Measure(lambda: last_byte(ours, keys, before, after), FIXED_WORK)

    report.compare(
        {
            FIXED_WORK: Measure(fixed_work),
            "select all": pressed("a", after="n"),
            "deselect all": pressed("n", "a"),
            "fold all": pressed("T", after="T"),
            "unfold all": pressed("T", "T"),
            "filter, the first letter": pressed("p", "/", LEAVE),
            "filter, the second letter": pressed("r", "/p", LEAVE),
            "filter, the third letter": pressed("o", "/pr", LEAVE),
            "no filter": pressed(LEAVE, "/pro"),
            f"{STOCK}: sort by name": Measure(lambda: last_byte(stock, "s"), FIXED_WORK),
            "sort by name": pressed("n", "ses"),
            "sort by expiry": pressed("e", "sns"),
        },
        rounds,
    )


def _review(report: Report, environment: Mapping[str, str], rounds: int) -> None:
    """Report keys in the review of a plan."""
    with Program(command=START, columns=120, rows=40, env=environment) as terminal:
        terminal.wait_until(is_listed, "the list")
        terminal.type("/is:eligible\r")
        settle(terminal, 1.5)
        for _ in range(100):
            terminal.type(" ")
            terminal.wait_answer()
        settle(terminal)
        terminal.type("p")
        wait_for_amounts(terminal)
        settle(terminal, 1.5)
        keys = (("down", "j", "g"), ("page down", PAGE_DOWN, "g"), ("page up", PAGE_UP, "G"))
        presses = {name: Presses(terminal, key, 4, before) for name, key, before in keys}
        measures = {name: Measure(each, FIXED_WORK) for name, each in presses.items()}
        report.compare({FIXED_WORK: Measure(fixed_work), **measures}, rounds)
        for name, each in presses.items():
            each.add_sizes(report, name)


def _others(report: Report, rounds: int) -> None:
    """Report what native programs send for the same keys."""
    for program, arguments in (("ncdu", ("-x", str(Path(json.__file__).parents[1]))), ("htop", ("-d", "600"))):
        path = shutil.which(program)
        if path is None:
            report.miss(program, "not installed")
            continue
        with Program(*arguments, command=(path,), columns=120, rows=40) as terminal:
            settle(terminal, 2.0)
            _native(report, program, terminal, rounds)


def _native(report: Report, program: str, terminal: Program, rounds: int) -> None:
    top = "\x1b[1~" if program == "ncdu" else "\x1b[H"
    presses: dict[str, Callable[[], float]]
    presses = {
        f"{program}: down inside": Presses(terminal, DOWN, 6, top),
        f"{program}: down scrolling": Presses(terminal, DOWN, 6, top + DOWN * 40),
        f"{program}: page down": Presses(terminal, PAGE_DOWN, 2, top),
    }
    report.compare({name: Measure(each) for name, each in presses.items()}, rounds)
