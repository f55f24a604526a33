// swift-tools-version: 6.2
import PackageDescription

// Coverage-guided fuzzing of what reads bytes of strangers. A package of its own, because everything in it, and Tessera
// beneath it, is compiled with libFuzzer's counters: `scripts/fuzz.sh` says how.

let package = Package(
    name: "TesseraFuzz",
    dependencies: [.package(name: "Tessera", path: "..")],
    targets: [
        // The one function of libFuzzer that is called.
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "tessera-fuzz",
            dependencies: [
                "CFuzzer", .product(name: "ISO7816", package: "Tessera"), .product(name: "Devices", package: "Tessera"),
                .product(name: "Emulation", package: "Tessera"), .product(name: "PSKC", package: "Tessera"),
                .product(name: "Pictures", package: "Tessera"), .product(name: "Verification", package: "Tessera"),
            ],
            swiftSettings: [
                .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ],
            linkerSettings: [.linkedLibrary("stdc++")]),
    ])
