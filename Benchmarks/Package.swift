// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the root resolves and builds without it. Run it with `make bench`.

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "Tessera", path: "..", traits: ["PostgreSQL"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // libcrypto, libqrencode, zbar, libgd, zlib, SQLite and libpq as they are: what our own figures are set beside.
        .systemLibrary(
            name: "CPeers",
            providers: [.apt(["libssl-dev", "libqrencode-dev", "libzbar-dev", "libgd-dev", "zlib1g-dev", "libsqlite3-dev", "libpq-dev"])]),
        // A card program as short as C allows.
        .target(name: "CEchoLoop", cSettings: [.headerSearchPath(".")], linkerSettings: [.linkedLibrary("pcsclite")]),
        // A card as short as C allows, and a vpcd without pcscd for many cards at once.
        .target(name: "CEchoCard"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CEchoCard",
                "CEchoLoop",
                "CPeers",
                .product(name: "Bridge", package: "Tessera"),
                .product(name: "Devices", package: "Tessera"),
                .product(name: "Emulation", package: "Tessera"),
                .product(name: "ISO7816", package: "Tessera"),
                .product(name: "Pictures", package: "Tessera"),
                .product(name: "PostgreSQLStore", package: "Tessera"),
                .product(name: "SQLiteStore", package: "Tessera"),
                .product(name: "Verification", package: "Tessera"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .strictMemorySafety(),
            ]),
    ])
