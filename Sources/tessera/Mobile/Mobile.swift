import ArgumentParser

/// `tessera mobile`: a phone in a file, and what the bank does with it.
struct Mobile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a phone: read a challenge, answer online, back up and restore.",
        discussion: """
            Test keys only. The bank's side makes challenges with "tessera scan challenge"
            and checks typed codes with "tessera scan verify". A PIN comes from the
            terminal or from --pin-file; a wrong one gives a wrong code, and only the bank
            can tell.

            Examples:
              tessera mobile pair --bank bank.json --device phone.json
              tessera scan challenge --bank bank.json --png code.png
              tessera mobile read --device phone.json code.png
              tessera mobile approve --bank bank.json --device phone.json code.png
              tessera mobile backup --bank bank.json --device phone.json \\
                --ticket ticket.json
              tessera mobile restore --bank bank.json --device new.json \\
                --ticket ticket.json
            """,
        subcommands: [MobilePair.self, MobileRead.self, MobileApprove.self, MobileBackup.self, MobileRestore.self])
}
