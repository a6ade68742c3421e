"""What a person is told when a command fails. Loaded only then."""

from __future__ import annotations

import os

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.output import say
from unsub_tui.cli.places import credentials_file
from unsub_tui.cli.signing_in import NoCredentialsError
from unsub_tui.cli.verdict import exit_of
from unsub_tui.domain.problem import UnsubError
from unsub_tui.present.problems import problem_text


def explain(error: Exception) -> int:
    """Say what happened and what to do now; return the exit code."""
    if isinstance(error, NoCredentialsError):
        say(_how_to_begin(error.problem.detail))
        return Exit.CREDENTIALS
    if isinstance(error, UnsubError):
        say(f"unsub-tui: {problem_text(error.problem)}")
        return exit_of(error.problem.kind)
    # Neither the error's words nor its values are printed: they may hold what must not be shown.
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f" at {where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else ""
    say(f"unsub-tui: a fault of the program itself: {type(error).__name__}{place}. Please report it.")
    return Exit.INTERNAL


def _how_to_begin(why: str) -> str:
    return f"""unsub-tui: {why}.

To work on a real account, set its keys in the environment:
  export HUAWEICLOUD_SDK_AK=...  HUAWEICLOUD_SDK_SK=...
or put them in a file that only you can read:
  {credentials_file(os.environ)}
    [default]
    access_key = "..."
    secret_key = "..."
or, to sign in with a password, in the same file:
    user_name = "..."
    account_name = "..."

To try the program without an account:
  unsub-tui demo"""
