"""The command line: flags in, an exit code out. Every error of ours becomes a sentence here, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from unsub_tui.cli.commands import unsub_tui
from unsub_tui.cli.exits import Exit, exit_of
from unsub_tui.cli.output import say
from unsub_tui.cli.settings import NoCredentialsError
from unsub_tui.domain.problem import UnsubError


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = unsub_tui.main(list(arguments), prog_name="unsub-tui", standalone_mode=False)
    except NoCredentialsError as error:
        say(_how_to_begin(error.problem.detail))
        return Exit.CREDENTIALS
    except UnsubError as error:
        from unsub_tui.present.problems import problem_text

        say(f"unsub-tui: {problem_text(error.problem)}")
        return exit_of(error.problem.kind)
    except click.ClickException as error:
        say(f"unsub-tui: {error.format_message()}")
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPT
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; the interpreter must not complain about it at exit
        return Exit.OK
    return code if isinstance(code, int) else Exit.OK


def _how_to_begin(why: str) -> str:
    return f"""unsub-tui: {why}.

To work on a real account, set its keys in the environment:
  export HUAWEICLOUD_SDK_AK=...  HUAWEICLOUD_SDK_SK=...
  export UNSUB_SITE=intl          (or cn, eu)
or put them in a file that only you can read:
  {_example_file()}
    [default]
    access_key = "..."
    secret_key = "..."

To try the program without an account:
  unsub-tui demo"""


def _example_file() -> str:
    import os

    from unsub_tui.cli.places import credentials_file

    return str(credentials_file(os.environ))
