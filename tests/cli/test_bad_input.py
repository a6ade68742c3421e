"""Every command with wrong arguments, unusable files and outputs: one sentence, the right code, nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.command_steps import write_plan
from tests.support.program_process import PROGRAM_COMMAND, ForkedProcess, build_request, run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.main import COMMANDS, unsub_tui

ANOTHER_PROGRAM = json.dumps({"Version": "2012-10-17", "Statement": []})

OUTPUTS = [
    *(["list"], ["quote"], ["report"], ["orders"], ["runs"], ["doctor"], ["apply", "plan.json"]),
    *(
        ["list", "--format", "json"],
        ["apply", "plan.json", "--format", "json"],
        ["plan", "--filter", "id:*", "-o", "-"],
    ),
    *(
        ["config", "show"],
        ["journal", "verify", "--format", "json"],
        ["keys"],
        ["completion", "bash"],
        ["help", "plans"],
        ["agent-tools"],
    ),
    *(["--help"], ["--version"], ["list", "--help"]),
]
"""Commands that write to stdout."""

INPUTS = [
    *(["apply", "FILE"], ["--plan", "FILE"], ["quote", "--ids", "FILE"], ["plan", "--ids", "FILE", "-o", "out.json"]),
    *(["sandbox", "--faults", "FILE"], ["sandbox", "--replay", "FILE"], ["sandbox", "--state", "FILE"]),
]
"""Commands that read a file."""

STDIN = [["apply", "-"], ["quote", "-"], ["plan", "-", "-o", "out.json"], ["plan", "--ids", "-", "-o", "out.json"]]
"""Commands that read stdin."""

UNWRITABLE = [
    *(["plan", "--filter", "type:evs", "-o", "FILE"], ["journal", "export", "-o", "FILE"]),
    *(["doctor", "--contract", "--save", "FILE"], ["sandbox", "--state", "FILE"]),
]
"""Commands that write a file."""


def all_commands() -> Iterator[tuple[list[str], click.Command]]:
    """Yield every command with its name, and those below it."""
    context = click.Context(unsub_tui, **unsub_tui.context_settings)
    for name in COMMANDS:
        command = unsub_tui.get_command(context, name)
        assert command is not None
        yield [name], command
        if isinstance(command, click.Group):
            yield from (([name, each], below) for each, below in command.commands.items())


def check_refused(done: subprocess.CompletedProcess[str], arguments: list[str]) -> None:
    """The usage code, one sentence of the program, and no data."""
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, ""), (arguments, done.stderr)
    assert done.stderr.startswith("unsub-tui: ")
    assert done.stderr.count("\n") == 1, (arguments, done.stderr)


@pytest.mark.parametrize("path", [each for each, _command in all_commands()], ids=" ".join)
def test_an_unknown_option(path: list[str]) -> None:
    """Of every command."""
    check_refused(run_program(*path, "--no-such-option"), path)


def test_wrong_values() -> None:
    """Of every option that does not take any text, in every command."""
    checked = 0
    top = click.Context(unsub_tui, **unsub_tui.context_settings)  # a command keeps the names of its first --help
    for path, command in all_commands():
        for option in command.params:
            takes_any = option.type in (click.STRING, click.BOOL) or isinstance(option.type, click.Path)
            if takes_any or not isinstance(option, click.Option) or option.name in ("is_ascii", "tz"):
                continue
            with pytest.raises(click.UsageError):
                command.make_context(path[-1], [f"{option.opts[0]}=no such value"], parent=top)
            checked += 1
    assert checked > 30


@pytest.mark.usefixtures("account")
def test_a_full_disk_under_stdout() -> None:
    """Code 2 and a sentence, after what else there is to say; a command that reads is not a success then."""
    write_plan(1)
    for arguments in OUTPUTS:
        with (
            Path("err").open("w+b") as err,
            Path("/dev/full").open("wb") as out,
            Path(os.devnull).open("rb") as nothing,
        ):
            files = (nothing.fileno(), out.fileno(), err.fileno())
            code = ForkedProcess(build_request(arguments, dict(os.environ)), files).wait(60)
        *_before, last = Path("err").read_text(encoding="utf-8").splitlines()
        assert code == ExitCode.USAGE, arguments
        assert last == "unsub-tui: the output cannot be written: No space left on device", arguments


@pytest.mark.usefixtures("account")
def test_a_closed_stdout() -> None:
    """Whoever closes it wants no output: the code is that of the command."""
    words = f"exec {' '.join(PROGRAM_COMMAND)} list --format json >&-"
    assert subprocess.run(["/bin/sh", "-c", words], check=False, timeout=60).returncode == ExitCode.OK


@pytest.mark.usefixtures("account")
def test_unusable_files() -> None:
    """Empty, of another program, a directory, missing; nothing is written."""
    Path("other.json").write_text(ANOTHER_PROGRAM)
    Path("empty.json").touch()
    Path("directory").mkdir()
    for file in ("other.json", "empty.json", "directory", "nowhere/file.json"):
        for command in INPUTS:
            if file == "empty.json" and "--state" in command:
                continue  # a new state begins in it
            arguments = [file if each == "FILE" else each for each in command]
            check_refused(run_program(*arguments), arguments)
    for arguments in STDIN:  # which is empty
        check_refused(run_program(*arguments), arguments)
    assert Path("other.json").read_text() == ANOTHER_PROGRAM
    assert not Path("out.json").exists()


@pytest.mark.usefixtures("account")
def test_a_plan_file_of_another_version() -> None:
    """It is not guessed at."""
    write_plan(1)
    plan = Path("plan.json")
    plan.write_text(plan.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    for arguments in (["apply", "plan.json"], ["--plan", "plan.json"]):
        check_refused(run_program(*arguments), arguments)


@pytest.mark.usefixtures("account")
def test_unwritable_files() -> None:
    """The directory takes no file, or there is one already; a file that is there stays as it is."""
    write_plan(1)
    before = Path("plan.json").read_bytes()
    for command in UNWRITABLE:
        for file in ("/proc/file.json", "nowhere/file.json"):
            arguments = [file if each == "FILE" else each for each in command]
            done = run_program(*arguments)
            assert done.returncode == ExitCode.USAGE, (arguments, done.stderr)
            assert "internal error" not in done.stderr
    check_refused(run_program("plan", "--filter", "type:evs", "-o", "plan.json"), ["plan"])
    failed = run_program(
        "plan", "--filter", "type:evs", "-o", "plan.json", "--force", env={"UNSUB_ENDPOINT": "http://127.0.0.1:9"}
    )
    assert failed.returncode == ExitCode.SERVICE
    assert Path("plan.json").read_bytes() == before
    assert not list(Path().glob("*.tmp"))
