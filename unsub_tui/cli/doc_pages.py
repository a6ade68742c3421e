"""The pages of the documentation: in the installed package, or in the checkout that the program runs from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


@cache
def _directory() -> Path:
    installed = _PACKAGE / "data" / "docs"
    return installed if installed.is_dir() else _PACKAGE.parent / "docs"


def page_path(name: str) -> Path:
    """Return the path of the page with this name."""
    return _directory() / f"{name}.md"


def page_titles() -> Mapping[str, str]:
    """Return the title of each page by its name."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in _directory().glob("*.md")}
    return {name: text.partition("\n")[0].removeprefix("# ") for name, text in pages.items()}
