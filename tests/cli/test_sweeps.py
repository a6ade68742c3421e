"""Listings of several profiles: the account in every row, and failures of single profiles."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.output_forms import check_form
from tests.support.program_process import run_program
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.sandbox.sandbox import Sandbox


@pytest.fixture
def profiles(account: Sandbox) -> Path:
    """Keys of three profiles: an administrator, a user who reads, and one whose key does not exist; their directory."""
    directory = Path.home() / ".config/unsub-tui"
    directory.mkdir(parents=True, mode=0o700)
    (directory / "config.toml").write_text('[profiles.prod]\nalias = "acme"\n')
    keys = directory / "credentials.toml"
    keys.touch(mode=0o600)
    pairs = {
        "prod": (account.access_key, account.secret_key),
        "audit": (account.reader_access_key, account.reader_secret_key),
        "old": ("NOSUCHKEY00000000001", "x"),
    }
    keys.write_text(
        "".join(f"[{name}]\naccess_key = '{ak}'\nsecret_key = '{sk}'\n" for name, (ak, sk) in pairs.items())
    )
    return directory


@pytest.mark.usefixtures("profiles")
def test_a_profile_that_cannot_be_read_costs_its_rows_only(account: Sandbox) -> None:
    """The document has the reason; stderr too, for the other formats; the exit code says that some are missing."""
    done = run_program("list", "--all-profiles", "--filter", "type:evs", "--format", "json")
    assert done.returncode == ExitCode.SOME_FAILED, done.stderr
    check_form("list", done.stdout)
    document = json.loads(done.stdout)
    assert (document["account"], document["site"]) == (None, None)
    found = {each["profile"]: each for each in document["profiles"]}
    assert list(found) == ["audit", "old", "prod"]
    assert found["old"]["error"]["kind"] == "credentials"
    assert found["old"]["count"] == 0
    counted = {each: sum(row["profile"] == each for row in document["resources"]) for each in found}
    assert counted == {each: found[each]["count"] for each in found}
    assert counted["audit"] == counted["prod"] > 0
    assert {row["account"] for row in document["resources"]} == {account.domain_id}
    assert "The same account as profile audit: its rows are listed twice" in done.stderr
    assert "Profile old (2 of 3)\nNot read: " in done.stderr


@pytest.mark.usefixtures("profiles")
def test_some_profiles_in_the_order_given(account: Sandbox) -> None:
    """In every format, also of the report; the option may stand on both sides of the command."""
    table = run_program("--profile", "prod,audit", "list", "--filter", "type:evs")
    assert table.returncode == ExitCode.OK, table.stderr
    header, *lines = table.stdout.splitlines()
    assert header.split()[:3] == ["PROFILE", "ACCOUNT", "ID"]
    assert list(dict.fromkeys(tuple(line.split()[:2]) for line in lines)) == [
        ("prod", "acme"),
        ("audit", account.account_name),
    ]
    report = run_program("report", "--profile", "prod,audit", "--format", "csv")
    assert report.returncode == ExitCode.OK, report.stderr
    rows = list(csv.DictReader(report.stdout.splitlines()))
    assert list(rows[0])[:4] == ["profile", "account", "account_name", "site"]
    assert {row["profile"] for row in rows} == {"prod", "audit"}
    document = run_program("report", "--profile", "prod,audit", "--format", "json").stdout
    check_form("report", document)


@pytest.mark.usefixtures("profiles")
def test_nothing_could_be_read() -> None:
    """The exit code is that of the reason, and the document has it."""
    done = run_program("list", "--profile", "old,nosuch", "--format", "json")
    assert done.returncode == ExitCode.CREDENTIALS
    document = json.loads(done.stdout)
    assert [each["error"]["kind"] for each in document["profiles"]] == ["credentials", "config"]
    assert document["resources"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--profile", "a,,b"], "a name is missing beside a comma"),
        (["list", "--all-profiles", "--profile", "a"], "--all-profiles cannot be combined with --profile"),
        (["list", "--all-profiles"], "there are no profiles"),
        (["list", "--profile", "a,b", "--filter", "nmae:x"], "did you mean"),
        (["quote", "--profile", "a,b"], "several profiles only with list and report"),
    ],
)
@pytest.mark.usefixtures("account", "config")
def test_wrong_usage(arguments: list[str], words: str) -> None:
    """One sentence and exit code 2, before anything is read."""
    done = run_program(*arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert words in done.stderr
