"""`python -m unsub_tui` and the `unsub-tui` command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its exit code."""
    if sys.platform == "win32":
        sys.stderr.write("unsub-tui: this program runs on Linux; on Windows, run it in WSL.\n")
        sys.exit(2)
    _prepare_streams()
    from unsub_tui.cli.fast_help import static_output

    text = static_output(sys.argv[1:])
    if text is not None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            _flush_streams()  # its reader has gone
        except OSError as error:
            _flush_streams()
            sys.stderr.write(f"unsub-tui: the output cannot be written: {error.strerror}\n")
            sys.exit(2)
        return
    from unsub_tui.cli.output_format import writes_data

    if writes_data(sys.argv[1:]):
        from unsub_tui.present.i18n import use_source_language

        use_source_language()
    gc.disable()  # the imports below create almost no garbage
    from unsub_tui.cli.main import run

    gc.freeze()  # a first collection over all imported objects takes longer than most commands run
    gc.enable()
    code = run(sys.argv[1:])
    _flush_streams()
    sys.exit(code)


def _prepare_streams() -> None:
    """Open /dev/null for a closed standard stream, and escape characters that stdout cannot encode.

    Otherwise the next opened file, such as the journal, would get the descriptor of a stream closed with `>&-`.
    """
    import io
    import os

    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free descriptor, which is `number`
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - stays open until the program ends
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush_streams() -> None:
    """Flush stdout and stderr; redirect a broken stream to /dev/null, or the interpreter would exit with code 120."""
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        except ValueError:  # the stream is already closed
            continue


if __name__ == "__main__":
    main()
