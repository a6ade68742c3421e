"""Signing in again after rejected credentials, and prompts in the terminal outside the app.

Passwords are typed there, because they must not be stored in a widget.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from unsub_tui.app.dialogs.dialog import YesNoDialog
from unsub_tui.app.screens.base import Answer, BaseScreen
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text


def can_sign_in(screen: BaseScreen[Answer], problem: Problem) -> bool:
    """Return whether the user can solve a problem by signing in again at this terminal."""
    is_about_keys = problem.kind is ProblemKind.CREDENTIALS and screen.options.ask_login is not None
    return is_about_keys and screen.engine.account.can_sign_in


async def sign_in_again(screen: BaseScreen[Answer], problem: Problem) -> bool:
    """Prompt for a new sign-in until it succeeds or the user declines; return whether it succeeded."""
    app, ask_login = screen.app, screen.options.ask_login
    while ask_login is not None:
        lines = [problem_text(problem), _("Sign in again? You type the password in the terminal, without echo.")]
        question = YesNoDialog(_("The sign-in has ended"), lines, yes=_("Sign in"), no=_("Not now"))
        if not await app.push_screen_wait(question):
            return False
        try:
            password, passcode = prompt_in_terminal(app, ask_login)
            await screen.engine.account.sign_in(password, passcode)
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
