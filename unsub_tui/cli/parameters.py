"""What the command line's values look like."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import click

SITES = click.Choice(["intl", "cn", "eu"])
TABS = click.Choice(["active", "renewal", "inactive"])


class Money(click.ParamType[Decimal]):
    """An amount of money, not negative."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the amount, or say what an amount looks like."""
        try:
            amount = Decimal(str(value))
        except ArithmeticError:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is not an amount such as 500.00", param, ctx)
        return amount


class Percent(click.ParamType[Decimal]):
    """A share of something."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the share, or say what one looks like."""
        try:
            share = Decimal(str(value))
        except ArithmeticError:
            share = Decimal(-1)
        if not share.is_finite() or not 0 <= share <= 100:
            self.fail(f"{value!r} is not a percentage such as 10 or 2.5", param, ctx)
        return share


class Moment(click.ParamType[datetime]):
    """A moment, ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, or say what one looks like."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-01-15T08:30:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
