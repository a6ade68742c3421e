"""Rows about several profiles: the account of each row, and what became of each profile."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.problem import Problem
from unsub_tui.present.export.endings import PROBLEM, report_of
from unsub_tui.present.export.forms import Form, nested, optional, time, value

PROFILE_FIELDS = Form[AccountRef](
    "ProfileFields",
    "Further fields of a row if several profiles are listed.",
    profile=value(str, lambda account: account.profile),
    account=value(str, lambda account: account.account_id),
    account_name=value(str, lambda account: account.name.raw),
    site=value(str, lambda account: account.site),
)


class SweptProfile(NamedTuple):
    """One of several profiles: its account and its number of rows, or the problem for which it has none."""

    profile: str
    account: AccountRef | None = None
    as_of: datetime | None = None
    row_count: int = 0
    problem: Problem | None = None


SWEPT_PROFILE = Form[SweptProfile](
    "SweptProfileRow",
    "One of several profiles. If it could not be read, `error` has the reason, and there are no rows of it.",
    profile=value(str, lambda each: each.profile),
    account=optional(str, lambda each: each.account.account_id if each.account else None),
    account_name=optional(str, lambda each: each.account.name.raw if each.account else None),
    site=optional(str, lambda each: each.account.site if each.account else None),
    as_of=time(lambda each: each.as_of),
    count=value(int, lambda each: each.row_count),
    error=nested(PROBLEM, lambda each: report_of(each.problem) if each.problem is not None else None),
)
