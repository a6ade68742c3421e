"""The account that the whole program works on in these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import make_sandbox
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.serve import BackgroundServer


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on a socket that settles at once, and the environment that points there."""
    sandbox = make_sandbox(120)
    with BackgroundServer(sandbox) as server:
        monkeypatch.setenv("UNSUB_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HUAWEICLOUD_SDK_AK", sandbox.access_key)
        monkeypatch.setenv("HUAWEICLOUD_SDK_SK", sandbox.secret_key)
        yield sandbox
