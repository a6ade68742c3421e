"""Writing a list into a file that a person names."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.app.screens.base import Answer, BaseScreen
from unsub_tui.app.screens.menu import Item
from unsub_tui.app.screens.prompts import Prompt
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.files import write_file
from unsub_tui.present.words import _, plural

FORM_NAMES = {"csv": "CSV", "json": "JSON", "jsonl": _("JSON Lines"), "md": "Markdown"}


async def save_list(screen: BaseScreen[Answer], text: str, name: str, count: int) -> None:
    """Ask where to, and write a list into a new file; to be awaited in a worker."""
    wanted = await screen.app.push_screen_wait(
        Prompt(
            plural("Save {n} resource", "Save {n} resources", count),
            [_("The file must not exist yet; only you will be able to read it.")],
            value=f"unsub-{screen.engine.now():%Y%m%d-%H%M%S}-{name}",
        )
    )
    if wanted is None:
        return
    try:
        path = write_file(wanted, text)
    except UnsubError as error:
        screen.say(error.problem.detail)
    else:
        screen.say(_("saved as {path}").format(path=clean(str(path))))


def form_items() -> Sequence[Item]:
    """Return the forms of an export, for a menu."""
    letters = {"csv": "c", "json": "j", "jsonl": "l", "md": "m"}
    return [Item(form, name, letters[form]) for form, name in FORM_NAMES.items()]
