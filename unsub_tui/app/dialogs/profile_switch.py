"""Switching profiles: the user chooses a profile, which is opened before the current one is closed."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from textual import work
from textual.app import ComposeResult

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.dialog import Dialog, Notice, YesNoDialog
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.dialogs.sign_in import prompt_in_terminal
from unsub_tui.app.options import AppOptions, OpenedProfile, ProfileRef
from unsub_tui.app.screens.base import BaseScreen, quit_warnings
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.present.header import badges
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_text


class OpenProfileDialog(Dialog[OpenedProfile | Problem]):
    """A dialog shown while a profile opens, which blocks all other keys. Returns the profile, a problem, or None."""

    BINDINGS = bindings("open profile")

    def __init__(self, options: AppOptions, profile: ProfileRef, *, read_only: bool) -> None:
        super().__init__(_("Opening {profile}…").format(profile=profile_label(profile.name)))
        self._options, self._profile, self._read_only = options, profile, read_only

    def compose_content(self) -> ComposeResult:
        """Return the hint."""
        yield OneLineLabel(_("esc Keep the current profile"))

    def on_mount(self) -> None:
        """Start opening the profile."""
        self.open_profile()

    @work(exclusive=True, group="open")
    async def open_profile(self) -> None:
        """Create the profile's engine in a thread, open it and check access to the account."""
        engine: Engine | None = None
        try:
            if self._profile.needs_password_prompt:
                opened = prompt_in_terminal(self.app, self._open_in_thread)
            else:
                opened = await to_thread(self._options.open_profile, self._profile.name)
            engine = opened.engine
            if self._read_only:
                engine.enable_read_only()
            await engine.account.open()
            await engine.account.check_access()
            engine = None
            self.dismiss_once(opened)
        except UnsubError as error:
            self.dismiss_once(error.problem)
        finally:
            if engine is not None:
                await engine.close()

    def _open_in_thread(self) -> OpenedProfile:
        """Open the profile in a thread, whose event loop signs in while this one is blocked."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._options.open_profile, self._profile.name).result()


async def choose_profile(screen: BaseScreen[None]) -> OpenedProfile | None:
    """Let the user choose a profile; return it once it is open, or None. Must be awaited in a worker of the app."""
    app, engine, options = screen.app, screen.engine, screen.options
    if engine.run_handle is not None and not engine.run_handle.join(0):
        screen.set_status(_("Not possible while a run is in progress."))
        return None
    try:
        profiles = options.list_profiles()
    except UnsubError as error:
        screen.set_status(problem_text(error.problem))
        return None
    chosen = await _choose(screen, profiles)
    if chosen is None or not await _confirm_leaving(screen):
        return None
    answer = await app.push_screen_wait(OpenProfileDialog(options, chosen, read_only=engine.is_session_read_only))
    if isinstance(answer, Problem):
        here = profile_label(engine.options.profile)
        unchanged_line = _("Nothing has changed. This is still {profile}.").format(profile=here)
        title = _("{profile} could not be opened").format(profile=profile_label(chosen.name))
        await app.push_screen_wait(Notice(title[:1].upper() + title[1:], [problem_text(answer), unchanged_line]))
        return None
    return answer


def profile_label(name: str) -> str:
    """Return the display name of a profile."""
    return _("profile {name}").format(name=for_display(name)) if name else _("the account without a profile")


async def _choose(screen: BaseScreen[None], profiles: Sequence[ProfileRef]) -> ProfileRef | None:
    here = screen.engine.options.profile
    if not any(each.name != here for each in profiles):
        screen.set_status(_("No other profile. Add [profiles.NAME] to config.toml, and its keys to credentials.toml."))
        return None
    # Ids begin with "=", because the name of the account without a profile is empty and an empty id cannot be chosen.
    items = [_menu_item(each, here) for each in profiles]
    name = await screen.app.push_screen_wait(Menu(_("Profiles"), items, searchable=True, initial_id=f"={here}"))
    if name is not None and name[1:] == here:
        screen.set_status(_("{profile} is already open.").format(profile=profile_label(here)))
        return None
    return next((each for each in profiles if name == f"={each.name}"), None)


def _menu_item(profile: ProfileRef, here: str) -> MenuItem:
    name = for_display(profile.name) or _("(no profile)")
    box = "[x]" if profile.name == here else "[ ]"
    badge = badges(is_demo=False, is_production=profile.is_production, read_only=profile.is_read_only)
    detail = " ".join(part for part in (profile.site.upper() or "?", badge, for_display(profile.alias)) if part)
    return MenuItem(f"={profile.name}", f"{box} {name}", detail=detail)


async def _confirm_leaving(screen: BaseScreen[None]) -> bool:
    """Ask for confirmation if a selection would be lost; return whether to continue."""
    warnings = quit_warnings(screen.app)
    if not warnings:
        return True
    lines = [*warnings, _("The selection belongs to this account and will be lost.")]
    question = YesNoDialog(_("Leave this profile?"), lines, yes=_("Leave"), no=_("Stay"))
    return (await screen.app.push_screen_wait(question)) is True
