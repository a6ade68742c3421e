"""The program in a language that does not exist: `python -m tests.support.pseudo_language ARGUMENTS`.

Each text is translated into wide characters, so that whatever depends on the words of one language shows itself.
"""

from __future__ import annotations

from gettext import NullTranslations

from unsub_tui.__main__ import main as run_program
from unsub_tui.present import i18n


class _PseudoTranslations(NullTranslations):
    """A catalog that has every text; placeholders stay."""

    def gettext(self, message: str) -> str:
        """Return the text between two wide characters, without its letters if it has no placeholder."""
        return f"汉{message}字" if "{" in message else "汉" * len(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the same for a text with a number."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def main() -> None:
    """Put the catalog in the place of that of the environment, before any text is looked up; then run the program."""
    i18n._catalog = _PseudoTranslations  # type: ignore[assignment]  # noqa: SLF001 - the one place that chooses a catalog
    run_program()


if __name__ == "__main__":
    main()
