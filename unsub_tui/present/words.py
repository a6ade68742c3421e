"""The one way to the catalogue of translated words."""

from __future__ import annotations

from gettext import NullTranslations, translation
from pathlib import Path

_LOCALES = Path(__file__).parent.parent / "data" / "locale"


def _load() -> NullTranslations:
    return translation("unsub_tui", localedir=_LOCALES, fallback=True)


_catalogue = _load()


def _(text: str) -> str:
    """Return the translation of `text`."""
    return _catalogue.gettext(text)


def plural(one: str, many: str, count: int) -> str:
    """Return the translation that fits `count`, with `{n}` replaced."""
    return _catalogue.ngettext(one, many, count).format(n=count)
