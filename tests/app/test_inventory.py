"""The list reads the inventory in the background: what resources are doing, and what is known of their backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.stage import AppStage, run_app
from unsub_tui.app.screens.resources.list_pane import ListPane
from unsub_tui.domain.resource import Status
from unsub_tui.engine.inventory import sweep


def states(stage: AppStage) -> dict[str, str]:
    """Return the state cells of the listed resources in use, by id."""
    pane = stage.app.screen.query_one(ListPane)
    titles = [kind.id for kind in pane.columns.shown]
    rows = pane.resources.rows
    return {
        rows.ids[row]: pane.columns.cells(position)[titles.index("state")]
        for position, row in enumerate(rows.visible_rows)
        if rows.resources[row].status == Status.IN_USE
    }


async def test_the_state_says_what_a_resource_is_doing(tmp_path: Path) -> None:
    """After the sweep, servers run or are stopped, disks are attached or not, EIPs bound or not."""
    async with run_app(tmp_path, resources=200, reads_inventory=True) as stage:
        await stage.wait_for("running", without="Inventory")
        assert set(states(stage).values()) >= {"running", "stopped", "attached", "bound"}
        assert "backup" in {kind.id for kind in stage.app.screen.query_one(ListPane).columns.shown}


async def test_details_beside_the_list_say_what_is_known(tmp_path: Path) -> None:
    """In a wide terminal, the findings about the current row are first, in sentences with their services."""
    async with run_app(tmp_path, resources=200, size=(130, 40), reads_inventory=True) as stage:
        await stage.wait_for("running", without="Inventory 1")
        await stage.apply_filter("type:ecs run:running")
        await stage.wait_for("Status: running (ECS)", "ackup seen", "(CBR)")


async def test_without_permission_the_list_is_as_useful_as_before(tmp_path: Path) -> None:
    """A service that denies its list leaves the subscription's state; other services are shown."""
    async with run_app(tmp_path, resources=120, reads_inventory=True) as stage:
        await stage.wait_for("attached", without="Inventory")
        stage.sandbox.auth_state.deny("ecs:cloudServers:list")
        await stage.press("r")
        await stage.wait_for("in use", "attached", without="running")


async def test_the_details_of_a_resource_say_what_its_services_know(tmp_path: Path) -> None:
    """Everything about the current row is read when its details are opened: state, backups, what stays."""
    async with run_app(tmp_path, resources=200, reads_inventory=True) as stage:
        await stage.wait_for("running", without="Inventory")
        await stage.apply_filter("ecs in use")
        await stage.press("enter")
        await stage.wait_for("Inventory", "(ECS)", "(CBR)")


async def test_a_switched_off_inventory_reads_nothing(tmp_path: Path) -> None:
    """With `inventory = false`, no column appears and the state is that of the subscription."""
    async with run_app(tmp_path, resources=120) as stage:
        assert set(states(stage).values()) == {"in use"}
        assert stage.app.screen.query_one(ListPane).tabs.context.inventory is None


def shown(stage: AppStage) -> set[str]:
    """Return the state cells of the rows that the filter shows."""
    return set(states(stage).values())


async def test_a_filter_typed_before_the_sweep_is_applied_again(tmp_path: Path) -> None:
    """Rows appear as their lists arrive; what stays unknown is counted, and the column is there."""
    async with run_app(tmp_path, resources=200, reads_inventory=True) as stage:
        await stage.apply_filter("run:stopped")
        await stage.wait_for("stopped", without="Inventory")
        assert shown(stage) == {"stopped"}
        await stage.press("escape")
        await stage.apply_filter("tag:env")
        await stage.wait_for(" tags ", "env=")
        await stage.press("escape")
        await stage.wait_for("shown 194 of 194", without=" tags ")


async def test_rows_without_a_finding_are_counted(tmp_path: Path) -> None:
    """Where servers cannot be listed, neither a term nor its negation finds one, and the status line says so."""
    async with run_app(tmp_path, resources=120, reads_inventory=True) as stage:
        await stage.wait_for("attached", without="Inventory")
        stage.sandbox.auth_state.deny("ecs:cloudServers:list")
        await stage.press("r")
        await stage.wait_for("in use", without="Inventory")
        for query in ("type:ecs run:running", "type:ecs !run:running"):
            await stage.apply_filter(query)
            await stage.wait_for("shown 0 of", "unknown to the filter")
            await stage.press("escape")
        await stage.wait_for("shown 115 of 115", without="unknown to the filter")


async def test_an_open_range_stays_open_until_the_user_closes_it(tmp_path: Path) -> None:
    """The filter is applied to what has arrived after the range was selected."""
    async with run_app(tmp_path, resources=120, reads_inventory=True) as stage:
        await stage.wait_for("attached", without="Inventory")
        pane = stage.app.screen.query_one(ListPane)
        stage.set_faults({"operation": "list_servers_details", "action": "stall_after", "seconds": 600})
        await stage.press("r")
        await stage.wait_for("Inventory")
        await stage.press("v")
        await stage.wait_for("Range: move")
        await stage.press("down")
        stage.set_faults()
        while any(each.group == "inventory" and each.is_running for each in stage.app.workers):
            await stage.pilot.pause()
        await stage.wait_for("Inventory")
        assert pane.table.range_start is not None
        await stage.press("v")
        await stage.wait_for("shown 115 of 115", without="Inventory")


async def test_filters_for_a_cleanup(tmp_path: Path) -> None:
    """What was found is said once; `F` offers the filters, and metrics are read when a filter needs them."""
    async with run_app(tmp_path, resources=200, reads_inventory=True) as stage:
        await stage.wait_for(" stopped, ", " unattached disk", "F filters by them.")
        await stage.press("F")
        await stage.wait_for("Candidates for a cleanup", "Unbound EIPs", "expires<30 !at-expiry:auto-renew")
        await stage.press("enter")
        await stage.wait_for("/ run:stopped or ", "activity")
        inventory = stage.app.screen.query_one(ListPane).tabs.context.inventory
        assert inventory is not None
        while not any(each.metrics is not None for each in inventory.places):
            await stage.pilot.pause()
        await stage.press("F", *"quiet", "enter")
        await stage.wait_for("/ quiet:30d")


async def test_counts_by_run_state_and_tag_filter_the_list(tmp_path: Path) -> None:
    """`f` counts what is known; enter on a count filters by it."""
    async with run_app(tmp_path, resources=200, size=(118, 100), reads_inventory=True) as stage:
        await stage.wait_for("attached", without="Inventory")
        await stage.press("f")
        screen = await stage.wait_for("Run state", "[ ] stopped", "Disk attached", "Tag", "env=prod")
        count = screen.partition("[ ] stopped ")[2].split()[0]
        panel = stage.app.screen.query_one(ListPane).side_panel
        panel.cursor = next(at for at, each in enumerate(panel.entries) if each.target == "run:stopped")
        await stage.press("enter")
        await stage.wait_for("/ run:stopped", f"shown {count} of", "[x] stopped")
        assert shown(stage) == {"stopped"}


async def test_a_command_right_after_a_filter_acts_on_its_whole_result(tmp_path: Path) -> None:
    """Findings are read a few rows at a time after the filter was typed; a command does not act on a part of them."""
    async with run_app(tmp_path, resources=200, reads_inventory=True) as stage:
        await stage.wait_for("running", without="Inventory")
        pane = stage.app.screen.query_one(ListPane)
        filters = ("run:stopped", "cluster:", "attached:no", "tag:env=prod")
        counts = []
        for query in filters:
            pane.filter_bar.set_filter(query)
            assert pane.ensure_filter_applied()
            counts.append(len(pane.resources))
        pane.filter_bar.set_filter("")
        for query, count in zip(filters, counts, strict=True):
            await stage.apply_filter(query)
            await stage.wait_for(f"shown {count} of")
            await stage.press("escape")
        assert counts[0]


async def test_a_filter_on_clusters_reads_their_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many clusters, they are read when a filter needs them; until then, nodes are known by their tag alone."""
    monkeypatch.setattr(sweep, "MAX_CLUSTERS", 0)
    async with run_app(tmp_path, resources=600, reads_inventory=True) as stage:
        await stage.wait_for("running", without="Inventory")
        inventory = stage.app.screen.query_one(ListPane).tabs.context.inventory
        assert inventory is not None
        found = {each for lists in inventory.places for each in lists.nodes_of_cluster.values()}
        assert not any(each.rows for each in found)
        await stage.apply_filter("cluster:")
        await stage.wait_for("/ cluster:", "of 577", without="shown 0 of")
