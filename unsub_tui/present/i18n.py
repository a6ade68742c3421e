"""Access to the catalog of translated text."""

from __future__ import annotations

from gettext import NullTranslations, translation
from pathlib import Path

_LOCALES = Path(__file__).parent.parent / "data" / "locale"


def _load() -> NullTranslations:
    return translation("unsub_tui", localedir=_LOCALES, fallback=True)


_translations = _load()


def _(text: str) -> str:
    """Return the translation of `text`."""
    return _translations.gettext(text)


def plural(one: str, many: str, count: int) -> str:
    """Return the plural form of the translation for `count`, with `{n}` replaced."""
    return _translations.ngettext(one, many, count).format(n=count)
