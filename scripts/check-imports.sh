#!/usr/bin/env bash
# Usage: scripts/check-imports.sh [PACKAGE]
#
# Every import of every Swift file must be declared by the file's target, every declared dependency must be imported,
# and every folder of Sources and Tests must belong to a target. PACKAGE is a folder, by default the one above this.
# The compiler's own check is not enough: it lets a module through that another dependency brought along.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$scripts/..}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without the cache, because Package.swift asks which folders exist, and the cache does not notice a new one.
# With all traits, because a dependency that only a trait brings is not described without it.
if ! swift package --manifest-cache none --enable-all-traits describe --type json >"$work/description" 2>"$work/log"; then
    cat "$work/log" >&2
    printf 'check-imports: error: swift cannot describe the package\n' >&2
    exit 1
fi
awk -f "$scripts/package-targets.awk" "$work/description" >"$work/targets"

code=0
awk -f "$scripts/check-imports.awk" "$work/targets" >"$work/complaints" || code=$?
for folder in Sources/*/ Tests/*/; do
    folder=${folder%/}
    [ -n "$(find "$folder" -type f -print -quit 2>/dev/null)" ] || continue
    if ! awk -F '\t' -v folder="$folder" '$1 == "target" && $5 == folder { found = 1 } END { exit !found }' "$work/targets"; then
        echo "$folder: no target in Package.swift has this folder, so nothing compiles it" >>"$work/complaints"
        code=1
    fi
done

if [ "$code" -ne 0 ]; then
    cat "$work/complaints" >&2
    printf 'check-imports: hint: change the import, or the dependencies in Package.swift\n' >&2
    exit 1
fi
awk -F '\t' '$1 == "target" { targets++ } $1 == "source" { files++ }
    END { printf "check-imports: %d files of %d targets import what they declare\n", files, targets }' "$work/targets"
