"""`make bench`: every measure, or those named: startup keys fetch quotes journal soak."""

from __future__ import annotations

import compileall
import os
import platform
import sys
import tempfile

from tests.bench import fetch, journal, keys, quotes, soak, startup

MEASURES = {
    "startup": startup.run,
    "keys": keys.run,
    "fetch": fetch.run,
    "quotes": quotes.run,
    "journal": journal.run,
    "soak": soak.run,
}


def main(names: list[str]) -> int:
    """Take the measures, in a home of their own."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        sys.stderr.write(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}\n")
        return 2
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    compileall.compile_dir("unsub_tui", quiet=1)
    sys.stdout.write(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        for name in names or MEASURES:
            MEASURES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
