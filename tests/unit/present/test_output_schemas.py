"""The schemas in docs/schemas are those of the output forms."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_schema_files_are_up_to_date() -> None:
    """`make data` writes them."""
    spec = importlib.util.spec_from_file_location("make_schemas", ROOT / ".ci" / "make_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schemas").iterdir()}
    assert found == script.schema_texts()
