"""`python -m unsub_tui` and the `unsub-tui` command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    _prepare_streams()
    from unsub_tui.cli.fast_help import static_output

    text = static_output(sys.argv[1:])
    if text is not None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            _flush_streams()  # nobody reads it
        return
    gc.disable()  # the imports ahead make no garbage worth looking for
    from unsub_tui.cli.main import run

    gc.freeze()  # they stay; a first walk over all of them would take longer than what most commands do
    gc.enable()
    code = run(sys.argv[1:])
    _flush_streams()
    sys.exit(code)


def _prepare_streams() -> None:
    """Let what was closed lead nowhere, and what stdout's encoding lacks be spelt out.

    Closed (`>&-`), the next file that is opened, the record, would get its number.
    """
    import io
    import os

    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - a descriptor, for as long as the program runs
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush_streams() -> None:
    """Write what is left to write; where the line has dropped, nowhere: else the interpreter would end with 120."""
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        except ValueError:  # closed already: its reader has gone
            continue


if __name__ == "__main__":
    main()
