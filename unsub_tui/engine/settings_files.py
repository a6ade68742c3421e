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

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.files import read_regular
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
            raise _wrong(path, "is larger than 1 MB: this is not a settings file")
        _check_ownership(path, about, named_by, is_secret=is_secret)
        return data.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        _refuse_missing(path, named_by, error)
        return None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is not UTF-8 text"
        raise _wrong(path, f"cannot be read: {why}") from error


def _refuse_missing(path: Path, named_by: str, error: OSError) -> None:
    """Raise CONFIG if the missing file is behind a dangling link or is named explicitly."""
    link = next(
        (each for each in (path, *path.parents) if each.is_symlink() and not path_exists(each, ProblemKind.CONFIG)),
        None,
    )
    if link is not None:
        raise _wrong(link, f"is a link to {link.readlink()}, which does not exist; mend or remove the link") from error
    if named_by:
        detail = f"{named_by} names {path}, and there is no such file; correct {named_by} or unset it"
        raise _problem(detail) from error


def _check_ownership(path: Path, about: os.stat_result, named_by: str, *, is_secret: bool) -> None:
    """Raise CONFIG for a file that other users own, can write, can replace or, with `is_secret`, can read.

    If the user cannot fix the permissions of a directory, the message asks to move the file elsewhere.
    """
    elsewhere = f"set {named_by} to a file in a directory of your own"
    if not named_by:
        elsewhere = "keep it in a directory of your own; UNSUB_CONFIG names where the settings are"
    kind = "holds keys and " if is_secret else ""
    if not _is_own(about):
        raise _wrong(path, f"{kind}belongs to another user; run: chown {_user()} {_quoted(path)}")
    if is_secret and about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _wrong(path, f"holds keys and other users can read it; run: chmod 600 {_quoted(path)}")
    if is_writable_by_others(about):
        raise _wrong(path, f"can be written by other users; run: chmod go-w {_quoted(path)}")
    for place in dict.fromkeys(_path_components(path)):
        found = place.lstat()
        if not _is_own(found):
            raise _wrong(path, f"can be replaced, because {place} belongs to another user; {elsewhere}")
        if stat.S_ISDIR(found.st_mode) and not found.st_mode & stat.S_ISVTX and is_writable_by_others(found):
            step = f"run: chmod go-w {_quoted(place)}" if found.st_uid == os.geteuid() else elsewhere
            raise _wrong(path, f"can be replaced, because other users can write to {place}; {step}")


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


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _wrong(path: Path, detail: str) -> UnsubError:
    return _problem(f"{path} {detail}")


def _problem(detail: str) -> UnsubError:
    return UnsubError(Problem(kind=ProblemKind.CONFIG, detail=detail))
