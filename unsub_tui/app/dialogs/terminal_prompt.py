"""Questions that the terminal asks below the screen: for passwords, which no widget may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.app import App

from unsub_tui.domain.problem import UnsubError

Answer = TypeVar("Answer")


def prompt_in_terminal(app: App[object], question: Callable[[], Answer]) -> Answer:
    """Give the terminal back while a question is asked, and take it again whatever comes of it; raises UnsubError.

    The loop stands still meanwhile, so that nothing is drawn. Textual takes the terminal back only where nothing was
    raised, so what the question raises waits until then.
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
