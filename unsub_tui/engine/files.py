"""Reads and writes files named by the user: atomic writes, owner-only permissions, no following of links on write."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from pathlib import Path
from unicodedata import category
from uuid import uuid4

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import escape_char
from unsub_tui.journal.strict_stat import path_exists


class NotAFileError(OSError):
    """A pipe, device, socket or directory was found instead of a regular file."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, os.strerror(errno.EINVAL))


STDIN = "-"
"""Name that stands for stdin where a file is read."""

_OPEN_PIPE = re.compile(r"/dev/(?:stdin|fd/\d+)")
"""Names of pipes that are open already, as the `<(command)` of a shell; opening them waits for nobody."""

MAX_NAME_BYTES = 255
"""Maximum length of a file name in bytes on common file systems."""

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of Excel workbooks, .xlsx and .xls."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories not allowed in the name of a new file: control and format characters, line separators."""


def write_file(name: str, text: str, *, replace: bool = False) -> Path:
    """Write a new file, or replace one if `replace` is set. Raise FILE on failure.

    The text goes to a temporary file that is then renamed, so the target never holds partial content.
    """
    try:
        path = check_writable_path(name, replace=replace)
        beside = path.with_name(f".{path.name[:100]}.{uuid4().hex[:8]}")
        with os.fdopen(os.open(beside, _NEW, 0o600), "w", encoding="utf-8", newline="") as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                _move(beside, path, replace=replace)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise _not_written(str(path), fact("file_exists")) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise _not_written(name, fact("file_unwritable", reason=os_reason(error))) from error
    return path


def check_writable_path(name: str, *, replace: bool = False) -> Path:
    """Return the absolute path of a file that may be written.

    Raise FILE if the target must not be overwritten, or if the name has control or invisible characters that would
    mislead a terminal or a reader.
    """
    if hidden := next((char for char in name if category(char) in _HIDDEN), ""):
        raise _not_written(name, fact("hidden_character", character=escape_char(hidden)))
    try:
        path = Path(name).expanduser().absolute()
        found = path.lstat()
    except FileNotFoundError:
        return path
    except (OSError, RuntimeError) as error:
        raise _not_written(name, fact("file_unwritable", reason=os_reason(error))) from error
    if stat.S_ISLNK(found.st_mode):
        raise _not_written(str(path), fact("link_not_followed"))
    if not stat.S_ISREG(found.st_mode):
        raise _not_written(str(path), fact("not_regular_file"))
    if not replace:
        raise _not_written(str(path), fact("file_exists"))
    return path


def is_existing_path(text: str) -> bool:
    """Return whether the text names an existing file or directory. Raise FILE if that cannot be determined."""
    is_name = "\0" not in text and len(os.fsencode(text)) <= MAX_NAME_BYTES
    return is_name and path_exists(Path(text), ProblemKind.FILE)


def read_regular(path: Path, limit: int) -> tuple[bytes, os.stat_result]:
    """Return the first `limit` + 1 bytes of a regular file, and its stat result. Raise OSError on failure.

    Raise NotAFileError for a pipe, device or directory, without blocking on it or reading from it.
    """
    if not stat.S_ISREG(path.stat().st_mode):  # do not open it: opening alone triggers some devices
        raise NotAFileError
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise NotAFileError
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1), about
    finally:
        os.close(descriptor)


def read_file(name: str, limit: int) -> bytes:
    """Return the content of a file of at most `limit` bytes. Raise FILE on failure."""
    try:
        data, _ = read_regular(Path(name).expanduser(), limit)
    except (OSError, ValueError, RuntimeError) as error:
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = fact("no_such_file") if is_missing else fact("file_unreadable", reason=os_reason(error))
        raise unusable_file(name, reason) from error
    if len(data) > limit:
        raise unusable_file(name, fact("file_too_large", megabytes=limit // 1_000_000))
    return data


def read_input(name: str, limit: int) -> bytes:
    """Return the content of a file, of stdin for `-`, or of an open pipe, of at most `limit` bytes.

    Raise FILE on failure, and for empty content.
    """
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(limit + 1)
        elif _OPEN_PIPE.fullmatch(name):
            with Path(name).open("rb") as pipe:
                data = pipe.read(limit + 1)
        else:
            data = read_file(name, limit)
    except OSError as error:
        raise unusable_file(input_name(name), fact("file_unreadable", reason=os_reason(error))) from error
    if len(data) > limit:
        raise unusable_file(input_name(name), fact("file_too_large", megabytes=limit // 1_000_000))
    if not data.strip():
        raise unusable_file(input_name(name), fact("file_empty"))
    return data


def input_name(name: str) -> str:
    """Return the name of an input for messages."""
    return "stdin" if name == STDIN else name


def read_text(name: str, limit: int) -> str:
    """Return the text of a file of at most `limit` bytes, in one of the encodings of Excel. Raise FILE on failure."""
    return decode_text(read_file(name, limit), name)


def decode_text(data: bytes, name: str) -> str:
    """Return text in UTF-8, in UTF-16 with a byte order mark, in GB18030 or in a Latin code page. Raise FILE.

    Only the ids in the text matter. They are ASCII, so a wrong code page spoils names at most.
    """
    if data.startswith(_WORKBOOKS):
        raise unusable_file(name, fact("excel_workbook"))
    is_utf16 = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if b"\0" in data and not is_utf16:
        raise unusable_file(name, fact("not_text"))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030", "latin-1"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise unusable_file(name, fact("not_text"))


def unusable_file(name: str, reason: Fact, code: FactCode = "unusable_file") -> UnsubError:
    """Return the error for an unusable file."""
    return UnsubError(Problem(kind=ProblemKind.FILE, facts=(fact(code, name=name, reason=reason),)))


def _not_written(name: str, reason: Fact) -> UnsubError:
    return unusable_file(name, reason, "not_written")


def _move(source: Path, target: Path, *, replace: bool) -> None:
    """Rename a file. Without `replace`, raise FileExistsError if the target exists, without a race."""
    if replace:
        source.replace(target)
    else:
        try:
            target.hardlink_to(source)
        except FileExistsError:
            raise
        except OSError:  # the file system does not support hard links
            os.close(os.open(target, _NEW, 0o600))
            source.replace(target)
        source.unlink(missing_ok=True)
    with suppress(OSError):  # some file systems cannot sync directories
        directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def os_reason(error: Exception) -> Fact | str:
    """Return why a file cannot be used: the operating system's message, or a fact."""
    if isinstance(error, NotAFileError):
        return fact("not_regular_file")
    if isinstance(error, UnicodeDecodeError):
        return fact("not_utf8")
    return (error.strerror if isinstance(error, OSError) else None) or fact("name_invalid")
