"""Options that several commands have, and the parameter types: amounts, percentages, seconds, timestamps, dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import click

from unsub_tui.domain.bounds import MIN_TIME, is_time_in_range, parse_amount
from unsub_tui.domain.untrusted_text import for_display

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Catalog

_SPAN = re.compile(r"(\d{1,4})(d|w|mo|y)")
_WEEK_SECONDS = 604_800
_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")

TAB_CHOICE = click.Choice(["active", "renewal", "inactive"])

Body = TypeVar("Body", bound=Callable[..., int])


def format_option(*formats: str) -> Callable[[Body], Body]:
    """Return the option `--format`, which a body receives as `output_format`. The table is the default."""
    choice = click.Choice(["table", *formats])
    return click.option("--format", "output_format", type=choice, default="table", show_default=True)


def filter_option(help_text: str) -> Callable[[Body], Body]:
    """Return the option `--filter`, which a body receives as `query`."""
    return click.option("--filter", "query", default="", metavar="EXPR", help=help_text)


def check_ids(ids: Sequence[str], catalog: Catalog) -> None:
    """Raise UsageError if the account does not have all resources that were named."""
    unknown = [each for each in ids if catalog.get(each) is None]
    if unknown:
        raise click.UsageError(f"the account has no resource {', '.join(map(for_display, unknown))}")


def sandbox_options(body: Body) -> Body:
    """Add the options that describe the account of a sandbox."""
    for option in (
        click.option(
            "--latency",
            "latency_ms",
            type=click.IntRange(0, 60_000),
            default=0,
            metavar="MS",
            help="Delay of every response.",
        ),
        click.option(
            "--site",
            type=click.Choice(["intl", "cn", "eu"]),
            default="intl",
            show_default=True,
            help="Site, which determines rules and currency.",
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="Seed of the generated account."),
        click.option(
            "--resources",
            type=click.IntRange(1, 1_000_000),
            default=400,
            show_default=True,
            help="Number of resources.",
        ),
    ):
        body = option(body)
    return body


class AmountType(click.ParamType[Decimal]):
    """A non-negative amount of money."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the amount, or fail with an example."""
        amount = parse_amount(str(value))
        if amount is None or amount < 0:
            self.fail(f"{value!r} is not an amount such as 500.00", param, ctx)
        return amount


class PercentType(click.ParamType[Decimal]):
    """A percentage from 0 to 100."""

    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the percentage, or fail with an example."""
        share = parse_amount(str(value))
        if share is None or not 0 <= share <= 100:
            self.fail(f"{value!r} is not a percentage such as 10 or 2.5", param, ctx)
        return share


class SecondsType(click.ParamType[float]):
    """A duration in seconds, at most one week."""

    name = "seconds"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, or fail with the allowed range."""
        try:
            seconds = float(str(value))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= _WEEK_SECONDS:  # also rejects NaN
            self.fail(f"{value!r} is not a number of seconds from 0 to {_WEEK_SECONDS}", param, ctx)
        return seconds


class TimestampType(click.ParamType[datetime]):
    """A timestamp in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, or fail with an example."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-01-15T08:30:00Z", param, ctx)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not is_time_in_range(moment):
            self.fail(f"{value!r} is not between 1970-01-01 and 2200-01-01", param, ctx)
        return moment


class SinceType(click.ParamType[datetime]):
    """The start of a period that ends now: a day, a month, or a duration before now."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, or fail with an example."""
        if isinstance(value, datetime):
            return value
        now = datetime.now(UTC)
        begun = _parse_since(str(value), now)
        if begun is None:
            self.fail(f"{value!r} is not a day such as 2026-01-31, a month such as 2026-01, or 12mo", param, ctx)
        if begun < MIN_TIME:
            self.fail(f"{value!r} is before 1970", param, ctx)
        if begun >= now:
            self.fail(f"{value!r} is in the future", param, ctx)
        return begun


def _parse_since(text: str, now: datetime) -> datetime | None:
    """Return the time that the text describes, or None."""
    try:
        if span := _SPAN.fullmatch(text):
            return _subtract_span(now, int(span[1]), span[2])
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text if text.count("-") > 1 else f"{text}-01").astimezone()
    except (ValueError, OverflowError):
        pass
    return None


def _subtract_span(now: datetime, count: int, unit: str) -> datetime:
    """Return the time `count` units before now; a day past the end of the month becomes its last day."""
    if unit in ("d", "w"):
        return now - timedelta(days=count * (7 if unit == "w" else 1))
    months = now.year * 12 + now.month - 1 - count * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    first = now.replace(day=1, year=year, month=month)
    following = first.replace(year=year + month // 12, month=month % 12 + 1)
    return first.replace(day=min(now.day, (following - timedelta(days=1)).day))
