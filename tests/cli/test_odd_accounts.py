"""Accounts with any mix of what Huawei Cloud's contract allows a list to be: what is readable is shown, exit code 0.

The listing goes through the real client over a socket, into the list of the app, and through the `list` command. No
plan has a resource with rows that contradict each other or cannot be read.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.support.connections import connect, connector, make_sandbox
from tests.support.effort import by_effort
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.main import run
from unsub_tui.domain.resource import RowDefect
from unsub_tui.engine.engine import Engine, EngineOptions
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tabs import ResourceTabs
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

Fields = Mapping[str, Any]
CLOSED, LONG_AGO = 3, "2019-05-01T00:00:00Z"
READABLE: Sequence[Fields] = (
    *({"status": status} for status in (4, 5, 6, 7, 8, 77)),
    *({name: None} for name in ("id", "resource_name", "expire_time", "expire_policy", "update_time", "region_code")),
    {"status": CLOSED, "update_time": LONG_AGO},
    {"status": CLOSED, "update_time": None},
)
"""Other values with which a row can still be read."""
UNREADABLE: Sequence[Fields] = ({"resource_id": None}, {"status": None}, {"is_main_resource": None}, {"status": "odd"})
FURTHER: Sequence[Fields] = (
    {},
    {"resource_name": None},
    {"status": CLOSED, "update_time": LONG_AGO},
    {"status": 4},
    {"status": None},
    {"expire_time": "2031-01-01T00:00:00Z"},
)
"""Values of further rows of a resource: equal, poorer, closed, contradictory or unreadable."""


@dataclass(frozen=True)
class Account:
    """A sandbox on a socket, and the rows that it lists if nothing is odd."""

    sandbox: Sandbox = field(repr=False)
    endpoint: str
    ids: Sequence[str] = field(repr=False)


@pytest.fixture(scope="module")
def accounts() -> Iterator[Sequence[Account]]:
    """An account of one page, and one of several."""
    with open_account(60) as small, open_account(640) as large:
        yield (small, large)


@contextmanager
def open_account(count: int) -> Iterator[Account]:
    """Serve a sandbox of so many resources."""
    sandbox = make_sandbox(count)
    with BackgroundServer(sandbox) as server:
        yield Account(sandbox, server.endpoint, [each.resource_id for each in sandbox.account.resources.list_all()])


places = st.integers(0, 59)
"""Places of resources in the list of the sandbox."""


@dataclass(frozen=True)
class Oddities:
    """Any mix of the oddities, by the places of the resources."""

    changes: Mapping[int, Fields]
    further: Mapping[int, Sequence[Fields]]
    common: Sequence[Fields]
    """Further rows of every other resource."""
    counts_attached: bool
    pages_by_primary: bool
    moved_rows: int

    def behavior(self, ids: Sequence[str]) -> Behavior:
        """Return the behavior of a sandbox with these resources."""
        # Paged by primary resources, the sandbox lists what is attached to a resource without an id with nothing.
        has_ids = all("resource_id" not in fields for fields in self.changes.values())
        others = {each: self.common for each in ids if self.common}
        return Behavior(
            settle_seconds=0,
            row_changes={ids[place]: fields for place, fields in self.changes.items()},
            extra_rows=others | {ids[place]: rows for place, rows in self.further.items()},
            counts_attached=self.counts_attached,
            pages_by_primary=self.pages_by_primary and has_ids,
            moved_rows=self.moved_rows,
        )


oddities = st.builds(
    Oddities,
    changes=st.dictionaries(places, st.sampled_from([*READABLE, *UNREADABLE]), max_size=8),
    further=st.dictionaries(places, st.lists(st.sampled_from(FURTHER), min_size=1, max_size=3), max_size=8),
    common=st.just([]) | st.sampled_from(FURTHER[:3]).map(lambda fields: [fields]),
    counts_attached=st.booleans(),
    pages_by_primary=st.booleans(),
    moved_rows=st.sampled_from([0, 0, 0, 1, 3, -2]),
)


def quiet_rows(account: Account, behavior: Behavior) -> list[Fields]:
    """Return the rows as they are without paging: those of each resource, with the changes and the further ones."""
    account.sandbox.account.behavior = Behavior()
    rows: list[Fields] = []
    for resource_id, own in own_rows(account).items():
        changed = {**own, **behavior.row_changes.get(resource_id, {})}
        rows += [changed, *({**changed, **each} for each in behavior.extra_rows.get(resource_id, ()))]
    return rows


def own_rows(account: Account) -> dict[str, dict[str, Any]]:
    """Return what the program must be able to show of each resource, from the sandbox's own model."""
    return {
        each.resource_id: {
            "resource_id": each.resource_id,
            "resource_name": each.name,
            "status": int(each.status),
            "is_main_resource": int(each.parent is None),
            "parent_resource_id": each.parent.resource_id if each.parent else None,
            "expire_time": each.expire,
            "expire_policy": each.policy,
            "region_code": each.region,
            "update_time": each.updated,
        }
        for each in account.sandbox.account.resources.list_all()
    }


def is_readable(row: Fields) -> bool:
    """Return whether a row has what a plan needs."""
    return bool(row["resource_id"]) and isinstance(row["status"], int) and row["is_main_resource"] is not None


def is_listed(row: Fields) -> bool:
    """Return whether the program shows the row: not one that was closed long ago, or nobody knows when."""
    return bool(row["status"] != CLOSED)


def contradict(rows: Sequence[Fields]) -> bool:
    """Return whether two living rows differ in a value that both have."""
    names = ("resource_name", "status", "expire_time", "expire_policy", "region_code", "is_main_resource")
    return any(len({row[name] for row in rows} - {None}) > 1 for name in names)


class Expected:
    """What must be shown of an account, and what must not be planned."""

    def __init__(self, rows: Sequence[Fields]) -> None:
        living = [row for row in rows if is_listed(row)]
        by_id: defaultdict[str, list[Fields]] = defaultdict(list)
        for row in living:
            by_id[row["resource_id"] or ""].append(row)
        nameless = by_id.pop("", [])
        self.unclear = {key for key, own in by_id.items() if contradict(own) or not all(map(is_readable, own))}
        """Resources that are in no plan."""
        self.shown = {(key, row["status"]) for key, own in by_id.items() for row in own if is_readable(row)}
        """Every readable row by the id and the status that it must be shown with."""
        self.unreadable = len(nameless) + sum(not is_readable(row) for own in by_id.values() for row in own)
        self.ids = set(by_id)


async def show_in_app(engine: Engine) -> tuple[ResourceTabs, int]:
    """Load the list as the app does; return it with the number of rows that may be missing."""
    tabs = ResourceTabs(ListContext(engine, engine.clock.now), ResourceFacts)
    await engine.account.open()
    listing = tabs.start_listing()
    async for progress in engine.catalog.pages():
        if progress.restarted:
            listing = tabs.start_listing(replacing=listing)
        listing.catalog.rows_at_risk = progress.rows_at_risk
        tabs.add_page(listing, progress.page)
    tabs.finish_listing(listing)
    return tabs, tabs.current.catalog.rows_at_risk


async def check_app(account: Account, expected: Expected, directory: Path) -> int:
    """See that the app shows what it must, and plans nothing that is unclear; return the number of rows at risk."""
    options = EngineOptions(state_dir=directory, site="intl", alias="odd")
    engine = Engine(connector(connect(account.sandbox, endpoint=account.endpoint)), options)
    try:
        tabs, at_risk = await show_in_app(engine)
        listed = [
            tabs.by_tab[tab].rows.resources[row]
            for tab in (Tab.ACTIVE, Tab.INACTIVE)
            for row in range(len(tabs.by_tab[tab].rows.resources))
        ]
        shown = {(each.id, int(each.status)) for each in listed if each.id and each.status >= 0}
        missing = {key for key, _ in expected.shown - shown}
        assert len(missing) <= at_risk, missing
        if not at_risk:
            assert sum(each.defect is RowDefect.UNREADABLE for each in listed) == expected.unreadable
        catalog = tabs.current.catalog
        ids = [each.id for each in listed if each.is_main_resource and each.id][:60]
        plan = engine.draft(await engine.catalog.read_afresh(catalog, ids), ids)
        planned = {each.id for item in plan.items for each in item.resources}
        assert not planned & expected.unclear
        assert planned <= expected.ids
        return at_risk
    finally:
        await engine.close()


@pytest.fixture(autouse=True)
def settings_of_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back what a command changes in the process that it runs in: umask, hooks, environment."""
    mask, environment = os.umask(0o022), dict(os.environ)
    os.umask(mask)
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    yield
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)


def list_by_command(account: Account) -> tuple[int, dict[str, Any]]:
    """Run `list` in this process; return its exit code and its document."""
    os.environ.update(
        UNSUB_ENDPOINT=account.endpoint,
        HUAWEICLOUD_SDK_AK=account.sandbox.access_key,
        HUAWEICLOUD_SDK_SK=account.sandbox.secret_key,
    )
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(io.StringIO()):
        code = run(["list", "--format", "json"])
    return code, json.loads(output.getvalue())


@settings(
    max_examples=by_effort(12, 2000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(number=st.sampled_from([0, 0, 1]), odd=oddities)
def test_what_is_readable_is_shown(accounts: Sequence[Account], tmp_path: Path, number: int, odd: Oddities) -> None:
    """In the app and by `list`, with exit code 0; and no plan has a resource that is unclear."""
    account = accounts[number]
    behavior = odd.behavior(account.ids)
    expected = Expected(quiet_rows(account, behavior))
    account.sandbox.account.behavior = behavior
    at_risk = asyncio.run(check_app(account, expected, tmp_path))
    event(f"rows at risk: {bool(at_risk)}")
    code, document = list_by_command(account)
    assert code == ExitCode.OK
    shown = {(each["resource_id"], each["status"]) for each in document["resources"]}
    assert len({key for key, _ in expected.shown - shown}) <= document["rows_at_risk"]
