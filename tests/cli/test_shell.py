"""Completion, man page and pages of the documentation."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.support.program_process import run_program

ROOT = Path(__file__).parent.parent.parent


def complete(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Return the completions of the last word, as the script of bash asks for them."""
    monkeypatch.setenv("COMP_WORDS", " ".join(("unsub-tui", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    monkeypatch.setenv("_UNSUB_TUI_COMPLETE", "bash_complete")
    done = run_program()
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_shell_files_are_up_to_date() -> None:
    """Completion scripts and man page are those of the commands: `make data` writes them."""
    directory = ROOT / "unsub_tui" / "data" / "shell"
    script = runpy.run_path(str(ROOT / ".ci" / "make_shell_files.py"))
    expected = script["shell_files"]()
    assert {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()} == expected


def test_commands_files_and_filters_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command by its beginning, a file by the shell, the field of a filter."""
    assert complete(monkeypatch, "rep") == ["plain,report"]
    assert complete(monkeypatch, "apply", "pl") == ["file,pl"]
    assert complete(monkeypatch, "list", "--filter", "expi") == ["plain,expires:"]
    assert "plain,filter" in complete(monkeypatch, "help", "f")


def test_profiles_are_completed(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """The profiles of the settings; an invalid file has none, and says nothing while one types."""
    config.write_text("[profiles.acme]\n[profiles.beta]\n")
    assert complete(monkeypatch, "--profile", "a") == ["plain,acme"]
    config.write_text("profiles = 3")
    assert complete(monkeypatch, "--profile", "a") == []


def test_pages_are_listed_and_shown() -> None:
    """Without a topic, all pages; a misspelled one names the nearest."""
    assert "The filter" in run_program("help").stdout
    assert run_program("help", "filter").stdout.startswith("# The filter")
    wrong = run_program("help", "filtr")
    assert (wrong.returncode, "'filter'" in wrong.stderr) == (2, True)
