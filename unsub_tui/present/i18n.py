"""The only access to translated text: `_`, `ngettext` and `plural`.

They work at module level: the catalog is loaded by the first call, in the language of the environment, which does not
change while the program runs. `make messages` extracts all messages, so they get literals, never an f-string
or a variable. A sentence is one message with named placeholders, never glued together from translated parts.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

_LOCALES = Path(__file__).parent.parent / "data" / "locale"


_is_source_language = False


def use_source_language() -> None:
    """Leave all messages untranslated: output for programs does not change with the language.

    Call it before any other module is imported, because many messages are translated then.
    """
    global _is_source_language  # noqa: PLW0603 - one language for the process, as the catalog
    _is_source_language = True


@cache
def _catalog() -> NullTranslations:
    return NullTranslations() if _is_source_language else translation("unsub_tui", localedir=_LOCALES, fallback=True)


def _(text: str) -> str:
    """Return the translation of `text`."""
    return _catalog().gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the plural form of the translation for `count`."""
    return _catalog().ngettext(one, many, count)


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the plural form of the translation for `count`, with `{n}` and the placeholders in `values` replaced."""
    return ngettext(one, many, count).format(n=count, **values)
