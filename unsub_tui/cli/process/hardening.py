"""Hardens the process before it reads any keys."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading
from pathlib import Path
from types import TracebackType

from unsub_tui.cli.output import write_message
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _

_PR_SET_DUMPABLE = 4
_SECRET_VARIABLES = (
    *("HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECRET_KEY", "OS_SECRET_KEY", "HW_SECURITY_TOKEN"),
    *("HW_AUTH_TOKEN", "OS_AUTH_TOKEN", "HW_USER_PASSWORD", "OS_PASSWORD"),
)

PRIVATE_UMASK = 0o077
"""Creates files that only the user can access, whatever the shell's umask."""


def harden() -> None:
    """Set a private umask, and disable core dumps, memory access by other processes and tracebacks with values."""
    sys.excepthook = _write_type
    threading.excepthook = lambda raised: _write_type(raised.exc_type, raised.exc_value, raised.exc_traceback)
    os.umask(PRIVATE_UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def warn_about_sudo(state_dir: Path) -> None:
    """Warn if the program runs as root through sudo and so uses root's journal."""
    sudo_user = os.environ.get("SUDO_USER", "")
    if os.geteuid() == 0 and sudo_user not in ("", "root"):
        words = _("unsub-tui: running as root for {user}: the record is root's, in {directory}")
        write_message(words.format(user=for_display(sudo_user), directory=for_display(str(state_dir))))


def remove_secrets_from_environment() -> None:
    """Remove secrets from the environment once they are read, so that child processes do not inherit them."""
    for name in _SECRET_VARIABLES:
        os.environ.pop(name, None)


def _write_type(kind: type[BaseException], _error: BaseException | None, _trace: TracebackType | None) -> None:
    """Report an uncaught exception in one line: its message and the values of a traceback may be secrets."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.stderr.write(f"unsub-tui: internal error: {kind.__name__}\n")
