"""The schemas in docs/schemas are those of the output forms."""

from tests.support.output_forms import ROOT, schema_script


def test_the_schema_files_are_up_to_date() -> None:
    """`make data` writes them."""
    found = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "schemas").iterdir()}
    assert found == schema_script().schema_texts()
