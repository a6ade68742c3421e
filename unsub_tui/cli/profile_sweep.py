"""The rows of one account, or of several profiles one after the other: `--profile a,b`, `--all-profiles`.

A profile that cannot be read costs its own rows only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for
from unsub_tui.cli.output import write_message, write_note
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, RowWriter
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.documents import listing_document
from unsub_tui.present.export.formats import Row
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine
    from unsub_tui.present.export.profile_rows import SweptProfile

R = TypeVar("R")
"""What a row shows."""

all_profiles_option = click.option(
    "--all-profiles",
    is_flag=True,
    help="Read all profiles, and name the account in each row. Some of them: --profile a,b.",
)


@dataclass(frozen=True, kw_only=True)  # no slots: they break the creation of a generic frozen class
class Listing(Generic[R]):
    """The rows that a command lists of one account."""

    account: AccountRef
    as_of: datetime
    rows: Sequence[R]
    rows_at_risk: int = 0
    """Number of rows that may be missing because the list changed while it was read."""
    unknown_to_filter: int = 0
    """Number of rows that the filter can neither find nor leave out."""


class _SweptRow(NamedTuple, Generic[R]):
    """A row of one of several accounts."""

    account: AccountRef
    row: R


def write_listing(
    options: GlobalOptions,
    read: Callable[[Engine], Awaitable[Listing[R]]],
    name: str,
    table: RowTable[R],
    row_options: RowOptions,
    *,
    all_profiles: bool,
) -> int:
    """Write what `read` returns for the account, or for each of the given profiles; return the exit code.

    `name` is the key of the list of rows in JSON.
    """
    profiles = _given_profiles(options, all_profiles=all_profiles)
    if not profiles:
        writer = RowWriter(row_options, table)
        listing = run_with_engine(options, read)
        ref, as_of, doubts = listing.account, listing.as_of, _doubts([listing])
        writer.write(listing.rows, lambda rows: listing_document(name, rows, as_of, ref, **doubts))
        return ExitCode.OK
    sweep = RowWriter(row_options, _with_account(table))
    listings, swept = _read_profiles(options, profiles, read)
    from unsub_tui.present.export.profile_rows import SWEPT_PROFILE

    doubts, first = _doubts(listings), next(iter(listings), None)
    sweep.write(
        [_SweptRow(each.account, row) for each in listings for row in each.rows],
        lambda rows: listing_document(
            name, rows, first.as_of if first else None, None, profiles=SWEPT_PROFILE.rows(swept), **doubts
        ),
    )
    problems = [each.problem for each in swept if each.problem is not None]
    if not problems:
        return ExitCode.OK
    return ExitCode.SOME_FAILED if listings else exit_code_for(problems[0].kind)


def _doubts(listings: Sequence[Listing[R]]) -> dict[str, int]:
    """Return the fields of the JSON that say how many rows may be missing."""
    return {
        "rows_at_risk": sum(each.rows_at_risk for each in listings),
        "unknown_to_filter": sum(each.unknown_to_filter for each in listings),
    }


def _with_account(table: RowTable[R]) -> RowTable[_SweptRow[R]]:
    """Return the table with profile and account in each row."""
    from unsub_tui.present.export.profile_rows import PROFILE_FIELDS

    def swept_row(row: Callable[[R], Row]) -> Callable[[_SweptRow[R]], Row]:
        return lambda swept: {**PROFILE_FIELDS.row(swept.account), **row(swept.row)}

    return RowTable(
        columns=(
            OutputColumn("profile", lambda swept: for_display(swept.account.profile), ("profile",)),
            OutputColumn("account", lambda swept: swept.account.label, ("account",)),
            *(column.of(lambda swept: swept.row) for column in table.columns),
        ),
        row=swept_row(table.row),
        fields=(*PROFILE_FIELDS.columns, *table.fields),
        more_fields=table.more_fields,
        flat_row=swept_row(table.flat_row) if table.flat_row is not None else None,
    )


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
    options: GlobalOptions, profiles: Sequence[str], read: Callable[[Engine], Awaitable[Listing[R]]]
) -> tuple[Sequence[Listing[R]], Sequence[SweptProfile]]:
    """Return the listings that could be read, and the result of each profile; messages say which one is read."""
    from unsub_tui.present.export.profile_rows import SweptProfile
    from unsub_tui.present.problems import problem_text

    listings: list[Listing[R]] = []
    swept = []
    for number, profile in enumerate(profiles, 1):
        words = _("Profile {profile} ({n} of {total})")
        write_note(words.format(profile=for_display(profile), n=number, total=len(profiles)))
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
        swept.append(SweptProfile(profile, account, found.as_of, len(found.rows)))
    return listings, swept
