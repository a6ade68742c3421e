"""Every message can be extracted and translated: literals in the calls, whole sentences, named placeholders."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

PACKAGE = Path(__file__).parents[3] / "unsub_tui"
CALLS = {"_": 1, "ngettext": 2, "plural": 2}
"""Number of messages among the arguments of each function of `present/i18n.py`."""
SOURCES = [path for part in ("present", "app", "cli") for path in sorted((PACKAGE / part).rglob("*.py"))]


def messages_of(tree: ast.AST) -> Iterator[tuple[ast.Call, str, list[ast.expr]]]:
    """Yield each call of a function that translates, its name, and the expressions of its messages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node, node.func.id, node.args[: CALLS[node.func.id]]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_are_literals_with_named_placeholders(path: Path) -> None:
    """No f-string, no variable, no numbered placeholder: a tool must find the message, a translator may reorder it."""
    if path.name == "i18n.py":
        return
    for call, _, messages in messages_of(ast.parse(path.read_text(encoding="utf-8"))):
        for message in messages:
            assert isinstance(message, ast.Constant), f"{path}:{call.lineno}"
            assert isinstance(message.value, str), f"{path}:{call.lineno}"
            names = [name for _, name, _, _ in Formatter().parse(message.value) if name is not None]
            assert all(name.isidentifier() for name in names), f"{path}:{call.lineno}: {message.value}"


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "present").rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_sentence_is_glued_together(path: Path) -> None:
    """A translated text is never an operand of +; its parts may have another order in another language."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for operand in (node.left, node.right):
                assert not any(messages_of(operand)), f"{path}:{node.lineno}"
        if isinstance(node, ast.JoinedStr):
            assert not any(messages_of(node)), f"{path}:{node.lineno}: xgettext finds nothing in an f-string"


def test_xgettext_finds_every_message(tmp_path: Path) -> None:
    """The tool sees what the code says; `make messages` calls it like this."""
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed")
    target = tmp_path / "messages.pot"
    keywords = ["--keyword=_", "--keyword=plural:1,2", "--keyword=ngettext:1,2"]
    subprocess.run(["xgettext", "--from-code=UTF-8", *keywords, "-o", str(target), *map(str, SOURCES)], check=True)
    found = re.sub(r'"\n"', "", target.read_text(encoding="utf-8"))
    for path in SOURCES:
        for _, _, messages in messages_of(ast.parse(path.read_text(encoding="utf-8"))):
            for message in messages:
                if isinstance(message, ast.Constant) and isinstance(message.value, str) and message.value:
                    text = message.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                    assert f'"{text}"' in found, (path, message.value)
