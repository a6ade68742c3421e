"""Sandboxes whose ledger starts at a fixed time, without rate limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from tests.support.sandbox_caller import Caller
from unsub_tui.sandbox import Behavior, SandboxOptions, build_sandbox

NOW = datetime(2026, 6, 15, 4, 0, 0, tzinfo=UTC)


class MakeCaller(Protocol):
    """Makes a caller of a new sandbox."""

    def __call__(self, *, site: str = "intl", resources: int = 400, behavior: Behavior | None = None) -> Caller:
        """Build the sandbox, and a caller for it."""


@pytest.fixture
def make_caller() -> MakeCaller:
    """Make callers of new sandboxes."""

    def make(*, site: str = "intl", resources: int = 400, behavior: Behavior | None = None) -> Caller:
        options = SandboxOptions(resources=resources, site=site, now=NOW, rate_scale=0, behavior=behavior or Behavior())
        return Caller(build_sandbox(options))

    return make


@pytest.fixture
def caller(make_caller: MakeCaller) -> Caller:
    """Call an international sandbox with 400 resources."""
    return make_caller()
