"""A terminal that goes away takes the program with it, also where nobody passes the signal on."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.pseudo_terminal import Terminal


def test_below_a_parent_that_ignores_the_hang_up_the_program_ends_too(tmp_path: Path) -> None:
    """As below `make` and `sudo`: the kernel tells the leader of the session, and that one says nothing."""
    told = tmp_path / "code"
    program = f"{shlex.quote(sys.executable)} -m unsub_tui demo"
    script = f"trap '' HUP; {program}; echo $? > {shlex.quote(str(told))}"
    with Terminal("-c", script, command=("sh",), env={"UNSUB_STATE_DIR": str(tmp_path)}) as terminal:
        terminal.wait_for("of 387")
        terminal.hang_up()
        terminal.process.wait(TIMEOUT_SECONDS)
    assert int(told.read_text()) == 128 + 1
