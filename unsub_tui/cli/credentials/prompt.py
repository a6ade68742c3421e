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
from unsub_tui.cli.credentials.agency import AgencySource
from unsub_tui.cli.credentials.password import PasswordSource
from unsub_tui.cli.process.signals import TERMINATION_SIGNALS
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display


class NoCredentialsError(UnsubError):
    """No source has keys. The detail names the last source that was tried."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))


def credential_provider_for(source: CredentialSource) -> CredentialProvider:
    """Return the credential provider of a source; ask for a password if the source needs one. Raises CREDENTIALS.

    Sources that request keys from a service do so here, before the app starts: it imports many modules, in a thread.
    """
    provider = CredentialProvider(source)
    if isinstance(source, PasswordSource):
        asyncio.run(provider.sign_in(*prompt_login(source.user)) if source.needs_sign_in else _refresh(provider))
    elif isinstance(source, AgencySource):
        try:
            asyncio.run(provider.refresh())
        except UnsubError as error:
            from unsub_tui.present.problems import problem_details

            raise NoCredentialsError(f"no credentials were found: {problem_details(error.problem)}") from error
    return provider


async def _refresh(provider: CredentialProvider) -> None:
    await provider.refresh()


def login_prompt_for(source: CredentialSource) -> Callable[[], tuple[Secret, str]] | None:
    """Return the function that asks for a new sign-in, or None if the source needs no typed password."""
    return partial(prompt_login, source.user) if isinstance(source, PasswordSource) and source.needs_sign_in else None


def prompt_login(user: User) -> tuple[Secret, str]:
    """Ask for the password and, if the user id is known, for an MFA code; neither is echoed. Raises CREDENTIALS."""
    name = f"{for_display(user.user_name)} of {for_display(user.account_name)}"
    if not sys.stdin.isatty():
        raise credentials_problem(f"{name} signs in with a password, but there is no terminal to type it")
    try:
        with _exit_on_signal():
            password = Secret(getpass.getpass(f"Password of {name}: "))
            passcode = getpass.getpass("MFA code (Enter if none): ").strip() if user.user_id else ""
    except (EOFError, KeyboardInterrupt, OSError) as error:
        raise credentials_problem("no password was given") from error
    if not password:
        raise credentials_problem("no password was given")
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
