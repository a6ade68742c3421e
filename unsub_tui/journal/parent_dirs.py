"""Checks that no other user can move or replace a directory of ours by write access to one of its parents."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from unsub_tui.journal.journal_errors import journal_error
from unsub_tui.journal.strict_stat import stat_or_none

_MAX_LINKS = 40
"""Maximum number of symbolic links in a path, as in the kernel."""


def check_parent_dirs(directory: Path) -> None:
    """Raise a JOURNAL problem if another user owns or can write to a parent directory.

    A directory with the sticky bit (`/tmp`) is safe: others cannot rename files in it that are not theirs. A
    group-writable directory is safe if the group contains only this user, or only root.
    """
    for path in _walk_path(directory.absolute().parent):
        about = stat_or_none(path, follow=False)
        if about is None:
            return
        if about.st_uid not in (0, os.geteuid()):
            raise journal_error("parent_owned_by_others", path)
        if stat.S_ISLNK(about.st_mode) or about.st_mode & stat.S_ISVTX:
            continue
        if is_writable_by_others(about):
            is_ours = about.st_uid == os.geteuid()
            raise journal_error("parent_writable" if is_ours else "parent_writable_not_owned", path)


def is_writable_by_others(about: os.stat_result) -> bool:
    """Return whether users other than this one and root can write to a file, by its mode and group."""
    is_by_group = about.st_mode & stat.S_IWGRP and not _is_private_group(about.st_gid)
    return bool(about.st_mode & stat.S_IWOTH or is_by_group)


def _walk_path(directory: Path) -> Iterator[Path]:
    """Yield every directory and symbolic link that the kernel resolves on the path to `directory`, inclusive."""
    path, links = Path(directory.anchor), 0
    names = list(reversed(directory.parts[1:]))
    yield path
    while names:
        name = names.pop()
        if name == "..":
            path = path.parent
            continue
        path /= name
        yield path
        about = stat_or_none(path, follow=False)
        if about is None or not stat.S_ISLNK(about.st_mode):
            continue
        links += 1
        if links > _MAX_LINKS:
            raise journal_error("too_many_links", directory)
        target = path.readlink()
        path = Path("/") if target.is_absolute() else path.parent
        names += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _is_private_group(group_id: int) -> bool:
    """Return whether the only member of a group is this user, as a private group, or root."""
    try:
        group = grp.getgrgid(group_id)
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        return group_id == 0  # container users without a name all belong to group 0
    if group_id == 0:
        return set(group.gr_mem) <= {"root"}
    return (group.gr_gid, group.gr_name) == (user.pw_gid, user.pw_name) and set(group.gr_mem) <= {user.pw_name}
