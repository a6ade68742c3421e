"""What the terminal shows between two screens, replayed from everything that the program wrote."""

from __future__ import annotations

import pytest

from tests.program.terminal_steps import confirm_plan, select_two_disks
from tests.support.pseudo_terminal import Terminal

STEP = 8
"""Number of bytes after which the replayed screen is looked at."""


@pytest.mark.usefixtures("account")
def test_nothing_is_shown_between_the_confirmation_and_the_run() -> None:
    """Neither the review nor the list flashes: they would look as if the confirmation had been canceled."""
    sent: list[int] = []
    with Terminal() as terminal:
        select_two_disks(terminal)
        terminal.press("p")
        confirm_plan(terminal, lambda: sent.append(len(terminal.output)))
        terminal.wait_for("Ended")
        output, confirmed_at = bytes(terminal.output), sent[0]
    terminal.screen.reset()
    terminal.stream.feed(output[:confirmed_at])
    assert "Complete: " in terminal.text
    for start in range(confirmed_at, len(output), STEP):
        terminal.stream.feed(output[start : start + STEP])
        assert "Review" not in terminal.text
        assert "Active Resources" not in terminal.text
    assert "Ended" in terminal.text
