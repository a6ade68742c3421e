"""`--ids`: resources named in a file, such as an export of the console or of Excel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command_steps import disks, list_rows
from tests.support.program_process import run_json, run_program
from unsub_tui.cli.exit_codes import ExitCode


def planned_ids(text: str) -> list[str]:
    """Return the ids of the items of a plan file."""
    return [item["resource"]["resource_id"] for item in json.loads(text)["plan"]["items"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.usefixtures("account")
def test_a_plan_of_the_ids_in_an_export(encoding: str) -> None:
    """Its column is found by the heading; each id that the account does not have is on a line of its own."""
    wanted = disks(2)
    missing = [f"gone-{number}" for number in range(30)]
    rows = [f'"名称, {number}",{each},云硬盘' for number, each in enumerate([*missing, *wanted])]
    Path("export.csv").write_bytes("\r\n".join(["资源名称,资源ID,产品类型", *rows, ",,合计"]).encode(encoding))
    result = run_program("plan", "--ids", "export.csv", "-o", "-")
    assert result.returncode == ExitCode.SOME_FAILED, result.stderr
    assert planned_ids(result.stdout) == wanted
    lines = result.stderr.splitlines()
    told = [f"Not in the account: {each} (名称, {number})" for number, each in enumerate(missing)]
    assert [line for line in lines if "Not in the account: " in line] == told
    assert "export.csv: Read from column 2, 资源ID." in lines
    assert "export.csv: 1 row has no id in this column." in lines


@pytest.mark.usefixtures("account")
def test_ids_from_stdin_add_to_those_of_the_arguments() -> None:
    """With `--ids -` or with `-` among the arguments. A plan file names resources as well."""
    first, second = disks(2)
    for arguments in (("--ids", "-"), ("-",), ("-", "--ids", "-")):
        done = run_program("plan", first, *arguments, "-o", "plan.json", "--force", stdin=f"{second}\n")
        assert done.returncode == ExitCode.OK
        assert planned_ids(Path("plan.json").read_text(encoding="utf-8")) == [first, second]
    quoted = run_json("quote", "--ids", "plan.json")
    assert [each["resource_id"] for each in quoted["quotes"]] == [first, second]
    Path("some.txt").write_text(f"{first}\nno-such-id\n", encoding="utf-8")
    part = run_json("quote", "--ids", "some.txt", code=ExitCode.SOME_FAILED)
    assert [each["resource_id"] for each in part["quotes"]] == [first]


@pytest.mark.usefixtures("account")
def test_an_id_that_is_gone_refuses_itself_only() -> None:
    """Given as an argument or on stdin, it is on a line of its own; the rest is planned and estimated, with exit 5."""
    (wanted,) = disks(1)
    for arguments, stdin in (([wanted, "gone-1"], ""), (["gone-1", "-"], wanted)):
        planned = run_program("plan", *arguments, "-o", "-", stdin=stdin)
        quoted = run_program("quote", *arguments, "--format", "json", stdin=stdin)
        assert planned_ids(planned.stdout) == [wanted]
        assert [each["resource_id"] for each in json.loads(quoted.stdout)["quotes"]] == [wanted]
        for result in (planned, quoted):
            assert result.returncode == ExitCode.SOME_FAILED
            assert "Not in the account: gone-1\n" in result.stderr
    only_gone = run_json("quote", "gone-1", code=ExitCode.SOME_FAILED)
    assert only_gone["quotes"] == []


@pytest.mark.parametrize("command", [("plan", "-o", "out.json"), ("quote",)])
@pytest.mark.usefixtures("account")
def test_a_file_without_any_id_of_the_account_never_means_all_resources(command: tuple[str, ...]) -> None:
    """Nothing is planned or estimated: with ids that do not exist, without ids, of a workbook, of no file at all."""
    assert len(list_rows()) > 2
    for content, words in {
        b"\n  \n": "ids.txt: it is empty",
        b"# none today\n": "ids.txt: there are no ids in it",
        b"Name\tService\nx\tECS\ny\tEVS\n": "ids.txt: this is a table without ids",
        b'{"a": 1}': "ids.txt: this is JSON without any resource_id",
        b"PK\x03\x04": "it is an Excel workbook",
    }.items():
        Path("ids.txt").write_bytes(content)
        result = run_program(*command, "--ids", "ids.txt")
        assert (result.returncode, result.stdout) == (ExitCode.USAGE, ""), content
        assert words in result.stderr, content
    Path("ids.txt").write_bytes(b"gone-1\n\x1b[31mred\n")
    gone = run_program(*command, "--ids", "ids.txt")
    assert gone.returncode == (ExitCode.NOTHING_TO_DO if "plan" in command else ExitCode.SOME_FAILED)
    assert "Not in the account: gone-1\nNot in the account: <1B>[31mred\n" in gone.stderr
    assert len(gone.stdout.splitlines()) < 2
    assert "stdin: it is empty" in run_program(*command, "-").stderr
    absent = run_program(*command, "--ids", "absent.txt")
    assert (absent.returncode, absent.stdout) == (ExitCode.USAGE, "")
    assert not Path("out.json").exists()
