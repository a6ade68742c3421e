"""Simulated Huawei Cloud with the real wire format, for practice and tests.

It keeps account state, verifies signatures, charges fees and injects faults. It shares no code with the rest of
unsub_tui, because a client and a server that share code share mistakes. Importing this package is cheap; the modules
of the sandbox are imported when a sandbox is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unsub_tui.sandbox.capture_server import Replay
    from unsub_tui.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Processing times, and behavior that is unknown for the real service: the defaults are the more likely variant."""

    settle_seconds: float = 3.0
    """Time from acceptance or approval of an unsubscription order to its completion."""
    review_seconds: float = 60.0
    """Time that an order above the review threshold waits for approval."""
    review_above: Decimal | None = None
    """Review threshold that replaces the site's threshold."""
    review_status: int = 1
    """Order status during a review; the console also knows 0, 7, 8 and 11."""
    reject_reviewed: bool = False
    """Whether orders under review are canceled instead of approved; their resources remain."""
    transaction_seconds: float | None = 25.0
    """Time from the first unsubscription request, after which another transaction of the resource ends; None: never."""
    closed_seconds: float = 3600.0
    """Time during which a closed resource is still listed, with status 3."""
    kept_status: int | None = None
    """Status in which a resource stays after its order is completed, instead of being closed."""
    leaves_attached: bool = False
    """Whether attached resources remain in use after unsubscription of their primary resource."""
    unsubscribes_replicas: bool = False
    """Whether read replicas are unsubscribed with their primary database; otherwise they stay and are charged."""
    sells_whole_servers: bool = False
    """Whether servers are sold as a whole: then their data disks cannot be unsubscribed alone."""
    names_attached_failure: bool = False
    """Whether the response to an unsubscription also says that the first attached resource, not requested, failed."""
    attached_id_narrows: bool = False
    """Whether a query that contains the id of an attached resource returns only the resources with the given ids."""
    names_projects: bool = True
    """Whether the resource listing contains the names of enterprise projects in addition to their ids."""
    ignores_order_id: bool = False
    """Whether the resource listing ignores the order id."""
    moved_rows: int = 0
    """Rows by which the list of all resources moves before each of its pages: toward the front, or negative to the end;
    those that leave it on one side come back on the other."""
    counts_attached: bool = True
    """Whether `total_count` of the resource listing counts attached resources."""
    pages_by_primary: bool = False
    """Whether offset and limit of the resource listing count primary resources only: attached ones come with them."""
    row_changes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Other values of fields in the rows of a resource, by resource id; for example a null status."""
    extra_rows: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    """Further rows of a resource in the listing, by resource id: for each, the fields that differ from its own row."""
    states_rate_limit: bool = False
    """Whether the headers of every response state the rate limit of the operation."""
    bill_lag_seconds: float = 0.0
    """Delay between completion of an order and the appearance of its refund in the bills."""
    combined_bills: str = ""
    """How servers with their disks are billed: a row for each resource by default; `parts` for rows of the server that
    name the part; `whole` for one row of the server for all that has the same term."""
    coupon_days: float = 365.0
    """Days after an order until which the coupon used for it is valid."""
    payer_account_id: str = ""
    """Another account that pays for everything; by default the account pays for itself."""
    is_postpaid: bool = False
    """Whether bills have debt instead of cash."""
    tax_rate: Decimal = Decimal(0)
    """Tax on every payment and refund as a share, billed in rows of their own."""
    tax_names_resources: bool = True
    """Whether rows of tax name the resource, or only the order."""
    has_recorder: bool = True
    """Whether the account's resource recorder is on; without it, Config's data are weeks old."""
    members: int = 0
    """Number of member accounts below this one. Bills contain their rows too unless only its own are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Options of a sandbox. The same options generate the same purchases, relative to `now`."""

    resources: int = 400
    """Number of resources in the account, including attached resources."""
    seed: int = 1
    site: str = "intl"
    """intl, cn or eu."""
    now: datetime | None = None
    """Start of the simulated clock, timezone-aware; by default the real time. Signatures use the real clock."""
    state_file: Path | None = None
    """SQLite file that saves changes across restarts; without it, changes are lost."""
    faults_file: Path | None = None
    """File of fault rules in the format described in `docs/faults.md`."""
    latency_ms: int = 0
    """Delay added to every call."""
    hostile: bool = True
    """Whether some resource names contain attacks on a terminal."""
    odd_terms: bool = False
    """Whether terms are such as 7, 13 or 30 months, most of which are between the rows of the fee table."""
    databases: bool = False
    """Whether the account also has databases of SQL Server, each with a license that has a subscription of its own, and
    databases with read replicas."""
    rate_scale: float = 1.0
    """Factor for the documented rate limits; 0 disables them."""
    behavior: Behavior = Behavior()


def build_sandbox(options: SandboxOptions) -> Sandbox:
    """Return a new sandbox, or a sandbox restored from its state file. Raise ValueError for invalid options."""
    from unsub_tui.sandbox.sandbox import open_sandbox  # noqa: PLC0415 - loads the whole sandbox

    return open_sandbox(options)


def build_replay(path: Path, latency_ms: int = 0) -> Replay:
    """Return a server for the answers in a capture file. Raise ValueError if the file cannot be used."""
    from unsub_tui.sandbox.capture_file import read_capture  # noqa: PLC0415 - as above
    from unsub_tui.sandbox.capture_server import Replay  # noqa: PLC0415

    return Replay(read_capture(path), latency_ms)
