#!/usr/bin/env bash
# Usage: scripts/openapi-clients.sh [FOLDER]
#
# Generates clients in Java, C#, Go and TypeScript from Docs/openapi.yaml, each in a folder of its own under FOLDER
# (.build/clients unless given), and compiles each. Ends with 1 where the generator or a compiler says anything but what is
# named below, and why it does not matter. Needs what scripts/setup.sh test installs, the generator in .build/venv.
#
# The compilers are Debian 12's, and so are the libraries. What these lack of what a generated client asks for stands under
# scripts/openapi-clients, as declarations only: that a client compiles is shown, not that it runs.
set -eu -o pipefail
cd "$(dirname "$0")/.."
target=${1:-.build/clients}
generator=.build/venv/bin/openapi-generator-cli
hint="scripts/setup.sh test"
[ -x "$generator" ] || { echo "clients: error: $generator is missing" >&2; echo "clients: hint: $hint" >&2; exit 1; }
for program in java javac mcs go tsc; do
    command -v "$program" >/dev/null || { echo "clients: error: $program is missing" >&2; echo "clients: hint: $hint" >&2; exit 1; }
done
mkdir -p "$target"
target=$(cd "$target" && pwd)
stand_ins=$PWD/scripts/openapi-clients

# Every run calls 3.1 "beta"; and certificates of callers (mutualTLS) are not code, but set on a client's connection.
harmless='OpenAPI 3\.1 support is still in beta|Unknown type `mutualTLS`'

# What follows the generator's name are its options, as a bank would give them.
generate() {
    case $1 in
        # Java's own HTTP client and Jackson.
        java) set -- java --library native -p openApiNullable=false,useJakartaEe=true ;;
        # .NET's own HTTP client and Newtonsoft.Json; the frameworks after 4.8 have no compiler in Debian.
        csharp) set -- csharp --library httpclient -p targetFramework=net48,nullableReferenceTypes=false ;;
        # Two enums may have a value of the same name, which in Go are constants of one package.
        go) set -- go -p enumClassPrefix=true ;;
    esac
    .build/venv/bin/python "$generator" generate -i Docs/openapi.yaml -g "$@" -o "$target/$1"
}

compile_java() {
    local jars
    jars=$(printf '/usr/share/java/%s.jar:' jackson-annotations jackson-core jackson-databind jakarta-annotation-api jsr305)
    find "$stand_ins/java" src/main -name '*.java' -print0 \
        | xargs -0 javac --release 17 -Xlint:deprecation,removal,unchecked -proc:none -cp "$jars" -d "$target/java.classes"
}

compile_csharp() {
    # Debian's Newtonsoft.Json 6 cannot be told how members are called; the client names each of them anyway. 219: the
    # generator writes a variable that nothing reads.
    rm -rf "$target/csharp.sources"
    cp -r src/Org.OpenAPITools "$target/csharp.sources"
    sed -i '/NamingStrategy = new CamelCaseNamingStrategy/,/}/d' \
        "$target/csharp.sources/Client/ApiClient.cs" "$target/csharp.sources/Model/AbstractOpenAPISchema.cs"
    find "$stand_ins/csharp" "$target/csharp.sources" -name '*.cs' -print0 \
        | xargs -0 mcs -langversion:latest -nowarn:219 -target:library -out:"$target/csharp.dll" \
            -r:System.Net.Http,System.ComponentModel.DataAnnotations,System.Runtime.Serialization,System.Web \
            -r:/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll
}

# Without modules, because the client's go.mod asks for a newer Go than Debian's, and nothing is to be fetched; without a C compiler.
compile_go() {
    CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE=$target/go.cache go vet .
}

# Only since 4.9, which Debian has not, does TypeScript know what a value has after it was asked for (`"kind" in value`).
compile_typescript_fetch() {
    tsc --strict --noImplicitAny false --noEmit --target es2022 --module es2022 --moduleResolution node --lib es2022,dom index.ts
}

worst=0
for language in java csharp go typescript-fetch; do
    rm -rf "${target:?}/$language"
    log=$target/$language.log
    if ! generate "$language" >"$log" 2>&1; then
        echo "clients: error: $language was not generated; everything that was said is in $log" >&2
        worst=1
        continue
    fi
    warnings=$(grep -E '\] (WARN|ERROR) ' "$log" | grep -vE "$harmless" || true)
    if [ -n "$warnings" ]; then
        printf 'clients: error: warnings for %s:\n%s\n' "$language" "$warnings" >&2
        worst=1
    fi
    if (cd "$target/$language" && "compile_${language//-/_}") >"$target/$language.compiled.log" 2>&1 && [ ! -s "$target/$language.compiled.log" ]; then
        echo "clients: $language: $(find "$target/$language" -type f | wc -l) files, compiled"
    else
        echo "clients: error: the compiler complains of $language; everything that it said is in $target/$language.compiled.log:" >&2
        head -n 20 "$target/$language.compiled.log" >&2
        worst=1
    fi
done
exit "$worst"
