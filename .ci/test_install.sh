#!/usr/bin/env bash
# Install the built wheel and sdist in an empty home as users do, on every supported Python that is found, and list the
# resources of a served sandbox. Needs pipx and uv. Usage: test_install.sh DIRECTORY with both files
set -euo pipefail
dist="$(cd "$1" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

with_pipx() { # $1 Python, $2 file
    PIPX_DEFAULT_PYTHON="$1" pipx install --quiet --backend pip "$2[sandbox]" && try "$HOME/.local/bin/unsub-tui"
}

with_uvx() {
    try uvx --quiet --python "$1" --from "$2[sandbox]" unsub-tui
}

try() { # the program: its version, a page from its data, and a list over HTTP
    "$@" --version > /dev/null && "$@" help filter > /dev/null || return
    "$@" sandbox --env --resources 20 > "$HOME/env" & local server=$! rows=0
    until [ -s "$HOME/env" ] || ! kill -0 $server 2> /dev/null; do sleep 0.2; done
    # shellcheck source=/dev/null
    rows="$(. "$HOME/env" && "$@" list --format csv | wc -l)" || true
    kill $server && wait $server 2> /dev/null || true
    [ "$rows" = 21 ]
}

failed=0
while read -r version python <&3; do
    [ "$python" != - ] || { echo "$version: not here"; continue; }
    for file in "$dist"/*.whl "$dist"/*.tar.gz; do
        for way in with_pipx with_uvx; do
            home="$work/$version-$way-${file##*.}"
            mkdir "$home"
            if (unset "${!XDG_@}" "${!PIPX_@}"; export HOME="$home"; cd "$home" && "$way" "$python" "$file") > "$home/log" 2>&1; then
                echo "$version ${file##*/} $way: works"
            else
                echo "$version ${file##*/} $way: FAILED"; tail -n 20 "$home/log"; failed=1
            fi
        done
    done
done 3< <("${BASH_SOURCE[0]%/*}/find_pythons.sh")
exit $failed
