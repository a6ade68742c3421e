_unsub_tui_completion() {
    local kind text meaning
    COMPREPLY=()
    while IFS=$'\t' read -r kind text meaning; do
        case $kind in
            file) compopt -o default ;;
            plain) COMPREPLY+=("$text") ;;
        esac
    done < <(
        _UNSUB_TUI_LINE="${COMP_LINE:0:COMP_POINT}" _UNSUB_TUI_WORD="$2" _UNSUB_TUI_COMPLETE=bash_complete "$1" 2>/dev/null
    )
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:\<@] ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F _unsub_tui_completion unsub-tui
