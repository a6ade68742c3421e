"""Hardens the process before it reads any keys."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

from unsub_tui.cli.process.excepthooks import install_excepthooks
from unsub_tui.domain.untrusted_text import for_display

_PR_SET_DUMPABLE = 4
_SECRET_VARIABLES = (
    *("HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECRET_KEY", "OS_SECRET_KEY", "HW_SECURITY_TOKEN"),
    *("HW_AUTH_TOKEN", "OS_AUTH_TOKEN", "HW_USER_PASSWORD", "OS_PASSWORD"),
)

PRIVATE_UMASK = 0o077
"""Creates files that only the user can access, whatever the shell's umask."""


def harden() -> None:
    """Set a private umask, disable core dumps and memory access by other processes, and install exception hooks."""
    install_excepthooks()
    os.umask(PRIVATE_UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def sudo_warning(environ: Mapping[str, str], state_dir: Path) -> str:
    """Return a warning if the program runs as root through sudo and so uses root's journal, or an empty string."""
    sudo_user = environ.get("SUDO_USER", "")
    if os.geteuid() != 0 or sudo_user in ("", "root"):
        return ""
    return f"running as root for {for_display(sudo_user)}: the record is root's, in {for_display(str(state_dir))}"


def remove_secrets_from_environment() -> None:
    """Remove secrets from the environment once they are read, so that child processes do not inherit them."""
    for name in _SECRET_VARIABLES:
        os.environ.pop(name, None)
