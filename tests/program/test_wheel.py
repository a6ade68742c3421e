"""The wheel: it builds, installs into a clean environment by a lock with hashes, and works there with all its data."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from email import message_from_string
from pathlib import Path

import pytest

from tests.support.pseudo_terminal import Terminal

ROOT = Path(__file__).parent.parent.parent


def install(python: Path, *arguments: str) -> None:
    """Install into an environment that has no pip of its own; complaints are shown where that fails."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(python)]
    command = [*pip, "install", "--no-compile", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's command, installed with one lock that has every hash, as users install a release."""
    directory = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    result = subprocess.run(build, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    wheel = next(directory.glob("*.whl"))
    make_lock = [str(ROOT / ".ci" / "release_lock.sh"), str(ROOT / ".ci" / "app.txt"), str(wheel)]
    lock = directory / "lock.txt"
    lock.write_text(subprocess.run(make_lock, capture_output=True, text=True, check=True).stdout, encoding="utf-8")
    venv.create(directory / "clean", with_pip=False)
    python = directory / "clean" / "bin" / "python"
    install(python, "--find-links", str(directory), "--require-hashes", "-r", str(lock))
    return directory / "clean" / "bin" / "unsub-tui"


def check_description(installed: Path) -> None:
    """The description has no link that a page without the files beside it cannot follow."""
    metadata = next(installed.parent.parent.glob("lib/*/site-packages/unsub_tui-*.dist-info/METADATA"))
    description = message_from_string(metadata.read_text(encoding="utf-8")).get_payload()
    assert isinstance(description, str)
    links = re.findall(r"\]\(([^)]*)\)", description)
    assert len(links) > 20
    assert {link.partition("://")[0] for link in links} == {"https"}


def test_the_wheel_has_all_its_data(installed: Path, tmp_path: Path) -> None:
    """Style sheets, rules and sandbox: the demo lists its resources, and the rules are those of the package."""
    script = "import unsub_tui.engine.rulebook as book; print(book.__file__, book.load_rules('intl').fee.name)"
    python = installed.with_name("python")
    result = subprocess.run(
        [python, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path, env=os.environ
    )
    assert str(installed.parent.parent) in result.stdout
    assert "intl fee table" in result.stdout
    page = subprocess.run([installed, "help", "filter"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert page.stdout == (ROOT / "docs" / "filter.md").read_text(encoding="utf-8")
    shared = installed.parent.parent / "share"
    assert sorted(path.name for path in shared.rglob("*") if path.is_file()) == [
        "_unsub-tui", "unsub-tui", "unsub-tui.1", "unsub-tui.fish",
    ]  # fmt: skip
    check_description(installed)
    with Terminal("demo", command=[str(installed)], cwd=tmp_path) as terminal:
        terminal.wait_for("of 387")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
