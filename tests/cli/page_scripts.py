"""Scripts in pages of the documentation, and a shell that runs them as the pages say."""

from __future__ import annotations

import re
import subprocess

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.output_forms import ROOT

_SCRIPT = re.compile(r"^##+ ([^\n]+)\n(?:(?!^##).)*?^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def read_scripts(page: str) -> dict[str, str]:
    """Return the scripts of `docs/PAGE.md` by the titles above them; a title has at most one."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    scripts = dict(_SCRIPT.findall(text))
    assert len(scripts) == text.count("```sh\n")
    return scripts


def run_shell(script: str, *, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a script, which ends with this exit code, and return what it wrote."""
    done = subprocess.run(
        ["bash", "-eu", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done
