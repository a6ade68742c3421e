"""Completion in real shells: what a person types, and what the shell makes of it."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.program_process import PROGRAM_COMMAND
from tests.support.pseudo_terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = ROOT / "unsub_tui" / "data" / "shell"

START: Mapping[str, tuple[list[str], str]] = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"PS1='%'; . {shlex.quote(str(SCRIPTS / 'unsub-tui.bash'))}"),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"PS1='%%'; fpath=({shlex.quote(str(SCRIPTS))} $fpath); autoload -U compinit; compinit -D -u",
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        f"function fish_prompt; echo -n %; end; . {shlex.quote(str(SCRIPTS / 'unsub-tui.fish'))}",
    ),
}
"""How each shell is started without settings, and how it learns the completion."""

TYPED = {
    "unsub-tui list --tab=ren": "--tab=renewal",
    "unsub-tui --profile a": "--profile acme",
    "unsub-tui list --filter 'type:ecs state:fro": "'type:ecs state:frozen",
    "unsub-tui list --filter state:fro": "--filter state:frozen",
    "unsub-tui journal verify --read": "--read-only",
    "unsub-tui apply ./pl": "apply ./plan.json",
}


@pytest.mark.parametrize("shell", START)
def test_the_shell_completes(shell: str, tmp_path: Path, config: Path) -> None:
    """Options, words of a quoted filter, values after `=`, profiles, options of the program, files."""
    if shutil.which(shell) is None:
        pytest.skip(f"not installed: {shell}")
    config.write_text("[profiles.acme]\n")
    (tmp_path / "plan.json").touch()
    program = tmp_path / "bin" / "unsub-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(PROGRAM_COMMAND)} "$@"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "xterm"}
    command, setup = START[shell]
    with Terminal(command=command, cwd=tmp_path, env=environment, columns=200) as terminal:
        terminal.type(f"{setup}\r\x0c")
        for text, completed in TYPED.items():
            terminal.type(f"{text}\t")
            terminal.wait_for(completed)
            terminal.type("\x15")
            terminal.wait_until_gone(completed)
        terminal.type("exit\r")
        terminal.wait_for_exit()
