#!/usr/bin/env bash
# Print a lock of a release: the lock of its dependencies with, at the end, the release itself and the hashes of its
# files. `pip install --require-hashes -r` then needs nothing else. Usage: release_lock.sh LOCK FILE…
set -euo pipefail
lock="$1"
shift
wheel="$(printf '%s\n' "$@" | grep '\.whl$')"
version="${wheel##*/unsub_tui-}"
cat "$lock"
printf 'unsub-tui==%s' "${version%%-*}"
for file in "$@"; do
    printf ' \\\n    --hash=sha256:%s' "$(sha256sum < "$file" | cut -d ' ' -f 1)"
done
echo
