"""The job by keys in a terminal, up to where a test wants to be; and what the record says of it afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.program_process import only_run
from tests.support.pseudo_terminal import Terminal
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

Faults = Sequence[Mapping[str, object]]

KEY_GUARD_SECONDS = 0.7
"""A dialog that can destroy something drops the keys of its first half second."""

NO_ANSWER: Faults = [{"operation": "unsubscribe", "calls": [1], "action": "stall_after", "seconds": 25}]
"""The first request is carried out, and its answer held back until other faults are set."""

LOST_ANSWER: Faults = [
    {"operation": "unsubscribe", "calls": [1], "action": "drop_after"},
    {"operation": "list_orders", "action": "error"},
]
"""The first request is carried out, its answer lost, and its order cannot be found for now."""


def write_sign_in_profile(path: Path, sandbox: Sandbox) -> None:
    """Write a file of keys whose default profile is a user who signs in with a password and a code."""
    user = sandbox.mfa_user
    lines = [f"user_name = '{user.name}'", f"account_name = '{sandbox.account_name}'", f"user_id = '{user.user_id}'"]
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text("\n".join(["[default]", *lines]))


def sign_in(terminal: Terminal, sandbox: Sandbox, *, password: str | None = None) -> None:
    """Answer the two questions; nothing of it is echoed."""
    terminal.wait_for("Password of")
    terminal.type(password or sandbox.mfa_user.password)
    terminal.press("enter")
    terminal.wait_for("MFA code")
    terminal.type(sandbox.mfa_user.passcode)
    terminal.press("enter")


def select_two_disks(terminal: Terminal, of: int = 115) -> None:
    """Filter to disks in use, in the order of the list, and mark the first two."""
    terminal.wait_for(f"of {of}")
    terminal.press("/")
    terminal.type("evs use stage")
    terminal.wait_for("evs use stage")
    terminal.press("enter")
    terminal.press("a")
    terminal.wait_for("selected")


def wait_for_amounts(terminal: Terminal) -> None:
    """Wait until the plan is there and no bill is read any more."""
    terminal.wait_until(
        lambda screen: "Review:" in screen and " note" in screen and "Loading bills" not in screen, "the amounts"
    )


def open_confirmation(terminal: Terminal) -> str:
    """Go from the plan to the confirmation; return the phrase."""
    wait_for_amounts(terminal)
    terminal.press("c")
    screen = terminal.wait_for("Type exactly:", "Still needed:")
    return screen.split("Type exactly: ")[1].splitlines()[0].strip()


def confirm_plan(terminal: Terminal, before_sending: Callable[[], None] = lambda: None) -> None:
    """Go from the plan through reason, ticks and phrase to the button, and press it."""
    phrase = open_confirmation(terminal)
    ticks = missing_acknowledgements(terminal)
    terminal.read_for(KEY_GUARD_SECONDS)
    for left in range(ticks, 0, -1):
        terminal.press("space")
        terminal.wait_for(f"Still needed: {left - 1} check box" if left > 1 else "Still needed: the phrase")
        terminal.press("tab")
    terminal.press_slowly(*phrase)
    terminal.wait_for("Complete: ")
    before_sending()
    press_button(terminal)


def missing_acknowledgements(terminal: Terminal) -> int:
    """Return how many check boxes have to be set, also those that are not in sight."""
    found = re.search(r"Still needed: (\d+) check box", terminal.text)
    return int(found[1]) if found is not None else 0


def press_button(terminal: Terminal) -> None:
    """Go from the phrase to the button, and press it until it takes an enter: a quick one is refused, and says so."""
    terminal.press("enter")
    terminal.wait_for("Enter presses [")
    terminal.read_for(KEY_GUARD_SECONDS)
    terminal.press("enter")
    while "came too fast" in terminal.wait_until_gone("Enter presses ["):
        terminal.press("enter")
        terminal.read_output(KEY_GUARD_SECONDS)


def run_with_faults(terminal: Terminal, account: Sandbox, faults: Faults, until_text: str) -> None:
    """Mark two disks, confirm, and let the run meet these faults, until the screen shows where it stands."""
    select_two_disks(terminal)
    terminal.press("p")

    def set_faults() -> None:
        account.faults = parse_faults(faults)

    confirm_plan(terminal, set_faults)
    terminal.wait_for(until_text)


def clear_faults(account: Sandbox) -> None:
    """Let the service answer as it should, also what it has held back."""
    account.faults = parse_faults([])


def item_states() -> list[str]:
    """Return the states of the items of the one run that is on record."""
    return [item["state"] for item in only_run()["items"]]
