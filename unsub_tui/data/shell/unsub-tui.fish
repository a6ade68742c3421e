function _unsub_tui_completion
    set -l line (commandline -cp | string collect)
    for answer in (env _UNSUB_TUI_LINE=$line _UNSUB_TUI_COMPLETE=fish_complete unsub-tui 2>/dev/null)
        set -l parts (string split -m 2 \t -- $answer)
        if test $parts[1] = file
            set -l option (string match -r -- '^--[^=]*=' $parts[2])
            for path in (__fish_complete_path (string replace -- "$option" '' $parts[2]))
                echo "$option$path"
            end
        else
            printf '%s\t%s\n' $parts[2] $parts[3]
        end
    end
end

complete --no-files --command unsub-tui --arguments '(_unsub_tui_completion)'
