"""The budgets of all measures; `make bench` prints them beside the figures and marks the figures that exceed them."""

from __future__ import annotations

from dataclasses import dataclass

TIMES = "x"
"""The unit of a budget that limits the ratio, not the value."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bound of a figure: of its ratio to the reference of the same run, or of its value in this unit."""

    limit: float
    unit: str = TIMES

    def __str__(self) -> str:
        return f"budget {self.limit:g} {self.unit}"


COMMANDS = "Commands, exec to exit"
FRAMES = "Exec to first painted frame, 120x40"
WRITES = "One durable write of the record"
ARRIVING = "While 100,000 resources arrive"
DETAILS = "List of 10,000 rows with details beside it, 120x40"
CONFIRMATION = "Confirmation of 20 items, 80x24"
RUN = "Run of 20 items, 80x24"

INVENTORY_OF_SELECTED = "Inventory of 100 selected resources in 5 projects, 80 ms"
INVENTORY_OF_ALL = "Inventory of about 10,000 resources in 5 projects, 80 ms"

REVIEW_KEYS = ("down", "page down", "page up", "drop an item", "next danger")
"""Names of the keys that are measured in a review."""


def listing(count: int, latency_seconds: float) -> str:
    """Return the title of the table of one listing."""
    return f"Listing {count:,} resources, {latency_seconds * 1000:.0f} ms added to every answer"


def review(columns: int, rows: int) -> str:
    """Return the title of the table of keys in a review."""
    return f"Review of 100 items, {columns}x{rows}"


def keys(columns: int, rows: int, count: int) -> str:
    """Return the title of the table of keys in a list."""
    return f"Keys in a list of {count:,} rows, {columns}x{rows}, 256 colors"


BUDGETS: dict[str, dict[str, Budget]] = {
    COMMANDS: {
        "unsub-tui --version": Budget(4),
        "unsub-tui --help": Budget(4),
        "unsub-tui list --help": Budget(4),
        "unsub-tui runs (no record)": Budget(6),
        "unsub-tui journal verify (no record)": Budget(6),
    },
    FRAMES: {
        "unsub-tui demo: the frame": Budget(1.35),
        "unsub-tui on an account: the frame": Budget(1.35),
        "unsub-tui on an account: the first page of 500": Budget(3),
    },
    # Two syncs one after the other cost twice as much as one, so each kind of write has a reference of its own.
    WRITES: {"a write before a request": Budget(1.3), "a write after a request": Budget(1.3)},
    listing(10_000, 0.08): {"our client": Budget(1.5), "our client, 30 calls a second": Budget(1.5)},
    listing(100_000, 0.08): {"our client": Budget(1.3), "our client, 30 calls a second": Budget(1.3)},
    ARRIVING: {"pauses of the event loop, p99": Budget(15, "ms"), "memory that one resource holds": Budget(1500, "B")},
    **{
        keys(120, 40, count): {
            "down inside": Budget(4, "ms"),
            "down scrolling": Budget(8, "ms"),
            "page down": Budget(12, "ms"),
            "select in place": Budget(4, "ms"),
            "down inside: bytes": Budget(500, "B"),
            "down scrolling: bytes": Budget(450, "B"),
            "page down: bytes": Budget(4000, "B"),
            "select in place: bytes": Budget(250, "B"),
            "bytes in ten idle seconds": Budget(0, "B"),
        }
        for count in (1_000, 10_000, 100_000)
    },
    DETAILS: {"down inside: bytes": Budget(2500, "B"), "down scrolling: bytes": Budget(3500, "B")},
    review(120, 40): {
        **{f"{key}, drawn": Budget(50, "ms") for key in REVIEW_KEYS},
        "down: bytes": Budget(600, "B"),
        "page down: bytes": Budget(4000, "B"),
        "drop an item: bytes": Budget(800, "B"),
    },
    review(80, 24): {
        **{f"{key}, drawn": Budget(50, "ms") for key in REVIEW_KEYS},
        "down: bytes": Budget(400, "B"),
        "page down: bytes": Budget(2000, "B"),
        "drop an item: bytes": Budget(600, "B"),
    },
    CONFIRMATION: {
        "check a box: bytes": Budget(250, "B"),
        "next field: bytes": Budget(400, "B"),
        "a character of the phrase: bytes": Budget(250, "B"),
    },
    INVENTORY_OF_SELECTED: {"the reader": Budget(6000, "ms"), "the reader: calls": Budget(100, "calls")},
    INVENTORY_OF_ALL: {
        "calls": Budget(60, "calls"),
        "pauses of the event loop, p99": Budget(15, "ms"),
        "memory of the lists, per resource": Budget(900, "B"),
    },
    RUN: {
        "while it runs: bytes for an item": Budget(2500, "B"),
        "down: bytes": Budget(600, "B"),
        "page down: bytes": Budget(2000, "B"),
    },
}

BUDGETS[keys(120, 40, 100_000)] |= {
    "memory, loaded and shown": Budget(160, "MiB"),
    "select all, the first time": Budget(20, "ms"),
    "filter, the first letter": Budget(60, "ms"),
    "sort by name": Budget(80, "ms"),
    "sort by expiry": Budget(80, "ms"),
}


def budget_of(table: str, name: str) -> Budget | None:
    """Return the budget of a row, or None where it has none."""
    return BUDGETS.get(table, {}).get(name)
