#!/usr/bin/env bash
# The quick tests on every supported Python that is on PATH or among pyenv's, each in an environment of its own.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=(tests/unit tests/cli/test_{commands,process,settings}.py
    tests/app/test_{driver,review_flow,resource_list}.py)

find_python() { # the first of a version that runs: pyenv's stand-in on PATH may not
    local python
    while read -r python; do
        "$python" -c '' 2> /dev/null && echo "$python" && return
    done < <(type -P "python$1"; printf '%s\n' "$HOME"/.pyenv/versions/"$1"*/bin/"python$1" | sort -Vr)
    return 1
}

set_up() { # $1 the environment, $2 its Python
    [ "$1/stamp" -nt .ci/app.txt ] && [ "$1/stamp" -nt .ci/dev.txt ] && return
    "$2" -m venv --clear "$1" || return
    for lock in app dev; do
        "$1/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes -r ".ci/$lock.txt" || return
    done
    touch "$1/stamp"
}

absent=() failed=() passed=()
for version in 3.11 3.12 3.13 3.14 3.15; do
    python="$(find_python "$version")" || { absent+=("$version"); continue; }
    echo "Python $version: $python"
    if set_up ".venv-$version" "$python" && ".venv-$version/bin/python" -m pytest -q "${quick[@]}" "$@"; then
        passed+=("$version")
    else
        failed+=("$version")
    fi
done
echo "passed: ${passed[*]:-none}; failed: ${failed[*]:-none}; not here: ${absent[*]:-none}"
[ ${#failed[@]} = 0 ] && [ ${#passed[@]} != 0 ]
