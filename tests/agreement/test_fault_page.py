from __future__ import annotations

import json
import re
from pathlib import Path

from unsub_tui.sandbox.faults import FaultAction, parse_faults
from unsub_tui.sandbox.operations import all_operations

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")


def test_the_page_names_everything() -> None:
    """Every operation and every action is on the page, and none that does not exist."""
    operations = PAGE.split("Operations:")[1].split("##")[0]
    assert set(re.findall(r"`(\w+)`", operations)) == {operation.name for operation in all_operations()}
    actions = PAGE.split("## What happens")[1]
    assert set(re.findall(r"^\| `(\w+)`", actions, re.MULTILINE)) == set(FaultAction)


def test_the_examples_of_the_page_are_rules() -> None:
    """What a person copies from the page is understood."""
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for example in examples:
        parse_faults(json.loads(example))
