"""Options of the program can stand before or after a command, with the same meaning."""

from __future__ import annotations

from pathlib import Path

from tests.support.program_process import run_program


def test_a_profile_can_stand_on_both_sides(config: Path) -> None:
    """A misspelled profile is refused wherever it stands."""
    config.write_text("[profiles.acme]\n")
    for arguments in (("--profile", "acmee", "list"), ("list", "--profile", "acmee")):
        done = run_program(*arguments)
        assert (done.returncode, "'acmee'" in done.stderr) == (2, True)


def test_the_last_one_counts() -> None:
    """After a command, an option replaces the one before it."""
    done = run_program("--max-items", "5", "config", "show", "--max-items", "7")
    assert "max_items        7   (--max-items)" in done.stdout
    assert "max_items        5   (--max-items)" in run_program("--max-items", "5", "config", "show").stdout


def test_wrong_values_are_refused_after_a_command_too() -> None:
    """With the name of the option."""
    done = run_program("list", "--max-items", "0")
    assert (done.returncode, "--max-items" in done.stderr) == (2, True)
    done = run_program("journal", "verify", "--tz", "Mars/Base")
    assert (done.returncode, "Mars/Base" in done.stderr) == (2, True)
