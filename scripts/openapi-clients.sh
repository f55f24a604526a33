#!/usr/bin/env bash
# Usage: scripts/openapi-clients.sh [FOLDER]
#
# Generates clients in Java, C#, Go and TypeScript from Docs/openapi.yaml, each in a folder of its own under FOLDER
# (.build/clients unless given). Ends with 1 where the generator warns of anything but what is named below, and why it does
# not matter. Needs Java and openapi-generator-cli, which scripts/setup.sh test installs into .build/venv.
set -eu
cd "$(dirname "$0")/.."
target=${1:-.build/clients}
generator=.build/venv/bin/openapi-generator-cli
[ -x "$generator" ] || { echo "clients: error: $generator is missing" >&2; echo "clients: hint: scripts/setup.sh test" >&2; exit 1; }
command -v java >/dev/null || { echo "clients: error: java is missing" >&2; echo "clients: hint: apt-get install default-jre-headless" >&2; exit 1; }

# Every run calls 3.1 "beta"; and certificates of callers (mutualTLS) are not code, but set on a client's connection.
harmless='OpenAPI 3\.1 support is still in beta|Unknown type `mutualTLS`'
mkdir -p "$target"
worst=0
for language in java csharp go typescript-fetch; do
    rm -rf "${target:?}/$language"
    log=$target/$language.log
    if ! .build/venv/bin/python "$generator" generate -i Docs/openapi.yaml -g "$language" -o "$target/$language" >"$log" 2>&1; then
        echo "clients: error: $language was not generated; everything that was said is in $log" >&2
        worst=1
        continue
    fi
    warnings=$(grep -E '\] (WARN|ERROR) ' "$log" | grep -vE "$harmless" || true)
    if [ -n "$warnings" ]; then
        printf 'clients: error: warnings for %s:\n%s\n' "$language" "$warnings" >&2
        worst=1
    else
        echo "clients: $language: $(find "$target/$language" -type f | wc -l) files"
    fi
done
exit "$worst"
