#!/usr/bin/env bash
# Usage: scripts/completions.sh [PROGRAM [FOLDER]]
#
# Writes what completes the commands of PROGRAM (.build/debug/tessera) in bash, zsh and fish to FOLDER (.build/completions),
# each under the name that its shell looks for.
set -eu
cd "$(dirname "$0")/.."
program=${1:-.build/debug/tessera}
folder=${2:-.build/completions}
mkdir -p "$folder"

# Usage: write SHELL FILE
write() {
    "$program" --generate-completion-script "$1" >"$folder/$2.draft"
    mv "$folder/$2.draft" "$folder/$2"
    echo "$folder/$2"
}
write bash tessera
write zsh _tessera
write fish tessera.fish
