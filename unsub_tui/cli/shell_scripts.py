"""Completion in bash, zsh and fish: their scripts, and what the program answers to them.

A script sends the line up to the cursor. Each line of the answer is one completion of the last word: its type, its
text, and its meaning, separated by tabs.
"""

from __future__ import annotations

import os
import re
import shlex

from click import Command, Option
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from unsub_tui.cli.completions import COMPLETION_VARIABLE
from unsub_tui.cli.context import OPTIONS_AFTER_COMMAND

_END = "\0"
"""Marks the cursor: without it, a word that is to begin after a space could not be told from the one before."""

_BASH = """\
_unsub_tui_completion() {
    local kind text meaning
    COMPREPLY=()
    while IFS=$'\\t' read -r kind text meaning; do
        case $kind in
            file) compopt -o default ;;
            plain) COMPREPLY+=("$text") ;;
        esac
    done < <(
        _UNSUB_TUI_LINE="${COMP_LINE:0:COMP_POINT}" _UNSUB_TUI_WORD="$2" %(complete_var)s=bash_complete "$1" 2>/dev/null
    )
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:\\<@] ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F _unsub_tui_completion %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

_unsub_tui_completion() {
    local kind text meaning
    local -a plain begun
    while IFS=$'\\t' read -r kind text meaning; do
        text=${text//:/\\\\:}
        case $kind in
            file) compset -P '--[^=]#='; _files; return ;;
            plain)
                if [[ $text == *[:\\<@] ]]; then
                    begun+=("$text${meaning:+:$meaning}")
                else
                    plain+=("$text${meaning:+:$meaning}")
                fi ;;
        esac
    done < <(_UNSUB_TUI_LINE="${(j: :)words[1,CURRENT]}" %(complete_var)s=zsh_complete $words[1] 2>/dev/null)
    _describe -V '' begun -U -S '' -- plain -U
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    _unsub_tui_completion "$@"  # called as the function that zsh loads from its path
else
    compdef _unsub_tui_completion %(prog_name)s
fi
"""

_FISH = """\
function _unsub_tui_completion
    set -l line (commandline -cp | string collect)
    for answer in (env _UNSUB_TUI_LINE=$line %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 2 \\t -- $answer)
        if test $parts[1] = file
            set -l option (string match -r -- '^--[^=]*=' $parts[2])
            for path in (__fish_complete_path (string replace -- "$option" '' $parts[2]))
                echo "$option$path"
            end
        else
            printf '%%s\\t%%s\\n' $parts[2] $parts[3]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments '(_unsub_tui_completion)'
"""


class _Completion(ShellComplete):
    """The common part of the three shells."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the last one, and the last one."""
        words = split_arg_string(os.environ.get("_UNSUB_TUI_LINE", "") + _END)
        return words[1:-1], words[-1].rstrip(_END)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the completions of the last word, each as the whole word."""
        option, equals, _value = incomplete.partition("=")
        found = super().get_completions(args, incomplete)
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        elif incomplete.startswith("-"):
            known = {item.value for item in found}
            found += [item for item in self._options_of_program(incomplete) if item.value not in known]
        return found

    def _options_of_program(self, incomplete: str) -> list[CompletionItem[str]]:
        """Return the options that can stand after every command, whose own help does not repeat them."""
        return [
            CompletionItem(name, help=option.help)
            for option in self.cli.params
            if isinstance(option, Option) and option.name in OPTIONS_AFTER_COMMAND
            for name in option.opts
            if name.startswith(incomplete)
        ]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return a completion as a line."""
        return f"{item.type}\t{item.value}\t{item.help or ''}"


class _Bash(_Completion):
    """Bash takes the end of a word: it begins a new one after `:` and `=`, unless they are quoted."""

    name, source_template = "bash", _BASH

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return what takes the place of the part that bash holds for the word."""
        part = os.environ.get("_UNSUB_TUI_WORD", "")
        kept = len(incomplete) - len(part) if incomplete.endswith(part) else 0
        found = super().get_completions(args, incomplete)
        for item in found:
            item.value = item.value[kept:]
            if not _has_open_quote(os.environ.get("_UNSUB_TUI_LINE", "")):
                item.value = re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", item.value)
        return found


def _has_open_quote(line: str) -> bool:
    """Return whether the last word of a line has begun with a quote that is still open."""
    try:
        shlex.split(line)
    except ValueError:
        return not line.endswith("\\")
    return False


class _Zsh(_Completion):
    """Zsh quotes what it inserts."""

    name, source_template = "zsh", _ZSH


class _Fish(_Completion):
    """So does fish."""

    name, source_template = "fish", _FISH


SHELLS = {each.name: each for each in (_Bash, _Zsh, _Fish)}
"""The shells by name."""


def register_shells() -> None:
    """Let Click answer these shells in the form of these scripts."""
    for each in SHELLS.values():
        add_completion_class(each)


def completion_script(shell: str) -> str:
    """Return the completion script of a shell."""
    return SHELLS[shell](Command("unsub-tui"), {}, "unsub-tui", COMPLETION_VARIABLE).source()
