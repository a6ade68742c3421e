"""Error messages of failed commands. Imported only after a failure."""

from __future__ import annotations

import os

from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.credentials.prompt import NoCredentialsError
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for
from unsub_tui.cli.output import write_message
from unsub_tui.domain.problem import UnsubError
from unsub_tui.present.problems import problem_details, problem_text


def report_error(error: Exception) -> int:
    """Write what happened and the next step to stderr; return the exit code."""
    if isinstance(error, NoCredentialsError):
        write_message(_getting_started_text(problem_details(error.problem)))
        return ExitCode.CREDENTIALS
    if isinstance(error, UnsubError):
        write_message(f"unsub-tui: {problem_text(error.problem)}")
        return exit_code_for(error.problem.kind)
    # Print neither the message nor the values of the error: they may contain secrets.
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = f" at {traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback is not None else ""
    write_message(f"unsub-tui: internal error: {type(error).__name__}{place}. Please report it.")
    return ExitCode.INTERNAL


def _getting_started_text(reason: str) -> str:
    return f"""unsub-tui: {reason}.

To use an account, set its keys in the environment:
  export HUAWEICLOUD_SDK_AK=...  HUAWEICLOUD_SDK_SK=...
or store them in a file that only you can read:
  {credentials_file(os.environ)}
    [default]
    access_key = "..."
    secret_key = "..."
or, to sign in with a password, store in the same file:
    user_name = "..."
    account_name = "..."

To try the program with a simulated account:
  unsub-tui demo"""
