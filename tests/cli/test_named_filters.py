"""`filters.toml`, which its user and the app both write: saving a filter changes nothing else in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.cli.config.named_filters import load_named_filters, save_named_filter
from unsub_tui.domain.problem import UnsubError

FILE = """\
# filters of the platform team

web = 'name:web !prod'   # asked for by Ana
old = "expires<30 state:active"

# disks last
disks = \"""type:evs is:primary\"""
"""

NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)
FILTERS = st.from_regex(r"[a-z\\\\'#é%]{1,12}", fullmatch=True).map('"{}"'.format)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file as people write it: comments, empty lines, indented keys, two kinds of quotes, a comment at the end."""
    lines = [f"#{words}" for words in draw(st.lists(WORDS, min_size=1, max_size=3))]
    for name in draw(st.lists(NAMES, unique=True, max_size=4)):
        end = draw(st.sampled_from(["", "  # why", "\n"]))
        lines.append(f"{draw(st.sampled_from(['', '  ']))}{name}{draw(st.sampled_from(['=', ' = ']))}'web'{end}")
    order = draw(st.permutations(lines))
    return "\n".join(order) + draw(st.sampled_from(["", "\n"]))


def other_lines(text: str, name: str) -> list[str]:
    """Return the lines of a file that do not set this filter."""
    return [line for line in text.rstrip("\n").split("\n") if line.partition("=")[0].strip() != name]


def test_comments_order_and_quotes_survive(tmp_path: Path) -> None:
    """A filter is replaced where it stands, and a new one comes last."""
    path = tmp_path / "filters.toml"
    path.write_text(FILE, encoding="utf-8")
    save_named_filter(path, "old", 'expires<7 "web 1"')
    save_named_filter(path, "eip", "type:eip")
    expected = FILE.replace('"expires<30 state:active"', r'"expires<7 \"web 1\""') + 'eip = "type:eip"\n'
    assert path.read_text(encoding="utf-8") == expected


@given(text=files(), name=NAMES, saved=FILTERS)
def test_only_the_saved_filter_changes(text: str, name: str, saved: str) -> None:
    """Whatever the file holds, the filter is read back, and every line of other filters and comments stays."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "filters.toml"
        path.write_text(text, encoding="utf-8")
        before = tomllib.loads(text)
        save_named_filter(path, name, saved)
        assert load_named_filters(path) == before | {name: saved}
        assert other_lines(path.read_text(encoding="utf-8"), name) == other_lines(text, name)


def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    """The file of somebody who keeps settings in a repository is written where it is."""
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("# mine\n", encoding="utf-8")
    path = tmp_path / "filters.toml"
    path.symlink_to(kept)
    save_named_filter(path, "web", "name:web")
    assert path.is_symlink()
    assert kept.read_text(encoding="utf-8") == '# mine\nweb = "name:web"\n'


def test_a_first_filter_makes_the_file(tmp_path: Path) -> None:
    """Directory and file are made, for this user only."""
    path = tmp_path / "new" / "filters.toml"
    save_named_filter(path, "web", "name:web")
    assert load_named_filters(path) == {"web": "name:web"}
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_that_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    """Nothing of it is lost because one line of it is wrong."""
    path = tmp_path / "filters.toml"
    path.write_text("web = 'name:web'\nbad = 3\n", encoding="utf-8")
    with pytest.raises(UnsubError):
        save_named_filter(path, "new", "name:new")
    assert path.read_text(encoding="utf-8").endswith("bad = 3\n")
