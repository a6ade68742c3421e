"""A real SSH server on the loopback interface, for one test, with keys and settings of its own."""

from __future__ import annotations

import os
import pwd
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.effort import TIMEOUT_SECONDS
from tests.support.pseudo_terminal import Terminal

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or ""
PROJECT_ROOT = Path(__file__).parents[2]

_SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
AuthorizedKeysFile {directory}/mine.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
LogLevel ERROR
"""


def unavailable_reason() -> str:
    """Return why no server can be had here, or nothing."""
    missing = [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]
    if not SSHD or missing:
        return f"not installed: {', '.join([*missing, *([] if SSHD else ['sshd'])])}"
    separation = Path("/run/sshd")  # Debian's sshd wants it when it runs as root; its service makes it at boot
    if os.geteuid() == 0 and not separation.is_dir():
        try:
            separation.mkdir(mode=0o755)
        except OSError as error:
            return f"{separation} cannot be made: {error.strerror}"
    return ""


@dataclass(frozen=True, slots=True)
class SshServer:
    """The server while it runs."""

    directory: Path
    port: int

    def connect(self, script: str = "program", term: str = "xterm-256color") -> Terminal:
        """Log in and run one of the scripts, in a terminal of its own that says to be of that kind."""
        known = ["UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "IdentitiesOnly=yes", "LogLevel=ERROR"]
        options = [part for each in known for part in ("-o", each)]
        name = pwd.getpwuid(os.geteuid()).pw_name
        identity = ["-F", "/dev/null", "-i", str(self.directory / "mine"), "-p", str(self.port), f"{name}@127.0.0.1"]
        return Terminal(*options, "-tt", *identity, str(self.directory / script), command=("ssh",), env={"TERM": term})

    def write_script(self, name: str, text: str, env: Mapping[str, str]) -> None:
        """Write a script that can be run after logging in, with this environment."""
        exports = [f"export {key}={shlex.quote(value)}" for key, value in env.items()]
        path = self.directory / name
        path.write_text("\n".join(["#!/bin/sh", *exports, f"cd {shlex.quote(str(PROJECT_ROOT))}", text, ""]))
        path.chmod(0o700)

    @property
    def program_pid(self) -> int:
        """The process id of the program that was started last."""
        return int((self.directory / "pid").read_text())

    @property
    def session_pid(self) -> int:
        """The server's process for the connection of that program."""
        status = Path(f"/proc/{self.program_pid}/stat").read_text()
        return int(status.rpartition(")")[2].split()[1])


@contextmanager
def ssh_server(directory: Path, env: Mapping[str, str]) -> Iterator[SshServer]:
    """Serve while the `with` block runs; the script `program` starts ours in this environment."""
    for name in ("host", "mine"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    server = SshServer(directory, _free_port())
    (directory / "settings").write_text(_SSHD_CONFIG.format(port=server.port, directory=directory))
    server.write_script("program", f"echo $$ > {directory}/pid; exec {shlex.quote(sys.executable)} -m unsub_tui", env)
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(directory / "settings")], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_banner(server.port)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_SECONDS)


def wait_for_exit(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], TIMEOUT_SECONDS)[0], "it is still there"
    finally:
        os.close(descriptor)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_banner(port: int) -> None:
    """Wait until the server greets."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                if line.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the SSH server does not answer")
