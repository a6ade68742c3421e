"""Prepares credentials before the first request: loads the keys, or asks the user to sign in."""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import CredentialSource, User, credentials_problem
from unsub_tui.cli.credentials.sources import AgencySource, PasswordSource
from unsub_tui.cli.process.signals import TERMINATION_SIGNALS
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _


class NoCredentialsError(UnsubError):
    """No source has keys. The detail names the last source that was tried."""


def credential_provider_for(source: CredentialSource) -> CredentialProvider:
    """Return the credential provider of a source; ask for a password if the source needs one. Raises CREDENTIALS.

    Sources that request keys from a service do so here, before the app starts: it imports many modules, in a thread.
    """
    provider = CredentialProvider(source)
    if isinstance(source, PasswordSource) and source.needs_sign_in:
        asyncio.run(provider.sign_in(*prompt_login(source.user)))
    elif isinstance(source, PasswordSource | AgencySource):
        try:
            asyncio.run(provider.refresh())
        except UnsubError as error:
            if isinstance(source, PasswordSource):
                raise
            # The agency is the last source, so its failure means that there are no credentials at all.
            from unsub_tui.present.problems import problem_details

            words = _("no credentials were found: {why}").format(why=problem_details(error.problem))
            raise NoCredentialsError(credentials_problem(words).problem) from error
    return provider


def login_prompt_for(source: CredentialSource) -> Callable[[], tuple[Secret, str]] | None:
    """Return the function that asks for a new sign-in, or None if the source needs no typed password."""
    return partial(prompt_login, source.user) if isinstance(source, PasswordSource) and source.needs_sign_in else None


def prompt_login(user: User) -> tuple[Secret, str]:
    """Ask for the password and, if the user id is known, for an MFA code; neither is echoed. Raises CREDENTIALS."""
    name = _("{user} of {account}").format(user=for_display(user.user_name), account=for_display(user.account_name))
    if not sys.stdin.isatty():
        words = _("{name} signs in with a password, but there is no terminal to type it")
        raise credentials_problem(words.format(name=name))
    try:
        with _exit_on_signal():
            password = Secret(getpass.getpass(_("Password of {name}: ").format(name=name)))
            passcode = getpass.getpass(_("MFA code (Enter if none): ")).strip() if user.user_id else ""
    except (EOFError, KeyboardInterrupt, OSError) as error:
        raise credentials_problem(_("no password was given")) from error
    if not password:
        raise credentials_problem(_("no password was given"))
    return password, passcode


@contextmanager
def _exit_on_signal() -> Iterator[None]:
    """Make unhandled termination signals raise SystemExit, so that getpass restores the terminal's echo."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    unhandled = [each for each in TERMINATION_SIGNALS if signal.getsignal(each) is signal.SIG_DFL]
    for number in unhandled:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in unhandled:
            signal.signal(number, signal.SIG_DFL)
