"""Write the JSON Schema of every output document into docs/schemas/ (`make data`)."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from unsub_tui.present.export.documents import DOCUMENTS

DIRECTORY = Path(__file__).parent.parent / "docs" / "schemas"


def schema_texts() -> dict[str, str]:
    """Return the text of each schema file, by file name."""
    texts = {}
    for name, document in DOCUMENTS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TypeAdapter(document).json_schema()}
        texts[f"{name}.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return texts


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in schema_texts().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
