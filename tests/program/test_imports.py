"""What an import may load: the layers below the app know no terminal, and help knows almost nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.effort import some

BELOW_THE_APP = [
    "domain.plan",
    "api.connection",
    "journal.store",
    "engine.engine",
    "engine.run.executor",
    "present.pages.run",
    "sandbox.sandbox",
]


def modules_after(statement: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter has loaded after a statement."""
    script = f"import sys\n{statement}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    environ = dict(os.environ)  # given: else what readline put into the process's own goes along, such as COLUMNS
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ)
    return set(result.stderr.split())


@pytest.mark.parametrize("module", some(BELOW_THE_APP, 3))
def test_nothing_below_the_app_loads_textual(module: str) -> None:
    """Each lower layer works without the screen's library."""
    loaded = modules_after(f"import unsub_tui.{module}")
    assert "textual" not in loaded  # rich is another matter: httpx loads it for its own command line


@pytest.mark.parametrize("arguments", some([["--help"], ["--version"], ["list", "--help"], ["config", "path"]], 2))
def test_help_and_headless_commands_load_no_screen(arguments: list[str]) -> None:
    """They start quickly, because neither Textual nor the HTTP client nor pydantic is loaded, and no event loop."""
    loaded = modules_after(f"from unsub_tui.cli.main import run\nrun({arguments!r})")
    assert not loaded & {"textual", "rich", "httpx", "pydantic", "asyncio"}


@pytest.mark.parametrize(
    "arguments", some([["--version"], ["--help"], ["list", "--help"], ["journal", "verify", "-h"]], 2)
)
def test_help_loads_no_command_line(arguments: list[str]) -> None:
    """The help of every command is read from a file, and its flags are not even looked at."""
    loaded = modules_after(f"import unsub_tui.__main__\nsys.argv[1:] = {arguments!r}\nunsub_tui.__main__.main()")
    assert "unsub_tui.cli.fast_help" in loaded
    assert not loaded & {"click", "dataclasses", "typing", "unsub_tui.cli.main"}


@pytest.mark.parametrize(
    "command", some(["runs", "journal verify --format json", "runs --format json", "journal verify"], 2)
)
def test_without_a_record_nothing_is_loaded_that_reads_one(command: str, tmp_path: Path) -> None:
    """Neither the record's forms nor the domain's, which take much longer than to see that there is no record."""
    environ = f"import os; os.environ['UNSUB_STATE_DIR'] = {str(tmp_path)!r}"
    loaded = modules_after(f"{environ}\nfrom unsub_tui.cli.main import run\nrun({command.split()!r})")
    assert not loaded & {"pydantic", "msgspec", "asyncio", "httpx", "textual"}
    ours = ("journal.codec", "journal.store", "engine.journal_reader", "domain.plan", "domain.run", "present.resources")
    assert not loaded & {f"unsub_tui.{name}" for name in ours}


def test_the_app_can_be_drawn_before_the_client_is_loaded() -> None:
    """Importing the app loads no HTTP client and no pydantic: those come after the first frame."""
    loaded = modules_after("import unsub_tui.app.app, unsub_tui.cli.wiring")
    assert not loaded & {"httpx", "pydantic"}


def test_the_list_is_there_before_the_inventory() -> None:
    """The clients of other services are loaded with the first read of them, after the list."""
    loaded = modules_after("import unsub_tui.app.app, unsub_tui.cli.wiring, unsub_tui.api.connection")
    assert not [each for each in loaded if each.startswith("unsub_tui.api.inventory")]


def test_a_read_in_a_thread_has_what_it_uses() -> None:
    """What reads the record or builds an inventory is imported before its thread begins; the app begins no others."""
    loaded = modules_after("from unsub_tui.app.preload import import_record_readers\nimport_record_readers()")
    used = {
        "unsub_tui.engine.journal_reader",
        "pydantic.dataclasses",
        "pydantic._internal._dataclasses",
        "sqlite3",
    }
    assert used <= loaded
    app = Path(__file__).parents[2] / "unsub_tui" / "app"
    threads = {path.name for path in app.rglob("*.py") if "to_thread(" in path.read_text(encoding="utf-8")}
    assert threads == {"preload.py", "profile_switch.py", "inventory_sweep.py"}
    loaded = modules_after("import unsub_tui.engine.inventory.reader")  # by the property of the engine
    assert {"unsub_tui.domain.inventory.inventory", "unsub_tui.domain.inventory.resource_kinds"} <= loaded


def test_a_run_has_what_its_thread_reads_with() -> None:
    """The decoders of all reads are loaded before the thread of a run starts."""
    assert {"unsub_tui.api.mapping", "unsub_tui.api.mutations"} <= modules_after("import unsub_tui.engine.run.executor")


def test_the_first_frame_needs_little() -> None:
    """Reviews, runs and dialogs are loaded while the frame stands already."""
    loaded = modules_after(
        "import unsub_tui.app.app, unsub_tui.app.terminal.driver, unsub_tui.app.options\n"
        "import unsub_tui.cli.wiring, unsub_tui.cli.process.launch"
    )
    late = (
        "domain.eligibility",
        "domain.plan",
        "domain.run",
        "listmodel.filters",
        "app.screens.resources.screen",
        "app.screens.review",
        "present.pages.run",
    )
    assert not loaded & {f"unsub_tui.{name}" for name in late}
    assert "textual.widgets._text_area" not in loaded


def test_the_first_page_needs_little() -> None:
    """Neither the decoders of the other answers nor plans, runs, orders and estimates: they come after it."""
    loaded = modules_after(
        "import unsub_tui.app.screens.resources.screen, unsub_tui.cli.wiring\n"
        "import unsub_tui.api.connection, unsub_tui.engine.catalog"
    )
    late = (
        "api.mapping",
        "journal.codec",
        "engine.journal_reader",
        "present.pages.review",
        "present.pages.run",
    )
    domain = ("plan", "run", "order", "breakdown", "fee_history", "estimate", "renewal_forecast", "leftovers")
    assert not loaded & {f"unsub_tui.{name}" for name in (*late, *(f"domain.{name}" for name in domain))}
    assert "pydantic" not in loaded
    assert not {name for name in loaded if name.startswith("unsub_tui.api.inventory")}


def test_the_sandbox_is_cheap_to_name() -> None:
    """Naming the sandbox loads none of its modules and nothing of ours."""
    loaded = modules_after("import unsub_tui.sandbox")
    assert not {name for name in loaded if name.startswith(("unsub_tui.sandbox.", "unsub_tui.domain", "unsub_tui.api"))}


def test_a_sandbox_for_the_list_needs_no_other_services() -> None:
    """The embedded sandbox of the demo serves the list before anything of other services is loaded."""
    loaded = modules_after("from unsub_tui.sandbox import *\nbuild_sandbox(SandboxOptions(resources=5))")
    assert "unsub_tui.sandbox.operations.resource_queries" in loaded
    late = ("sandbox.estate", "sandbox.operations.cloud_servers", "sandbox.operations.backup_queries")
    assert not loaded & {f"unsub_tui.{name}" for name in late}
