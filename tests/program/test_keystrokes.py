"""How many keys a job takes from the list to the running request, texts aside: each job is done in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.program.terminal_steps import KEY_GUARD_SECONDS, wait_for_amounts
from tests.support.program_process import only_run
from tests.support.pseudo_terminal import Terminal
from unsub_tui.sandbox.models import Condition, Resource
from unsub_tui.sandbox.sandbox import Sandbox

CONFIRM_KEYS = 6
"""Keys of the confirmation of an unsubscription, the phrase aside: two check boxes with a tab each, and two enters."""


class Typist:
    """Somebody at a terminal whose keys are counted."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.keys = 0

    def press(self, key: str, *then: str) -> None:
        """Press a key and wait for its effect."""
        self.keys += 1
        self.terminal.press(key)
        self.terminal.wait_for(*then)

    def filter(self, text: str, shown: int) -> None:
        """Filter the list down to `shown` rows; the text does not count."""
        self.press("/", "main:")
        self.terminal.type(text)
        self.terminal.wait_for(f"shown {shown} of")
        self.press("enter", f"shown {shown} of")

    def confirm(self) -> int:
        """Go from the review through the confirmation; return the keys of the confirmation."""
        terminal = self.terminal
        wait_for_amounts(terminal)
        self.press("c", "Type exactly:", "Still needed:")
        before = self.keys
        phrase = terminal.text.split("Type exactly: ")[1].splitlines()[0].strip()
        found = re.search(r"Still needed: (\d+) check box", terminal.text)
        boxes = int(found[1]) if found is not None else 0
        terminal.read_for(KEY_GUARD_SECONDS)
        for left in range(boxes - 1, -1, -1):
            self.press("space", f"Still needed: {left} check box" if left else "Still needed: the phrase")
            self.press("\t")
        terminal.press_slowly(*phrase)
        terminal.wait_for("Complete: ")
        self.press("enter", "Enter presses [")
        terminal.read_for(KEY_GUARD_SECONDS)
        self.press("enter")
        while "came too fast" in terminal.wait_until_gone("Enter presses ["):  # only a slow machine needs more
            terminal.press("enter")
            terminal.read_output(KEY_GUARD_SECONDS)
        return self.keys - before


def find(account: Sandbox, condition: Condition, service: str) -> Resource:
    """Return a primary resource of a service whose name no other resource has or contains."""
    estate = account.account.resources.list_all()
    return next(
        each
        for each in estate
        if each.condition is condition
        and each.offer.service.abbreviation == service
        and each.parent is None
        and each.name
        and each.name.isprintable()
        and sum(each.name in other.name for other in estate) == 1 + len(each.attached)
    )


def one_server(typist: Typist, account: Sandbox) -> None:
    """One server with its disks, whose name is known."""
    server = find(account, Condition.NORMAL, "ECS")
    typist.filter(server.name, 1 + len(server.attached))
    typist.press("u", "Review:")


def disks_of_a_region(typist: Typist, account: Sandbox) -> None:
    """All disks of a region, by a filter."""
    disks = [
        each
        for each in account.account.resources.list_all()
        if each.condition is Condition.NORMAL and each.offer.service.abbreviation == "EVS" and each.parent is None
    ]
    region = max({each.region for each in disks}, key=lambda region: sum(each.region == region for each in disks))
    typist.press("/", "main:")
    typist.terminal.type(f"evs region:{region} is:eligible")
    typist.terminal.wait_for(f"region:{region} is:eligible")
    typist.press("enter")
    typist.press("a", "selected")
    typist.press("p", "Review:")


def renewal_periods(typist: Typist, _account: Sandbox) -> None:
    """Only the renewal periods of the first resource that has some."""
    typist.press("2", "[2 Renewal Periods]", "renewal period")
    typist.terminal.wait_until(lambda screen: "Loading" not in screen, "the renewals")
    typist.press("u", "Review:")


def auto_renewal_off(typist: Typist, _account: Sandbox) -> None:
    """Auto-renewal off for everything that a filter finds."""
    typist.press("/", "main:")
    typist.terminal.type("evs is:auto-renew")
    typist.terminal.wait_for("/ evs is:auto-renew")
    typist.press("enter")
    typist.press("a", "selected")
    typist.press("A", "auto-renewal off")
    typist.press("o", "Review: auto-renewal off")


def bundle(typist: Typist, account: Sandbox) -> None:
    """A bundle, of which the name of one server is known."""
    server = find(account, Condition.SOLUTION, "ECS")
    typist.filter(server.name, 1 + len(server.attached))
    typist.press("B", "Review:", "1 item")


@pytest.mark.parametrize(
    ("job", "most"),
    [(one_server, 10), (disks_of_a_region, 11), (renewal_periods, 7), (auto_renewal_off, 14), (bundle, 12)],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_a_job_takes_few_keys(account: Sandbox, job: Callable[[Typist, Sandbox], None], most: int) -> None:
    """From the list to the request; the confirmation alone takes six keys and the phrase."""
    with Terminal() as terminal:
        terminal.wait_for("of 115", "selected 0")
        typist = Typist(terminal)
        job(typist, account)
        assert typist.confirm() <= CONFIRM_KEYS
        assert typist.keys <= most, f"{job.__doc__}: {typist.keys} keys"
        terminal.wait_for("Ended")
    assert only_run()["items"]


def test_a_rejected_part_leads_to_its_bundle_with_few_keys(account: Sandbox) -> None:
    """From the result of the rejection to the request for the bundle: its key, and the confirmation."""
    with Terminal() as terminal:
        terminal.wait_for("of 115", "selected 0")
        server = find(account, Condition.SOLUTION, "ECS")
        typist = Typist(terminal)
        typist.filter(server.name, 1 + len(server.attached))
        typist.press("u", "Review:")
        typist.confirm()
        terminal.wait_for("Ended", "1 failed", "w reviews its bundle")
        typist.keys = 0
        typist.press("w", "Review:", "1 item")
        assert typist.confirm() <= CONFIRM_KEYS
        assert typist.keys <= 2 + CONFIRM_KEYS
        terminal.wait_for("Ended", "1 completed")


@pytest.mark.usefixtures("account")
def test_a_hundred_items_are_reviewed_on_nine_screens() -> None:
    """At 80x24, at least twelve rows stand between the summary and the details, also if the summary has warnings."""
    with Terminal() as terminal:
        terminal.wait_for("of 115", "selected 0")
        terminal.press("/")
        terminal.type("ecs|evs is:eligible !auto-renew state:use !test-batch-14")
        terminal.wait_for("/ ecs|evs is:eligible !auto-renew state:use !test-batch-14")
        terminal.press("enter")
        terminal.press("a")
        terminal.wait_for("selected")
        terminal.press("p")
        wait_for_amounts(terminal)
        rows = [line for line in terminal.lines if line.startswith("[x]")]
        found = re.search(r"· (\d+) items", terminal.text)
        assert found is not None
        assert len(rows) < int(found[1])  # the screen is full
        # Five lines of summary, two of them wrapped by the counts of backups: nine screens for a hundred items.
        assert len(rows) >= 12
