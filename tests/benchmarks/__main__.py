"""`make bench`: every measure, or those named: startup keys screens fetch quotes inventory journal soak.

All figures are also written to `bench.json` (its form: report.py). `make bench COMPARE=FILE` compares them with an
earlier run.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import decision_screens, fetch, inventory, journal, keys, quotes, soak, startup
from tests.benchmarks.compare import BadFileError, differences, read_rows
from tests.benchmarks.report import Report

MEASURES: dict[str, Callable[[Report], None]] = {
    "startup": startup.run,
    "keys": keys.run,
    "screens": decision_screens.run,
    "fetch": fetch.run,
    "quotes": quotes.run,
    "inventory": inventory.run,
    "journal": journal.run,
    "soak": soak.run,
}

OUTPUT = Path("bench.json")


def main(words: list[str]) -> int:
    """Take the measures, in a home of their own; return 2 for bad input, else 0."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    parser.add_argument("--compare", type=Path, metavar="FILE", help="bench.json of an earlier run")
    given = parser.parse_args(words)
    if unknown := [name for name in given.names if name not in MEASURES]:
        sys.stderr.write(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}\n")
        return 2
    try:
        earlier = read_rows(given.compare) if given.compare else None  # before this run overwrites it
    except BadFileError as error:
        sys.stderr.write(f"{error}; give the bench.json of an earlier run\n")
        return 2
    report = run_measures(list(dict.fromkeys(given.names)) or list(MEASURES))
    report.save(OUTPUT)
    sys.stdout.write(f"\nall figures are in {OUTPUT}\n")
    if earlier is not None:
        lines = differences(earlier, report.rows, report.measures)
        sys.stdout.write(f"\nCompared with {given.compare}\n" + "".join(f"{line}\n" for line in lines))
    return 0


def run_measures(names: list[str]) -> Report:
    """Return the figures of these measures."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    compileall.compile_dir("unsub_tui", quiet=1)
    sys.stdout.write(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    report = Report()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        for name in names:
            report.run(name, MEASURES[name])
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
