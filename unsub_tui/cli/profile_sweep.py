"""What a command lists of one account, or of several profiles one after the other: `--profile a,b`, `--all-profiles`.

A profile that cannot be read costs its own rows only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for
from unsub_tui.cli.output import write, write_message, write_table
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.formats import Row, export_text
from unsub_tui.present.i18n import _
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine
    from unsub_tui.present.export.profile_rows import SweptProfile

all_profiles_option = click.option(
    "--all-profiles",
    is_flag=True,
    help="Read all profiles, and name the account in each row. Some of them: --profile a,b.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a command lists of one account: lines of a table, or rows for other programs."""

    account: AccountRef
    as_of: datetime
    header: Sequence[str] = ()
    lines: Sequence[Sequence[str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    rows_at_risk: int = 0
    """Number of rows that may be missing because the list changed while it was read."""

    def with_profile(self) -> Listing:
        """Return the listing with profile and account in each line and row."""
        from unsub_tui.present.export.profile_rows import PROFILE_FIELDS

        named, fields = (for_display(self.account.profile), self.account.label), PROFILE_FIELDS.row(self.account)
        return replace(
            self,
            header=("PROFILE", "ACCOUNT", *self.header),
            lines=[(*named, *line) for line in self.lines],
            columns=(*PROFILE_FIELDS.columns, *self.columns),
            rows=[{**fields, **row} for row in self.rows],
        )


def write_listing(
    options: GlobalOptions,
    read: Callable[[Engine], Awaitable[Listing]],
    name: str,
    output_format: str,
    *,
    all_profiles: bool,
) -> int:
    """Write what `read` returns for the account, or for each of the given profiles; return the exit code.

    `name` is the key of the list of rows in JSON.
    """
    profiles = _given_profiles(options, all_profiles=all_profiles)
    if not profiles:
        listing = run_with_engine(options, read)
        _write([listing], name, output_format, listing.account.account_id, listing.account.site)
        return ExitCode.OK
    listings, swept = _read_profiles(options, profiles, read)
    from unsub_tui.present.export.profile_rows import SWEPT_PROFILE

    _write([each.with_profile() for each in listings], name, output_format, profiles=SWEPT_PROFILE.rows(swept))
    problems = [each.problem for each in swept if each.problem is not None]
    if not problems:
        return ExitCode.OK
    return ExitCode.SOME_FAILED if listings else exit_code_for(problems[0].kind)


def _given_profiles(options: GlobalOptions, *, all_profiles: bool) -> Sequence[str]:
    """Return the names of several profiles; none for the one account of the settings. Raises UsageError."""
    if all_profiles:
        from unsub_tui.cli.config.settings import all_profile_names, read_settings_files

        if options.profile is not None:
            raise click.UsageError(_("--all-profiles cannot be combined with --profile"))
        names = sorted(all_profile_names(read_settings_files()))
        if not names:
            raise click.UsageError(_("--all-profiles: there are no profiles; see: unsub-tui config path"))
        return names
    names = [each.strip() for each in (options.profile or "").split(",")]
    if len(names) > 1 and not all(names):
        raise click.UsageError(_("--profile: a name is missing beside a comma"))
    return list(dict.fromkeys(names)) if len(names) > 1 else ()


def _read_profiles(
    options: GlobalOptions, profiles: Sequence[str], read: Callable[[Engine], Awaitable[Listing]]
) -> tuple[Sequence[Listing], Sequence[SweptProfile]]:
    """Return the listings that could be read, and the result of each profile; messages say which one is read."""
    from unsub_tui.present.export.profile_rows import SweptProfile
    from unsub_tui.present.problems import problem_text

    listings: list[Listing] = []
    swept = []
    for number, profile in enumerate(profiles, 1):
        words = _("Profile {profile} ({n} of {total})")
        write_message(words.format(profile=for_display(profile), n=number, total=len(profiles)))
        try:
            found = run_with_engine(replace(options, profile=profile), read)
        except UnsubError as error:
            write_message(_("Not read: {why}").format(why=problem_text(error.problem)))
            swept.append(SweptProfile(profile, problem=error.problem))
            continue
        account = found.account
        for each in listings:
            if (each.account.account_id, each.account.site) == (account.account_id, account.site):
                words = _("The same account as profile {profile}: its rows are listed twice")
                write_message(words.format(profile=for_display(each.account.profile)))
        listings.append(found)
        swept.append(SweptProfile(profile, account, found.as_of, len(found.lines) or len(found.rows)))
    return listings, swept


def _write(
    listings: Sequence[Listing],
    name: str,
    output_format: str,
    account: str | None = None,
    site: str | None = None,
    **more: object,
) -> None:
    """Write listings with the same columns as one; the time of several is that of the first."""
    first = next(iter(listings), None)
    if output_format == "table":
        if first is not None:
            write_table(first.header, list(chain.from_iterable(each.lines for each in listings)))
        return
    more["rows_at_risk"] = sum(each.rows_at_risk for each in listings)
    rows = list(chain.from_iterable(each.rows for each in listings))
    as_of = rfc3339(first.as_of) if first is not None else None
    columns = first.columns if first is not None else ()
    write(export_text(output_format, name, columns, rows, account=account, site=site, as_of=as_of, **more))
