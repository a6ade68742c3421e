"""Before anything is asked of an account: its keys are there, or a person has signed in."""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from unsub_tui.api.credentials import CredentialSource, User, credentials_problem
from unsub_tui.api.identity import Identity
from unsub_tui.cli.sources.agency import AgencySource
from unsub_tui.cli.sources.login import LoginSource
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret


class NoCredentialsError(UnsubError):
    """No keys anywhere; the detail says where they were looked for last."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))


def identity_of(source: CredentialSource) -> Identity:
    """Return the identity of a source; asks for a password where it takes one. Raises CREDENTIALS.

    Who has to ask the service for keys does so here, before there is a screen: it loads much, and in a thread.
    """
    identity = Identity(source)
    if isinstance(source, LoginSource):
        asyncio.run(identity.sign_in(*ask(source.user)) if source.wants_login else _fresh(identity))
    elif isinstance(source, AgencySource):
        try:
            asyncio.run(identity.fresh())
        except UnsubError as error:
            raise NoCredentialsError(f"no access key was found, and {error.problem.detail}") from error
    return identity


async def _fresh(identity: Identity) -> None:
    await identity.fresh()


def asking(source: CredentialSource) -> Callable[[], tuple[Secret, str]] | None:
    """Return how a person is asked to sign in again, or None where nobody has to."""
    return partial(ask, source.user) if isinstance(source, LoginSource) and source.wants_login else None


def ask(user: User) -> tuple[Secret, str]:
    """Ask for the password and, of a user who may have a second factor, for its code; neither is shown."""
    name = f"{clean(user.user_name)} of {clean(user.account_name)}"
    if not sys.stdin.isatty():
        raise credentials_problem(f"{name} signs in with a password, and there is no terminal to ask for it")
    try:
        with _ends_in_order():
            password = Secret(getpass.getpass(f"Password of {name}: "))
            passcode = getpass.getpass("MFA code (enter if there is none): ").strip() if user.user_id else ""
    except (EOFError, KeyboardInterrupt, OSError) as error:
        raise credentials_problem("no password was given") from error
    if not password:
        raise credentials_problem("no password was given")
    return password, passcode


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """Let a signal that nobody has taken yet end the program by way of what switches the echo on again."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    ours = [each for each in (signal.SIGHUP, signal.SIGTERM) if signal.getsignal(each) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
