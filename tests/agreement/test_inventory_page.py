"""The page about the inventory names every operation that the clients call, with its permission."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

from unsub_tui.api import inventory
from unsub_tui.api.inventory.session import Operation
from unsub_tui.domain.permissions import INVENTORY_PERMISSIONS

PAGE = (Path(__file__).parents[2] / "docs" / "inventory.md").read_text()
PATHS = re.compile(r"`(?:GET|POST) ([^`]+)`")
NAMES = {"{project_id}": "{project}", "{cluster_id}": "{cluster}", "{domain_id}": "{account}"}


def operations() -> list[Operation]:
    """Return all operations that the clients know."""
    modules = [
        importlib.import_module(f"{inventory.__name__}.{each.name}")
        for each in pkgutil.iter_modules(inventory.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Operation)]
    return list(dict.fromkeys(found))


def row_of(operation: Operation) -> str:
    """Return the row of the page that names a path."""
    path = operation.path
    for ours, theirs in NAMES.items():
        path = path.replace(ours, theirs)
    rows = [line for line in PAGE.splitlines() if path in (*PATHS.findall(line), *re.findall(r"else `([^`]+)`", line))]
    services = {"vpc": "VPC", "ces": "Cloud Eye", "rms": "Config"}
    name = services.get(operation.service.value, operation.service.value.upper())
    (row,) = [line for line in rows if line.startswith(f"| {name} |")]
    return row


def test_the_page_names_every_operation() -> None:
    """With the permission that the program names if a service names none."""
    found = operations()
    assert len(found) >= 16
    for each in found:
        row = row_of(each)
        permission = INVENTORY_PERMISSIONS.get(each.name)
        if permission is not None:
            assert permission.policy_code in row or "not documented" in row, (each.name, row)


def test_the_page_names_nothing_else() -> None:
    """Each row is that of an operation."""
    rows = {row_of(each) for each in operations()}
    assert rows == {line for line in PAGE.splitlines() if PATHS.search(line)}


def test_every_permission_is_that_of_an_operation() -> None:
    """A renamed operation would lose its permission."""
    assert INVENTORY_PERMISSIONS.keys() <= {each.name for each in operations()}
