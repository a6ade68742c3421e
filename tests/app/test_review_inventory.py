"""What the services say about the resources of a plan, in its review."""

from __future__ import annotations

import re
from pathlib import Path

from tests.app.stage import AppStage, open_confirmation, open_review, run_app
from unsub_tui.sandbox.models import ResourceStatus


async def reviewed(stage: AppStage, words: str = "type:ecs is:eligible") -> str:
    """Open a review and wait until the services were read."""
    await open_review(stage, words)
    return await stage.wait_for("permanently deleted", without="reading backups")


def number(screen: str, words: str) -> int:
    """Return the number before some words of the summary, which may be wrapped."""
    found = re.search(rf"(\d+) {words}", " ".join(screen.split()))
    return int(found[1]) if found is not None else 0


async def test_servers_without_a_backup_are_counted_noted_and_shown_alone(tmp_path: Path) -> None:
    """The key of the line shows them; their details say it, too."""
    async with run_app(tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 40)) as stage:
        screen = await reviewed(stage)
        count = number(screen, "without a backup seen")
        assert count
        await stage.press("1")
        narrowed = await stage.wait_for("rows; esc shows all")
        assert sum("! no backup" in line for line in narrowed.splitlines() if line.startswith("[x]")) <= count
        assert "! no backup seen" in narrowed
        await stage.press("escape", "slash")
        await stage.answer("no backup seen")
        await stage.wait_for("· no backup seen")
        await stage.press("enter")
        await stage.wait_for("No backup seen in", " as ")


async def test_backups_that_cannot_be_read_are_unknown_never_absent(tmp_path: Path) -> None:
    """The review is as useful as before: amounts, rows and keys are there."""
    async with run_app(tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 40)) as stage:
        stage.sandbox.auth_state.deny("list_backups")
        screen = await reviewed(stage)
        servers = sum(line.startswith("[x]") for line in screen.splitlines())
        assert number(screen, "without a backup seen") == 0
        assert "no backup seen" not in screen
        found = re.search(r"backups of (\d+) unknown", " ".join(screen.split()))
        assert found is not None
        assert int(found[1]) == servers


async def test_dropped_items_are_in_no_count(tmp_path: Path) -> None:
    """Dropping the items without a backup leaves none of them in the summary."""
    async with run_app(tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 40)) as stage:
        count = number(await reviewed(stage), "without a backup seen")
        await stage.press("space")
        await stage.wait_for("dropped: stays")
        assert "! no backup" in stage.text or count == 1
        assert number(stage.text, "without a backup seen") == count - 1


async def test_what_stays_and_keeps_billing_is_named(tmp_path: Path) -> None:
    """By its own service, with its billing mode, in place of a guess by names."""
    async with run_app(tmp_path, resources=387, hostile=False, reads_inventory=True, size=(120, 240)) as stage:
        screen = await reviewed(stage, "type:ecs is:eligible web")
        count = number(screen, "stays? and keeps? billing|stay and keep billing")
        assert count
        await stage.press("3")
        narrowed = await stage.wait_for("rows; esc shows all")
        assert sum(line.startswith(" ~ ") for line in narrowed.splitlines()) >= count
        await stage.press("escape", "v")
        page = await stage.wait_for("Stay and keep billing:")
        assert "check the EVS and EIP consoles" not in page


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


async def test_the_confirmation_begins_with_what_has_no_backup_and_lists_it(tmp_path: Path) -> None:
    """With region and user, by kind, in the facts and in the check box of data loss."""
    async with run_app(tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 60)) as stage:
        await reviewed(stage)
        await open_confirmation(stage)
        screen = " ".join(stage.text.split())
        assert re.search(r"No backup seen: \d+ of \d+ servers, .* as .*\(l lists them\)", screen)
        assert re.search(r"permanently deleted. No backup seen: \d+ of \d+ servers", screen)
        await stage.press("l")
        await stage.wait_for("All affected resources", "· no backup seen")


async def test_a_change_since_the_review_leads_back_to_it(tmp_path: Path) -> None:
    """The rows are read again right before the confirmation opens; the next time, what has changed is accepted."""
    clock = Clock()
    async with run_app(
        tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 40), monotonic=clock
    ) as stage:
        await reviewed(stage)
        clock.seconds += 60
        for each in stage.sandbox.account.resources.list_all():
            if each.offer.service.abbreviation == "ECS" and each.status is ResourceStatus.IN_USE:
                each.status = ResourceStatus.FROZEN
        stage.sandbox.account.resources.clear_cache()
        await stage.press("c")
        await stage.wait_for("Changed since the review", "changed since the review", "! changed: its s")
        await stage.press("c")
        await stage.wait_for("Type exactly:", "Still needed:")


async def test_the_user_can_go_on_without_reading_again(tmp_path: Path) -> None:
    """A service that does not answer keeps nobody; the confirmation says that the findings are old."""
    clock = Clock()
    async with run_app(
        tmp_path, resources=120, hostile=False, reads_inventory=True, size=(110, 60), monotonic=clock
    ) as stage:
        await reviewed(stage)
        clock.seconds += 60
        stage.set_faults({"operation": "list_backups", "action": "stall", "seconds": 30})
        await stage.press("c")
        await stage.wait_for("Reading run states and backups again")
        await stage.press("space", "enter", "escape")
        await stage.wait_for("Type exactly:", "were not read again for this confirmation")
        stage.set_faults()
