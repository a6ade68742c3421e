"""Prompts in the terminal outside the app, for passwords, which must not be stored in a widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.app import App

from unsub_tui.domain.problem import UnsubError

Answer = TypeVar("Answer")


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
