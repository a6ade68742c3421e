"""`config validate`: every file is read as a whole, and the guards are listed one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode


def test_each_guard_has_its_line(config: Path) -> None:
    """Value and source; each pattern on a line of its own; files that do not exist are named as such."""
    config.write_text(
        'max_items = 7\nprotected = [" prod-* ", "*-db"]\n[profiles.a]\nmax_share = 3\n', encoding="utf-8"
    )
    result = run_program("config", "validate")
    assert (result.returncode, result.stderr) == (ExitCode.OK, "The settings are valid.\n")
    lines = [line.split(None, 1) for line in result.stdout.splitlines()]
    assert ["max_items", f"7   ({config})"] in lines
    assert [words for name, words in lines if name == "protected"] == [f"prod-*   ({config})", f"*-db   ({config})"]
    assert ["rules", f"{config.with_name('rules.toml')}   (no such file)"] in lines


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("config.toml", "[profiles.other]\nmax_items = 0", "[profiles.other]: max_items must be"),
        ("config.toml", "[profiles.other]\nsite = 'moon'", "site must be one of"),
        ("config.toml", "[profiles.other]\nendpoint = 'http://x'", "https"),
        ("config.toml", "theme = 'nord'", "unknown name 'nord'"),
        ("filters.toml", "old = 'refund<'", "filters.toml: filter"),
        ("rules.toml", "moon = 1", "rules.toml"),
    ],
)
def test_a_mistake_is_found_wherever_it_stands(config: Path, name: str, text: str, words: str) -> None:
    """Also in a profile that is not in use, and in the files that only some commands read."""
    config.with_name(name).write_text(text, encoding="utf-8")
    result = run_program("config", "validate")
    assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
    assert words in result.stderr
