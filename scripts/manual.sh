#!/usr/bin/env bash
# Usage: scripts/manual.sh [OPTION of swift package...]
#
# Writes the manual's pages, one a command, to .build/man/man1: the argument parser's own plugin makes them of what the program
# says of itself. They have to be read without a warning by mandoc and groff, where these are installed.
set -eu
cd "$(dirname "$0")/.."
log=.build/logs/manual.log
made=.build/plugins/GenerateManual/outputs/tessera
folder=.build/man/man1

# In debug mode, which is built already; the plugin's own choice would be release. It needs no permission and no network.
rm -rf "$made"
scripts/logged.sh "manual: asking the program for its commands" "$log" \
    swift package "$@" plugin generate-manual --configuration debug --multi-page || {
    printf 'manual: error: the plugin made no pages; all that it said is in %s\n' "$log" >&2
    printf 'manual: hint: run "scripts/build.sh --product tessera" and read what it says\n' >&2
    exit 1
}
rm -rf "$folder"
mkdir -p "$folder"
for page in "$made"/*.1; do awk -f scripts/manual.awk "$page" >"$folder/${page##*/}"; done

failed=0
for page in "$folder"/*.1; do
    said=""
    if command -v mandoc >/dev/null; then said=$(mandoc -Tlint -Wwarning "$page" 2>&1 || true); fi
    if command -v groff >/dev/null; then said=$said$(groff -mdoc -Tutf8 -ww -z "$page" 2>&1 || true); fi
    if [ -n "$said" ]; then
        printf '%s\n' "$said" | head -20 >&2
        failed=$((failed + 1))
    fi
done
[ "$failed" -eq 0 ] || {
    printf 'manual: error: %s pages are not read without a warning\nmanual: hint: mend what the help of these commands says\n' "$failed" >&2
    exit 1
}
echo "$(find "$folder" -name '*.1' | wc -l) pages in $folder; read them: man -l $folder/tessera.1"
