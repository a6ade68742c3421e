"""From one profile to another: chosen from a list, opened before the old one is let go."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.options import AppOptions, OpenedProfile, ProfileRef
from unsub_tui.app.screens.asking import ask_below
from unsub_tui.app.screens.base import BaseScreen, Dialog
from unsub_tui.app.screens.dialogs import Notice, Question
from unsub_tui.app.screens.menu import Item, Menu
from unsub_tui.app.widgets.bars import TextLine, TooSmall
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.present.account import badges
from unsub_tui.present.problems import problem_text
from unsub_tui.present.words import _


class Opening(Dialog[OpenedProfile | Problem | None]):
    """Stands while a profile is opened, so that no key reaches the old one; answers with it, or what went wrong."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="opening.no", keys="escape,ctrl+c", action="no", label=_("Stay"), help=_("stay where you are"), hint=True
        ),
    )

    def __init__(self, options: AppOptions, profile: ProfileRef, *, read_only: bool) -> None:
        super().__init__()
        self._options, self._profile, self._read_only = options, profile, read_only

    def compose(self) -> ComposeResult:
        """Say what is waited for."""
        with Vertical(classes="dialog"):
            yield Static(
                Content(_("Opening {profile} ...").format(profile=profile_name(self._profile.name))), classes="title"
            )
            yield TextLine(_("esc stays where you are"))
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin."""
        self.open_profile()

    @work(exclusive=True, group="open")
    async def open_profile(self) -> None:
        """Make the engine in a thread, and find out whose account it is."""
        engine: Engine | None = None
        try:
            if self._profile.asks_password:
                opened = ask_below(self.app, self._asked)
            else:
                opened = await to_thread(self._options.open_profile, self._profile.name)
            engine = opened.engine
            if self._read_only:
                engine.tighten()
            await engine.open()
            await engine.try_out()
            engine = None
            self.answer(opened)
        except UnsubError as error:
            self.answer(error.problem)
        finally:
            if engine is not None:
                await engine.close()

    def _asked(self) -> OpenedProfile:
        """Make it in a thread, whose loop signs in; this one stands still meanwhile."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._options.open_profile, self._profile.name).result()

    def action_no(self) -> None:
        """Stay with the profile as it is."""
        self.answer(None)


async def chosen_profile(screen: BaseScreen[None]) -> OpenedProfile | None:
    """Let a person choose a profile, and return it once it is open; to be awaited in a worker of the app."""
    app, engine, options = screen.app, screen.engine, screen.options
    if engine.handle is not None and not engine.handle.join(0):
        screen.say(_("not while a run is going on"))
        return None
    try:
        profiles = options.profiles()
    except UnsubError as error:
        screen.say(problem_text(error.problem))
        return None
    chosen = await _chosen(screen, profiles)
    if chosen is None or not await _may_leave(screen):
        return None
    answer = await app.push_screen_wait(Opening(options, chosen, read_only=engine.is_tightened))
    if isinstance(answer, Problem):
        here = _("Nothing has changed: this is still {profile}.").format(profile=profile_name(engine.profile))
        title = _("{profile} could not be opened").format(profile=profile_name(chosen.name))
        await app.push_screen_wait(Notice(title[:1].upper() + title[1:], [problem_text(answer), here]))
        return None
    return answer


def profile_name(name: str) -> str:
    """Return a profile's name as people may see it."""
    return _("profile {name}").format(name=clean(name)) if name else _("the account without a profile")


async def _chosen(screen: BaseScreen[None], profiles: Sequence[ProfileRef]) -> ProfileRef | None:
    here = screen.engine.profile
    if not any(each.name != here for each in profiles):
        screen.say(_("no other profile is configured; [profiles.NAME] in config.toml, keys in credentials.toml"))
        return None
    items = [Item(f"={each.name}", _label(each, here), detail=_facts(each)) for each in profiles]
    name = await screen.app.push_screen_wait(Menu(_("Profiles"), items, typing=True, chosen=f"={here}"))
    if name is not None and name[1:] == here:
        screen.say(_("this is {profile}").format(profile=profile_name(here)))
        return None
    return next((each for each in profiles if name == f"={each.name}"), None)


def _label(profile: ProfileRef, here: str) -> str:
    name = clean(profile.name) or _("(no profile)")
    return f"[x] {name}" if profile.name == here else f"[ ] {name}"


def _facts(profile: ProfileRef) -> str:
    badge = badges(is_demo=False, is_production=profile.is_production, read_only=profile.is_read_only)
    return " ".join(part for part in (profile.site.upper() or "?", badge, clean(profile.alias)) if part)


async def _may_leave(screen: BaseScreen[None]) -> bool:
    """Ask where marks would be lost."""
    reasons = [each.unfinished for each in screen.app.screen_stack if isinstance(each, BaseScreen) and each.unfinished]
    if not reasons:
        return True
    lines = [*reasons, _("Marks belong to this account; another profile begins without any.")]
    return await screen.app.push_screen_wait(Question(_("Leave this profile?"), lines, yes=_("Leave"), no=_("Stay")))
