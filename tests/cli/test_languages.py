"""Scripts work in every language: filters name values by codes, and the words of the screen beside them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.program_process import run_program

FILTERED = {
    "list": ("state:frozen|not-begun|expired", "at-expiry:auto-renew", "project:default", '"in-use" run:stopped'),
    "orders": ("state:completed",),
}


@pytest.mark.parametrize(("command", "text"), [(name, text) for name, texts in FILTERED.items() for text in texts])
@pytest.mark.usefixtures("account")
def test_a_filter_finds_the_same_in_every_language(command: str, text: str) -> None:
    """The same bytes with a catalog that has another word for everything."""
    column = "id" if command == "list" else "order"
    arguments = (command, "--filter", text, "--format", "csv", "--columns", column)
    here = run_program(*arguments)
    elsewhere = subprocess.run(
        [sys.executable, "-m", "tests.support.pseudo_language", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert elsewhere.stdout == here.stdout
    assert len(here.stdout.splitlines()) > 1
    assert "汉" in elsewhere.stderr or not here.stderr
