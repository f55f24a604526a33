#!/usr/bin/env bash
# Usage: scripts/check-imports-test.sh
#
# Proves that check-imports.sh can fail: makes a small package that is right, plants one fault at a time, and compares
# what is said. Needs no network and compiles nothing but manifests.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT

# The right package: two modules, a shim, a program, a product of another package, tests.
fresh() {
    rm -rf "${package:?}"/*
    mkdir -p "$package"/Sources/{Low,High,CShim,program} "$package"/Tests/{HighTests,Support}
    cat >"$package/Package.swift" <<'END'
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Planted",
    dependencies: [.package(url: "https://example.invalid/outer", from: "1.0.0")],
    targets: [
        .systemLibrary(name: "CShim"),
        .target(name: "Low", dependencies: ["CShim"]),
        .target(name: "High", dependencies: ["Low", .product(name: "Outer", package: "outer")]),
        .executableTarget(name: "program", dependencies: ["High"]),
        .target(name: "Support", path: "Tests/Support"),
        .testTarget(name: "HighTests", dependencies: ["High", "Support", "program"]),
    ])
END
    echo 'module CShim [system] { header "shim.h" }' >"$package/Sources/CShim/module.modulemap"
    : >"$package/Sources/CShim/shim.h"
    printf 'import CShim\nimport Glibc\n' >"$package/Sources/Low/Low.swift"
    cat >"$package/Sources/High/High.swift" <<'END'
// import Commented
/* import Commented
import Commented
*/
public import struct Foundation.Data
@preconcurrency internal import Low  // the layer below
@_spi(Inside) import Outer.Part

let text = """
    import Quoted
    """
let imported = "import Quoted"
END
    printf 'import High\n' >"$package/Sources/program/Program.swift"
    printf 'import Dispatch\n' >"$package/Tests/Support/Support.swift"
    printf 'import Testing\nimport Support\n\n@testable import High\n' >"$package/Tests/HighTests/HighTests.swift"
}

cases=0
# Usage: expect CODE [LINE]: the check ends with CODE and says LINE before any hint.
expect() {
    local code=0 said
    said=$("$scripts/check-imports.sh" "$package" 2>&1) || code=$?
    cases=$((cases + 1))
    if [ "$code" -ne "$1" ] || { [ $# -gt 1 ] && [ "$(printf '%s\n' "$said" | grep -v ' hint: ')" != "$2" ]; }; then
        printf 'check-imports-test: case %s: expected exit code %s and\n    %s\nbut got exit code %s and\n%s\n' \
            "$cases" "$1" "${2:-anything}" "$code" "$said" >&2
        exit 1
    fi
}

fresh
expect 0 "check-imports: 5 files of 6 targets import what they declare"

printf 'import High\n' >>"$package/Sources/Low/Low.swift"
expect 1 "Sources/Low/Low.swift:3: imports High, which Low does not declare"

fresh
printf 'public import CShim\n' >>"$package/Sources/High/High.swift"
expect 1 "Sources/High/High.swift:13: imports CShim, which High does not declare"

fresh
printf '@testable import Low\n' >>"$package/Tests/HighTests/HighTests.swift"
expect 1 "Tests/HighTests/HighTests.swift:5: imports Low, which HighTests does not declare"

fresh
printf 'let nothing = 0\n' >"$package/Sources/Low/Low.swift"
expect 1 "Package.swift: Low declares CShim, which none of its files imports"

fresh
sed -i '/Outer/d' "$package/Sources/High/High.swift"
expect 1 "Package.swift: High declares Outer, which none of its files imports"

fresh
mkdir "$package/Tests/LowTests"
printf 'import Testing\n' >"$package/Tests/LowTests/LowTests.swift"
expect 1 "Tests/LowTests: no target in Package.swift has this folder, so nothing compiles it"

fresh
printf 'not a manifest\n' >>"$package/Package.swift"
expect 1

# The description on one line, with escaped slashes, reads the same.
fresh
swift package --package-path "$package" describe --type json >"$package/long"
tr -d '\n' <"$package/long" | sed 's/ : /:/g; s|Sources/|Sources\\/|g' >"$package/short"
awk -f "$scripts/package-targets.awk" "$package/long" >"$package/long.targets"
awk -f "$scripts/package-targets.awk" "$package/short" >"$package/short.targets"
cmp "$package/long.targets" "$package/short.targets"
if head -c 200 "$package/short" | awk -f "$scripts/package-targets.awk" >"$package/half.targets" 2>&1; then
    printf 'check-imports-test: half a description was taken for a whole one\n' >&2
    exit 1
fi
printf 'check-imports-test: %d cases\n' "$((cases + 2))"
