"""docs/files.md names every variable that the program reads, and no other one of its own."""

from __future__ import annotations

import re
from pathlib import Path

from unsub_tui.api.endpoints import SERVICE_KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/files.md").read_text(encoding="utf-8")
DOCUMENTED = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`", PAGE))
_READ = re.compile(
    r'environ(?:\.(?:get|pop|setdefault))?[\[(]"([A-Z_]+)"'
    r'|"((?:UNSUB|HUAWEICLOUD|HC|HW|OS|XDG|SSH|SSL|SUDO)_?[A-Z_]*[A-Z])"'
)
_NOT_FOR_USERS = {"LINES", "TEXTUAL_THEME", "_UNSUB_TUI_LINE", "_UNSUB_TUI_WORD"}
"""Removed or overwritten before Textual reads them, or set by the completion scripts for the program."""


def variables_in_code() -> set[str]:
    """Return the names in the one package that reads the environment, and those of services."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "unsub_tui/cli").rglob("*.py")]
    found = {name for text in texts for names in _READ.findall(text) for name in names if name}
    return found | {"UNSUB_ENDPOINT"} | {f"UNSUB_ENDPOINT_{key.upper()}" for key in SERVICE_KEYS}


def test_every_variable_is_on_the_page() -> None:
    """A variable that is added must be documented."""
    found = variables_in_code()
    assert {"UNSUB_CONFIG", "HW_ACCESS_KEY", "COLORFGBG", "UNSUB_ENDPOINT_RMS"} <= found
    assert not found - DOCUMENTED - _NOT_FOR_USERS


def test_no_variable_of_ours_is_only_on_the_page() -> None:
    """A variable that is removed must leave the page."""
    ours = {name for name in DOCUMENTED if name.startswith(("UNSUB_", "HUAWEICLOUD_", "HW_", "OS_", "HC_"))}
    assert ours <= variables_in_code()
