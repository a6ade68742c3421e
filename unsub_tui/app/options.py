"""What the app is told from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

if TYPE_CHECKING:
    from unsub_tui.domain.plan import SavedPlan
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


def _not_saved(_name: str, _text: str) -> str:
    raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail="there is no place for named filters here"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    """A profile that the app can be switched to."""

    name: str
    """Empty where no profile is used."""
    site: str = ""
    """Empty where it is found out by asking."""
    alias: str = ""
    is_read_only: bool = False
    is_production: bool = False
    needs_password_prompt: bool = False
    """Whether opening it asks at the terminal."""


@dataclass(frozen=True, slots=True)
class OpenedProfile:
    """What belongs to a profile that is switched to."""

    engine: Engine
    ask_login: Callable[[], tuple[Secret, str]] | None = None
    """Asks for a password again, where it has one."""


def _no_profile(_name: str) -> OpenedProfile:
    raise UnsubError(Problem(kind=ProblemKind.CONFIG, detail="there are no profiles here"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """How the app looks and behaves; nothing in here is read from the environment by the app itself."""

    state_dir: Path
    """Where a crash report goes."""
    list_profiles: Callable[[], Sequence[ProfileRef]] = tuple
    """Returns the profiles that are configured; raises UnsubError."""
    open_profile: Callable[[str], OpenedProfile] = _no_profile
    """Makes the engine of a profile, not opened yet; may ask at the terminal. Raises UnsubError."""
    ask_login: Callable[[], tuple[Secret, str]] | None = None
    """Asks at the terminal, outside the screen, for a password and the code of a second factor; raises UnsubError."""
    refresh_minutes: int = 0
    """How often the list is read again by itself; 0 is never."""
    columns: tuple[str, ...] = ()
    """Ids of the columns that are shown; empty shows the usual ones."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of a command, instead of its own ones."""
    filters: dict[str, str] = field(default_factory=dict)
    """Filters that were given names."""
    save_filter: Callable[[str, str], str] = _not_saved
    """Keeps a filter under a name and returns where; raises UnsubError."""
    filter_name_problem: Callable[[str], str] = lambda _name: ""
    """Returns what is wrong with a name for a filter, or nothing."""
    plan_file: SavedPlan | None = None
    """A plan file that is to be reviewed as soon as the list is there."""
    multiplexer: str = ""
    """tmux or screen, where the terminal is inside one: the clipboard is reached through it."""
    is_first_run: bool = False
    """Whether the program was never used before here: then a hint says where to begin."""
    ascii_only: bool = False
    """Frames and signs from ASCII alone."""
    color: bool = True
    theme: str = ""
    """One of `THEMES`; empty takes the terminal's own colours."""
    light: bool = False
    """Whether the terminal's background is light."""
    confirm_delay_seconds: float = 0.5
    """How long a dialog that can destroy something drops keys that would answer it, after it opened."""
    monotonic: Callable[[], float] = monotonic
    """The clock for `hold_seconds` and for keys pressed twice."""
