"""The pictures of the README are what the app shows."""

from __future__ import annotations

import os
import runpy
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def test_the_readme_shows_the_app_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn anew they are the files that are checked in; `make picture` brings them up to date."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    time.tzset()
    script = runpy.run_path(str(ROOT / ".ci" / "make_screenshots.py"))
    drawn: dict[str, str] = script["render_screenshots"]()
    stale = [name for name, svg in drawn.items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != svg]
    assert not stale, "run: make picture"
