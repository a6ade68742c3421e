"""Log of requests for a support ticket: when, which, to which host, status, request id and time; never a content.

Neither headers, bodies nor values of query parameters are in it, so it holds no key, no token and no signature. The
log is one for the process, because a sign-in sends requests before there is a connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from unsub_tui.domain.untrusted_text import for_display


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """A request that was answered or failed."""

    started: datetime
    seconds: float
    operation: str
    method: str
    url: str
    parameters: tuple[str, ...]
    """Names of the query parameters."""
    result: str
    """The HTTP status, or the code of the failure."""
    request_id: str = ""
    """The id that Huawei Cloud gave the request, if it answered."""

    @property
    def line(self) -> str:
        """The request as a line of the log."""
        parts = urlsplit(self.url)
        names = "&".join(self.parameters)
        words = (
            f"{self.started:%Y-%m-%dT%H:%M:%S}.{self.started.microsecond // 1000:03}Z",
            self.result,
            f"{self.seconds * 1000:.0f}ms",
            self.method,
            (parts.hostname or "") + (f":{parts.port}" if parts.port else ""),
            parts.path + (f"?{names}" if names else ""),
            f"operation={self.operation}",
            f"request_id={self.request_id or '-'}",
        )
        return for_display(" ".join(words))


_writers: list[Callable[[str], None]] = []


def log_requests(*writers: Callable[[str], None]) -> None:
    """Replace the functions that write each line of the log; without any, nothing is logged."""
    _writers[:] = writers


def is_logging() -> bool:
    """Return whether requests are logged."""
    return bool(_writers)


def record_request(request: LoggedRequest) -> None:
    """Log a request."""
    for write in _writers:
        write(request.line)
