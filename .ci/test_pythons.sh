#!/usr/bin/env bash
# The quick tests on every supported Python that is on PATH or among pyenv's, each in an environment of its own.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=(tests/unit tests/cli/test_{commands,process,settings}.py
    tests/app/test_{driver,review_flow,resource_list}.py)

set_up() { # $1 the environment, $2 its Python
    [ "$1/stamp" -nt .ci/app.txt ] && [ "$1/stamp" -nt .ci/dev.txt ] && return
    "$2" -m venv --clear "$1" || return
    for lock in app dev; do
        "$1/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes -r ".ci/$lock.txt" || return
    done
    touch "$1/stamp"
}

absent=() failed=() passed=()
while read -r version python <&3; do
    [ "$python" != - ] || { absent+=("$version"); continue; }
    echo "Python $version: $python"
    if set_up ".venv-$version" "$python" && ".venv-$version/bin/python" -m pytest -q "${quick[@]}" "$@"; then
        passed+=("$version")
    else
        failed+=("$version")
    fi
done 3< <(.ci/find_pythons.sh)
echo "passed: ${passed[*]:-none}; failed: ${failed[*]:-none}; not here: ${absent[*]:-none}"
[ ${#failed[@]} = 0 ] && [ ${#passed[@]} != 0 ]
