"""--quiet, --verbose and --log-file: less and more than usual on stderr, and a log that a support ticket may have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.command_steps import apply_plan, write_plan
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\d{3}|[a-z_]+) \d+ms (GET|POST|PUT|DELETE) 127\.0\.0\.1:\d+ (/\S+)"
    r" operation=(\w+) request_id=(\S+)"
)
"""A request in the log."""


def read_log(path: str = "requests.log") -> list[tuple[str, ...]]:
    """Return result, method, path, operation and request id of each line."""
    first, *lines = Path(path).read_text(encoding="utf-8").splitlines()
    assert first.startswith("# unsub-tui ")
    matches = [LINE.fullmatch(line) for line in lines]
    assert None not in matches, lines
    return [match.groups() for match in matches if match]


def test_a_quiet_run_leaves_a_log_of_its_requests(account: Sandbox) -> None:
    """Nothing is on stderr but what needs attention. The log has the request that unsubscribes, with its id."""
    write_plan(1)
    result = apply_plan("--quiet", "--log-file", "requests.log")
    assert (result.returncode, result.stderr) == (ExitCode.OK, "")
    (sent,) = [row for row in read_log() if row[3] == "unsubscribe"]
    assert sent[:3] == ("200", "POST", "/v2/orders/subscriptions/resources/unsubscribe")
    assert sent[4] != "-"
    assert Path("requests.log").stat().st_mode & 0o777 == 0o600
    text = Path("requests.log").read_text(encoding="utf-8")
    for secret in (account.access_key, account.secret_key, "Signature", "SDK-HMAC"):
        assert secret not in text


@pytest.mark.usefixtures("account")
def test_a_log_has_names_of_parameters_and_no_values() -> None:
    """`--verbose` writes the same lines to stderr, beside the notes, and the file goes on where it ended."""
    first = run_program("orders", "--since", "2026-01-02", "--log-file", "requests.log")
    second = run_program("--verbose", "--log-file", "requests.log", "orders", "--since", "2026-01-02")
    assert first.returncode == second.returncode == ExitCode.OK
    lines = Path("requests.log").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.startswith("# unsub-tui")]) == 2
    assert "/v2/orders/customer-orders?create_time_begin&" in "".join(lines)
    assert "2026-01-02" not in "".join(lines)
    shown = [line for line in second.stderr.splitlines() if LINE.fullmatch(line)]
    assert shown == lines[-len(shown) :]
    assert "Time zone: " in second.stderr


@pytest.mark.usefixtures("account")
def test_a_failed_request_is_logged_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a response there is neither status nor request id."""
    monkeypatch.setenv("UNSUB_ENDPOINT", "http://127.0.0.1:9")
    assert run_program("list", "--log-file", "requests.log").returncode == ExitCode.SERVICE
    assert {(row[0], row[4]) for row in read_log()} == {("connection_failed", "-")}


@pytest.mark.usefixtures("account")
def test_quiet_keeps_warnings() -> None:
    """What could not be estimated is no note."""
    result = run_program("quote", "--quiet")
    assert "Not estimated: " in result.stderr
    assert "refund " not in result.stderr
    assert run_program("list", "--limit", "1", "--quiet").stderr == ""


@pytest.mark.usefixtures("account")
def test_a_log_is_never_appended_to_another_file() -> None:
    """A plan that was named by mistake stays as it is, and a link is not followed."""
    Path("plan.json").write_text("{}", encoding="utf-8")
    Path("link.log").symlink_to("plan.json")
    for name in ("plan.json", "link.log", ".", "/nonexistent/requests.log"):
        result = run_program("list", "--log-file", name)
        assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
        assert name.strip("./") in result.stderr
    assert Path("plan.json").read_text(encoding="utf-8") == "{}"


def test_the_app_has_no_room_for_a_log_on_the_screen() -> None:
    """`--verbose` without a command is an error that names the other option."""
    result = run_program("--verbose")
    assert result.returncode == ExitCode.USAGE
    assert "--log-file" in result.stderr
