from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.torture.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One process that forks worlds, for all tests of a worker."""
    with Zygote() as process:
        yield process
