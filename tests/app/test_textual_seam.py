"""Everything private of Textual that the app leans on, name by name: an upgrade that changes it fails here."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from functools import cache
from pathlib import Path

from textual import _ansi_sequences, _keyboard_protocol, _xterm_parser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

APP = Path(__file__).parents[2] / "unsub_tui" / "app"

PRIVATE_MODULES = {"textual._ansi_sequences", "textual._keyboard_protocol", "textual._xterm_parser"}

METHODS = {
    (App, "_handle_exception"): "(self, error: 'Exception') -> 'None'",
    (App, "_print_error_renderables"): "(self) -> 'None'",
    (App, "_close_messages_no_wait"): "(self) -> 'None'",
    (App, "panic"): "(self, *renderables: 'RenderableType') -> 'None'",
    (App, "on_event"): "(self, event: 'events.Event') -> 'None'",
    (Driver, "process_message"): "(self, message: 'messages.Message') -> 'None'",
    (LinuxDriver, "start_application_mode"): "(self)",
    (LinuxDriver, "disable_input"): "(self) -> 'None'",
    (LinuxDriver, "close"): "(self) -> 'None'",
    (LinuxDriver, "run_input_thread"): "(self) -> 'None'",
    (LinuxDriver, "write"): "(self, data: 'str') -> 'None'",
    (_xterm_parser.XTermParser, "feed"): "(self, data: 'str') -> 'Iterable[Message]'",
    (_xterm_parser.XTermParser, "tick"): "(self) -> 'Iterable[T]'",
}
"""Methods that the app overrides or calls, with their signatures; those without an underscore are undocumented."""

ATTRIBUTES: dict[type, set[str]] = {
    App: {"_clipboard", "_driver", "_exception", "_exception_event", "_exit_renderables", "_return_code"},
    LinuxDriver: {"_app", "_debug", "_key_thread", "_mouse", "fileno"},
    _xterm_parser.XTermParser: {"_timeout_time"},
}
"""Attributes of instances that the app reads or sets."""


def test_methods_have_their_signatures() -> None:
    """They are there, with these parameters."""
    found = {(owner, name): str(inspect.signature(getattr(owner, name))) for owner, name in METHODS}
    assert found == METHODS


def test_attributes_are_set_by_textual() -> None:
    """Each is assigned in the class or in a base of it."""
    for owner, names in ATTRIBUTES.items():
        assert names <= {name for base in owner.__mro__ for name in names_of(base)}, owner


def test_tables_of_keys_have_their_form() -> None:
    """Sequences map to keys; functional keys have a number and a final character."""
    assert "\x1b[A" in _ansi_sequences.ANSI_SEQUENCES_KEYS
    assert "13u" in _keyboard_protocol.FUNCTIONAL_KEYS


@cache
def names_of(owner: type) -> frozenset[str]:
    """Return the names that a class defines or assigns to its instances, without those of its bases."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError):  # a class without source, such as object
        return frozenset(vars(owner))
    stored = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return frozenset(vars(owner)) | {node.attr for node in stored if ast.unparse(node.value) == "self"}


def private_names(owner: type) -> set[str]:
    """Return the private names of Textual that an instance of the class has."""
    bases = [base for base in owner.__mro__ if base.__module__.split(".")[0] in {"textual", "rich"}]
    names = {name for base in bases for name in names_of(base)}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def private_uses(path: Path) -> set[str]:
    """Return the private names of Textual that the classes of a module use, and the private modules it imports."""
    loaded = importlib.import_module(".".join(path.relative_to(APP.parents[1]).with_suffix("").parts))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module}
    used = {name for name in used if name.startswith(("textual._", "rich._"))}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            named = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
            named |= {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
            used |= named & private_names(getattr(loaded, node.name))
    return used


def test_private_names_are_used_in_the_terminal_package_only() -> None:
    """A module of the app outside `app/terminal/` uses none; one inside uses only those asserted above."""
    known = {name for _owner, name in METHODS} | {name for names in ATTRIBUTES.values() for name in names}
    for path in sorted(APP.rglob("*.py")):
        if path.name != "__init__.py":
            allowed = known | PRIVATE_MODULES if path.parent.name == "terminal" else set()
            assert private_uses(path) <= allowed, path
