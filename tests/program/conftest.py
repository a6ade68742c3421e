"""The account that the whole program works on in these tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.connections import make_sandbox
from tests.support.effort import IS_LONG
from tests.support.served_sandbox import serve
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on a socket that settles at once, and the environment that points there; runs start at once."""
    config = Path(os.environ["HOME"]) / ".config" / "unsub-tui" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.write_text("countdown_seconds = 0\n")
    config.chmod(0o600)
    with serve(make_sandbox(120), monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture(autouse=IS_LONG)
def imports_on_main_thread_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Under a screen only the first thread imports, whatever a test does with the program, which starts from nothing.

    The short form asks this of the tests that want it by name.
    """
    noted = tmp_path / "imports of other threads"
    watched = Path(__file__).parents[1] / "support" / "import_audit"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(watched), os.environ.get("PYTHONPATH", "")])))
    monkeypatch.setenv("IMPORTS_NOTED_IN", str(noted))
    yield
    assert not noted.exists() or noted.read_text() == ""
