#!/usr/bin/env bash
# Usage: scripts/build.sh [ARGUMENT of swift build...]
#
# Runs `swift build` quietly, with a line of progress, and names the log when it fails.
# JOBS=N in the environment limits how many compilers run at once, for a machine with little memory.
set -eu
cd "$(dirname "$0")/.."

# SwiftPM plans anew for a file that is new in this package, not for one that is new in a package beneath it.
previous=
for argument in "$@"; do
    [ "$previous" != --package-path ] || touch "$argument/Package.swift"
    previous=$argument
done

log=.build/logs/build.log
code=0
scripts/logged.sh "build: swift build $*" "$log" swift build ${JOBS:+--jobs "$JOBS"} "$@" || code=$?
if [ "$code" -ne 0 ]; then
    printf 'build: hint: everything that swift said is in %s\n' "$log" >&2
fi
exit "$code"
