"""What a person wrote is hostile too: names, paths, arguments and variables reach no terminal as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox

TEXT = "a\x1b[2J\u202eb\x9b31m\x07\u200b\u2028c\x85"
"""Clears the screen, turns the direction, colors, beeps, hides, and breaks lines, if it reaches a terminal."""
BYTES = TEXT + "\udc9b\udcff"
"""The same with bytes that are not UTF-8, as arguments, variables and paths can have them."""
TOML = json.dumps(TEXT)


def safe_output(*arguments: str, codes: Sequence[int] = (ExitCode.USAGE,), env: Mapping[str, str] | None = None) -> str:
    """Run a command; return what it wrote, in which nothing may move a terminal."""
    result = run_program(*arguments, env=env)
    output = result.stdout + result.stderr
    assert all(char.isprintable() or char == "\n" for char in output), ascii(output)
    assert "fault of the program" not in output
    assert result.returncode in codes, output
    return output


@pytest.mark.parametrize(
    "arguments",
    [
        *([BYTES], ["list", f"--{BYTES}"], ["list", "--format", BYTES], ["--profile", BYTES, "list"]),
        *(
            ["list", "--filter", f"refund<{BYTES}"],
            ["list", "--filter", f"@{BYTES}"],
            ["quote", BYTES],
            ["runs", BYTES],
        ),
        *(["plan", BYTES, "-o", "/nonexistent/plan.json"], ["plan", "x", "-o", f"{BYTES}/{BYTES}"], ["apply", BYTES]),
        *(["journal", "verify", "--account", BYTES], ["--max-amount", BYTES, "list"], ["orders", "--since", BYTES]),
        *(["apply", "x", "--reason", BYTES], ["--plan", BYTES], ["sandbox", "--host", BYTES]),
    ],
)
@pytest.mark.usefixtures("account")
def test_an_argument(arguments: list[str]) -> None:
    """An error that quotes an argument spells it out."""
    safe_output(*arguments, codes=(2, 5, 7, 10))  # an id that is not in the account is refused alone


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        *(("UNSUB_CONFIG", (2,)), ("UNSUB_PROFILE", (2,)), ("UNSUB_SITE", (2,)), ("UNSUB_ENDPOINT", (2,))),
        *(("UNSUB_READ_ONLY", (2,)), ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", (0, 2)), ("HW_USER_NAME", (0, 2))),
        *(("HTTPS_PROXY", (0, 2)), ("SSL_CERT_FILE", (0, 2)), ("SUDO_USER", (0,)), ("SSH_CONNECTION", (0,))),
        *(("UNSUB_THEME", (0,)), ("COLORTERM", (0,)), ("HUAWEICLOUD_SDK_AK", (2, 3))),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_variable(name: str, codes: Sequence[int]) -> None:
    """Neither what is wrong nor what is shown of the environment is printed as it is."""
    safe_output("config", "show", codes=(0, *codes), env={name: BYTES})
    safe_output("doctor", codes=(0, *codes), env={name: BYTES})


@pytest.mark.usefixtures("account")
def test_a_path(tmp_path: Path) -> None:
    """The directories of settings and record may be called whatever they like."""
    home = tmp_path / BYTES.replace("/", "")
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('protected = ["x"]\n', encoding="utf-8")
    env = {"UNSUB_CONFIG": str(home / "config.toml"), "UNSUB_STATE_DIR": str(home / "state"), "HOME": str(home)}
    for command in ("config show", "config path", "config validate", "doctor", "journal verify", "runs", "list"):
        safe_output(*command.split(), codes=(0,), env=env)
    (home / "state").mkdir(mode=0o755)
    for command in ("doctor", "journal verify", "runs"):
        safe_output(*command.split(), codes=(0, 1), env=env)
    (home / "config.toml").chmod(0o666)
    assert "chmod go-w" in safe_output("list", env=env)


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        *((f"profile = 'p'\n[profiles.p]\nalias = {TOML}", (2,)), (f"profile = {TOML}\n[profiles.{TOML}]", (2,))),
        *((f"[profiles.{TOML}]\nnonsense = 1", (2,)), (f"[profiles.{TOML}]\nmax_items = 0", (2, 0))),
        *((f"{TOML} = 1", (2,)), (f"protected = [{TOML}]\nblocked_accounts = [{TOML}]", (0,))),
        *(
            (f"protected = ['name:' , {json.dumps('x:' + TEXT)}]", (2,)),
            (f"theme = {TOML}\ncolumns = [{TOML}]", (0, 2)),
        ),
        *((f"[keys]\n{TOML} = {TOML}", (0, 2)), (f"profile = 'p'\n[profiles.p]\nendpoint = {TOML}", (2,))),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_setting(config: Path, settings: str, codes: Sequence[int]) -> None:
    """Names, aliases, patterns and keys of a settings file are spelt out wherever they are shown."""
    config.write_text(settings, encoding="utf-8")
    safe_output("config", "validate", codes=(0, *codes))
    safe_output("doctor", codes=(0, *codes))


@pytest.mark.parametrize("alias", [TEXT, "two\u00a0words", "x" * 300])
def test_an_alias_can_be_typed(config: Path, alias: str) -> None:
    """It stands in the phrase that confirms a plan: one that cannot be shown and typed is a settings error."""
    config.write_text(f"profile = 'p'\n[profiles.p]\nalias = {json.dumps(alias)}\n", encoding="utf-8")
    output = safe_output("config", "show")
    assert f"{config} [profiles.p]: alias must be printable text of at most" in output
    assert len(output.splitlines()) == 1


def test_ticket_and_reason(account: Sandbox, config: Path, tmp_path: Path) -> None:
    """Both are kept as they were given, in the plan file and the record, and shown spelt out."""
    config.write_text("busy_wait_seconds = 0\n")  # a disk of the account is in a transaction, and no run waits for that
    plan = str(tmp_path / "plan.json")
    safe_output("plan", "--filter", "type:evs is:primary", "-o", plan, "--ticket", TEXT, codes=(0,))
    review = safe_output("apply", plan, codes=(0,))
    phrase = next(line.removeprefix("confirm: ") for line in review.splitlines() if line.startswith("confirm: "))
    safe_output("apply", plan, "--confirm", TEXT, codes=(ExitCode.GUARD,))
    safe_output("apply", plan, "--confirm", phrase, "--reason-text", TEXT, "--timeout", "1", codes=(0, 5, 6))
    assert account.account.request_log
    run = run_json("runs")["runs"][0]
    assert (run["ticket"], run["reason_text"]) == (TEXT, TEXT.strip())
    for form in ("table", "json", "csv", "md"):
        safe_output("runs", "--format", form, codes=(0,))
        safe_output("runs", run["run_id"], "--format", form, codes=(0,))


def test_names_of_filters_and_keys(account: Sandbox, config: Path) -> None:
    """The files beside the settings are read with the same care."""
    for text in ("'type:evs'", TOML):
        config.with_name("filters.toml").write_text(f"{TOML} = {text}\n", encoding="utf-8")
        safe_output("list", "--filter", "@nothing")
    keys = config.with_name("credentials.toml")
    keys.write_text(f"[default]\n{TOML} = 1\n[{TOML}]\naccess_key = {TOML}\nsecret_key = 'x'\n", encoding="utf-8")
    keys.chmod(0o600)
    safe_output("doctor", codes=(0,))
    safe_output("config", "show", codes=(2,), env={"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": ""})
    safe_output("list", codes=(2, 3), env={"UNSUB_PROFILE": TEXT})
    assert not account.account.request_log
