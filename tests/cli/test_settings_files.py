"""Guards never vanish: a settings file is read as its user left it, or the program says why it is not."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.program_process import run_program
from unsub_tui.cli.config.named_filters import load_named_filters
from unsub_tui.cli.config.settings import Settings, load_settings
from unsub_tui.cli.config.toml import read_toml_file
from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.engine.files import read_file, read_input
from unsub_tui.engine.rulebook import load_rules, read_override
from unsub_tui.present.problems import problem_details

GUARDED = 'max_items = 3\n[profiles.acme]\nread_only = true\nalias = "acme"\n'
READERS: list[Callable[[Path], object]] = [
    *(read_toml_file, partial(read_toml_file, is_secret=True), load_named_filters, read_override),
    partial(load_rules, "intl"),
]
"""How each of our own files is read."""


@pytest.fixture
def config() -> Path:
    """A private settings file in its usual place."""
    path = Path.home() / ".config" / "unsub-tui" / "config.toml"
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_text(GUARDED, encoding="utf-8")
    path.chmod(0o600)
    return path


def load(profile: str | None = None) -> Settings:
    """Load the settings."""
    return load_settings(GlobalOptions(profile=profile))


def refusal_reason(read: Callable[[], object]) -> str:
    """Return why a file is refused: always a settings error, which is exit code 2."""
    with pytest.raises(UnsubError) as caught:
        read()
    assert caught.value.problem.kind is ProblemKind.CONFIG
    return problem_details(caught.value.problem)


def change_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file or directory belong to somebody who is neither root nor the user."""
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)


def test_a_settings_file_that_is_named_and_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is an error that names the variable and the path, in every command that has settings."""
    path = tmp_path / "typo.toml"
    monkeypatch.setenv("UNSUB_CONFIG", str(path))
    assert refusal_reason(load) == f"UNSUB_CONFIG names {path}, which does not exist; correct UNSUB_CONFIG or unset it"
    for command in (("list",), ("config", "show"), ("config", "validate"), ("doctor",)):
        assert run_program(*command).returncode == ExitCode.USAGE
    monkeypatch.setenv("UNSUB_CONFIG", str(path / "below"))
    assert "does not exist" in refusal_reason(load)


def test_without_a_name_no_file_is_needed() -> None:
    """Whoever never made a settings file has the defaults."""
    assert load().guards.max_items == 100


def test_a_keys_file_that_is_named_and_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other keys could be of another account."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(tmp_path / "gone"))
    assert "HUAWEICLOUD_SDK_CREDENTIALS_FILE names" in refusal_reason(load)


@pytest.mark.parametrize("read", READERS)
def test_a_link_that_leads_nowhere(tmp_path: Path, read: Callable[[Path], object]) -> None:
    """Its target may only not be mounted: an error, not the absence of a file. That holds for a directory, too."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "not-mounted")
    assert f"{link} is a link to {tmp_path}/not-mounted" in refusal_reason(lambda: read(link))
    assert f"{link} is a link to {tmp_path}/not-mounted" in refusal_reason(lambda: read(link / "config.toml"))


def test_a_link_to_a_settings_file_is_followed(config: Path, tmp_path: Path) -> None:
    """Settings that are kept elsewhere, in a repository for instance, hold as well."""
    config.rename(tmp_path / "dotfile.toml")
    config.symlink_to(tmp_path / "dotfile.toml")
    assert load().guards.max_items == 3


@pytest.mark.parametrize("origin", ["--profile", "UNSUB_PROFILE", "file"])
@pytest.mark.usefixtures("config")
def test_a_profile_that_does_not_exist(config: Path, monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    """Wherever it is named: its guards would be missing, so it is an error with the nearest name."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "HPUAENVIRONMENT3F2C")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "x")
    flag = "acmee" if origin == "--profile" else None
    if origin == "UNSUB_PROFILE":
        monkeypatch.setenv("UNSUB_PROFILE", "acmee")
    elif origin == "file":
        config.write_text(f'profile = "acmee"\n{GUARDED}', encoding="utf-8")
        origin = str(config)
    detail = refusal_reason(lambda: load(flag))
    assert detail.startswith(f"{origin} names the profile 'acmee'")
    assert "did you mean 'acme'?" in detail


def test_a_profile_may_have_keys_only(config: Path) -> None:
    """A table in credentials.toml is enough, and a table in the settings is enough where the keys are elsewhere."""
    config.write_text('profile = "keys"\n', encoding="utf-8")
    keys = config.with_name("credentials.toml")
    keys.write_text('[keys]\naccess_key = "AK1"\nsecret_key = "sk"\n', encoding="utf-8")
    keys.chmod(0o600)
    assert load().profile == "keys"
    keys.unlink()
    config.write_text(f'profile = "acme"\n{GUARDED}', encoding="utf-8")
    assert load().guards.read_only


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_others_can_change(
    tmp_path: Path, read: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written by all, by a group, or owned by somebody else: refused, with the command that mends it."""
    path = tmp_path / "own file.toml"
    path.touch(mode=0o600)
    read(path)
    for mode in (0o606, 0o602):
        path.chmod(mode)
        assert "; run: chmod " in refusal_reason(partial(read, path))
    os.chown(path, -1, next(each for each in (*os.getgroups(), 12345) if each != os.getegid()))
    path.chmod(0o620)
    assert "; run: chmod " in refusal_reason(partial(read, path))
    path.chmod(0o600)
    change_owner(path, monkeypatch)
    detail = refusal_reason(partial(read, path))
    assert "belongs to another user; run: chown " in detail
    assert detail.endswith(f"'{path}'")


def test_a_directory_that_others_can_change(config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever can write to a directory on the way can put another file there, or none."""
    for directory in (config.parent, config.parent.parent, Path.home()):
        directory.chmod(0o777)
        assert refusal_reason(load).endswith(f"other users can write to {directory}; run: chmod go-w {directory}")
        directory.chmod(0o1777)  # sticky: only the owner of a file can replace it
        assert load().guards.max_items == 3
        directory.chmod(0o700)
    link = tmp_path / "open" / "link.toml"
    link.parent.mkdir()
    link.symlink_to(config)
    link.parent.chmod(0o777)
    monkeypatch.setenv("UNSUB_CONFIG", str(link))
    assert f"chmod go-w {link.parent}" in refusal_reason(load)
    link.parent.chmod(0o700)
    assert load().guards.max_items == 3
    change_owner(link.parent, monkeypatch)
    assert "belongs to another user; set UNSUB_CONFIG to a file in a directory of your own" in refusal_reason(load)


def test_the_group_of_a_user_is_the_user(config: Path) -> None:
    """Distributions whose umask is 002 give each user a group of the same name: what it can write, nobody else can."""
    me = pwd.getpwuid(os.geteuid())
    config.chmod(0o660)
    if grp.getgrgid(me.pw_gid).gr_name == me.pw_name and config.stat().st_gid == me.pw_gid:
        assert load().guards.max_items == 3
    else:
        assert "chmod go-w" in refusal_reason(load)


def test_a_user_without_a_name(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Container platforms run any user id in group 0: whoever may keep a record there may read settings, too."""

    def nobody(user_id: int) -> NoReturn:
        raise KeyError(user_id)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for path in (config, config.parent):
        path.chmod(path.stat().st_mode | 0o060)
    if os.geteuid() == 0:
        os.chown(config, -1, 0)
        os.chown(config.parent, -1, 0)
    if config.stat().st_gid == config.parent.stat().st_gid == 0:
        assert load().guards.max_items == 3
    else:
        assert "chmod go-w" in refusal_reason(load)


def test_only_regular_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No device is read to its end, no pipe is waited for: settings, keys, rules, filters, plans."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, mode=0o600)
    for path in (pipe, Path("/dev/zero"), tmp_path):
        for read in READERS:
            assert refusal_reason(partial(read, path)).endswith("it is not a regular file")
        with pytest.raises(UnsubError, match="not_regular_file"):
            read_file(str(path), 1000)
        monkeypatch.setenv("UNSUB_CONFIG", str(path))
        result = run_program("config", "show")
        assert (result.returncode, "not a regular file" in result.stderr) == (ExitCode.USAGE, True)
        assert run_program("apply", str(path), env={"UNSUB_CONFIG": ""}).returncode == ExitCode.USAGE


def test_a_pipe_that_a_shell_has_opened_is_read() -> None:
    """As `<(command)` in bash names it; up to the limit, and not if it is empty."""
    for content, code in ((b"plan", ""), (b" \n", "file_empty"), (b"x" * 11, "file_too_large")):
        read_end, write_end = os.pipe()
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(content)
        if code:
            with pytest.raises(UnsubError, match=code):
                read_input(f"/dev/fd/{read_end}", 10)
        else:
            assert read_input(f"/dev/fd/{read_end}", 10) == content
        os.close(read_end)


def test_a_large_file_is_no_settings_file(config: Path) -> None:
    """Not more of it is read than a settings file may have."""
    config.write_bytes(b"#" * 1_000_001)
    assert "larger than 1 MB" in refusal_reason(load)
