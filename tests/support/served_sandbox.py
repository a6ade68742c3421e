"""A sandbox that listens on a socket, and the environment in which the program finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer


@contextmanager
def serve(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve a sandbox; the environment names its endpoints and the keys of its administrator."""
    with BackgroundServer(sandbox) as server:
        monkeypatch.setenv("UNSUB_ENDPOINT", server.endpoint)
        for key, endpoint in server.service_endpoints.items():
            monkeypatch.setenv(f"UNSUB_ENDPOINT_{key.upper()}", endpoint)
        monkeypatch.setenv("HUAWEICLOUD_SDK_AK", sandbox.access_key)
        monkeypatch.setenv("HUAWEICLOUD_SDK_SK", sandbox.secret_key)
        yield sandbox
