#!/usr/bin/env bash
# Print each supported version of Python with the path of one that runs, on PATH or among pyenv's; `-` if there is none.
# pyenv's stand-in on PATH may not run.
set -euo pipefail
for version in 3.11 3.12 3.13 3.14 3.15; do
    found=-
    while read -r python; do
        "$python" -c '' 2> /dev/null && found="$python" && break
    done < <(type -P "python$version"; printf '%s\n' "$HOME"/.pyenv/versions/"$version"*/bin/"python$version" | sort -Vr)
    echo "$version $found"
done
