// swift-tools-version: 6.2
import PackageDescription

// The map of the house: targets bottom-up, one comment a layer. Arrows only point down;
// `make check` compares every `import` with what is declared here.

/// What holds in every module of ours.
let rules: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: rules + [.strictMemorySafety()])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], besides: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: besides, swiftSettings: rules)
}

/// A C library of the system: a module map and, where Swift cannot import a macro, a function for it.
func shim(_ name: String, _ packages: [String]) -> Target {
    .systemLibrary(name: name, providers: [.apt(packages)])
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let inMemoryLogging = Target.Dependency.product(name: "InMemoryLogging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let targets: [Target] = [
    // Shims.
    .target(name: "CPCSC"),  // libpcsclite-dev; a C target, because its headers need a search path
    .systemLibrary(name: "CLinux"),  // of the C library; calls that Swift cannot import
    shim("COpenSSL", ["libssl-dev"]),
    shim("CZlib", ["zlib1g-dev"]),
    shim("CQREncode", ["libqrencode-dev"]),
    shim("CZBar", ["libzbar-dev"]),
    shim("CGD", ["libgd-dev"]),
    shim("CPostgreSQL", ["libpq-dev"]),  // built with the trait PostgreSQL alone
    .target(name: "COpenAPI"),  // Docs/openapi.yaml, embedded
    .target(name: "CRaqm"),  // libraqm-dev, libfreetype-dev; a C target for the same reason as CPCSC

    // Values that know no device.
    module("Secrets"),
    module("ISO7816", ["Secrets"]),
    module("CardProfiles", ["ISO7816"]),
    module("CardTrace", ["ISO7816"]),
    module("OATH", [crypto]),
    module("PSKC", ["OATH", "Secrets", crypto, cryptoExtras]),

    // The common protocol and its forms.
    module("DeviceProtocol", ["Secrets", asn1, crypto]),
    module("ScanChallenge", ["DeviceProtocol", "OATH", "Secrets", asn1, crypto]),
    module("Pictures", ["DeviceProtocol", "CQREncode", "CZBar", "CGD", "CRaqm", "CZlib"]),

    // The person's side: readers, cards, devices.
    module("PCSC", ["ISO7816", "Secrets", "CPCSC"]),
    module("CardApplications", ["CardProfiles", "ISO7816", "Secrets", "COpenSSL", "CZlib"]),
    module("Devices", ["CardApplications", "CardProfiles", "ISO7816", "DeviceProtocol", "Secrets", x509, asn1]),
    module("PINEntry", ["DeviceProtocol", "Secrets", "CLinux"]),

    // Signed documents.
    module("CMS", [asn1, crypto]),

    // The bank's side.
    module(
        "Verification",
        ["DeviceProtocol", "OATH", "ScanChallenge", "Secrets", "COpenSSL", x509, asn1, crypto, cryptoExtras, metrics, logging]),
    module("StoreTables", ["Verification", "DeviceProtocol"]),
    module("SQLiteStore", ["StoreTables", "Verification", grdb, sqlite, metrics]),
    module("PostgreSQLStore", ["StoreTables", "Verification", .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"]))]),

    // Everything, emulated.
    module(
        "Emulation",
        [
            "CardProfiles", "ISO7816", "DeviceProtocol", "OATH", "ScanChallenge", "Secrets", "CLinux", "COpenSSL", "CZlib", x509, asn1,
            crypto, cryptoExtras,
        ]),

    // Doors that speak HTTP.
    module(
        "HTTPDoor",
        [
            "Secrets", asyncAlgorithms, hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, nio, nioHTTP1, nioHTTPTypes, nioPosix,
            nioSSL, asn1,
            x509, lifecycle, logging, metrics,
        ]),
    // The banking core's door; it knows devices, and not whose they are.
    module(
        "Bridge",
        [
            "HTTPDoor", "Verification", "DeviceProtocol", "Pictures", "Secrets", "COpenAPI", hummingbird, httpTypes, nio, lifecycle,
            logging, crypto,
        ]),
    // The tests' door, which the one above cannot import.
    module(
        "EmulatorControl",
        [
            "HTTPDoor", "Emulation", "Devices", "CardApplications", "Pictures", "DeviceProtocol", "ISO7816", "ScanChallenge", "Secrets",
            hummingbird, httpTypes, nio, crypto,
        ]),

    // A demo bank: a client of the two doors above, as any banking core would be.
    .target(name: "CAssets", exclude: ["page"]),  // its page, through #embed
    module(
        "Console", ["HTTPDoor", "CAssets", asyncAlgorithms, hummingbird, httpTypes, nio, nioHTTP1, lifecycle, logging, httpClient, crypto]),

    // The program: the only place where the parts are joined.
    .executableTarget(
        name: "tessera",
        dependencies: [
            "CLinux", "Secrets", "ISO7816", "CardProfiles", "CardTrace", "CardApplications", "OATH", "PSKC", "DeviceProtocol",
            "ScanChallenge",
            "Pictures",
            "PCSC", "Devices", "PINEntry", "CMS",
            "Verification", "SQLiteStore", "PostgreSQLStore", "Emulation", "HTTPDoor", "Bridge", "EmulatorControl", "Console", arguments,
            crypto, asn1, x509, lifecycle, logging, metrics, hummingbird, httpTypes, httpClient, nio, nioHTTP1,
        ],
        swiftSettings: rules + [.strictMemorySafety()]),

    // Tests: one folder a module, mirroring it.
    tests("SecretsTests", ["Secrets"]),
    .target(
        name: "TestSupport", dependencies: ["Secrets", "ISO7816", "DeviceProtocol", "PCSC"], path: "Tests/TestSupport", swiftSettings: rules
    ),
    tests("ISO7816Tests", ["Emulation", "ISO7816", "Secrets", "TestSupport"]),
    tests("CardProfilesTests", ["CardProfiles", "ISO7816"]),
    tests("CardTraceTests", ["CardTrace", "CardApplications", "Emulation", "ISO7816", "Secrets"]),
    tests("OATHTests", ["OATH", "TestSupport", crypto]),
    tests("PSKCTests", ["PSKC", "OATH", "Secrets", "TestSupport", crypto]),
    tests("DeviceProtocolTests", ["DeviceProtocol", "Secrets", "TestSupport"]),
    tests("ScanChallengeTests", ["ScanChallenge", "DeviceProtocol", "OATH", "TestSupport", crypto]),
    tests("PicturesTests", ["Pictures", "DeviceProtocol", "TestSupport"]),
    tests("PCSCTests", ["PCSC", "CPCSC", "ISO7816", "Secrets", "TestSupport"]),
    tests("CardApplicationsTests", ["CardApplications", "CardProfiles", "Emulation", "ISO7816", "Secrets", "TestSupport", "COpenSSL"]),
    tests(
        "DevicesTests",
        ["Devices", "CardApplications", "ISO7816", "DeviceProtocol", "Emulation", "Secrets", "TestSupport", x509, asn1, crypto]),
    tests("CMSTests", ["CMS", "Emulation", "TestSupport", asn1, crypto, cryptoExtras]),
    tests(
        "HTTPDoorTests",
        ["HTTPDoor", "Secrets", "TestSupport", hummingbird, httpTypes, nio, nioPosix, lifecycle, logging, inMemoryLogging, metrics]),
    tests(
        "BridgeTests",
        [
            "Bridge", "HTTPDoor", "Verification", "SQLiteStore", "DeviceProtocol", "Devices", "CardApplications", "Emulation", "ISO7816",
            "OATH", "PCSC", "Pictures", "ScanChallenge", "Secrets", "TestSupport", crypto, hummingbird, httpClient, httpTypes, nio,
            nioHTTP1, lifecycle, logging,
        ], besides: ["API/schemathesis.toml"]),
    tests("PINEntryTests", ["PINEntry", "DeviceProtocol", "Secrets", "TestSupport"]),
    tests(
        "VerificationTests",
        [
            "Verification", "StoreTables", "SQLiteStore", "PostgreSQLStore", "DeviceProtocol", "Emulation", "OATH", "ScanChallenge",
            "Secrets", "TestSupport", x509, crypto, cryptoExtras, asn1, grdb, metrics, metricsTestKit, logging, inMemoryLogging,
        ]),
    tests(
        "EmulationTests",
        ["Emulation", "ISO7816", "DeviceProtocol", "ScanChallenge", "Secrets", "TestSupport", x509, asn1, crypto, cryptoExtras]),
    tests(
        "EmulatorControlTests",
        [
            "EmulatorControl", "HTTPDoor", "Emulation", "Devices", "Pictures", "DeviceProtocol", "ISO7816", "ScanChallenge", "Secrets",
            "SQLiteStore", "Verification", "TestSupport", hummingbird, httpClient, nio, nioHTTP1, lifecycle, logging, crypto,
        ]),
    tests(
        "ConsoleTests", ["tessera", "Console", "HTTPDoor", "TestSupport", httpTypes, nio, nioHTTP1, nioPosix, logging, httpClient],
        besides: ["browser.py", "Scenes"]),
    // What holds for every kind of device.
    tests(
        "ContractTests",
        [
            "tessera", "CardApplications", "DeviceProtocol", "Devices", "Emulation", "ISO7816", "PCSC", "SQLiteStore", "ScanChallenge",
            "Secrets",
            "TestSupport", "Verification", crypto,
        ]),
    // Other people's programs as judges.
    tests(
        "PeerTests",
        ["DeviceProtocol", "Emulation", "ISO7816", "OATH", "PSKC", "Pictures", "ScanChallenge", "Secrets", "TestSupport", crypto],
        besides: [
            "CurrencyJudge.java", "iban_judge.py", "ocra_judge.py", "pskc_judge.py", "qr_distort.py", "qr_read.py", "scan_device.py",
            "scan_pairing.py",
        ]),
    tests(
        "ProgramTests",
        [
            "tessera", "CMS", "CardTrace", "Emulation", "ISO7816", "CardApplications", "CardProfiles", "DeviceProtocol", "Devices", "OATH",
            "PSKC",
            "Pictures", "PostgreSQLStore", "ScanChallenge", "Secrets", "SQLiteStore", "Verification", "HTTPDoor", "TestSupport", arguments,
            crypto, logging, inMemoryLogging, lifecycle,
        ]),
]

let package = Package(
    name: "Tessera",
    products: [
        // For a bank's core: no readers, no HTTP, no pictures.
        .library(name: "Verification", targets: ["Verification", "DeviceProtocol", "ScanChallenge", "OATH"]),
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
        // Empty without the trait of the same name.
        .library(name: "PostgreSQLStore", targets: ["PostgreSQLStore"]),
        // For a program that serves the bridge itself, with a store of its own.
        .library(name: "Bridge", targets: ["Bridge", "HTTPDoor"]),
        // For keys on their way from the maker of devices to the bank.
        .library(name: "PSKC", targets: ["PSKC"]),
        // For the person's side.
        .library(name: "Devices", targets: ["Devices", "PCSC", "CardApplications", "ISO7816", "PINEntry", "CardTrace"]),
        .library(name: "Pictures", targets: ["Pictures"]),
        // For who has only bytes of cards: parsers, fuzzers, benchmarks.
        .library(name: "ISO7816", targets: ["ISO7816", "Secrets"]),
        // For tests of either.
        .library(name: "Emulation", targets: ["Emulation"]),
        .executable(name: "tessera", targets: ["tessera"]),
    ],
    traits: [.trait(name: "PostgreSQL", description: "A store in PostgreSQL, which needs libpq.")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: targets)
