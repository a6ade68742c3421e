"""What the process does for its own safety before it touches a key."""

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
"""Files are the user's own, whatever the shell's umask says."""


def harden() -> None:
    """Make files private, write no core, let no other process read this one's memory, print no values of faults."""
    install_excepthooks()
    os.umask(PRIVATE_UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def sudo_warning(environ: Mapping[str, str], state_dir: Path) -> str:
    """Return whose record is used where that is easily mistaken: as root by way of sudo; else nothing."""
    sudo_user = environ.get("SUDO_USER", "")
    if os.geteuid() != 0 or sudo_user in ("", "root"):
        return ""
    return f"running as root for {for_display(sudo_user)}: the record is root's, in {for_display(str(state_dir))}"


def remove_secrets_from_environment() -> None:
    """Take keys out of the environment once they are read, so that nothing started later inherits them."""
    for name in _SECRET_VARIABLES:
        os.environ.pop(name, None)
