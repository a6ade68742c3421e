"""The account and the settings file that commands find in their environment."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.connections import make_sandbox
from tests.support.served_sandbox import serve
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox on a socket, its environment, and a directory for files.

    It settles orders at once, or after so many seconds of its clock as its indirect parameter says.
    """
    sandbox = make_sandbox(80, settle_seconds=getattr(request, "param", 0.0))
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))  # for a program that starts in another directory
    monkeypatch.chdir(tmp_path)
    with serve(sandbox, monkeypatch):
        yield sandbox


@pytest.fixture
def program_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program under its name on PATH, for scripts that a shell runs."""
    program = tmp_path / "bin" / "unsub-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m unsub_tui "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty settings file of the user."""
    path = tmp_path / "config.toml"
    path.touch()
    monkeypatch.setenv("UNSUB_CONFIG", str(path))
    return path


@pytest.fixture(autouse=True)
def system_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings file of the machine, as functions that are called in this process see it; it does not exist."""
    path = tmp_path / "system.toml"
    monkeypatch.setattr("unsub_tui.cli.config.settings.SYSTEM_CONFIG", path)
    return path
