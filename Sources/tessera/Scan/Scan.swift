import ArgumentParser

/// `tessera scan`: both ends of a Scan's challenge, in files.
struct Scan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make challenges for a Scan, and be the Scan that reads them.",
        discussion: """
            Test keys only: a pair of files stands for the bank and for the device.

            Examples:
              tessera scan pair --bank bank.json --device scan.json
              tessera scan challenge --bank bank.json --png code.png
              tessera scan read --device scan.json code.png
              tessera scan verify --bank bank.json 12345678
            """,
        subcommands: [ScanPair.self, ScanMakeChallenge.self, ScanRead.self, ScanVerify.self])
}
