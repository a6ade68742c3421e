"""Guards on what the services say, in the app: in the list as far as it was read, and in the review."""

from __future__ import annotations

from pathlib import Path

from tests.app.stage import open_review, run_app
from unsub_tui.domain.guards import Guards

STOPPED_ONLY = Guards(refuse_running=True, origins={"refuse_running": "team.toml"})


async def test_the_review_refuses_running_servers_once_they_were_read(tmp_path: Path) -> None:
    """Those are refused with the reason; the stopped ones can be confirmed."""
    async with run_app(tmp_path, resources=120, hostile=False, size=(140, 60), guards=STOPPED_ONLY) as stage:
        await open_review(stage, "type:ecs is:eligible")
        await stage.wait_for("not possible", "not stopped", without="reading backups")
        await stage.press("end")
        await stage.wait_for("is not stopped, its status is ACTIVE", "refuse_running = true (team.toml)")
        await stage.press("c")
        await stage.wait_for("Type exactly:")


async def test_nothing_can_be_confirmed_if_the_services_do_not_answer(tmp_path: Path) -> None:
    """Unknown states fulfill no guard; the reason names the permission."""
    async with run_app(tmp_path, resources=120, hostile=False, size=(140, 60), guards=STOPPED_ONLY) as stage:
        stage.sandbox.auth_state.deny("ecs:cloudServers:list")
        await open_review(stage, "type:ecs is:eligible")
        await stage.wait_for("not stopped")
        await stage.press("end")
        await stage.wait_for("it is not known whether", "ecs:cloudServers:list")
        await stage.press("c")
        await stage.wait_for("Nothing in this plan can be unsubscribed from.")


async def test_the_list_blocks_what_is_known_and_deselects_it(tmp_path: Path) -> None:
    """A row that was selected before it was read is deselected; its reason is on the status line."""
    async with run_app(
        tmp_path, resources=120, hostile=False, size=(140, 40), guards=STOPPED_ONLY, reads_inventory=True
    ) as stage:
        await stage.wait_for("running", "F filters by them.")
        await stage.apply_filter("type:ecs is:blocked")
        await stage.wait_for("not known to be stopped")


async def test_items_without_a_backup_have_a_check_box_of_their_own(tmp_path: Path) -> None:
    """The confirmation waits for it."""
    guards = Guards(require_backup=7)
    async with run_app(tmp_path, resources=120, hostile=False, size=(120, 50), guards=guards) as stage:
        await open_review(stage, "type:ecs is:eligible")
        await stage.wait_for("permanently deleted", without="reading backups")
        await stage.press("c")
        await stage.wait_for("without a backup of the last 7 days", "Still needed:")
