"""Options that several commands have, and the types of option values: amounts, percentages, seconds, timestamps, dates.

Click passes the text of an option to its type, a function, and adds the name of the option to a BadParameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import click

from unsub_tui.cli.completions import complete_files, complete_filter
from unsub_tui.domain.bounds import MIN_TIME, is_time_in_range, parse_amount, parse_days
from unsub_tui.domain.time_zone import start_of_day
from unsub_tui.present.i18n import _

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
    return click.option("--filter", "query", default="", metavar="EXPR", help=help_text, shell_complete=complete_filter)


def app_start_options(body: Body) -> Body:
    """Add the options that open the app on a filter and a tab; a body receives them as `query` and `tab_name`."""
    words = "Open the app with a filter, such as 'type:ecs expires<30d' (unsub-tui help filter)."
    tab_words = "Open the app on this tab: active, renewal or inactive."
    tab = click.option("--tab", "tab_name", type=TAB_CHOICE, default="active", metavar="TAB", help=tab_words)
    return filter_option(words)(tab(body))


def seconds(text: str) -> float:
    """Return a duration in seconds, at most one week. Raises BadParameter."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= _WEEK_SECONDS:  # also rejects NaN
        words = _("{value!r} is not a number of seconds from 0 to {maximum}")
        raise click.BadParameter(words.format(value=text, maximum=_WEEK_SECONDS))
    return found


READ_TIMEOUT = f"{__name__}.read_timeout"
"""Key in the context of a command under which `run_with_engine` finds its `--timeout`."""


def _set_read_timeout(context: click.Context, _option: click.Parameter, value: float | None) -> None:
    context.meta[READ_TIMEOUT] = value


timeout_option = click.option(
    "--timeout",
    type=seconds,
    metavar="SECONDS",
    expose_value=False,
    callback=_set_read_timeout,
    help="Give up with exit code 4 if an account takes longer to read. Default: no limit.",
)


def inventory_option(help_text: str, *, is_on: bool) -> Callable[[Body], Body]:
    """Return the option `--inventory/--no-inventory` with its default, which a body receives as `with_inventory`."""
    name = "--inventory/--no-inventory"
    return click.option(name, "with_inventory", default=is_on, show_default=True, help=help_text)


ids_option = click.option(
    "--ids",
    "ids_file",
    default="",
    metavar="FILE",
    shell_complete=complete_files,
    help="File with ids, - is stdin: one a line, a table with a column of ids, JSON or a plan (unsub-tui help list).",
)


def sandbox_options(body: Body) -> Body:
    """Add the options that describe the account of a sandbox; a body receives them by the fields of SandboxOptions."""
    count, latency = click.IntRange(1, 1_000_000), click.IntRange(0, 60_000)
    sites, site_help = click.Choice(["intl", "cn", "eu"]), "Site, which determines rules and currency."
    for option in (
        click.option("--latency", "latency_ms", type=latency, default=0, metavar="MS", help="Delay of every response."),
        click.option("--site", type=sites, default="intl", show_default=True, help=site_help),
        click.option("--seed", type=int, default=1, show_default=True, help="Seed of the generated account."),
        click.option("--resources", type=count, default=400, show_default=True, help="Number of resources."),
    ):
        body = option(body)
    return body


def amount(text: str) -> Decimal:
    """Return a non-negative amount of money. Raises BadParameter."""
    found = parse_amount(text)
    if found is None or found < 0:
        raise click.BadParameter(_("{value!r} is not an amount such as 500.00").format(value=text))
    return found


def percentage(text: str) -> Decimal:
    """Return a percentage from 0 to 100. Raises BadParameter."""
    found = parse_amount(text)
    if found is None or not 0 <= found <= 100:
        raise click.BadParameter(_("{value!r} is not a percentage such as 10 or 2.5").format(value=text))
    return found


def days(text: str) -> int:
    """Return a number of days, written as "7d". Raises BadParameter."""
    found = parse_days(text)
    if found is None:
        raise click.BadParameter(_("{value!r} is not a number of days such as 7d").format(value=text))
    return found


def timestamp(text: str) -> datetime:
    """Return a timestamp in ISO 8601; without an offset it is UTC. Raises BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        words = _("{value!r} is not a time such as 2026-01-15T08:30:00Z")
        raise click.BadParameter(words.format(value=text)) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not is_time_in_range(moment):
        raise click.BadParameter(_("{value!r} is not between 1970-01-01 and 2200-01-01").format(value=text))
    return moment


def start_of_period(text: str) -> datetime:
    """Return the start of a period that ends now: a day, a month, or a duration before now. Raises BadParameter."""
    now = datetime.now(UTC)
    begun = _parse_since(text, now)
    if begun is None:
        words = _("{value!r} is not a day such as 2026-01-31, a month such as 2026-01, or 12mo")
    elif begun < MIN_TIME:
        words = _("{value!r} is before 1970")
    elif begun >= now:
        words = _("{value!r} is in the future")
    else:
        return begun
    raise click.BadParameter(words.format(value=text))


def _parse_since(text: str, now: datetime) -> datetime | None:
    """Return the time that the text describes, or None."""
    try:
        if span := _SPAN.fullmatch(text):
            return _subtract_span(now, int(span[1]), span[2])
        if _DAY.fullmatch(text):
            return start_of_day(date.fromisoformat(text if text.count("-") > 1 else f"{text}-01"))
    except (ValueError, OverflowError):
        pass
    return None


def _subtract_span(now: datetime, count: int, unit: str) -> datetime:
    """Return the time `count` units before now; a day past the end of the month becomes its last day."""
    if unit in ("d", "w"):
        return now - timedelta(days=count * (7 if unit == "w" else 1))
    from calendar import monthrange

    year, month = divmod(now.year * 12 + now.month - 1 - count * (12 if unit == "y" else 1), 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
