"""Disk cache for bill rows of settled months: they never change, and yearly resources need rows that are years old."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from unsub_tui.domain.bounds import (
    AMOUNT_OUT_OF_RANGE,
    TIME_OUT_OF_RANGE,
    is_computable,
    is_time_in_range,
)
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.engine.files import read_regular

MAX_ROWS = 20_000
"""Maximum number of rows in a cached month; a larger month is not cached."""
MAX_FILE_BYTES = 1000 * MAX_ROWS
"""Maximum size of a month's file in bytes; a row takes less than half of its share."""


def _amount(amount: Decimal) -> Decimal:
    """Return the amount. Raise ValueError if it is out of range, as in files of an earlier version."""
    if not is_computable(amount):
        raise ValueError(AMOUNT_OUT_OF_RANGE)
    return amount


def _time(time: datetime) -> datetime:
    if not is_time_in_range(time):
        raise ValueError(TIME_OUT_OF_RANGE)
    return time


Amount = Annotated[Decimal, AfterValidator(_amount)]
Time = Annotated[AwareDatetime, AfterValidator(_time)]


class Row(BaseModel):
    """A bill row."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    resource_id: str
    order_id: str
    base_order_id: str
    bill_type: BillType
    currency: str
    payable: Amount
    coupon: Amount
    unclear: Amount
    paid_at: Time | None
    term_start: Time | None
    term_end: Time | None
    period_months: int | None


class CachedMonth(BaseModel):
    """Content of a month's file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    v: Literal[1] = 1
    account_id: str
    host: str
    month: str
    service: str
    rows: tuple[Row, ...]


class BillDiskCache:
    """Owner-only files below the cache directory. I/O errors and invalid files count as cache misses."""

    def __init__(self, directory: Path, *, account_id: str, host: str) -> None:
        self._directory = directory / "bills"
        self._account_id = account_id
        self._host = host

    def read(self, month: str, service: str) -> list[Payment] | None:
        """Return the rows of a month, or None if they are not cached."""
        try:
            cached = CachedMonth.model_validate_json(read_regular(self._path(month, service), MAX_FILE_BYTES)[0])
        except (OSError, ValidationError):
            return None
        if (cached.account_id, cached.host, cached.month, cached.service) != (
            self._account_id,
            self._host,
            month,
            service,
        ):
            return None
        return [Payment(**dict(row)) for row in cached.rows]

    def write(self, month: str, service: str, rows: Sequence[Payment]) -> None:
        """Cache the rows of a month; ignore write errors."""
        if len(rows) > MAX_ROWS:
            return
        with suppress(OSError, UnicodeEncodeError):
            forms = tuple(Row(**{name: getattr(row, name) for name in Row.model_fields}) for row in rows)
            cached = CachedMonth(account_id=self._account_id, host=self._host, month=month, service=service, rows=forms)
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._directory.chmod(0o700)
            handle, name = mkstemp(dir=self._directory)  # mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(cached.model_dump_json().encode())
                Path(name).replace(self._path(month, service))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _path(self, month: str, service: str) -> Path:
        owner = sha256(f"{self._host}\n{self._account_id}\n{service}".encode()).hexdigest()[:16]
        return self._directory / f"{owner}-{month}.json"
