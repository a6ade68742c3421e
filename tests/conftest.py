"""Shuts the machine out of every test: home, settings, locale, terminal."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.crash.crash_summary import summary_line
from tests.support.effort import IS_LONG, by_effort

settings.register_profile(
    "ours", deadline=None, max_examples=by_effort(40, 100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ours")

for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(each) is signal.SIG_IGN:  # as below nohup; programs that the tests start would inherit it
        signal.signal(each, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, in the short form, what is marked for the long ones."""
    if not IS_LONG:
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each folder took, and what the tortured runs come to; it may be all workers' together."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    seconds: Counter[str] = Counter()
    for report in reports:
        seconds["/".join(report.nodeid.split("::")[0].split("/")[1:-1])] += report.duration
    if len(seconds) > 1:
        seconds_line = ", ".join(f"{folder} {spent:.0f}" for folder, spent in seconds.most_common())
        terminalreporter.write_line(f"seconds of all processes together: {seconds_line}")
    line = summary_line(value for report in reports for name, value in report.user_properties if name == "crash")
    if line:
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty home, no settings, no keys, UTC, a plain terminal."""
    for name in list(os.environ):
        if name.startswith(("UNSUB_", "HUAWEICLOUD_", "HW_", "OS_", "XDG_", "LC_", "SSH_", "NO_COLOR")) or name in {
            "SUDO_USER",
            "COLORTERM",
            "COLUMNS",
            "LINES",
            "TMUX",
            "STY",
        }:
            monkeypatch.delenv(name)
    monkeypatch.delenv("TEXTUAL", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UNSUB_NO_AGENCY", "1")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("unsub_tui.domain.time_zone._zone", None)  # tests set it, also by running commands
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
