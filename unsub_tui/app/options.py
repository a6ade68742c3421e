"""Options that the caller passes to the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from unsub_tui.listmodel.tab import Tab

if TYPE_CHECKING:
    from unsub_tui.domain.plan import SavedPlan
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


def _not_available(*_arguments: str) -> Any:
    """Stand in for a function that the caller of the app has not given: the app reports it like any failure."""
    from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError

    raise UnsubError(Problem(kind=ProblemKind.INTERNAL, detail="not available here"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    """A profile that the app can switch to."""

    name: str
    """Empty if no profile is used."""
    site: str = ""
    """Empty if the program detects the site with a request."""
    alias: str = ""
    is_read_only: bool = False
    is_production: bool = False
    needs_password_prompt: bool = False
    """Whether opening the profile prompts in the terminal."""


@dataclass(frozen=True, slots=True)
class OpenedProfile:
    """The engine and login prompt of a profile to switch to."""

    engine: Engine
    ask_login: Callable[[], tuple[Secret, str]] | None = None
    """Prompt for the password again; None if the profile has no password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """Appearance and behavior of the app; the app itself reads nothing from the environment."""

    state_dir: Path
    """Directory for crash reports."""
    list_profiles: Callable[[], Sequence[ProfileRef]] = tuple
    """Return the configured profiles; raise UnsubError on failure."""
    open_profile: Callable[[str], OpenedProfile] = _not_available
    """Return a profile with an engine that is not yet open; may prompt in the terminal. Raise UnsubError on failure."""
    ask_login: Callable[[], tuple[Secret, str]] | None = None
    """Prompt in the terminal, with the app suspended, for a password and a second-factor code; raise UnsubError."""
    reads_inventory: bool = True
    """Whether the list reads from the services, in the background, what the resources are doing."""
    refresh_minutes: int = 0
    """Interval between automatic refreshes of the list, in minutes; 0 disables them."""
    columns: tuple[str, ...] = ()
    """Ids of the visible columns; empty selects the default columns."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Keys by command id, replacing the default keys."""
    filters: dict[str, str] = field(default_factory=dict)
    """Named filters."""
    save_filter: Callable[[str, str], str] = _not_available
    """Save a filter under a name and return the location; raise UnsubError on failure."""
    filter_name_problem: Callable[[str], str] = lambda _name: ""
    """Return the problem with a name for a filter, or ""."""
    tab: Tab = Tab.ACTIVE
    """The tab to open on."""
    query: str = ""
    """A filter to open the tab with."""
    plan_file: SavedPlan | None = None
    """A plan file to review as soon as the list is loaded."""
    multiplexer: str = ""
    """The multiplexer around the terminal, tmux or screen; "" if none. Clipboard sequences must pass through it."""
    is_first_run: bool = False
    """Whether this is the first use of the program here; the app then shows a hint for beginners."""
    ascii_only: bool = False
    """Whether frames and symbols use ASCII only."""
    color: bool = True
    theme: str = ""
    """A theme in `THEMES`; empty uses the terminal's own colors."""
    light: bool = False
    """Whether the terminal's background is light."""
    confirm_delay_seconds: float = 0.5
    """Seconds after opening in which a dialog for an irreversible action drops keys that would answer it."""
    countdown_seconds: int = 0
    """Seconds between the confirmation of more than one resource and the first request; 0 starts at once."""
    monotonic: Callable[[], float] = monotonic
    """The clock for `confirm_delay_seconds` and for keys that must be pressed twice."""
