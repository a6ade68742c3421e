"""Files that a person names."""

from __future__ import annotations

from pathlib import Path

import pytest

from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.engine.files import check_writable_path, is_existing_path, write_file
from unsub_tui.present.problems import problem_details


@pytest.mark.parametrize("char", ["\x1b", "\n", "\x00", "\x7f", "\x9b", "\u202e", "\u200b", "\u2028"])
def test_a_name_with_hidden_characters_is_refused(tmp_path: Path, char: str) -> None:
    """Controls, direction and format controls: they would act on the terminal that lists the directory."""
    before = set(tmp_path.iterdir())
    name = str(tmp_path / f"a{char}[2Jb.csv")
    with pytest.raises(UnsubError, match="hidden_character") as caught:
        write_file(name, "text")
    assert caught.value.problem.kind is ProblemKind.FILE
    assert problem_details(caught.value.problem).isprintable()
    with pytest.raises(UnsubError, match="hidden_character"):
        check_writable_path(name, replace=True)
    assert set(tmp_path.iterdir()) == before


def test_a_name_in_any_script_is_taken(tmp_path: Path) -> None:
    """Only hidden characters are refused."""
    assert write_file(str(tmp_path / "导出 é [1].csv"), "text").read_text() == "text"


@pytest.mark.parametrize("name", ["a" * 300, "~nobody-of-that-name/a", "/dev/null/a"])
def test_what_is_no_name_is_a_problem_of_the_file(name: str) -> None:
    """Before anything is read, too: not a fault of the program."""
    assert not is_existing_path(name)
    with pytest.raises(UnsubError, match="file_unwritable"):
        check_writable_path(name)
