"""What the process does for its own safety, whatever it was started for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.effort import some
from unsub_tui.__main__ import main

COMMANDS = [
    ["list"],
    ["quote"],
    ["resume"],
    ["runs"],
    ["doctor"],
    ["config", "show"],
    ["config", "path"],
]

INSPECT_SCRIPT = """
import ctypes, os, resource, sys
from unsub_tui.cli.main import run

dumpable = lambda: ctypes.CDLL(None).prctl(3)
when_read = []
sys.addaudithook(
    lambda event, about: when_read.append(dumpable())
    if event == "open" and str(about[0]).endswith("credentials.toml") else None
)
run(sys.argv[1:])
print(f"\\n{dumpable()} {resource.getrlimit(resource.RLIMIT_CORE)} {os.umask(0):o} {set(when_read)}")
"""


@pytest.mark.parametrize("command", some(COMMANDS, 2), ids=" ".join)
def test_every_command_is_hardened_before_it_reads_keys(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No core, no memory for other processes, private files; and that is so when the file of keys is opened."""
    keys = Path(os.environ["HOME"]) / ".config/unsub-tui/credentials.toml"
    keys.parent.mkdir(parents=True, mode=0o700)
    keys.touch(mode=0o600)
    keys.write_text("[default]\naccess_key = 'AK'\nsecret_key = 'SK'\n")
    monkeypatch.setenv("UNSUB_ENDPOINT", "http://127.0.0.1:9")
    found = subprocess.run([sys.executable, "-c", INSPECT_SCRIPT, *command], capture_output=True, text=True, check=True)
    last = found.stdout.splitlines()[-1]
    reads = "{0}" if command not in (["runs"], ["config", "path"]) else "set()"
    assert last == f"0 (0, 0) 77 {reads}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have come by sudo")
def test_root_by_way_of_sudo_is_told_whose_record_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line on stderr; stdout stays what it is."""
    monkeypatch.setenv("SUDO_USER", "alice")
    command = [sys.executable, "-m", "unsub_tui", "runs"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "running as root for alice: the record is root's, in " in found.stderr
    assert "alice" not in found.stdout


UNKNOWN_USER_SCRIPT = """
import os, pwd, sys

def unknown(_uid):
    raise KeyError

pwd.getpwuid = unknown
os.environ.pop("HOME", None) if sys.argv[1] == "" else os.environ.update(HOME=sys.argv[1])
from unsub_tui.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize("home", some(["", "not/absolute"], 1), ids=some(["none", "relative"], 1))
def test_without_a_home_directory_it_says_what_to_set(home: str, tmp_path: Path) -> None:
    """As in a container whose user the system does not know; what is told other places by its variables needs none."""
    command = [sys.executable, "-c", UNKNOWN_USER_SCRIPT, home]
    found = subprocess.run([*command, "runs"], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "HOME must be an absolute path" in found.stderr
    assert found.stderr.count("\n") == 1
    named = {**os.environ, **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "STATE", "CACHE")}}
    looked = subprocess.run([*command, "doctor"], env=named, capture_output=True, text=True, check=False)
    assert (looked.returncode, looked.stderr) == (3, "")
    assert "no home directory" in looked.stdout


@pytest.mark.parametrize("arguments", ["runs", "--version"])
def test_a_full_disk_behind_the_output_is_no_fault_of_the_program(arguments: str) -> None:
    """A sentence and a code, for data and for what is written without the command line."""
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "unsub_tui", arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (found.returncode, found.stderr) == (2, "unsub-tui: the output cannot be written: No space left on device\n")


def test_a_reader_that_wants_no_more_falsifies_no_code() -> None:
    """A doctor that finds no keys ends with 3 whoever reads it, and so does one whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "unsub_tui", "doctor"]
    try:
        codes = [subprocess.run(command, stdout=out, check=False).returncode for out in (subprocess.DEVNULL, writing)]
    finally:
        os.close(writing)
    assert codes == [3, 3]


def test_windows_is_told_to_use_wsl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence instead of a module that is not there."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "WSL" in capsys.readouterr().err) == (2, True)
