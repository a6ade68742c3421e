#!/usr/bin/env bash
# The quick tests with the oldest dependencies that pyproject.toml allows, in .venv-lowest. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

env=.venv-lowest
if ! [ $env/stamp -nt .ci/dev.txt ] || ! [ $env/stamp -nt pyproject.toml ]; then
    "${PYTHON:-python3}" -m venv --clear $env
    pip() { $env/bin/python -m pip --disable-pip-version-check --quiet install "$@"; }
    pip --require-hashes -r .ci/dev.txt
    sed -n '/^dependencies/,/^\[project.urls\]/s/.*"\([a-z]*\)>=\([0-9.]*\),.*/\1==\2/p' pyproject.toml > $env/lowest.txt
    pip -r $env/lowest.txt
    touch $env/stamp
fi
exec $env/bin/python -m pytest -q tests/unit tests/cli/test_{commands,process,settings,named_filters}.py "$@"
