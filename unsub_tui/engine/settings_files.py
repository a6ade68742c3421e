"""Files that configure the program: settings, rules, filters, keys. Only the user and root may have write access.

A guard is ineffective if it is stored in a file that another user can change, replace or remove.
"""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.files import os_reason, read_regular
from unsub_tui.journal.parent_dirs import is_writable_by_others
from unsub_tui.journal.strict_stat import path_exists

SIZE_LIMIT = 1_000_000
"""Maximum size of a settings file in bytes."""


def read_settings_file(path: Path, *, named_by: str = "", is_secret: bool = False) -> str | None:
    """Return the text of a settings file, or None if it does not exist.

    Raise CONFIG for a missing file that `named_by` refers to, a dangling link, or a file that is not regular, too
    large, not UTF-8, or accessible to other users: writable by them or, with `is_secret`, readable.
    """
    try:
        data, about = read_regular(path, SIZE_LIMIT)
        if len(data) > SIZE_LIMIT:
            raise _config_error("settings_too_large", path=path, megabytes=SIZE_LIMIT // 1_000_000)
        _check_ownership(path, about, named_by, is_secret=is_secret)
        return data.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        _refuse_missing(path, named_by, error)
        return None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise _config_error("settings_unreadable", path=path, reason=os_reason(error)) from error


def _refuse_missing(path: Path, named_by: str, error: OSError) -> None:
    """Raise CONFIG if the missing file is behind a dangling link or is named explicitly."""
    for each in (path, *path.parents):
        if each.is_symlink() and not path_exists(each, ProblemKind.CONFIG):
            raise _config_error("dangling_link", path=each, target=each.readlink()) from error
    if named_by:
        raise _config_error("named_file_missing", path=path, variable=named_by) from error


def _check_ownership(path: Path, about: os.stat_result, named_by: str, *, is_secret: bool) -> None:
    """Raise CONFIG for a file that other users own, can write, can replace or, with `is_secret`, can read.

    If the user cannot fix the permissions of a directory, the message asks to move the file elsewhere.
    """
    elsewhere = fact("set_variable", variable=named_by) if named_by else fact("move_settings")
    argument = shlex.quote(str(path))
    if not _is_own(about):
        code: FactCode = "keys_of_other" if is_secret else "settings_of_other"
        raise _config_error(code, path=path, user=_user(), argument=argument)
    if is_secret and about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _config_error("keys_readable", path=path, argument=argument)
    if is_writable_by_others(about):
        raise _config_error("settings_writable", path=path, argument=argument)
    for place in dict.fromkeys(_path_components(path)):
        found = place.lstat()
        if not _is_own(found):
            raise _config_error("place_of_other", path=path, place=place, step=elsewhere)
        if stat.S_ISDIR(found.st_mode) and not found.st_mode & stat.S_ISVTX and is_writable_by_others(found):
            is_own = found.st_uid == os.geteuid()
            step = fact("chmod_place", argument=shlex.quote(str(place))) if is_own else elsewhere
            raise _config_error("place_writable", path=path, place=place, step=step)


def _path_components(path: Path) -> Iterator[Path]:
    """Yield every directory and link on the resolved path to a file, without the file itself."""
    here, ahead = Path("/"), list(reversed(path.absolute().parts))
    while ahead:
        part = ahead.pop()
        following = here.parent if part == ".." else here / part
        if following.is_symlink():
            yield following
            ahead += reversed(following.readlink().parts)
        else:
            yield here
            here = following


def _is_own(about: os.stat_result) -> bool:
    return about.st_uid in {0, os.geteuid()}


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container may run under a user id without a name
        return str(os.geteuid())


def _config_error(code: FactCode, **values: Path | Fact | str | int) -> UnsubError:
    texts = {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
    return UnsubError(Problem(kind=ProblemKind.CONFIG, facts=(fact(code, **texts),)))
