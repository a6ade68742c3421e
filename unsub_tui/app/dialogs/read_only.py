"""Switching read-only mode off again: only if the user types the name of the account."""

from __future__ import annotations

from typing import Any

from textual.app import App

from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.screens.base import full_screens, show_account_state
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _


async def leave_read_only(app: App[Any], engine: Engine) -> None:
    """Let the user switch read-only mode off. Must be awaited in a worker of the app."""
    screen = full_screens(app)[-1]
    if why := _why_it_stays_on(engine):
        screen.set_status(why)
        return
    name = engine.account.require_ref().label
    lines = [_("Resources can then be unsubscribed from again."), _("Type {name} to switch it off.").format(name=name)]
    differs = _("That is not {name}.").format(name=name)
    prompt = Prompt(_("Read-only mode"), lines, validate_text=lambda text: "" if text == name else differs)
    if await app.push_screen_wait(prompt) is None:
        screen.set_status(_("Read-only mode stays on."))
    elif why := _why_it_stays_on(engine):
        screen.set_status(why)
    else:
        engine.disable_read_only()
        show_account_state(app)
        screen.set_status(_("Read-only mode is off."))


def _why_it_stays_on(engine: Engine) -> str:
    """Return why read-only mode cannot be switched off now, or ""."""
    configured = engine.options.guards
    if configured.read_only:
        origin = configured.origin("read_only", value=True)
        where = f" ({origin})" if origin else ""
        return _("Read-only mode stays on: it is set in the configuration{where}.").format(where=where)
    if engine.run_handle is not None and not engine.run_handle.join(0):
        return _("Read-only mode stays on while a run is in progress.")
    if engine.account.ref is None:
        return _("Read-only mode stays on until the account is known.")
    return ""
