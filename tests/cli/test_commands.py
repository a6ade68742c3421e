"""The commands as scripts use them: real processes, the sandbox on a socket, every exit code."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import click
import pytest

from tests.cli.command_steps import list_rows
from tests.support.program_process import run_json, run_program, start_program
from tests.support.pseudo_terminal import Terminal
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.fast_help import HELP_DIRECTORY, static_output
from unsub_tui.cli.main import unsub_tui
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.mark.usefixtures("account")
def test_list_as_json_has_the_documented_form() -> None:
    """Every resource is there, with vendor codes as they are and foreign text escaped but whole."""
    document = run_json("list")
    assert document["schema_version"] == 1
    assert len(document["resources"]) == 80
    row = document["resources"][0]
    assert set(row) >= {
        "resource_id", "resource_name", "service_type_code", "resource_type_code", "region_code", "status",
        "is_main_resource", "parent_resource_id", "effective_time", "expire_time", "expire_policy",
        "enterprise_project_id", "batch_eligible", "blocked_reason",
    }  # fmt: skip
    assert any(each["blocked_reason"] == "attached" for each in document["resources"])
    assert any(each["batch_eligible"] for each in document["resources"])


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
@pytest.mark.usefixtures("account")
def test_nothing_that_a_terminal_would_obey_is_printed(form: str) -> None:
    """Whatever names the service sends: no escape, no control character, no direction override in any format."""
    result = run_program("list", "--format", form)
    assert result.returncode == ExitCode.OK
    assert all(char.isprintable() or char in "\r\n" for char in result.stdout), form


@pytest.mark.usefixtures("account")
def test_csv_holds_no_formula() -> None:
    """A name that begins like a formula gets a quote before it."""
    rows = list(csv.DictReader(io.StringIO(run_program("list", "--format", "csv").stdout)))
    assert len(rows) == 80
    assert not [row for row in rows if row["resource_name"].startswith(("=", "+", "-", "@"))]


@pytest.mark.usefixtures("account")
def test_a_filter_needs_all_its_words() -> None:
    """Words are joined by AND and may be in different fields."""
    rows = [
        json.loads(line) for line in run_program("list", "--format", "jsonl", "--filter", "ECS use").stdout.splitlines()
    ]
    assert rows
    assert all(row["service_type_code"] == "hws.service.type.ec2" for row in rows)


@pytest.mark.usefixtures("account")
def test_a_filter_is_the_one_of_the_app(config: Path) -> None:
    """Fields, comparisons, states; by name too; as Markdown for a ticket."""
    text = "type:evs is:primary expires<300d"
    found = list_rows("--filter", text)
    assert 0 < len(found) < len(list_rows())
    assert all(each["is_main_resource"] and each["service_type_code"].endswith(".ebs") for each in found)
    config.with_name("filters.toml").write_text(f'disks = "{text}"\n', encoding="utf-8")
    named = run_program("list", "--format", "md", "--filter", "@disks")
    assert named.returncode == ExitCode.OK
    assert len(named.stdout.splitlines()) == len(found) + 2


@pytest.mark.usefixtures("account")
def test_amounts_choose_among_quotes() -> None:
    """`quote --filter` quotes what fits otherwise, and keeps what the amounts fit."""
    quoted = run_json("quote", "--filter", "type:evs refund>100")
    assert quoted["quotes"]
    assert all(Decimal(each["refund"]) > 100 for each in quoted["quotes"])
    assert {each["currency"] for each in quoted["totals"]} == {"USD"}
    either = run_json("quote", "--filter", "type:evs refund>100 or type:rds")
    services = {each["resource_id"]: each["service_type_code"] for each in list_rows()}
    disks = [each["resource_id"] for each in either["quotes"] if services[each["resource_id"]].endswith("ebs")]
    assert disks == [each["resource_id"] for each in quoted["quotes"]]
    assert any(services[each["resource_id"]].endswith("rds") for each in either["quotes"])


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        ("list", "run:asleep", "a known run"),
        ("list", "refund<10", "unsub-tui quote --filter"),
        ("list", "is:selected", "only in the app"),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_wrong_filter_is_a_sentence(command: str, text: str, words: str) -> None:
    """It names the part that is wrong and what was expected there."""
    result = run_program(command, "--filter", text)
    assert result.returncode == ExitCode.USAGE
    assert words in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('[keys]\n"list.sotr" = "f8"\n', "did you mean 'list.sort'"),
        ('columns = ["name", "color"]\n', "unknown name 'color'"),
        ('theme = "nord"\n', "unknown name 'nord'"),
    ],
)
@pytest.mark.usefixtures("account")
def test_a_name_that_the_app_does_not_have_is_told_before_it_opens(config: Path, settings: str, words: str) -> None:
    """Keys, columns and themes of the configuration are checked; nothing is guessed."""
    config.write_text(settings, encoding="utf-8")
    with Terminal() as terminal:
        assert terminal.wait_for_exit() == ExitCode.USAGE
        assert words in terminal.text.replace("\n", "")


@pytest.mark.usefixtures("account")
def test_the_app_opens_on_a_filter_and_a_tab() -> None:
    """A filter that cannot mean anything is told before it opens; a command has the options for itself."""
    with Terminal("--filter", "name:nobody expires<3y", "--tab", "inactive") as terminal:
        terminal.wait_for("[3 Inactive]", "/ name:nobody expires<3y", "shown 0 of ")
        terminal.press("esc")
        terminal.wait_until_gone("/ name:nobody")
        terminal.press("q")
        assert terminal.wait_for_exit() == ExitCode.OK
    wrong = run_program("--filter", "type:ecs OR")
    assert (wrong.returncode, "           ^^\n" in wrong.stderr) == (ExitCode.USAGE, True)
    before = run_program("--filter", "type:ecs", "list")
    assert (before.returncode, "unsub-tui list --filter" in before.stderr) == (ExitCode.USAGE, True)


def test_without_keys_it_says_what_to_set_and_offers_the_demo() -> None:
    """Plain words, no traceback, exit code 3."""
    result = run_program()
    assert result.returncode == ExitCode.CREDENTIALS
    assert "HUAWEICLOUD_SDK_AK" in result.stderr
    assert "unsub-tui demo" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["lsit"], "Did you mean", id="command"),
        pytest.param(["list", "--fromat", "json"], "Did you mean", id="flag"),
        pytest.param(["list", "--format", "xml"], "'xml' is not one of", id="value"),
        pytest.param(["sandbox", "--host", "0.0.0.0"], "loopback only", id="open host"),  # noqa: S104 - it is refused
        pytest.param(["sandbox", "--host", "::ffff:127.0.0.1"], "loopback only", id="mapped host"),
        pytest.param(["sandbox", "--now", "soon"], "2026-01-15", id="time"),
        pytest.param(["demo"], "needs a terminal", id="no terminal"),
        pytest.param(["--max-amount", "lots", "list"], "500.00", id="money"),
        pytest.param(["--max-share", "101", "list"], "10 or 2.5", id="share"),
        pytest.param(["--plan", "x.json", "list"], "--plan opens the app", id="plan with a command"),
        pytest.param(["apply", "x.json", "--reason", "6"], "1<=x<=5", id="reason"),
        pytest.param(["apply", "x.json", "--reason-text", "x" * 513], "512 characters", id="reason text"),
        pytest.param(["apply", "x.json"], "there is no such file", id="no plan file"),
        pytest.param(["plan", "ecs-1"], "--output", id="plan to nowhere"),
        pytest.param(["runs", "no-such-run"], "no run starts with", id="run"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(arguments: list[str], words: str) -> None:
    """The nearest guess or an example is named; nothing is guessed and run."""
    result = run_program(*arguments)
    assert result.returncode == ExitCode.USAGE
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("fault", "code", "error_code"),
    [
        pytest.param({"action": "garbage"}, ExitCode.SERVICE, "not_json", id="garbage"),
        pytest.param({"action": "ok_with_error"}, ExitCode.SERVICE, "CBC.0100", id="error in a 200"),
        pytest.param({"action": "error", "status": 403}, ExitCode.CREDENTIALS, "CBC.0151", id="permission"),
        pytest.param({"action": "error", "status": 403}, ExitCode.CREDENTIALS, "CBC.0156", id="other site"),
        pytest.param({"action": "error", "status": 401}, ExitCode.CREDENTIALS, "APIGW.0301", id="keys refused"),
    ],
)
def test_trouble_with_the_service_is_a_sentence(
    account: Sandbox, fault: dict[str, object], code: ExitCode, error_code: str
) -> None:
    """One clear message with the vendor's code, the documented exit code, no traceback, no partial data."""
    fault |= {"error_code": error_code} if "." in error_code else {}
    account.faults = parse_faults([{"operation": "query_resources", **fault}])
    result = run_program("list", "--format", "json")
    assert result.returncode == code, result.stderr
    assert "." not in error_code or error_code in result.stderr
    assert "Traceback" not in result.stderr
    document = json.loads(result.stdout)
    assert (document["error"]["code"], document["exit_code"]) == (error_code, code)


def test_nobody_there_is_exit_code_4(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that refuses connections: network, nothing was sent."""
    monkeypatch.setenv("UNSUB_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "AKNOBODY000001")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "very-secret-key")
    result = run_program("list")
    assert result.returncode == ExitCode.SERVICE
    assert "very-secret-key" not in result.stderr
    assert "Traceback" not in result.stderr


def test_the_paths_of_the_files_are_printed(tmp_path: Path) -> None:
    """`config path` names settings, keys and record, by the XDG variables."""
    result = run_program(
        "config", "path", env={"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_STATE_HOME": "not/absolute"}
    )
    config, credentials, rules, filters, state, cache = (line.split()[1] for line in result.stdout.splitlines())
    assert config == str(tmp_path / "c/unsub-tui/config.toml")
    assert credentials == str(tmp_path / "c/unsub-tui/credentials.toml")
    assert rules == str(tmp_path / "c/unsub-tui/rules.toml")
    assert filters == str(tmp_path / "c/unsub-tui/filters.toml")
    assert state == str(Path(os.environ["HOME"]) / ".local/state/unsub-tui")
    assert cache == str(Path(os.environ["HOME"]) / ".cache/unsub-tui")


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield a command and all commands below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from contexts(click.Context(command, info_name=name, parent=context, **command.context_settings))


def test_the_quick_help_is_what_the_command_line_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make data` writes it anew, for every command; nothing else is written there."""
    monkeypatch.delenv("COLUMNS", raising=False)
    top = click.Context(unsub_tui, info_name="unsub-tui", terminal_width=78, **unsub_tui.context_settings)
    said = {context.command_path: context.get_help() + "\n" for context in contexts(top)}
    assert {path: static_output([*path.split()[1:], "--help"]) for path in said} == said
    assert len(list(Path(HELP_DIRECTORY).iterdir())) == len(said)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["journal", "verify", "--help"], ["journal", "-h"]])
def test_help_is_the_same_at_another_width(arguments: list[str]) -> None:
    """A terminal of another width is asked for its own; in 80 columns that is the quick one."""
    quick, slow = run_program(*arguments), run_program(*arguments, env={"COLUMNS": "80"})
    assert quick.returncode == slow.returncode == ExitCode.OK
    assert quick.stdout == slow.stdout != ""


@pytest.mark.parametrize(
    "arguments", [[], ["-h", "x"], ["nothing", "-h"], ["../help/unsub-tui", "-h"], ["journal.verify", "-h"]]
)
def test_only_commands_have_quick_help(arguments: list[str]) -> None:
    """Whatever else stands before the flag is for the command line to judge."""
    assert static_output(arguments) is None


def test_no_runs_is_an_empty_document() -> None:
    """Before the first run the record is empty, and that is no error."""
    assert run_json("runs")["runs"] == []


def test_the_sandbox_announces_itself_in_one_line() -> None:
    """One line of JSON; then it answers, and an interrupt ends it."""
    with start_program("sandbox", "--resources", "30") as process:
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        assert set(announced) == {"endpoint", "access_key", "secret_key", "domain_id", "services"}
        env = {
            "UNSUB_ENDPOINT": announced["endpoint"],
            "HUAWEICLOUD_SDK_AK": announced["access_key"],
            "HUAWEICLOUD_SDK_SK": announced["secret_key"],
        }
        listed = run_program("list", "--format", "jsonl", env=env)
        process.terminate()
        rest = process.stdout.read()
    assert len(listed.stdout.splitlines()) == 30
    assert rest == ""
    assert process.returncode == 0


@pytest.mark.usefixtures("account")
def test_quotes_as_json() -> None:
    """Every figure with its source, money as text with all its digits, what is missing named."""
    document = run_json("quote")
    assert (document["schema_version"], document["site"]) == (1, "intl")
    fields = {"resource_id", "kind", "currency", "paid", "consumed", "handling_fee", "refund", "coupon_lost", "source"}
    assert all(fields | {"rule", "missing", "attached_resource_ids"} <= set(row) for row in document["quotes"])
    known = [row for row in document["quotes"] if row["source"] == "estimate"]
    assert len(known) > 10
    for row in known:
        paid, rest = Decimal(row["paid"]), ("consumed", "handling_fee", "refund")
        assert abs(paid - sum(Decimal(row[name]) for name in rest)) < Decimal("0.000001")
        assert row["rule"]
    (total,) = document["totals"]
    # every amount is rounded to ten decimals on its own
    assert abs(Decimal(total["refund"]) - sum(Decimal(row["refund"]) for row in known)) < Decimal("0.000001")
    assert all(each["blocked_reason"] for each in document["refused"])


def test_quotes_of_named_resources(account: Sandbox) -> None:
    """One by one: what cannot be quoted is told."""
    rows = list_rows()
    fine = next(row["resource_id"] for row in rows if row["batch_eligible"])
    attached = next(row["resource_id"] for row in rows if not row["is_main_resource"])
    one = run_program("quote", fine, "--format", "csv")
    assert one.returncode == ExitCode.OK
    assert [row["resource_id"] for row in csv.DictReader(io.StringIO(one.stdout))] == [fine]
    both = run_program("quote", fine, attached)
    assert both.returncode == ExitCode.SOME_FAILED
    assert f"Not estimated: {attached}" in both.stderr
    assert not account.account.request_log


@pytest.mark.usefixtures("account")
def test_rules_of_ones_own(tmp_path: Path) -> None:
    """An override is used and named in every quote; a wrong one is refused before anything is asked."""
    own = tmp_path / "unsub-tui" / "rules.toml"
    own.parent.mkdir()
    own.write_text("[intl.fee]\nname='ours'\nsource='a mail'\ndate=2026-11-02\npercent={monthly=[1]}\n")
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    rows = run_json("quote", env=env)["quotes"]
    assert any("ours 2026-11-02 (your override)" in row["rule"] for row in rows)
    own.write_text("[intl.fee]\npercent={monthly=[101]}\n")
    result = run_program("quote", env=env)
    assert result.returncode == ExitCode.USAGE
    assert "intl.fee" in result.stderr


@pytest.mark.usefixtures("account")
def test_what_the_encoding_of_stdout_lacks_is_spelt_out(account: Sandbox) -> None:
    """Names of any script, and our own signs, on a terminal that knows ASCII only."""
    found = run_program("list", "--filter", "环境", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert r"\u6d4b\u8bd5" in found.stdout


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("tab", ["active", "inactive"])
def test_a_protected_resource_is_not_eligible(config: Path, tab: str) -> None:
    """The list says so, and `is:eligible` finds none of them, as in the app."""
    config.write_text('protected = ["*"]\n', encoding="utf-8")
    assert {row["blocked_reason"] for row in list_rows("--tab", tab)} == {"protected"}
    assert list_rows("--tab", tab, "--filter", "is:eligible") == []
