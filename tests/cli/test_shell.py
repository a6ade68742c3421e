"""Completion, man page and pages of the documentation."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.support.program_process import run_program

ROOT = Path(__file__).parent.parent.parent


def complete(monkeypatch: pytest.MonkeyPatch, line: str, part: str = "") -> list[str]:
    """Return the completions of the last word of a line, as the script of bash asks for them."""
    monkeypatch.setenv("_UNSUB_TUI_LINE", f"unsub-tui {line}")
    monkeypatch.setenv("_UNSUB_TUI_WORD", part or line.rsplit(" ", maxsplit=1)[-1])
    monkeypatch.setenv("_UNSUB_TUI_COMPLETE", "bash_complete")
    done = run_program()
    assert done.returncode == 0, done.stderr
    return [line.rpartition("\t")[0] for line in done.stdout.splitlines() if line]


def test_the_shell_files_are_up_to_date() -> None:
    """Completion scripts and man page are those of the commands: `make data` writes them."""
    directory = ROOT / "unsub_tui" / "data" / "shell"
    script = runpy.run_path(str(ROOT / ".ci" / "make_shell_files.py"))
    expected = script["shell_files"]()
    assert {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()} == expected


def test_the_end_of_a_word_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command, a file by the shell, the field and the value of a filter, a page, an option of the program."""
    assert complete(monkeypatch, "rep") == ["plain\treport"]
    assert complete(monkeypatch, "apply pl") == ["file\tpl"]
    assert complete(monkeypatch, "list --filter expi") == ["plain\texpires\\<"]
    assert complete(monkeypatch, "list --filter 'type:ecs expi", "type:ecs expi") == ["plain\ttype:ecs expires<"]
    assert complete(monkeypatch, "list --filter=state:fro", "fro") == ["plain\tfrozen"]
    assert complete(monkeypatch, "orders --filter is:our") == ["plain\tis:ours"]
    assert "plain\tfilter" in complete(monkeypatch, "help f")
    assert complete(monkeypatch, "list --sort id,-exp") == ["plain\tid,-expires"]
    assert complete(monkeypatch, "journal verify --read") == ["plain\t--read-only"]


def test_profiles_are_completed(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """The profiles of the settings; an invalid file has none, and says nothing while one types."""
    config.write_text("[profiles.acme]\n[profiles.beta]\n")
    assert complete(monkeypatch, "--profile a") == ["plain\tacme"]
    assert complete(monkeypatch, "list --profile=beta,a", "beta,a") == ["plain\tbeta,acme"]
    config.write_text("profiles = 3")
    assert complete(monkeypatch, "--profile a") == []


def test_ids_of_the_record_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a record there is nothing to complete, and nothing fails."""
    for line in ("runs ", "orders ", "journal verify --account "):
        assert complete(monkeypatch, line) == []


def test_pages_are_listed_and_shown() -> None:
    """Without a topic, all pages; a misspelled one names the nearest."""
    assert "The filter" in run_program("help").stdout
    assert run_program("help", "filter").stdout.startswith("# The filter")
    wrong = run_program("help", "filtr")
    assert (wrong.returncode, "'filter'" in wrong.stderr) == (2, True)
