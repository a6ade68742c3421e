"""Signing in again after rejected credentials, and prompts in the terminal outside the app.

Passwords are typed there, because they must not be stored in a widget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.app import App

from unsub_tui.app.dialogs.yes_no import YesNoDialog
from unsub_tui.app.options import AppOptions
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text

Answer = TypeVar("Answer")


def can_sign_in(problem: Problem, engine: Engine, options: AppOptions) -> bool:
    """Return whether the user can solve a problem by signing in again at this terminal."""
    return problem.kind is ProblemKind.CREDENTIALS and engine.account.can_sign_in and options.ask_login is not None


async def sign_in_again(app: App[object], problem: Problem, engine: Engine, options: AppOptions) -> bool:
    """Prompt for a new sign-in until it succeeds or the user declines; return whether it succeeded.

    The user types the password outside the screen, without echo, so that no widget holds it.
    """
    while options.ask_login is not None:
        lines = [problem_text(problem), _("Sign in again? You type the password in the terminal, without echo.")]
        if not await app.push_screen_wait(
            YesNoDialog(_("The sign-in has ended"), lines, yes=_("Sign in"), no=_("Not now"))
        ):
            return False
        try:
            password, passcode = prompt_in_terminal(app, options.ask_login)
            await engine.account.sign_in(password, passcode)
        except UnsubError as error:
            problem = error.problem
        else:
            return True
    return False


def prompt_in_terminal(app: App[object], question: Callable[[], Answer]) -> Answer:
    """Suspend the app, ask a question in the terminal and return the answer; raise its UnsubError.

    The event loop is blocked meanwhile, so nothing is drawn. Textual resumes only if the block raises no exception;
    therefore the error is raised afterwards.
    """
    failed: UnsubError | None = None
    with app.suspend():
        try:
            answer = question()
        except UnsubError as error:
            failed = error
    if failed is not None:
        raise failed
    return answer
