from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine_stage import EngineStage, new_stage


@pytest.fixture
def stage(tmp_path: Path) -> EngineStage:
    """A quiet sandbox and an empty state directory."""
    return new_stage(tmp_path / "state")
